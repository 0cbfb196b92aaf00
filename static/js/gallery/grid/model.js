// @ts-check
// Where everything in the grid lies: heights of sections, chunks and rows, known or guessed, and what is at a place.

import { cellsOf, Chunk, cut } from "./chunks.js";
import { guessHeight, justify, ratioOf, widthsOf } from "./layout.js";
import { dayOf } from "./source.js";

export const GAP = 4;
/** Below a section, before the next header. */
const SECTION_GAP = 8;
const USUAL_RATIO = 1;
/** Rows that a day fills at least, to have a header of its own. */
const FEW_ROWS = 1.5;
/** Images that are kept in memory; the chunks farthest from the view are forgotten first. */
const MOST_LOADED = 24_000;

/**
 * @typedef {import("./chunks.js").Tile} Tile
 * @typedef {import("./chunks.js").Section} Section
 * @typedef {import("./chunks.js").CellRow} CellRow
 * @typedef {import("./chunks.js").Bucket} Bucket
 * @typedef {{chunk: Chunk, row: number, cell: number}} Place
 * @typedef {"job"|"day"|"none"} Grouping
 */

export class Model {
  constructor() {
    /** @type {Section[]} */
    this.sections = [];
    /** @type {Bucket[]} */
    this.buckets = [];
    /** @type {Grouping} */
    this.grouping = "day";
    this.width = 0;
    this.rowHeight = 220;
    this.height = 0;
    /** Mean width / height of the images seen so far. */
    this.ratio = USUAL_RATIO;
    /** @type {Map<string, Chunk>} */
    this.where = new Map();
    /** Ids of jobs whose stack is open. @type {Set<string>} */
    this.opened = new Set();
  }

  /** @returns {Chunk[]} */
  get chunks() {
    return this.sections.flatMap((section) => section.chunks);
  }

  get count() {
    return this.sections.reduce((sum, section) => sum + section.count, 0);
  }

  get options() {
    return { width: this.width, height: this.rowHeight, gap: GAP };
  }

  /** Images of a day that leave much of their rows empty. */
  get few() {
    return Math.ceil((FEW_ROWS * this.width) / this.rowHeight);
  }

  /** Begin anew with a timeline. @param {Bucket[]} buckets */
  fill(buckets) {
    this.buckets = buckets;
    this.regroup();
  }

  /** Cut the timeline anew; what was loaded is spread over the new chunks where it covers one whole. */
  regroup() {
    const known = this.chunks.flatMap((chunk) => chunk.tiles ?? []);
    this.buckets = this.sections.length ? this.countedBuckets() : this.buckets;
    this.sections = cut(this.buckets, this.grouping !== "none", this.few);
    this.where.clear();
    if (known.length) this.prefill(known);
    this.layOut();
  }

  /** The timeline with what came and went since it was read, as far as sections are days; of a list its length. */
  countedBuckets() {
    if (this.buckets.every((bucket) => bucket.date === null)) return [{ date: null, images: this.count }];
    if (this.sections.some((section) => section.date === null)) return this.buckets;
    return this.sections.flatMap((section) => (section.days.length > 1 ? countedDays(section) : [{ date: section.date, images: section.count }]));
  }

  /**
   * Use tiles that are known from elsewhere, for chunks that they cover whole from the newest on.
   * @param {Tile[]} tiles newest first
   */
  prefill(tiles) {
    let used = 0;
    for (const chunk of this.chunks) {
      if (used + chunk.count > tiles.length) return;
      this.store(chunk, tiles.slice(used, used + chunk.count));
      used += chunk.count;
    }
  }

  /** Leave room below a list that is longer than it was counted, once its last images are there. @param {import("./source.js").Source} source */
  expectMore(source) {
    const section = this.sections.at(-1);
    if (!section?.chunks.at(-1)?.tiles) return;
    const count = source.further?.(this.count) ?? 0;
    if (count <= 0) return;
    const chunk = new Chunk(section, { newest: null, oldest: null, offset: section.count, count });
    section.chunks.push(chunk);
    this.layOutChunk(chunk);
  }

  /** @param {Chunk} chunk @param {Tile[]} tiles */
  store(chunk, tiles) {
    for (const tile of chunk.tiles ?? []) this.where.delete(tile.id);
    chunk.tiles = tiles;
    this.recount(chunk, tiles.length);
    for (const tile of tiles) this.where.set(tile.id, chunk);
  }

  /** Set how many images a chunk has, and move those of the same day after it. @param {Chunk} chunk @param {number} count */
  recount(chunk, count) {
    const more = count - chunk.count;
    chunk.count = count;
    if (!more) return;
    const { chunks } = chunk.section;
    for (const later of chunks.slice(chunks.indexOf(chunk) + 1)) if (later.newest === chunk.oldest) later.offset += more;
  }

