// @ts-check
// The strip of finished jobs: thumbnails in two columns, grouped by prompt, newest first, older ones by cursor.

import { errorMessage, jobsApi } from "../../lib/api.js";
import { element, one, setText } from "../../lib/dom.js";
import { ago } from "../../lib/format.js";
import { gettext as _ } from "../../lib/i18n.js";
import { isFinished } from "./job_store.js";

const PAGE = 12;
const WITHOUT_IMAGES = ["verify", "calibrate"];
const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -2, ArrowDown: 2 };

/**
 * @typedef {import("./job_store.js").Entry} Entry
 * @typedef {{open: (id: string, index: number|null) => void, dismiss: (id: string) => Promise<any>, dismissed: Set<string>}} Options
 *   `open`: puts a job or one of its images on the stage; `dismissed`: ids of unsuccessful jobs that are not shown
 */

export class History {
  /** @param {Options} options */
  constructor(options) {
    this.options = options;
    this.root = one("[data-history]");
    this.more = one("[data-more]");
    this.errorBox = one("[data-list-error]");
    /** Shown jobs, newest first. @type {Array<{id: string, at: string, prompt: string, node: HTMLElement}>} */
    this.jobs = [];
    /** @type {string|null} */
    this.cursor = null;
    this.loading = false;
    this.complete = false;
    /** @type {import("./job_store.js").JobStore|null} set by the page once it exists */
    this.store = null;
    this.more.addEventListener("click", () => this.load());
    new IntersectionObserver((seen) => seen.some((entry) => entry.isIntersecting) && this.load(), { rootMargin: "600px" }).observe(this.more);
    this.root.addEventListener("click", (/** @type {MouseEvent} */ event) => this.click(event));
    this.root.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.walk(event));
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
    }
  }

  /** @param {Entry} entry */
  take({ job }) {
    if (!isFinished(job) || WITHOUT_IMAGES.includes(job.source)) return;
    if (this.jobs.some(({ id }) => id === job.id)) return;
    if (!job.images.length && (job.status === "succeeded" || this.options.dismissed.has(job.id))) return;
    this.add(job);
  }

  /** Insert a job in its place, into the group beside it that has the same prompt. @param {Record<string, any>} job */
  add(job) {
    const shown = { id: job.id, at: job.created_at, prompt: job.parameters.prompt, node: job.images.length ? thumbnails(job) : this.failure(job) };
    const place = this.jobs.findIndex(({ at }) => at < shown.at);
    const index = place < 0 ? this.jobs.length : place;
    const [newer, older] = [this.jobs[index - 1], this.jobs[index]];
    this.jobs.splice(index, 0, shown);
    if (newer?.prompt === shown.prompt) newer.node.after(shown.node);
    else if (older?.prompt === shown.prompt) older.node.before(shown.node);
    else {
      const group = element("section", { class: "history__group" }, element("h3", { class: "history__prompt", text: shown.prompt || _("Upscale an image"), title: shown.prompt, dir: "auto" }), shown.node);
      if (newer) groupOf(newer).after(group);
      else this.root.prepend(group);
    }
    this.makeTabStop();
  }

  /** @param {Record<string, any>} job without images */
  failure(job) {
    const words = job.status === "failed" ? _("Failed") : _("Cancelled");
    const button = (/** @type {string} */ action, /** @type {string} */ text) =>
      element("button", { class: "button button--quiet", type: "button", text, data: { history: action } });
    return element(
      "div",
      { class: "history__failure", data: { historyJob: job.id }, title: job.error?.message },
      element("span", { text: `${words} · ${ago(job.finished_at ?? job.created_at)}` }),
      button("show", _("Show")),
      button("dismiss", _("Dismiss")),
    );
  }

  /** @param {string} id of a job that is gone or was dismissed */
  remove(id) {
    const found = this.jobs.find((job) => job.id === id);
    if (!found) return;
    this.jobs.splice(this.jobs.indexOf(found), 1);
    const group = groupOf(found);
    found.node.remove();
    if (!group.querySelector("[data-history-job]")) group.remove();
    this.makeTabStop();
  }

  /** @param {string} id of an image that is deleted */
  removeImage(id) {
    const link = this.root.querySelector(`[data-image="${id}"]`);
    const job = link?.closest("[data-history-job]");
    link?.remove();
    if (job && !job.querySelector("[data-image]")) this.remove(job.dataset.historyJob);
    this.makeTabStop();
  }

  /** Mark what the stage shows. @param {string|null} id of the job @param {string|undefined} image */
  mark(id, image) {
    for (const link of this.links()) {
      const job = /** @type {HTMLElement} */ (link.closest("[data-history-job]")).dataset.historyJob;
      const shown = image ? link.dataset.image === image : job === id;
      if (shown) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  /** @returns {HTMLAnchorElement[]} in page order */
  links() {
    return [...this.root.querySelectorAll("[data-image]")];
  }

  /** The strip is one tab stop; arrow keys walk in it. */
  makeTabStop() {
    const links = this.links();
    if (links.some((link) => link.tabIndex === 0)) return;
    if (links[0]) links[0].tabIndex = 0;
  }

  /** All images of the strip in page order, as the API shows them. */
  images() {
    const entries = this.jobs.map(({ id }) => this.store?.entries.get(id));
    return entries.flatMap((entry) => entry?.job.images.map((/** @type {any} */ image) => ({ ...image, checkpoint_title: entry.job.checkpoint_title })) ?? []);
  }

  /** @param {KeyboardEvent} event */
  walk(event) {
    const step = STEPS[/** @type {keyof typeof STEPS} */ (event.key)];
    const links = this.links();
    const from = links.indexOf(/** @type {any} */ (event.target));
    const to = { Home: 0, End: links.length - 1 }[event.key] ?? (step ? from + step : -1);
    if (from < 0 || event.altKey || event.ctrlKey || event.metaKey || !links[to]) return;
    event.preventDefault();
    links[from].tabIndex = -1;
    links[to].tabIndex = 0;
    links[to].focus();
  }

  /** Distinct prompts, the newest first. */
  prompts() {
    return [...new Set(this.jobs.map(({ prompt }) => prompt).filter(Boolean))];
  }

  /** The first image of the job that is next to a moment. @param {string} moment ISO 8601 */
  neighbourOf(moment) {
    const job = this.jobs.find(({ at, node }) => at <= moment && node.querySelector("[data-image]")) ?? this.jobs.find(({ node }) => node.querySelector("[data-image]"));
    return /** @type {HTMLElement|undefined} */ (job?.node.querySelector("[data-image]") ?? undefined);
  }

  /** The image before (-1) or after (1) one of the strip. @param {string} id @param {number} by */
  neighbour(id, by) {
    const links = this.links();
    const from = links.findIndex((link) => link.dataset.image === id);
    if (from >= 0) links[from + by]?.click();
  }

  /** @param {MouseEvent} event */
  click(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const target = /** @type {Element} */ (event.target);
    const job = /** @type {HTMLElement|null} */ (target.closest("[data-history-job]"))?.dataset.historyJob ?? "";
    const link = /** @type {HTMLElement|null} */ (target.closest("[data-image]"));
    const action = /** @type {HTMLElement|null} */ (target.closest("[data-history]"))?.dataset.history;
    if (action === "dismiss") void this.options.dismiss(job);
    if (action === "show") this.options.open(job, null);
    if (!link) return;
    event.preventDefault();
    this.options.open(job, Number(link.dataset.index));
  }
}

/** @param {{node: HTMLElement}} job @returns {HTMLElement} */
const groupOf = ({ node }) => /** @type {HTMLElement} */ (node.closest(".history__group"));

/** @param {Record<string, any>} job */
function thumbnails({ id, images, parameters }) {
  const links = images.map((/** @type {any} */ image) =>
    element(
      "a",
      { class: "history__image", href: image.page_url, tabindex: "-1", data: { image: image.id, index: image.index } },
      element("img", { src: image.thumbnail_url, loading: "lazy", decoding: "async", width: "112", height: "112", alt: image.parameters?.prompt || parameters.prompt || _("Upscaled image") }),
    ),
  );
  return element("div", { class: "history__images", data: { historyJob: id } }, ...links);
}

/** Say that there is nothing yet. @param {boolean} isEmpty */
export function showEmpty(isEmpty) {
  one("[data-empty]").hidden = !isEmpty;
  setText(one("[data-history-empty]"), isEmpty ? _("Your images appear here.") : "");
}
