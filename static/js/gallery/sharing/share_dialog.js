// @ts-check
// The dialog that shares one image: who sees it, share links, and whether its settings go along.

import { API, errorMessage, request } from "../../lib/api.js";
import { element, setText } from "../../lib/dom.js";
import { gettext as _, interpolate } from "../../lib/i18n.js";
import { showToast } from "../../lib/toast.js";

const DAY_MS = 86_400_000;
/** Days after which a link closes, "" for never, and their labels. @returns {[string, string][]} */
const EXPIRY = () => [["", _("Never expires")], ["1", _("1 day")], ["7", _("7 days")], ["30", _("30 days")], ["365", _("1 year")]];
const VISIBILITY = () => ({ private: _("Only you"), members: _("People of this site"), public: _("Everyone") });

/** @param {string} id of an image of the reader's own @returns {Promise<void>} */
export async function openShareDialog(id) {
  let image;
  let links;
  try {
    [image, links] = await Promise.all([request("GET", `${API}/images/${id}`), readLinks(id)]);
  } catch (error) {
    showToast(errorMessage(error));
    return;
  }
  const problem = element("p", { class: "notice notice--error", role: "alert", hidden: true });
  const say = (/** @type {unknown} */ error) => {
    setText(problem, error ? errorMessage(error) : "");
    problem.hidden = !error;
  };
  const list = element("ul", { class: "share-links", "aria-label": _("Links") });
  showLinks(list, links, say);
  const done = element("button", { class: "button button--next", type: "button", text: _("Done"), on: { click: () => dialog.close() } });
  const dialog = element(
    "dialog",
    { class: "dialog share", "aria-labelledby": "share-title" },
    element("h2", { id: "share-title", text: _("Share this image") }),
    visibilityBox(image, say),
    settingsBox(image, say),
    element("h3", { text: _("Links") }),
    element("p", { class: "quiet small", text: _("Whoever has a link sees the image, without an account, until you revoke it.") }),
    list,
    linkForm(id, list, say),
    problem,
    element("div", { class: "row" }, done),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** @param {string} id @returns {Promise<any[]>} links that open */
async function readLinks(id) {
  const { items } = await request("GET", `${API}/share-links?image=${id}&limit=100`);
  return items.filter((/** @type {any} */ link) => link.is_open);
}

/** @param {any} image @param {(error: unknown) => void} say */
function visibilityBox(image, say) {
  const choices = Object.entries(VISIBILITY()).map(([value, text]) =>
    element("label", { class: "check" }, element("input", { type: "radio", name: "share-visibility", value, checked: value === image.visibility }), text),
  );
  const box = element("fieldset", { class: "share__who" }, element("legend", { text: _("Who may see it") }), ...choices);
  let saved = image.visibility;
  box.addEventListener("change", async (/** @type {any} */ event) => {
    const { value } = event.target;
    say(null);
    try {
      await request("POST", `${API}/images/bulk`, { ids: [image.id], action: "visibility", value });
      saved = value;
    } catch (error) {
      say(error);
      for (const input of box.querySelectorAll("input")) input.checked = input.value === saved;
    }
  });
  return box;
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

/** @param {HTMLElement} list @param {any[]} links @param {(error: unknown) => void} say */
function showLinks(list, links, say) {
  list.replaceChildren(...links.map((link) => linkRow(link, say)));
}

/** @param {any} link @param {(error: unknown) => void} say */
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

/** @param {string} id @param {HTMLElement} list @param {(error: unknown) => void} say */
function linkForm(id, list, say) {
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
      const link = await request("POST", `${API}/images/${id}/links`, { expires_at: expires, password: password.value });
      list.prepend(linkRow(link, say));
      password.value = "";
    } catch (error) {
      say(error);
    }
    make.disabled = false;
  });
  return form;
}
