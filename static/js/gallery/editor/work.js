// @ts-check
// The image that is edited, with mask and frame: what undo restores and what a reload must not lose.

import { one } from "../../lib/dom.js";
import { Drafts } from "./drafts.js";
import { Frame, NOTHING } from "./frame.js";
import { History } from "./painting/history.js";
import { Mask } from "./painting/mask.js";

/** @typedef {{id: string, reference: string, url: string, page: string|null, width: number, height: number}} Source */
/** @typedef {import("./painting/history.js").Change} Change */

export class Work {
  /**
   * @param {import("./view.js").View} view
   * @param {Record<string, any>} data the page's
   * @param {{opened: () => void, changed: () => void, refused: (sentence: string) => void, unsaved: () => void,
   *          content: () => Record<string, any>}} listeners
   *   `opened`: another image is shown; `unsaved`: this browser stores nothing; `content`: more to keep with the draft
   */
  constructor(view, data, listeners) {
    this.view = view;
    this.data = data;
    this.listeners = listeners;
    this.image = /** @type {HTMLImageElement} */ (one("[data-image]"));
    this.mask = new Mask(one("[data-mask]"));
    this.frame = new Frame(view, data.limits, {
      changed: (before) => this.did({ kind: "frame", before, after: { ...this.frame.growth } }),
      refused: listeners.refused,
    });
    this.history = new History({ apply: (change, side) => this.apply(change, side), changed: () => this.noteChange() });
    this.drafts = new Drafts(data.user);
    /** @type {Source} */
    this.source = data.source;
    this.isOpen = false;
  }

  /**
   * Show an image and the draft that this browser has of it.
   * @param {Source} source
   * @returns {Promise<Record<string, any>|null>} the draft
   */
  async open(source) {
    this.show(source);
    const draft = await this.drafts.read(source.reference);
    if (draft?.mask) this.mask.restoreAll(draft.mask);
    if (draft?.growth) this.frame.set(draft.growth);
    this.isOpen = true;
    this.listeners.changed();
    return draft;
  }

  /** @param {Source} source */
  show(source) {
    this.source = source;
    this.image.src = source.url;
    this.image.width = source.width;
    this.image.height = source.height;
    this.mask.resize(source.width, source.height);
    this.frame.set(NOTHING);
    this.view.resize(source.width, source.height);
    this.listeners.opened();
  }

  /**
   * Go on with another image: a result, a part that was cut out, or a copy, which keeps mask and frame.
   * @param {Source} source
   * @param {{isCopy?: boolean}} [options]
   */
  replace(source, { isCopy = false } = {}) {
    const before = this.state();
    this.show(source);
    if (isCopy) {
      this.mask.restoreAll(before.mask);
      this.frame.set(before.growth);
    }
    this.did({ kind: "image", before, after: this.state() });
  }

  /** @returns {{source: Source, mask: any, growth: import("./frame.js").Growth}} */
  state() {
    return { source: this.source, mask: this.mask.packed(), growth: { ...this.frame.growth } };
  }

  /** Note a change that undo takes back. @param {Change|null} change */
  did(change) {
    this.history.add(change);
  }

  /** @param {Change} change @param {"before"|"after"} side */
  apply(change, side) {
    if (change.kind === "mask") this.mask.restore(change.box, change[side]);
    else if (change.kind === "frame") this.frame.set(change[side]);
    else {
      const { source, mask, growth } = change[side];
      this.show(source);
      this.mask.restoreAll(mask);
      this.frame.set(growth);
    }
  }

  noteChange() {
    this.listeners.changed();
    void this.save();
  }

  /** Keep everything in this browser. */
  async save() {
    if (!this.isOpen) return;
    const content = { mask: this.mask.packed(), growth: { ...this.frame.growth }, ...this.listeners.content() };
    try {
      await this.drafts.save(this.source.reference, content);
    } catch {
      this.listeners.unsaved();
    }
  }
}
