// @ts-check
// One job as a card: what was asked, how far it is, its pictures, what one can do with it.

import { arrangeTiles } from "./grid_layout.js";
import { element, icon, setText } from "../../lib/dom.js";
import { about, ago, plural, seconds, settingsInWords } from "../../lib/format.js";
import { isFinished } from "./job_store.js";
import { shownWidth, Tile } from "./image_tile.js";

/**
 * @typedef {import("./job_store.js").Entry} Entry
 * @typedef {{cancel: (id: string) => Promise<any>, retry: (id: string) => Promise<any>,
 *            front: (id: string) => Promise<any>, step: (id: string, by: number) => Promise<any>,
 *            leaveOut: (id: string, index: number) => Promise<any>, cancelAll: () => Promise<any>,
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
/** @type {Record<string, string>} what a button says that only shows a sign */
const SAID = { up: "Move up", down: "Move down" };

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
      return new Tile(index, () => actions.open(job.id, index));
    });
    this.crosses = this.tiles.map((tile) => this.makeCross(tile));
    this.grid = element("div", { class: "tiles" }, ...this.tiles.map((tile) => tile.element));
    this.grid.style.setProperty("--tile-width", `${shownWidth(job.parameters.width)}px`);
    this.grid.style.setProperty("--tile-ratio", `${job.parameters.width} / ${job.parameters.height}`);
    arrangeTiles(this.grid, this.tiles.map((tile) => tile.element), job);
    this.trouble = element("p", { class: "notice notice--error", hidden: true });
    this.facts = element("p", { class: "job__facts" });
    this.buttons = this.makeButtons();
    this.sheet = element("a", {
      class: "button button--quiet",
      href: `/api/v1/jobs/${job.id}/sheet`,
      target: "_blank",
      rel: "noopener",
      text: "Sheet",
      title: "All pictures of this job on one sheet",
      data: { sheet: "" },
    });
    this.element = element(
      "article",
      { class: "job", data: { job: job.id }, "aria-label": `Job: ${job.parameters.prompt}`.slice(0, 120) },
      element("h3", { class: "job__prompt", text: job.parameters.prompt || "Enlarge a picture", title: job.parameters.prompt }),
      element("p", { class: "job__line" }, this.status),
      this.bar,
      this.grid,
      this.trouble,
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
        "aria-label": SAID[name],
        title: SAID[name],
        data: { action: name },
        on: { click: act },
      });
    return {
      front: button("Move to front", "front", () => this.attempt("front")),
      up: button("↑", "up", () => this.actions.step(this.entry.job.id, -1)),
      down: button("↓", "down", () => this.actions.step(this.entry.job.id, 1)),
      cancel: button("Cancel", "cancel", () => this.attempt("cancel")),
      retry: button("Retry", "retry", () => this.attempt("retry")),
      use: button("Use these settings", "use", () => this.actions.use(this.entry.job.parameters)),
    };
  }

  /**
   * A small cross on a picture that is not there yet.
   * @param {Tile} tile
   */
  makeCross(tile) {
    const words = `Leave out image ${tile.index + 1}`;
    const cross = element("button", { class: "tile__cross", type: "button", "aria-label": words, title: words, data: { action: "leave-out" } }, icon("close"));
    cross.addEventListener("click", async (/** @type {Event} */ event) => {
      event.preventDefault();
      event.stopPropagation();
      cross.disabled = true;
      try {
        await this.actions.leaveOut(this.entry.job.id, tile.index);
      } catch (error) {
        this.complain(error.message);
      } finally {
        cross.disabled = false;
      }
    });
    tile.element.append(cross);
    return cross;
  }

  /**
   * Show the job as one of several that wait, or alone as what will be drawn next.
   * @param {{first: boolean, last: boolean, several: boolean}} place
   */
  standInLine({ first, last, several }) {
    this.element.toggleAttribute("data-row", several);
    this.element.draggable = several;
    this.buttons.front.hidden = this.buttons.up.hidden = this.buttons.down.hidden = !several;
    this.buttons.front.disabled = first;
    this.buttons.up.disabled = first;
    this.buttons.down.disabled = last;
  }

  /**
   * Ask for something of the job; a refusal is said on the card.
   * @param {"cancel"|"retry"|"front"} verb
   */
  async attempt(verb) {
    const button = this.buttons[verb];
    button.disabled = true;
    try {
      await this.actions[verb](this.entry.job.id);
    } catch (error) {
      this.complain(error.message);
    } finally {
      button.disabled = false;
    }
  }

  /** @param {string} sentence */
  complain(sentence) {
    this.trouble.replaceChildren(icon("warning"), element("span", { text: sentence }));
    this.trouble.hidden = false;
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
    this.bar.classList.toggle("bar--waits", job.status === "queued");
    this.buttons.cancel.hidden = isFinished(job) || job.cancel_requested;
    if (job.status !== "queued") this.standInLine({ first: true, last: true, several: false });
    this.showLeftOut(job);
    this.buttons.retry.hidden = !["failed", "cancelled"].includes(job.status);
    this.sheet.hidden = job.images.length < 2;
    if (job.error) this.complain(job.error.message);
    setText(this.facts, [`Seed ${job.parameters.seed}`, settingsInWords(job.parameters), job.checkpoint_title].join(" · "));
    this.tick();
  }

  /**
   * Pictures that were called off say so; of several that are still to come, each can be.
   * @param {Record<string, any>} job
   */
  showLeftOut(job) {
    const dropped = job.dropped ?? [];
    const coming = this.tiles.filter((tile) => !tile.image && !dropped.includes(tile.index));
    for (const [index, tile] of this.tiles.entries()) {
      const left = dropped.includes(index) && !tile.image;
      tile.element.toggleAttribute("data-left-out", left);
      if (left) tile.dropPreview();
      this.crosses[index].hidden = isFinished(job) || job.cancel_requested || coming.length < 2 || !coming.includes(tile);
    }
  }

  /**
   * A finished job keeps the tiles that became pictures; the rest go.
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

  /** Write the line that changes by itself. */
  tick() {
    const { job, since, toldAt } = this.entry;
    const elapsed = since === null ? null : (performance.now() - since) / 1000;
    const words = LINES[/** @type {keyof typeof LINES} */ (job.status)](job, elapsed, (performance.now() - toldAt) / 1000);
    setText(this.status, words.filter(Boolean).join(" · "));
  }

  /** Make room: a finished job becomes one of the stream. */
  shrink() {
    if (!isFinished(this.entry.job)) return;
    this.compact = true;
    this.element.dataset.compact = "";
  }
}

/**
 * What the line says in each state.
 * @type {Record<string, (job: Record<string, any>, elapsed: number|null, told: number) => string[]>} `told`: seconds
 *   since the forecast came
 */
const LINES = {
  queued: (job, _elapsed, told) => [
    job.position === 1 ? "Next in the queue" : job.position ? `Number ${job.position} in the queue` : "In the queue",
    job.eta_seconds === null ? "" : `done in ${about(Math.max(0, job.eta_seconds - told))}`,
  ],
  running: (job, elapsed) => [
    job.cancel_requested ? "Stopping after this step" : "",
    job.progress.total ? `Step ${job.progress.step} of ${job.progress.total}` : "Getting ready",
    job.eta_seconds === null ? "" : `${about(job.eta_seconds)} left`,
    elapsed === null ? "" : seconds(elapsed),
  ],
  succeeded: (job) => [
    job.images.length ? plural(job.images.length, "image") : "The images of this job were deleted",
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
