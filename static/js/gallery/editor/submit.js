// @ts-check
// What Generate sends: the image, the mask as an upload, the frame, and how much of the image the network sees.

import { uploadsApi } from "../../lib/api.js";
import { gettext as _ } from "../../lib/i18n.js";
import { isGrown } from "./frame.js";

/** @typedef {{width: number, height: number}} Size pixels */
/** @typedef {import("./painting/alpha.js").Box} Box */

const MOST_TIMES_USUAL = 2; // the site scales an image of more times the checkpoint's own pixels down
const LEAST_SIDE = 64;

/** Why there is nothing to send; `message` is a sentence. */
export class NothingToGenerate extends Error {}

/**
 * Tell whether a checkpoint generates an image of this size as a whole, so that what is not masked stays as it is.
 * @param {Size} size of the extended image
 * @param {Record<string, any>} checkpoint
 * @param {number} longest pixels that the site generates on a side
 */
export function fitsWhole({ width, height }, { sizes, defaults, size_multiple: multiple }, longest) {
  if (sizes.length) return sizes.some((/** @type {number[]} */ [wide, high]) => wide === width && high === height);
  if (width % multiple || height % multiple || Math.min(width, height) < LEAST_SIDE) return false;
  return Math.max(width, height) <= longest && width * height <= MOST_TIMES_USUAL * defaults.width * defaults.height;
}

/**
 * Return the fields about size and area. Where the checkpoint does not generate the whole image, only the part around
 * the mask is generated and laid back, so that the result has the size of the image.
 * @param {string} wanted "auto", "whole" or "masked"
 * @param {Size} size of the extended image
 * @param {Record<string, any>} checkpoint
 * @param {number} longest
 */
export function area(wanted, size, checkpoint, longest) {
  const isWhole = fitsWhole(size, checkpoint, longest);
  if (wanted === "masked" || (wanted === "auto" && !isWhole)) return { mask_area: "masked" };
  return isWhole ? { mask_area: "whole", ...size } : { mask_area: "whole" };
}

/**
 * Return the part of the image that is generated, as `masked_region` of the site finds it: around the mask, with
 * padding, grown to the shape of what is generated.
 * @param {Box|null} box around the mask and what is added, in pixels of the extended image
 * @param {Size} image the extended one
 * @param {Size} generated
 * @param {number} padding pixels
 * @returns {Box}
 */
export function region(box, image, generated, padding) {
  if (!box) return { left: 0, top: 0, ...image };
  const wide = [Math.max(box.left - padding, 0), Math.min(box.left + box.width + padding, image.width)];
  const high = [Math.max(box.top - padding, 0), Math.min(box.top + box.height + padding, image.height)];
  const shape = generated.width / generated.height;
  const [width, height] = [wide[1] - wide[0], high[1] - high[0]];
  const [left, right] = grown(wide, Math.max(width, Math.round(height * shape)), image.width);
  const [top, bottom] = grown(high, Math.max(height, Math.round(width / shape)), image.height);
  return { left, top, width: right - left, height: bottom - top };
}

/** @param {number[]} range @param {number} length @param {number} most */
function grown([start, end], length, most) {
  const long = Math.min(length, most);
  const begin = Math.min(Math.max(start - Math.floor((long - (end - start)) / 2), 0), most - long);
  return [begin, begin + long];
}

/**
 * Return the box around the mask and around what the frame adds, in pixels of the extended image.
 * @param {Box|null} painted in pixels of the image
 * @param {Size} image
 * @param {import("./frame.js").Growth} growth
 * @param {number} blur pixels
 * @returns {Box|null}
 */
export function changed(painted, image, growth, blur) {
  const { left, top, right, bottom } = growth;
  const width = image.width + left + right;
  const height = image.height + top + bottom;
  /** @type {number[][]} */
  const boxes = [];
  if (left) boxes.push([0, 0, left, height]);
  if (right) boxes.push([width - right, 0, width, height]);
  if (top) boxes.push([0, 0, width, top]);
  if (bottom) boxes.push([0, height - bottom, width, height]);
  if (painted) {
    const [x, y, soft] = [painted.left + left, painted.top + top, Math.ceil(2 * blur)];
    boxes.push([x - soft, y - soft, x + painted.width + soft, y + painted.height + soft]);
  }
  if (!boxes.length) return null;
  const edge = (/** @type {number} */ place, /** @type {"min"|"max"} */ which) => Math[which](...boxes.map((box) => box[place]));
  const [x, y] = [Math.max(0, edge(0, "min")), Math.max(0, edge(1, "min"))];
  return { left: x, top: y, width: Math.min(width, edge(2, "max")) - x, height: Math.min(height, edge(3, "max")) - y };
}

/**
 * Return the whole request; the mask is uploaded for it.
 * @param {{settings: import("./settings.js").Settings, mask: import("./painting/mask.js").Mask,
 *          frame: import("./frame.js").Frame, reference: string, longest: number}} work
 * @returns {Promise<Record<string, any>>}
 * @throws {NothingToGenerate} neither mask nor frame say what to generate
 * @throws {import("../../lib/api.js").ApiError} the mask could not be uploaded
 */
export async function requestOf({ settings, mask, frame, reference, longest }) {
  const { checkpoint } = settings;
  if (!checkpoint) throw new NothingToGenerate(_("The site has no checkpoint that can inpaint."));
  const isPainted = mask.bounds !== null;
  if (!isPainted && !isGrown(frame.growth)) {
    throw new NothingToGenerate(_("Paint over what should change, or drag the frame outwards; then press Generate."));
  }
  const { mask_area: wanted, ...asked } = settings.request();
  const request = {
    ...asked,
    ...area(wanted, frame.size, checkpoint, longest),
    task: "inpaint",
    init_image: reference,
    output_format: "png",
    upscale_by: 1,
    ...(isGrown(frame.growth) ? { outpaint: frame.growth } : {}),
  };
  if (!isPainted) return request;
  const upload = await uploadsApi.createMask(new File([await mask.toPng()], "mask.png", { type: "image/png" }));
  return { ...request, mask_image: upload.reference };
}
