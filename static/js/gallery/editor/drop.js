// @ts-check
// Files dropped onto the editor, pasted into it or chosen: an image to edit, or a mask for the one that is open.

import { uploadsApi } from "../../lib/api.js";
import { one } from "../../lib/dom.js";
import { gettext as _ } from "../../lib/i18n.js";
import { ask } from "./choice.js";
import { checkFile, fileIn, openImage } from "./files.js";

/**
 * @param {{limits: {bytes: number, megabytes: number}, address: string, mask: ((file: File) => Promise<any>)|null,
 *          failed: (error: unknown) => void}} page
 *   `address` of the editor of an upload; `mask` takes a file as the mask, null where no image is open
 */
export function listenForFiles({ limits, address, mask, failed }) {
  /** @param {File} file */
  const take = async (file) => {
    failed(null);
    try {
      checkFile(file, limits);
      (await openImage(file)).close();
      const choice = mask ? await askForUse() : "second";
      if (choice === "first" && mask) return await mask(file);
      if (choice !== "second") return undefined;
      const upload = await uploadsApi.create(file);
      return location.assign(`${address}?upload=${upload.id}`);
    } catch (error) {
      return failed(error);
    }
  };
  for (const input of document.querySelectorAll("[data-open-file]")) {
    input.addEventListener("change", (/** @type {any} */ event) => {
      const [file] = event.target.files;
      event.target.value = "";
      if (file) void take(file);
    });
  }
  const place = one("[data-editor]");
  place.addEventListener("dragover", (/** @type {DragEvent} */ event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  });
  place.addEventListener("drop", (/** @type {DragEvent} */ event) => {
    const file = fileIn(event.dataTransfer);
    if (!file) return;
    event.preventDefault();
    void take(file);
  });
  document.addEventListener("paste", (event) => {
    const file = fileIn(event.clipboardData);
    if (!file || event.clipboardData?.types.includes("text/plain") || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    void take(file);
  });
}

function askForUse() {
  return ask({
    title: _("What is this image?"),
    words: _("It can be edited in place of the one that is open, whose mask is kept, or be the mask."),
    first: _("Use as mask"),
    second: _("Edit this image"),
  });
}
