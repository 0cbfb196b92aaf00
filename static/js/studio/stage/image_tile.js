// @ts-check
// The tile of one image of a job: placeholder, then previews, then the finished image, in the same box.

import { element } from "../../lib/dom.js";
import { gettext as _, interpolate } from "../../lib/i18n.js";

const LARGEST_FULL_FILE = 256 * 256; // pixels; of larger ones beside others the thumbnail is shown, a tenth of the bytes

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
    /** @type {any} the finished image as the API shows it */
    this.image = null;
    /** @type {any} its element; none while the image is under review */
    this.final = null;
    this.arrived = false;
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
    if (this.arrived) this.dropPreview();
  }

  /**
   * Fade in the finished image over the last preview.
   * @param {any} image
   * @param {{alone: boolean, fade: boolean}} options `alone`: the only one of its job; `fade`: over a preview
   */
  finish(image, { alone, fade }) {
    if (this.image) return;
    this.image = image;
    this.element.toggleAttribute("data-shape", hasOtherShape(this.element, image));
    this.element.toggleAttribute("data-fade", fade);
    this.element.href = image.page_url;
    if (image.quarantined) {
      // Its file is refused, to its owner too, until a moderator approves it.
      this.element.dataset.broken = _("Under review");
      this.dropPreview();
      return;
    }
    const full = alone || image.width * image.height <= LARGEST_FULL_FILE;
    this.final = element("img", {
      class: "tile__final",
      alt: interpolate(_("Image %(number)s: %(prompt)s"), { number: image.index + 1, prompt: image.parameters.prompt }).slice(0, 300),
      src: full ? image.file_url : image.thumbnail_url,
      decoding: "async",
      "data-final": "",
    });
    const arrived = () => {
      this.element.dataset.arrived = "";
      this.arrived = true;
      window.setTimeout(() => this.dropPreview(), 500);
    };
    this.final.addEventListener("load", arrived, { once: true });
    this.final.addEventListener("error", () => (this.element.dataset.broken = _("This file is missing")), { once: true });
    this.element.append(this.final);
    if (this.final.complete && this.final.naturalWidth) arrived();
  }

  /** Show the file itself, once the image is shown alone. */
  sharpen() {
    if (this.final && this.final.getAttribute("src") !== this.image.file_url) this.final.src = this.image.file_url;
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
