// @ts-check
// Zoom and pan: where the image lies on the stage, and which of its pixels a pointer is over.

const LEAST = 0.02;
const MOST = 64;
const MARGIN = 24; // CSS pixels around a fitted image
const ROOM = 48; // CSS pixels of the image that always stay on the stage
const LARGEST_FIT = 8; // a small image is enlarged at most so many times to fit

export class View {
  /**
   * @param {HTMLElement} stage
   * @param {HTMLElement} paper the element with the image, as many CSS pixels wide as the image has pixels
   */
  constructor(stage, paper) {
    this.stage = stage;
    this.paper = paper;
    this.scale = 1;
    this.x = 0;
    this.y = 0;
    this.width = 1;
    this.height = 1;
    /** Pixels around the image that a fit shows as well. */
    this.around = { left: 0, top: 0, right: 0, bottom: 0 };
    this.isFitted = true;
    /** @type {Array<() => void>} */
    this.listeners = [];
    new ResizeObserver(() => (this.isFitted ? this.fit() : this.place())).observe(stage);
  }

  /** Call a function after every change. @param {() => void} listener */
  onChange(listener) {
    this.listeners.push(listener);
  }

  /** @param {number} width pixels of the image @param {number} height */
  resize(width, height) {
    this.width = width;
    this.height = height;
    this.paper.style.width = `${width}px`;
    this.paper.style.height = `${height}px`;
    this.fit();
  }

  fit() {
    const { left, top, right, bottom } = this.around;
    const [wide, high] = [this.width + left + right, this.height + top + bottom];
    const [room, tall] = [this.stage.clientWidth - 2 * MARGIN, this.stage.clientHeight - 2 * MARGIN];
    this.scale = clamp(Math.min(room / wide, tall / high), LEAST, LARGEST_FIT);
    this.x = (this.stage.clientWidth - wide * this.scale) / 2 + left * this.scale;
    this.y = (this.stage.clientHeight - high * this.scale) / 2 + top * this.scale;
    this.place();
    this.isFitted = true;
  }

  /** Show one pixel of the image on one of the screen. */
  actualSize() {
    this.zoomTo(1 / (window.devicePixelRatio || 1));
  }

  /**
   * Zoom about a point of the stage, its middle where none is given.
   * @param {number} scale CSS pixels for one of the image
   * @param {{x: number, y: number}} [about] CSS pixels of the stage
   */
  zoomTo(scale, about = { x: this.stage.clientWidth / 2, y: this.stage.clientHeight / 2 }) {
    const next = clamp(scale, LEAST, MOST);
    this.x = about.x - ((about.x - this.x) * next) / this.scale;
    this.y = about.y - ((about.y - this.y) * next) / this.scale;
    this.scale = next;
    this.place();
  }

  /** @param {number} by CSS pixels @param {number} down */
  pan(by, down) {
    this.x += by;
    this.y += down;
    this.place();
  }

  place() {
    this.isFitted = false;
    this.x = clamp(this.x, ROOM - this.width * this.scale, this.stage.clientWidth - ROOM);
    this.y = clamp(this.y, ROOM - this.height * this.scale, this.stage.clientHeight - ROOM);
    this.paper.style.transform = `translate(${this.x}px, ${this.y}px) scale(${this.scale})`;
    this.paper.style.setProperty("--pixel", `${1 / this.scale}px`); // one pixel of the screen, for lines on the image
    this.paper.style.setProperty("--unscale", String(1 / this.scale));
    for (const listener of this.listeners) listener();
  }

  /**
   * @param {{clientX: number, clientY: number}} event
   * @returns {{x: number, y: number}} CSS pixels of the stage
   */
  onStage({ clientX, clientY }) {
    const box = this.stage.getBoundingClientRect();
    return { x: clientX - box.left, y: clientY - box.top };
  }

  /**
   * @param {{clientX: number, clientY: number}} event
   * @returns {{x: number, y: number}} pixels of the image, also outside of it
   */
  toImage(event) {
    const { x, y } = this.onStage(event);
    return { x: (x - this.x) / this.scale, y: (y - this.y) / this.scale };
  }

  /** @param {{x: number, y: number}} point pixels of the image @returns {{x: number, y: number}} CSS pixels of the stage */
  toStage({ x, y }) {
    return { x: this.x + x * this.scale, y: this.y + y * this.scale };
  }
}

/** @param {number} value @param {number} least @param {number} most */
export const clamp = (value, least, most) => Math.min(most, Math.max(least, value));
