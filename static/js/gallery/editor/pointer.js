// @ts-check
// Pointers on the stage: one finger, mouse or pen paints; two fingers or the space bar with a drag pan; wheel and pinch zoom.

import { clamp } from "./view.js";

const WHEEL = 0.0016; // zoom for each pixel that the wheel turns
const LINE = 16; // pixels of a wheel's line
const MOUSE_PRESSURE = 1;

/**
 * @typedef {{begin: (point: import("./painting/brush.js").Point) => void, move: (point: import("./painting/brush.js").Point) => void,
 *            end: () => void, cancel: () => void}} Drag what one pointer does with the chosen tool
 */

export class Pointers {
  /**
   * @param {import("./view.js").View} view
   * @param {{drag: () => Drag|null, hover: (event: PointerEvent|null) => void}} listeners
   *   `drag` returns null where the tool leaves the image alone: then one pointer pans
   */
  constructor(view, listeners) {
    this.view = view;
    this.listeners = listeners;
    /** @type {Map<number, {x: number, y: number}>} touching pointers on the stage */
    this.down = new Map();
    /** @type {Drag|null} */
    this.drag = null;
    this.pans = false;
    this.isSpaceDown = false;
    const { stage } = view;
    stage.addEventListener("pointerdown", (event) => this.press(event));
    stage.addEventListener("pointermove", (event) => this.move(event));
    for (const name of /** @type {const} */ (["pointerup", "pointercancel"])) {
      stage.addEventListener(name, (event) => this.release(event));
    }
    stage.addEventListener("pointerleave", () => listeners.hover(null));
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    stage.addEventListener("contextmenu", (event) => event.pointerType === "touch" && event.preventDefault());
  }

  /** @param {boolean} isDown */
  setSpace(isDown) {
    this.isSpaceDown = isDown;
    this.view.stage.toggleAttribute("data-pans", isDown);
  }

  /** @param {PointerEvent} event */
  press(event) {
    if (event.button > 1 || /** @type {Element} */ (event.target).closest("[data-handle]")) return;
    this.view.stage.setPointerCapture(event.pointerId);
    this.down.set(event.pointerId, this.view.onStage(event));
    if (this.down.size > 1) {
      this.drag?.cancel();
      this.drag = null;
      this.pans = false;
      return;
    }
    const tool = event.button === 1 || this.isSpaceDown ? null : this.listeners.drag();
    this.pans = tool === null;
    this.drag = tool;
    tool?.begin(this.point(event));
  }

  /** @param {PointerEvent} event */
  move(event) {
    this.listeners.hover(event);
    const before = this.down.get(event.pointerId);
    if (!before) return;
    const now = this.view.onStage(event);
    if (this.down.size === 2) this.pinch(event.pointerId, before, now);
    else if (this.pans) this.view.pan(now.x - before.x, now.y - before.y);
    else if (this.drag) {
      const all = event.getCoalescedEvents?.() ?? [];
      for (const one of all.length ? all : [event]) this.drag.move(this.point(one));
    }
    this.down.set(event.pointerId, now);
  }

  /** @param {PointerEvent} event */
  release(event) {
    if (!this.down.delete(event.pointerId)) return;
    if (this.drag) event.type === "pointercancel" ? this.drag.cancel() : this.drag.end();
    this.drag = null;
    // The finger that is left after a pinch goes on panning, and does not begin to paint.
    this.pans = this.down.size === 1;
    if (event.pointerType === "touch") this.listeners.hover(null);
  }

  /**
   * @param {number} id of the finger that moved
   * @param {{x: number, y: number}} before
   * @param {{x: number, y: number}} now
   */
  pinch(id, before, now) {
    const other = [...this.down].find(([key]) => key !== id)?.[1];
    if (!other) return;
    const spread = (/** @type {{x: number, y: number}} */ point) => Math.hypot(point.x - other.x, point.y - other.y);
    const about = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
    this.view.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
    if (spread(before) > 1) this.view.zoomTo((this.view.scale * spread(now)) / spread(before), about);
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === 1 ? LINE : 1) * (event.ctrlKey ? 4 : 1);
    this.view.zoomTo(this.view.scale * Math.exp(-clamp(pixels, -400, 400) * WHEEL), this.view.onStage(event));
  }

  /** @param {PointerEvent} event @returns {import("./painting/brush.js").Point} */
  point(event) {
    // Only pens measure how hard they press; a mouse says 0.5, a finger whatever its screen thinks.
    const pressure = event.pointerType === "pen" && event.pressure > 0 ? event.pressure : MOUSE_PRESSURE;
    return { ...this.view.toImage(event), pressure };
  }
}
