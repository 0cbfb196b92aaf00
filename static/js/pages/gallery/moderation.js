// @ts-check
// Moderation desk: images under review and reported ones on the grid, blurred until asked for, with a panel beside it.

import { API } from "../../lib/api.js";
import { one, setText } from "../../lib/dom.js";
import { listen } from "../../lib/event_socket.js";
import { gettext as _, language } from "../../lib/i18n.js";
import { hideAfterLogout } from "../../lib/private_page.js";
import { ROOT } from "../../lib/root.js";
import { DeskPanel } from "../../gallery/desk_panel.js";
import { focusedCell } from "../../gallery/grid/keyboard.js";
import { ListSource, tileOfImage } from "../../gallery/grid/source.js";
import { showGrid } from "../../gallery/grid_page.js";
import { kinds, moderate, noteOf } from "../../gallery/moderating.js";
import { idsOf } from "../../gallery/selection/selection.js";
import { addCommand } from "../../shortcuts/commands.js";
import { SHORTCUTS } from "../../shortcuts/table.js";

/** @typedef {import("../../gallery/grid/chunks.js").Cell} Cell */
/** @typedef {import("../../gallery/grid/chunks.js").Tile} Tile */
/** @typedef {import("../../gallery/moderating.js").Action} Action */

hideAfterLogout();

const place = one("[data-moderation]");
const state = String(place.dataset.moderation);
const mayAct = place.dataset.mayAct !== undefined;
const maySuspend = place.dataset.maySuspend !== undefined;
const url = `${API}/moderation/images?state=${state}`;
const newSource = (/** @type {number} */ count) => new ListSource(url, count, (image) => ({ ...tileOfImage(image), favourite: false, rating: 0 }));
const KINDS = kinds();
/** The actions that take an image off this list. @type {Set<string>} */
const ENDS = new Set(state === "held" ? ["approve", "blur", "delete"] : Object.keys(KINDS));
/** What open pages are told -> the action that did it. @type {Record<string, Action>} */
const TOLD = { release: "approve", hold: "hold", blur: "blur", private: "private", trash: "delete", resolve: "resolve" };

/** Whether an action changes anything of an image, as far as is known here. @type {Partial<Record<Action, (tile: Tile) => boolean>>} */
const FITS = {
  approve: (tile) => tile.quarantined || tile.blurred || tile.reports.length > 0,
  blur: (tile) => tile.quarantined || !tile.blurred,
  hold: (tile) => !tile.quarantined || tile.reports.length > 0,
  resolve: (tile) => tile.reports.length > 0,
};
const ACTIONS = /** @type {Action[]} */ (Object.keys(KINDS)).filter((action) => mayAct && (action !== "suspend" || maySuspend));

/** Show what was decided, here or by somebody else. @param {Action} action @param {string[]} ids @param {Record<string, number>} [numbers] of the decisions */
function show(action, ids, numbers = {}) {
  const known = ids.filter((id) => grid.model.where.has(id));
  for (const id of known) if (numbers[id]) grid.patch([id], { last_decision: numbers[id] });
  if (ENDS.has(action)) {
    grid.selection.set(ids, false);
    grid.remove(known);
    if (panel.id && ids.includes(panel.id)) panel.close();
  } else if (action === "hold" && state === "held" && known.length < ids.length) reload();
  else {
    grid.patch(known, KINDS[action].sets ?? {});
    panel.refresh(known);
  }
}

const reload = () => {
  panel.close();
  void grid.start(newSource(grid.model.count));
};

/** @param {string} id @returns {Tile} as the grid knows it; enough to decide about it where it does not */
const tileOf = (id) => /** @type {any} */ (grid.model.where.get(id))?.tiles?.find((/** @type {Tile} */ tile) => tile.id === id) ?? { id, reports: [] };

/** @type {(action: Action, ids: string[]) => unknown} */
const act = (action, ids) => moderate(action, ids.map(tileOf), (done, numbers) => show(done, Object.keys(numbers), numbers), reload);

/** @param {Cell} cell @param {import("../../gallery/selection/actions.js").Actions} actions */
function entries(cell, actions) {
  const { selection } = actions.grid;
  const ids = selection.size > 1 && selection.hasCell(cell) ? [...selection.ids] : idsOf(cell);
  const single = [
    { label: _("About it and its owner"), icon: "info", run: () => panel.show(cell.tile.id) },
    { label: _("Open"), icon: "expand", href: `${ROOT}/images/${cell.tile.id}/` },
    ...(grid.root.classList.contains("grid--veiled") ? [{ label: _("Show unblurred"), icon: "eye", run: () => grid.mount.tiles.get(cell.tile.id)?.classList.add("is-revealed") }] : []),
  ];
  const all = ACTIONS.filter((action) => ids.length > 1 || (FITS[action]?.(cell.tile) ?? true)).map((action) => ({ ...KINDS[action], run: () => act(action, ids) }));
  return [...(ids.length > 1 ? [] : single), ...all, { label: selection.hasCell(cell) ? _("Deselect") : _("Select"), icon: "check", run: () => selection.toggle(cell) }];
}

/** @type {DeskPanel} */
const panel = new DeskPanel(one("[data-desk-panel]"), { actions: ACTIONS, act: (action) => panel.id && act(action, [panel.id]) });
const { grid } = showGrid({
  source: newSource(Number(one("[data-grid]").dataset.number)),
  entries,
  tools: ACTIONS.map((action) => ({ ...KINDS[action], name: action, run: (actions) => act(action, [...actions.grid.selection.ids]) })),
  note: noteOf,
  viewer: (cell) => panel.show(cell.tile.id),
  grouping: "none",
  inLibrary: false,
  canSelectAll: false,
  canPreview: false,
  showsHeld: true,
  remove: (actions, target) => void (mayAct && act("delete", "ids" in target && target.ids ? [...target.ids] : [...actions.grid.selection.ids])),
});
grid.body.addEventListener("focusin", () => {
  const cell = window.matchMedia("(min-width: 1100px)").matches ? focusedCell(grid) : null;
  if (cell) panel.showSoon(cell.tile.id);
});

/** @returns {string[]} what is selected, or has the focus, or is in the panel that has it */
function target() {
  if (grid.selection.size) return [...grid.selection.ids];
  if (panel.id && panel.root.contains(document.activeElement)) return [panel.id];
  const cell = grid.body.contains(document.activeElement) ? focusedCell(grid) : null;
  return cell ? idsOf(cell) : [];
}

for (const action of ACTIONS) {
  const id = `moderation.${action}`;
  const label = SHORTCUTS.find((shortcut) => shortcut.id === id)?.label() ?? id;
  addCommand({ id, label, run: () => act(action, target()), isOn: () => target().length > 0 });
}

const reveal = one("[data-reveal]");
/** @param {boolean} on */
function setRevealed(on) {
  reveal.setAttribute("aria-pressed", String(on));
  grid.root.classList.toggle("grid--veiled", !on);
}
setRevealed(false);
reveal.addEventListener("click", () => setRevealed(reveal.getAttribute("aria-pressed") !== "true"));

const number = one("[data-number-shown]");
grid.addEventListener("change", () => {
  const isKnown = number.dataset.atLeast === undefined || /** @type {ListSource} */ (grid.source).ended;
  if (grid.started && isKnown) setText(number, grid.model.count.toLocaleString(language));
});
listen({
  onMessage: ({ event, data }) => {
    if (event !== "images.changed" || !data.ids) return;
    const action = TOLD[data.action === "visibility" ? data.value : data.action];
    if (action) show(action, data.ids); // done in another tab, or in this one already
  },
});
