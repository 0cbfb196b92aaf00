// @ts-check
// The size of the file that a request results in; `generation/parameters/per_image.py` does the same on the server.

/**
 * @param {Record<string, any>} parameters resolved ones, or those of the form
 * @returns {{width: number, height: number}} pixels of each result, after hires fix and upscaling
 */
export function resultSize({ width, height, hires, upscale_by: upscaled }) {
  const factor = (hires?.scale ?? 1) * (upscaled ?? 1);
  return { width: Math.round(width * factor), height: Math.round(height * factor) };
}
