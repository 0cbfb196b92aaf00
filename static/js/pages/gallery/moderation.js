// @ts-check
// Moderation: images under review and reported ones on the grid, blurred until one asks to see them.

import { API } from "../../lib/api.js";
import { one, setText } from "../../lib/dom.js";
import { listen } from "../../lib/event_socket.js";
import { gettext as _, language } from "../../lib/i18n.js";
import { hideAfterLogout } from "../../lib/private_page.js";
import { focusedCell } from "../../gallery/grid/keyboard.js";
import { ListSource, tileOfImage } from "../../gallery/grid/source.js";
import { showGrid } from "../../gallery/grid_page.js";
import { moderate, noteOf, SETS, showReports } from "../../gallery/moderating.js";
import { idsOf } from "../../gallery/selection/selection.js";
import { addCommand } from "../../shortcuts/commands.js";
import { SHORTCUTS } from "../../shortcuts/table.js";

/** @typedef {import("../../gallery/grid/chunks.js").Cell} Cell */
/** @typedef {import("../../gallery/moderating.js").Action} Action */

hideAfterLogout();

const place = one("[data-moderation]");
const state = String(place.dataset.moderation);
const mayAct = place.dataset.mayAct !== undefined;
const url = `${API}/moderation/images?state=${state}`;
const newSource = (/** @type {number} */ count) => new ListSource(url, count, (image) => ({ ...tileOfImage(image), favourite: false, rating: 0 }));
/** The action that takes an image off this list. */
const ENDS = state === "held" ? "release" : "resolve";

/** `fits`: whether it changes anything of an image, as far as is known here. @type {{action: Action, icon: string, label: string, fits: (tile: import("../../gallery/grid/chunks.js").Tile) => boolean}[]} */
const ACTIONS = [
  { action: "release", icon: "check", label: _("Approve"), fits: (tile) => tile.quarantined },
  { action: "hold", icon: "shield", label: _("Put under review"), fits: (tile) => !tile.quarantined },
  { action: "private", icon: "lock", label: _("Make private"), fits: () => true },
  { action: "resolve", icon: "flag", label: _("Resolve reports"), fits: (tile) => tile.reports.length > 0 },
];

/** Show what was done, here or by somebody else. @param {string} action @param {string[]} ids */
function show(action, ids) {
  const known = ids.filter((id) => grid.model.where.has(id));
  if (action === ENDS) {
    grid.selection.set(ids, false);
    grid.remove(known);
  } else if (action === "hold" && state === "held" && known.length < ids.length) void grid.start(newSource(grid.model.count + ids.length - known.length));
  else grid.patch(known, SETS[/** @type {Action} */ (action)] ?? {});
}

/** @param {Action} action @param {string[]} ids */
const act = (action, ids) => moderate(action, ids, show);

/** @param {import("../../gallery/grid/chunks.js").Tile} tile */
async function readReports(tile) {
  if (await showReports(tile)) await act("resolve", [tile.id]);
}

/** @param {Cell} cell @param {import("../../gallery/selection/actions.js").Actions} actions @param {(cell: Cell) => void} open */
function entries(cell, actions, open) {
  const { selection } = actions.grid;
  const ids = selection.size > 1 && selection.hasCell(cell) ? [...selection.ids] : idsOf(cell);
  const single = [
    { label: _("Open"), icon: "expand", run: () => open(cell) },
    ...(grid.root.classList.contains("grid--veiled") ? [{ label: _("Show unblurred"), icon: "eye", run: () => grid.mount.tiles.get(cell.tile.id)?.classList.add("is-revealed") }] : []),
    ...(cell.tile.reports.length ? [{ label: _("Read reports…"), icon: "flag", run: () => readReports(cell.tile) }] : []),
  ];
  const all = ACTIONS.filter(({ fits }) => ids.length > 1 || fits(cell.tile)).map(({ action, icon, label }) => ({ label, icon, run: () => act(action, ids) }));
  return [...(ids.length > 1 ? [] : single), ...(mayAct ? all : []), { label: selection.hasCell(cell) ? _("Deselect") : _("Select"), icon: "check", run: () => selection.toggle(cell) }];
}

const { grid } = showGrid({
  source: newSource(Number(one("[data-grid]").dataset.number)),
  entries,
  tools: mayAct ? ACTIONS.map(({ action, icon, label }) => ({ name: action, label, icon, run: (actions) => act(action, [...actions.grid.selection.ids]) })) : [],
  note: noteOf,
  grouping: "none",
  inLibrary: false,
  canSelectAll: false,
  canPreview: false,
  showsHeld: true,
  remove: () => undefined, // deleting other people's images takes more than a key
});

/** @returns {string[]} what is selected, or has the focus */
function target() {
  if (grid.selection.size) return [...grid.selection.ids];
  const cell = grid.body.contains(document.activeElement) ? focusedCell(grid) : null;
  return cell ? idsOf(cell) : [];
}

if (mayAct) {
  for (const { action } of ACTIONS) {
    const id = `moderation.${action}`;
    const label = SHORTCUTS.find((shortcut) => shortcut.id === id)?.label() ?? id;
    addCommand({ id, label, run: () => act(action, target()), isOn: () => target().length > 0 });
  }
}

const reveal = one("[data-reveal]");
/** @param {boolean} on */
function setRevealed(on) {
  reveal.setAttribute("aria-pressed", String(on));
  grid.root.classList.toggle("grid--veiled", !on);
}
setRevealed(false);
reveal.addEventListener("click", () => setRevealed(reveal.getAttribute("aria-pressed") !== "true"));

grid.addEventListener("change", () => {
  if (grid.started) setText(one("[data-number-shown]"), grid.model.count.toLocaleString(language));
});
listen({
  onMessage: ({ event, data }) => {
    if (event !== "images.changed" || !data.ids) return;
    const action = data.action === "visibility" ? data.value : data.action;
    if (action in SETS) show(action, data.ids); // done in another tab, or in this one already
  },
});
