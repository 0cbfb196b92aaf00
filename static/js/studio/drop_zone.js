// @ts-check
// Pictures that are dropped onto the studio, or pasted into it: to start from, or to read settings from.

import { one } from "../lib/dom.js";
import { bring, pictureIn } from "./form/picture_field.js";

/** @typedef {{picture: (reference: string) => void, file: (file: File) => void}} Takers what becomes of either */

/** A link that is dragged into a text stays a text. @param {DragEvent} event */
const carriesPicture = ({ dataTransfer, target }) => {
  const types = dataTransfer?.types ?? [];
  const isText = target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement;
  return types.includes("Files") || (types.includes("text/uri-list") && !isText);
};

/** @param {Takers} takers */
export function listenToDrops(takers) {
  const studio = /** @type {HTMLElement} */ (one("[data-studio]"));
  let depth = 0;
  const mark = (/** @type {boolean} */ over) => {
    depth = over ? depth : 0;
    studio.toggleAttribute("data-drop", over);
  };
  studio.addEventListener("dragenter", (event) => {
    if (!carriesPicture(event)) return;
    depth += 1;
    mark(true);
  });
  studio.addEventListener("dragleave", (event) => {
    if (carriesPicture(event) && --depth <= 0) mark(false);
  });
  studio.addEventListener("dragover", (event) => {
    if (carriesPicture(event)) event.preventDefault();
  });
  studio.addEventListener("drop", (event) => {
    mark(false);
    const picture = carriesPicture(event) ? pictureIn(event.dataTransfer) : {};
    if (!picture.file && !picture.reference) return;
    event.preventDefault();
    void take(picture, event, takers);
  });
  document.addEventListener("paste", (event) => {
    const { file } = pictureIn(event.clipboardData);
    // Programs that copy a text often add a picture of it.
    if (!file || event.clipboardData?.types.includes("text/plain") || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    void take({ file }, event, takers);
  });
}

/**
 * @param {{file?: File, reference?: string}} picture
 * @param {Event} event where it came down
 * @param {Takers} takers
 */
async function take(picture, event, takers) {
  const field = event.target instanceof Element ? event.target.closest("[data-picture]") : null;
  if (field) return bring(one("[data-kind=picture]", field), picture);
  if (picture.reference) return takers.picture(picture.reference);
  return picture.file && takers.file(picture.file);
}
