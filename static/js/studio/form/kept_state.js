// @ts-check
// The state of the studio: settings and open folds are kept on the server, for the next tab and device; prompt and images
// in the tab. The last write wins: a tab takes what another one wrote when it is shown again.

import { studioApi } from "../../lib/api.js";

const QUIET = 800; // milliseconds after the last change

/**
 * @typedef {{form: Record<string, any>, folds: string[], version: number}} State as the API shows it
 * @typedef {{version: number, isUnsaved: boolean}} Known what this tab knows of the server's state
 */

/** @returns {HTMLDetailsElement[]} */
const folds = () => [...document.querySelectorAll("details[data-fold], details[data-group]")].map((fold) => /** @type {HTMLDetailsElement} */ (fold));

/** @param {HTMLDetailsElement} fold */
const nameOf = (fold) => fold.dataset.fold ?? fold.dataset.group ?? "";

/** @param {string} key of the tab's storage @returns {any} null where nothing is stored */
function stored(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/** @param {string} key @param {any} value */
function store(key, value) {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Storage is full or blocked: only a reload loses what the tab keeps.
  }
}

export class KeptState {
  /**
   * @param {Record<string, any>} data the page's data: `user`, `state` (State), `not_kept`
   * @param {(form: Record<string, any>) => void} fill takes what another tab wrote
   */
  constructor({ user, state, not_kept: notKept }, fill) {
    this.draftKey = `sdsite.draft.${user}`;
    this.knownKey = `sdsite.state.${user}`;
    this.notKept = notKept;
    this.fill = fill;
    this.version = state.version;
    this.row = state;
    this.timer = 0;
    /** The state that is on its way, as JSON. @type {string|null} */
    this.sending = null;
    /** The last state that needs no saving, as JSON; null until the form is filled. @type {string|null} */
    this.saved = null;
    /** @type {Record<string, any>} */
    this.requested = {};
    // Read before anything overwrites them.
    /** @type {Record<string, any>|null} */
    this.draft = stored(this.draftKey);
    /** @type {Known|null} */
    this.known = stored(this.knownKey);
  }

  /** Whether this tab has changes that did not arrive; one write in between may be its own, sent when it was left. */
  get isAhead() {
    return this.known !== null && this.known.isUnsaved && this.row.version - this.known.version <= 1;
  }

  /** @returns {Record<string, any>|null} what the form starts with; null: the checkpoint's defaults */
  first() {
    if (this.isAhead || this.row.version === 0) return this.draft;
    const own = Object.entries(this.draft ?? {}).filter(([name]) => this.notKept.includes(name));
    return { ...this.row.form, ...Object.fromEntries(own) };
  }

  /** Follow the form from now on. @param {Record<string, any>} requested @param {boolean} isNew whether it is to be saved at once */
  start(requested, isNew) {
    const isUnsaved = isNew || this.isAhead;
    this.requested = requested;
    this.saved = isUnsaved ? "" : this.json();
    if (isUnsaved) this.soon();
    document.addEventListener("toggle", (event) => folds().includes(/** @type {any} */ (event.target)) && this.soon(), true);
    document.addEventListener("visibilitychange", () => void (document.hidden ? this.save({ keepalive: true }) : this.refresh()));
    window.addEventListener("pagehide", () => void this.save({ keepalive: true }));
  }

  /** Note the form's values; they are saved a moment later. @param {Record<string, any>} requested */
  take(requested) {
    store(this.draftKey, requested);
    if (this.saved === null) return;
    this.requested = requested;
    this.soon();
  }

  json() {
    const form = Object.entries(this.requested).filter(([name]) => !this.notKept.includes(name));
    const open = folds().filter((fold) => fold.open).map(nameOf);
    return JSON.stringify({ form: Object.fromEntries(form), folds: open });
  }

  soon() {
    window.clearTimeout(this.timer);
    if (this.json() === this.saved) return this.note(false);
    this.note(true);
    this.timer = window.setTimeout(() => this.save(), QUIET);
    return undefined;
  }

  /** @param {boolean} isUnsaved */
  note(isUnsaved) {
    store(this.knownKey, { version: this.version, isUnsaved });
  }

  /** @param {{keepalive?: boolean}} [options] */
  async save(options = {}) {
    window.clearTimeout(this.timer);
    const state = this.json();
    if (state === this.saved || state === this.sending) return;
    this.sending = state;
    try {
      const { version } = await studioApi.keep(JSON.parse(state), options);
      this.version = version;
      this.saved = state;
      this.soon();
    } catch {
      // A value that no request may have, or no connection: the next change tries again.
    } finally {
      this.sending = null;
    }
  }

  /** Take what another tab or device wrote, unless this one has changes of its own. */
  async refresh() {
    if (this.json() !== this.saved) return;
    const state = await studioApi.state().catch(() => null);
    if (!state || state.version === this.version || this.json() !== this.saved) return;
    this.version = state.version;
    this.fill(state.form);
    for (const fold of folds()) fold.open = state.folds.includes(nameOf(fold));
    this.saved = this.json();
    this.note(false);
  }
}
