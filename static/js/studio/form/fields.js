// @ts-check
// Reads and fills every control of a form whose name is a dotted path of GenerationParameters ("hires.scale",
// "loras.0.weight"), by its kind (data-kind). A control inside [data-off] is not read: it does not apply to the checkpoint.
// A [data-part] is one nested object: it is sent when one of its data-key controls is set, or when it has rows.

import { showImage } from "./image_field.js";

/** Sent for a number that the browser cannot parse: the API's error then says what is allowed. */
const NO_NUMBER = "?";
const IN_ONE_LINE = /[\s,;]+/;

/**
 * @typedef {{read: (control: any) => any, fill: (control: any, value: any) => void}} Kind
 *   `read` returns undefined for a value that is not sent; `fill` takes null for the initial value
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
  image: {
    read: (control) => control.value || null,
    fill: (control, value) => showImage(control, value ?? ""),
  },
  several: {
    // The boxes may be added after the values were set.
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

/** An empty field with a placeholder stands for null; one without is not sent. @param {HTMLInputElement} control */
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
    // A task without a button of its own, such as inpaint, is derived by the site: then the default is checked.
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
  // Keep weights that the site no longer has or that belong to another family: the API's error says so.
  if (!options.some((option) => option.value === String(value))) {
    if (!control.dataset.source) return;
    control.append(new Option(`${value} (not available)`, String(value)));
  }
  control.value = String(value);
}

/**
 * Parse the values of an X/Y/Z plot's axis.
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

/** @param {any} control an axis' values @returns {string} their type, by the chosen field */
const typeOf = (control) => control.closest("[data-row]").querySelector("[data-axis]").selectedOptions[0].dataset.type;

/** @param {Array<number|string>} values @param {string} [type] */
export function joinValues(values, type = "lines") {
  return values.join(type === "numbers" ? ", " : "\n");
}

/** @param {any} from @param {string} path @returns {any} undefined: not set; null: set to nothing */
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

/** @param {HTMLFormElement} form @returns {any[]} controls of parameters */
export function controlsOf(form) {
  return [...form.elements].filter((/** @type {any} */ control) => control.dataset.kind);
}

/** @param {Element} control */
const isOff = (control) => control.closest("[data-off]") !== null;

/**
 * @param {HTMLFormElement} form
 * @returns {Record<string, any>} the requested parameters
 */
export function readFields(form) {
  /** @type {Record<string, any>} */
  const requested = {};
  for (const list of document.querySelectorAll("[data-list]")) put(requested, /** @type {HTMLElement} */ (list).dataset.list ?? "", []);
  for (const control of controlsOf(form)) {
    if (isOff(control)) continue;
    const value = KINDS[control.dataset.kind].read(control);
    if (value !== undefined) put(requested, control.name, value);
  }
  for (const part of document.querySelectorAll("[data-part]")) {
    if (!isRequested(part)) requested[/** @type {HTMLElement} */ (part).dataset.part ?? ""] = null;
  }
  return requested;
}

/** @param {Element} part */
function isRequested(part) {
  if (isOff(part)) return false;
  const keys = /** @type {any[]} */ ([...part.querySelectorAll("[data-key]")]);
  if (!keys.length) return part.querySelector("[data-row]") !== null;
  return keys.some((key) => (key.type === "checkbox" ? key.checked : key.value !== "" && Number(key.value) !== 0));
}

/** @param {HTMLFormElement} form @returns {Record<string, string>} messages by control: required images that are missing */
export function missingImages(form) {
  const missing = controlsOf(form).filter((control) => control.dataset.needed && !control.value && !isOff(control));
  return Object.fromEntries(missing.map((control) => [control.name, control.dataset.needed]));
}

/**
 * Fill the controls; values that are missing stay as they are, null stands for the initial value.
 * @param {HTMLFormElement} form
 * @param {Record<string, any>} values
 */
export function fillFields(form, values) {
  for (const control of controlsOf(form)) {
    const value = at(values, control.name);
    if (value !== undefined) KINDS[control.dataset.kind].fill(control, value);
  }
}
