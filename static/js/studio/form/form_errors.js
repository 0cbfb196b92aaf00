// @ts-check
// Errors of the API, shown at their controls ([data-error-for]); closed groups open.

import { labelFields } from "../../lib/format.js";

/** @param {string} name a dotted path @returns {HTMLElement|null} the error place of the field, or of a part that contains it */
function placeOf(name) {
  for (let path = name; path; path = path.includes(".") ? path.slice(0, path.lastIndexOf(".")) : "") {
    const place = document.querySelector(`[data-error-for="${CSS.escape(path)}"]`);
    if (place instanceof HTMLElement) return place;
  }
  return null;
}

/**
 * @param {HTMLFormElement} form
 * @param {Record<string, string>} fields messages by parameter
 * @returns {boolean} whether all of them are visible
 */
export function showErrors(form, fields) {
  let seen = true;
  /** @type {HTMLElement|null} */
  let first = null;
  for (const [name, sentence] of Object.entries(fields)) {
    const place = placeOf(name);
    if (!place) {
      seen = false;
      continue;
    }
    const labelled = labelFields(sentence);
    place.textContent = place.hidden || !place.textContent ? labelled : `${place.textContent} ${labelled}`;
    place.hidden = false;
    for (let fold = place.closest("details"); fold; fold = fold.parentElement?.closest("details") ?? null) fold.open = true;
    const control = /** @type {any} */ (form.elements.namedItem(place.dataset.errorFor ?? ""));
    control?.setAttribute?.("aria-invalid", "true");
    seen = seen && place.checkVisibility();
    first ??= focusable(control, place);
  }
  first?.focus();
  return seen;
}

/** @param {any} control @param {HTMLElement} place @returns {HTMLElement|null} */
function focusable(control, place) {
  if (control?.focus && control.type !== "hidden") return control;
  return place.parentElement?.querySelector("input:not([type=hidden]), select, textarea, button") ?? null;
}

/** @param {HTMLFormElement} form @param {string} name */
export function clearError(form, name) {
  const place = name && document.querySelector(`[data-error-for="${CSS.escape(name)}"]`);
  if (place instanceof HTMLElement) place.hidden = true;
  /** @type {any} */ (form.elements.namedItem(name))?.removeAttribute?.("aria-invalid");
}

/** @param {HTMLFormElement} form */
export function clearErrors(form) {
  for (const place of document.querySelectorAll("[data-error-for]")) {
    clearError(form, /** @type {HTMLElement} */ (place).dataset.errorFor ?? "");
  }
}
