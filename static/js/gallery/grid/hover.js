// @ts-check
// What appears on the tile under the pointer or with the focus: its actions, and after a while an enlarged preview.

import { element, icon } from "../../lib/dom.js";
import { gettext as _ } from "../../lib/i18n.js";
import { ROOT } from "../../lib/root.js";
import { cellAt } from "./pointer.js";
import { thumbnailUrl } from "./tile.js";

const PREVIEW_MS = 900;
/** A preview that would not be larger than its tile by this factor tells nothing. */
const LARGER = 1.4;
const MARGIN = 16;

/**
 * @typedef {import("./chunks.js").Cell} Cell
 * @typedef {import("./grid.js").Grid} Grid
 * @typedef {{favourite: (cell: Cell) => void, menu: (cell: Cell, at: {x: number, y: number}) => void}} Acts
 */

/** One set of buttons for all tiles, moved to the one that is pointed at. */
export class Hover {
  /** @param {Grid} grid @param {Acts} acts @param {{previews: () => boolean, inLibrary: boolean}} options `inLibrary`: images can be marked and reused */
  constructor(grid, acts, { previews, inLibrary }) {
    this.grid = grid;
    this.acts = acts;
    this.previews = previews;
    this.tick = button("tile__tick", "check", _("Select"));
    this.star = button("tile__star", "star", _("Favourite"));
    this.more = button("tile__more", "more", _("More actions"));
    this.prompt = element("span", { class: "tile__prompt", dir: "auto" });
    this.reuse = inLibrary ? element("a", { class: "tile__reuse", tabindex: "-1", text: _("Reuse") }) : null;
    this.foot = element("div", { class: "tile__foot" }, this.prompt, this.reuse, this.more);
    this.node = element("div", { class: "tile__actions" }, this.tick, inLibrary ? this.star : null, this.foot);
    /** @type {HTMLElement|null} */
    this.tile = null;
    this.timer = 0;
    /** @type {HTMLElement|null} */
    this.preview = null;
    this.listen();
  }

  listen() {
    const { body, selection } = this.grid;
    body.addEventListener("pointerover", (event) => event.pointerType === "mouse" && this.moveTo(event.target));
    body.addEventListener("focusin", (event) => this.moveTo(event.target));
    body.addEventListener("pointerleave", () => this.leave());
    body.addEventListener("focusout", () => this.leave());
    for (const name of ["pointerdown", "keydown", "wheel"]) window.addEventListener(name, () => this.hidePreview(), { passive: true });
    window.addEventListener("scroll", () => this.hidePreview(), { passive: true });
    this.tick.addEventListener("click", (/** @type {MouseEvent} */ event) => {
      const cell = this.cell();
      if (cell) void (event.shiftKey ? selection.extendTo(cell) : selection.toggle(cell)).catch(this.grid.report);
    });
    this.star.addEventListener("click", () => {
      const cell = this.cell();
      if (cell) this.acts.favourite(cell);
    });
    this.more.addEventListener("click", () => {
      const cell = this.cell();
      const box = this.more.getBoundingClientRect();
      if (cell) this.acts.menu(cell, { x: box.left, y: box.bottom });
    });
    selection.addEventListener("change", () => this.refresh());
  }

  cell() {
    return cellAt(this.grid, this.tile);
  }

  /** @param {EventTarget|null} target */
  moveTo(target) {
    const tile = target instanceof Element ? /** @type {HTMLElement|null} */ (target.closest(".tile")) : null;
    if (!tile || tile === this.tile) return;
    this.hidePreview();
    this.tile = tile;
    tile.append(this.node);
    this.refresh();
    const cell = this.cell();
    if (cell && this.previews() && tile.matches(":hover") && !this.grid.selection.isActive) {
      this.timer = window.setTimeout(() => this.showPreview(cell), PREVIEW_MS);
    }
  }

  leave() {
    this.hidePreview();
    requestAnimationFrame(() => {
      if (this.tile?.matches(":hover, :focus-within")) return;
      this.node.remove();
      this.tile = null;
    });
  }

  /** Bring the buttons up to date. */
  refresh() {
    const cell = this.cell();
    if (!cell) return;
    this.tick.setAttribute("aria-pressed", String(this.grid.selection.hasCell(cell)));
    this.star.setAttribute("aria-pressed", String(cell.tile.favourite));
    if (this.prompt.textContent !== cell.tile.prompt) this.prompt.textContent = cell.tile.prompt;
    this.reuse?.setAttribute("href", `${ROOT}/?from=${cell.tile.id}`);
  }

  /** @param {Cell} cell */
  showPreview({ tile }) {
    const box = this.tile?.getBoundingClientRect();
    if (!box || tile.quarantined) return;
    const longest = Math.min(1024, Math.max(tile.width, tile.height, 512));
    const room = { width: window.innerWidth * 0.45, height: window.innerHeight * 0.8 };
    const scale = Math.min(longest / Math.max(tile.width, tile.height), room.width / tile.width, room.height / tile.height);
    const [width, height] = [Math.round(tile.width * scale), Math.round(tile.height * scale)];
    if (width < box.width * LARGER) return;
    const left = box.right + MARGIN + width < window.innerWidth ? box.right + MARGIN : box.left - MARGIN - width;
    const image = element("img", { class: "grid__preview", alt: "", src: thumbnailUrl(tile, 1024), popover: "manual", width, height });
    const top = Math.min(window.innerHeight - height - MARGIN, Math.max(MARGIN, box.top + box.height / 2 - height / 2));
    Object.assign(image.style, { left: `${Math.max(MARGIN, left)}px`, top: `${top}px` });
    this.preview = image;
    image.decode().then(
      () => {
        if (this.preview !== image) return;
        this.grid.root.append(image);
        image.showPopover();
      },
      () => undefined,
    );
  }

  hidePreview() {
    clearTimeout(this.timer);
    this.preview?.remove();
    this.preview = null;
  }
}

/** @param {string} name @param {string} symbol @param {string} label */
function button(name, symbol, label) {
  return element("button", { class: `tile__button ${name}`, type: "button", tabindex: "-1", "aria-label": label, title: label }, icon(symbol));
}
