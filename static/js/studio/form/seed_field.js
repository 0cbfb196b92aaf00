// @ts-check
// The seed field. Unlocked: every job gets a new random seed, and the field shows the last one in grey.
// Locked: the number in the field is used.

import { one } from "../../lib/dom.js";

export class SeedField {
  /** @param {() => void} onChange */
  constructor(onChange) {
    this.input = one("#seed");
    this.lock = one("[data-lock]");
    this.onChange = onChange;
    this.setLocked(false);
    this.lock.addEventListener("click", () => {
      if (!this.locked && this.input.value.trim() === "") this.input.value = String(randomSeed());
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
    const sentence = locked ? "This seed is kept; press for a new one each time" : "Keep this seed";
    this.lock.setAttribute("aria-pressed", String(locked));
    this.lock.setAttribute("aria-label", sentence);
    this.lock.title = sentence;
    one("use", this.lock).setAttribute("href", `${document.documentElement.dataset.icons}#${locked ? "lock" : "unlock"}`);
    this.input.toggleAttribute("data-random", !locked);
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
    if (!this.locked) this.input.value = String(seed);
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
