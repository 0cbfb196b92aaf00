// @ts-check
// "What can this model draw?": some of the checkpoint's words by category, inserted into the prompt at the cursor.
// The vocabulary page lists all of them.

import { element, one } from "../../lib/dom.js";
import { ROOT } from "../../lib/root.js";

const SHOWN = 32; // words of a category

/**
 * @param {{slug: string, vocabulary: Array<{category: string, words: string[]}>}} checkpoint
 * @param {HTMLTextAreaElement} prompt
 */
export function showVocabulary({ slug, vocabulary }, prompt) {
  const fold = one("[data-vocabulary]");
  const groups = vocabulary.map(({ category, words }) =>
    element(
      "div",
      { class: "vocabulary__group" },
      element("p", { class: "label", text: category }),
      element("ul", { class: "vocabulary__list" }, ...words.slice(0, SHOWN).map((word) => wordButton(word, prompt))),
    ),
  );
  const count = vocabulary.reduce((sum, { words }) => sum + words.length, 0);
  const all = element("p", {}, element("a", { href: `${ROOT}/checkpoints/${slug}/words/`, text: `All ${count} words` }));
  one("[data-words]").replaceChildren(...groups, all);
  fold.hidden = groups.length === 0;
}

/**
 * @param {string} word
 * @param {HTMLTextAreaElement} prompt
 */
export function wordButton(word, prompt) {
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
