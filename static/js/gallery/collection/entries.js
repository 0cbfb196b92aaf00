// @ts-check
// What can be done with an image of a collection, by whose collection and whose image it is.

import { API, errorMessage, request } from "../../lib/api.js";
import { gettext as _, interpolate } from "../../lib/i18n.js";
import { ROOT } from "../../lib/root.js";
import { showToast } from "../../lib/toast.js";
import { libraryEntries } from "../selection/menu.js";

/**
 * @typedef {import("../grid/chunks.js").Cell} Cell
 * @typedef {import("../selection/actions.js").Actions} Actions
 * @typedef {import("../selection/menu.js").Entry} Entry
 */

/** @param {string} collection id of the reader's own @param {Cell} cell @param {Actions} actions @param {(cell: Cell) => void} open @returns {Entry[]} */
export function ownEntries(collection, cell, actions, open) {
  const { tile } = cell;
  const several = actions.grid.selection.size > 1 && actions.grid.selection.hasCell(cell);
  if (several) return libraryEntries(cell, actions, open);
  const cover = { label: _("Use as cover"), icon: "frame", run: () => setCover(collection, tile.id) };
  if (tile.is_own) return [...libraryEntries(cell, actions, open), cover];
  return [...seenEntries(cell, open), cover, { label: _("Remove from collection"), icon: "close", run: () => actions.removeFromCollection({ ids: [tile.id] }) }];
}

/** @param {Cell} cell @param {Actions} actions @param {(cell: Cell) => void} open @returns {Entry[]} in another person's collection */
export function visitorEntries(cell, actions, open) {
  const { tile } = cell;
  if (!tile.is_own) return seenEntries(cell, open);
  return [
    { label: _("Open"), icon: "expand", run: () => open(cell) },
    { label: _("Download"), icon: "download", href: `${ROOT}/images/${tile.id}/file?download` },
    { label: _("Remove from collection"), icon: "close", run: () => actions.removeFromOthers([tile.id]) },
  ];
}

/** @param {Cell} cell @param {(cell: Cell) => void} open @returns {Entry[]} for an image of another person */
function seenEntries(cell, open) {
  const { tile } = cell;
  const owner = { owner: tile.owner };
  return [
    { label: _("Open"), icon: "expand", run: () => open(cell) },
    { label: interpolate(_("More of %(owner)s"), owner), icon: "person", href: `${ROOT}/people/${encodeURIComponent(tile.owner)}/` },
    { label: _("Download"), icon: "download", href: `${ROOT}/images/${tile.id}/file?download` },
  ];
}

/** @param {string} collection @param {string} cover id of an image */
async function setCover(collection, cover) {
  try {
    await request("PATCH", `${API}/collections/${collection}`, { cover });
    showToast(_("The image is the cover now"));
  } catch (error) {
    showToast(errorMessage(error));
  }
}
