// @ts-check
// The form beside the image: prompts, checkpoint, strength, mask and seed, as they are sent.

import { one } from "../../lib/dom.js";
import { gettext as _ } from "../../lib/i18n.js";

/** Settings of the image that only mean something with its own checkpoint. */
const OF_THE_CHECKPOINT = ["steps", "guidance_scale", "sampler", "schedule", "timestep_spacing", "eta", "clip_skip", "loras", "vae"];
const NUMBERS = ["strength", "mask_blur", "mask_padding"];
const TEXTS = ["prompt", "negative_prompt", "checkpoint", "mask_fill", "mask_area"];
const STRENGTH_BEYOND_EDGES = 0.9; // what is stretched from the edges would show through with less

export class Settings {
  /**
   * @param {HTMLFormElement} form
   * @param {Record<string, any>} data the page's
   * @param {() => void} changed
   */
  constructor(form, data, changed) {
    this.form = form;
    this.kept = data.settings;
    /** @type {Record<string, any>[]} */
    this.checkpoints = data.checkpoints;
    this.changed = changed;
    this.hasOwnStrength = false;
    this.lock = one("[data-seed-lock]", form);
    form.addEventListener("input", (event) => {
      const { name } = /** @type {HTMLInputElement} */ (event.target);
      if (name === "strength") this.hasOwnStrength = true;
      if (name === "seed") this.setLocked(this.control("seed").value.trim() !== "");
      this.showStrength();
      changed();
    });
    this.lock.addEventListener("click", () => {
      const seed = this.control("seed");
      if (!this.isLocked && !seed.value.trim()) seed.value = String(crypto.getRandomValues(new Uint32Array(1))[0]);
      this.setLocked(!this.isLocked);
      changed();
    });
    this.fill({ ...this.kept, seed: null });
  }

  /** @param {string} name @returns {any} */
  control(name) {
    return this.form.elements.namedItem(name);
  }

  /** @param {boolean} isLocked */
  setLocked(isLocked) {
    this.isLocked = isLocked;
    const words = isLocked ? _("Seed is locked: press for a new one each time") : _("Lock the seed");
    this.lock.setAttribute("aria-pressed", String(isLocked));
    this.lock.setAttribute("aria-label", words);
    this.lock.title = words;
    one("use", this.lock).setAttribute("href", `${document.documentElement.dataset.icons}#${isLocked ? "lock" : "unlock"}`);
  }

  /** Show the seed that a job got, so that it can be locked. @param {number} seed */
  usedSeed(seed) {
    if (!this.isLocked) this.control("seed").placeholder = String(seed);
  }

  /** Raise the strength while the frame is extended, unless it was chosen. @param {boolean} isExtended */
  setExtended(isExtended) {
    if (this.hasOwnStrength) return;
    this.control("strength").value = isExtended ? String(STRENGTH_BEYOND_EDGES) : this.control("strength").defaultValue;
    this.showStrength();
  }

  showStrength() {
    one("[data-strength]", this.form).textContent = Number(this.control("strength").value).toFixed(2);
  }

  /** @returns {Record<string, any>} what the controls say, to be filled in again */
  values() {
    const texts = [...TEXTS, ...NUMBERS, "seed"].map((name) => [name, this.control(name).value]);
    return { ...Object.fromEntries(texts), count: this.control("count").value, locked: this.isLocked, own: this.hasOwnStrength };
  }

  /** @param {Record<string, any>} values */
  fill(values) {
    for (const name of [...TEXTS, ...NUMBERS, "count"]) {
      const value = values[name];
      const control = this.control(name);
      if (value === undefined || value === null) continue;
      // A checkpoint that is not offered any more leaves the one that is chosen.
      if (name === "checkpoint" && !this.checkpoints.some(({ slug }) => slug === value)) continue;
      control.value = String(value);
    }
    this.control("seed").value = values.seed ?? "";
    this.hasOwnStrength = Boolean(values.own);
    this.setLocked(Boolean(values.locked));
    this.showStrength();
  }

  /** @returns {Record<string, any>|undefined} the chosen checkpoint */
  get checkpoint() {
    return this.checkpoints.find(({ slug }) => slug === this.control("checkpoint").value);
  }

  /** @returns {Record<string, any>} parameters of the request, without images and size */
  request() {
    const isSame = this.checkpoint?.slug === this.kept.checkpoint;
    const own = isSame ? OF_THE_CHECKPOINT.filter((name) => this.kept[name] !== undefined && this.kept[name] !== null) : [];
    const seed = this.control("seed").value.trim();
    return {
      ...Object.fromEntries(own.map((name) => [name, this.kept[name]])),
      ...Object.fromEntries(TEXTS.map((name) => [name, this.control(name).value])),
      ...Object.fromEntries(NUMBERS.map((name) => [name, this.control(name).valueAsNumber])),
      count: Number(this.control("count").value),
      seed: this.isLocked && seed !== "" ? (/^\d+$/.test(seed) ? Number(seed) : seed) : null,
    };
  }
}
