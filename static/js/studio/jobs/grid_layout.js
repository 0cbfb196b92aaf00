// @ts-check
// Layout of a job's images: cells of an X/Y/Z plot in columns of its first axis, others side by side.

import { axisLabel } from "../../lib/format.js";

const SEVERAL = 4;

/**
 * Set the tiles' columns, and each cell's values as its title.
 * @param {HTMLElement} place
 * @param {HTMLElement[]} tiles
 * @param {Record<string, any>} job
 */
export function arrangeTiles(place, tiles, { parameters, image_count: count }) {
  const axes = parameters.grid?.axes;
  place.dataset.columns = String(Math.min(SEVERAL, count));
  if (!axes) return;
  const each = parameters.count;
  const first = parameters.keep_original ? 1 : 0; // the original is no cell
  place.dataset.grid = "";
  place.style.setProperty("--columns", String(axes[0].values.length * each));
  if (first) tiles[0].dataset.original = "";
  for (const [index, tile] of tiles.slice(first).entries()) tile.title = valuesOf(axes, Math.floor(index / each));
}

/**
 * @param {Array<{field: string, values: any[]}>} axes the first changes fastest
 * @param {number} cell
 */
function valuesOf(axes, cell) {
  let number = cell;
  const words = axes.map(({ field, values }) => {
    const value = values[number % values.length];
    number = Math.floor(number / values.length);
    return ["prompt", "replace"].includes(field) ? String(value) : `${axisLabel(field)} ${value}`;
  });
  return words.join(" · ");
}
