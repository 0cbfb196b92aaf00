// @ts-check
// The grid by keyboard: one tab stop whose focus roves by arrows, Home and End; space selects, Enter opens.

import { isPressed } from "../../shortcuts/keys.js";

/** A row above this is the first: the page is scrolled to its beginning, whatever stands above the grid. */
const FIRST_ROWS = 64;

/**
 * @typedef {import("./model.js").Place} Place
 * @typedef {import("./chunks.js").Cell} Cell
 * @typedef {{open: (cell: Cell) => void, trash: (cell: Cell) => void, menu: (cell: Cell, node: HTMLElement) => void,
 *   favourite: (cell: Cell) => void, rate: (cell: Cell, stars: number) => void, compare: () => void}} Acts
 */

/** @param {import("./grid.js").Grid} grid @param {Acts} acts */
export function useKeyboard(grid, acts) {
  const { body, selection } = grid;
  body.addEventListener("focusin", ({ target }) => {
    const id = target instanceof Element ? target.closest(".tile")?.getAttribute("data-image") : null;
    if (id) setActive(grid, id);
  });
  grid.addEventListener("view", () => keepTabStop(grid));
  body.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (!target.classList.contains("tile__link")) return;
    const cell = focusedCell(grid);
    if (!cell) return;
    const shortcut = shortcutOf(event, cell, acts);
    if (shortcut) {
      event.preventDefault();
      return void shortcut();
    }
    if (event.altKey) return;
    if (event.ctrlKey || event.metaKey) {
      if (event.key.toLowerCase() !== "a" || event.shiftKey) return;
      event.preventDefault();
      return selection.selectAll();
    }
    const move = MOVES[event.key];
    if (move) {
      event.preventDefault();
      return void go(grid, move, event.shiftKey);
    }
    const act = actOf(event, cell, target, grid, acts);
    if (!act) return;
    event.preventDefault();
    act();
  });
  document.addEventListener("keydown", (event) => {
    if (!selection.isActive || event.defaultPrevented) return;
    if (document.querySelector("dialog[open], [popover]:popover-open:not(.toasts)")) return;
    const isTyping = event.target instanceof Element && event.target.closest("input, textarea, select");
    if (event.key === "Escape") selection.clear();
    else if (selection.size && !isTyping && isPressed(event, "grid.compare")) acts.compare();
  });
}

/** @param {KeyboardEvent} event @param {Cell} cell @param {Acts} acts @returns {(() => unknown)|null} */
function shortcutOf(event, cell, acts) {
  if (isPressed(event, "grid.favourite")) return () => acts.favourite(cell);
  return isPressed(event, "grid.trash") ? () => acts.trash(cell) : null;
}

/** @param {KeyboardEvent} event @param {Cell} cell @param {HTMLElement} node @param {import("./grid.js").Grid} grid @param {Acts} acts @returns {(() => unknown)|null} */
function actOf(event, cell, node, grid, acts) {
  if (event.key === " ") return () => (event.shiftKey ? grid.selection.extendTo(cell) : grid.selection.toggle(cell));
  if (event.key === "Enter" && !event.shiftKey) return () => acts.open(cell);
  if (event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey)) return () => acts.menu(cell, node);
  if (/^[0-5]$/.test(event.key)) return () => acts.rate(cell, Number(event.key));
  return null;
}

/** @typedef {(grid: import("./grid.js").Grid, place: Place) => Promise<Place|null>} Move */

/** @type {Record<string, Move>} */
const MOVES = {
  ArrowRight: (grid, place) => beside(grid, place, document.dir === "rtl" ? -1 : 1),
  ArrowLeft: (grid, place) => beside(grid, place, document.dir === "rtl" ? 1 : -1),
  ArrowDown: (grid, place) => above(grid, place, 1),
  ArrowUp: (grid, place) => above(grid, place, -1),
  PageDown: (grid, place) => pages(grid, place, 1),
  PageUp: (grid, place) => pages(grid, place, -1),
  Home: async (grid) => firstOf(grid, grid.model.chunks[0], 1),
  End: async (grid) => firstOf(grid, grid.model.chunks.at(-1), -1),
};

/** @param {import("./grid.js").Grid} grid @returns {Cell|null} */
export function focusedCell(grid) {
  const place = grid.active ? grid.model.find(grid.active) : null;
  return place?.chunk.rows?.[place.row]?.cells[place.cell] ?? null;
}

/** @param {import("./grid.js").Grid} grid @param {Move} move @param {boolean} select */
async function go(grid, move, select) {
  const from = grid.active ? grid.model.find(grid.active) : null;
  const cell = focusedCell(grid);
  if (!from || !cell) return;
  const to = await move(grid, from);
  const target = to?.chunk.rows?.[to.row]?.cells[to.cell];
  if (!to || !target) return;
  if (select) grid.selection.origin ??= cell.tile.id;
  focusOn(grid, to);
  if (select) await grid.selection.extendTo(target);
}

