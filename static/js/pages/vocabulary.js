// @ts-check
// The vocabulary page of a checkpoint: filters the words while typing.

import { one, setText } from "../lib/dom.js";

const filter = document.querySelector("[data-filter]");
if (filter instanceof HTMLInputElement) {
  filter.hidden = false;
  filter.addEventListener("input", () => narrow(filter.value.trim().toLowerCase()));
  if (filter.value) narrow(filter.value.trim().toLowerCase()); // restored by the browser's history
}

/** @param {string} wanted */
function narrow(wanted) {
  let found = 0;
  for (const group of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-group]"))) {
    let shown = 0;
    for (const item of /** @type {NodeListOf<HTMLElement>} */ (group.querySelectorAll("[data-word]"))) {
      item.hidden = !(item.textContent ?? "").toLowerCase().includes(wanted);
      if (!item.hidden) shown += 1;
    }
    group.hidden = shown === 0;
    setText(one("[data-count]", group), String(shown));
    found += shown;
  }
  one("[data-none]").hidden = found > 0;
  setText(one("[data-announce]"), found === 1 ? "1 word" : `${found} words`);
}
