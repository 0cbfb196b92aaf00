// @ts-check
// The comparison: its stage, the marks of each image, and another order without losing zoom and line.

import { errorMessage } from "../../lib/api.js";
import { one, setText } from "../../lib/dom.js";
import { gettext as _ } from "../../lib/i18n.js";
import { hideAfterLogout } from "../../lib/private_page.js";
import { showToast } from "../../lib/toast.js";
import { CompareStage } from "../../gallery/compare/stage.js";
import { imagesApi, rate, toggleFavourite, trash } from "../../gallery/viewer/actions.js";

hideAfterLogout();

const stage = new CompareStage(one("[data-stage]"), { onMode: keepMode });
prepare(document);
stage.show(/** @type {any} */ (new URLSearchParams(location.search).get("mode")));

/** Keep the mode in the address, for a reload and for the links to another order. @param {string} mode */
function keepMode(mode) {
  const address = new URL(location.href);
  address.searchParams.set("mode", mode);
  history.replaceState(history.state, "", readable(address));
}

/** @param {URL} address @returns {string} with plain commas between the ids */
function readable(address) {
  return address.pathname + address.search.replaceAll("%2C", ",");
}

/** @param {ParentNode} root */
function prepare(root) {
  for (const hidden of root.querySelectorAll("[data-script]")) /** @type {HTMLElement} */ (hidden).hidden = false;
  for (const card of root.querySelectorAll("[data-card]")) showTrashed(/** @type {HTMLElement} */ (card), isTrashed(card));
}

/** @param {Element} card */
function isTrashed(card) {
  return !(/** @type {HTMLElement|null} */ (card.querySelector("[data-do=restore]"))?.hidden ?? true);
}

/** @param {HTMLElement} card @param {boolean} on */
function showTrashed(card, on) {
  const find = (/** @type {string} */ name) => /** @type {HTMLElement|null} */ (card.querySelector(`[data-do=${name}]`));
  const [away, back, said] = [find("trash"), find("restore"), card.querySelector("[data-trashed]")];
  const hadFocus = card.contains(document.activeElement);
  if (away) away.hidden = on;
  if (back) back.hidden = !on;
  if (hadFocus) (on ? back : away)?.focus();
  if (said instanceof HTMLElement) setText(said, on ? _("This image is in the trash.") : "");
  document.querySelector(`[data-pane="${card.dataset.card}"]`)?.classList.toggle("is-trashed", on);
}

/** @param {string} id @returns {HTMLElement|null} the card as it is now: another order brings new ones */
function cardOf(id) {
  return document.querySelector(`[data-card="${id}"]`);
}

/** @param {string} id @param {boolean} on */
function sayTrashed(id, on) {
  const card = cardOf(id);
  if (card) showTrashed(card, on);
}

/** @param {HTMLElement} card @param {HTMLElement} button */
async function act(card, button) {
  const id = String(card.dataset.card);
  const acts = /** @type {Record<string, () => Promise<unknown>>} */ ({
    favourite: () => toggleFavourite(card, id),
    rate: () => rate(card, id, Number(button.dataset.stars)),
    trash: async () => {
      await trash(id, { onUndo: () => sayTrashed(id, false) });
      sayTrashed(id, true);
    },
    restore: async () => {
      await imagesApi.restore(id);
      sayTrashed(id, false);
    },
  });
  try {
    await acts[String(button.dataset.do)]?.();
  } catch (error) {
    showToast(errorMessage(error));
  }
}

/** Show another order; the page of its address has the table that belongs to it. @param {HTMLAnchorElement} link */
async function reorder(link) {
  const address = new URL(link.href);
  address.searchParams.set("mode", stage.mode);
  const isSwap = link.hasAttribute("data-swap");
  try {
    const response = await fetch(link.href, { credentials: "same-origin" });
    if (!response.ok || response.redirected) return location.assign(link.href);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const details = one("[data-details]", page);
    one("[data-all-settings]", details).checked = one("[data-all-settings]").checked;
    one("[data-swap]").href = one("[data-swap]", page).href;
    one("[data-details]").replaceWith(document.adoptNode(details));
    prepare(details);
    stage.reorder([...details.querySelectorAll("[data-card]")].map((/** @type {any} */ card) => card.dataset.card));
    history.replaceState(history.state, "", readable(address));
    if (!isSwap) one("[data-swap]").focus();
  } catch (error) {
    showToast(errorMessage(error));
  }
  return undefined;
}

document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  const link = /** @type {HTMLAnchorElement|null} */ (target.closest("a[data-order]"));
  const button = /** @type {HTMLElement|null} */ (target.closest("[data-card] [data-do]"));
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    void reorder(link);
  } else if (button) void act(/** @type {HTMLElement} */ (button.closest("[data-card]")), button);
});

document.addEventListener("keydown", (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
  if (target.closest("input, textarea, select, .compare__scroll") || document.querySelector("dialog[open]")) return;
  if (event.key === " " && target.closest("button, a, summary")) return;
  if (!stage.key(event)) return;
  event.preventDefault();
});
