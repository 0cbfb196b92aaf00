// @ts-check
// One picture of a job: noise, then previews, then the finished image, all in the same box.

import { element } from "../../lib/dom.js";

const LARGEST_FULL_FILE = 1024 * 1024;

/** Shown side in CSS pixels: small pictures are shown large, but never blown up beyond what still looks sharp. */
const SMALLEST_SHOWN = 256;
const LARGEST_SHOWN = 640;
const ENLARGED_AT_MOST = 4;

/**
 * How wide a tile of a picture this wide may become, in CSS pixels.
 * @param {number} width
 */
export function shownWidth(width) {
  return Math.min(LARGEST_SHOWN, Math.max(SMALLEST_SHOWN, width * ENLARGED_AT_MOST));
}

/**
 * Whether a picture came out in another shape than was foreseen (an enlarged picture has its own): then none of it is cut off.
 * @param {HTMLElement} tile
 * @param {{width: number, height: number}} image
 */
function hasOtherShape(tile, { width, height }) {
  const box = tile.getBoundingClientRect();
  return box.height > 0 && Math.abs(box.width / box.height / (width / height) - 1) > 0.02;
}

export class Tile {
  /**
   * @param {number} index
   * @param {(index: number) => void} onOpen
   */
  constructor(index, onOpen) {
    this.index = index;
    this.preview = element("img", { class: "tile__preview", alt: "", "data-preview": "", hidden: true });
    this.element = element("a", { class: "tile", data: { tile: String(index) } }, this.preview);
    this.element.addEventListener("click", (/** @type {MouseEvent} */ event) => {
      if (!this.image || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      onOpen(this.index);
    });
    /** @type {any} */
    this.image = null;
    /** @type {Blob|null} */
    this.waiting = null;
    this.loading = false;
    this.url = "";
  }

  /**
   * Paint a preview; while one is being decoded only the newest of those that follow is kept.
   * @param {Blob} jpeg
   */
  async paint(jpeg) {
    if (this.image) return;
    this.waiting = jpeg;
    if (this.loading) return;
    this.loading = true;
    while (this.waiting && !this.image) {
      const url = URL.createObjectURL(this.waiting);
      this.waiting = null;
      this.preview.src = url;
      this.preview.hidden = false;
      await this.preview.decode().catch(() => undefined);
      if (this.url) URL.revokeObjectURL(this.url);
      this.url = url;
    }
    this.loading = false;
    if (this.image?.shown) this.dropPreview();
  }

  /**
   * Put the finished image over the last preview and let it fade in.
   * @param {any} image
   * @param {boolean} compact the thumbnail is enough
   */
  finish(image, compact) {
    if (this.image) return;
    this.image = { shown: false };
    this.element.toggleAttribute("data-shape", hasOtherShape(this.element, image));
    const full = !compact && image.width * image.height <= LARGEST_FULL_FILE;
    const picture = element("img", {
      class: "tile__final",
      alt: `Image ${image.index + 1}: ${image.parameters.prompt}`.slice(0, 300),
      src: full ? image.file_url : image.thumbnail_url,
      loading: compact ? "lazy" : "eager",
      decoding: "async",
      "data-final": "",
    });
    const arrived = () => {
      this.element.dataset.arrived = "";
      this.image.shown = true;
      window.setTimeout(() => this.dropPreview(), 500);
    };
    picture.addEventListener("load", arrived, { once: true });
    picture.addEventListener("error", () => (this.element.dataset.broken = ""), { once: true });
    this.element.href = image.page_url;
    this.element.append(picture);
    if (picture.complete && picture.naturalWidth) arrived();
  }

  dropPreview() {
    this.waiting = null;
    if (this.loading) return;
    this.preview.removeAttribute("src");
    this.preview.hidden = true;
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = "";
  }
}
