// @ts-check
// The images of a collection in its own order.

import { API, request } from "../../lib/api.js";
import { ListSource } from "../grid/source.js";

/** @typedef {import("../grid/chunks.js").Tile} Tile */
/** @typedef {import("../grid/source.js").Source} Source */

/** A page of the API. */
const PAGE = 100;

/** A collection, read page by page. @implements {Source} */
export class CollectionSource extends ListSource {
  /** @param {string} id @param {number} count of its images when the page was made */
  constructor(id, count) {
    super(`${API}/collections/${id}/images`, count, (tile) => tile);
    this.newer = () => this.readNewer();
  }

  /** Read it from its beginning; it may have another order by now. */
  async start() {
    [this.read, this.cursor, this.ended] = [[], null, false];
    return super.start();
  }

  /** @returns {Promise<Tile[]>} images that were added since, which come first */
  async readNewer() {
    const { items } = await request("GET", `${this.url}?limit=${PAGE}`);
    const known = new Set(this.read.map((tile) => tile.id));
    const added = items.filter((/** @type {Tile} */ tile) => !known.has(tile.id));
    this.read.unshift(...added);
    return added.slice();
  }
}
