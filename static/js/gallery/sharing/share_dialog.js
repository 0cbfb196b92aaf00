// @ts-check
// The dialog that shares one image: who sees it, share links, and whether its settings go along.

import { API, errorMessage, request } from "../../lib/api.js";
import { element, setText } from "../../lib/dom.js";
import { gettext as _ } from "../../lib/i18n.js";
import { showToast } from "../../lib/toast.js";
import { linksSection, readLinks } from "./links.js";
import { visibilityBox } from "./visibility.js";

/** @param {string} id of an image of the reader's own @returns {Promise<void>} */
export async function openShareDialog(id) {
  let image;
  let links;
  try {
    [image, links] = await Promise.all([request("GET", `${API}/images/${id}`), readLinks({ kind: "image", id })]);
  } catch (error) {
    showToast(errorMessage(error));
    return;
  }
  showShareDialog(_("Share this image"), (say) => [
    visibilityBox(image.visibility, { save: (value) => request("POST", `${API}/images/bulk`, { ids: [id], action: "visibility", value }), say }),
    settingsBox(image, say),
    ...linksSection({ kind: "image", id }, links, _("Whoever has a link sees the image, without an account, until you revoke it."), say),
  ]);
}

/**
 * Open a dialog whose parts save what is changed at once.
 * @param {string} title @param {(say: (error: unknown) => void) => HTMLElement[]} content gets what shows a problem
 * @returns {HTMLDialogElement}
 */
export function showShareDialog(title, content) {
  const problem = element("p", { class: "notice notice--error", role: "alert", hidden: true });
  const say = (/** @type {unknown} */ error) => {
    setText(problem, error ? errorMessage(error) : "");
    problem.hidden = !error;
  };
  const done = element("button", { class: "button button--next", type: "button", text: _("Done"), on: { click: () => dialog.close() } });
  const head = element("h2", { id: "share-title", text: title });
  const dialog = element("dialog", { class: "dialog share", "aria-labelledby": "share-title" }, head, ...content(say), problem, element("div", { class: "row" }, done));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** @param {any} image @param {(error: unknown) => void} say */
function settingsBox(image, say) {
  const input = element("input", { type: "checkbox", checked: image.strips_metadata });
  input.addEventListener("change", async () => {
    say(null);
    try {
      await request("PATCH", `${API}/images/${image.id}`, { strips_metadata: input.checked });
    } catch (error) {
      input.checked = !input.checked;
      say(error);
    }
  });
  return element("label", { class: "check" }, input, _("Keep prompt and settings to myself"));
}
