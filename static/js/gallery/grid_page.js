// @ts-check
// What all pages with a grid have in common: the grid with its keys, mouse, menu, bar, scrubber and view options.

import { one, setText } from "../lib/dom.js";
import { listen } from "../lib/event_socket.js";
import { gettext as _ } from "../lib/i18n.js";
import { ROOT } from "../lib/root.js";
import { showToast } from "../lib/toast.js";
import { Grid } from "./grid/grid.js";
import { Hover } from "./grid/hover.js";
import { useKeyboard } from "./grid/keyboard.js";
import { usePointer } from "./grid/pointer.js";
import { Scrubber } from "./grid/scrubber.js";
import { Actions } from "./selection/actions.js";
import { showBar } from "./selection/bar.js";
import { useBox } from "./selection/box.js";
import { openMenu } from "./selection/menu.js";
import { idsOf, Selection } from "./selection/selection.js";
import { readOptions, useOptions } from "./view_options.js";

/** Milliseconds in which further images join the request for the first. */
const NEWER_MS = 400;

/**
 * @typedef {import("./grid/chunks.js").Cell} Cell
 * @typedef {import("./selection/actions.js").Actions} GridActions
 * @typedef {{
 *   source: import("./grid/source.js").Source,
 *   entries: (cell: Cell, actions: GridActions, open: (cell: Cell) => void) => import("./selection/menu.js").Entry[],
 *   tools: import("./selection/bar.js").Tool[],
 *   search?: () => Record<string, any>,
 *   collection?: string|null,
 *   viewer?: (cell: Cell, grid: Grid) => unknown,
 *   href?: (tile: import("./grid/chunks.js").Tile) => string,
 *   note?: (tile: import("./grid/chunks.js").Tile) => string,
 *   grouping?: "job"|"day"|"none",
 *   inLibrary?: boolean, canSelectAll?: boolean, canPreview?: boolean, showsHeld?: boolean, remove?: (actions: GridActions, target: import("./selection/bulk.js").Target) => unknown,
 * }} Page `viewer` opens an image; `inLibrary`: its images can be marked, rated and reused; `showsHeld`: also those under review are seen
 */

/** @param {Page} page @returns {{grid: Grid, actions: Actions}} */
export function showGrid(page) {
  const root = one("[data-grid]");
  const options = readOptions();
  const selection = new Selection();
  const inLibrary = page.inLibrary ?? true;
  const grid = new Grid(root, {
    source: page.source,
    selection,
    label: root.dataset.label,
    rowHeight: options.rowHeight,
    grouping: page.grouping ?? options.grouping,
    note: page.note,
    href: page.href,
    showsHeld: page.showsHeld,
  });
  selection.grid = grid;
  const actions = new Actions(grid, { search: page.search, collection: page.collection, reload: () => grid.start() });
  const open = (/** @type {Cell} */ cell) => (page.viewer ? page.viewer(cell, grid) : window.location.assign(page.href?.(cell.tile) ?? `${ROOT}/images/${cell.tile.id}/`));
  const menu = (/** @type {Cell} */ cell, /** @type {{x: number, y: number}} */ at) => {
    const several = selection.size > 1 && selection.hasCell(cell);
    const link = grid.mount.tiles.get(cell.tile.id)?.firstElementChild;
    const rate = { stars: several ? 0 : cell.tile.rating, set: (/** @type {number} */ stars) => (several ? actions.rate(actions.selected, stars) : actions.mark(cell.tile, { rating: stars })) };
    openMenu(page.entries(cell, actions, open), at, {
      back: link instanceof HTMLElement ? link : null,
      rate: inLibrary ? rate : undefined,
      count: several ? selection.size : 1,
    });
  };
  const favourite = (/** @type {Cell} */ cell) => void (inLibrary && actions.toggleFavourite(cell.tile));
  const remove = page.remove ?? ((/** @type {GridActions} */ all, /** @type {any} */ target) => all.trash(target));
  useKeyboard(grid, {
    open,
    favourite,
    rate: (cell, stars) => void (inLibrary && actions.mark(cell.tile, { rating: stars })),
    compare: () => void (inLibrary && actions.compare(actions.selected)),
    trash: (cell) => void remove(actions, selection.size ? actions.selected : { ids: idsOf(cell) }),
    menu: (cell, node) => {
      const box = node.getBoundingClientRect();
      menu(cell, { x: box.left + 16, y: box.top + 16 });
    },
  });
  usePointer(grid, { open, menu });
  useBox(grid);
  new Hover(grid, { favourite, menu }, { previews: () => options.previews && (page.canPreview ?? true), inLibrary });
  new Scrubber(grid);
  showBar(actions, { tools: page.tools, canSelectAll: page.canSelectAll });
  useOptions(grid, options);
  showStates(grid);
  useSelectButton(selection);
  if (page.source.newer) watchForNew(grid, page.collection ?? null);
  void grid.start();
  return { grid, actions };
}

