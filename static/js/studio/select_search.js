// @ts-check
// A search for selects with many options: a button beside the select opens their list, in which one types.

import { one } from "../lib/dom.js";

const MANY = 12;

/** @param {Element} button @returns {HTMLSelectElement} */
const selectOf = (button) => one("select", /** @type {HTMLElement} */ (button.parentElement));

/** @param {import("./form/form.js").GenerationForm} form */
export function offerSearches(form) {
  const show = () => {
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-search-of]"))) button.hidden = selectOf(button).options.length <= MANY;
  };
  form.onChange.push(show);
  show();
  document.addEventListener("click", ({ target }) => {
    const button = target instanceof Element ? target.closest("[data-search-of]") : null;
    if (button) void search(selectOf(button));
  });
}

/** @param {HTMLSelectElement} select */
async function search(select) {
  const { openChoices } = await import("../shortcuts/palette.js");
  const entries = [...select.options].map((option) => ({ id: "", label: option.text, kind: option.selected ? "✓" : "", run: () => choose(select, option.value) }));
  openChoices(select.labels?.[0]?.textContent?.trim() ?? "", entries);
}

/** @param {HTMLSelectElement} select @param {string} value */
function choose(select, value) {
  select.value = value;
  for (const name of ["input", "change"]) select.dispatchEvent(new Event(name, { bubbles: true }));
  select.focus();
}
