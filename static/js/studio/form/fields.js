// @ts-check
// Reads and fills every control of a form whose name is a dotted path of GenerationParameters ("hires.scale",
// "loras.0.weight"), by its kind (data-kind). A control inside of [data-off] is left alone: the checkpoint cannot do it.
// A [data-part] is one nested object: it is asked for when one of its data-key controls says something, or it has rows.

import { showPicture } from "./picture_field.js";

/** What a number field holds that the browser cannot read as one: the site then says what is allowed. */
const NO_NUMBER = "?";
const IN_ONE_LINE = /[\s,;]+/;

/**
 * @typedef {{read: (control: any) => any, fill: (control: any, value: any) => void}} Kind
 *   `read` returns undefined for "left out"; `fill` takes null for "as at first"
 */

/** @type {Record<string, Kind>} */
export const KINDS = {
  number: { read: readNumber, fill: fillText },
  integer: { read: readNumber, fill: fillText },
  text: { read: (control) => control.value, fill: fillText },
  boolean: {
    read: (control) => control.checked,
    fill: (control, value) => (control.checked = value ?? control.defaultChecked),
  },
  switch: {
    read: () => undefined,
    fill: (control, value) => (control.checked = value !== null && value !== false),
  },
  choice: { read: (control) => (control.type === "radio" && !control.checked ? undefined : control.value || null), fill: fillChoice },
  picture: {
    read: (control) => control.value || null,
    fill: (control, value) => showPicture(control, value ?? ""),
  },
  several: {
    // Boxes may come later than what is to be ticked.
    read: (control) => (control.dataset.wanted ? JSON.parse(control.dataset.wanted) : ticked(control)),
    fill: (control, value) => {
      const boxes = boxesIn(control);
      for (const box of boxes) box.checked = value?.includes(box.value) ?? false;
      if (boxes.length) delete control.dataset.wanted;
      else control.dataset.wanted = JSON.stringify(value ?? []);
    },
  },
  values: {
    read: (control) => parseValues(control.value, typeOf(control)),
    fill: (control, value) => (control.value = joinValues(value ?? [], typeOf(control))),
  },
};

/** Where an empty field has a meaning of its own, its placeholder says which. @param {HTMLInputElement} control */
function readNumber(control) {
  if (control.validity.badInput) return NO_NUMBER;
  if (control.value.trim() === "") return control.placeholder ? null : undefined;
  return Number(control.value);
}

/** @param {HTMLFieldSetElement} group @returns {HTMLInputElement[]} */
const boxesIn = (group) => [...group.querySelectorAll("input")];

/** @param {HTMLFieldSetElement} group @returns {string[]} */
const ticked = (group) => boxesIn(group).filter((box) => box.checked).map((box) => box.value);

/** @param {any} control @param {any} value */
function fillText(control, value) {
  control.value = value === null ? control.defaultValue : String(value);
}

/** @param {any} control @param {any} value */
function fillChoice(control, value) {
  if (control.type === "radio") {
    // A task that follows from what is there has no box of its own: then the first one is meant.
    const boxes = [...control.form.elements[control.name]];
    const wanted = boxes.some((box) => box.value === String(value)) ? String(value) : boxes.find((box) => box.defaultChecked)?.value;
    control.checked = control.value === wanted;
    return;
  }
  const options = [...control.options];
  if (value === null) {
    control.value = (options.find((option) => option.defaultSelected) ?? options[0])?.value ?? "";
    return;
  }
  // Weights that the site no longer has, or that are made for others, are not lost silently: the site will say so.
  if (!options.some((option) => option.value === String(value))) {
    if (!control.dataset.source) return;
    control.append(new Option(`${value} (not offered here)`, String(value)));
  }
  control.value = String(value);
}

/**
 * The values of a grid's axis.
 * @param {string} text
 * @param {string} [type] numbers: by commas or blanks; texts: by lines, or commas where there is one line; else by lines
 * @returns {Array<number|string>}
 */
export function parseValues(text, type = "lines") {
  if (type === "numbers") {
    const words = text.split(IN_ONE_LINE).filter(Boolean);
    return words.map((word) => (Number.isFinite(Number(word)) ? Number(word) : word));
  }
  const lines = text.split(/\r?\n/).map((line) => line.trim()).filter(Boolean);
  if (type !== "texts" || lines.length !== 1) return lines;
  return lines[0].split(",").map((word) => word.trim()).filter(Boolean);
}

/** @param {any} control an axis' values @returns {string} what they are, as the chosen field says */
const typeOf = (control) => control.closest("[data-row]").querySelector("[data-axis]").selectedOptions[0].dataset.type;

/** @param {Array<number|string>} values @param {string} [type] */
export function joinValues(values, type = "lines") {
  return values.join(type === "numbers" ? ", " : "\n");
}

/** @param {any} from @param {string} path @returns {any} undefined: nothing is said there; null: nothing is meant */
export function at(from, path) {
  let value = from;
  for (const step of path.split(".")) {
    if (value === null || value === undefined) return value;
    value = value[step];
  }
  return value;
}

/** @param {any} into @param {string} path @param {any} value */
export function put(into, path, value) {
  const steps = path.split(".");
  const last = /** @type {string} */ (steps.pop());
  let place = into;
  for (const [index, step] of steps.entries()) place = place[step] ??= /^\d+$/.test(steps[index + 1] ?? last) ? [] : {};
  place[last] = value;
}

/** @param {HTMLFormElement} form @returns {any[]} controls that stand for parameters */
export function controlsOf(form) {
  return [...form.elements].filter((/** @type {any} */ control) => control.dataset.kind);
}

/** @param {Element} control */
const isOff = (control) => control.closest("[data-off]") !== null;

/**
 * @param {HTMLFormElement} form
 * @returns {Record<string, any>} what the controls ask for
 */
export function readFields(form) {
  /** @type {Record<string, any>} */
  const wish = {};
  for (const list of document.querySelectorAll("[data-list]")) put(wish, /** @type {HTMLElement} */ (list).dataset.list ?? "", []);
  for (const control of controlsOf(form)) {
    if (isOff(control)) continue;
    const value = KINDS[control.dataset.kind].read(control);
    if (value !== undefined) put(wish, control.name, value);
  }
  for (const part of document.querySelectorAll("[data-part]")) {
    if (!isAsked(part)) wish[/** @type {HTMLElement} */ (part).dataset.part ?? ""] = null;
  }
  return wish;
}

/** @param {Element} part */
function isAsked(part) {
  if (isOff(part)) return false;
  const keys = /** @type {any[]} */ ([...part.querySelectorAll("[data-key]")]);
  if (!keys.length) return part.querySelector("[data-row]") !== null;
  return keys.some((key) => (key.type === "checkbox" ? key.checked : key.value !== "" && Number(key.value) !== 0));
}

/** @param {HTMLFormElement} form @returns {Record<string, string>} sentences by control: pictures that are not there yet */
export function missingPictures(form) {
  const missing = controlsOf(form).filter((control) => control.dataset.needed && !control.value && !isOff(control));
  return Object.fromEntries(missing.map((control) => [control.name, control.dataset.needed]));
}

/**
 * Put values into the controls; what is not named stays as it is, null is what stood there at first.
 * @param {HTMLFormElement} form
 * @param {Record<string, any>} values
 */
export function fillFields(form, values) {
  for (const control of controlsOf(form)) {
    const value = at(values, control.name);
    if (value !== undefined) KINDS[control.dataset.kind].fill(control, value);
  }
}
