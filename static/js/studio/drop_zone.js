// @ts-check
// Images dropped onto the studio or pasted into it: used as input image, or to read settings from.

import { one } from "../lib/dom.js";
import { useImage, imageIn } from "./form/image_field.js";

/** @typedef {{image: (reference: string) => void, file: (file: File) => void}} Handlers */

/** Whether a drag brings an image; a link dragged into a text field stays text. @param {DragEvent} event */
const carriesImage = ({ dataTransfer, target }) => {
  const types = dataTransfer?.types ?? [];
  const isText = target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement;
  return types.includes("Files") || (types.includes("text/uri-list") && !isText);
};

/** @param {Handlers} handlers */
export function listenForDrops(handlers) {
  const studio = /** @type {HTMLElement} */ (one("[data-studio]"));
  let depth = 0;
  const mark = (/** @type {boolean} */ over) => {
    depth = over ? depth : 0;
    studio.toggleAttribute("data-drop", over);
  };
  studio.addEventListener("dragenter", (event) => {
    if (!carriesImage(event)) return;
    depth += 1;
    mark(true);
  });
  studio.addEventListener("dragleave", (event) => {
    if (carriesImage(event) && --depth <= 0) mark(false);
  });
  studio.addEventListener("dragover", (event) => {
    if (carriesImage(event)) event.preventDefault();
  });
  studio.addEventListener("drop", (event) => {
    mark(false);
    const dropped = carriesImage(event) ? imageIn(event.dataTransfer) : {};
    if (!dropped.file && !dropped.reference) return;
    event.preventDefault();
    void take(dropped, event, handlers);
  });
  document.addEventListener("paste", (event) => {
    const { file } = imageIn(event.clipboardData);
    // Programs that copy text often add an image of it.
    if (!file || event.clipboardData?.types.includes("text/plain") || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    void take({ file }, event, handlers);
  });
}

/**
 * @param {{file?: File, reference?: string}} image
 * @param {Event} event the drop or paste
 * @param {Handlers} handlers
 */
async function take(image, event, handlers) {
  const field = event.target instanceof Element ? event.target.closest("[data-image-field]") : null;
  if (field) return useImage(one("[data-kind=image]", field), image);
  if (image.reference) return handlers.image(image.reference);
  return image.file && handlers.file(image.file);
}
