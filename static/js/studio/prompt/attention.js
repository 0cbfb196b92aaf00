// @ts-check
// Attention by Ctrl+Up and Ctrl+Down: the selection, or the word at the cursor, gets a weight: (red heart:1.1).

const STEP = 0.1;
const [LEAST, MOST] = [0.1, 2];
const WEIGHTED = /^\((.*):([\d.]+)\)$/s;

/**
 * Return a text with its weight changed; a weight of 1 is left out.
 * @param {string} text "red heart" or "(red heart:1.2)"
 * @param {number} by
 */
export function weigh(text, by) {
  const [, inner, weight] = WEIGHTED.exec(text) ?? [null, text, "1"];
  const changed = Math.round(Math.min(MOST, Math.max(LEAST, Number(weight) + by)) * 10) / 10;
  return changed === 1 ? String(inner) : `(${inner}:${changed})`;
}

/** The range of the weighted text or word around a place. @param {string} text @param {number} at @returns {[number, number]} */
function rangeAt(text, at) {
  const open = text.lastIndexOf("(", at);
  const close = text.indexOf(")", Math.max(open, at - 1));
  if (open >= 0 && close >= 0 && at <= close + 1 && WEIGHTED.test(text.slice(open, close + 1))) return [open, close + 1];
  const before = /[^\s,()]*$/.exec(text.slice(0, at))?.[0].length ?? 0;
  const after = /^[^\s,()]*/.exec(text.slice(at))?.[0].length ?? 0;
  return [at - before, at + after];
}

/** @param {HTMLTextAreaElement} area */
export function listenForAttention(area) {
  area.addEventListener("keydown", (event) => {
    const by = { ArrowUp: STEP, ArrowDown: -STEP }[event.key];
    if (!by || !(event.ctrlKey || event.metaKey) || event.altKey) return;
    event.preventDefault();
    const { selectionStart: from, selectionEnd: to, value } = area;
    let [start, end] = from === to ? rangeAt(value, from) : [from, to];
    const around = rangeAt(value, start);
    if (WEIGHTED.test(value.slice(...around)) && around[1] >= end) [start, end] = around;
    if (start === end) return;
    const text = weigh(value.slice(start, end), by);
    area.setSelectionRange(start, end);
    // execCommand keeps the browser's undo.
    if (!document.execCommand("insertText", false, text)) area.setRangeText(text, start, end, "select");
    area.setSelectionRange(start, start + text.length);
    area.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
