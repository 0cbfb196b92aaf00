// @ts-check
// The selection: ids of images, or all of a search; ranges and days are selected whether they are loaded or not.

import { gettext as _, interpolate } from "../../lib/i18n.js";

const MOST_RANGE = 10_000;
const AT_ONCE = 4;

/**
 * @typedef {import("../grid/chunks.js").Cell} Cell
 * @typedef {import("../grid/chunks.js").Chunk} Chunk
 * @typedef {import("../grid/chunks.js").Section} Section
 */

/** A selection that is too large; `message` says the bound. */
export class TooMany extends Error {}

/** Dispatches `change`. */
export class Selection extends EventTarget {
  constructor() {
    super();
    /** @type {Set<string>} */
    this.ids = new Set();
    /** All that the search finds, loaded or not. */
    this.all = false;
    /** The mode in which a click selects, though nothing is selected yet. */
    this.waiting = false;
    /** Where a range begins. @type {string|null} */
    this.origin = null;
    /** @type {import("../grid/grid.js").Grid|null} */
    this.grid = null;
  }

  get size() {
    return this.all ? this.grid?.model.count ?? 0 : this.ids.size;
  }

  /** Whether a click selects instead of opening. */
  get isActive() {
    return this.all || this.waiting || this.ids.size > 0;
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }

  /** @param {Cell} cell */
  hasCell(cell) {
    return this.all || idsOf(cell).every((id) => this.ids.has(id));
  }

  /** @param {Section} section */
  hasSection(section) {
    return this.all || (section.count > 0 && section.chunks.every((chunk) => chunk.tiles?.every((tile) => this.ids.has(tile.id))));
  }

  /** @param {Iterable<string>} ids @param {boolean} on */
  set(ids, on) {
    for (const id of ids) {
      if (on) this.ids.add(id);
      else this.ids.delete(id);
    }
    this.changed();
  }

  /** @param {Cell} cell */
  async toggle(cell) {
    if (this.all) await this.listAll();
    const on = !this.hasCell(cell);
    this.origin = cell.tile.id;
    this.set(idsOf(cell), on);
  }

  /** Select from the origin to a cell, both included. @param {Cell} cell */
  async extendTo(cell) {
    const { model } = this.required();
    const from = this.origin && model.where.has(this.origin) ? this.origin : cell.tile.id;
    this.set(await this.between(from, cell.tile.id), true);
    this.origin = from;
  }

  /** @param {string} from @param {string} to @returns {Promise<string[]>} ids in their order, loaded if need be */
  async between(from, to) {
    const { model } = this.required();
    const { chunks } = model;
    const ends = [from, to].map((id) => chunks.indexOf(/** @type {Chunk} */ (model.where.get(id))));
    const [first, last] = [Math.min(...ends), Math.max(...ends)];
    const within = chunks.slice(first, last + 1);
    await this.loadAll(within);
    const ids = within.flatMap((chunk) => orderOf(chunk));
    const [one, other] = [ids.indexOf(from), ids.indexOf(to)].sort((a, b) => a - b);
    const until = model.find(ids[other]);
    const closing = until ? idsOf(/** @type {any} */ (until.chunk.rows?.[until.row]).cells[until.cell]).length : 1;
    return ids.slice(one, other + closing);
  }

  /** @param {Section} section @param {boolean} on */
  async setSection(section, on) {
    if (this.all) await this.listAll();
    await this.loadAll(section.chunks);
    this.set(section.chunks.flatMap((chunk) => (chunk.tiles ?? []).map((tile) => tile.id)), on);
  }

  /** @param {Chunk[]} chunks */
  async loadAll(chunks) {
    const grid = this.required();
    const images = chunks.reduce((sum, chunk) => sum + chunk.count, 0);
    if (images > MOST_RANGE) {
      throw new TooMany(interpolate(_("At most %(most)s images can be selected one by one; select all of a search instead."), { most: MOST_RANGE.toLocaleString() }));
    }
    const missing = chunks.filter((chunk) => !chunk.tiles);
    while (missing.length) await Promise.all(missing.splice(0, AT_ONCE).map((chunk) => grid.load(chunk)));
  }

  selectAll() {
    this.all = true;
    this.ids.clear();
    this.changed();
  }

  /** Turn "all" into the ids of all, so that single ones can be left out. */
  async listAll() {
    const { model } = this.required();
    await this.loadAll(model.chunks);
    this.ids = new Set(model.chunks.flatMap((chunk) => (chunk.tiles ?? []).map((tile) => tile.id)));
    this.all = false;
  }

  clear() {
    this.ids.clear();
    this.all = this.waiting = false;
    this.changed();
  }

  required() {
    if (!this.grid) throw new Error("the selection belongs to no grid yet");
    return this.grid;
  }
}

/** @param {Cell} cell @returns {string[]} */
export const idsOf = (cell) => (cell.stack && cell.open === null ? cell.stack.map((tile) => tile.id) : [cell.tile.id]);

/** @param {Chunk} chunk @returns {string[]} ids in the order in which they are shown */
function orderOf(chunk) {
  return (chunk.rows ?? []).flatMap((row) => row.cells.flatMap(idsOf));
}
