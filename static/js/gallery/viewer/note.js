// @ts-check
// The note of an image: saved when the field is left, never over what was written elsewhere meanwhile.

import { API, errorMessage, request } from "../../lib/api.js";
import { element, setText } from "../../lib/dom.js";
import { gettext as _ } from "../../lib/i18n.js";

const DRAFT = "sdsite.note.";

/** @param {HTMLTextAreaElement} field `data-note` is the id of the image */
export function keepNote(field) {
  const id = String(field.dataset.note);
  const said = /** @type {HTMLElement} */ (field.parentElement?.querySelector("[data-note-said]"));
  const url = `${API}/images/${id}`;
  let known = field.value;
  const draft = sessionStorage.getItem(DRAFT + id);
  if (draft !== null && draft !== known) {
    field.value = draft;
    setText(said, _("Not saved yet."));
  }
  field.addEventListener("input", () => sessionStorage.setItem(DRAFT + id, field.value));
  field.addEventListener("change", () => void save(false));

  /** @param {boolean} over what was written elsewhere */
  async function save(over) {
    const text = field.value;
    if (text === known) return sessionStorage.removeItem(DRAFT + id);
    setText(said, _("Saving…"));
    try {
      const { note } = await request("GET", url);
      if (!over && note !== known && note !== text) return conflict(note);
      await request("PATCH", url, { note: text });
      known = text;
      if (field.value === text) sessionStorage.removeItem(DRAFT + id);
      setText(said, _("Saved."));
    } catch (error) {
      setText(said, errorMessage(error));
    }
    return undefined;
  }

  /** @param {string} other */
  function conflict(other) {
    const button = (/** @type {string} */ text, /** @type {() => void} */ act) =>
      element("button", { class: "button", type: "button", text, on: { click: act } });
    const takeOther = () => {
      known = field.value = other;
      sessionStorage.removeItem(DRAFT + id);
      setText(said, "");
    };
    said.replaceChildren(
      _("This note was changed elsewhere meanwhile."),
      element("span", { class: "row" }, button(_("Keep mine"), () => void save(true)), button(_("Take the other"), takeOther)),
    );
  }
}
