// @ts-check
// The card of a job: prompt, progress, images and actions.

import { API, errorMessage } from "../../lib/api.js";
import { arrangeTiles } from "./grid_layout.js";
import { element, icon, setText } from "../../lib/dom.js";
import { about, ago, plural, seconds, settingsSummary } from "../../lib/format.js";
import { isFinished } from "./job_store.js";
import { shownWidth, ImageTile } from "./image_tile.js";

/**
 * @typedef {import("./job_store.js").Entry} Entry
 * @typedef {{cancel: (id: string) => Promise<any>, retry: (id: string) => Promise<any>,
 *            front: (id: string) => Promise<any>, step: (id: string, by: number) => Promise<any>,
 *            cancelImage: (id: string, index: number) => Promise<any>, cancelAll: () => Promise<any>,
 *            use: (parameters: Record<string, any>) => void, open: (id: string, index: number) => void}} Actions
 */

/** @type {Record<string, string>} */
const CLASSES = {
  front: "button button--quiet",
  up: "button button--quiet button--icon",
  down: "button button--quiet button--icon",
  cancel: "button",
  retry: "button",
  use: "button button--quiet",
};
/** @type {Record<string, string>} labels of buttons that show an arrow only */
const LABELS = { up: "Move up", down: "Move down" };

export class JobCard {
  /**
   * @param {Entry} entry
   * @param {Actions} actions
   */
  constructor(entry, actions) {
    this.actions = actions;
    this.entry = entry;
    const { job } = entry;
    this.compact = isFinished(job);
    this.status = element("span", { class: "job__status", "data-status-words": "" });
    this.bar = element("progress", { class: "bar", max: "1", "aria-label": "Progress of the job" });
    this.tiles = Array.from({ length: job.image_count }, (_, index) => {
      return new ImageTile(index, () => actions.open(job.id, index));
    });
    this.cancelButtons = this.tiles.map((tile) => this.makeCancelButton(tile));
    this.grid = element("div", { class: "tiles" }, ...this.tiles.map((tile) => tile.element));
    this.grid.style.setProperty("--tile-width", `${shownWidth(job.parameters.width)}px`);
    this.grid.style.setProperty("--tile-ratio", `${job.parameters.width} / ${job.parameters.height}`);
    arrangeTiles(this.grid, this.tiles.map((tile) => tile.element), job);
    this.errorBox = element("p", { class: "notice notice--error", hidden: true });
    this.facts = element("p", { class: "job__facts" });
    this.buttons = this.makeButtons();
    this.sheet = element("a", {
      class: "button button--quiet",
      href: `${API}/jobs/${job.id}/sheet`,
      target: "_blank",
      rel: "noopener",
      text: "Contact sheet",
      title: "All images of this job on one sheet",
      data: { sheet: "" },
    });
    this.element = element(
      "article",
      { class: "job", data: { job: job.id }, "aria-label": `Job: ${job.parameters.prompt}`.slice(0, 120) },
      element("h3", { class: "job__prompt", text: job.parameters.prompt || "Upscale an image", title: job.parameters.prompt }),
      element("p", { class: "job__line" }, this.status),
      this.bar,
      this.grid,
      this.errorBox,
      element("div", { class: "job__foot" }, this.facts, element("div", { class: "row" }, ...Object.values(this.buttons), this.sheet)),
    );
    this.update(entry);
  }

  makeButtons() {
    const button = (/** @type {string} */ words, /** @type {string} */ name, /** @type {() => any} */ act) =>
      element("button", {
        class: CLASSES[name],
        type: "button",
        text: words,
        "aria-label": LABELS[name],
        title: LABELS[name],
        data: { action: name },
        on: { click: act },
      });
    return {
      front: button("Move to front", "front", () => this.attempt("front")),
      up: button("↑", "up", () => this.actions.step(this.entry.job.id, -1)),
      down: button("↓", "down", () => this.actions.step(this.entry.job.id, 1)),
      cancel: button("Cancel", "cancel", () => this.attempt("cancel")),
      retry: button("Retry", "retry", () => this.attempt("retry")),
      use: button("Reuse settings", "use", () => this.actions.use(this.entry.job.parameters)),
    };
  }

  /**
   * Make the button that cancels an image which is not finished yet.
   * @param {ImageTile} tile
   */
  makeCancelButton(tile) {
    const words = `Cancel image ${tile.index + 1}`;
    const button = element("button", { class: "tile__cancel", type: "button", "aria-label": words, title: words, data: { action: "cancel-image" } }, icon("close"));
    button.addEventListener("click", async (/** @type {Event} */ event) => {
      event.preventDefault();
      event.stopPropagation();
      button.disabled = true;
      try {
        await this.actions.cancelImage(this.entry.job.id, tile.index);
      } catch (error) {
        this.showError(errorMessage(error));
      } finally {
        button.disabled = false;
      }
    });
    tile.element.append(button);
    return button;
  }

