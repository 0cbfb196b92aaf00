// @ts-check
// Placeholders: the mean colour of an image at once, and its blurred thumbhash as soon as the browser has time.

import { thumbHashToAverageRGBA, thumbHashToDataURL } from "../../../vendor/thumbhash/thumbhash.js";

const MOST_KEPT = 2000;
/** Milliseconds that must be left of an idle period to decode one more. */
const LEAST_LEFT = 2;

/** @type {Map<string, string>} data: addresses by thumbhash */
const decoded = new Map();
/** @type {Map<HTMLElement, string>} elements that wait for their placeholder */
const waiting = new Map();
let scheduled = false;

/** @param {string} hash base64 */
const bytesOf = (hash) => Uint8Array.from(atob(hash), (character) => character.charCodeAt(0));

/**
 * Give an element the placeholder of its image as background.
 * @param {HTMLElement} node
 * @param {string|null} hash
 */
export function showPlaceholder(node, hash) {
  if (!hash) return;
  const known = decoded.get(hash);
  if (known) {
    node.style.backgroundImage = `url(${known})`;
    return;
  }
  try {
    const { r, g, b } = thumbHashToAverageRGBA(bytesOf(hash));
    node.style.backgroundColor = `rgb(${[r, g, b].map((part) => Math.round(part * 255)).join(" ")})`;
  } catch {
    return; // no thumbhash: the tile keeps the colour of the stage
  }
  waiting.set(node, hash);
  schedule();
}

function schedule() {
  if (scheduled || !waiting.size) return;
  scheduled = true;
  if ("requestIdleCallback" in window) window.requestIdleCallback(decodeSome);
  else setTimeout(() => decodeSome(null), 50);
}

/** @param {IdleDeadline|null} deadline */
function decodeSome(deadline) {
  scheduled = false;
  let left = 4; // without a deadline
  for (const [node, hash] of waiting) {
    if (deadline ? deadline.timeRemaining() < LEAST_LEFT : left-- <= 0) break;
    waiting.delete(node);
    if (!node.isConnected || node.classList.contains("is-loaded")) continue;
    const address = decoded.get(hash) ?? thumbHashToDataURL(bytesOf(hash));
    decoded.set(hash, address);
    node.style.backgroundImage = `url(${address})`;
  }
  while (decoded.size > MOST_KEPT) decoded.delete(/** @type {string} */ (decoded.keys().next().value));
  schedule();
}
