// @ts-check
// Small dialogs of the selection: a collection or tags to choose, and a question before what cannot be undone.

import { API, request } from "../../lib/api.js";
import { ask } from "../../lib/ask.js";
import { element } from "../../lib/dom.js";
import { gettext as _ } from "../../lib/i18n.js";
import { thumbnailUrl } from "../grid/tile.js";
import { visibilityChoices } from "../sharing/visibility.js";

const MOST_COLLECTIONS = 100;
const SHOWN = 5;

/** @param {string} title @param {string} label @param {string} placeholder @param {string} go @param {string[]} suggested @returns {Promise<string|null>} */
function askForText(title, label, placeholder, go, suggested) {
  const input = element("input", { class: "input", name: "value", id: "choose-value", list: "choose-list", maxlength: "500", placeholder, autocomplete: "off", autocapitalize: "none", required: true, dir: "auto" });
  const list = element("datalist", { id: "choose-list" }, ...suggested.map((value) => element("option", { value })));
  const content = [element("label", { class: "label", for: "choose-value", text: label }), input, list];
  return ask(title, { content, go, read: () => input.value.trim() || null });
}

/** @param {string} title @param {string} value @returns {Promise<string|null>} a name of at most 100 characters */
export function askForName(title, value) {
  const input = element("input", { class: "input", name: "value", id: "choose-value", maxlength: "100", value, autocomplete: "off", required: true, dir: "auto" });
  const content = [element("label", { class: "label", for: "choose-value", text: _("Name") }), input];
  return ask(title, { content, go: _("Save"), read: () => input.value.trim() || null });
}

/** @param {string} url @param {(item: any) => string} name @returns {Promise<string[]>} names for completion; none if they cannot be read */
async function names(url, name) {
  try {
    return (await request("GET", url)).items.map(name);
  } catch {
    return [];
  }
}

/** @returns {Promise<string|null>} the name of a collection, new or not */
export async function chooseCollection() {
  const own = await names(`${API}/collections?limit=${MOST_COLLECTIONS}`, (item) => item.name);
  return askForText(_("Add to collection"), _("Collection, new or existing"), _("Name"), _("Add"), own);
}

/** @returns {Promise<string|null>} tags with commas between them */
export async function chooseTags() {
  const own = await names(`${API}/tags?limit=${MOST_COLLECTIONS}`, (item) => item.name);
  return askForText(_("Add tags"), _("Tags, separated by commas"), _("sea, blue hour"), _("Add"), own);
}

/** @returns {Promise<string|null>} private, members or public */
export function chooseVisibility() {
  const box = element("fieldset", {}, element("legend", { class: "visually-hidden", text: _("Who may see them") }), ...visibilityChoices("private"));
  return ask(_("Who may see them?"), { content: [box], go: _("Save"), read: () => box.querySelector("input:checked")?.value ?? null });
}

/**
 * Ask before images are deleted for good, and show which.
 * @param {string} title
 * @param {import("../grid/chunks.js").Tile[]} tiles some of them
 * @returns {Promise<boolean>}
 */
export async function confirmDeletion(title, tiles) {
  const shown = tiles.slice(0, SHOWN).map((tile) => element("img", { src: thumbnailUrl(tile, 256), alt: "", width: "72", height: "72" }));
  const content = [element("div", { class: "choose__images" }, ...shown), element("p", { text: _("This cannot be undone.") })];
  return Boolean(await ask(title, { content, go: _("Delete for good"), danger: true, read: () => true }));
}
