// @ts-check
// The list of the user's jobs: cards newest first, older pages by cursor.

import { errorMessage, jobsApi } from "../../lib/api.js";
import { JobCard } from "./job_card.js";
import { one } from "../../lib/dom.js";
import { isFinished } from "./job_store.js";
import { WaitingJobs } from "./waiting_jobs.js";

const PAGE = 12;

/** @typedef {import("./job_store.js").Entry} Entry */

export class JobList {
  /** @param {import("./job_card.js").Actions} actions */
  constructor(actions) {
    this.actions = actions;
    this.list = one("[data-jobs]");
    this.more = one("[data-more]");
    this.errorBox = one("[data-list-error]");
    /** @type {Map<string, JobCard>} */
    this.cards = new Map();
    /** @type {string|null} */
    this.cursor = null;
    this.loading = false;
    this.complete = false;
    /** @type {import("./job_store.js").JobStore|null} set by the page once it exists */
    this.store = null;
    this.waitingJobs = new WaitingJobs({
      list: this.list,
      cards: () => this.waiting(),
      act: (action) => this.attempt(action),
      cancelAll: () => this.actions.cancelAll(),
    });
    this.list.append(this.waitingJobs.head);
    this.more.addEventListener("click", () => this.load());
    new IntersectionObserver((seen) => seen.some((entry) => entry.isIntersecting) && this.load(), {
      rootMargin: "600px",
    }).observe(this.more);
    window.setInterval(() => this.tick(), 1000);
  }

  /** Load the next page of jobs into the store. */
  async load() {
    if (this.loading || this.complete || !this.store) return;
    this.loading = true;
    this.errorBox.hidden = true;
    try {
      const { items, next } = await jobsApi.list(PAGE, this.cursor);
      for (const job of items) this.store.take(job);
      this.cursor = next;
      this.complete = !next;
    } catch (error) {
      one("[data-list-error-words]").textContent = errorMessage(error);
      this.errorBox.hidden = false;
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
    this.arrange();
  }

  /** @param {Entry} entry */
  add(entry) {
    const card = new JobCard(entry, this.actions);
    // A new job is shown large; finished ones shrink.
    if (!isFinished(entry.job)) for (const other of this.cards.values()) other.shrink();
    this.cards.set(entry.job.id, card);
    this.showEmpty();
  }

  /** One's waiting jobs, the next one first. */
  waiting() {
    return [...this.cards.values()].filter((card) => card.entry.job.status === "queued").sort(byPosition);
  }

  /** What runs, then what waits in its order, then what is done; what stands right already is not touched. */
  arrange() {
    const waiting = this.waiting();
    const others = [...this.cards.values()].filter((card) => card.entry.job.status !== "queued").sort(newestFirst);
    const running = others.filter((card) => card.entry.job.status === "running");
    const done = others.filter((card) => card.entry.job.status !== "running");
    const wanted = [...running, this.waitingJobs.head, ...waiting, ...done].map((one) => ("element" in one ? one.element : one));
    const focused = document.activeElement;
    wanted.forEach((node, index) => {
      if (this.list.children[index] !== node) this.list.insertBefore(node, this.list.children[index] ?? null);
    });
    // A button that moves its job keeps the focus, so that it can be pressed again.
    if (focused instanceof HTMLElement && focused !== document.activeElement && this.list.contains(focused)) focused.focus();
    this.waitingJobs.show();
  }

  /**
   * Run an action on all waiting jobs; an error is shown at the end of the list.
   * @param {() => Promise<any>} action
   */
  async attempt(action) {
    this.errorBox.hidden = true;
    try {
      const answer = await action();
      if (answer?.jobs) this.store?.takePositions(answer);
    } catch (error) {
      one("[data-list-error-words]").textContent = errorMessage(error);
      this.errorBox.hidden = false;
    }
  }

  /** @param {string} id */
  remove(id) {
    this.cards.get(id)?.element.remove();
    this.cards.delete(id);
    this.arrange();
    this.showEmpty();
  }

  showEmpty() {
    one("[data-empty]").hidden = this.cards.size > 0 || !this.complete;
  }

  tick() {
    for (const card of this.cards.values()) card.tick();
  }

  /** All images of the list in page order. */
  images() {
    const cards = [...this.cards.values()].sort(newestFirst);
    return cards.flatMap(({ entry: { job } }) =>
      job.images.map((/** @type {any} */ image) => ({ ...image, checkpoint_title: job.checkpoint_title })),
    );
  }
}

/** @param {JobCard} a @param {JobCard} b */
const newestFirst = (a, b) => (a.entry.job.created_at < b.entry.job.created_at ? 1 : -1);

/** @param {JobCard} a @param {JobCard} b by position in the queue; without one, by creation */
function byPosition(a, b) {
  const [first, second] = [a.entry.job, b.entry.job];
  const places = (first.position ?? Infinity) - (second.position ?? Infinity);
  return Number.isNaN(places) || places === 0 ? (first.created_at < second.created_at ? -1 : 1) : places;
}
