// @ts-check
// The cover of a saved style or preset, or of a checkpoint: an image, or the initials of its name.

import { element } from "../lib/dom.js";

/** @param {string} name @param {string|null|undefined} url @returns {HTMLElement} */
export function cover(name, url) {
  if (url) return element("img", { class: "cover", src: url, alt: "", width: "40", height: "40", loading: "lazy", decoding: "async" });
  const initials = name.trim().split(/\s+/).slice(0, 2).map((word) => [...word][0] ?? "").join("");
  return element("span", { class: "cover", "aria-hidden": "true", text: initials.toUpperCase() });
}
