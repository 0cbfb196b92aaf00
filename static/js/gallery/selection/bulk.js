// @ts-check
// Actions on many images: sent in parts that the API takes, reported by a toast, undone by its button.

import { API, errorMessage, request } from "../../lib/api.js";
import { element } from "../../lib/dom.js";
import { gettext as _, interpolate, ngettext } from "../../lib/i18n.js";
import { ROOT } from "../../lib/root.js";
import { showToast } from "../../lib/toast.js";

/** Ids that one request may have. */
const MOST_IDS = 1000;

/**
 * @typedef {{ids: string[]}|{search: Record<string, any>}} Target
 * @typedef {{images: number, undo: string[]}} Done
 */

/** @param {Target} target @param {string} action @param {any} [value] @returns {Promise<Done>} */
async function send(target, action, value = null) {
  const parts = "search" in target ? [target] : slices(target.ids).map((ids) => ({ ids }));
  /** @type {Done} */
  const done = { images: 0, undo: [] };
  for (const part of parts) {
    const answer = await request("POST", `${API}/images/bulk`, { ...part, action, value });
    done.images += answer.images;
    if (answer.undo) done.undo.push(answer.undo);
  }
  return done;
}

/** @param {string[]} ids */
function slices(ids) {
  return Array.from({ length: Math.ceil(ids.length / MOST_IDS) }, (_one, part) => ids.slice(part * MOST_IDS, (part + 1) * MOST_IDS));
}

/** What is said after an action, by number of images. @type {Record<string, (count: number, value: any) => string>} */
const SAID = {
  favourite: (n) => ngettext("%(n)s image added to favourites", "%(n)s images added to favourites", n),
  unfavourite: (n) => ngettext("%(n)s image removed from favourites", "%(n)s images removed from favourites", n),
  rate: (n) => ngettext("%(n)s image rated", "%(n)s images rated", n),
  tag: (n) => ngettext("%(n)s image tagged", "%(n)s images tagged", n),
  untag: (n) => ngettext("Tag removed from %(n)s image", "Tag removed from %(n)s images", n),
  collect: (n) => ngettext("%(n)s image added to “%(value)s”", "%(n)s images added to “%(value)s”", n),
  remove_from_collection: (n) => ngettext("%(n)s image removed from the collection", "%(n)s images removed from the collection", n),
  visibility: (n, value) =>
    value === "private"
      ? ngettext("%(n)s image is private now", "%(n)s images are private now", n)
      : ngettext("%(n)s image is shared now", "%(n)s images are shared now", n),
  trash: (n) => ngettext("%(n)s image moved to trash", "%(n)s images moved to trash", n),
  restore: (n) => ngettext("%(n)s image restored", "%(n)s images restored", n),
  delete: (n) => ngettext("%(n)s image deleted for good", "%(n)s images deleted for good", n),
};

/**
 * Do something with many images and say so; failures are said too.
 * @param {Target} target
 * @param {string} action
 * @param {{value?: any, name?: string, undone?: () => unknown}} [options] `name` of the value in words; `undone`: called
 *   after Undo
 * @returns {Promise<boolean>} whether it was done
 */
export async function runAction(target, action, { value, name, undone } = {}) {
  try {
    const { images, undo } = await send(target, action, value);
    const said = interpolate(SAID[action](images, value), { n: images.toLocaleString(), value: name ?? String(value ?? "") });
    const text = [said, notAdded(target, action, images)].filter(Boolean).join(". ");
    showToast(text, undo.length && undone ? { action: _("Undo"), onAction: () => revert(undo, undone) } : {});
    return true;
  } catch (error) {
    showToast(errorMessage(error));
    return false;
  }
}

/** @param {Target} target @param {string} action @param {number} images @returns {string} why fewer images were added than were named */
function notAdded(target, action, images) {
  const left = "ids" in target && action === "collect" ? target.ids.length - images : 0;
  return left > 0 ? interpolate(ngettext("%(n)s was not added: it is not yours, or in the trash", "%(n)s were not added: they are not yours, or in the trash", left), { n: left.toLocaleString() }) : "";
}

/** @param {string[]} tokens @param {() => unknown} undone */
async function revert(tokens, undone) {
  try {
    let images = 0;
    for (const undo of tokens.reverse()) images += (await request("POST", `${API}/images/bulk/undo`, { undo })).images;
    showToast(interpolate(ngettext("Undone for %(n)s image", "Undone for %(n)s images", images), { n: images }));
    undone();
  } catch (error) {
    showToast(errorMessage(error));
  }
}

/**
 * Download images as a zip, which the browser saves while it is made.
 * @param {Target} target
 */
export function downloadZip(target) {
  /** @param {string} name @param {any} value */
  const field = (name, value) => element("input", { type: "hidden", name, value: String(value) });
  const csrf = /** @type {HTMLInputElement|null} */ (document.querySelector("input[name=csrfmiddlewaretoken]"));
  const fields = "ids" in target
    ? [field("ids", target.ids.join(","))]
    : Object.entries(target.search).flatMap(([name, value]) => [value].flat().map((one) => field(name, one)));
  const form = element("form", { method: "post", action: `${ROOT}/images/zip/`, hidden: true }, field("csrfmiddlewaretoken", csrf?.value ?? ""), ...fields);
  document.body.append(form);
  form.submit();
  form.remove();
}
