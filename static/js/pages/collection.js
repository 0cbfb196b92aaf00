// @ts-check
// One collection: its images as a grid.

import { one } from "../lib/dom.js";
import { hideAfterLogout } from "../lib/private_page.js";
import { SearchSource, zone } from "../gallery/grid/source.js";
import { showGrid } from "../gallery/grid_page.js";
import { useRail } from "../gallery/rail.js";
import { libraryTools } from "../gallery/selection/bar.js";
import { libraryEntries } from "../gallery/selection/menu.js";
import { viewSearch } from "../gallery/view_image.js";

hideAfterLogout();

const collection = String(one("[data-collection-page]").dataset.collectionPage);
const query = new URLSearchParams({ collection });

const { actions } = showGrid({
  source: new SearchSource(query),
  entries: libraryEntries,
  tools: libraryTools(),
  search: () => ({ collection, tz: zone }),
  collection,
  grouping: "none",
  viewer: (cell, shown) => viewSearch(query, cell, shown),
});
useRail(actions);
