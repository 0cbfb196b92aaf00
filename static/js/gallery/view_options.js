// @ts-check
// How the grid looks, as this browser remembers it: row height, grouping, enlarged previews.

const KEY = "sdsite.grid";
const LOWEST = 120;
const HIGHEST = 360;
const USUAL = 220;
/** On a phone a row has about this many images. */
const PHONE_COLUMNS = 3;
const PHONE = 600;

/** @typedef {{rowHeight: number, grouping: "job"|"day"|"none", previews: boolean}} Options */

function stored() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}") ?? {};
  } catch {
    return {};
  }
}

/** Phones and larger screens remember a height each. */
const heightName = () => (window.innerWidth < PHONE ? "phoneHeight" : "height");

/** @returns {Options} */
export function readOptions() {
  const kept = stored();
  const usual = window.innerWidth < PHONE ? Math.round(window.innerWidth / PHONE_COLUMNS) : USUAL;
  const height = Number(kept[heightName()]) || usual;
  return {
    rowHeight: Math.min(HIGHEST, Math.max(LOWEST, height)),
    grouping: ["job", "day", "none"].includes(kept.grouping) ? kept.grouping : "day",
    previews: kept.previews !== false,
  };
}

/** @param {Record<string, any>} fields */
function remember(fields) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...stored(), ...fields }));
  } catch {
    // Storage is blocked: the choice lasts until the page is left.
  }
}

/** Connect the page's fields with the grid. @param {import("./grid/grid.js").Grid} grid @param {Options} options */
export function useOptions(grid, options) {
  const size = document.querySelector("[data-row-height]");
  if (size instanceof HTMLInputElement) {
    size.value = String(options.rowHeight);
    let frame = 0;
    size.addEventListener("input", () => {
      frame ||= requestAnimationFrame(() => {
        frame = 0;
        options.rowHeight = Number(size.value);
        grid.setRowHeight(options.rowHeight);
      });
    });
    size.addEventListener("change", () => remember({ [heightName()]: Number(size.value) }));
  }
  const grouping = document.querySelector("[data-grouping]");
  if (grouping instanceof HTMLSelectElement) {
    grouping.value = options.grouping;
    grouping.addEventListener("change", () => {
      options.grouping = /** @type {any} */ (grouping.value);
      grid.setGrouping(options.grouping);
      remember({ grouping: options.grouping });
    });
  }
  const previews = document.querySelector("[data-previews]");
  if (previews instanceof HTMLInputElement) {
    previews.checked = options.previews;
    previews.addEventListener("change", () => {
      options.previews = previews.checked;
      remember({ previews: options.previews });
    });
  }
}
