// @ts-check
// Zoom and pan of one image inside a box: wheel at the pointer, pinch, drag, double tap, and swipes while it fits.

const MOST_ENLARGED = 16; // of a small image that is fitted into the stage
const MOST = 32; // device pixels of a pixel of the image
const STEP = 1.5;
const TAP = { distance: 24, milliseconds: 300 };
const SWIPE = 60; // pixels
const SMOOTH = "sdsite.viewer.smooth";

/**
 * @typedef {{x: number, y: number}} Point
 * @typedef {{onSwipe?: (direction: -1|1) => void, onDismiss?: () => void, onChange?: () => void}} Listeners
 *   `onSwipe`: 1 for the next image; `onDismiss`: swiped down, or clicked beside the image
 */

export class Zoom {
  /**
   * @param {HTMLElement} box that clips the image
   * @param {HTMLImageElement} image
   * @param {Listeners} listeners
   */
  constructor(box, image, listeners) {
    this.box = box;
    this.image = image;
    this.listeners = listeners;
    this.size = { width: 1, height: 1 };
    this.scale = 1; // CSS pixels of a pixel of the image
    /** @type {Point} middle of the image, from the middle of the box */
    this.at = { x: 0, y: 0 };
    this.isFitted = true;
    /** @type {Map<number, Point>} */
    this.pointers = new Map();
    /** @type {(Point & {moved: boolean})|null} */
    this.pressed = null;
    /** @type {(Point & {time: number})|null} */
    this.tapped = null;
    this.smooth = localStorage.getItem(SMOOTH) !== "no";
    box.classList.add("is-zoomable");
    box.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    box.addEventListener("pointerdown", (event) => this.down(event));
    box.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) {
      box.addEventListener(name, (event) => this.up(/** @type {PointerEvent} */ (event)));
    }
    image.draggable = false;
    new ResizeObserver(() => (this.isFitted ? this.fit() : this.set(this.scale, this.at))).observe(box);
  }

  /** Show another image, fitted. @param {{width: number, height: number}} size in its pixels */
  show(size) {
    this.size = { width: Math.max(1, size.width), height: Math.max(1, size.height) };
    this.fit();
  }

  get fitting() {
    const { clientWidth, clientHeight } = this.box;
    const whole = Math.min(clientWidth / this.size.width, clientHeight / this.size.height);
    return Math.max(0.001, Math.min(whole, MOST_ENLARGED));
  }

  /** Scale at which a pixel of the image is one of the device. */
  get actual() {
    return 1 / (window.devicePixelRatio || 1);
  }

  get percent() {
    return Math.round((this.scale / this.actual) * 100);
  }

  fit() {
    this.set(this.fitting, { x: 0, y: 0 });
    this.isFitted = true;
  }

  showActual() {
    this.zoomTo(this.actual);
  }

  /** @param {1|-1} direction */
  step(direction) {
    this.zoomTo(this.scale * STEP ** direction);
  }

  /** Fit, or where it is fitted one to one (twice as large, where that is the same). @param {Point} [point] */
  toggle(point) {
    if (!this.isFitted) return this.fit();
    const isSame = Math.abs(this.actual / this.fitting - 1) < 0.05 || this.actual < this.fitting;
    this.zoomTo(isSame ? this.fitting * 2 : this.actual, point);
  }

  toggleSmooth() {
    this.smooth = !this.smooth;
    localStorage.setItem(SMOOTH, this.smooth ? "yes" : "no");
    this.set(this.scale, this.at);
  }

  /**
   * Zoom so that what lies under a point stays there.
   * @param {number} scale
   * @param {Point} [point] from the middle of the box
   */
  zoomTo(scale, point = { x: 0, y: 0 }) {
    const least = Math.min(this.fitting, this.actual);
    const most = Math.max(MOST * this.actual, this.fitting);
    const wanted = Math.min(most, Math.max(least, scale));
    const factor = wanted / this.scale;
    this.set(wanted, { x: point.x - (point.x - this.at.x) * factor, y: point.y - (point.y - this.at.y) * factor });
    this.isFitted = Math.abs(this.scale - this.fitting) < 1e-6;
  }

  /** @param {number} scale @param {Point} at */
  set(scale, at) {
    this.scale = scale;
    const slack = (/** @type {number} */ length, /** @type {number} */ box) => Math.max(0, (length * scale - box) / 2);
    const [x, y] = [slack(this.size.width, this.box.clientWidth), slack(this.size.height, this.box.clientHeight)];
    this.at = { x: Math.min(x, Math.max(-x, at.x)), y: Math.min(y, Math.max(-y, at.y)) };
    const { style } = this.image;
    style.width = `${this.size.width * scale}px`;
    style.height = `${this.size.height * scale}px`;
    style.transform = `translate(-50%, -50%) translate(${this.at.x}px, ${this.at.y}px)`;
    const isEnlarged = scale > this.actual * 1.01;
    this.box.classList.toggle("is-crisp", isEnlarged && !this.smooth);
    this.box.classList.toggle("is-pannable", x > 0.5 || y > 0.5);
    this.isFitted = false;
    this.listeners.onChange?.();
  }

  /** @param {{clientX: number, clientY: number}} event @returns {Point} from the middle of the box */
  point({ clientX, clientY }) {
    const { left, top, width, height } = this.box.getBoundingClientRect();
    return { x: clientX - left - width / 2, y: clientY - top - height / 2 };
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 32 : 1;
    const speed = event.ctrlKey ? 0.01 : 0.002; // a pinch on a touchpad comes as a wheel with ctrl
    this.zoomTo(this.scale * Math.exp(-Math.max(-240, Math.min(240, event.deltaY * lines)) * speed), this.point(event));
  }

  /** @param {PointerEvent} event */
  down(event) {
    if (event.button !== 0 || /** @type {Element} */ (event.target).closest("a[href]:not([data-file]), button")) return;
    this.box.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, this.point(event));
    this.pressed = this.pointers.size === 1 ? { ...this.point(event), moved: false } : null;
  }

  /** @param {PointerEvent} event */
  move(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const now = this.point(event);
    if (this.pointers.size === 1) {
      if (this.pressed && distance(this.pressed, now) > 4) this.pressed.moved = true;
      if (this.box.classList.contains("is-pannable")) {
        const wasFitted = this.isFitted;
        this.set(this.scale, { x: this.at.x + now.x - before.x, y: this.at.y + now.y - before.y });
        this.isFitted = wasFitted;
      }
    } else if (this.pointers.size === 2) {
      const [other] = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
      const [was, is] = [middle(before, other), middle(now, other)];
      this.zoomTo(this.scale * (distance(now, other) / Math.max(1, distance(before, other))), was);
      const fitted = this.isFitted;
      this.set(this.scale, { x: this.at.x + is.x - was.x, y: this.at.y + is.y - was.y });
      this.isFitted = fitted;
    }
    this.pointers.set(event.pointerId, now);
  }

  /** @param {PointerEvent} event */
  up(event) {
    if (!this.pointers.delete(event.pointerId) || this.pointers.size) return;
    const [start, end] = [this.pressed, this.point(event)];
    this.pressed = null;
    if (!start || event.type === "pointercancel") return;
    if (!start.moved) return this.tap(event, end);
    const moved = { x: end.x - start.x, y: end.y - start.y };
    if (event.pointerType !== "touch" || this.box.classList.contains("is-pannable")) return;
    if (Math.abs(moved.x) > SWIPE && Math.abs(moved.x) > 2 * Math.abs(moved.y)) {
      this.listeners.onSwipe?.(moved.x < 0 ? 1 : -1);
    } else if (moved.y > 2 * SWIPE && moved.y > 2 * Math.abs(moved.x)) {
      this.listeners.onDismiss?.();
    }
  }

  /** @param {PointerEvent} event @param {Point} point */
  tap(event, point) {
    const { tapped } = this;
    const isSecond = tapped && event.timeStamp - tapped.time < TAP.milliseconds && distance(tapped, point) < TAP.distance;
    this.tapped = isSecond ? null : { ...point, time: event.timeStamp };
    if (isSecond) this.toggle(point);
    else if (event.pointerType !== "touch" && this.isFitted && this.isBeside(point)) this.listeners.onDismiss?.();
  }

  /** @param {Point} point */
  isBeside(point) {
    const half = { x: (this.size.width * this.scale) / 2, y: (this.size.height * this.scale) / 2 };
    return Math.abs(point.x - this.at.x) > half.x || Math.abs(point.y - this.at.y) > half.y;
  }
}

/** @param {Point} one @param {Point} other */
const distance = (one, other) => Math.hypot(one.x - other.x, one.y - other.y);

/** @param {Point} one @param {Point} other @returns {Point} */
const middle = (one, other) => ({ x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 });
