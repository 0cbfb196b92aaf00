// @ts-check
// Reordering of waiting jobs by drag.

export class QueueOrder {
  /**
   * @param {HTMLElement} list parent of the rows [data-queued]
   * @param {() => string[]} order ids of the waiting jobs
   * @param {(ids: string[]) => void} onOrder
   */
  constructor(list, order, onOrder) {
    this.list = list;
    this.order = order;
    this.onOrder = onOrder;
    /** @type {string|null} */
    this.dragged = null;
    list.addEventListener("dragstart", (/** @type {DragEvent} */ event) => this.take(event));
    list.addEventListener("dragover", (/** @type {DragEvent} */ event) => this.over(event));
    list.addEventListener("drop", (/** @type {DragEvent} */ event) => this.drop(event));
    list.addEventListener("dragend", () => this.mark(null));
  }

  /** @param {DragEvent} event */
  take(event) {
    const row = rowOf(event);
    if (!row || !row.draggable || !event.dataTransfer) return;
    this.dragged = row.dataset.queued ?? null;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
    row.dataset.dragged = "";
  }

  /** @param {DragEvent} event */
  over(event) {
    const row = rowOf(event);
    if (!this.dragged || !row || !row.draggable) return;
    event.preventDefault();
    this.mark(row, below(event, row) ? "below" : "above");
  }

  /** @param {DragEvent} event */
  drop(event) {
    const [row, id] = [rowOf(event), this.dragged];
    this.mark(null);
    this.dragged = null;
    if (!row || !id || row.dataset.queued === id) return;
    event.preventDefault();
    const order = this.order().filter((other) => other !== id);
    order.splice(order.indexOf(row.dataset.queued ?? "") + (below(event, row) ? 1 : 0), 0, id);
    this.onOrder(order);
  }

  /**
   * Show where a dragged job would go.
   * @param {HTMLElement|null} target
   * @param {string} [side]
   */
  mark(target, side) {
    for (const marked of this.list.querySelectorAll("[data-drop]")) if (marked !== target) marked.removeAttribute("data-drop");
    if (target) target.dataset.drop = side;
    else for (const row of this.list.querySelectorAll("[data-dragged]")) row.removeAttribute("data-dragged");
  }
}

/** @param {DragEvent} event @returns {HTMLElement|null} */
const rowOf = (event) => /** @type {Element} */ (event.target).closest?.("[data-queued]") ?? null;

/** @param {DragEvent} event @param {HTMLElement} row */
function below(event, row) {
  const box = row.getBoundingClientRect();
  return event.clientY > box.top + box.height / 2;
}
