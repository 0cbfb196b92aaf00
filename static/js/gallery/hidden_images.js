// @ts-check
// Images of others that may not be seen any more: open grids and viewers drop them as soon as the site says so.

import { ApiError } from "../lib/api.js";
import { overhear } from "../lib/event_socket.js";
import { imagesApi } from "./viewer/actions.js";

/** Images that are asked about one by one; of more, the grid is read again. */
const MOST_ASKED = 20;

/** @param {(ids: string[]) => void} take */
export function onHidden(take) {
  overhear({ onMessage: ({ event, data }) => event === "images.hidden" && take(data.ids) });
}

/** @param {string} id @returns {Promise<boolean>} whether the reader does not see the image any more */
export async function isGone(id) {
  try {
    await imagesApi.read(id);
    return false;
  } catch (error) {
    return error instanceof ApiError && error.status === 404;
  }
}

/**
 * Drop images from a grid.
 * @param {import("./grid/grid.js").Grid} grid
 * @param {{isListed: boolean}} how `isListed`: the grid shows what all may see, so nothing needs to be asked; else some
 *   of them may still be seen another way
 */
export function dropHidden(grid, { isListed }) {
  onHidden(async (ids) => {
    const shown = ids.filter((id) => grid.model.where.has(id));
    if (!shown.length) return;
    if (isListed) return grid.remove(shown);
    if (shown.length > MOST_ASKED) return void grid.start();
    const gone = await Promise.all(shown.map(isGone));
    grid.remove(shown.filter((id, place) => gone[place] && grid.model.where.has(id)));
  });
}
