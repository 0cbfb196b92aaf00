// @ts-check
// What moderators decide about images of others and their owners: with a reason, told to others who were slower, undone.

import { API, errorMessage, request } from "../lib/api.js";
import { ask } from "../lib/ask.js";
import { element } from "../lib/dom.js";
import { gettext as _, interpolate, language, ngettext } from "../lib/i18n.js";
import { showToast } from "../lib/toast.js";
import { reasons } from "./sharing/reasons.js";

/** Ids that one request may have. */
const MOST_IDS = 1000;
/** Characters of a reason in a moderator's own words. */
const LONGEST_TEXT = 1000;

/**
 * @typedef {import("./grid/chunks.js").Tile} Tile
 * @typedef {"approve"|"blur"|"private"|"hold"|"delete"|"warn"|"suspend"|"resolve"} Action
 * @typedef {{reason?: string|null, text?: string, days?: number|null}} Grounds
 * @typedef {{icon: string, label: string, said: (count: number) => string, sets?: Record<string, any>, title?: (count: number) => string,
 *   mustSay?: boolean, danger?: boolean}} Kind `sets`: in the tiles of its images; `title`: of the dialog that asks why; `mustSay`: a reason is needed
 */

/** @type {() => Record<Action, Kind>} in the order of their buttons */
export const kinds = () => ({
  approve: { icon: "check", label: _("Approve"), said: (n) => ngettext("%(n)s image approved", "%(n)s images approved", n), sets: { quarantined: false, blurred: false, reports: [] } },
  blur: {
    icon: "eye",
    label: _("Blur for others"),
    said: (n) => ngettext("%(n)s image is blurred for others now", "%(n)s images are blurred for others now", n),
    sets: { quarantined: false, blurred: true, reports: [] },
    title: (n) => ngettext("Blur %(n)s image for others", "Blur %(n)s images for others", n),
  },
  private: {
    icon: "lock",
    label: _("Make private"),
    said: (n) => ngettext("%(n)s image is private now", "%(n)s images are private now", n),
    sets: { visibility: "private", reports: [] },
    title: (n) => ngettext("Make %(n)s image private", "Make %(n)s images private", n),
  },
  hold: {
    icon: "shield",
    label: _("Put under review"),
    said: (n) => ngettext("%(n)s image put under review", "%(n)s images put under review", n),
    sets: { quarantined: true, reports: [] },
    title: (n) => ngettext("Put %(n)s image under review", "Put %(n)s images under review", n),
  },
  delete: {
    icon: "trash",
    label: _("Delete"),
    said: (n) => ngettext("%(n)s image deleted", "%(n)s images deleted", n),
    title: (n) => ngettext("Delete %(n)s image", "Delete %(n)s images", n),
    danger: true,
  },
  warn: {
    icon: "warning",
    label: _("Warn the owner"),
    said: (n) => ngettext("Owner of %(n)s image warned", "Owners of %(n)s images warned", n),
    sets: { reports: [] },
    title: (n) => ngettext("Warn the owner of %(n)s image", "Warn the owners of %(n)s images", n),
    mustSay: true,
  },
  suspend: {
    icon: "person",
    label: _("Suspend the owner"),
    said: (n) => ngettext("Owner of %(n)s image suspended", "Owners of %(n)s images suspended", n),
    sets: { reports: [] },
    title: (n) => ngettext("Suspend the owner of %(n)s image", "Suspend the owners of %(n)s images", n),
    mustSay: true,
    danger: true,
  },
  resolve: { icon: "flag", label: _("Resolve reports"), said: (n) => ngettext("Reports of %(n)s image resolved", "Reports of %(n)s images resolved", n), sets: { reports: [] } },
});

/** @param {string} words with %(n)s @param {number} count */
const counted = (words, count) => interpolate(words, { n: count.toLocaleString(language) });

/**
 * Ask why, if the decision is one that needs a reason, then decide and say so, with Undo; failures are said too.
 * @param {Action} action @param {Tile[]} tiles
 * @param {(action: Action, numbers: Record<string, number>) => unknown} done gets the decisions' numbers by image
 * @param {() => unknown} reload reads the list again: something else was decided meanwhile, or a decision is undone
 */
