// @ts-check
// The library: a grid of the images that a search finds.

import { one, setText } from "../../lib/dom.js";
import { gettext as _, interpolate, language, ngettext } from "../../lib/i18n.js";
import { hideAfterLogout } from "../../lib/private_page.js";
import { useCollectionDrops } from "../../gallery/collection/drops.js";
import { SearchSource, sourceOf, zone } from "../../gallery/grid/source.js";
import { showGrid } from "../../gallery/grid_page.js";
import { useImport } from "../../gallery/importing/panel.js";
import { toLibrary } from "../../gallery/importing/sending.js";
import { useSavedSearches } from "../../gallery/saved_searches.js";
import { asSearch, readQuery, useSearch } from "../../gallery/search_bar.js";
import { libraryTools } from "../../gallery/selection/bar.js";
import { libraryEntries } from "../../gallery/selection/menu.js";
import { viewSearch } from "../../gallery/view_image.js";

hideAfterLogout();

const form = /** @type {HTMLFormElement} */ (one("[data-search]"));
const results = one("[data-results]");
const empty = one("[data-empty]");
const nothing = one("[data-nothing]");
empty.dataset.byPage = "";

const { grid } = showGrid({
  source: sourceOf(readQuery()),
  entries: libraryEntries,
  tools: libraryTools(),
  search: () => ({ ...asSearch(readQuery()), tz: zone }),
  viewer: (cell, shown) => viewSearch(readQuery(), cell, shown),
});
useCollectionDrops({ imported: () => grid.start() });
useSavedSearches(form);
useImport(toLibrary, { field: one("[data-import-files]"), onStored: () => grid.start() });
useSearch(form, (query) => {
  grid.selection.clear();
  grid.active = null;
  window.scrollTo({ top: 0, behavior: "instant" });
  void grid.start(sourceOf(query));
});
grid.addEventListener("change", () => {
  const isSearch = readQuery().size > 0;
  empty.hidden = !grid.empty || isSearch;
  nothing.hidden = !grid.empty || !isSearch;
  const { count } = grid.model;
  const values = { n: count.toLocaleString(language) };
  const sentence = interpolate(ngettext("%(n)s result", "%(n)s results", count), values);
  const some = interpolate(_("%(n)s+ results, the newest; set “Until” to see older ones"), values);
  const isWhole = !(grid.source instanceof SearchSource) || grid.source.allCounted;
  setText(results, !isSearch ? "" : !isWhole ? some : count ? sentence : _("No results"));
});
