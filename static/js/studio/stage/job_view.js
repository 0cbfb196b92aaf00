// @ts-check
// One job on the stage: its images in boxes of their final size, progress, state and errors.

import { errorMessage } from "../../lib/api.js";
import { element, icon, setText } from "../../lib/dom.js";
import { settingsSummary } from "../../lib/format.js";
import { gettext as _, interpolate } from "../../lib/i18n.js";
import { isFinished } from "../jobs/job_store.js";
import { statusWords } from "../jobs/status_words.js";
import { layOut, nameCells } from "./grid_layout.js";
import { ImageTile } from "./image_tile.js";

/**
 * @typedef {import("../jobs/job_store.js").Entry} Entry
 * @typedef {{cancel: (id: string) => Promise<any>, retry: (id: string) => Promise<any>, dismiss: (id: string) => Promise<any>,
 *            use: (id: string) => Promise<any>, cancelImage: (id: string, index: number) => Promise<any>, open: (id: string, index: number) => void}} Actions
 */

export class JobView {
  /**
   * @param {Entry} entry
   * @param {Actions} actions
   */
  constructor(entry, actions) {
    this.actions = actions;
    this.entry = entry;
    /** @type {number|null} index of the image that is shown alone */
    this.solo = null;
    const { job } = entry;
    this.began = !isFinished(job);
    this.status = element("span", { class: "job__status", "data-status-words": "" });
    this.bar = element("progress", { class: "bar", max: "1", "aria-label": _("Progress of the job") });
    this.tiles = Array.from({ length: job.image_count }, (_unused, index) => new ImageTile(index, () => actions.open(job.id, index)));
    this.cancelButtons = this.tiles.map((tile) => this.makeCancelButton(tile));
    this.grid = element("div", { class: "tiles" }, ...this.tiles.map((tile) => tile.element));
    nameCells(this.tiles.map((tile) => tile.element), job.parameters);
    this.errorBox = element("p", { class: "notice notice--error", hidden: true });
    this.facts = element("p", { class: "job__facts" });
    this.buttons = {
      cancel: this.button("cancel", _("Cancel"), "button job__cancel"),
      retry: this.button("retry", _("Retry"), "button"),
      use: this.button("use", _("Reuse settings"), "button button--quiet"),
      dismiss: this.button("dismiss", _("Dismiss"), "button button--quiet"),
    };
    const name = job.parameters.prompt || _("Upscale an image");
    this.element = element(
      "article",
      { class: "job", data: { job: job.id }, "aria-label": interpolate(_("Job: %(prompt)s"), { prompt: name }).slice(0, 120) },
      element("div", { class: "job__images" }, this.grid, this.bar, this.buttons.cancel),
      element(
        "div",
        { class: "job__foot" },
        element("h3", { class: "job__prompt", text: name, title: name, dir: "auto" }),
        element("p", { class: "job__line" }, this.status),
        this.buttons.retry,
        this.buttons.use,
        this.buttons.dismiss,
        this.facts,
      ),
      this.errorBox,
    );
    this.update(entry);
  }

  /** @param {"cancel"|"retry"|"dismiss"|"use"} verb @param {string} text @param {string} looks */
  button(verb, text, looks) {
    return element("button", { class: looks, type: "button", text, data: { action: verb }, on: { click: () => this.attempt(verb) } });
  }

  /**
   * Make the button that cancels an image which is not finished yet.
   * @param {ImageTile} tile
   */
  makeCancelButton(tile) {
    const words = interpolate(_("Cancel image %(number)s"), { number: tile.index + 1 });
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
   * Run an action on the job; an error is shown below it.
   * @param {"cancel"|"retry"|"dismiss"|"use"} verb
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
    const failed = ["failed", "cancelled"].includes(job.status);
    this.element.dataset.status = job.status;
    const look = { alone: job.image_count === 1, fade: this.began };
    for (const image of job.images) this.tiles[image.index]?.finish(image, look);
    if (isFinished(job)) this.settle(job);
    this.bar.value = job.progress.fraction;
    this.bar.classList.toggle("bar--waiting", job.status === "queued");
    this.buttons.cancel.hidden = isFinished(job) || job.cancel_requested;
    this.buttons.use.hidden = job.images.length > 0;
    this.buttons.retry.hidden = this.buttons.dismiss.hidden = !failed;
    this.showDropped(job);
    if (job.error) this.showError(job.error.message);
    this.showFacts();
    this.tick();
  }

  showFacts() {
    const { parameters, checkpoint_title: title } = this.entry.job;
    const seed = interpolate(_("Seed %(seed)s"), { seed: this.image()?.seed ?? parameters.seed });
    setText(this.facts, [seed, settingsSummary(parameters), title].filter(Boolean).join(" · "));
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
      if (left) tile.element.dataset.dropped = _("Cancelled");
      else delete tile.element.dataset.dropped;
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

  /**
   * Show one image alone; null: all of them.
   * @param {number|null} index
   */
  showAlone(index) {
    const isThere = index !== null && this.tiles[index]?.image;
    this.solo = isThere && this.tiles.length > 1 ? index : null;
    for (const tile of this.tiles) {
      tile.element.toggleAttribute("data-aside", this.solo !== null && tile.index !== this.solo);
    }
    if (this.solo !== null) this.tiles[this.solo].sharpen();
    this.showFacts();
  }

  /** @returns {any} the image that the actions are about; undefined for several */
  image() {
    const { images } = this.entry.job;
    if (this.solo !== null) return this.tiles[this.solo].image;
    return images.length === 1 ? images[0] : undefined;
  }

  /** @param {{width: number, height: number}} place in CSS pixels */
  layOut(place) {
    layOut(this.grid, this.entry.job, place, this.solo === null ? undefined : this.image());
  }

  /** Update the status line, which changes with time. */
  tick() {
    setText(this.status, statusWords(this.entry));
  }
}
