// @ts-check
// The place one looks at, kept in the history entry: a reload and Back return to it, whatever came or went since.

import { dayOf } from "./source.js";

history.scrollRestoration = "manual";

/** @typedef {{section: string, index: number, id: string, offset: number}} Kept `index` of the image in its section */

/** Remember the place in view. @param {import("./grid.js").Grid} grid */
export function writePlace(grid) {
  const anchor = grid.anchor();
  const chunk = anchor && grid.model.where.get(anchor.id);
  if (!anchor || !chunk?.tiles) return;
  const { section } = chunk;
  const before = section.chunks.slice(0, section.chunks.indexOf(chunk)).reduce((sum, one) => sum + one.count, 0);
  const index = before + chunk.tiles.findIndex((tile) => tile.id === anchor.id);
  /** @type {Kept|null} */
  const kept = grid.view.top <= 0 ? null : { section: section.key, index, id: anchor.id, offset: Math.round(anchor.offset) };
  if (JSON.stringify(history.state?.grid ?? null) === JSON.stringify(kept)) return;
  history.replaceState({ ...history.state, grid: kept }, "");
}

/** Scroll to the place that the history entry remembers, if any. @param {import("./grid.js").Grid} grid */
export async function readPlace(grid) {
  const kept = /** @type {Kept|null} */ (history.state?.grid ?? null);
  if (!kept) return;
  grid.body.style.height = `${grid.model.height}px`;
  let chunk = chunkOf(grid, kept);
  if (!chunk) return;
  grid.scrollTo(chunk.top);
  await grid.load(chunk).catch(() => undefined);
  for (let next = chunkOf(grid, kept); next && next !== chunk && !grid.model.find(kept.id); next = chunkOf(grid, kept)) {
    chunk = next; // a list that is longer than it was counted
    await grid.load(chunk).catch(() => undefined);
  }
  if (!grid.model.find(kept.id)) await Promise.all(neighbours(grid, chunk).map((one) => grid.load(one).catch(() => undefined)));
  const place = grid.model.find(kept.id);
  grid.scrollTo(place ? grid.model.box(place).top - kept.offset : chunk.top);
}

/** @param {import("./grid.js").Grid} grid @param {Kept} kept */
function chunkOf(grid, { section: key, index }) {
  const sections = grid.model.sections;
  const section = sections.find((one) => one.key === key) ?? sections.find((one) => one.oldest !== null && one.oldest <= key) ?? sections.at(-1);
  let before = 0;
  for (const chunk of section?.chunks ?? []) {
    before += chunk.count;
    if (before > index || section?.key !== key) return chunk;
  }
  return section?.chunks.at(-1);
}

/** @param {import("./grid.js").Grid} grid @param {import("./chunks.js").Chunk} chunk */
function neighbours(grid, chunk) {
  const { chunks } = grid.model;
  const at = chunks.indexOf(chunk);
  return [chunks[at - 1], chunks[at + 1]].filter(Boolean);
}

/** Scroll to the first image of a day or earlier. @param {import("./grid.js").Grid} grid @param {string} moment */
export function jumpTo(grid, moment) {
  const day = moment.length === 10 ? moment : dayOf(moment);
  const section = grid.model.sections.find((one) => one.oldest !== null && one.oldest <= day);
  if (section) grid.scrollTo(section.top);
}
