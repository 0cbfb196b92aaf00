// @ts-check
// Collections as places for drops: images of a grid are added, files are imported first; the toast undoes it.

import { DRAGGED } from "../grid/pointer.js";
import { filesOf, hasFiles } from "../importing/drops.js";
import { importFiles } from "../importing/panel.js";
import { toLibrary } from "../importing/sending.js";
import { runAction } from "../selection/bulk.js";

/** @typedef {{id: string, name: string}} Into a collection */

/**
 * Let the collections of a page ([data-collection], in the rail and as cards) take what is dropped on them, and the opened
 * one what is dropped anywhere else.
 * @param {{opened?: Into|null, changed?: (id: string) => unknown, imported?: () => unknown}} [page] `changed`: a collection
 *   has other images now; `imported`: there are new images
 */
export function useCollectionDrops({ opened = null, changed = () => undefined, imported = () => undefined } = {}) {
  const takes = (/** @type {DragEvent} */ event) => hasFiles(event) || Boolean(event.dataTransfer?.types.includes(DRAGGED));
  let isOwnDrag = false; // of the opened collection's own images, which it has
  addEventListener("dragstart", () => (isOwnDrag = true));
  addEventListener("dragend", () => (isOwnDrag = false));
  const linkOf = (/** @type {DragEvent} */ { target }) => (target instanceof Element ? target.closest("[data-collection]") : null);
  const mark = (/** @type {Element|null} */ link) => {
    for (const other of document.querySelectorAll(".is-target")) other.classList.toggle("is-target", other === link);
    link?.classList.add("is-target");
  };
  for (const name of ["dragenter", "dragover"]) {
    document.body.addEventListener(name, (event) => {
      const drag = /** @type {DragEvent} */ (event);
      const link = takes(drag) ? linkOf(drag) : null;
      mark(link);
      if (link || (opened && !isOwnDrag && takes(drag))) event.preventDefault();
    });
  }
  for (const name of ["dragleave", "dragend"]) document.body.addEventListener(name, () => mark(null));
  document.body.addEventListener("drop", (event) => {
    const link = takes(event) ? linkOf(event) : null;
    mark(null);
    const into = link instanceof HTMLElement ? { id: String(link.dataset.collection), name: String(link.dataset.name) } : isOwnDrag ? null : opened;
    if (!into || !takes(event)) return;
    event.preventDefault();
    void add(/** @type {DataTransfer} */ (event.dataTransfer), into, { changed, imported });
  }, true);
}

/** @param {DataTransfer} transfer @param {Into} into @param {{changed: (id: string) => unknown, imported: () => unknown}} page */
async function add(transfer, into, { changed, imported }) {
  /** @param {string[]} ids */
  const collect = async (ids) => {
    const undone = () => changed(into.id);
    if (ids.length && (await runAction({ ids }, "collect", { value: into.id, name: into.name, undone }))) changed(into.id);
  };
  if (transfer.types.includes(DRAGGED)) return collect(JSON.parse(transfer.getData(DRAGGED) || "[]"));
  /** @type {Set<string>} */
  const ids = new Set();
  return importFiles(await filesOf(transfer), {
    to: into.id,
    target: () => toLibrary((id) => ids.add(id)),
    mostBytes: Number(document.querySelector("[data-rail]")?.getAttribute("data-most-bytes")) || Infinity,
    onEnded: ({ stored }) => {
      if (stored) imported();
      void collect([...ids]);
    },
  });
}
