// @ts-check
// The full-size viewer: one dialog, arrow keys through the page's images, Esc closes.

import { element, one, setText } from "../lib/dom.js";
import { samplerLabel, upscalerLabel } from "../lib/format.js";
import { ROOT } from "../lib/root.js";

const MOST_ENLARGED = 4;

/**
 * @typedef {Record<string, any>} Image as the API shows it, plus `checkpoint_title`
 */

export class Viewer {
  /**
   * @param {{images: () => Image[], use: (image: Image) => void, start: (image: Image) => void}} page `images`: all that the arrow keys go through
   */
  constructor(page) {
    this.page = page;
    this.dialog = one("[data-viewer]");
    this.figure = one("[data-viewer-image]", this.dialog);
    /** @type {Image|null} */
    this.image = null;
    one("[data-viewer-previous]").addEventListener("click", () => this.walk(-1));
    one("[data-viewer-next]").addEventListener("click", () => this.walk(1));
    one("[data-viewer-close]").addEventListener("click", () => this.dialog.close());
    for (const [selector, act] of Object.entries({ "[data-viewer-use]": page.use, "[data-viewer-start]": page.start })) {
      one(selector).addEventListener("click", (/** @type {MouseEvent} */ event) => {
        if (event.ctrlKey || event.metaKey || !this.image) return;
        event.preventDefault();
        this.dialog.close();
        act(this.image);
      });
    }
    this.dialog.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      const direction = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!direction || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      this.walk(direction);
    });
    this.dialog.addEventListener("click", (/** @type {MouseEvent} */ event) => {
      // A click beside the image closes, as Esc does.
      if (event.target === this.dialog || event.target === one("[data-stage]", this.dialog)) this.dialog.close();
    });
  }

  /** @param {string} id */
  open(id) {
    const image = this.page.images().find((candidate) => candidate.id === id);
    if (!image) return;
    this.show(image);
    if (!this.dialog.open) this.dialog.showModal();
  }

  /** @param {number} direction */
  walk(direction) {
    const images = this.page.images();
    const place = images.findIndex((candidate) => candidate.id === this.image?.id);
    const next = images[place + direction];
    if (next) this.show(next);
  }

  /** @param {Image} image */
  show(image) {
    this.image = image;
    const images = this.page.images();
    const place = images.findIndex((candidate) => candidate.id === image.id);
    this.figure.src = image.file_url;
    this.figure.alt = image.parameters.prompt;
    this.figure.width = image.width;
    this.figure.height = image.height;
    this.figure.style.setProperty("--most-width", `${image.width * MOST_ENLARGED}px`);
    this.figure.style.setProperty("--ratio", String(image.width / image.height));
    one("[data-viewer-previous]").disabled = place <= 0;
    one("[data-viewer-next]").disabled = place >= images.length - 1;
    setText(one("[data-viewer-place]"), `${place + 1} of ${images.length}`);
    setText(one("[data-viewer-prompt]"), image.parameters.prompt);
    one("[data-viewer-use]").href = `${ROOT}/?from=${image.id}`;
    one("[data-viewer-start]").href = `${ROOT}/?init=${image.id}`;
    one("[data-viewer-download]").href = `${image.file_url}?download`;
    one("[data-viewer-page]").href = image.page_url;
    const facts = factsOf(image).flatMap(([name, value]) => [
      element("dt", { text: name }),
      element("dd", { text: value }),
    ]);
    one("[data-viewer-facts]").replaceChildren(...facts);
    for (const neighbour of [images[place - 1], images[place + 1]]) if (neighbour) new Image().src = neighbour.file_url;
  }
}

/**
 * @param {Image} image
 * @returns {Array<[string, string]>}
 */
function factsOf(image) {
  const { parameters } = image;
  /** @type {Array<[string, any]>} */
  const facts = [
    ["Negative prompt", parameters.negative_prompt],
    ["Checkpoint", image.checkpoint_title ?? parameters.checkpoint],
    ["Size", `${image.width} × ${image.height}`],
    ["Upscaled", parameters.upscale_by > 1 ? `${parameters.upscale_by}× with ${upscalerLabel(parameters.upscaler ?? "lanczos")}` : ""],
    ["Steps", parameters.steps],
    ["Guidance scale", parameters.guidance_scale],
    ["Sampler", samplerLabel(parameters)],
    ["Seed", image.seed],
    ["Format", image.format.toUpperCase()],
    ["Created", new Date(image.created_at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" })],
  ];
  return facts.filter(([, value]) => value !== "" && value !== null && value !== undefined).map(([name, value]) => [name, String(value)]);
}
