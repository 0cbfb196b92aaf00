// @ts-check
// The grid by mouse and touch: opening, selecting by click, shift and ctrl, a long press, and dragging tiles away.

import { idsOf } from "../selection/selection.js";
import { ROOT } from "../../lib/root.js";

const LONG_PRESS_MS = 450;
/** Pixels that a finger may move in a long press. */
const STEADY = 10;
/** Type of what is dragged onto a collection: ids of images as JSON. */
export const DRAGGED = "application/x-sdsite-images";
const NAME_WORDS = 6;

/**
 * @typedef {import("./chunks.js").Cell} Cell
 * @typedef {import("./grid.js").Grid} Grid
 * @typedef {{open: (cell: Cell) => void, menu: (cell: Cell, at: {x: number, y: number}) => void}} Acts
 */

/** @param {Grid} grid @param {EventTarget|null} target @returns {Cell|null} the cell that an event is about */
export function cellAt(grid, target) {
  const id = target instanceof Element ? target.closest(".tile")?.getAttribute("data-image") : null;
  const place = id ? grid.model.find(id) : null;
  return place?.chunk.rows?.[place.row]?.cells[place.cell] ?? null;
}

/** @param {Grid} grid @param {Acts} acts */
export function usePointer(grid, acts) {
  const { body, selection } = grid;
  let isPressed = false; // by a long press, whose click and context menu are no others
  body.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    const cell = cellAt(grid, target);
    if (!cell) return;
    if (target.closest("[data-stack]")) return grid.toggleStack(cell.tile.job_id);
    if (!target.closest(".tile__link")) return;
    event.preventDefault();
    if (isPressed) return;
    if (event.shiftKey) void selection.extendTo(cell).catch(grid.report);
    else if (event.ctrlKey || event.metaKey || selection.isActive) void selection.toggle(cell).catch(grid.report);
    else acts.open(cell);
  });
  body.addEventListener("contextmenu", (event) => {
    const cell = cellAt(grid, event.target);
    if (!cell) return;
    event.preventDefault();
    if (!isTouch) acts.menu(cell, { x: event.clientX, y: event.clientY });
  });
  let isTouch = false;
  let timer = 0;
  let start = { x: 0, y: 0 };
  body.addEventListener("pointerdown", (event) => {
    isTouch = event.pointerType === "touch";
    isPressed = false;
    if (!isTouch || !event.isPrimary) return;
    const cell = cellAt(grid, event.target);
    start = { x: event.clientX, y: event.clientY };
    clearTimeout(timer);
    if (cell) timer = window.setTimeout(() => longPress(cell), LONG_PRESS_MS);
  });
  /** @param {Cell} cell */
  const longPress = (cell) => {
    isPressed = true;
    navigator.vibrate?.(10);
    if (selection.isActive && selection.hasCell(cell)) acts.menu(cell, start);
    else void (selection.isActive ? selection.extendTo(cell) : selection.toggle(cell)).catch(grid.report);
  };
  body.addEventListener("pointermove", (event) => {
    if (Math.hypot(event.clientX - start.x, event.clientY - start.y) > STEADY) clearTimeout(timer);
  });
  for (const name of ["pointerup", "pointercancel", "pointerleave"]) body.addEventListener(name, () => clearTimeout(timer));
  body.addEventListener("dragstart", (event) => startDrag(grid, event));
}

/**
 * Let a tile be dragged: to the desktop as its original file, onto a collection as its id.
 * @param {Grid} grid @param {DragEvent} event
 */
function startDrag(grid, event) {
  const cell = cellAt(grid, event.target);
  if (!cell || !event.dataTransfer) return;
  if (grid.root.classList.contains("grid--veiled")) return event.preventDefault(); // what is dragged is not blurred
  const ids = grid.selection.hasCell(cell) && !grid.selection.all ? [...grid.selection.ids] : idsOf(cell);
  const { tile } = cell;
  const format = tile.format ?? "png";
  const file = new URL(tile.file_url ?? `${ROOT}/images/${tile.id}/file`, window.location.href).href;
  event.dataTransfer.effectAllowed = "copyLink";
  event.dataTransfer.setData(DRAGGED, JSON.stringify(ids));
  event.dataTransfer.setData("DownloadURL", `image/${format}:${fileName(tile, format)}:${file}?download`);
  event.dataTransfer.setData("text/uri-list", file);
  const image = /** @type {HTMLElement} */ (event.target).closest(".tile")?.querySelector("img");
  if (image && image.complete) event.dataTransfer.setDragImage(image, 24, 24);
  document.documentElement.classList.add("is-dragging");
  window.addEventListener("dragend", () => document.documentElement.classList.remove("is-dragging"), { once: true });
}

/** @param {import("./chunks.js").Tile} tile @param {string} format @returns {string} "a-red-heart-on-snow-1f2e3d4c.png" */
export function fileName(tile, format) {
  const words = tile.prompt.normalize("NFKD").toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? ["image"];
  return `${[...words.slice(0, NAME_WORDS), tile.id.slice(0, 8)].join("-")}.${format}`;
}

