// @ts-check
// The stream of one's jobs: cards newest first, older ones by cursor.

import { jobsApi } from "./api.js";
import { JobCard } from "./card.js";
import { one } from "./dom.js";
import { isFinished } from "./jobs.js";

const PAGE = 12;

/** @typedef {import("./jobs.js").Entry} Entry */

export class Stream {
  /** @param {import("./card.js").Actions} actions */
  constructor(actions) {
    this.actions = actions;
    this.list = one("[data-jobs]");
    this.more = one("[data-more]");
    this.trouble = one("[data-stream-error]");
    /** @type {Map<string, JobCard>} */
    this.cards = new Map();
    /** @type {string|null} */
    this.cursor = null;
    this.loading = false;
    this.complete = false;
    this.more.addEventListener("click", () => this.load());
    new IntersectionObserver((seen) => seen.some((entry) => entry.isIntersecting) && this.load(), {
      rootMargin: "600px",
    }).observe(this.more);
    window.setInterval(() => this.tick(), 1000);
  }

  /** Hand the store what the API lists; called for the first page and for each that follows. */
  async load() {
    if (this.loading || this.complete || !this.store) return;
    this.loading = true;
    this.trouble.hidden = true;
    try {
      const { items, next } = await jobsApi.list(PAGE, this.cursor);
      for (const job of items) this.store.take(job);
      this.cursor = next;
      this.complete = !next;
    } catch (error) {
      one("[data-stream-error-words]").textContent = error.message;
      this.trouble.hidden = false;
    } finally {
      this.loading = false;
      this.more.hidden = this.complete;
      this.showEmpty();
    }
  }

  /** @param {Entry} entry */
  show(entry) {
    const card = this.cards.get(entry.job.id);
    if (card) card.update(entry);
    else this.add(entry);
  }

  /** @param {Entry} entry */
  add(entry) {
    const card = new JobCard(entry, this.actions);
    // A new job is looked at large; those that were done before make room for it.
    if (!isFinished(entry.job)) for (const other of this.cards.values()) other.shrink();
    this.cards.set(entry.job.id, card);
    const moment = entry.job.created_at;
    const older = [...this.cards.values()]
      .filter((other) => other !== card && other.entry.job.created_at <= moment)
      .sort((a, b) => (a.entry.job.created_at < b.entry.job.created_at ? 1 : -1))[0];
    if (older) older.element.before(card.element);
    else this.list.append(card.element);
    this.showEmpty();
  }

  /** @param {string} id */
  remove(id) {
    this.cards.get(id)?.element.remove();
    this.cards.delete(id);
    this.showEmpty();
  }

  showEmpty() {
    one("[data-empty]").hidden = this.cards.size > 0 || !this.complete;
  }

  tick() {
    for (const card of this.cards.values()) card.tick();
  }

  /** Every picture of the stream, in the order in which they stand on the page. */
  images() {
    const cards = [...this.cards.values()].sort((a, b) => (a.entry.job.created_at < b.entry.job.created_at ? 1 : -1));
    return cards.flatMap(({ entry: { job } }) =>
      job.images.map((/** @type {any} */ image) => ({ ...image, checkpoint_title: job.checkpoint_title })),
    );
  }
}
