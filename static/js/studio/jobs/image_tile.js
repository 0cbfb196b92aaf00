// @ts-check
// The tile of one image of a job: placeholder, then previews, then the finished image, in the same box.

import { element } from "../../lib/dom.js";

const LARGEST_FULL_FILE = 1024 * 1024;

/** Shown side in CSS pixels: small images are enlarged, but not beyond what still looks sharp. */
const SMALLEST_SHOWN = 256;
const LARGEST_SHOWN = 640;
const MOST_ENLARGED = 4;

/**
 * Return the largest width of an image's tile in CSS pixels.
 * @param {number} width
 */
export function shownWidth(width) {
  return Math.min(LARGEST_SHOWN, Math.max(SMALLEST_SHOWN, width * MOST_ENLARGED));
}

/**
 * Tell whether an image has another aspect ratio than its tile (after upscaling, for example): then it is not cropped.
 * @param {HTMLElement} tile
 * @param {{width: number, height: number}} image
 */
function hasOtherShape(tile, { width, height }) {
  const box = tile.getBoundingClientRect();
  return box.height > 0 && Math.abs(box.width / box.height / (width / height) - 1) > 0.02;
}

export class ImageTile {
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
   * Show a preview; while one is being decoded only the newest of those that follow is kept.
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
   * Fade in the finished image over the last preview.
   * @param {any} image
   * @param {boolean} compact show the thumbnail
   */
  finish(image, compact) {
    if (this.image) return;
    this.image = { shown: false };
    this.element.toggleAttribute("data-shape", hasOtherShape(this.element, image));
    const full = !compact && image.width * image.height <= LARGEST_FULL_FILE;
    const final = element("img", {
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
    final.addEventListener("load", arrived, { once: true });
    final.addEventListener("error", () => (this.element.dataset.broken = ""), { once: true });
    this.element.href = image.page_url;
    this.element.append(final);
    if (final.complete && final.naturalWidth) arrived();
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
