// @ts-check
// Chunks: the library cut into parts of a few hundred images, which are loaded, laid out and forgotten each by itself.

/** Images of a chunk: small enough to be laid out in a millisecond, large enough that its rows look even. */
const USUAL = 200;
const MOST = 300;
export const HEADER = 32;
/** Days of few images share a section of at most this many times as many. */
const TOGETHER = 6;

/**
 * @typedef {{id: string, job_id: string, index: number, width: number, height: number, format?: string,
 *   thumbhash: string|null, created_at: string, favourite: boolean, rating: number, visibility: string,
 *   quarantined: boolean, prompt: string, job_images: number, [key: string]: any}} Tile as the server lists it
 * @typedef {{tile: Tile, stack: Tile[]|null, open: "first"|"more"|null}} Cell one place in the grid; `stack`: the images
 *   of one job that it stands for; `open`: it belongs to an opened stack
 * @typedef {{top: number, height: number, cells: Cell[], widths: number[]}} CellRow `top` within the chunk
 * @typedef {{date: string|null, images: number}} Bucket of the timeline; no date: not sorted by time
 */

export class Chunk {
  /**
   * @param {Section} section
   * @param {{newest: string|null, oldest: string|null, offset: number, count: number}} range days (inclusive), and the
   *   images before it within them
   */
  constructor(section, { newest, oldest, offset, count }) {
    this.section = section;
    this.newest = newest;
    this.oldest = oldest;
    this.offset = offset;
    this.count = count;
    this.top = 0;
    this.height = 0;
    /** @type {Tile[]|null} */
    this.tiles = null;
    /** @type {CellRow[]|null} */
    this.rows = null;
    /** @type {Promise<void>|null} */
    this.loading = null;
    this.failed = false;
  }
}

export class Section {
  /**
   * @param {string} key
   * @param {string|null} date its day, or the newest of several; null: it has no header
   * @param {Bucket[]} days newest first
   */
  constructor(key, date, days = []) {
    this.key = key;
    this.date = date;
    this.days = days;
    this.top = 0;
    this.height = 0;
    /** @type {Chunk[]} */
    this.chunks = [];
  }

  get header() {
    return this.date === null ? 0 : HEADER;
  }

  /** The oldest of its days. */
  get oldest() {
    return this.days.at(-1)?.date ?? this.date;
  }

  get count() {
    return this.chunks.reduce((sum, chunk) => sum + chunk.count, 0);
  }
}

/**
 * Cut a timeline into sections and chunks.
 * @param {Bucket[]} buckets newest first
 * @param {boolean} byDay a section for each day; else one without header
 * @param {number} few days of fewer images share a section with their like: each would leave most of its row empty
 * @returns {Section[]}
 */
export function cut(buckets, byDay, few = 0) {
  const filled = buckets.filter((bucket) => bucket.images > 0);
  if (byDay && filled.every((bucket) => bucket.date)) return together(filled, few).map(sectionOf);
  const section = new Section("all", null);
  /** @type {Bucket[]} */
  let waiting = [];
  let sum = 0;
  const flush = () => {
    if (!waiting.length) return;
    const [first, last] = [waiting[0].date, waiting[waiting.length - 1].date];
    section.chunks.push(new Chunk(section, { newest: first, oldest: last, offset: 0, count: sum }));
    waiting = [];
    sum = 0;
  };
  for (const bucket of filled) {
    if (sum + bucket.images > MOST) flush();
    if (bucket.images > MOST) {
      section.chunks.push(...split(section, bucket));
      continue;
    }
    waiting.push(bucket);
    sum += bucket.images;
    if (sum >= USUAL) flush();
  }
  flush();
  return section.chunks.length ? [section] : [];
}

/** Put neighbouring days of few images together. @param {Bucket[]} days @param {number} few @returns {Bucket[][]} */
function together(days, few) {
  /** @type {Bucket[][]} */
  const groups = [];
  let sum = Infinity;
  for (const day of days) {
    const joins = day.images < few && sum + day.images <= TOGETHER * few;
    if (joins) groups[groups.length - 1].push(day);
    else groups.push([day]);
    sum = day.images < few ? (joins ? sum : 0) + day.images : Infinity;
  }
  return groups;
}

/** @param {Bucket[]} days @returns {Section} */
function sectionOf(days) {
  const [first] = days;
  const section = new Section(String(first.date), first.date, days);
  const images = days.reduce((sum, day) => sum + day.images, 0);
  section.chunks = days.length > 1 ? [new Chunk(section, { newest: first.date, oldest: section.oldest, offset: 0, count: images })] : split(section, first);
  return section;
}

/** @param {Section} section @param {Bucket} bucket */
function split(section, { date, images }) {
  const parts = images > MOST ? Math.ceil(images / USUAL) : 1;
  return Array.from({ length: parts }, (_, part) => {
    const offset = Math.round((images * part) / parts);
    const count = Math.round((images * (part + 1)) / parts) - offset;
    return new Chunk(section, { newest: date, oldest: date, offset, count });
  });
}

/**
 * Return the places that the tiles of a chunk take.
 * @param {Tile[]} tiles
 * @param {boolean} stacked one place for all images of a job
 * @param {Set<string>} opened ids of jobs whose stack is open
 * @returns {Cell[]}
 */
export function cellsOf(tiles, stacked, opened) {
  if (!stacked) return tiles.map((tile) => ({ tile, stack: null, open: null }));
  /** @type {Map<string, Tile[]>} */
  const jobs = new Map();
  for (const tile of tiles) {
    const members = jobs.get(tile.job_id);
    if (members) members.push(tile);
    else jobs.set(tile.job_id, [tile]);
  }
  return [...jobs].flatMap(([job, members]) => {
    members.sort((one, other) => one.index - other.index);
    const isOpen = members.length > 1 && opened.has(job);
    if (!isOpen) return [/** @type {Cell} */ ({ tile: members[0], stack: members.length > 1 ? members : null, open: null })];
    return members.map((tile, place) => /** @type {Cell} */ ({ tile, stack: place ? null : members, open: place ? "more" : "first" }));
  });
}
