// @ts-check
// Arithmetic on masks: one byte a pixel, row by row; 255 is generated anew, 0 is kept.

/** @typedef {{left: number, top: number, width: number, height: number}} Box pixels of the mask */

const LONGEST_RUN = 65_535;

/**
 * Encode bytes by run lengths: triples of value, low and high byte of the length.
 * @param {Uint8Array|Uint8ClampedArray} bytes
 * @returns {{runs: boolean, bytes: Uint8Array, length: number}} `runs` false: kept as they are, because that is shorter
 */
export function pack(bytes) {
  const packed = new Uint8Array(bytes.length);
  let at = 0;
  for (let start = 0; start < bytes.length; ) {
    const value = bytes[start];
    let end = start + 1;
    while (end < bytes.length && bytes[end] === value && end - start < LONGEST_RUN) end += 1;
    if (at + 3 > packed.length) return { runs: false, bytes: Uint8Array.from(bytes), length: bytes.length };
    packed[at++] = value;
    packed[at++] = (end - start) & 255;
    packed[at++] = (end - start) >> 8;
    start = end;
  }
  return { runs: true, bytes: packed.slice(0, at), length: bytes.length };
}

/**
 * @param {{runs: boolean, bytes: Uint8Array, length: number}} packed
 * @returns {Uint8Array}
 */
export function unpack({ runs, bytes, length }) {
  if (!runs) return Uint8Array.from(bytes);
  const all = new Uint8Array(length);
  let at = 0;
  for (let place = 0; place < bytes.length; place += 3) {
    const end = at + bytes[place + 1] + (bytes[place + 2] << 8);
    all.fill(bytes[place], at, end);
    at = end;
  }
  return all;
}

/**
 * Return the smallest box around all pixels that are not 0; null: there is none.
 * @param {Uint8Array} alpha
 * @param {number} width
 * @returns {Box|null}
 */
export function bounds(alpha, width) {
  const height = alpha.length / width;
  let [left, right, top, bottom] = [width, -1, -1, -1];
  for (let y = 0; y < height; y += 1) {
    const row = y * width;
    let first = 0;
    while (first < width && alpha[row + first] === 0) first += 1;
    if (first === width) continue;
    let last = width - 1;
    while (alpha[row + last] === 0) last -= 1;
    if (top < 0) top = y;
    bottom = y;
    left = Math.min(left, first);
    right = Math.max(right, last);
  }
  return top < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/**
 * @param {Uint8Array} alpha
 * @param {number} width of `alpha`
 * @param {Box} box
 * @returns {Uint8Array} the bytes inside the box
 */
export function cut(alpha, width, box) {
  const part = new Uint8Array(box.width * box.height);
  for (let y = 0; y < box.height; y += 1) {
    const start = (box.top + y) * width + box.left;
    part.set(alpha.subarray(start, start + box.width), y * box.width);
  }
  return part;
}

/**
 * Write the bytes of a box into `alpha`.
 * @param {Uint8Array} alpha
 * @param {number} width of `alpha`
 * @param {Box} box
 * @param {Uint8Array} part
 */
export function put(alpha, width, box, part) {
  for (let y = 0; y < box.height; y += 1) {
    alpha.set(part.subarray(y * box.width, (y + 1) * box.width), (box.top + y) * width + box.left);
  }
}

/** @param {Uint8Array} alpha @returns {Uint8Array} */
export const inverted = (alpha) => alpha.map((value) => 255 - value);

/**
 * Return `alpha` with soft edges: three box blurs in a row, which come close to a Gaussian of `radius` (standard
 * deviation, pixels). Beyond the image's edges the outermost pixels are continued.
 * @param {Uint8Array} alpha
 * @param {number} width
 * @param {number} radius
 * @returns {Uint8Array}
 */
export function feathered(alpha, width, radius) {
  const reach = Math.max(1, Math.round((Math.sqrt(4 * radius * radius + 1) - 1) / 2));
  let [from, to] = [Uint8Array.from(alpha), new Uint8Array(alpha.length)];
  for (let pass = 0; pass < 3; pass += 1) {
    blurLines(from, to, { length: width, step: 1, lines: alpha.length / width, next: width }, reach);
    blurLines(to, from, { length: alpha.length / width, step: width, lines: width, next: 1 }, reach);
  }
  return from;
}

/**
 * Average every pixel with those up to `reach` away on its line, by a running sum.
 * @param {Uint8Array} from
 * @param {Uint8Array} to
 * @param {{length: number, step: number, lines: number, next: number}} way
 * @param {number} reach
 */
function blurLines(from, to, { length, step, lines, next }, reach) {
  const share = 1 / (2 * reach + 1);
  for (let line = 0; line < lines; line += 1) {
    const start = line * next;
    const last = start + (length - 1) * step;
    let sum = from[start] * (reach + 1);
    for (let ahead = 1; ahead <= reach; ahead += 1) sum += from[Math.min(start + ahead * step, last)];
    for (let place = 0, at = start; place < length; place += 1, at += step) {
      to[at] = Math.round(sum * share);
      sum += from[place + reach + 1 < length ? at + (reach + 1) * step : last];
      sum -= from[place - reach >= 0 ? at - reach * step : start];
    }
  }
}

/**
 * Return the mask of an image: how bright its pixels are, transparent ones count as black.
 * @param {Uint8ClampedArray} rgba
 * @returns {Uint8Array}
 */
export function brightness(rgba) {
  const alpha = new Uint8Array(rgba.length / 4);
  for (let at = 0, place = 0; place < alpha.length; at += 4, place += 1) {
    const grey = (rgba[at] * 299 + rgba[at + 1] * 587 + rgba[at + 2] * 114) / 1000;
    alpha[place] = Math.round((grey * rgba[at + 3]) / 255);
  }
  return alpha;
}
