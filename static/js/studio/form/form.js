// @ts-check
// The studio's form: starts with the settings kept, or the checkpoint's defaults, and follows its changes.

import { listenToAxis, showGridCount, showAxis } from "./grid_axes.js";
import { element, one, setText } from "../../lib/dom.js";
import { gettext as _, interpolate } from "../../lib/i18n.js";
import { resultSize } from "../../lib/result_size.js";
import { clearError, clearErrors, showErrors } from "./form_errors.js";
import { at, controlsOf, fillFields, KINDS, readFields } from "./fields.js";
import { fillSources, countImages, optionsOf, showSummaries, showApplicable } from "./field_groups.js";
import { KeptState } from "./kept_state.js";
import { listenToLora, showTriggers } from "./lora_rows.js";
import { listenToImageFields } from "./image_field.js";
import { Rows } from "./list_rows.js";
import { SeedField } from "./seed_field.js";
import { SizeField } from "./size_field.js";
import { showVocabulary } from "./vocabulary.js";

/** Fields that "Reset to defaults" does not change. */
const KEPT = ["prompt", "negative_prompt", "styles", "checkpoint"];

export class GenerationForm {
  /** @param {Record<string, any>} data the page's data: checkpoints, samplers, schedules, preset, user */
  constructor(data) {
    this.data = data;
    this.form = one("[data-generation-form]");
    this.controls = this.form.elements;
    this.prompt = this.controls.prompt;
    this.ownNegative = "";
    /** Called after each change. @type {Array<() => void>} */
    this.onChange = [];
    this.kept = new KeptState(data, (values) => this.fill(values));
    this.rows = this.lists();
    this.size = new SizeField(this.controls, () => this.changed());
    this.seed = new SeedField(() => this.changed());
    this.follow({ defaults: true });
    const first = this.kept.first();
    if (data.preset) this.take(data.preset);
    else if (first) this.fill(first);
    this.listen();
    this.ask(data.asked);
    this.kept.start(this.read(), Boolean(data.preset));
  }