export async function moderate(action, tiles, done, reload) {
  const kind = kinds()[action];
  const grounds = kind.title ? await askWhy(action, tiles) : {};
  if (!grounds || !tiles.length) return;
  /** @type {{numbers: Record<string, number>, conflicts: string[]}} */
  const result = { numbers: {}, conflicts: [] };
  try {
    for (let start = 0; start < tiles.length; start += MOST_IDS) await send(action, grounds, tiles.slice(start, start + MOST_IDS), result);
  } catch (error) {
    showToast(errorMessage(error));
  }
  const ids = Object.keys(result.numbers);
  if (ids.length) done(action, result.numbers);
  if (result.conflicts.length) {
    showToast(result.conflicts.slice(0, 3).join(" "));
    return void reload();
  }
  if (!ids.length) return;
  const numbers = [...new Set(Object.values(result.numbers))];
  const undo = { action: _("Undo"), onAction: () => undoDecisions(numbers, reload) };
  showToast(counted(kind.said(ids.length), ids.length), action === "resolve" ? {} : undo);
}

/** @param {Action} action @param {Grounds} grounds @param {Tile[]} tiles @param {{numbers: Record<string, number>, conflicts: string[]}} result is added to */
async function send(action, grounds, tiles, result) {
  const last = Object.fromEntries(tiles.map((tile) => [tile.id, tile.last_decision ?? null]));
  const answer = await request("POST", `${API}/moderation/images/bulk`, { action, ids: tiles.map((tile) => tile.id), last, ...grounds });
  Object.assign(result.numbers, answer.decisions);
  result.conflicts.push(...new Set([...answer.conflicts.map((/** @type {any} */ one) => one.message), ...Object.values(answer.refused)]));
  if (!answer.ids.length && !result.conflicts.length) showToast(_("Nothing to change: it is so already."));
}

/** @param {number[]} numbers @param {() => unknown} reload */
async function undoDecisions(numbers, reload) {
  try {
    const { refused } = await request("POST", `${API}/moderation/decisions/undo`, { decisions: numbers });
    const [why] = Object.values(refused);
    if (why) showToast(String(why));
  } catch (error) {
    showToast(errorMessage(error));
  }
  reload();
}

/** Ask for a reason, from the list or free. @param {Action} action @param {Tile[]} tiles @returns {Promise<Grounds|null>} null: cancelled */
function askWhy(action, tiles) {
  const kind = kinds()[action];
  const reported = tiles.flatMap((tile) => tile.reports ?? [])[0]?.reason;
  const { other, ...first } = /** @type {Record<string, string>} */ (reasons());
  const options = Object.entries({ ...first, spam: _("Spam"), rule: _("Rule of the site"), other }).map(([value, words]) => element("option", { value, text: words, selected: value === reported }));
  const reason = element("select", { class: "input", id: "why-reason" }, element("option", { value: "", text: _("No reason from the list") }), ...options);
  const text = element("textarea", { class: "input", id: "why-text", rows: 2, maxlength: LONGEST_TEXT, dir: "auto", autocomplete: "off" });
  const lengths = [1, 7, 30].map((days) => element("option", { value: days, text: counted(ngettext("%(n)s day", "%(n)s days", days), days) }));
  const days = element("select", { class: "input", id: "why-days" }, ...lengths, element("option", { value: "", text: _("For good") }));
  const content = [
    action === "suspend" ? element("label", { class: "field", for: "why-days" }, element("span", { text: _("For how long") }), days) : null,
    element("label", { class: "field", for: "why-reason" }, element("span", { text: _("Reason") }), reason),
    element("label", { class: "field", for: "why-text" }, element("span", { text: _("In your own words, for the owner") }), text),
  ];
  const read = () => ({ reason: reason.value || null, text: text.value.trim(), ...(action === "suspend" ? { days: Number(days.value) || null } : {}) });
  const check = async (/** @type {Grounds} */ said) => {
    if (kind.mustSay && !said.reason && !said.text) throw new Error(_("Say why: choose a reason, or write one."));
  };
  return ask(counted(kind.title?.(tiles.length) ?? kind.label, tiles.length), { content, go: kind.label, danger: kind.danger, read, send: check });
}

/** @param {Tile} tile @returns {string} whose it is, and what is known of it */
export function noteOf(tile) {
  const words = reasons();
  const reported = [...new Set(tile.reports.map((/** @type {any} */ one) => words[one.reason] ?? one.reason))];
  return [tile.owner, ...reported].join(" · ");
}
