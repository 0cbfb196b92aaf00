// @ts-check
// The date scrubber at the right edge: months by where they lie, moved by click, drag and keyboard.

import { element } from "../../lib/dom.js";
import { gettext as _, language } from "../../lib/i18n.js";
import { midnight } from "./source.js";

/** Least pixels between two labels. */
const APART = 22;

/** @typedef {{date: string, part: number}} Stop a month and where it begins, 0 to 1 */

export class Scrubber {
  /** @param {import("./grid.js").Grid} grid */
  constructor(grid) {
    this.grid = grid;
    this.thumb = element("span", { class: "scrubber__thumb" });
    this.said = element("span", { class: "scrubber__said" });
    this.labels = element("span", { class: "scrubber__labels", "aria-hidden": "true" });
    /** @type {HTMLElement} */
    this.node = element(
      "div",
      { class: "scrubber", role: "slider", tabindex: "0", "aria-orientation": "vertical", "aria-label": _("Date"), "aria-valuemin": "0", hidden: true },
      this.labels,
      this.thumb,
      this.said,
    );
    /** @type {Stop[]} */
    this.stops = [];
    this.isDragged = false;
    grid.root.append(this.node);
    grid.addEventListener("change", () => this.measure());
    grid.addEventListener("view", () => this.show());
    this.node.addEventListener("pointerdown", (event) => this.press(event));
    this.node.addEventListener("pointermove", (event) => this.isDragged && this.jump(event));
    for (const name of ["pointerup", "pointercancel"]) this.node.addEventListener(name, () => this.drag(false));
    this.node.addEventListener("keydown", (event) => this.key(event));
  }

  /** Find where months begin, and label those that have room. */
  measure() {
    const { model } = this.grid;
    this.stops = stopsOf(model);
    this.node.hidden = this.stops.length < 2 && model.height < window.innerHeight * 2;
    if (this.node.hidden) return;
    const height = this.node.clientHeight;
    let last = -Infinity;
    let year = "";
    const labels = [];
    for (const { date, part } of this.stops) {
      const isNew = date.slice(0, 4) !== year;
      if (part * height - last < APART) continue;
      year = date.slice(0, 4);
      last = part * height;
      const text = isNew ? year : midnight(date).toLocaleDateString(language, { month: "short" });
      const label = element("span", { class: isNew ? "scrubber__label scrubber__label--year" : "scrubber__label", text });
      label.style.top = `${last}px`;
      labels.push(label);
    }
    this.labels.replaceChildren(...labels);
    this.node.setAttribute("aria-valuemax", String(Math.max(0, this.stops.length - 1)));
    this.show();
  }

  /** Show where the view is. */
  show() {
    if (this.node.hidden) return;
    const { model, view } = this.grid;
    const part = Math.min(1, Math.max(0, view.top / Math.max(1, model.height - (view.bottom - view.top))));
    this.thumb.style.top = this.said.style.top = `${part * 100}%`;
    const date = dateAt(model, Math.max(0, view.top));
    const text = date ? midnight(date).toLocaleDateString(language, { month: "long", year: "numeric" }) : "";
    if (this.said.textContent !== text) this.said.textContent = text;
    this.node.setAttribute("aria-valuenow", String(this.current()));
    this.node.setAttribute("aria-valuetext", text || `${Math.round(part * 100)} %`);
  }

  /** @returns {number} the stop in view */
  current() {
    const top = this.grid.view.top + 1;
    const found = this.stops.findIndex(({ part }) => part * this.grid.model.height > top);
    return found < 0 ? Math.max(0, this.stops.length - 1) : Math.max(0, found - 1);
  }

  /** @param {PointerEvent} event */
  press(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.node.setPointerCapture(event.pointerId);
    this.drag(true);
    this.jump(event);
  }

  /** @param {boolean} on */
  drag(on) {
    this.isDragged = on;
    this.node.classList.toggle("is-dragged", on);
  }

  /** @param {PointerEvent} event */
  jump(event) {
    const box = this.node.getBoundingClientRect();
    const part = Math.min(1, Math.max(0, (event.clientY - box.top) / box.height));
    const { model, view } = this.grid;
    this.grid.scrollTo(part * Math.max(0, model.height - (view.bottom - view.top)));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const at = this.current();
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 12, PageUp: at - 12, Home: 0, End: this.stops.length - 1 }[event.key];
    if (to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const stop = this.stops[Math.min(this.stops.length - 1, Math.max(0, to))];
    if (stop) this.grid.scrollTo(Math.ceil(stop.part * this.grid.model.height));
  }
}

/** @param {import("./model.js").Model} model @returns {Stop[]} where each month begins */
function stopsOf(model) {
  /** @type {Stop[]} */
  const stops = [];
  for (const section of model.sections) {
    for (const { date, part } of daysOf(section)) {
      if (stops.at(-1)?.date.slice(0, 7) === date.slice(0, 7)) continue;
      stops.push({ date, part: part / Math.max(1, model.height) });
    }
  }
  return stops;
}

/** @param {import("./chunks.js").Section} section @returns {{date: string, part: number}[]} */
function daysOf(section) {
  if (section.date && section.days.length < 2) return [{ date: section.date, part: section.top }];
  if (section.date) {
    const images = section.days.reduce((sum, day) => sum + day.images, 0);
    let before = 0;
    return section.days.map((day) => {
      const part = section.top + (section.height * before) / images;
      before += day.images;
      return { date: String(day.date), part };
    });
  }
  return section.chunks.flatMap((chunk) => (chunk.newest ? [{ date: chunk.newest, part: chunk.top }] : []));
}

/** @param {import("./model.js").Model} model @param {number} y @returns {string|null} */
function dateAt(model, y) {
  const section = model.sectionAt(y);
  return section?.date ?? model.chunkAt(y)?.newest ?? null;
}
