// @ts-check
// Addresses of an image's page, panel, file and thumbnails; of an upload's too.

import { API } from "../../lib/api.js";
import { ROOT } from "../../lib/root.js";

/** @param {{id: string, width?: number, height?: number, reference?: string}} item an upload has the `reference` "upload:ID" */
export function addressOf({ id, width = Infinity, height = Infinity, reference = "" }) {
  if (reference.startsWith("upload:")) {
    const page = `${ROOT}/uploads/${id}/`;
    const own = `${API}/uploads/${id}`;
    return { page, panel: `${page}panel/`, file: `${own}/file`, thumbnail: () => `${own}/thumbnail` };
  }
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
