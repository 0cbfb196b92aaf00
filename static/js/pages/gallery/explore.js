// @ts-check
// Explore: what people share, as a grid; likes by the heart of the context menu and the viewer.

import { API, errorMessage, request } from "../../lib/api.js";
import { one } from "../../lib/dom.js";
import { gettext as _, interpolate } from "../../lib/i18n.js";
import { ROOT } from "../../lib/root.js";
import { showToast } from "../../lib/toast.js";
import { ListSource } from "../../gallery/grid/source.js";
import { showGrid } from "../../gallery/grid_page.js";
import { dropHidden } from "../../gallery/hidden_images.js";

/** @typedef {import("../../gallery/grid/chunks.js").Tile & {owner: string, likes: number, liked: boolean}} SharedTile */

const place = one("[data-explore]");
const query = new URLSearchParams(place.dataset.query);
const number = Number(one("[data-grid]").dataset.number);

/** @param {any} tile @returns {SharedTile} */
const toTile = (tile) => ({ ...tile, visibility: "private" }); // all are shared here, so that no mark says it

/** @param {any} tile @returns {string} who shares it, and how many like it */
function noteOf(tile) {
  return tile.likes ? interpolate("%(owner)s · ♥ %(likes)s", { owner: tile.owner, likes: tile.likes }) : tile.owner;
}

/** @param {SharedTile} tile */
async function toggleLike(tile) {
  try {
    const { likes, liked } = await request(tile.liked ? "DELETE" : "PUT", `${API}/images/${tile.id}/like`);
    grid.patch([tile.id], /** @type {any} */ ({ likes, liked }));
  } catch (error) {
    showToast(errorMessage(error));
  }
}

const { grid } = showGrid({
  source: new ListSource(`${API}/explore?${query}`, number, toTile),
  entries: (cell) => {
    const tile = /** @type {SharedTile} */ (cell.tile);
    return [
      { label: tile.liked ? _("Take the like back") : _("Like"), icon: "heart", run: () => toggleLike(tile) },
      { label: _("Reuse settings"), icon: "wand", href: `${ROOT}/?from=${tile.id}` },
      { label: _("Find similar"), icon: "similar", href: `${ROOT}/explore/?similar=${tile.id}` },
      ...(one("[data-grid]").hasAttribute("data-offers-meaning") ? [{ label: _("Similar in meaning"), icon: "similar", href: `${ROOT}/explore/?similar=${tile.id}&by=meaning` }] : []),
      { label: interpolate(_("More of %(owner)s"), { owner: tile.owner }), icon: "person", href: `${ROOT}/people/${encodeURIComponent(tile.owner)}/` },
      { label: _("Download"), icon: "download", href: `${ROOT}/images/${tile.id}/file?download` },
    ];
  },
  tools: [],
  href: (tile) => `${ROOT}/images/${tile.id}/`,
  note: noteOf,
  grouping: "none",
  inLibrary: false,
  canSelectAll: false,
  remove: () => undefined,
});
dropHidden(grid, { isListed: true });
