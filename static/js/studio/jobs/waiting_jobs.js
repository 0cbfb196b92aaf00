// @ts-check
// The user's waiting jobs: reordering by drag and buttons, cancelling all; and the state of the queue.

import { queueApi } from "../../lib/api.js";
import { element, one, setText } from "../../lib/dom.js";

const CONFIRM_SECONDS = 5;
const NOTES = {
  open: "",
  paused: "The queue is paused: no job starts for now. Your jobs stay queued.",
  closed: "The queue takes no new jobs for now. Queued jobs are still processed.",
  both: "The queue is paused and takes no new jobs for now. Your jobs stay queued.",
};

/** @typedef {import("./job_card.js").JobCard} JobCard */

export class WaitingJobs {
  /**
   * @param {{list: HTMLElement, cards: () => JobCard[], act: (action: () => Promise<any>) => Promise<void>,
   *          cancelAll: () => Promise<any>}} options
   *   `list`: parent of the cards; `cards`: the waiting ones in order
   */
  constructor(options) {
    this.options = options;
    /** @type {string|null} */
    this.dragged = null;
    this.words = element("span", { "data-waiting-words": "" });
    this.stop = element("button", { class: "button button--quiet", type: "button", "data-cancel-all": "", text: "Cancel all" });
    this.head = element("div", { class: "waiting-jobs", "data-waiting-jobs": "", hidden: true }, this.words, this.stop);
    this.stop.addEventListener("click", () => this.cancelAll());
    const { list } = options;
    list.addEventListener("dragstart", (/** @type {DragEvent} */ event) => this.take(event));
    list.addEventListener("dragover", (/** @type {DragEvent} */ event) => this.over(event));
    list.addEventListener("drop", (/** @type {DragEvent} */ event) => this.drop(event));
    list.addEventListener("dragend", () => this.mark(null));
  }

  /** Show how many jobs wait, and update each card's buttons. */
  show() {
    const cards = this.options.cards();
    const several = cards.length > 1;
    this.head.hidden = !several;
    if (several) setText(this.words, `${cards.length} queued`);
    for (const [index, card] of cards.entries()) card.showPlace({ first: index === 0, last: index === cards.length - 1, several });
  }

  /**
   * Move a job up (-1) or down (1) among the user's own.
   * @param {string} id
   * @param {number} by
   */
  async step(id, by) {
    const order = this.order();
    const from = order.indexOf(id);
    const to = from + by;
    if (from < 0 || to < 0 || to >= order.length) return;
    order.splice(to, 0, ...order.splice(from, 1));
    await this.options.act(() => queueApi.order(order));
  }

  order() {
    return this.options.cards().map((card) => card.entry.job.id);
  }

  /** Cancel all jobs at the second press within CONFIRM_SECONDS. */
  async cancelAll() {
    if (!this.confirmTimer) {
      this.confirmTimer = window.setTimeout(() => this.resetCancelAll(), CONFIRM_SECONDS * 1000);
      this.stop.classList.add("button--danger");
      setText(this.stop, "Cancel all? Press again");
      return;
    }
    this.resetCancelAll();
    await this.options.act(this.options.cancelAll);
  }

  resetCancelAll() {
    window.clearTimeout(this.confirmTimer);
    this.confirmTimer = 0;
    this.stop.classList.remove("button--danger");
    setText(this.stop, "Cancel all");
  }

  /** @param {DragEvent} event */
  take(event) {
    const card = cardOf(event);
    if (!card || !card.draggable || !event.dataTransfer) return;
    this.dragged = card.dataset.job ?? null;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
    card.dataset.dragged = "";
  }

  /** @param {DragEvent} event */
  over(event) {
    const card = cardOf(event);
    if (!this.dragged || !card || !card.draggable) return;
    event.preventDefault();
    this.mark(card, below(event, card) ? "below" : "above");
  }

  /** @param {DragEvent} event */
  async drop(event) {
    const [card, id] = [cardOf(event), this.dragged];
    this.mark(null);
    this.dragged = null;
    if (!card || !id || card.dataset.job === id) return;
    event.preventDefault();
    const order = this.order().filter((other) => other !== id);
    order.splice(order.indexOf(card.dataset.job ?? "") + (below(event, card) ? 1 : 0), 0, id);
    await this.options.act(() => queueApi.order(order));
  }

  /**
   * Show where a dragged job would go.
   * @param {HTMLElement|null} target
   * @param {string} [side]
   */
  mark(target, side) {
    for (const marked of this.options.list.querySelectorAll("[data-drop]")) if (marked !== target) marked.removeAttribute("data-drop");
    if (target) target.dataset.drop = side;
    else for (const card of this.options.list.querySelectorAll("[data-dragged]")) card.removeAttribute("data-dragged");
  }
}

/** @param {DragEvent} event @returns {HTMLElement|null} */
const cardOf = (event) => /** @type {Element} */ (event.target).closest?.("[data-job]") ?? null;

/** @param {DragEvent} event @param {HTMLElement} card */
function below(event, card) {
  const box = card.getBoundingClientRect();
  return event.clientY > box.top + box.height / 2;
}

/** Show above the list that the administrators paused or closed the queue. */
export async function showQueueState() {
  try {
    const { paused, closed, message } = await queueApi.read();
    const words = NOTES[paused && closed ? "both" : paused ? "paused" : closed ? "closed" : "open"];
    setText(one("[data-queue-words]"), [words, message].filter(Boolean).join(" "));
    one("[data-queue-state]").hidden = !words;
  } catch {
    // The next event or connection asks again.
  }
}
