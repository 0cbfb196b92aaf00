// @ts-check
// The crop: a part of the image that becomes the image, drawn with the pointer or typed as four numbers.

import { one } from "../../lib/dom.js";
import { clamp } from "./view.js";
import { pngOf } from "./painting/mask.js";

/** @typedef {import("./painting/alpha.js").Box} Box */

const LEAST = 16; // pixels of a side

/**
 * Return a box of whole pixels inside the image, at least LEAST long where the image is.
 * @param {Box} box
 * @param {{width: number, height: number}} image
 * @returns {Box}
 */
export function fitted(box, image) {
  const width = clamp(Math.round(box.width) || 0, Math.min(LEAST, image.width), image.width);
  const height = clamp(Math.round(box.height) || 0, Math.min(LEAST, image.height), image.height);
  const left = clamp(Math.round(box.left) || 0, 0, image.width - width);
  const top = clamp(Math.round(box.top) || 0, 0, image.height - height);
  return { left, top, width, height };
}

export class Crop {
  /**
   * @param {import("./view.js").View} view
   * @param {HTMLElement} panel with the four fields
   */
  constructor(view, panel) {
    this.view = view;
    this.panel = panel;
    /** @type {Box} */
    this.box = { left: 0, top: 0, width: 1, height: 1 };
    this.element = one("[data-crop-box]");
    panel.addEventListener("change", () => this.set(this.typed()));
  }

  /** @returns {Box} */
  typed() {
    const number = (/** @type {string} */ name) => one(`[data-crop=${name}]`, this.panel).valueAsNumber;
    return { left: number("left"), top: number("top"), width: number("width"), height: number("height") };
  }

  /** Begin with all of the image. */
  reset() {
    this.set({ left: 0, top: 0, width: this.view.width, height: this.view.height });
  }

  /** @param {boolean} isShown */
  show(isShown) {
    this.element.hidden = !isShown;
    if (isShown) this.reset();
  }

  get isWhole() {
    return this.box.width === this.view.width && this.box.height === this.view.height;
  }

  /** @param {Box} box */
  set(box) {
    this.box = fitted(box, this.view);
    const { left, top, width, height } = this.box;
    Object.assign(this.element.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
    for (const name of /** @type {const} */ (["left", "top", "width", "height"])) {
      one(`[data-crop=${name}]`, this.panel).value = String(this.box[name]);
    }
  }

  /** @returns {import("./pointer.js").Drag} draws a new box from one corner to the other */
  drag() {
    const before = { ...this.box };
    let [x, y] = [0, 0];
    let hasMoved = false;
    return {
      begin: (point) => ([x, y] = [point.x, point.y]),
      move: (point) => {
        hasMoved = true;
        const [left, top] = [clamp(Math.min(x, point.x), 0, this.view.width), clamp(Math.min(y, point.y), 0, this.view.height)];
        const [right, bottom] = [clamp(Math.max(x, point.x), 0, this.view.width), clamp(Math.max(y, point.y), 0, this.view.height)];
        this.set({ left, top, width: right - left, height: bottom - top });
      },
      end: () => hasMoved || this.set(before),
      cancel: () => this.set(before),
    };
  }

  /**
   * @param {HTMLImageElement} image
   * @returns {Promise<Blob>} the part as a PNG
   */
  cutFrom(image) {
    const { left, top, width, height } = this.box;
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.drawImage(image, left, top, width, height, 0, 0, width, height);
    return pngOf(canvas);
  }
}
