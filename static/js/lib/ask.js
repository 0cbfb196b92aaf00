// @ts-check
// A dialog with a form: it asks for something, and says what is wrong with the answer.

import { errorMessage } from "./api.js";
import { element, setText } from "./dom.js";
import { gettext as _ } from "./i18n.js";

/**
 * Open a dialog with a form, and return what was chosen.
 * @template T
 * @param {string} title
 * @param {{content: (Node|null)[], go: string, danger?: boolean, read: () => T, send?: (chosen: T) => Promise<unknown>}} parts
 *   `send`: what has to work before the dialog closes; its error is shown in it
 * @returns {Promise<T|null>} null: cancelled
 */
export function ask(title, { content, go, danger, read, send }) {
  return new Promise((resolve) => {
    /** @type {T|null} */
    let chosen = null;
    const problem = element("p", { class: "notice notice--error", role: "alert", hidden: true });
    const cancel = element("button", { class: "button button--quiet", type: "button", text: _("Cancel"), on: { click: () => dialog.close() } });
    const submit = element("button", { class: danger ? "button button--danger" : "button button--next", type: "submit", text: go });
    const form = element("form", { method: "dialog", class: "choose" }, element("h2", { text: title, id: "choose-title" }), ...content, problem, element("div", { class: "row" }, cancel, submit));
    const dialog = element("dialog", { class: "dialog", "aria-labelledby": "choose-title" }, form);
    form.addEventListener("submit", async (/** @type {SubmitEvent} */ event) => {
      const value = read();
      if (!send) return void (chosen = value);
      event.preventDefault();
      submit.disabled = true;
      try {
        await send(value);
        chosen = value;
        dialog.close();
      } catch (error) {
        setText(problem, errorMessage(error));
        problem.hidden = false;
      }
      submit.disabled = false;
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(chosen);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Ask before something that cannot be undone. @param {string} title @param {string} words @param {string} go @returns {Promise<boolean>} */
export async function askFirst(title, words, go) {
  return Boolean(await ask(title, { content: [element("p", { text: words })], go, danger: true, read: () => true }));
}