/** Give the focus to a place, and bring it into view. @param {import("./grid.js").Grid} grid @param {Place} place */
export function focusOn(grid, place) {
  const { top, height, row } = grid.model.box(place);
  const { view } = grid;
  if (top < view.top) grid.scrollTo(top < FIRST_ROWS ? -window.innerHeight : top - 8);
  else if (top + height > view.bottom - 64) grid.scrollTo(view.top + (top + height - (view.bottom - 64)));
  setActive(grid, row.cells[place.cell].tile.id);
  grid.mount.update(grid.view.top, grid.view.bottom, row);
  const link = grid.mount.tiles.get(String(grid.active))?.firstElementChild;
  if (link instanceof HTMLElement) link.focus({ preventScroll: true });
}

/** @param {import("./grid.js").Grid} grid @param {Place} place @param {number} step @returns {Promise<Place|null>} */
async function beside(grid, place, step) {
  const cells = place.chunk.rows?.[place.row].cells.length ?? 0;
  const cell = place.cell + step;
  if (cell >= 0 && cell < cells) return { ...place, cell };
  const row = await rowBeside(grid, place, step);
  return row && { ...row, cell: step > 0 ? 0 : (row.chunk.rows?.[row.row].cells.length ?? 1) - 1 };
}

/** @param {import("./grid.js").Grid} grid @param {Place} place @param {number} step @returns {Promise<Place|null>} */
async function above(grid, place, step) {
  const row = await rowBeside(grid, place, step);
  return row && { ...row, cell: nearest(row, middleOf(place)) };
}

/** @param {import("./grid.js").Grid} grid @param {Place} place @param {number} step @returns {Promise<Place|null>} */
async function pages(grid, place, step) {
  const { view } = grid;
  const until = grid.model.box(place).top + step * (view.bottom - view.top) * 0.85;
  const middle = middleOf(place);
  /** @type {Place} */
  let to = place;
  for (;;) {
    const next = await rowBeside(grid, to, step);
    if (!next) break;
    to = next;
    if (step * (grid.model.box(to).top - until) >= 0) break;
  }
  return to === place ? null : { ...to, cell: nearest(to, middle) };
}

/** @param {import("./grid.js").Grid} grid @param {Place} place @param {number} step @returns {Promise<Place|null>} the row after or before, of the next chunk if need be */
async function rowBeside(grid, { chunk, row }, step) {
  if (chunk.rows?.[row + step]) return { chunk, row: row + step, cell: 0 };
  const { chunks } = grid.model;
  return firstOf(grid, chunks[chunks.indexOf(chunk) + step], step);
}

/** @param {import("./grid.js").Grid} grid @param {import("./chunks.js").Chunk|undefined} chunk @param {number} step @returns {Promise<Place|null>} */
async function firstOf(grid, chunk, step) {
  if (!chunk) return null;
  await grid.load(chunk);
  const rows = chunk.rows ?? [];
  if (!rows.length) return null;
  const row = step > 0 ? 0 : rows.length - 1;
  return { chunk, row, cell: step > 0 ? 0 : rows[row].cells.length - 1 };
}

/** @param {Place} place @returns {number} pixels from the left edge to the middle of a cell */
function middleOf({ chunk, row, cell }) {
  const widths = chunk.rows?.[row].widths ?? [];
  return widths.slice(0, cell).reduce((sum, width) => sum + width + 4, 0) + (widths[cell] ?? 0) / 2;
}

/** @param {Place} place @param {number} middle */
function nearest(place, middle) {
  const widths = place.chunk.rows?.[place.row].widths ?? [];
  let best = 0;
  for (const cell of widths.keys()) {
    if (Math.abs(middleOf({ ...place, cell }) - middle) < Math.abs(middleOf({ ...place, cell: best }) - middle)) best = cell;
  }
  return best;
}

/** @param {import("./grid.js").Grid} grid @param {string} id */
function setActive(grid, id) {
  grid.active = id;
  keepTabStop(grid);
}

/** Exactly one mounted tile is reached by Tab: the one that had the focus last, or the first in view. @param {import("./grid.js").Grid} grid */
function keepTabStop(grid) {
  const { tiles } = grid.mount;
  const has = grid.active !== null && tiles.has(grid.active);
  const top = grid.view.top;
  let stop = has ? grid.active : null;
  if (!has) {
    for (const [key, node] of grid.mount.mounted) {
      if (!("cells" in key) || parseFloat(node.style.top) < top) continue;
      stop = /** @type {any} */ (key).cells[0].tile.id;
      if (!grid.body.contains(document.activeElement)) grid.active = stop;
      break;
    }
  }
  for (const [id, node] of tiles) {
    const link = /** @type {HTMLElement} */ (node.firstElementChild);
    const index = id === stop ? "0" : "-1";
    if (link.getAttribute("tabindex") !== index) link.setAttribute("tabindex", index);
  }
}
