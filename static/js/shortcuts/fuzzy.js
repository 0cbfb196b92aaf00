// @ts-check
// Fuzzy matching: how well a text fits what was typed, so that "gol" finds "Go to the library".

const WHOLE = 100;
const WORD_START = 60;
const INSIDE = 30;

/** Lower case, without accents. @param {string} text */
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/**
 * @param {string} text
 * @param {string} typed words in any order, each of which must fit
 * @returns {number} 0: it does not fit; more is better
 */
export function fit(text, typed) {
  const haystack = plain(text);
  let sum = 0;
  for (const term of plain(typed).split(/\s+/).filter(Boolean)) {
    const score = fitOf(haystack, term);
    if (!score) return 0;
    sum += score;
  }
  return sum || 1;
}

/** @param {string} haystack @param {string} term */
function fitOf(haystack, term) {
  const at = haystack.indexOf(term);
  if (at === 0) return WHOLE - Math.min(20, haystack.length - term.length) / 2;
  if (at > 0) return /[\s/_.-]/.test(haystack[at - 1]) ? WORD_START : INSIDE;
  return subsequence(haystack, term);
}

/** @param {string} haystack @param {string} term @returns {number} less for each gap; 0: letters are missing */
function subsequence(haystack, term) {
  let [from, gaps] = [0, 0];
  for (const letter of term) {
    const at = haystack.indexOf(letter, from);
    if (at < 0) return 0;
    if (at > from && from > 0) gaps += 1;
    from = at + 1;
  }
  return gaps < term.length / 2 + 1 ? Math.max(1, 20 - 3 * gaps) : 0;
}
