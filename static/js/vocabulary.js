// @ts-check
// "What can I ask?": the checkpoint's words by category; each word goes into the prompt where the cursor stands.

import { element, one } from "./dom.js";

/**
 * @param {Array<{category: string, words: string[]}>} vocabulary
 * @param {HTMLTextAreaElement} prompt
 */
export function showVocabulary(vocabulary, prompt) {
  const fold = one("[data-vocabulary]");
  const groups = vocabulary.map(({ category, words }) =>
    element(
      "div",
      { class: "words__group" },
      element("h3", { class: "label", text: category }),
      element("ul", { class: "words__list" }, ...words.map((word) => wordButton(word, prompt))),
    ),
  );
  one("[data-words]").replaceChildren(...groups);
  fold.hidden = groups.length === 0;
}

/**
 * @param {string} word
 * @param {HTMLTextAreaElement} prompt
 */
function wordButton(word, prompt) {
  const insert = () => insertWord(prompt, word);
  return element("li", {}, element("button", { class: "word", type: "button", text: word, on: { click: insert } }));
}

/**
 * Insert `word` at the cursor (in place of a selection), with a space to either side where words meet.
 * @param {HTMLTextAreaElement} prompt
 * @param {string} word
 */
export function insertWord(prompt, word) {
  const before = prompt.value.slice(0, prompt.selectionStart);
  const after = prompt.value.slice(prompt.selectionEnd);
  const lead = before === "" || /\s$/.test(before) ? "" : " ";
  const tail = after === "" || /^[\s,.]/.test(after) ? "" : " ";
  prompt.setRangeText(`${lead}${word}${tail}`, prompt.selectionStart, prompt.selectionEnd, "end");
  prompt.dispatchEvent(new Event("input", { bubbles: true }));
  // On a touch screen focus would open the keyboard over the list.
  if (matchMedia("(pointer: fine)").matches) prompt.focus();
}
