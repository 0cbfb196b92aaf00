// @ts-check
// The studio's form: it starts from a checkpoint's defaults, follows when the checkpoint changes, keeps what was typed.

import { element, one, setText } from "./dom.js";
import { SeedField } from "./seed.js";
import { showVocabulary } from "./vocabulary.js";

const NUMBERS = ["width", "height", "steps", "guidance_scale", "count"];
const CHOICES = ["upscale_by", "output_format"];

export class WishForm {
  /** @param {Record<string, any>} data what the page brought: checkpoints, samplers, schedules, preset, user */
  constructor(data) {
    this.data = data;
    this.form = one("[data-wish]");
    this.controls = this.form.elements;
    this.prompt = this.controls.prompt;
    this.draftKey = `sdsite.draft.${data.user}`;
    // Read before anything below writes the draft anew.
    const start = data.preset ?? { ...this.draft(), ...data.asked };
    this.seed = new SeedField(() => this.changed());
    this.follow({ defaults: true });
    if (start) this.fill(start);
    this.listen();
    this.changed();
  }

  listen() {
    // Controls of the settings pane belong to the form without lying inside it: listen at the document.
    document.addEventListener("input", (event) => {
      const control = /** @type {any} */ (event.target);
      if (control.dataset?.sliderFor) this.controls[control.dataset.sliderFor].value = control.value;
      if (control.form !== this.form && !control.dataset?.sliderFor) return;
      this.clearError(control.dataset.sliderFor ?? (control.name === "size" ? "width" : control.name));
      this.changed();
    });
    this.controls.checkpoint.addEventListener("change", () => this.follow({ defaults: true }));
    this.controls.sampler.addEventListener("change", () => this.followSampler());
    this.controls.size.addEventListener("change", () => this.takeSize());
    one("[data-reset]").addEventListener("click", () => this.follow({ defaults: true }));
    one("[data-swap]").addEventListener("click", () => {
      const { width, height } = this.controls;
      [width.value, height.value] = [height.value, width.value];
      this.changed();
    });
    this.prompt.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        this.form.requestSubmit();
      }
    });
  }

  checkpoint() {
    const { value } = this.controls.checkpoint;
    return this.data.checkpoints.find((/** @type {any} */ one) => one.slug === value);
  }

  /** Let every control follow the chosen checkpoint. @param {{defaults: boolean}} options also its values */
  follow({ defaults }) {
    const checkpoint = this.checkpoint();
    if (!checkpoint) return;
    const sized = checkpoint.sizes.length > 0;
    one("[data-fixed-sizes]").hidden = !sized;
    one("[data-free-size]").hidden = sized;
    const sizes = checkpoint.sizes.map((/** @type {number[]} */ [width, height]) =>
      element("option", { value: `${width}x${height}`, text: `${width} × ${height}` }),
    );
    this.controls.size.replaceChildren(...sizes);
    for (const side of ["width", "height"]) this.controls[side].step = checkpoint.size_multiple;
    const samplers = this.data.samplers.filter((/** @type {any} */ row) => row.schedules[checkpoint.family]?.length);
    fillSelect(this.controls.sampler, samplers.map((/** @type {any} */ row) => [row.key, row.label]));
    const about = one("[data-about]");
    setText(about, checkpoint.description);
    about.hidden = !checkpoint.description;
    showVocabulary(checkpoint, this.prompt);
    if (defaults) this.fill(checkpoint.defaults);
    this.changed();
  }

  followSampler() {
    const family = this.checkpoint()?.family;
    const sampler = this.data.samplers.find((/** @type {any} */ row) => row.key === this.controls.sampler.value);
    const allowed = sampler?.schedules[family] ?? [];
    fillSelect(this.controls.schedule, allowed.map((/** @type {string} */ key) => [key, this.data.schedules[key] ?? key]));
    this.controls.schedule.disabled = allowed.length < 2;
  }

  takeSize() {
    const [width, height] = this.controls.size.value.split("x");
    if (!height) return;
    this.controls.width.value = width;
    this.controls.height.value = height;
    this.changed();
  }

  /**
   * Put values into the form; what is missing stays as it is.
   * @param {Record<string, any>} values names of GenerationParameters
   */
  fill(values) {
    if (values.checkpoint && values.checkpoint !== this.controls.checkpoint.value) {
      const known = this.data.checkpoints.some((/** @type {any} */ one) => one.slug === values.checkpoint);
      if (known) {
        this.controls.checkpoint.value = values.checkpoint;
        this.follow({ defaults: true });
      }
    }
    for (const name of ["prompt", "negative_prompt", ...NUMBERS]) {
      if (values[name] !== undefined && values[name] !== null) this.controls[name].value = String(values[name]);
    }
    for (const name of CHOICES) if (values[name] !== undefined) this.controls[name].value = String(values[name]);
    const { sampler, schedule, size, width, height } = this.controls;
    if (values.sampler && hasOption(sampler, values.sampler)) sampler.value = values.sampler;
    this.followSampler();
    if (values.schedule && hasOption(schedule, values.schedule)) schedule.value = values.schedule;
    const pair = `${width.value}x${height.value}`;
    if (hasOption(size, pair)) size.value = pair;
    else this.takeSize();
    if ("seed" in values) this.seed.keep(values.seed);
    this.changed();
  }

  /** @returns {Record<string, any>} GenerationParameters as they stand in the form */
  read() {
    /** @type {Record<string, any>} */
    const wish = { seed: this.seed.value() };
    for (const name of ["prompt", "negative_prompt", "output_format"]) wish[name] = this.controls[name].value;
    for (const name of ["checkpoint", "sampler", "schedule"]) wish[name] = this.controls[name].value || null;
    for (const name of NUMBERS) {
      const { value } = this.controls[name];
      if (value !== "") wish[name] = Number(value);
    }
    wish.upscale_by = Number(this.controls.upscale_by.value);
    return wish;
  }

  /** Whatever hangs on the values follows them; the draft is kept for a reload. */
  changed() {
    if (!this.seed) return;
    for (const name of ["steps", "guidance_scale", "count"]) {
      one(`[data-slider-for="${name}"]`).value = this.controls[name].value;
    }
    const { width, height, count, upscale_by: factor, negative_prompt: negative } = this.controls;
    setText(one("[data-summary]"), `${width.value} × ${height.value}`);
    const enlarged = Number(factor.value) > 1;
    setText(one("[data-enlarged]"), enlarged ? `to ${width.value * factor.value} × ${height.value * factor.value}` : "");
    setText(one("[data-submit]"), Number(count.value) > 1 ? `Generate ${count.value}` : "Generate");
    setText(one("[data-negative-summary]"), negative.value.trim() ? `· ${negative.value.trim().slice(0, 60)}` : "");
    grow(this.prompt);
    try {
      sessionStorage.setItem(this.draftKey, JSON.stringify({ ...this.read(), seed: this.seed.value() }));
    } catch {
      // Storage is full or forbidden: the form itself still holds everything.
    }
  }

  draft() {
    try {
      return JSON.parse(sessionStorage.getItem(this.draftKey) ?? "null");
    } catch {
      return null;
    }
  }

  /** @param {Record<string, string>} fields sentences by parameter name @returns {string[]} what found no place */
  showErrors(fields) {
    const homeless = [];
    for (const [name, sentence] of Object.entries(fields)) {
      const place = document.querySelector(`[data-error-for="${CSS.escape(name)}"]`);
      if (!(place instanceof HTMLElement)) {
        homeless.push(sentence);
        continue;
      }
      place.textContent = sentence;
      place.hidden = false;
      this.controls[name]?.setAttribute?.("aria-invalid", "true");
    }
    if (fields.negative_prompt) one("[data-negative]").open = true;
    const first = Object.keys(fields).find((name) => this.controls[name]?.focus);
    if (first) this.controls[first].focus();
    return homeless;
  }

  /** @param {string} name */
  clearError(name) {
    const places = name ? [document.querySelector(`[data-error-for="${CSS.escape(name)}"]`)] : [];
    for (const place of places) if (place instanceof HTMLElement) place.hidden = true;
    this.controls[name]?.removeAttribute?.("aria-invalid");
  }

  clearErrors() {
    for (const place of document.querySelectorAll("[data-error-for]")) {
      this.clearError(/** @type {HTMLElement} */ (place).dataset.errorFor ?? "");
    }
  }
}

/** @param {HTMLSelectElement} select @param {Array<[string, string]>} options */
function fillSelect(select, options) {
  const before = select.value;
  select.replaceChildren(...options.map(([value, text]) => element("option", { value, text })));
  if (hasOption(select, before)) select.value = before;
}

/** @param {HTMLSelectElement} select @param {string} value */
function hasOption(select, value) {
  return [...select.options].some((option) => option.value === value);
}

/** Let a text field be as high as its text. @param {HTMLTextAreaElement} area */
function grow(area) {
  if (CSS.supports("field-sizing", "content")) return;
  area.style.setProperty("height", "auto");
  area.style.setProperty("height", `${area.scrollHeight + 2}px`);
}
