// @ts-check
// The frame: how far the image is extended on each side, in steps, by handles that are dragged or moved by arrow keys.

import { element } from "../../lib/dom.js";
import { gettext as _, interpolate } from "../../lib/i18n.js";
import { clamp } from "./view.js";

/** @typedef {"left"|"top"|"right"|"bottom"} Side */
/** @typedef {Record<Side, number>} Growth pixels on each side */
/** @typedef {{growth: number, step: number, side: number}} Limits pixels: for one side, of a step, of the whole image */

/** @type {Side[]} */
export const SIDES = ["top", "right", "bottom", "left"];
/** @type {Growth} */
export const NOTHING = { left: 0, top: 0, right: 0, bottom: 0 };

/** @param {Growth} growth */
export const isGrown = (growth) => SIDES.some((side) => growth[side] > 0);

/**
 * @param {{width: number, height: number}} image pixels
 * @param {Growth} growth
 * @returns {{width: number, height: number}} pixels of the extended image
 */
export function extended({ width, height }, { left, top, right, bottom }) {
  return { width: width + left + right, height: height + top + bottom };
}

/**
 * Return the allowed growth nearest to the wanted one of one side, and the sentence that says why it is less.
 * @param {{width: number, height: number}} image pixels
 * @param {Growth} growth of all sides now
 * @param {Side} side
 * @param {number} wanted pixels
 * @param {Limits} limits
 * @returns {{growth: number, refusal: string}}
 */
export function limited(image, growth, side, wanted, { growth: most, step, side: longest }) {
  const asked = Math.max(0, Math.round(wanted / step) * step);
  const isWide = side === "left" || side === "right";
  const opposite = { left: growth.right, right: growth.left, top: growth.bottom, bottom: growth.top }[side];
  const room = longest - (isWide ? image.width : image.height) - opposite;
  const fitting = Math.max(0, Math.floor(Math.min(asked, most, room) / step) * step);
  if (fitting === asked) return { growth: asked, refusal: "" };
  const refusal =
    room < most
      ? interpolate(_("No side of an image may be longer than %(pixels)s pixels."), { pixels: longest })
      : interpolate(_("A side can grow by at most %(pixels)s pixels at once."), { pixels: most });
  return { growth: fitting, refusal };
}

const NAMES = () => ({ top: _("Extend at the top"), right: _("Extend at the right"), bottom: _("Extend at the bottom"), left: _("Extend at the left") });
/** Keys that make a side grow, and those that make it shrink. @type {Record<Side, [string, string]>} */
const KEYS = { top: ["ArrowUp", "ArrowDown"], right: ["ArrowRight", "ArrowLeft"], bottom: ["ArrowDown", "ArrowUp"], left: ["ArrowLeft", "ArrowRight"] };

export class Frame {
  /**
   * @param {import("./view.js").View} view
   * @param {Limits} limits
   * @param {{changed: (before: Growth) => void, refused: (sentence: string) => void}} listeners
   *   `changed` is called once a drag or a key press is over
   */
  constructor(view, limits, listeners) {
    this.view = view;
    this.limits = limits;
    this.listeners = listeners;
    /** @type {Growth} */
    this.growth = { ...NOTHING };
    this.ghost = element("div", { class: "editor__ghost", hidden: true });
    view.paper.prepend(this.ghost);
    const names = NAMES();
    /** @type {Record<Side, HTMLElement>} */
    this.handles = /** @type {any} */ (Object.fromEntries(SIDES.map((side) => [side, this.makeHandle(side, names[side])])));
    view.onChange(() => this.place());
  }

