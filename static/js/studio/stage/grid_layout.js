// @ts-check
// Layout of a job's images on the stage: as large as fits; cells of an X/Y/Z plot in columns of its first axis.

import { axisLabel } from "../../lib/format.js";
import { resultSize } from "../../lib/result_size.js";

const GAP = 4;
const SMALLEST = 96; // CSS pixels: below it the stage scrolls
/** Small images are enlarged, but not beyond what still shows what they are. */
const MOST_ENLARGED = 4;

/**
 * Return the number of columns that shows `count` equal boxes largest, and the width of one.
 * @param {number} count
 * @param {number} ratio width by height of a box
 * @param {{width: number, height: number}} place in CSS pixels
 * @param {number} [columns] fixed number of columns
 */
export function fit(count, ratio, { width, height }, columns = 0) {
  let best = { columns: 1, width: 0 };
  for (let tried = columns || 1; tried <= (columns || count); tried += 1) {
    const rows = Math.ceil(count / tried);
    const byWidth = (width - GAP * (tried - 1)) / tried;
    const byHeight = ((height - GAP * (rows - 1)) / rows) * ratio;
    const side = Math.floor(Math.min(byWidth, byHeight));
    if (side > best.width) best = { columns: tried, width: side };
  }
  if (columns || best.width >= SMALLEST) return { ...best, columns: columns || best.columns, width: Math.max(best.width, SMALLEST) };
  return { columns: Math.max(1, Math.floor((width + GAP) / (SMALLEST + GAP))), width: SMALLEST };
}

/**
 * Lay out the images of a job within `place`.
 * @param {HTMLElement} grid
 * @param {Record<string, any>} job
 * @param {{width: number, height: number}} place in CSS pixels
 * @param {any} [solo] the image that is shown alone
 */
export function layOut(grid, { parameters, image_count: count, images }, place, solo) {
  const { width, height } = solo ?? (images.length === 1 && count === 1 ? images[0] : resultSize(parameters));
  const axes = parameters.grid?.axes;
  const fixed = axes && !solo ? axes[0].values.length * parameters.count : 0;
  const found = fit(solo ? 1 : count, width / height, place, fixed);
  grid.style.setProperty("--columns", String(found.columns));
  grid.style.setProperty("--tile-width", `${Math.min(found.width, width * MOST_ENLARGED)}px`);
  grid.style.setProperty("--tile-ratio", `${width} / ${height}`);
}

/**
 * Set each cell's values as its title, and mark the original, which is no cell.
 * @param {HTMLElement[]} tiles
 * @param {Record<string, any>} parameters
 */
export function nameCells(tiles, parameters) {
  const axes = parameters.grid?.axes;
  if (!axes) return;
  const first = parameters.keep_original ? 1 : 0;
  if (first) tiles[0].dataset.original = "";
  for (const [index, tile] of tiles.slice(first).entries()) tile.title = valuesOf(axes, Math.floor(index / parameters.count));
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
