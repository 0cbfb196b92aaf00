// @ts-check
// The choice of who may see an image or a collection, saved at once.

import { element } from "../../lib/dom.js";
import { gettext as _ } from "../../lib/i18n.js";

const VISIBILITY = () => ({ private: _("Only you"), members: _("People of this site"), public: _("Everyone") });

/** @param {string} chosen @param {Record<string, string>} [words] other labels @returns {HTMLElement[]} a radio button with its label for each */
export function visibilityChoices(chosen, words = {}) {
  return Object.entries({ ...VISIBILITY(), ...words }).map(([value, text]) =>
    element("label", { class: "check" }, element("input", { type: "radio", name: "visibility", value, checked: value === chosen }), text),
  );
}

/**
 * @param {string} saved what is chosen now
 * @param {{words?: Record<string, string>, save: (value: string) => Promise<unknown>, say: (error: unknown) => void}} parts `words`: other labels
 * @returns {HTMLElement}
 */
export function visibilityBox(saved, { words = {}, save, say }) {
  const box = element("fieldset", { class: "share__who" }, element("legend", { text: _("Who may see it") }), ...visibilityChoices(saved, words));
  box.addEventListener("change", async (/** @type {any} */ event) => {
    const { value } = event.target;
    say(null);
    try {
      await save(value);
      saved = value;
    } catch (error) {
      say(error);
      for (const input of box.querySelectorAll("input")) input.checked = input.value === saved;
    }
  });
  return box;
}
