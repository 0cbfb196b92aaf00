// @ts-check
// The actions of an image: favourite, rating, vary, upscale, trash with undo. The studio's stage uses them too.

import { API, errorMessage, jobsApi, request } from "../../lib/api.js";
import { askFirst } from "../../lib/ask.js";
import { gettext as _, interpolate } from "../../lib/i18n.js";
import { showToast } from "../../lib/toast.js";

/** Variations: noise of another seed blended in, or for images that had an input, their denoising strength. */
const VARY = { subtle: { noise: 0.15, strength: 0.3 }, strong: { noise: 0.4, strength: 0.6 } };
const VARIATIONS = 2;
/** Parameters of a row that a new request does not take over. */
const NOT_TAKEN = ["version", "preview", "image_prompts", "image_negative_prompts", "grid", "styles", "keep_original", "batch_size"];
/** Parameters about an input image, of which an image is no longer made when it is one itself. */
const INPUTS = ["task", "mask_image", "mask_area", "mask_blur", "mask_fill", "mask_invert", "mask_padding", "outpaint", "hires", "upscale_by", "upscaler", "variation_seed", "variation_strength"];

/** @typedef {"subtle"|"strong"} Amount */

/**
 * @param {Record<string, any>} image as the API shows it
 * @param {Amount} amount
 * @returns {Record<string, any>} a request for variations of it
 */
export function variationOf(image, amount) {
  const same = without(image.parameters, NOT_TAKEN);
  const isPlain = (same.task ?? "text_to_image") === "text_to_image" && !same.variation_strength; // old rows name no task
  if (isPlain) {
    return { ...same, count: VARIATIONS, seed: image.seed, variation_seed: null, variation_strength: VARY[amount].noise };
  }
  return { ...without(same, INPUTS), count: VARIATIONS, seed: null, init_image: `image:${image.id}`, strength: VARY[amount].strength };
}

/** @param {Record<string, any>} image @returns {Record<string, any>} a request that upscales it */
export function upscaleOf(image) {
  const { checkpoint, output_format } = image.parameters;
  return { task: "upscale", init_image: `image:${image.id}`, checkpoint, output_format };
}

/** @param {Record<string, any>} values @param {string[]} names */
function without(values, names) {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)));
}

export const imagesApi = {
  /** @param {string} id */
  read: (id) => request("GET", `${API}/images/${id}`),
  /** @param {string} id @param {Record<string, any>} fields */
  change: (id, fields) => request("PATCH", `${API}/images/${id}`, fields),
  /** @param {string} id */
  trash: (id) => request("DELETE", `${API}/images/${id}`),
  /** @param {string} id */
  restore: (id) => request("POST", `${API}/images/bulk`, { ids: [id], action: "restore" }),
};

/** @param {string} id @param {Amount} amount @returns {Promise<any>} the job */
export async function vary(id, amount) {
  return jobsApi.submit(variationOf(await imagesApi.read(id), amount));
}

/** @param {string} id @returns {Promise<any>} the job */
export async function upscale(id) {
  return jobsApi.submit(upscaleOf(await imagesApi.read(id)));
}

/** @param {string} id of an image of another speed mode @returns {Promise<any>} the job that generates it exactly */
export async function exactly(id) {
  return request("POST", `${API}/images/${id}/exact`);
}

/**
 * Move an image to the trash, and offer to undo it.
 * @param {string} id
 * @param {{onUndo?: () => void}} [listeners]
 */
export async function trash(id, { onUndo } = {}) {
  await imagesApi.trash(id);
  const undo = async () => {
    try {
      await imagesApi.restore(id);
      onUndo?.();
    } catch (error) {
      showToast(errorMessage(error));
    }
  };
  showToast(_("Moved to trash"), { action: _("Undo"), onAction: undo });
}

/**
 * Mark in the panel's markup and on the server; the markup goes back if the server refuses.
 * @param {ParentNode} panel
 * @param {string} id
 */
export async function toggleFavourite(panel, id) {
  const button = panel.querySelector("[data-do=favourite]");
  const was = button?.getAttribute("aria-pressed") === "true";
  button?.setAttribute("aria-pressed", String(!was));
  await mark(id, { favourite: !was }, () => button?.setAttribute("aria-pressed", String(was)));
}

/** @param {ParentNode} panel @param {string} id @param {number} stars the same again: none */
export async function rate(panel, id, stars) {
  const root = /** @type {HTMLElement|null} */ (panel.querySelector("[data-rating]"));
  if (!root) return;
  const was = Number(root.dataset.rating);
  const now = stars === was ? 0 : stars;
  showRating(root, now);
  await mark(id, { rating: now }, () => showRating(root, was));
}

/** @param {HTMLElement} root @param {number} stars */
function showRating(root, stars) {
  root.dataset.rating = String(stars);
  for (const star of root.querySelectorAll("[data-stars]")) {
    const value = Number(/** @type {HTMLElement} */ (star).dataset.stars);
    star.classList.toggle("is-lit", value <= stars);
    star.setAttribute("aria-pressed", String(value === stars));
  }
  root.querySelector("[data-rating-said]")?.replaceChildren(stars ? interpolate(_("%(stars)s of 5"), { stars }) : "");
}

/** @param {string} id @param {Record<string, any>} fields @param {() => void} goBack */
async function mark(id, fields, goBack) {
  try {
    await imagesApi.change(id, fields);
    document.dispatchEvent(new CustomEvent("image-changed", { detail: { id, ...fields } }));
  } catch (error) {
    goBack();
    showToast(errorMessage(error));
  }
}

/** Delete an upload for good, after a question. @param {string} id @returns {Promise<boolean>} whether it is gone */
export async function deleteUpload(id) {
  if (!(await askFirst(_("Delete this upload?"), _("This cannot be undone."), _("Delete for good")))) return false;
  await request("DELETE", `${API}/uploads/${id}`);
  document.dispatchEvent(new CustomEvent("upload-deleted", { detail: { id } }));
  return true;
}
