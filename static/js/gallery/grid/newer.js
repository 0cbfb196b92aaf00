// @ts-check
// Images that were made since the grid was read: they join at the top, and what one looks at stays where it is.

import { cut } from "./chunks.js";
import { dayOf } from "./source.js";

/** A first chunk of more images is cut anew, so that laying it out stays quick. */
const MOST = 500;

/** @param {import("./grid.js").Grid} grid @returns {Promise<number>} how many came */
export async function addNewer(grid) {
  const { source, model } = grid;
  if (!grid.started || !source.newer) return 0;
  const newest = model.chunks[0]?.tiles?.[0];
  if (!newest && model.count > 0) return 0; // the top is not loaded: it will be read as it is then
  const found = (await source.newer(newest?.created_at ?? null)).filter((tile) => !model.where.has(tile.id));
  if (grid.source !== source || !found.length) return 0;
  grid.keepPlace(() => {
    for (const tile of found.reverse()) insert(model, tile);
    for (const chunk of new Set(found.map((tile) => model.where.get(tile.id)))) if (chunk) model.layOutChunk(chunk);
    if ((model.chunks[0]?.count ?? 0) > MOST) model.regroup();
  });
  return found.length;
}

/** @param {import("./model.js").Model} model @param {import("./chunks.js").Tile} tile newer than all others */
function insert(model, tile) {
  const day = dayOf(tile.created_at);
  const first = model.sections[0];
  if (!first || (first.date !== null && first.key !== day)) {
    const [section] = cut([{ date: day, images: 1 }], model.grouping !== "none");
    model.sections.unshift(section);
    model.store(section.chunks[0], [tile]);
    return;
  }
  const chunk = first.chunks[0];
  if (chunk.newest && day > chunk.newest) {
    if (chunk.oldest === chunk.newest && first.chunks[1]?.newest === chunk.oldest) {
      // One day of several chunks: a new day cannot join its first.
      const [section] = cut([{ date: day, images: 1 }], false);
      const [added] = section.chunks;
      added.section = first;
      first.chunks.unshift(added);
      model.store(added, [tile]);
      return;
    }
    chunk.newest = day;
  }
  model.store(chunk, [tile, ...(chunk.tiles ?? [])]);
}
