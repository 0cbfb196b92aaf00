// @ts-check
// One collection: its images as a grid in their own order, sharing, arranging, and leaving another person's.

import { API, errorMessage, request } from "../../lib/api.js";
import { askFirst } from "../../lib/ask.js";
import { one } from "../../lib/dom.js";
import { gettext as _, interpolate } from "../../lib/i18n.js";
import { hideAfterLogout } from "../../lib/private_page.js";
import { ROOT } from "../../lib/root.js";
import { showToast } from "../../lib/toast.js";
import { useCollectionDrops } from "../../gallery/collection/drops.js";
import { ownEntries, visitorEntries } from "../../gallery/collection/entries.js";
import { shareCollection } from "../../gallery/collection/sharing.js";
import { CollectionSource } from "../../gallery/collection/source.js";
import { zone } from "../../gallery/grid/source.js";
import { showGrid } from "../../gallery/grid_page.js";
import { dropHidden } from "../../gallery/hidden_images.js";
import { libraryTools } from "../../gallery/selection/bar.js";
import { viewList } from "../../gallery/view_image.js";
import { sourceList } from "../../gallery/viewer/lists.js";

hideAfterLogout();

const page = one("[data-collection-page]");
const id = String(page.dataset.collectionPage);
const isOwn = page.dataset.own !== undefined;
const place = one("[data-grid]");
const source = new CollectionSource(id, Number(place.dataset.number));

const { grid } = showGrid({
  source,
  entries: (cell, all, open) => (isOwn ? ownEntries(id, cell, all, open) : visitorEntries(cell, all, open)),
  tools: isOwn ? libraryTools() : [],
  search: () => ({ collection: id, tz: zone }),
  collection: id,
  grouping: "none",
  note: (tile) => (tile.is_own ? "" : tile.owner),
  viewer: (cell, shown) => viewList(sourceList(source), cell, shown),
  inLibrary: isOwn,
  canSelectAll: isOwn,
  remove: isOwn ? undefined : () => undefined,
});
dropHidden(grid, { isListed: false });
const mayAdd = page.dataset.mayAdd !== undefined;
useCollectionDrops({ opened: mayAdd ? { id, name: String(page.dataset.name) } : null, changed: (other) => void (other === id && reload()) });

/** Show what the collection has now. */
async function reload() {
  const { images } = await request("GET", `${API}/collections/${id}`);
  await grid.start(new CollectionSource(id, images));
}

document.querySelector("[data-share-collection]")?.addEventListener("click", () => void shareCollection(id));

const button = document.querySelector("[data-arrange]");
if (button instanceof HTMLButtonElement) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    grid.selection.clear();
    try {
      const { arrange } = await import("../../gallery/collection/arrange.js");
      await arrange({ id, source: new CollectionSource(id, grid.model.count), place, onDone: ended });
      page.classList.add("is-arranging");
    } catch (error) {
      ended();
      showToast(errorMessage(error));
    }
  });
}

/** Show the grid again, in the order that was chosen. */
function ended() {
  page.classList.remove("is-arranging");
  if (button instanceof HTMLButtonElement) {
    button.disabled = false;
    button.focus();
  }
  void grid.start();
}

const leave = document.querySelector("[data-leave]");
leave?.addEventListener("click", async () => {
  const { leave: username, name } = /** @type {HTMLElement} */ (leave).dataset;
  if (!(await askFirst(interpolate(_("Leave “%(name)s”?"), { name: String(name) }), _("The images that you added are removed from it."), _("Leave")))) return;
  try {
    await request("DELETE", `${API}/collections/${id}/members/${encodeURIComponent(String(username))}`);
    window.location.assign(`${ROOT}/collections/`);
  } catch (error) {
    showToast(errorMessage(error));
  }
});
