// @ts-check
// Windowing: only the rows near the view are in the document, whatever is scrolled.

import { element } from "../../lib/dom.js";
import { GAP } from "./model.js";
import { makeTile, releaseTile, updateTile } from "./tile.js";

/** Tiles that are in the document at most. */
export const MOST_TILES = 600;
/** Views above and below the view whose rows are mounted, as long as there is room. */
const VIEWS = 2;

/**
 * @typedef {import("./chunks.js").Section} Section
 * @typedef {import("./chunks.js").Chunk} Chunk
 * @typedef {import("./chunks.js").CellRow} CellRow
 * @typedef {import("./model.js").Model} Model
 * @typedef {{key: object, top: number, height: number, tiles: number, make: () => HTMLElement}} Part what can be mounted
 */

export class Mount {
  /**
   * @param {HTMLElement} body
   * @param {Model} model
   * @param {{look: import("./tile.js").Look, header: (section: Section) => HTMLElement}} parts
   */
  constructor(body, model, { look, header }) {
    this.body = body;
    this.model = model;
    this.look = look;
    this.header = header;
    /** Mounted parts: rows, sections (their header) and chunks that are not loaded. @type {Map<object, HTMLElement>} */
    this.mounted = new Map();
    /** @type {Map<string, HTMLElement>} tiles by image */
    this.tiles = new Map();
  }

  /**
   * Mount what is near the view.
   * @param {number} top of the view, within the grid
   * @param {number} bottom
   * @param {CellRow|null} pinned a row that stays mounted wherever it is: the one with the focus
   */
  update(top, bottom, pinned) {
    this.body.style.height = `${this.model.height}px`;
    const parts = this.choose(top, bottom, pinned);
    const keys = new Set(parts.map((part) => part.key));
    const focused = this.body.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement) : null;
    const leaving = [...this.mounted].filter(([key]) => !keys.has(key));
    for (const [key] of leaving) this.mounted.delete(key);
    // New rows take their tiles out of those that leave, so these go after; then no row that stays has to move.
    for (const part of parts) if (!this.mounted.has(part.key)) this.mounted.set(part.key, part.make());
    for (const [, node] of leaving) this.drop(node);
    let place = this.body.firstChild;
    for (const part of parts) {
      const node = /** @type {HTMLElement} */ (this.mounted.get(part.key));
      node.style.top = `${part.top}px`;
      node.style.height = `${part.height}px`;
      if (node === place) place = place.nextSibling;
      else this.body.insertBefore(node, place);
    }
    if (focused?.isConnected && focused !== document.activeElement) focused.focus({ preventScroll: true });
  }

  /** @param {HTMLElement} node a row whose tiles are not needed any more, or a header */
  drop(node) {
    for (const tile of /** @type {NodeListOf<HTMLElement>} */ (node.querySelectorAll(".tile"))) {
      const id = String(tile.dataset.image);
      if (this.tiles.get(id) !== tile) continue;
      this.tiles.delete(id);
      releaseTile(tile);
    }
    node.remove();
  }

  /**
   * Return the parts to mount, from top to bottom: the nearest ones first, until there are MOST_TILES tiles.
   * @param {number} top @param {number} bottom @param {CellRow|null} pinned
   * @returns {Part[]}
   */
  choose(top, bottom, pinned) {
    const margin = VIEWS * (bottom - top);
    /** @type {Part[]} */
    const parts = [];
    for (const section of this.model.sections) {
      if (section.top + section.height < top - margin && !pinned) continue;
      if (section.top > bottom + margin && !pinned) break;
      this.collect(section, top - margin, bottom + margin, pinned, parts);
    }
    const middle = (top + bottom) / 2;
    const distance = (/** @type {Part} */ part) => (part.key === pinned ? -1 : Math.abs(part.top + part.height / 2 - middle));
    parts.sort((one, other) => distance(one) - distance(other));
    let tiles = 0;
    return parts.filter((part) => (tiles += part.tiles) <= MOST_TILES).sort((one, other) => one.top - other.top);
  }

  /** @param {Section} section @param {number} from @param {number} to @param {CellRow|null} pinned @param {Part[]} parts */
  collect(section, from, to, pinned, parts) {
    const near = (/** @type {number} */ top, /** @type {number} */ height) => top + height >= from && top <= to;
    if (section.header && near(section.top, section.header)) {
      parts.push({ key: section, top: section.top, height: section.header, tiles: 0, make: () => this.header(section) });
    }
    for (const chunk of section.chunks) {
      if (!near(chunk.top, chunk.height) && !(pinned && chunk.rows?.includes(pinned))) continue;
      if (!chunk.rows) {
        parts.push({ key: chunk, top: chunk.top, height: Math.max(0, chunk.height - GAP), tiles: 0, make: () => pending(chunk) });
        continue;
      }
      for (const row of chunk.rows) {
        const top = chunk.top + row.top;
        if (!near(top, row.height) && row !== pinned) continue;
        parts.push({ key: row, top, height: row.height, tiles: row.cells.length, make: () => this.row(row) });
      }
    }
  }

  /** @param {CellRow} row @returns {HTMLElement} */
  row(row) {
    const node = element("div", { class: "grid__row", role: "row" });
    for (const [place, cell] of row.cells.entries()) {
      const tile = this.tiles.get(cell.tile.id) ?? makeTile(cell, this.look);
      this.tiles.set(cell.tile.id, tile);
      updateTile(tile, cell, { width: row.widths[place], height: row.height }, this.look);
      node.append(tile);
    }
    return node;
  }

  /** Bring the mounted tiles up to date: selection and marks. */
  refresh() {
    for (const [key] of this.mounted) {
      if (!("cells" in key)) continue;
      const row = /** @type {CellRow} */ (key);
      for (const [place, cell] of row.cells.entries()) {
        const tile = this.tiles.get(cell.tile.id);
        if (tile) updateTile(tile, cell, { width: row.widths[place], height: row.height }, this.look);
      }
    }
  }
}

/** @param {Chunk} chunk @returns {HTMLElement} the place of images that are on their way */
function pending(chunk) {
  return element("div", { class: chunk.failed ? "grid__pending grid__pending--failed" : "grid__pending", "aria-hidden": "true" });
}