  /** @param {Side} side @param {string} name */
  makeHandle(side, name) {
    const handle = element("div", {
      class: `editor__handle editor__handle--${side}`,
      role: "slider",
      tabindex: 0,
      "aria-label": name,
      "aria-orientation": side === "left" || side === "right" ? "horizontal" : "vertical",
      "aria-valuemin": 0,
      "aria-valuemax": this.limits.growth,
      data: { handle: side },
      hidden: true,
    });
    this.view.stage.append(handle);
    handle.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => this.drag(event, side, handle));
    handle.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      const by = KEYS[side].indexOf(event.key);
      if (by < 0) return;
      event.preventDefault();
      event.stopPropagation();
      const before = { ...this.growth };
      this.grow(side, this.growth[side] + (by === 0 ? 1 : -1) * this.limits.step);
      this.finish(before);
    });
    return handle;
  }

  /** @param {PointerEvent} start @param {Side} side @param {HTMLElement} handle */
  drag(start, side, handle) {
    start.preventDefault();
    handle.focus();
    handle.setPointerCapture(start.pointerId);
    const before = { ...this.growth };
    // What the pointer is over must not move under it: the view is fitted again at the end.
    const wasFitted = this.view.isFitted;
    this.view.isFitted = false;
    const origin = this.view.toImage(start);
    const outwards = { left: -1, top: -1, right: 1, bottom: 1 }[side];
    const move = (/** @type {PointerEvent} */ event) => {
      const now = this.view.toImage(event);
      const by = side === "left" || side === "right" ? now.x - origin.x : now.y - origin.y;
      this.grow(side, before[side] + outwards * by);
    };
    const end = () => {
      handle.removeEventListener("pointermove", move);
      if (wasFitted) this.view.fit();
      this.finish(before);
    };
    handle.addEventListener("pointermove", move);
    handle.addEventListener("lostpointercapture", end, { once: true });
  }

  /** @param {Side} side @param {number} wanted pixels */
  grow(side, wanted) {
    const { growth, refusal } = limited(this.view, this.growth, side, wanted, this.limits);
    if (refusal) this.listeners.refused(refusal);
    this.set({ ...this.growth, [side]: growth });
  }

  /** @param {Growth} before */
  finish(before) {
    if (SIDES.every((side) => before[side] === this.growth[side])) return;
    this.listeners.changed(before);
  }

  /** @param {Growth} growth */
  set(growth) {
    this.growth = { ...growth };
    this.view.around = this.growth;
    if (this.view.isFitted) this.view.fit();
    this.place();
  }

  /** @param {boolean} isShown whether the handles can be moved; what is added is shown anyway */
  show(isShown) {
    for (const side of SIDES) this.handles[side].hidden = !isShown;
    this.place();
  }

  /** @returns {{width: number, height: number}} pixels of the extended image */
  get size() {
    return extended(this.view, this.growth);
  }

  place() {
    const { left, top } = this.growth;
    const { width, height } = this.size;
    this.ghost.hidden = !isGrown(this.growth);
    Object.assign(this.ghost.style, { left: `${-left}px`, top: `${-top}px`, width: `${width}px`, height: `${height}px` });
    const start = this.view.toStage({ x: -left, y: -top });
    const end = this.view.toStage({ x: width - left, y: height - top });
    const { clientWidth, clientHeight } = this.view.stage;
    const middle = { x: clamp((start.x + end.x) / 2, 24, clientWidth - 24), y: clamp((start.y + end.y) / 2, 24, clientHeight - 24) };
    const places = { left: { x: start.x, y: middle.y }, right: { x: end.x, y: middle.y }, top: { x: middle.x, y: start.y }, bottom: { x: middle.x, y: end.y } };
    for (const side of SIDES) {
      const handle = this.handles[side];
      const { x, y } = places[side];
      handle.style.left = `${clamp(x, 30, clientWidth - 30)}px`;
      handle.style.top = `${clamp(y, 22, clientHeight - 22)}px`;
      handle.textContent = this.growth[side] ? `+${this.growth[side]}` : "+";
      handle.setAttribute("aria-valuenow", String(this.growth[side]));
      handle.setAttribute("aria-valuetext", interpolate(_("%(pixels)s pixels"), { pixels: this.growth[side] }));
    }
  }
}
