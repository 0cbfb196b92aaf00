// @ts-check
// One tile: a cell of the grid with its link, its image and its marks. Few nodes, because hundreds are mounted.

import { element, icon } from "../../lib/dom.js";
import { gettext as _, interpolate, ngettext } from "../../lib/i18n.js";
import { ROOT } from "../../lib/root.js";
import { showPlaceholder } from "./placeholders.js";

/**
 * @typedef {import("./chunks.js").Cell} Cell
 * @typedef {import("./chunks.js").Tile} Tile
 * @typedef {{selected: (cell: Cell) => boolean, href: (tile: Tile) => string, note?: (tile: Tile) => string, showsHeld?: boolean}} Look `showsHeld`: the reader may see images under review
 */

const SIDES = [256, 512, 1024];
/** Thumbnails of other widths are not asked for when the wanted width changes by less, in pixels. */
const SAME = 24;

/** @param {Tile} tile @param {number} side longest side in pixels */
export const thumbnailUrl = (tile, side) => tile.thumbnail_url ?? `${ROOT}/images/${tile.id}/thumbnail?size=${side}`;

/** @param {Tile} tile @returns {string} thumbnails with their widths, as `srcset` takes them */
function srcsetOf(tile) {
  const longest = Math.max(tile.width, tile.height);
  const sides = SIDES.filter((side, place) => place === 1 || (place === 0 ? longest > side : longest > SIDES[1]));
  return sides.map((side) => `${thumbnailUrl(tile, side)} ${Math.max(1, Math.round(tile.width * Math.min(1, side / longest)))}w`).join(", ");
}

/** @param {Cell} cell @param {string} note @returns {string} what a screen reader says */
function labelOf({ tile, stack }, note) {
  const parts = [tile.prompt || _("Image without a prompt")];
  if (tile.quarantined) parts.push(_("under review"));
  if (stack) parts.push(interpolate(ngettext("stack of %(n)s image", "stack of %(n)s images", stack.length), { n: stack.length }));
  if (tile.favourite) parts.push(_("favourite"));
  if (tile.rating) parts.push(interpolate(ngettext("%(n)s star", "%(n)s stars", tile.rating), { n: tile.rating }));
  if (tile.visibility && tile.visibility !== "private") parts.push(_("shared"));
  if (note) parts.push(note);
  return parts.join(", ");
}

/** @param {Cell} cell @param {Look} look @returns {HTMLElement} */
export function makeTile(cell, look) {
  const { tile } = cell;
  const link = element("a", { class: "tile__link", href: look.href(tile), tabindex: "-1", draggable: "true" });
  const node = element("div", { class: "tile", role: "gridcell", data: { image: tile.id } }, link);
  fill(node, link, tile, look);
  return node;
}

/** Show the image of a tile, or that it is under review. @param {HTMLElement} node @param {Element} link @param {Tile} tile @param {Look} look */
function fill(node, link, tile, look) {
  const withheld = tile.quarantined && !look.showsHeld;
  node.classList.toggle("tile--withheld", withheld);
  node.classList.remove("is-loaded");
  if (!withheld) showPlaceholder(node, tile.thumbhash);
  link.replaceChildren(
    ...(withheld ? [icon("shield"), element("span", { text: _("Under review") })] : [element("img", { class: "tile__image", alt: "", decoding: "async", draggable: "false" })]),
  );
}

/**
 * Bring a tile up to date; its image is asked for when its size is first known.
 * @param {HTMLElement} node
 * @param {Cell} cell
 * @param {{width: number, height: number}} size
 * @param {Look} look
 */
export function updateTile(node, cell, { width, height }, look) {
  const { tile, stack, open } = cell;
  node.style.width = `${width}px`;
  node.style.height = `${height}px`;
  const link = /** @type {HTMLElement} */ (node.firstElementChild);
  if (node.classList.contains("tile--withheld") !== (tile.quarantined && !look.showsHeld)) fill(node, link, tile, look);
  const image = node.querySelector("img");
  if (image instanceof HTMLImageElement) askForImage(image, tile, Math.max(width, height * (tile.width / tile.height || 1)));
  const selected = look.selected(cell);
  node.classList.toggle("is-selected", selected);
  node.setAttribute("aria-selected", String(selected));
  node.classList.toggle("tile--open", open !== null);
  const note = look.note?.(tile) ?? "";
  link.setAttribute("aria-label", labelOf(cell, note));
  const said = JSON.stringify([stack?.length, open, tile.favourite, tile.rating, tile.visibility, note]);
  if (node.dataset.marks === said) return;
  node.dataset.marks = said;
  node.querySelector(".tile__marks")?.remove();
  node.querySelector(".tile__stack")?.remove();
  const marks = marksOf(tile, note);
  if (marks.length) node.append(element("span", { class: "tile__marks", "aria-hidden": "true" }, ...marks));
  const shown = stack ?? (open === "first" ? [] : null);
  if (shown) node.append(stackMark(stack?.length ?? 0));
}

/** @param {Tile} tile @param {string} note */
function marksOf(tile, note) {
  const marks = [];
  if (note) marks.push(element("span", { class: "tile__note", text: note }));
  if (tile.visibility && tile.visibility !== "private") marks.push(element("span", { class: "mark mark--shared" }));
  if (tile.favourite) marks.push(element("span", { class: "mark mark--favourite" }));
  if (tile.rating) marks.push(element("span", { class: "tile__rating", text: "★".repeat(tile.rating) }));
  return marks;
}

/** @param {number} count images of a closed stack; 0: it is open, and the button closes it */
function stackMark(count) {
  const label = count
    ? interpolate(ngettext("Show %(n)s image of this job", "Show all %(n)s images of this job", count), { n: count })
    : _("Close the stack");
  return element("button", { class: "tile__stack", type: "button", tabindex: "-1", text: count || "–", "aria-label": label, title: label, data: { stack: "" } });
}

/** @param {HTMLImageElement} image @param {Tile} tile @param {number} width in CSS pixels */
function askForImage(image, tile, width) {
  const asked = Number(image.dataset.width ?? 0);
  if (asked && width < asked + SAME) return;
  image.dataset.width = String(Math.round(width));
  if (tile.thumbnail_url) {
    if (!image.src) image.src = tile.thumbnail_url;
    return;
  }
  image.sizes = `${Math.ceil(width)}px`;
  if (!image.srcset) image.srcset = srcsetOf(tile);
}

/** Stop loading what nobody will see. @param {HTMLElement} node */
export function releaseTile(node) {
  const image = node.querySelector("img");
  if (image instanceof HTMLImageElement && !image.complete) {
    image.removeAttribute("srcset");
    image.removeAttribute("src");
  }
}
