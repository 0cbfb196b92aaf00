// @ts-check
// Justified rows: divides images into rows that reach both edges, each as near to the wanted height as the shapes allow.

/** Shapes beyond these are cropped in the grid; a strip of 20:1 would make a row of a few pixels. */
const NARROWEST = 0.45;
const WIDEST = 3.2;
/** A last row that is nearly full may grow to this factor of the wanted height to reach the edge. */
const STRETCH = 1.3;
const LOWEST = 0.4;
/** What a last row costs that is all but empty, against rows that are somewhat lower or higher. */
const EMPTY = 0.1;

/**
 * @typedef {{start: number, end: number, height: number, filled: boolean}} Row
 *   images `start` to `end` (exclusive); `height` in pixels, not rounded
 */

/** @param {{width: number, height: number}} image @returns {number} width / height as the grid shows it */
export function ratioOf({ width, height }) {
  return Math.min(WIDEST, Math.max(NARROWEST, width / height || 1));
}

/**
 * Divide images into rows.
 *
 * Minimises the sum of squared logarithms of height / wanted height over all rows (dynamic programming over the
 * places where a row may end, as in Knuth and Plass, "Breaking paragraphs into lines", 1981).
 * @param {number[]} ratios width / height of each image
 * @param {{width: number, height: number, gap: number, open: boolean}} options in pixels; `open`: the last row need not
 *   reach the edge, because nothing follows
 * @returns {Row[]}
 */
export function justify(ratios, { width, height, gap, open }) {
  const count = ratios.length;
  const best = new Float64Array(count + 1).fill(Infinity);
  const previous = new Int32Array(count + 1);
  best[0] = 0;
  for (let end = 1; end <= count; end++) {
    let sum = 0;
    for (let start = end - 1; start >= 0; start--) {
      sum += ratios[start];
      const fitting = (width - gap * (end - start - 1)) / sum;
      if (fitting < height * LOWEST && start < end - 1) break;
      const loose = open && end === count && fitting > height * STRETCH;
      const cost = best[start] + (loose ? EMPTY * (1 - height / fitting) ** 2 : Math.log(Math.max(fitting, 1) / height) ** 2);
      if (cost < best[end]) {
        best[end] = cost;
        previous[end] = start;
      }
    }
  }
  /** @type {Row[]} */
  const rows = [];
  for (let end = count; end > 0; end = previous[end]) {
    const start = previous[end];
    const sum = ratios.slice(start, end).reduce((total, ratio) => total + ratio, 0);
    const fitting = (width - gap * (end - start - 1)) / sum;
    const filled = !(open && end === count && fitting > height * STRETCH);
    rows.unshift({ start, end, height: filled ? fitting : height, filled });
  }
  return rows;
}

/**
 * Divide the width of a row into whole pixels.
 * @param {number[]} ratios of the row's images
 * @param {number} height of the row
 * @param {number} gap
 * @param {number|null} width of the whole row; null: it need not be filled
 * @returns {number[]}
 */
export function widthsOf(ratios, height, gap, width) {
  let left = 0;
  let drawn = 0;
  const widths = ratios.map((ratio) => {
    left += ratio * height;
    const whole = Math.max(1, Math.round(left) - drawn);
    drawn += whole;
    return whole;
  });
  if (width !== null && widths.length) widths[widths.length - 1] += width - gap * (widths.length - 1) - drawn;
  return widths;
}

/**
 * Guess the height of images that are not loaded yet.
 * @param {number} count
 * @param {number} ratio mean width / height
 * @param {{width: number, height: number, gap: number}} options
 */
export function guessHeight(count, ratio, { width, height, gap }) {
  if (!count) return 0;
  const rows = Math.max(1, Math.round((count * (ratio * height + gap)) / (width + gap)));
  return rows * (height + gap);
}