  /** Lay out everything, after a change of width, row height or grouping. */
  layOut() {
    const loaded = this.chunks.filter((chunk) => chunk.tiles).slice(0, 10);
    const ratios = loaded.flatMap((chunk) => (chunk.tiles ?? []).map(ratioOf));
    if (ratios.length) this.ratio = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
    for (const chunk of this.chunks) this.layOutChunk(chunk);
    this.place();
  }

  /** @param {Chunk} chunk */
  layOutChunk(chunk) {
    if (!chunk.tiles) {
      chunk.rows = null;
      chunk.height = guessHeight(chunk.count, this.ratio, this.options);
      return;
    }
    const cells = cellsOf(chunk.tiles, this.grouping === "job", this.opened);
    const ratios = cells.map((cell) => ratioOf(cell.tile));
    const open = chunk === chunk.section.chunks[chunk.section.chunks.length - 1];
    let top = 0;
    chunk.rows = justify(ratios, { ...this.options, open }).map(({ start, end, height, filled }) => {
      const whole = Math.round(height);
      const widths = widthsOf(ratios.slice(start, end), height, GAP, filled ? this.width : null);
      const row = { top, height: whole, cells: cells.slice(start, end), widths };
      top += whole + GAP;
      return row;
    });
    chunk.height = top;
  }

  /** Sum up heights, so that every section and chunk knows where it lies. */
  place() {
    let top = 0;
    for (const section of this.sections) {
      section.top = top;
      top += section.header;
      for (const chunk of section.chunks) {
        chunk.top = top;
        top += chunk.height;
      }
      if (section.header) top += SECTION_GAP;
      section.height = top - section.top;
    }
    this.height = top;
  }

  /** Return the chunk at a place, or the nearest. @param {number} y @returns {Chunk|undefined} */
  chunkAt(y) {
    return this.chunks.find((chunk) => chunk.top + chunk.height > y) ?? this.chunks.at(-1);
  }

  /** Return the section at a place, or the nearest. @param {number} y @returns {Section|undefined} */
  sectionAt(y) {
    return this.sections.find((section) => section.top + section.height > y) ?? this.sections.at(-1);
  }

  /** @param {string} id @returns {Place|null} where an image is shown; null: it is not loaded */
  find(id) {
    const chunk = this.where.get(id);
    const rows = chunk?.rows ?? [];
    for (const [row, { cells }] of rows.entries()) {
      const cell = cells.findIndex((one) => one.tile.id === id || (one.open === null && one.stack?.some((tile) => tile.id === id)));
      if (chunk && cell >= 0) return { chunk, row, cell };
    }
    return null;
  }

  /** @param {string} id @returns {Tile|undefined} */
  tile(id) {
    return this.where.get(id)?.tiles?.find((tile) => tile.id === id);
  }

  /** @param {Place} place @returns {{top: number, height: number, row: CellRow}} in the grid */
  box({ chunk, row }) {
    const found = /** @type {CellRow} */ (chunk.rows?.[row]);
    return { top: chunk.top + found.top, height: found.height, row: found };
  }

  /** Take images out of the grid. @param {Iterable<string>} ids */
  remove(ids) {
    const gone = new Set(ids);
    const changed = new Set([...gone].map((id) => this.where.get(id)));
    for (const chunk of changed) {
      if (!chunk?.tiles) continue;
      for (const tile of chunk.tiles) if (gone.has(tile.id)) this.where.delete(tile.id);
      this.store(chunk, chunk.tiles.filter((tile) => !gone.has(tile.id)));
      this.layOutChunk(chunk);
    }
    this.dropEmpty();
    this.place();
  }

  dropEmpty() {
    for (const section of this.sections) section.chunks = section.chunks.filter((chunk) => chunk.count > 0);
    const dropped = this.sections.filter((section) => section.chunks.length === 0);
    if (dropped.length) this.sections = this.sections.filter((section) => section.chunks.length > 0);
  }

  /** Forget the images of chunks far from a place, so that memory stays bounded. @param {number} y */
  forget(y) {
    if (this.where.size <= MOST_LOADED) return;
    const loaded = this.chunks.filter((chunk) => chunk.tiles);
    loaded.sort((one, other) => Math.abs(other.top - y) - Math.abs(one.top - y));
    for (const chunk of loaded) {
      if (this.where.size <= MOST_LOADED) return;
      for (const tile of chunk.tiles ?? []) this.where.delete(tile.id);
      chunk.tiles = chunk.rows = null; // its height stays as it was
    }
  }
}

/** @param {Section} section of several days @returns {Bucket[]} its days, counted anew where its images are loaded */
function countedDays({ days, chunks }) {
  if (!chunks.every((chunk) => chunk.tiles)) return days;
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const tile of chunks.flatMap((chunk) => chunk.tiles ?? [])) counts.set(dayOf(tile.created_at), (counts.get(dayOf(tile.created_at)) ?? 0) + 1);
  return [...counts].map(([date, images]) => ({ date, images }));
}
