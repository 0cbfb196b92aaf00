// @ts-check
// Opening an image of a grid in the viewer, which walks through the search or list of the grid.

import { focusOn } from "./grid/keyboard.js";
import { zone } from "./grid/source.js";
import { openViewer, searchList } from "./viewer/viewer.js";

/**
 * @param {URLSearchParams} query
 * @param {import("./grid/chunks.js").Cell} cell
 * @param {import("./grid/grid.js").Grid} grid
 */
export function viewSearch(query, cell, grid) {
  const search = new URLSearchParams(query);
  search.set("tz", zone);
  viewList(searchList(search.toString()), cell, grid);
}

/**
 * @param {import("./viewer/lists.js").ImageList} list
 * @param {import("./grid/chunks.js").Cell} cell
 * @param {import("./grid/grid.js").Grid} grid
 */
export function viewList(list, { tile }, grid) {
  void openViewer({
    list,
    id: tile.id,
    item: tile,
    returnFocus: (id) => {
      const place = grid.model.find(id);
      if (place) focusOn(grid, place);
    },
  });
}
