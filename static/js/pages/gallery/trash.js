// @ts-check
// The trash: restoring, deleting for good, emptying.

import { API, errorMessage, request } from "../../lib/api.js";
import { one, setText } from "../../lib/dom.js";
import { gettext as _, interpolate, language, ngettext } from "../../lib/i18n.js";
import { hideAfterLogout } from "../../lib/private_page.js";
import { showToast } from "../../lib/toast.js";
import { ListSource, tileOfImage } from "../../gallery/grid/source.js";
import { showGrid } from "../../gallery/grid_page.js";
import { trashTools } from "../../gallery/selection/bar.js";
import { confirmDeletion } from "../../gallery/selection/dialogs.js";
import { trashEntries } from "../../gallery/selection/menu.js";

hideAfterLogout();

const DAY_MS = 86_400_000;
const days = Number(one("[data-days]").dataset.days);
const number = Number(one("[data-grid]").dataset.number);
const button = one("[data-empty-trash]");

/** @param {import("../../gallery/grid/chunks.js").Tile} tile @returns {string} how long it stays */
function daysLeft(tile) {
  if (!days) return "";
  const left = Math.max(0, Math.ceil((new Date(tile.trashed_at).getTime() + days * DAY_MS - Date.now()) / DAY_MS));
  return interpolate(ngettext("%(n)s day left", "%(n)s days left", left), { n: left });
}

const { grid } = showGrid({
  source: new ListSource(`${API}/trash`, number, tileOfImage),
  entries: trashEntries,
  tools: trashTools(),
  note: daysLeft,
  grouping: "none",
  inLibrary: false,
  canSelectAll: false,
  remove: (actions, target) => actions.deleteForGood(target),
});
grid.addEventListener("change", () => {
  button.hidden = grid.empty;
  setText(one("[data-number-shown]"), grid.model.count.toLocaleString(language));
});

button.addEventListener("click", async () => {
  const count = grid.model.count;
  const title = interpolate(ngettext("Delete %(n)s image for good?", "Delete %(n)s images for good?", count), { n: count.toLocaleString(language) });
  const shown = grid.model.chunks.flatMap((chunk) => chunk.tiles ?? []);
  if (!(await confirmDeletion(title, shown))) return;
  button.disabled = true;
  try {
    let answer;
    do answer = await request("DELETE", `${API}/trash`);
    while (answer.left > 0 && answer.deleted > 0);
    showToast(_("The trash is empty"));
  } catch (error) {
    showToast(errorMessage(error));
  }
  button.disabled = false;
  grid.selection.clear();
  await grid.start(new ListSource(`${API}/trash`, 0, tileOfImage));
});
