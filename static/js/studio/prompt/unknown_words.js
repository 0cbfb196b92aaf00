// @ts-check
// Words of the prompt that a checkpoint with a vocabulary does not know, named before anything is generated.

import { one, setText } from "../../lib/dom.js";
import { gettext as _, interpolate } from "../../lib/i18n.js";

/** Words that carry no meaning of their own for a model of single things. */
const PLAIN = new Set(
  ("a an the of in on at as to by with without and or for from into over under near next behind beside between above below " +
    "is are its it his her their this that some very two three four five").split(" "),
);
const SYNTAX = /<[^>]*>|__[^_]+__|:[\d.]+|\b(AND|BREAK)\b/g;
const MOST_NAMED = 6;

/** @param {Array<{words: string[]}>} vocabulary @returns {Set<string>} single words, lower case */
export function knownWords(vocabulary) {
  return new Set(vocabulary.flatMap(({ words }) => words.flatMap((phrase) => phrase.toLowerCase().match(/\p{L}+/gu) ?? [])));
}

/**
 * @param {string} prompt
 * @param {Set<string>} known
 * @returns {string[]} the words of the prompt that are not known, each once
 */
export function unknownWords(prompt, known) {
  const words = prompt.replace(SYNTAX, " ").match(/\p{L}+/gu) ?? [];
  const forms = (/** @type {string} */ word) => [word, word.replace(/s$/, ""), word.replace(/es$/, ""), `${word}s`];
  const unknown = words.filter((word) => word.length > 1 && !PLAIN.has(word.toLowerCase()) && !forms(word.toLowerCase()).some((form) => known.has(form)));
  return [...new Set(unknown)];
}

/** Name the unknown words below the prompt while it is written. @param {import("../form/form.js").GenerationForm} form */
export function nameUnknownWords(form) {
  const place = one("[data-unknown]");
  /** @type {Map<string, Set<string>>} by checkpoint */
  const known = new Map();
  const show = () => {
    const checkpoint = form.checkpoint();
    if (!checkpoint?.vocabulary.length) return void (place.hidden = true);
    if (!known.has(checkpoint.slug)) known.set(checkpoint.slug, knownWords(checkpoint.vocabulary));
    const words = unknownWords(form.prompt.value, known.get(checkpoint.slug) ?? new Set());
    place.hidden = words.length === 0;
    const named = words.slice(0, MOST_NAMED).join(", ") + (words.length > MOST_NAMED ? "…" : "");
    if (words.length) setText(place, interpolate(_("%(checkpoint)s does not know: %(words)s"), { checkpoint: checkpoint.title, words: named }));
    return undefined;
  };
  form.onChange.push(show);
  show();
}
