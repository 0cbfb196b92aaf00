// @ts-check
// Rows of LoRAs: buttons insert their trigger words into the prompt.

import { element, one } from "../../lib/dom.js";
import { wordButton } from "./vocabulary.js";

/**
 * @param {HTMLElement} row
 * @param {Array<Record<string, any>>} adapters
 * @param {HTMLTextAreaElement} prompt
 * @returns {Record<string, any>|undefined} the LoRA that the row names
 */
export function showTriggers(row, adapters, prompt) {
  const { value } = one("select", row);
  const lora = adapters.find((one) => one.kind === "lora" && one.slug === value);
  const words = (lora?.trigger_words ?? "").split(",").map((/** @type {string} */ word) => word.trim()).filter(Boolean);
  const place = one("[data-triggers]", row);
  place.hidden = words.length === 0;
  place.replaceChildren(
    element("span", { class: "label", text: "Trigger words" }),
    element("ul", { class: "vocabulary__list" }, ...words.map((/** @type {string} */ word) => wordButton(word, prompt))),
  );
  return lora;
}

/**
 * @param {HTMLElement} row
 * @param {Array<Record<string, any>>} adapters
 * @param {HTMLTextAreaElement} prompt
 */
export function listenToLora(row, adapters, prompt) {
  const weight = one("input[type=number]", row);
  const start = () => (weight.value = String(showTriggers(row, adapters, prompt)?.default_weight ?? 1));
  one("select", row).addEventListener("change", start);
  start();
}
