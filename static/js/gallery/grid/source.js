// @ts-check
// Where the images of a grid come from: a search of the library, cut by days, or a list that is read page by page.

import { API, request } from "../../lib/api.js";

const PAGE = 100;
/** Images that are expected beyond those that were counted, until the next pages have been read. */
const AHEAD = 200;
/** Images that a search for similar ones finds at most. */
const MOST_SIMILAR = 500;
/** Images that are asked for together with the timeline, so that the first view needs no second round trip. */
export const FIRST = 200;

/**
 * @typedef {import("./chunks.js").Tile} Tile
 * @typedef {import("./chunks.js").Chunk} Chunk
 * @typedef {import("./chunks.js").Bucket} Bucket
 * @typedef {{
 *   start: () => Promise<{buckets: Bucket[], tiles: Tile[]}>,
 *   load: (chunk: Chunk) => Promise<Tile[]>,
 *   newer: ((moment: string|null) => Promise<Tile[]>)|null,
 *   further?: (count: number) => number,
 * }} Source `start`: the timeline and its first images; `newer`: those created at a moment or later; `further`: how many
 *   images to expect after the first `count` of a list whose end is not known, 0 at its end
 */

/** The reader's time zone, in which days begin and end. */
export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

/** @param {string} day "2026-01-31" @param {number} [after] days after it @returns {Date} its midnight here */
export function midnight(day, after = 0) {
  const [year, month, date] = day.split("-").map(Number);
  return new Date(year, month - 1, date + after);
}

/** @param {string|Date} moment @returns {string} the day here, "2026-01-31" */
export function dayOf(moment) {
  const date = new Date(moment);
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, "0")}-${String(date.getDate()).padStart(2, "0")}`;
}

/** A search of the library. @implements {Source} */
export class SearchSource {
  /** @param {URLSearchParams} query filters, as the API takes them */
  constructor(query) {
    this.query = query;
    /** Whether the timeline has all that match; otherwise it has the newest. */
    this.allCounted = true;
  }

  /** @param {string} path @param {Record<string, string|number>} more @returns {Promise<any>} */
  ask(path, more = {}) {
    const query = new URLSearchParams(this.query);
    query.set("tz", zone);
    for (const [name, value] of Object.entries(more)) query.set(name, String(value));
    return request("GET", `${API}/images/${path}?${query}`);
  }

  async start() {
    const [timeline, first] = await Promise.all([this.ask("timeline", { group: "day" }), this.ask("tiles", { limit: FIRST })]);
    this.allCounted = timeline.all_counted;
    return { buckets: timeline.buckets, tiles: first.items };
  }

  /** @param {Chunk} chunk */
  async load(chunk) {
    /** @type {Record<string, string>} */
    const position = chunk.newest ? { before: midnight(chunk.newest, 1).toISOString() } : {};
    const { items } = await this.ask("tiles", { ...position, skip: chunk.offset, limit: Math.max(1, chunk.count) });
    const oldest = chunk.oldest ? midnight(chunk.oldest).getTime() : -Infinity;
    return items.filter((/** @type {Tile} */ tile) => new Date(tile.created_at).getTime() >= oldest);
  }

  /** @param {string|null} moment */
  async newer(moment) {
    const { items } = await this.ask("tiles", { limit: PAGE, ...(moment ? { after: moment } : {}) });
    return items;
  }
}

/** A search for similar images or by meaning, the nearest first: there are few, and all are read at once. @implements {Source} */
export class SimilarSource extends SearchSource {
  async start() {
    const { items } = await this.ask("tiles", { limit: MOST_SIMILAR });
    this.items = items;
    return { buckets: [{ date: null, images: items.length }], tiles: items };
  }

  /** @param {Chunk} chunk */
  load({ offset, count }) {
    return Promise.resolve((this.items ?? []).slice(offset, offset + count));
  }

  /** What is new is found when the search is begun again. */
  newer() {
    return Promise.resolve([]);
  }
}

/** @param {URLSearchParams} query @returns {SearchSource} */
export const sourceOf = (query) => (query.has("similar") || query.has("meaning") ? new SimilarSource(query) : new SearchSource(query));

/**
 * A list of the API that has no timeline: uploads, the trash, a collection in its own order. It may have more items than
 * were counted: it ends where its pages do.
 * @implements {Source}
 */
export class ListSource {
  /**
   * @param {string} url
   * @param {number} count of its items, as far as they were counted
   * @param {(item: any) => Tile} toTile
   */
  constructor(url, count, toTile) {
    this.url = url;
    this.count = count;
    this.toTile = toTile;
    /** @type {Tile[]} */
    this.read = [];
    /** @type {string|null} */
    this.cursor = null;
    this.ended = false;
    /** @type {Source["newer"]} */
    this.newer = null;
    /** Reads one page after the other, whoever asks. @type {Promise<void>} */
    this.reading = Promise.resolve();
  }

  async start() {
    await this.readUntil(1);
    if (this.ended) this.count = this.read.length;
    return { buckets: [{ date: null, images: this.count }], tiles: this.read.slice() };
  }

  /** @param {Chunk} chunk */
  async load({ offset, count }) {
    await this.readUntil(offset + count);
    return this.read.slice(offset, offset + count);
  }

  /** @param {number} count @returns {number} */
  further(count) {
    return this.ended ? Math.max(0, this.read.length - count) : AHEAD;
  }

  /** @param {number} count */
  async readUntil(count) {
    const turn = this.reading.then(() => this.readOn(count));
    this.reading = turn.catch(() => undefined);
    await turn;
  }

  /** @param {number} count */
  async readOn(count) {
    while (!this.ended && this.read.length < count) {
      const url = new URL(this.url, window.location.href);
      url.searchParams.set("limit", String(PAGE));
      if (this.cursor) url.searchParams.set("cursor", this.cursor);
      const page = await request("GET", url.pathname + url.search);
      this.read.push(...page.items.map(this.toTile));
      this.cursor = page.next;
      this.ended = !page.next;
    }
  }

  /** Forget what was removed, so that the places of later items stay right. @param {Set<string>} ids */
  drop(ids) {
    this.read = this.read.filter((tile) => !ids.has(tile.id));
  }
}

/** @param {any} image as the API lists it @returns {Tile} */
export const tileOfImage = (image) => ({ ...image, prompt: String(image.parameters?.prompt ?? "").slice(0, 120), job_images: 1, thumbnail_url: undefined });

/** @param {any} upload as the API lists it @returns {Tile} */
export const tileOfUpload = (upload) => ({
  ...upload,
  job_id: upload.id,
  index: 0,
  thumbhash: null,
  favourite: false,
  rating: 0,
  visibility: "private",
  quarantined: false,
  prompt: "",
  job_images: 1,
});
