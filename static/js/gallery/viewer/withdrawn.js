// @ts-check
// Viewers whose image may not be seen any more say so at once.

import { isGone, onHidden } from "../hidden_images.js";

/** @typedef {{root: HTMLElement, item: {id: string}|null, withdraw: () => void}} Shown a viewer */

/** @type {Set<Shown>} */
const open = new Set();
let isListening = false;

/** @param {string[]} ids */
async function take(ids) {
  for (const viewer of open) {
    const id = viewer.item?.id;
    if (!viewer.root.isConnected) open.delete(viewer);
    else if (id && ids.includes(id) && (await isGone(id)) && viewer.item?.id === id) viewer.withdraw();
  }
}

/** @param {Shown} viewer */
export function watchWithdrawn(viewer) {
  open.add(viewer);
  if (!isListening) onHidden((ids) => void take(ids));
  isListening = true;
}