  /**
   * Show the job as one of several waiting ones, or alone.
   * @param {{first: boolean, last: boolean, several: boolean}} place
   */
  showPlace({ first, last, several }) {
    this.element.toggleAttribute("data-row", several);
    this.element.draggable = several;
    this.buttons.front.hidden = this.buttons.up.hidden = this.buttons.down.hidden = !several;
    this.buttons.front.disabled = first;
    this.buttons.up.disabled = first;
    this.buttons.down.disabled = last;
  }

  /**
   * Run an action on the job; an error is shown on the card.
   * @param {"cancel"|"retry"|"front"} verb
   */
  async attempt(verb) {
    const button = this.buttons[verb];
    button.disabled = true;
    try {
      await this.actions[verb](this.entry.job.id);
    } catch (error) {
      this.showError(errorMessage(error));
    } finally {
      button.disabled = false;
    }
  }

  /** @param {string} sentence */
  showError(sentence) {
    this.errorBox.replaceChildren(icon("warning"), element("span", { text: sentence }));
    this.errorBox.hidden = false;
  }

  /** @param {Entry} entry */
  update(entry) {
    this.entry = entry;
    const { job } = entry;
    this.element.dataset.status = job.status;
    this.element.toggleAttribute("data-compact", this.compact);
    for (const image of job.images) this.tiles[image.index]?.finish(image, this.compact);
    if (isFinished(job)) this.settle(job);
    this.bar.value = job.progress.fraction;
    this.bar.classList.toggle("bar--waiting", job.status === "queued");
    this.buttons.cancel.hidden = isFinished(job) || job.cancel_requested;
    if (job.status !== "queued") this.showPlace({ first: true, last: true, several: false });
    this.showDropped(job);
    this.buttons.retry.hidden = !["failed", "cancelled"].includes(job.status);
    this.sheet.hidden = job.images.length < 2;
    if (job.error) this.showError(job.error.message);
    setText(this.facts, [`Seed ${job.parameters.seed}`, settingsSummary(job.parameters), job.checkpoint_title].join(" · "));
    this.tick();
  }

  /**
   * Mark cancelled images; offer to cancel each of several that are still to come.
   * @param {Record<string, any>} job
   */
  showDropped(job) {
    const dropped = job.dropped ?? [];
    const coming = this.tiles.filter((tile) => !tile.image && !dropped.includes(tile.index));
    for (const [index, tile] of this.tiles.entries()) {
      const left = dropped.includes(index) && !tile.image;
      tile.element.toggleAttribute("data-dropped", left);
      if (left) tile.dropPreview();
      this.cancelButtons[index].hidden = isFinished(job) || job.cancel_requested || coming.length < 2 || !coming.includes(tile);
    }
  }

  /**
   * Hide the tiles of a finished job that have no image.
   * @param {Record<string, any>} job
   */
  settle(job) {
    for (const tile of this.tiles) {
      if (tile.image) continue;
      tile.dropPreview();
      tile.element.hidden = true;
    }
    this.grid.hidden = job.images.length === 0;
  }

  /** Update the status line, which changes with time. */
  tick() {
    const { job, since, forecastAt } = this.entry;
    const elapsed = since === null ? null : (performance.now() - since) / 1000;
    const words = STATUS_WORDS[/** @type {keyof typeof STATUS_WORDS} */ (job.status)](job, elapsed, (performance.now() - forecastAt) / 1000);
    setText(this.status, words.filter(Boolean).join(" · "));
  }

  /** Show a finished job small. */
  shrink() {
    if (!isFinished(this.entry.job)) return;
    this.compact = true;
    this.element.dataset.compact = "";
  }
}

/**
 * What is said of a finished job whose source stores no images.
 * @type {Record<string, string>}
 */
const WITHOUT_IMAGES = { verify: "Verified", calibrate: "Measured" };

/**
 * Parts of the status line in each state.
 * @type {Record<string, (job: Record<string, any>, elapsed: number|null, age: number) => string[]>} `age`: seconds
 *   since the forecast
 */
const STATUS_WORDS = {
  queued: (job, _elapsed, age) => [
    job.position === 1 ? "Next in the queue" : job.position ? `Number ${job.position} in the queue` : "In the queue",
    job.eta_seconds === null ? "" : `done in ${about(Math.max(0, job.eta_seconds - age))}`,
  ],
  running: (job, elapsed) => [
    job.cancel_requested ? "Stopping after this step" : "",
    job.progress.total ? `Step ${job.progress.step} of ${job.progress.total}` : "Getting ready",
    job.eta_seconds === null ? "" : `${about(job.eta_seconds)} left`,
    elapsed === null ? "" : seconds(elapsed),
  ],
  succeeded: (job) => [
    job.images.length ? plural(job.images.length, "image") : WITHOUT_IMAGES[job.source] ?? "The images of this job were deleted",
    seconds(job.seconds),
    ago(job.finished_at ?? job.created_at),
  ],
  failed: (job) => [
    "Failed",
    job.images.length ? `${job.images.length} of ${plural(job.image_count, "image")} kept` : "",
    ago(job.finished_at ?? job.created_at),
  ],
  cancelled: (job) => [
    "Cancelled",
    job.images.length ? `${job.images.length} of ${plural(job.image_count, "image")} kept` : "",
    ago(job.finished_at ?? job.created_at),
  ],
};
