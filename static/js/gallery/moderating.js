// @ts-check
// What moderators do with images of others: put under review, approve, make private, read and end reports.

import { API, errorMessage, request } from "../lib/api.js";
import { ask } from "../lib/ask.js";
import { element } from "../lib/dom.js";
import { gettext as _, interpolate, language, ngettext } from "../lib/i18n.js";
import { showToast } from "../lib/toast.js";
import { reasons } from "./sharing/reasons.js";

/** Ids that one request may have. */
const MOST_IDS = 1000;

/**
 * @typedef {import("./grid/chunks.js").Tile} Tile
 * @typedef {"hold"|"release"|"private"|"resolve"} Action
 */

/** What an action sets in the tiles of its images. @type {Record<Action, Record<string, any>>} */
export const SETS = { hold: { quarantined: true }, release: { quarantined: false }, private: { visibility: "private" }, resolve: { reports: [] } };

/** @type {Partial<Record<Action, Action>>} */
const OPPOSITES = { hold: "release", release: "hold" };

/** @type {Record<Action, (count: number) => string>} */
const SAID = {
  hold: (n) => ngettext("%(n)s image put under review", "%(n)s images put under review", n),
  release: (n) => ngettext("%(n)s image approved", "%(n)s images approved", n),
  private: (n) => ngettext("%(n)s image is private now", "%(n)s images are private now", n),
  resolve: (n) => ngettext("Reports of %(n)s image resolved", "Reports of %(n)s images resolved", n),
};

/**
 * Do something with images and say so, with Undo where there is one; failures are said too.
 * @param {Action} action @param {string[]} ids @param {(action: Action, ids: string[]) => unknown} done gets those that changed
 */
export async function moderate(action, ids, done) {
  /** @type {string[]} */
  const changed = [];
  try {
    for (let start = 0; start < ids.length; start += MOST_IDS) {
      const body = { action, ids: ids.slice(start, start + MOST_IDS) };
      changed.push(...(await request("POST", `${API}/moderation/images/bulk`, body)).ids);
    }
  } catch (error) {
    showToast(errorMessage(error));
    if (!changed.length) return;
  }
  if (!changed.length) return void showToast(_("Nothing to change: it is so already."));
  done(action, changed);
  const back = OPPOSITES[action];
  const text = interpolate(SAID[action](changed.length), { n: changed.length.toLocaleString(language) });
  showToast(text, back ? { action: _("Undo"), onAction: () => moderate(back, changed, done) } : {});
}

/** @param {Tile} tile @returns {string} whose it is, and what is known of it */
export function noteOf(tile) {
  const words = reasons();
  const reported = [...new Set(tile.reports.map((/** @type {any} */ one) => words[one.reason] ?? one.reason))];
  return [tile.owner, ...reported].join(" · ");
}

/** Show the reports of an image. @param {Tile} tile @returns {Promise<boolean>} whether they are to be resolved */
export async function showReports(tile) {
  const words = reasons();
  const rows = tile.reports.map((/** @type {any} */ one) => {
    const who = interpolate(_("%(name)s, %(date)s"), { name: one.reporter ?? _("Somebody who is gone"), date: new Date(one.created_at).toLocaleString(language) });
    return element("li", {}, element("strong", { text: words[one.reason] ?? one.reason }), element("p", { text: one.text, dir: "auto" }), element("p", { class: "quiet small", text: who }));
  });
  const content = [element("ul", { class: "reports", role: "list" }, ...rows)];
  return Boolean(await ask(interpolate(_("Reports of an image of %(owner)s"), { owner: tile.owner }), { content, go: _("Resolve"), read: () => true }));
}
