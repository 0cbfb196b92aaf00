// @ts-check
// Brush and eraser: strokes of round dabs on the mask, wide and hard as the tool says, thinner where a pen presses less.

/** @typedef {{x: number, y: number, pressure: number}} Point pixels of the image; pressure 0 to 1 */
/** @typedef {{size: number, hardness: number, erases: boolean}} Tip size: diameter in pixels of the image; hardness 0 to 1 */

const HARD = 0.99;
const SPACING = 0.12; // of the diameter, between the dabs of a soft stroke
const THINNEST = 0.15; // of the diameter, where a pen hardly touches

export class Brush {
  /** @param {import("./mask.js").Mask} mask */
  constructor(mask) {
    this.mask = mask;
    /** @type {Point|null} */
    this.last = null;
    /** @type {Tip} */
    this.tip = { size: 1, hardness: 1, erases: false };
    this.rest = 0;
  }

  get isDown() {
    return this.last !== null;
  }

  /** @param {Tip} tip @param {Point} point */
  begin(tip, point) {
    this.tip = tip;
    this.rest = 0;
    this.last = point;
    this.prepare();
    this.dab(point);
  }

  /** @param {Point} point */
  move(point) {
    if (!this.last) return;
    if (this.tip.hardness >= HARD) this.line(this.last, point);
    else this.dabs(this.last, point);
    this.last = point;
  }

  /** @returns {import("./mask.js").Change|null} what changed */
  end() {
    this.last = null;
    this.mask.context.globalCompositeOperation = "source-over";
    return this.mask.finish();
  }

  /** Take the stroke back, because a second finger came: it was the beginning of a pinch. */
  cancel() {
    this.last = null;
    this.mask.context.globalCompositeOperation = "source-over";
    this.mask.abandon();
  }

  prepare() {
    const { context } = this.mask;
    context.globalCompositeOperation = this.tip.erases ? "destination-out" : "source-over";
    context.lineCap = "round";
    context.lineJoin = "round";
    context.strokeStyle = context.fillStyle;
  }

  /** @param {Point} point @returns {number} diameter in pixels of the mask */
  width(point) {
    return Math.max(1, this.tip.size * this.mask.scale * (THINNEST + (1 - THINNEST) * point.pressure));
  }

  /** @param {Point} from @param {Point} to */
  line(from, to) {
    const { context, scale } = this.mask;
    context.lineWidth = (this.width(from) + this.width(to)) / 2;
    context.beginPath();
    context.moveTo(from.x * scale, from.y * scale);
    context.lineTo(to.x * scale, to.y * scale);
    context.stroke();
    this.touch(from);
    this.touch(to);
  }

  /** @param {Point} from @param {Point} to */
  dabs(from, to) {
    const length = Math.hypot(to.x - from.x, to.y - from.y);
    const step = Math.max(0.5, this.tip.size * SPACING);
    let at = step - this.rest;
    for (; at <= length; at += step) {
      const share = at / length;
      const between = (/** @type {"x"|"y"|"pressure"} */ key) => from[key] + (to[key] - from[key]) * share;
      this.dab({ x: between("x"), y: between("y"), pressure: between("pressure") });
    }
    this.rest = length - (at - step);
  }

  /** @param {Point} point */
  dab(point) {
    const { context, scale } = this.mask;
    const [x, y, radius] = [point.x * scale, point.y * scale, this.width(point) / 2];
    const solid = context.fillStyle;
    if (this.tip.hardness < HARD) {
      const gradient = context.createRadialGradient(x, y, radius * this.tip.hardness, x, y, radius);
      gradient.addColorStop(0, String(solid));
      gradient.addColorStop(1, `${solid}00`);
      context.fillStyle = gradient;
    }
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fill();
    context.fillStyle = solid;
    this.touch(point);
  }

  /** @param {Point} point */
  touch(point) {
    const { scale } = this.mask;
    const reach = this.width(point) / 2 + 2;
    this.mask.touch(point.x * scale - reach, point.y * scale - reach, point.x * scale + reach, point.y * scale + reach);
  }
}
