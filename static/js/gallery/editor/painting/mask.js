// @ts-check
// The mask that is painted over the image: a canvas, and the bytes that it had after the last finished change.

import { gettext as _ } from "../../../lib/i18n.js";
import { bounds, cut, feathered, inverted, pack, put, unpack } from "./alpha.js";

/** @typedef {import("./alpha.js").Box} Box */
/** @typedef {{kind: "mask", box: Box, before: ReturnType<typeof pack>, after: ReturnType<typeof pack>}} Change */

/** Longest side of a mask in pixels; over a larger image it is stretched, by this page as by the site. */
export const LONGEST_SIDE = 4096;

export class Mask {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
    /** Pixels of the mask for one pixel of the image, at most 1. */
    this.scale = 1;
    this.alpha = new Uint8Array(0);
    /** @type {Box|null} what was touched since the last finished change */
    this.touched = null;
  }

  /**
   * Begin an empty mask for an image of `width` x `height` pixels.
   * @param {number} width
   * @param {number} height
   */
  resize(width, height) {
    this.scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
    this.canvas.width = Math.max(1, Math.round(width * this.scale));
    this.canvas.height = Math.max(1, Math.round(height * this.scale));
    this.alpha = new Uint8Array(this.canvas.width * this.canvas.height);
    this.touched = null;
    this.context.fillStyle = getComputedStyle(this.canvas).color;
  }

  get width() {
    return this.canvas.width;
  }

  get height() {
    return this.canvas.height;
  }

  /** @returns {Box|null} the painted part in pixels of the mask; null: nothing is painted */
  get bounds() {
    return bounds(this.alpha, this.width);
  }

  /**
   * Note that pixels inside a rectangle may have changed.
   * @param {number} left
   * @param {number} top
   * @param {number} right
   * @param {number} bottom
   */
  touch(left, top, right, bottom) {
    const old = this.touched;
    const x = Math.max(0, Math.floor(Math.min(left, old ? old.left : left)));
    const y = Math.max(0, Math.floor(Math.min(top, old ? old.top : top)));
    const endX = Math.min(this.width, Math.ceil(Math.max(right, old ? old.left + old.width : right)));
    const endY = Math.min(this.height, Math.ceil(Math.max(bottom, old ? old.top + old.height : bottom)));
    if (endX > x && endY > y) this.touched = { left: x, top: y, width: endX - x, height: endY - y };
  }

  /**
   * Finish what was painted on the canvas.
   * @returns {Change|null} null: nothing is different
   */
  finish() {
    const box = this.touched;
    this.touched = null;
    if (!box) return null;
    const rgba = this.context.getImageData(box.left, box.top, box.width, box.height).data;
    const now = new Uint8Array(box.width * box.height);
    for (let place = 0; place < now.length; place += 1) now[place] = rgba[place * 4 + 3];
    return this.change(box, now);
  }

  /** Take back what was painted since the last finished change. */
  abandon() {
    if (this.touched) this.show(this.touched, cut(this.alpha, this.width, this.touched));
    this.touched = null;
  }

  invert() {
    return this.replace(inverted(this.alpha));
  }

  clear() {
    return this.replace(new Uint8Array(this.alpha.length));
  }

  /** @param {number} radius pixels of the image */
  feather(radius) {
    return this.replace(feathered(this.alpha, this.width, Math.max(0.5, radius * this.scale)));
  }

  /**
   * Put other bytes in place of all.
   * @param {Uint8Array} alpha
   * @returns {Change|null}
   */
  replace(alpha) {
    const box = { left: 0, top: 0, width: this.width, height: this.height };
    const change = this.change(box, alpha);
    if (change) this.show(box, alpha);
    return change;
  }

  /**
   * @param {Box} box
   * @param {Uint8Array} now
   * @returns {Change|null}
   */
  change(box, now) {
    const before = cut(this.alpha, this.width, box);
    if (before.every((value, place) => value === now[place])) return null;
    put(this.alpha, this.width, box, now);
    return { kind: "mask", box, before: pack(before), after: pack(now) };
  }

  /**
   * Put a former or later state of a box back.
   * @param {Box} box
   * @param {ReturnType<typeof pack>} packed
   */
  restore(box, packed) {
    const part = unpack(packed);
    put(this.alpha, this.width, box, part);
    this.show(box, part);
  }

  /** @returns {ReturnType<typeof pack>} all of it */
  packed() {
    return pack(this.alpha);
  }

  /** @param {ReturnType<typeof pack>} packed of a mask of this size; another is ignored */
  restoreAll(packed) {
    if (packed.length !== this.alpha.length) return;
    this.restore({ left: 0, top: 0, width: this.width, height: this.height }, packed);
  }

  /**
   * Show bytes on the canvas.
   * @param {Box} box
   * @param {Uint8Array} part
   */
  show(box, part) {
    const [red, green, blue] = channels(this.context.fillStyle);
    const image = this.context.createImageData(box.width, box.height);
    for (let place = 0, at = 0; place < part.length; place += 1, at += 4) {
      if (!part[place]) continue;
      image.data[at] = red;
      image.data[at + 1] = green;
      image.data[at + 2] = blue;
      image.data[at + 3] = part[place];
    }
    this.context.putImageData(image, box.left, box.top);
  }

  /** @returns {Promise<Blob>} the mask as a PNG: white is generated anew, black is kept */
  async toPng() {
    const canvas = document.createElement("canvas");
    canvas.width = this.width;
    canvas.height = this.height;
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    const image = context.createImageData(this.width, this.height);
    for (let place = 0, at = 0; place < this.alpha.length; place += 1, at += 4) {
      image.data.fill(this.alpha[place], at, at + 3);
      image.data[at + 3] = 255;
    }
    context.putImageData(image, 0, 0);
    return pngOf(canvas);
  }
}

/** @param {HTMLCanvasElement} canvas @returns {Promise<Blob>} */
export function pngOf(canvas) {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error(_("This browser cannot make an image of this size.")))), "image/png");
  });
}

/** @param {any} style "#rrggbb", as a context gives it back @returns {number[]} */
const channels = (style) => [1, 3, 5].map((start) => parseInt(String(style).slice(start, start + 2), 16) || 0);
