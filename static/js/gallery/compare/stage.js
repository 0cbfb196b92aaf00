// @ts-check
// The stage of a comparison: the images beside each other, over each other with a line between them, or in turn.

import { element, icon, setText } from "../../lib/dom.js";
import { gettext as _, interpolate } from "../../lib/i18n.js";
import { keysOf, readable } from "../../shortcuts/keys.js";
import { LinkedZooms } from "./linked_zooms.js";

const TURN_MS = 700; // of an image that blinks: well under three a second
const NUDGE = 5; // percent that an arrow key moves the line

/** @typedef {"slider"|"side"|"blink"} Mode */
/** @typedef {{id: string, letter: string, pane: HTMLElement, clip: HTMLElement, box: HTMLElement, image: HTMLImageElement, width: number, height: number}} Compared */

export class CompareStage {
  /** @param {HTMLElement} root @param {{onMode: (mode: Mode) => void}} listeners */
  constructor(root, { onMode }) {
    this.root = root;
    this.onMode = onMode;
    this.panes = /** @type {HTMLElement} */ (root.querySelector("[data-panes]"));
    this.line = /** @type {HTMLElement} */ (root.querySelector("[data-line]"));
    this.images = [...root.querySelectorAll("[data-pane]")].map((pane) => compared(/** @type {HTMLElement} */ (pane)));
    /** @type {Mode} */
    this.mode = "side";
    this.share = 50; // percent of the width left of the line
    this.turn = 0;
    this.timer = 0;
    this.range = element("input", { type: "range", min: "0", max: "100", step: "any", value: "50", "aria-label": _("Line between the images"), autocomplete: "off" });
    this.range.addEventListener("input", () => this.setShare(this.range.valueAsNumber));
    this.play = this.tool("repeat", _("Blink by itself"), () => this.setPlaying(!this.timer));
    this.next = this.tool("next", _("Next image"), () => this.step(1));
    this.next.dataset.command = "compare.next";
    this.percent = element("button", { class: "viewer__tool viewer__percent", type: "button", title: titled(_("Fit or actual size"), "compare.zoom"), data: { command: "compare.zoom" }, on: { click: () => this.zooms.toggle() } });
    this.said = element("span", { class: "visually-hidden", role: "status" });
    /** @type {Map<Mode, HTMLButtonElement>} */
    this.buttons = new Map(this.modes.map(({ mode, label }) => [mode, this.modeButton(mode, label)]));
    root.querySelector("[data-tools]")?.append(...this.tools());
    this.zooms = new LinkedZooms(this.images, { onChange: () => this.showZoom(), onSwipe: (direction) => this.mode === "blink" && this.step(direction) });
    this.dragLine();
  }

  /** @returns {{mode: Mode, label: string}[]} */
  get modes() {
    const slider = /** @type {const} */ ({ mode: "slider", label: _("Slider") });
    const others = /** @type {const} */ ([
      { mode: "side", label: _("Side by side") },
      { mode: "blink", label: _("Blink") },
    ]);
    return this.images.length === 2 ? [slider, ...others] : [...others];
  }

  /** @param {Mode} mode @param {string} label @returns {HTMLButtonElement} */
  modeButton(mode, label) {
    const command = `compare.${mode}`;
    return element("button", { class: "compare__mode", type: "button", "aria-pressed": "false", title: titled(label, command), text: label, data: { command }, on: { click: () => this.show(mode) } });
  }

  /** @param {string} name @param {string} label @param {() => void} act */
  tool(name, label, act) {
    return element("button", { class: "viewer__tool", type: "button", "aria-label": label, title: label, on: { click: act } }, icon(name));
  }

  tools() {
    return [
      element("div", { class: "compare__modes", role: "group", "aria-label": _("Way to compare") }, ...this.buttons.values()),
      element("span", { class: "compare__own", data: { own: "slider" } }, this.range),
      element("span", { class: "compare__own", data: { own: "blink" } }, this.play, this.next),
      element(
        "div",
        { class: "viewer__tools", role: "group", "aria-label": _("Zoom") },
        this.tool("minus", _("Zoom out (-)"), () => this.zooms.step(-1)),
        this.percent,
        this.tool("plus", _("Zoom in (+)"), () => this.zooms.step(1)),
      ),
      this.said,
    ];
  }

  /** @returns {Mode} what suits the images: a line for two of the same shape */
  get usual() {
    const [one, other] = this.images;
    const isSame = this.images.length === 2 && Math.abs(one.width / one.height - other.width / other.height) < 0.01;
    return isSame ? "slider" : "side";
  }

  /** @param {Mode} mode */
  show(mode) {
    this.mode = this.buttons.has(mode) ? mode : this.usual;
    this.root.dataset.mode = this.mode;
    for (const [name, button] of this.buttons) button.setAttribute("aria-pressed", String(name === this.mode));
    for (const own of this.root.querySelectorAll("[data-own]")) {
      /** @type {HTMLElement} */ (own).hidden = /** @type {HTMLElement} */ (own).dataset.own !== this.mode;
    }
    this.line.hidden = this.mode !== "slider";
    this.turn = 0;
    this.setPlaying(this.mode === "blink" && !matchMedia("(prefers-reduced-motion: reduce)").matches);
    this.showClips();
    this.zooms.fit();
    this.onMode(this.mode);
  }

