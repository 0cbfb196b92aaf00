// @ts-check
// The rail beside a grid: collections take images that are dragged onto them.

import { DRAGGED } from "./grid/pointer.js";

/** @param {import("./selection/actions.js").Actions} actions */
export function useRail(actions) {
  const rail = document.querySelector("[data-rail]");
  if (!(rail instanceof HTMLElement)) return;
  const targetOf = (/** @type {DragEvent} */ event) => {
    const link = event.target instanceof Element ? event.target.closest("[data-collection]") : null;
    return link instanceof HTMLElement && event.dataTransfer?.types.includes(DRAGGED) ? link : null;
  };
  const mark = (/** @type {HTMLElement|null} */ link) => {
    for (const other of rail.querySelectorAll(".is-target")) other.classList.toggle("is-target", other === link);
    link?.classList.add("is-target");
  };
  for (const name of ["dragenter", "dragover"]) {
    rail.addEventListener(name, (event) => {
      const link = targetOf(/** @type {DragEvent} */ (event));
      mark(link);
      if (link) event.preventDefault();
    });
  }
  for (const name of ["dragleave", "dragend"]) rail.addEventListener(name, () => mark(null));
  rail.addEventListener("drop", (event) => {
    const link = targetOf(event);
    mark(null);
    if (!link) return;
    event.preventDefault();
    const ids = JSON.parse(event.dataTransfer?.getData(DRAGGED) || "[]");
    if (ids.length) void actions.collect({ ids }, { id: String(link.dataset.collection), name: String(link.dataset.name) });
  });
}
