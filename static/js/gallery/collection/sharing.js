// @ts-check
// The dialog that shares a collection: who sees it, its members, and links.

import { API, errorMessage, request } from "../../lib/api.js";
import { element, icon } from "../../lib/dom.js";
import { gettext as _, interpolate } from "../../lib/i18n.js";
import { showToast } from "../../lib/toast.js";
import { linksSection, readLinks } from "../sharing/links.js";
import { showShareDialog } from "../sharing/share_dialog.js";
import { visibilityBox } from "../sharing/visibility.js";

/** @typedef {{username: string, may_add: boolean}} Member */
/** @typedef {import("../sharing/links.js").Say} Say */

/** @param {string} id of a collection of the reader's own */
export async function shareCollection(id) {
  const url = `${API}/collections/${id}`;
  try {
    const [collection, members, links] = await Promise.all([request("GET", url), request("GET", `${url}/members`), readLinks({ kind: "collection", id })]);
    showShareDialog(_("Share this collection"), (say) => [
      visibilityBox(collection.visibility, { words: { private: _("Only you and its members") }, save: (visibility) => request("PATCH", url, { visibility }), say }),
      element("h3", { id: "members-title", text: _("Members") }),
      element("p", { class: "quiet small", text: _("People of this site who see the collection, whoever else may. Those who may add put images of their own into it.") }),
      ...membersSection(url, members, say),
      ...linksSection({ kind: "collection", id }, links, _("Whoever has a link sees your images in the collection, without an account, until you revoke it."), say),
    ]);
  } catch (error) {
    showToast(errorMessage(error));
  }
}

/** @param {string} url of the collection @param {Member[]} members @param {Say} say @returns {HTMLElement[]} */
function membersSection(url, members, say) {
  const list = element("ul", { class: "members", "aria-labelledby": "members-title" }, ...members.map((member) => memberRow(url, member, say)));
  const name = element("input", { class: "input", required: true, maxlength: "150", placeholder: _("Name of a person"), "aria-label": _("Name of a person"), autocomplete: "off", autocapitalize: "none", spellcheck: "false", dir: "auto" });
  const adds = element("input", { type: "checkbox" });
  const form = element("form", { class: "members__new" }, name, element("label", { class: "check" }, adds, _("may add images")), element("button", { class: "button", type: "submit", text: _("Add") }));
  form.addEventListener("submit", async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const username = name.value.trim();
    if (!username) return;
    say(null);
    try {
      const member = await save(url, { username, may_add: adds.checked });
      list.querySelector(`[data-member="${CSS.escape(member.username)}"]`)?.remove();
      list.append(memberRow(url, member, say));
      name.value = "";
      name.focus();
    } catch (error) {
      say(error);
    }
  });
  return [list, form];
}

/** @param {string} url @param {Member} member @returns {Promise<Member>} */
const save = (url, { username, may_add }) => request("PUT", `${url}/members/${encodeURIComponent(username)}`, { may_add });

/** @param {string} url @param {Member} member @param {Say} say */
function memberRow(url, { username, may_add }, say) {
  const adds = element("input", { type: "checkbox", checked: may_add, "aria-label": interpolate(_("%(name)s may add images"), { name: username }) });
  adds.addEventListener("change", async () => {
    say(null);
    try {
      await save(url, { username, may_add: adds.checked });
    } catch (error) {
      adds.checked = !adds.checked;
      say(error);
    }
  });
  const label = interpolate(_("Remove %(name)s, with the images they added"), { name: username });
  const remove = element("button", { class: "button button--bare button--icon", type: "button", "aria-label": label, title: label }, icon("close"));
  remove.addEventListener("click", async () => {
    say(null);
    try {
      await request("DELETE", `${url}/members/${encodeURIComponent(username)}`);
      row.remove();
      showToast(interpolate(_("%(name)s is no member any more"), { name: username }));
    } catch (error) {
      say(error);
    }
  });
  const row = element("li", { class: "member", data: { member: username } }, element("span", { class: "member__name", dir: "auto", text: username }), element("label", { class: "check" }, adds, _("may add images")), remove);
  return row;
}