/** Show that nothing is there, or that it could not be read. @param {Grid} grid */
function showStates(grid) {
  const problem = document.querySelector("[data-problem]");
  const nothing = document.querySelector("[data-empty]");
  grid.addEventListener("failed", (event) => {
    if (!(problem instanceof HTMLElement)) return;
    setText(one("[data-problem-text]", problem), /** @type {CustomEvent} */ (event).detail);
    problem.hidden = false;
  });
  grid.addEventListener("change", () => {
    if (problem instanceof HTMLElement) problem.hidden = !grid.model.chunks.some((chunk) => chunk.failed);
    if (nothing instanceof HTMLElement && nothing.dataset.byPage === undefined) nothing.hidden = !grid.empty;
  });
  document.querySelector("[data-retry]")?.addEventListener("click", () => {
    if (problem instanceof HTMLElement) problem.hidden = true;
    grid.retry();
  });
}

/** @param {Selection} selection */
function useSelectButton(selection) {
  const button = document.querySelector("[data-select]");
  if (!(button instanceof HTMLButtonElement)) return;
  button.addEventListener("click", () => {
    if (selection.isActive) return selection.clear();
    selection.waiting = true;
    selection.changed();
  });
  selection.addEventListener("change", () => {
    button.setAttribute("aria-pressed", String(selection.isActive));
    setText(button, selection.isActive ? _("Done") : _("Select"));
  });
}

/** What an action sets in the tiles of its images. @type {Record<string, (value: any) => Record<string, any>>} */
const CHANGED = {
  favourite: () => ({ favourite: true }),
  unfavourite: () => ({ favourite: false }),
  rate: (value) => ({ rating: value }),
  visibility: (value) => ({ visibility: value }),
  hold: () => ({ quarantined: true, thumbhash: null }),
  release: () => ({ quarantined: false }),
};

/** Show what was done to images elsewhere. @param {Grid} grid @param {{action: string, ids: string[]|null, value: any}} change @param {string|null} collection that the grid shows */
function takeChange(grid, { action, ids, value }, collection) {
  const fields = CHANGED[action];
  if (ids && fields) grid.patch(ids, fields(value));
  else if (ids && (action === "trash" || action === "delete" || (action === "remove_from_collection" && value === collection))) grid.remove(ids.filter((id) => grid.model.where.has(id)));
  else if (!ids || action === "restore") void grid.start();
}

/** Let images appear as they are made, here or elsewhere. @param {Grid} grid @param {string|null} collection that the grid shows */
function watchForNew(grid, collection) {
  let timer = 0;
  const look = () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => void grid.addNewer().catch(() => undefined), NEWER_MS);
  };
  let isAgain = false;
  listen({
    onMessage: ({ event, data }) => {
      if (event === "job.image") look();
      if (event === "images.changed" && data.action === "collect" && data.value === collection) look();
      else if (event === "images.changed") takeChange(grid, data, collection);
      if (event !== "snapshot") return;
      if (isAgain) look(); // events may have been missed while it was away
      isAgain = true;
    },
    onState: (state) => state === "signed-out" && showToast(_("Your session has ended. Sign in again to go on.")),
  });
}
