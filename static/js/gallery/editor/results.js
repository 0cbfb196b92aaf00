// @ts-check
// The job's images: a strip of them, the chosen one laid over the old image, with a slider between before and after.

import { element, one, setText } from "../../lib/dom.js";
import { gettext as _, interpolate, ngettext } from "../../lib/i18n.js";
import { isFinished } from "../../studio/jobs/job_store.js";
import { extended, NOTHING } from "./frame.js";
import { clamp } from "./view.js";

/** @typedef {Record<string, any>} Job as the API shows it */

export class Results {
  /**
   * @param {import("./view.js").View} view
   * @param {{chosen: (index: number) => void, shown: (isShown: boolean) => void}} listeners
   */
  constructor(view, listeners) {
    this.view = view;
    this.listeners = listeners;
    this.panel = one("[data-results]");
    this.strip = one("[data-results-strip]");
    this.overlay = one("[data-result]");
    this.image = /** @type {HTMLImageElement} */ (one("[data-result-image]"));
    this.slider = /** @type {HTMLInputElement} */ (one("[data-result-slider]"));
    /** @type {Job|null} */
    this.job = null;
    /** @type {number} index of the chosen image */
    this.index = 0;
    this.slider.addEventListener("input", () => this.showShare());
    this.strip.addEventListener("click", (/** @type {Event} */ event) => {
      const tile = /** @type {HTMLElement|null} */ (/** @type {Element} */ (event.target).closest("[data-index]"));
      if (tile) this.choose(Number(tile.dataset.index));
    });
  }

  /** @returns {Record<string, any>|undefined} the chosen image, once it is there */
  get chosen() {
    return this.job?.images.find((/** @type {any} */ image) => image.index === this.index);
  }

  /** @returns {import("./frame.js").Growth} by which the job extends the image */
  get growth() {
    return this.job?.parameters.outpaint ?? NOTHING;
  }

  get isShown() {
    return !this.overlay.hidden;
  }

  /** Show the state of a job. @param {Job} job */
  show(job) {
    if (this.job?.id !== job.id) {
      this.index = 0;
      this.strip.replaceChildren();
    }
    this.job = job;
    this.panel.hidden = false;
    this.panel.dataset.status = job.status;
    for (let index = this.strip.childElementCount; index < job.image_count; index += 1) this.strip.append(this.makeTile(index));
    for (const image of job.images) this.fillTile(image.index, image.thumbnail_url);
    setText(one("[data-results-state]"), stateOf(job));
    const bar = /** @type {HTMLProgressElement} */ (one("[data-results-progress]"));
    bar.hidden = isFinished(job);
    bar.value = job.progress?.fraction ?? 0;
    one("[data-results-cancel]").hidden = isFinished(job);
    const hasEnded = isFinished(job) && job.images.length === 0;
    one("[data-results-close]").hidden = !isFinished(job);
    if (hasEnded) this.hideImage();
    else this.choose(this.index);
  }

  /** @param {number} index */
  makeTile(index) {
    const label = interpolate(_("Result %(number)s"), { number: index + 1 });
    const tile = element("button", { class: "editor__tile", type: "button", "aria-label": label, data: { index } });
    tile.append(element("img", { alt: "", hidden: true }));
    return tile;
  }

  /** @param {number} index @param {string} url */
  fillTile(index, url) {
    const image = this.strip.children[index]?.firstElementChild;
    if (!image || image.getAttribute("src") === url) return;
    if (image.src.startsWith("blob:")) URL.revokeObjectURL(image.src);
    image.src = url;
    image.hidden = false;
  }

  /** Show a preview in its tile. @param {number} index @param {Blob} jpeg */
  preview(index, jpeg) {
    if (this.job?.images.some((/** @type {any} */ image) => image.index === index)) return;
    this.fillTile(index, URL.createObjectURL(jpeg));
  }

  /** @param {number} index */
  choose(index) {
    this.index = index;
    for (const tile of this.strip.children) tile.setAttribute("aria-pressed", String(Number(tile.dataset.index) === index));
    const { chosen } = this;
    this.listeners.chosen(index);
    if (!chosen) return this.hideImage();
    const { left, top } = this.growth;
    const { width, height } = extended(this.view, this.growth);
    Object.assign(this.overlay.style, { left: `${-left}px`, top: `${-top}px`, width: `${width}px`, height: `${height}px` });
    if (this.image.getAttribute("src") !== chosen.file_url) this.image.src = chosen.file_url;
    one("[data-results-page]").href = chosen.page_url;
    if (this.isShown) return undefined;
    this.overlay.hidden = false;
    one("[data-results-actions]").hidden = false;
    this.slider.value = "0";
    this.showShare();
    this.listeners.shown(true);
    return undefined;
  }

  /** Show the old image up to where the slider is, the new one from there. */
  showShare() {
    const share = this.slider.valueAsNumber;
    this.image.style.clipPath = `inset(0 0 0 ${share}%)`;
    one("[data-result-line]").style.left = `${share}%`;
    this.slider.setAttribute("aria-valuetext", interpolate(_("%(share)s percent before"), { share: Math.round(share) }));
  }

  /** @returns {import("./pointer.js").Drag} moves the line between before and after */
  drag() {
    const move = (/** @type {{x: number}} */ { x }) => {
      const share = ((x + this.growth.left) / extended(this.view, this.growth).width) * 100;
      this.slider.value = String(clamp(share, 0, 100));
      this.showShare();
    };
    return { begin: move, move, end: () => {}, cancel: () => {} };
  }

  hideImage() {
    if (!this.isShown) return;
    for (const tile of this.strip.children) tile.setAttribute("aria-pressed", "false");
    this.overlay.hidden = true;
    this.image.removeAttribute("src");
    one("[data-results-actions]").hidden = true;
    this.listeners.shown(false);
  }

  /** Put everything away. */
  close() {
    this.hideImage();
    this.job = null;
    this.panel.hidden = true;
    this.strip.replaceChildren();
  }
}

/** @param {Job} job @returns {string} */
function stateOf(job) {
  if (job.status === "failed") return job.error?.message ?? _("The job failed.");
  if (job.status === "cancelled") return _("Cancelled.");
  if (job.status === "queued") return job.position ? interpolate(_("Queued, place %(place)s"), { place: job.position }) : _("Queued");
  const { step, total } = job.progress ?? {};
  if (job.status === "running") return total ? interpolate(_("Step %(step)s of %(total)s"), { step, total }) : _("Starting…");
  const number = job.images.length;
  return interpolate(ngettext("%(number)s result", "%(number)s results", number), { number });
}