  /** @param {number} share */
  setShare(share) {
    this.share = Math.min(100, Math.max(0, share));
    this.range.value = String(this.share);
    this.range.setAttribute("aria-valuetext", interpolate(_("%(share)s percent of the first image"), { share: Math.round(this.share) }));
    this.showClips();
  }

  /** Show of each image what the mode shows of it. */
  showClips() {
    this.line.style.left = `${this.share}%`;
    for (const [place, { clip, pane }] of this.images.entries()) {
      const isShown = this.mode !== "blink" || place === this.turn;
      const inset = place === 0 ? `inset(0 ${100 - this.share}% 0 0)` : `inset(0 0 0 ${this.share}%)`;
      clip.style.clipPath = this.mode === "slider" ? inset : "";
      clip.style.visibility = isShown ? "" : "hidden";
      pane.classList.toggle("is-off", !isShown);
    }
  }

  /** @param {boolean} on */
  setPlaying(on) {
    clearInterval(this.timer);
    this.timer = on ? window.setInterval(() => this.turnTo(this.turn + 1), TURN_MS) : 0;
    this.play.setAttribute("aria-pressed", String(on));
  }

  /** @param {number} turn */
  turnTo(turn) {
    const { length } = this.images;
    this.turn = (turn + length) % length;
    this.showClips();
  }

  /** Show another image, and stop to look at it. @param {-1|1} direction */
  step(direction) {
    this.setPlaying(false);
    this.turnTo(this.turn + direction);
    setText(this.said, interpolate(_("Image %(letter)s"), { letter: this.images[this.turn].letter }));
  }

  showZoom() {
    setText(this.percent, `${this.zooms.lead.percent} %`);
  }

  dragLine() {
    const { line } = this;
    const move = (/** @type {PointerEvent} */ event) => {
      const { left, width } = this.panes.getBoundingClientRect();
      this.setShare(((event.clientX - left) / width) * 100);
    };
    line.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      line.setPointerCapture(event.pointerId);
      line.onpointermove = move;
    });
    for (const name of ["pointerup", "pointercancel"]) line.addEventListener(name, () => (line.onpointermove = null));
  }

  /** Put the images into another order. @param {string[]} ids */
  reorder(ids) {
    this.images.sort((one, other) => ids.indexOf(one.id) - ids.indexOf(other.id));
    for (const [place, image] of this.images.entries()) {
      image.letter = "ABCD"[place];
      this.line.before(image.pane);
      setText(/** @type {HTMLElement} */ (image.pane.querySelector("[data-letter]")), image.letter);
      const words = image.image.alt.indexOf(":");
      image.image.alt = interpolate(_("Image %(letter)s"), { letter: image.letter }) + image.image.alt.slice(words);
    }
    this.turn = 0;
    this.showClips();
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether it was a key of the stage */
  key(event) {
    const arrows = /** @type {Record<string, [number, number]>} */ ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] });
    const arrow = arrows[event.key];
    if (arrow) return this.arrow(...arrow);
    const acts = /** @type {Record<string, () => void>} */ ({
      "+": () => this.zooms.step(1),
      "=": () => this.zooms.step(1),
      "-": () => this.zooms.step(-1),
      ...(this.mode === "blink" ? { " ": () => this.setPlaying(!this.timer) } : {}),
    });
    const shifted = /** @type {Record<string, () => void>} */ ({ Digit0: () => this.zooms.fit(), Digit1: () => this.zooms.showActual() });
    const act = (event.shiftKey && shifted[event.code]) || acts[event.key];
    act?.();
    return Boolean(act);
  }

  /** Pan where there is more than is shown; else move the line or show another image. @param {number} x @param {number} y */
  arrow(x, y) {
    if (this.zooms.isPannable) this.zooms.pan(x, y);
    else if (x && this.mode === "slider") this.setShare(this.share + x * NUDGE);
    else if (x && this.mode === "blink") this.step(x > 0 ? 1 : -1);
    else return false;
    return true;
  }
}

/** @param {string} label @param {string} command @returns {string} the label with the keys of its shortcut */
function titled(label, command) {
  const keys = readable(keysOf(command)).join(" ");
  return keys ? `${label} (${keys})` : label;
}

/** @param {HTMLElement} pane @returns {Compared} */
function compared(pane) {
  const find = (/** @type {string} */ selector) => /** @type {any} */ (pane.querySelector(selector));
  const { pane: id, width, height } = pane.dataset;
  return {
    id: String(id),
    letter: find("[data-letter]").textContent,
    pane,
    clip: find(".compare__clip"),
    box: find("[data-box]"),
    image: find("img"),
    width: Number(width),
    height: Number(height),
  };
}
