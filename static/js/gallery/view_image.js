// @ts-check
// Opening an image of a search in the viewer, which walks through the search.

import { focusOn } from "./grid/keyboard.js";
import { zone } from "./grid/source.js";
import { openViewer, searchList } from "./viewer/viewer.js";

/**
 * @param {URLSearchParams} query
 * @param {import("./grid/chunks.js").Cell} cell
 * @param {import("./grid/grid.js").Grid} grid
 */
export function viewSearch(query, { tile }, grid) {
  const search = new URLSearchParams(query);
  search.set("tz", zone);
  void openViewer({
    list: searchList(search.toString()),
    id: tile.id,
    item: tile,
    returnFocus: (id) => {
      const place = grid.model.find(id);
      if (place) focusOn(grid, place);
    },
  });
}
