// @ts-check
// Addresses of an image's page, panel, file and thumbnails.

import { ROOT } from "../../lib/root.js";

/** @param {{id: string, width?: number, height?: number}} item */
export function addressOf({ id, width = Infinity, height = Infinity }) {
  const page = `${ROOT}/images/${id}/`;
  const longest = Math.max(width, height);
  return {
    page,
    panel: `${page}panel/`,
    file: `${page}file`,
    /** Smaller images have one thumbnail only. @param {256|512|1024} size */
    thumbnail: (size) => `${page}thumbnail?size=${longest > 512 || size < 512 ? size : 512}`,
  };
}
