// @ts-check
// The links of an image or a collection, as its share dialog lists them: address, copy, revoke, and a form for a new one.

import { API, request } from "../../lib/api.js";
import { element } from "../../lib/dom.js";
import { gettext as _, interpolate } from "../../lib/i18n.js";
import { showToast } from "../../lib/toast.js";

const DAY_MS = 86_400_000;
/** Days after which a link closes, "" for never, and their labels. @returns {[string, string][]} */
const EXPIRY = () => [["", _("Never expires")], ["1", _("1 day")], ["7", _("7 days")], ["30", _("30 days")], ["365", _("1 year")]];

/** @typedef {{kind: "image"|"collection", id: string}} Shared what a link opens */
/** @typedef {(error: unknown) => void} Say shows a problem; null: there is none */

/** @param {Shared} shared @returns {Promise<any[]>} links that open */
export async function readLinks({ kind, id }) {
  const { items } = await request("GET", `${API}/share-links?${kind}=${id}&limit=100`);
  return items.filter((/** @type {any} */ link) => link.is_open);
}

/** @param {Shared} shared @param {any[]} links @param {string} words what whoever has a link sees @param {Say} say @returns {HTMLElement[]} */
export function linksSection(shared, links, words, say) {
  const list = element("ul", { class: "share-links", "aria-label": _("Links") }, ...links.map((link) => linkRow(link, say)));
  return [element("h3", { text: _("Links") }), element("p", { class: "quiet small", text: words }), list, linkForm(shared, list, say)];
}

/** @param {any} link @param {Say} say */
function linkRow(link, say) {
  const facts = [];
  if (link.has_password) facts.push(_("with a password"));
  if (link.expires_at) facts.push(interpolate(_("until %(date)s"), { date: new Date(link.expires_at).toLocaleDateString() }));
  const address = element("input", { class: "input", readonly: true, value: link.url, "aria-label": _("Address of the link"), on: { focus: (/** @type {any} */ event) => event.target.select() } });
  const copy = element("button", { class: "button", type: "button", text: _("Copy") });
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(link.url);
      showToast(_("Link copied"));
    } catch {
      address.focus(); // no permission, or no secure context: the text is selected to be copied by hand
    }
  });
  const revoke = element("button", { class: "button button--danger", type: "button", text: _("Revoke") });
  revoke.addEventListener("click", async () => {
    say(null);
    try {
      await request("DELETE", `${API}/share-links/${link.id}`);
      row.remove();
      showToast(_("The link shows nothing any more"));
    } catch (error) {
      say(error);
    }
  });
  const row = element("li", { class: "share-link" }, address, copy, revoke, facts.length ? element("span", { class: "quiet small share-link__facts", text: facts.join(" · ") }) : null);
  return row;
}

/** @param {Shared} shared @param {HTMLElement} list @param {Say} say */
function linkForm({ kind, id }, list, say) {
  const expiry = element("select", { class: "input", "aria-label": _("Expires after") }, ...EXPIRY().map(([value, text]) => element("option", { value, text })));
  const password = element("input", { class: "input", type: "text", maxlength: "128", placeholder: _("Password, optional"), "aria-label": _("Password, optional"), autocomplete: "off" });
  const make = element("button", { class: "button", type: "submit", text: _("Make a link") });
  const form = element("form", { class: "share__new" }, expiry, password, make);
  form.addEventListener("submit", async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    say(null);
    make.disabled = true;
    try {
      const expires = expiry.value ? new Date(Date.now() + Number(expiry.value) * DAY_MS).toISOString() : null;
      const link = await request("POST", `${API}/${kind}s/${id}/links`, { expires_at: expires, password: password.value });
      list.prepend(linkRow(link, say));
      password.value = "";
    } catch (error) {
      say(error);
    }
    make.disabled = false;
  });
  return form;
}
