// @ts-check
// A question with two answers, in the page's dialog.

import { one } from "../../lib/dom.js";

/**
 * @param {{title: string, words: string, first: string, second: string}} question texts; `second` is the main answer
 * @returns {Promise<"first"|"second"|null>} null: neither, the dialog was closed
 */
export function ask({ title, words, first, second }) {
  const dialog = /** @type {HTMLDialogElement} */ (one("[data-choice]"));
  one("[data-choice-title]", dialog).textContent = title;
  one("[data-choice-words]", dialog).textContent = words;
  one("[data-choice-first]", dialog).textContent = first;
  one("[data-choice-second]", dialog).textContent = second;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(/** @type {any} */ (dialog.returnValue || null)), { once: true });
  });
}
