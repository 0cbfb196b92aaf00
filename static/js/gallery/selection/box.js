// @ts-check
// The drag box: a rectangle drawn with the mouse selects what it touches, and scrolls at the edges.

import { element } from "../../lib/dom.js";
import { idsOf } from "./selection.js";

/** Pixels before a press becomes a drag. */
const LEAST = 6;
const EDGE = 48;
const FASTEST = 24;

/**
 * @typedef {import("../grid/grid.js").Grid} Grid
 */

/** @param {Grid} grid */
export function useBox(grid) {
  const { root } = grid;
  root.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.pointerType !== "mouse" || !startsBox(event, grid)) return;
    new Box(grid, event);
  });
}

/**
 * A box begins between the tiles, and on tiles while one selects; a selected tile is dragged itself.
 * @param {PointerEvent} event @param {Grid} grid
 */
function startsBox(event, grid) {
  const target = /** @type {Element} */ (event.target);
  if (target.closest("button, input, label, .grid__scrubber")) return false;
  const tile = target.closest(".tile");
  return !tile || (grid.selection.isActive && !tile.classList.contains("is-selected"));
}

class Box {
  /** @param {Grid} grid @param {PointerEvent} event */
  constructor(grid, event) {
    this.grid = grid;
    const origin = grid.body.getBoundingClientRect();
    this.x = event.clientX - origin.left;
    this.y = event.clientY - origin.top;
    this.pointer = { x: event.clientX, y: event.clientY };
    this.before = new Set(event.shiftKey || event.ctrlKey || event.metaKey || grid.selection.isActive ? grid.selection.ids : []);
    /** @type {HTMLElement|null} */
    this.node = null;
    this.frame = 0;
    this.stop = new AbortController();
    const options = { signal: this.stop.signal };
    window.addEventListener("pointermove", (moved) => this.move(moved), options);
    window.addEventListener("pointerup", () => this.end(), options);
    window.addEventListener("pointercancel", () => this.end(), options);
    // A native drag of the link below would take the pointer away.
    window.addEventListener("dragstart", (drag) => drag.preventDefault(), { ...options, capture: true });
  }

  /** @param {PointerEvent} event */
  move(event) {
    this.pointer = { x: event.clientX, y: event.clientY };
    if (!this.node) {
      const origin = this.grid.body.getBoundingClientRect();
      if (Math.hypot(event.clientX - origin.left - this.x, event.clientY - origin.top - this.y) < LEAST) return;
      this.node = element("div", { class: "grid__box", "aria-hidden": "true" });
      this.grid.body.append(/** @type {HTMLElement} */ (this.node));
      document.documentElement.classList.add("is-boxing");
      this.tick();
    }
    event.preventDefault();
  }

  /** Draw the box, select what it touches and scroll, once a frame. */
  tick() {
    if (!this.node) return;
    this.scroll();
    const origin = this.grid.body.getBoundingClientRect();
    const [x, y] = [this.pointer.x - origin.left, this.pointer.y - origin.top];
    const box = { left: Math.min(x, this.x), right: Math.max(x, this.x), top: Math.min(y, this.y), bottom: Math.max(y, this.y) };
    Object.assign(this.node.style, {
      left: `${box.left}px`,
      top: `${box.top}px`,
      width: `${box.right - box.left}px`,
      height: `${box.bottom - box.top}px`,
    });
    this.select(box);
    this.frame = requestAnimationFrame(() => this.tick());
  }

  scroll() {
    const { y } = this.pointer;
    const covered = parseFloat(getComputedStyle(this.grid.root).scrollMarginTop) || 0;
    const over = y < EDGE + covered ? y - EDGE - covered : y > window.innerHeight - EDGE ? y - window.innerHeight + EDGE : 0;
    if (over) window.scrollBy({ top: Math.max(-FASTEST, Math.min(FASTEST, over / 2)), behavior: "instant" });
  }

  /** @param {{left: number, right: number, top: number, bottom: number}} box in the grid */
  select(box) {
    const { selection, model } = this.grid;
    const ids = new Set(this.before);
    for (const chunk of model.chunks) {
      if (!chunk.rows || chunk.top > box.bottom || chunk.top + chunk.height < box.top) continue;
      for (const row of chunk.rows) {
        const top = chunk.top + row.top;
        if (top > box.bottom || top + row.height < box.top) continue;
        let left = 0;
        for (const [place, cell] of row.cells.entries()) {
          if (left < box.right && left + row.widths[place] > box.left) for (const id of idsOf(cell)) ids.add(id);
          left += row.widths[place] + 4;
        }
      }
    }
    if (selection.all || (ids.size === selection.ids.size && [...ids].every((id) => selection.ids.has(id)))) return;
    selection.ids = ids;
    selection.changed();
  }

  end() {
    this.stop.abort();
    cancelAnimationFrame(this.frame);
    if (!this.node) return;
    this.node.remove();
    this.node = null;
    document.documentElement.classList.remove("is-boxing");
    // The click that follows belongs to the drag.
    const swallow = (/** @type {Event} */ event) => (event.preventDefault(), event.stopPropagation());
    window.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => window.removeEventListener("click", swallow, { capture: true }));
  }
}
