// @ts-check
// The bar of actions under the stage: what can be done with the image that is shown, or with all images of its job.

import { errorMessage, jobsApi, marksApi } from "../../lib/api.js";
import { one, setText } from "../../lib/dom.js";
import { gettext as _, interpolate, ngettext } from "../../lib/i18n.js";
import { showToast } from "../../lib/toast.js";

/** Strengths of a variation: how much noise of another seed is blended in. */
const VARIATIONS = { subtle: 0.2, strong: 0.5 };
const MOST_COMPARED = 4;
/** Stands for the id in paths of the template. */
const NO_ID = "00000000-0000-0000-0000-000000000000";

/**
 * @typedef {import("./job_view.js").JobView} JobView
 * @typedef {{fields: string[], count: () => number, submitted: (job: any) => void, reuse: (image: any) => void,
 *            keepSeed: (seed: number) => void, trashed: (job: any, images: any[]) => void, restored: (job: any, images: any[]) => void}} Page
 *   `fields`: those that a request may have; `count`: images of a new job
 */

export class StageActions {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.root = one("[data-actions]");
    this.errorBox = one("[data-actions-error]");
    /** @type {JobView|null} */
    this.view = null;
    this.root.addEventListener("click", (/** @type {MouseEvent} */ event) => {
      const button = /** @type {HTMLElement|null} */ (/** @type {Element} */ (event.target).closest("button[data-do]"));
      if (button) void this.run(button.dataset.do ?? "", /** @type {HTMLButtonElement} */ (button));
    });
  }

  /** Show what applies to the stage. @param {JobView|null} view */
  show(view) {
    this.view = view;
    this.errorBox.hidden = true;
    const images = view?.entry.job.images ?? [];
    const image = view?.image();
    this.root.toggleAttribute("data-off", images.length === 0);
    if (!images.length) return;
    const is = {
      one: Boolean(image),
      several: images.length > 1 && !image,
      varied: image?.parameters.task === "text_to_image",
      inexact: ["draft", "small"].includes((image ?? view?.entry.job)?.parameters.speed_mode),
    };
    for (const action of this.root.querySelectorAll("[data-for]")) {
      action.hidden = !action.dataset.for.split(" ").every((/** @type {keyof typeof is} */ name) => is[name]);
    }
    for (const link of this.root.querySelectorAll("a[data-path]")) {
      link.href = link.dataset.path.replace(NO_ID, image?.id ?? "");
    }
    if (image) one("[data-download]", this.root).href = `${image.file_url}?download`;
    const compare = this.root.querySelector("[data-compare]");
    const ids = images.slice(0, MOST_COMPARED).map((/** @type {any} */ { id }) => id);
    if (compare) compare.href = `${compare.dataset.compare}?ids=${ids.join(",")}`;
    one("[data-do=favourite]", this.root).setAttribute("aria-pressed", String(this.chosen().every(({ favourite }) => favourite)));
    const sheet = one("[data-sheet]", this.root);
    sheet.href = sheet.dataset.sheet.replace(NO_ID, view?.entry.job.id ?? "");
  }

  /** @returns {any[]} the image that is shown, or all of the job */
  chosen() {
    const image = this.view?.image();
    return image ? [image] : (this.view?.entry.job.images ?? []);
  }

  /** @param {string} action @param {HTMLButtonElement} button */
  async run(action, button) {
    const image = this.view?.image() ?? this.view?.entry.job.images[0];
    if (!image) return;
    /** @type {Record<string, () => any>} */
    const acts = {
      subtle: () => this.vary(image, VARIATIONS.subtle),
      strong: () => this.vary(image, VARIATIONS.strong),
      upscale: () => this.submit({ task: "upscale", init_image: `image:${image.id}`, checkpoint: image.parameters.checkpoint }),
      again: () => this.submit({ ...this.request(this.view?.entry.job.parameters ?? {}), seed: null }),
      exact: () => this.exactly(),
      favourite: () => this.favourite(),
      trash: () => this.trash(),
      reuse: () => this.page.reuse(image),
      seed: () => this.page.keepSeed(image.seed),
    };
    this.errorBox.hidden = true;
    button.disabled = true;
    try {
      await acts[action]();
    } catch (error) {
      setText(this.errorBox, errorMessage(error));
      this.errorBox.hidden = false;
    } finally {
      button.disabled = false;
    }
  }

  async favourite() {
    const [view, images] = [this.view, this.chosen()];
    const isMarked = images.every(({ favourite }) => favourite);
    await marksApi.change(isMarked ? "unfavourite" : "favourite", images.map(({ id }) => id));
    for (const image of images) image.favourite = !isMarked;
    this.show(view);
  }

  async trash() {
    const [job, images] = [this.view?.entry.job, this.chosen()];
    const { undo } = await marksApi.change("trash", images.map(({ id }) => id));
    this.page.trashed(job, images);
    const words = interpolate(ngettext("%(count)s image moved to trash", "%(count)s images moved to trash", images.length), { count: images.length });
    const onAction = async () => {
      await marksApi.undo(undo).then(
        () => this.page.restored(job, images),
        (error) => showToast(errorMessage(error)),
      );
    };
    showToast(words, undo ? { action: _("Undo"), onAction } : {});
  }

  /** @param {Record<string, any>} parameters resolved ones @returns {Record<string, any>} those that a request may have */
  request(parameters) {
    return Object.fromEntries(this.page.fields.filter((name) => name in parameters).map((name) => [name, parameters[name]]));
  }

  /** Generate the image that is shown, or all of its job, in speed mode exact from the same seeds. */
  exactly() {
    const [job, image] = [this.view?.entry.job, this.view?.image()];
    const same = { ...this.request((image ?? job).parameters), batch_size: null, speed_mode: "exact" };
    return this.submit(image ? { ...same, grid: null, keep_original: false, count: 1, seed: image.seed } : same);
  }

  /** @param {any} image @param {number} strength */
  vary(image, strength) {
    const same = { ...this.request(image.parameters), grid: null, seed: image.seed };
    return this.submit({ ...same, count: this.page.count(), variation_strength: strength, variation_seed: null });
  }

  /** @param {Record<string, any>} requested */
  async submit(requested) {
    this.page.submitted(await jobsApi.submit(requested));
  }
}
