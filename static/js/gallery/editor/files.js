// @ts-check
// Files that come to the editor, an image to edit or a mask, and those that leave it.

import { gettext as _, interpolate } from "../../lib/i18n.js";
import { brightness } from "./painting/alpha.js";

/** What is wrong with a file; `message` is a sentence. */
export class FileRefused extends Error {}

/**
 * Refuse a file by what is known of it before it is read.
 * @param {{name: string, size: number, type: string}} file
 * @param {{bytes: number, megabytes: number}} limits
 * @throws {FileRefused}
 */
export function checkFile({ name, size, type }, { bytes, megabytes }) {
  if (size > bytes) {
    const values = { name, megabytes: Math.round(size / 1e6), most: megabytes };
    throw new FileRefused(interpolate(_("%(name)s has %(megabytes)s MB. An image file may have at most %(most)s MB."), values));
  }
  if (size === 0) throw new FileRefused(interpolate(_("%(name)s is empty."), { name }));
  if (type && !type.startsWith("image/")) throw noImage(name);
}

/** @param {string} name */
const noImage = (name) => new FileRefused(interpolate(_("%(name)s is not an image that this browser can read."), { name }));

/**
 * @param {File} file
 * @returns {Promise<ImageBitmap>} close it after use
 * @throws {FileRefused} it is no image
 */
export async function openImage(file) {
  try {
    return await createImageBitmap(file);
  } catch {
    throw noImage(file.name);
  }
}

/**
 * Read an image as a mask of a size; it is stretched to it.
 * @param {ImageBitmap} image
 * @param {number} width pixels of the mask
 * @param {number} height
 * @returns {Uint8Array} white is painted, black and transparent is not
 */
export function maskOf(image, width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  context.drawImage(image, 0, 0, width, height);
  return brightness(context.getImageData(0, 0, width, height).data);
}

/** Offer a file to be saved. @param {Blob} blob @param {string} name */
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser reads the address after this function has ended.
  window.setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** @param {DataTransfer|null} data of a drop or paste @returns {File|undefined} */
export const fileIn = (data) => [...(data?.files ?? [])][0];
