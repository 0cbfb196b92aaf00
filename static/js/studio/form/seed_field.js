// @ts-check
// The seed field. Unlocked: the field is empty, every job gets a new random seed, and the last one stands below.
// Locked: the number in the field is used.

import { one, setText } from "../../lib/dom.js";
import { gettext as _, interpolate } from "../../lib/i18n.js";

export class SeedField {
  /** @param {() => void} onChange */
  constructor(onChange) {
    this.input = one("#seed");
    this.lock = one("[data-lock]");
    this.lastLine = one("[data-seed-last]");
    this.onChange = onChange;
    /** @type {number|null} seed of the last job with a random one */
    this.last = null;
    this.setLocked(false);
    this.lock.addEventListener("click", () => {
      if (this.locked) this.input.value = "";
      else if (this.input.value.trim() === "") this.input.value = String(this.last ?? randomSeed());
      this.setLocked(!this.locked);
    });
    one("[data-dice]").addEventListener("click", () => {
      this.input.value = "";
      this.setLocked(false);
    });
    // A typed number locks the seed.
    this.input.addEventListener("input", () => this.setLocked(this.input.value.trim() !== ""));
  }

  /** @param {boolean} locked */
  setLocked(locked) {
    this.locked = locked;
    const sentence = locked ? _("This seed is kept; press for a new one each time") : this.last === null ? _("Keep a seed") : _("Keep the last seed");
    this.lock.setAttribute("aria-pressed", String(locked));
    this.lock.setAttribute("aria-label", sentence);
    this.lock.title = sentence;
    one("use", this.lock).setAttribute("href", `${document.documentElement.dataset.icons}#${locked ? "lock" : "unlock"}`);
    this.lastLine.hidden = locked || this.last === null;
    if (this.last !== null) setText(this.lastLine, interpolate(_("Last seed: %(seed)s"), { seed: this.last }));
    this.onChange();
  }

  /** @returns {number|string|null} the requested seed: null for random; text that is no number is sent as it is */
  value() {
    const text = this.input.value.trim();
    if (!this.locked || text === "") return null;
    return /^-?\d+$/.test(text) ? Number(text) : text;
  }

  /**
   * Show the seed of the last job.
   * @param {number} seed
   */
  used(seed) {
    if (this.locked) return;
    this.last = seed;
    this.setLocked(false);
  }

  /** @param {number|null|undefined} seed */
  keep(seed) {
    this.input.value = seed === null || seed === undefined || seed < 0 ? "" : String(seed);
    this.setLocked(this.input.value !== "");
  }
}

function randomSeed() {
  return crypto.getRandomValues(new Uint32Array(1))[0];
}
