// @ts-check
// The drawer of the user's unfinished jobs: running ones with their progress, waiting ones in their order, which drag and
// buttons change; below them what waits on the whole site.

import { errorMessage, queueApi } from "../../lib/api.js";
import { element, icon, one, setText } from "../../lib/dom.js";
import { gettext as _ } from "../../lib/i18n.js";
import { isFinished } from "./job_store.js";
import { QueueOrder } from "./queue_order.js";
import { SiteQueue } from "./site_queue.js";
import { queueWords, statusWords } from "./status_words.js";

const CONFIRM_SECONDS = 5;

/**
 * @typedef {import("./job_store.js").Entry} Entry
 * @typedef {{cancel: (id: string) => Promise<any>, front: (id: string) => Promise<any>, cancelAll: () => Promise<any>,
 *            show: (id: string) => void, positions: (answer: any) => void, count?: (jobs: number) => void}} Actions
 * @typedef {{entry: Entry, node: HTMLElement, words: HTMLElement, bar: HTMLProgressElement, moves: HTMLButtonElement[],
 *            cancel: HTMLButtonElement}} Row
 */

export class QueueDrawer {
  /** @param {HTMLElement} root @param {Actions} actions @param {() => boolean} isOpen */
  constructor(root, actions, isOpen) {
    this.actions = actions;
    this.root = root;
    this.list = one("[data-queue-rows]", this.root);
    this.words = one("[data-queue-summary]", this.root);
    this.site = new SiteQueue(one("[data-queue-site]", this.root), isOpen);
    this.stop = one("[data-cancel-all]", this.root);
    this.errorBox = one("[data-queue-error]", this.root);
    /** @type {Map<string, Row>} */
    this.rows = new Map();
    this.order = new QueueOrder(this.list, () => this.waiting().map(({ entry }) => entry.job.id), (ids) => this.reorder(ids));
    this.stop.addEventListener("click", () => this.cancelAll());
    window.setInterval(() => this.tick(), 1000);
  }

  /** @param {Entry} entry */
  take(entry) {
    const { id, status } = entry.job;
    if (isFinished(entry.job)) return this.remove(id);
    const row = this.rows.get(id) ?? this.add(entry);
    if (row.node.dataset.status !== status || row.entry.job.position !== entry.job.position) this.site.soon();
    row.entry = entry;
    row.node.dataset.status = status;
    row.node.draggable = status === "queued";
    row.bar.value = entry.job.progress.fraction;
    row.bar.hidden = status !== "running";
    row.cancel.hidden = entry.job.cancel_requested;
    return this.arrange();
  }

  /** @param {Entry} entry @returns {Row} */
  add(entry) {
    const { id, parameters, source } = entry.job;
    const name = source === "verify" ? _("Verification") : parameters.prompt || _("Upscale an image");
    const button = (/** @type {string} */ action, /** @type {string} */ words, /** @type {string|Node} */ face, /** @type {() => any} */ act) =>
      element("button", { class: "button button--quiet button--icon", type: "button", "aria-label": words, title: words, data: { action }, on: { click: () => this.attempt(act) } }, face);
    const moves = [
      button("front", _("Move to front"), "⇤", () => this.actions.front(id)),
      button("up", _("Move up"), "↑", () => this.step(id, -1)),
      button("down", _("Move down"), "↓", () => this.step(id, 1)),
    ];
    const cancel = button("cancel", _("Cancel"), icon("close"), () => this.actions.cancel(id));
    const words = element("span", { class: "queued__words" });
    const bar = element("progress", { class: "bar", max: "1", "aria-label": _("Progress of the job") });
    const show = element("button", { class: "queued__prompt", type: "button", text: name, dir: "auto", on: { click: () => this.actions.show(id) } });
    const node = element("li", { class: "queued", data: { queued: id } }, show, element("div", { class: "queued__line" }, words, ...moves, cancel), bar);
    const row = { entry, node, words, bar, moves, cancel };
    this.rows.set(id, row);
    return row;
  }

  /** @param {string} id */
  remove(id) {
    this.rows.get(id)?.node.remove();
    if (!this.rows.delete(id)) return;
    this.site.soon();
    this.arrange();
  }

  /** The waiting jobs, the next one first. */
  waiting() {
    return [...this.rows.values()].filter(({ entry }) => entry.job.status === "queued").sort(byPosition);
  }

  /** What runs, then what waits in its order; what stands right already is not touched. */
  arrange() {
    const waiting = this.waiting();
    const running = [...this.rows.values()].filter(({ entry }) => entry.job.status === "running");
    const focused = document.activeElement;
    [...running, ...waiting].forEach(({ node }, index) => {
      if (this.list.children[index] !== node) this.list.insertBefore(node, this.list.children[index] ?? null);
    });
    // A button that moves its job keeps the focus, so that it can be pressed again.
    if (focused instanceof HTMLElement && focused !== document.activeElement && this.list.contains(focused)) focused.focus();
    for (const { moves } of running) for (const button of moves) button.hidden = true;
    for (const [index, { moves: [front, up, down] }] of waiting.entries()) {
      front.hidden = up.hidden = down.hidden = waiting.length < 2;
      front.disabled = up.disabled = index === 0;
      down.disabled = index === waiting.length - 1;
    }
    this.stop.hidden = waiting.length < 2;
    this.actions.count?.(this.rows.size);
    this.tick();
  }

  /** Update the words that change with time. */
  tick() {
    for (const row of this.rows.values()) setText(row.words, statusWords(row.entry));
    setText(this.words, queueWords([...this.rows.values()].map(({ entry }) => entry)));
  }

  /**
   * Move a job up (-1) or down (1) among the user's own.
   * @param {string} id
   * @param {number} by
   */
  async step(id, by) {
    const order = this.waiting().map(({ entry }) => entry.job.id);
    const from = order.indexOf(id);
    const to = from + by;
    if (from < 0 || to < 0 || to >= order.length) return;
    order.splice(to, 0, ...order.splice(from, 1));
    await this.reorder(order);
  }

  /** @param {string[]} ids */
  async reorder(ids) {
    await this.attempt(async () => this.actions.positions(await queueApi.order(ids)));
  }

  /** Run an action; its error is shown in the drawer. @param {() => Promise<any>} action */
  async attempt(action) {
    this.errorBox.hidden = true;
    try {
      await action();
    } catch (error) {
      this.errorBox.textContent = errorMessage(error);
      this.errorBox.hidden = false;
    }
  }

  /** Cancel all jobs at the second press within CONFIRM_SECONDS. */
  async cancelAll() {
    if (!this.confirmTimer) {
      this.confirmTimer = window.setTimeout(() => this.resetCancelAll(), CONFIRM_SECONDS * 1000);
      this.stop.classList.add("button--danger");
      setText(this.stop, _("Cancel all? Press again"));
      return;
    }
    this.resetCancelAll();
    await this.attempt(this.actions.cancelAll);
  }

  resetCancelAll() {
    window.clearTimeout(this.confirmTimer);
    this.confirmTimer = 0;
    this.stop.classList.remove("button--danger");
    setText(this.stop, _("Cancel all"));
  }
}

/** @param {Row} first @param {Row} second by position in the queue; without one, by creation */
function byPosition({ entry: { job: first } }, { entry: { job: second } }) {
  const places = (first.position ?? Infinity) - (second.position ?? Infinity);
  return Number.isNaN(places) || places === 0 ? (first.created_at < second.created_at ? -1 : 1) : places;
}