  /** @returns {Map<string, Rows>} by the path of the list */
  lists() {
    const options = (/** @type {string} */ source) => optionsOf(source, this.data, this.checkpoint());
    /** @type {Record<string, (row: HTMLElement) => void>} */
    const prepare = {
      loras: (row) => listenToLora(row, this.data.adapters, this.prompt),
      "grid.axes": (row) => listenToAxis(row, options),
    };
    const onAdd = (/** @type {string} */ path) => (/** @type {HTMLElement} */ row) => {
      fillSources(this.data, this.checkpoint());
      prepare[path]?.(row);
    };
    const containers = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-list]")]);
    const onChange = () => this.changed();
    return new Map(
      containers.map((list) => [list.dataset.list ?? "", new Rows(list, { onAdd: onAdd(list.dataset.list ?? ""), onChange })]),
    );
  }

  listen() {
    listenToImageFields();
    // Controls of the settings pane belong to the form but are outside its element: listen on the document.
    document.addEventListener("input", (event) => {
      const control = /** @type {any} */ (event.target);
      const slider = control.dataset?.sliderFor;
      if (slider) this.controls[slider].value = control.value;
      if (control.form !== this.form && !slider && control !== this.sizeBox) return;
      clearError(this.form, slider ?? control.name);
      this.changed();
    });
    this.controls.checkpoint.addEventListener("change", () => this.follow({ defaults: true }));
    this.controls.sampler.addEventListener("change", () => this.followSampler());
    one("[data-reset]").addEventListener("click", () => this.reset());
    one(".counts").addEventListener("click", (/** @type {any} */ { target }) => {
      if (target.dataset.count) this.fill({ count: Number(target.dataset.count) });
    });
  }

  /** Checked: the input image sets the size of the result. */
  get sizeBox() {
    return one("[data-input-size]");
  }

  checkpoint() {
    const { value } = this.controls.checkpoint;
    return this.data.checkpoints.find((/** @type {any} */ one) => one.slug === value);
  }

  /** Update every control for the chosen checkpoint. @param {{defaults: boolean}} options also fill in its defaults */
  follow({ defaults }) {
    const checkpoint = this.checkpoint();
    if (!checkpoint) return this.changed();
    this.size.follow(checkpoint);
    fillSelect(this.controls.sampler, optionsOf("sampler", this.data, checkpoint));
    fillSources(this.data, checkpoint);
    const about = one("[data-about]");
    setText(about, checkpoint.description);
    about.hidden = !checkpoint.description;
    showVocabulary(checkpoint, this.prompt);
    if (defaults) this.takeDefaults({ ...checkpoint.defaults, upscale_by: checkpoint.studio_upscale_by });
    return this.changed();
  }

  /** A typed negative prompt stays; the former checkpoint's default is replaced. @param {any} defaults */
  takeDefaults({ negative_prompt: negative, ...values }) {
    const field = this.controls.negative_prompt;
    if ([this.ownNegative, ""].includes(field.value.trim())) field.value = negative ?? "";
    this.ownNegative = (negative ?? "").trim();
    this.fill(values);
  }

  followSampler() {
    const family = this.checkpoint()?.family;
    const allowed = this.sampler()?.schedules[family] ?? [];
    fillSelect(this.controls.schedule, allowed.map((/** @type {string} */ key) => [key, this.data.schedules[key] ?? key]));
    this.controls.schedule.disabled = allowed.length < 2;
  }

  sampler() {
    return this.data.samplers.find((/** @type {any} */ row) => row.key === this.controls.sampler.value);
  }

  /** Fill in what the page's URL asked for. @param {Record<string, any>} asked */
  ask(asked) {
    if (asked.init_image) this.startFrom(asked.init_image);
    this.fill(asked);
  }

  /** Use an image as input; settings of a former input image are reset. @param {string} reference */
  startFrom(reference) {
    this.sizeBox.checked = true;
    this.fill({ task: null, mask_image: null, outpaint: null, init_image: reference });
    for (let fold = one("[data-group=input_image]"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  }

  reset() {
    for (const rows of this.rows.values()) rows.set(0);
    for (const control of controlsOf(this.form)) {
      if (!KEPT.includes(control.name)) KINDS[control.dataset.kind].fill(control, null);
    }
    this.sizeBox.checked = true;
    this.follow({ defaults: true });
  }

  /** Reset the form, then fill in values. @param {Record<string, any>} values */
  take(values) {
    this.reset();
    this.fill(values);
  }

  /**
   * Fill in values; those that are missing stay as they are.
   * @param {Record<string, any>} values names of GenerationParameters
   */
  fill({ checkpoint, schedule, ...values }) {
    if (checkpoint && checkpoint !== this.controls.checkpoint.value) {
      if (this.data.checkpoints.some((/** @type {any} */ one) => one.slug === checkpoint)) {
        this.controls.checkpoint.value = checkpoint;
        this.follow({ defaults: true });
      }
    }
    for (const [path, rows] of this.rows) {
      const list = at(values, path);
      if (list !== undefined) rows.set(list?.length ?? 0);
    }
    // Without a variation strength the seed was only picked by the site.
    if (values.variation_strength === 0) values.variation_seed = null;
    // A factor of 1 does nothing, except that "Upscale only" would not take the upscaler's own.
    if (values.upscale_by === 1 && values.task !== "upscale") values.upscale_by = null;
    if (values.init_image) this.sizeBox.checked = !values.width;
    fillFields(this.form, values);
    this.followSampler();
    if (schedule && hasOption(this.controls.schedule, schedule)) this.controls.schedule.value = schedule;
    this.size.snap();
    if ("seed" in values) this.seed.keep(values.seed);
    for (const row of this.rowsOf("loras")) showTriggers(row, this.data.adapters, this.prompt);
    for (const row of this.rowsOf("grid.axes")) showAxis(row, (source) => optionsOf(source, this.data, this.checkpoint()));
    this.changed();
  }

  /** @param {string} path */
  rowsOf(path) {
    return this.rows.get(path)?.rows ?? [];
  }

  /** @returns {Record<string, any>} the requested GenerationParameters */
  read() {
    /** @type {Record<string, any>} */
    const requested = { ...readFields(this.form), seed: this.seed.value() };
    if (!requested.prompt.trim()) delete requested.prompt; // a style or an axis of prompts may replace it
    return requested;
  }

  /** Update everything that depends on the values, and save the draft for a reload. */
  changed() {
    if (!this.seed) return;
    const { controls } = this;
    for (const slider of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("[data-slider-for]"))) {
      slider.value = controls[slider.dataset.sliderFor ?? ""].value;
    }
    showApplicable(this.state());
    const requested = this.read();
    showSummaries(requested);
    showGridCount(this.rowsOf("grid.axes"), requested);
    this.size.show(requested);
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-count]"))) {
      button.setAttribute("aria-pressed", String(button.dataset.count === controls.count.value));
    }
    const { width, height } = resultSize(requested);
    setText(one("[data-summary]"), requested.width ? `${width} × ${height}` : _("Settings"));
    const images = countImages(requested);
    const words = images > 1 ? interpolate(_("Generate %(count)s"), { count: images }) : requested.task === "upscale" ? _("Upscale") : _("Generate");
    setText(one("[data-submit]"), words);
    setText(one("[data-submit-copy]"), words);
    const negative = controls.negative_prompt.value.trim();
    setText(one("[data-negative-summary]"), negative ? `· ${negative.slice(0, 40)}` : "");
    grow(this.prompt);
    for (const listener of this.onChange) listener();
    this.kept.take(requested);
  }

  /** @returns {import("./field_groups.js").State} */
  state() {
    const checkpoint = this.checkpoint();
    const can = this.data.families[checkpoint?.family]?.can ?? [];
    const fits = (/** @type {any} */ one) => ["", checkpoint?.family].includes(one.family);
    return {
      value: (name) => this.controls[name]?.value ?? "",
      on: (name) => this.controls[name]?.checked ?? false,
      can: (what) => can.includes(what),
      has: (kind) => this.data.adapters.some((/** @type {any} */ one) => one.kind === kind && fits(one)),
      sampler: this.sampler(),
      ownSize: !this.sizeBox.checked,
    };
  }

  /** @param {Record<string, string>} fields messages by parameter @returns {boolean} whether all are visible */
  showErrors(fields) {
    return showErrors(this.form, fields);
  }

  clearErrors() {
    clearErrors(this.form);
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

/** Make a text field as high as its text. @param {HTMLTextAreaElement} area */
function grow(area) {
  if (CSS.supports("field-sizing", "content")) return;
  area.style.setProperty("height", "auto");
  area.style.setProperty("height", `${area.scrollHeight + 2}px`);
}
