// @ts-check
// The grid: justified rows of images over the whole width, windowed, with the place kept whatever changes around it.

import { element } from "../../lib/dom.js";
import { errorMessage } from "../../lib/api.js";
import { ROOT } from "../../lib/root.js";
import { showToast } from "../../lib/toast.js";
import { sectionHeader } from "./headers.js";
import { focusOn } from "./keyboard.js";
import { Model } from "./model.js";
import { Mount } from "./mount.js";
import { readPlace, writePlace } from "./place.js";
import { addNewer } from "./newer.js";

/** Requests for images at the same time. */
const MOST_REQUESTS = 3;
/** A view that moves by more than this many of its heights between two frames is passing by: nothing is loaded for it. */
const PASSING = 1.5;
const SETTLED_MS = 120;

/**
 * @typedef {import("./chunks.js").Chunk} Chunk
 * @typedef {import("./chunks.js").Tile} Tile
 * @typedef {import("./model.js").Grouping} Grouping
 * @typedef {import("./source.js").Source} Source
 * @typedef {{id: string, offset: number}} Anchor an image and where its row begins below the top of the view
 */

/** Dispatches `change` (what is shown), `view` (scrolled) and `failed` with `detail` the sentence. */
export class Grid extends EventTarget {
  /**
   * @param {HTMLElement} root
   * @param {{source: Source, selection: import("../selection/selection.js").Selection, label: string, rowHeight: number,
   *   grouping: Grouping, note?: (tile: Tile) => string, href?: (tile: Tile) => string, showsHeld?: boolean}} options
   */
  constructor(root, { source, selection, label, rowHeight, grouping, note, href, showsHeld }) {
    super();
    this.root = root;
    this.source = source;
    this.selection = selection;
    this.model = new Model();
    this.model.grouping = grouping;
    this.model.rowHeight = rowHeight;
    /** @type {HTMLElement} */
    this.body = element("div", { class: "grid__body", role: "grid", "aria-label": label, "aria-multiselectable": "true", "aria-busy": "true" });
    root.append(this.body);
    /** Image that has, or had last, the focus. @type {string|null} */
    this.active = null;
    this.started = false;
    this.requests = 0;
    this.lastTop = 0;
    this.frame = 0;
    this.timer = 0;
    const look = { selected: this.selection.hasCell.bind(this.selection), href: href ?? ((/** @type {Tile} */ tile) => `${ROOT}/images/${tile.id}/`), note, showsHeld };
    this.mount = new Mount(this.body, this.model, { look, header: (section) => sectionHeader(section, this) });
    window.addEventListener("scroll", () => this.schedule(), { passive: true });
    window.addEventListener("pagehide", () => this.started && writePlace(this));
    new ResizeObserver(() => this.resized()).observe(this.body);
    this.body.addEventListener("load", ({ target }) => shown(target, "is-loaded"), true);
    this.body.addEventListener("error", ({ target }) => shown(target, "is-failed"), true);
    selection.addEventListener("change", () => this.mount.refresh());
  }

  /** Read the timeline and show its beginning, or the place where one was. @param {Source} [source] */
  async start(source = this.source) {
    this.source = source;
    this.body.setAttribute("aria-busy", "true");
    let found;
    try {
      found = await source.start();
    } catch (error) {
      if (this.source === source) this.dispatchEvent(new CustomEvent("failed", { detail: errorMessage(error) }));
      return;
    }
    if (this.source !== source) return; // another search was begun since
    this.started = true;
    this.model.sections = [];
    this.model.width = this.body.clientWidth;
    this.model.fill(found.buckets);
    this.model.prefill(found.tiles);
    this.model.expectMore(source);
    this.model.layOut();
    this.body.removeAttribute("aria-busy");
    await readPlace(this);
    this.update();
    this.dispatchEvent(new Event("change"));
  }

  /** Top and bottom of the view, within the grid; the bars above cover the rest. */
  get view() {
    const top = -this.body.getBoundingClientRect().top;
    const covered = parseFloat(getComputedStyle(this.root).scrollMarginTop) || 0;
    return { top: top + covered, bottom: top + window.innerHeight };
  }

