// @ts-check
// The user's own uploads: using one as an input, editing it, deleting it, adding more.

import { API, errorMessage, request } from "../../lib/api.js";
import { one } from "../../lib/dom.js";
import { gettext as _, interpolate, ngettext } from "../../lib/i18n.js";
import { hideAfterLogout } from "../../lib/private_page.js";
import { ROOT } from "../../lib/root.js";
import { showToast } from "../../lib/toast.js";
import { ListSource, tileOfUpload } from "../../gallery/grid/source.js";
import { showGrid } from "../../gallery/grid_page.js";
import { useImport } from "../../gallery/importing/panel.js";
import { toUploads } from "../../gallery/importing/sending.js";
import { confirmDeletion } from "../../gallery/selection/dialogs.js";
import { idsOf } from "../../gallery/selection/selection.js";
import { viewList } from "../../gallery/view_image.js";
import { sourceList } from "../../gallery/viewer/lists.js";

/** @typedef {import("../../gallery/selection/bulk.js").Target} Target */
/** @typedef {import("../../gallery/selection/actions.js").Actions} Actions */

hideAfterLogout();

const number = Number(one("[data-grid]").dataset.number);
const URL = `${API}/uploads?kind=image`;
const inputUrl = (/** @type {string} */ id) => `${ROOT}/?init=upload:${id}`;

/** @param {Actions} actions @param {Target} target */
async function remove(actions, target) {
  if (!("ids" in target)) return;
  const title = interpolate(ngettext("Delete %(n)s upload?", "Delete %(n)s uploads?", target.ids.length), { n: target.ids.length });
  if (!(await confirmDeletion(title, actions.tilesOf(target)))) return;
  const gone = [];
  try {
    for (const id of target.ids) {
      await request("DELETE", `${API}/uploads/${id}`);
      gone.push(id);
    }
  } catch (error) {
    showToast(errorMessage(error));
  }
  actions.grid.selection.clear();
  actions.grid.remove(gone);
}

const { grid } = showGrid({
  source: new ListSource(URL, number, tileOfUpload),
  entries: (cell, actions, open) => [
    { label: _("Open"), icon: "expand", run: () => open(cell) },
    { label: _("Use as input"), icon: "swap", href: inputUrl(cell.tile.id) },
    { label: _("Edit"), icon: "edit", href: `${ROOT}/images/edit/?upload=${cell.tile.id}` },
    { label: _("Download"), icon: "download", href: `${cell.tile.file_url}?download` },
    { label: _("Delete"), icon: "trash", danger: true, run: () => remove(actions, actions.grid.selection.size ? actions.selected : { ids: idsOf(cell) }) },
  ],
  tools: [{ name: "delete", label: _("Delete"), icon: "trash", danger: true, run: (actions) => remove(actions, actions.selected) }],
  href: (tile) => `${ROOT}/uploads/${tile.id}/`,
  viewer: (cell, shown) => viewList(sourceList(/** @type {ListSource} */ (shown.source)), cell, shown),
  grouping: "none",
  inLibrary: false,
  canSelectAll: false,
  remove,
});

document.addEventListener("upload-deleted", (event) => grid.remove([/** @type {CustomEvent} */ (event).detail.id]));

useImport(toUploads, {
  field: one("[data-upload-files]"),
  onStored: (stored) => {
    grid.source = new ListSource(URL, grid.model.count + stored, tileOfUpload);
    void grid.start();
  },
});
