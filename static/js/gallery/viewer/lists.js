// @ts-check
// Lists that the viewer walks through: images that a page has at hand, or a search that is read as far as needed.

import { API, ApiError, request } from "../../lib/api.js";

const PAGE = 60;

/**
 * @typedef {{id: string, width: number, height: number, prompt?: string, thumbhash?: string|null,
 *   quarantined?: boolean, [key: string]: any}} Item an image as the viewer needs it; a tile of the grid is one
 * @typedef {{items: Item[], place: number, first: boolean, last: boolean}} Around images in their order; `place`: index of
 *   the one asked for, -1 where the list has it no longer; `first`, `last`: nothing lies before or behind them
 * @typedef {{around: (id: string, before: number, after: number) => Promise<Around>,
 *   remove?: (id: string) => void, total?: () => number|null, placeOf?: (id: string) => number|null,
 *   search?: string}} ImageList
 *   `remove`: the image was deleted or moved to the trash; `total` and `placeOf` (from 0) where they are known;
 *   `search`: filters of the library as a query string, with which a reload of the image's page finds the list again
 */

/** @param {HTMLElement} link @returns {Item} */
export function itemOf(link) {
  const { image, width, height, prompt, quarantined } = link.dataset;
  return { id: String(image), width: Number(width), height: Number(height), prompt, quarantined: quarantined === "true" };
}

/**
 * Make a list of images that are at hand.
 * @param {Item[]|(() => Item[])} source a function is asked each time
 * @returns {ImageList}
 */
export function arrayList(source) {
  /** @type {Set<string>} */
  const gone = new Set();
  const items = () => (typeof source === "function" ? source() : source).filter((item) => !gone.has(item.id));
  return {
    around: (id, before, after) => Promise.resolve(cut(items(), id, before, after, true, true)),
    remove: (id) => void gone.add(id),
    total: () => items().length,
    placeOf: (id) => {
      const place = items().findIndex((item) => item.id === id);
      return place < 0 ? null : place;
    },
  };
}

/**
 * Make a list of a search of the library.
 * @param {string} search filters and `order` as a query string, without "?"
 * @returns {ImageList}
 */
export function searchList(search) {
  return new SearchList(search);
}

/**
 * Make a list of what a grid reads page by page.
 * @param {import("../grid/source.js").ListSource} source
 * @returns {ImageList}
 */
export function sourceList(source) {
  return {
    around: async (id, before, after) => {
      const place = source.read.findIndex((tile) => tile.id === id);
      if (place >= 0) await source.readUntil(place + after + 2);
      return cut(source.read, id, before, after, true, source.ended);
    },
    remove: (id) => source.drop(new Set([id])),
  };
}

class SearchList {
  /** @param {string} search */
  constructor(search) {
    this.search = search;
    /** @type {Item[]} contiguous, in the search's order */
    this.items = [];
    /** @type {string|null} */
    this.next = null;
    /** @type {string|null} */
    this.previous = null;
    /** @type {Promise<unknown>} one request after the other */
    this.queue = Promise.resolve();
  }

  /** @param {string} id @param {number} before @param {number} after @returns {Promise<Around>} */
  around(id, before, after) {
    const turn = this.queue.then(() => this.read(id, before, after));
    this.queue = turn.catch(() => undefined);
    return turn;
  }

  /** @param {string} id */
  remove(id) {
    this.items = this.items.filter((item) => item.id !== id);
  }

  /** @param {string} id @param {number} before @param {number} after @returns {Promise<Around>} */
  async read(id, before, after) {
    if (!this.items.some((item) => item.id === id)) await this.begin(id);
    let place = this.items.findIndex((item) => item.id === id);
    if (place < 0) return { items: [], place: -1, first: true, last: true };
    if (place < before && this.previous) {
      const page = await this.page({ cursor: this.previous });
      this.items = [...page.items, ...this.items];
      this.previous = page.previous;
      place += page.items.length;
    }
    if (this.items.length - place - 1 < after && this.next) {
      const page = await this.page({ cursor: this.next });
      this.items = [...this.items, ...page.items];
      this.next = page.next;
    }
    return cut(this.items, id, before, after, !this.previous, !this.next);
  }

  /** @param {string} id */
  async begin(id) {
    try {
      const page = await this.page({ start: id });
      [this.items, this.next, this.previous] = [page.items, page.next, page.previous];
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
      this.items = [];
    }
  }

  /** @param {Record<string, string>} more */
  page(more) {
    const query = new URLSearchParams(this.search);
    for (const [name, value] of Object.entries({ limit: String(PAGE), ...more })) query.set(name, value);
    return request("GET", `${API}/images/tiles?${query}`);
  }
}

/**
 * @param {Item[]} items @param {string} id @param {number} before @param {number} after
 * @param {boolean} begins nothing lies before all of `items` @param {boolean} ends nothing lies behind them
 * @returns {Around}
 */
function cut(items, id, before, after, begins, ends) {
  const place = items.findIndex((item) => item.id === id);
  if (place < 0) return { items: [], place: -1, first: true, last: true };
  const from = Math.max(0, place - before);
  const to = Math.min(items.length, place + after + 1);
  return { items: items.slice(from, to), place: place - from, first: begins && from === 0, last: ends && to === items.length };
}