  schedule() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.update();
    });
  }

  /** Mount what is in view, and load what is missing there. */
  update() {
    if (!this.started) return;
    const { top, bottom } = this.view;
    this.mount.update(top, bottom, this.pinned());
    const passing = Math.abs(top - this.lastTop) > PASSING * (bottom - top);
    this.lastTop = top;
    clearTimeout(this.timer);
    if (!passing) this.loadNear(top, bottom);
    this.timer = window.setTimeout(() => this.settle(), SETTLED_MS);
    this.dispatchEvent(new Event("view"));
  }

  settle() {
    if (!this.started) return;
    const { top, bottom } = this.view;
    this.loadNear(top, bottom);
    writePlace(this);
  }

  /** The row that has the focus, which stays in the document. */
  pinned() {
    if (!this.active || !this.body.contains(document.activeElement)) return null;
    const place = this.model.find(this.active);
    return place ? place.chunk.rows?.[place.row] ?? null : null;
  }

  /** @param {number} top @param {number} bottom */
  loadNear(top, bottom) {
    const reach = bottom - top;
    const missing = this.model.chunks.filter(
      (chunk) => !chunk.tiles && !chunk.loading && !chunk.failed && chunk.top < bottom + reach && chunk.top + chunk.height > top - reach,
    );
    const distance = (/** @type {Chunk} */ chunk) => Math.max(chunk.top - bottom, top - chunk.top - chunk.height, 0);
    missing.sort((one, other) => distance(one) - distance(other));
    for (const chunk of missing.slice(0, Math.max(0, MOST_REQUESTS - this.requests))) void this.load(chunk);
  }

  /** Load the images of a chunk; resolves once they are laid out. @param {Chunk} chunk @returns {Promise<void>} */
  load(chunk) {
    if (chunk.tiles) return Promise.resolve();
    chunk.loading ??= this.loadNow(chunk);
    return chunk.loading;
  }

  /** @param {Chunk} chunk */
  async loadNow(chunk) {
    const { source } = this;
    this.requests += 1;
    try {
      const tiles = await source.load(chunk);
      if (this.source !== source || !chunk.section.chunks.includes(chunk)) return;
      this.keepPlace(() => {
        this.model.store(chunk, tiles.filter((tile) => !this.model.where.has(tile.id)));
        this.model.expectMore(source);
        this.model.layOutChunk(chunk);
        this.model.forget(this.view.top);
        this.model.dropEmpty();
      });
    } catch (error) {
      chunk.failed = true;
      this.mount.mounted.get(chunk)?.classList.add("grid__pending--failed");
      this.dispatchEvent(new CustomEvent("failed", { detail: errorMessage(error) }));
    } finally {
      chunk.loading = null;
      this.requests -= 1;
      this.schedule();
    }
  }

  /** Try again what failed. */
  retry() {
    if (!this.started) return void this.start();
    for (const chunk of this.model.chunks) {
      chunk.failed = false;
      this.mount.mounted.get(chunk)?.classList.remove("grid__pending--failed");
    }
    this.update();
  }

  /** @returns {Anchor|null} what is at the top of the view */
  anchor() {
    const { top } = this.view;
    for (const chunk of this.model.chunks) {
      if (chunk.top + chunk.height <= top) continue;
      const row = chunk.rows?.find((one) => chunk.top + one.top + one.height > top);
      if (row) return { id: row.cells[0].tile.id, offset: chunk.top + row.top - top };
      if (chunk.top > top) return null;
    }
    return null;
  }

  /**
   * Change heights, and keep what one looks at where it is. At the very top the newest stay in view instead.
   * @param {() => void} change
   * @param {Anchor|null} [anchor]
   */
  keepPlace(change, anchor = this.anchor()) {
    const atTop = this.view.top <= 0;
    const chunk = anchor ? undefined : this.model.chunkAt(this.view.top);
    const part = chunk ? (this.view.top - chunk.top) / (chunk.height || 1) : 0;
    change();
    this.model.place();
    this.body.style.height = `${this.model.height}px`;
    const place = anchor && this.model.find(anchor.id);
    if (place && anchor && !atTop) this.scrollTo(this.model.box(place).top - anchor.offset);
    else if (chunk && part > 0 && part < 1) this.scrollTo(chunk.top + part * chunk.height);
    this.update();
    this.dispatchEvent(new Event("change"));
  }

  /** Scroll so that a place in the grid is at the top of the view. @param {number} y */
  scrollTo(y) {
    const by = Math.round(y - this.view.top);
    if (by) window.scrollBy({ top: by, behavior: "instant" });
  }

  resized() {
    const width = this.body.clientWidth;
    if (!this.started || !width || width === this.model.width) return;
    this.reshape(() => (this.model.width = width));
  }

  /** @param {() => void} change of width, row height or stacks */
  reshape(change) {
    this.keepPlace(() => {
      change();
      this.model.layOut();
    });
  }

  /** @param {number} height in pixels */
  setRowHeight(height) {
    if (height !== this.model.rowHeight) this.reshape(() => (this.model.rowHeight = height));
  }

  /** @param {Grouping} grouping */
  setGrouping(grouping) {
    this.keepPlace(() => {
      this.model.grouping = grouping;
      this.model.regroup();
    });
  }

  /** Open or close the stack of a job. @param {string} job */
  toggleStack(job) {
    this.reshape(() => void (this.model.opened.delete(job) || this.model.opened.add(job)));
  }

  /** @param {Iterable<string>} ids */
  remove(ids) {
    const gone = new Set(ids);
    /** @type {any} */ (this.source).drop?.(gone);
    const anchor = this.anchor();
    const next = this.neighbour(gone);
    this.keepPlace(() => this.model.remove(gone), anchor && gone.has(anchor.id) ? null : anchor);
    const place = next && this.model.find(next);
    if (place) focusOn(this, place);
  }

  /** The image that takes over the focus from one that goes: the next that stays, or the one before. @param {Set<string>} gone @returns {string|null} */
  neighbour(gone) {
    if (!this.active || !gone.has(this.active) || !this.body.contains(document.activeElement)) return null;
    const tiles = this.model.chunks.flatMap((chunk) => chunk.tiles ?? []);
    const at = tiles.findIndex(({ id }) => id === this.active);
    const stays = (/** @type {Tile} */ { id }) => !gone.has(id);
    return (tiles.slice(at + 1).find(stays) ?? tiles.slice(0, Math.max(0, at)).reverse().find(stays))?.id ?? null;
  }

  /** Change what is known of images, such as their marks. @param {Iterable<string>} ids @param {Partial<Tile>} fields */
  patch(ids, fields) {
    for (const id of ids) Object.assign(this.model.tile(id) ?? {}, fields);
    this.mount.refresh();
  }

  /** Show images that were made since. */
  addNewer() {
    return addNewer(this);
  }

  /** Say why something could not be done. @param {unknown} error */
  report(error) {
    showToast(errorMessage(error));
  }

  get empty() {
    return this.started && this.model.count === 0;
  }
}

/** @param {EventTarget|null} target @param {string} name */
function shown(target, name) {
  if (target instanceof HTMLImageElement) target.closest(".tile")?.classList.add(name);
}
