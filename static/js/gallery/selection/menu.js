// @ts-check
// The context menu of a tile: by right click, Shift+F10, a long press or its "more" button.

import { element, icon } from "../../lib/dom.js";
import { gettext as _, interpolate, ngettext } from "../../lib/i18n.js";
import { ROOT } from "../../lib/root.js";
import { idsOf } from "./selection.js";

const MARGIN = 8;

/**
 * @typedef {import("../grid/chunks.js").Cell} Cell
 * @typedef {{label: string, icon: string, run?: () => unknown, href?: string, danger?: boolean}} Entry
 */

/**
 * Return the entries for images of the library or of a collection.
 * @param {Cell} cell @param {import("./actions.js").Actions} actions @param {(cell: Cell) => void} open @returns {Entry[]}
 */
export function libraryEntries(cell, actions, open) {
  const { selection } = actions.grid;
  const several = selection.size > 1 && selection.hasCell(cell);
  const target = several ? actions.selected : { ids: idsOf(cell) };
  const { tile } = cell;
  /** @type {(Entry|false)[]} */
  const single = [
    { label: _("Open"), icon: "expand", run: () => open(cell) },
    { label: _("Reuse settings"), icon: "wand", href: `${ROOT}/?from=${tile.id}` },
    { label: _("Use as input"), icon: "swap", href: `${ROOT}/?init=${tile.id}` },
    { label: _("Edit"), icon: "edit", href: `${ROOT}/images/${tile.id}/edit/` },
    { label: _("Find similar"), icon: "similar", href: `${ROOT}/library/?similar=${tile.id}` },
    document.querySelector("[data-offers-meaning]") !== null && { label: _("Similar in meaning"), icon: "similar", href: `${ROOT}/library/?similar=${tile.id}&by=meaning` },
    { label: _("Copy prompt"), icon: "copy", run: () => actions.copyPrompt(tile) },
  ];
  /** @type {(Entry|false)[]} */
  const shared = [
    { label: several || !tile.favourite ? _("Favourite") : _("Remove from favourites"), icon: "star", run: () => (several ? actions.favourite(target) : actions.toggleFavourite(tile)) },
    { label: _("Tag…"), icon: "tag", run: () => actions.tag(target) },
    { label: _("Add to collection…"), icon: "collection", run: () => actions.collect(target) },
    actions.collection !== null && { label: _("Remove from collection"), icon: "close", run: () => actions.removeFromCollection(target) },
    { label: _("Share…"), icon: "share", run: () => actions.share(target) },
    actions.canCompare(target) && { label: _("Compare"), icon: "compare", run: () => actions.compare(target) },
    { label: _("Download"), icon: "download", run: () => actions.zip(target) },
    { label: selection.hasCell(cell) ? _("Deselect") : _("Select"), icon: "check", run: () => selection.toggle(cell) },
    { label: _("Move to trash"), icon: "trash", danger: true, run: () => actions.trash(target) },
  ];
  const usable = tile.quarantined ? single.slice(0, 1) : single;
  return /** @type {Entry[]} */ ([...(several ? [] : usable), ...shared].filter(Boolean));
}

/** @param {Cell} cell @param {import("./actions.js").Actions} actions @returns {Entry[]} for images in the trash */
export function trashEntries(cell, actions) {
  const { selection } = actions.grid;
  const target = selection.size > 1 && selection.hasCell(cell) ? actions.selected : { ids: idsOf(cell) };
  return [
    { label: _("Restore"), icon: "restore", run: () => actions.restore(target) },
    { label: selection.hasCell(cell) ? _("Deselect") : _("Select"), icon: "check", run: () => selection.toggle(cell) },
    { label: _("Delete for good"), icon: "trash", danger: true, run: () => actions.deleteForGood(target) },
  ];
}

/**
 * Open the menu.
 * @param {Entry[]} entries
 * @param {{x: number, y: number}} at in the view
 * @param {{back: HTMLElement|null, rate?: {stars: number, set: (stars: number) => unknown}, count?: number}} options `back`
 *   gets the focus when it closes
 */
export function openMenu(entries, at, { back, rate, count = 1 }) {
  const close = () => menu.hidePopover();
  const items = entries.map((entry) => item(entry, close));
  const head = count > 1 ? element("p", { class: "menu__name", text: interpolate(ngettext("%(n)s image", "%(n)s images", count), { n: count.toLocaleString() }) }) : null;
  const list = element("div", { role: "menu", "aria-label": _("Actions") }, rate ? stars(rate, close) : null, ...items);
  const menu = element("div", { class: "menu menu--context", popover: "auto" }, head, list);
  (document.querySelector("main") ?? document.body).append(menu);
  menu.addEventListener("toggle", (/** @type {any} */ event) => {
    if (event.newState !== "closed") return;
    const had = menu.contains(document.activeElement) || document.activeElement === document.body;
    menu.remove();
    if (had && back?.isConnected) back.focus({ preventScroll: true });
  });
  menu.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => walk(event, menu));
  menu.addEventListener("contextmenu", (/** @type {Event} */ event) => event.preventDefault());
  menu.showPopover();
  const box = menu.getBoundingClientRect();
  Object.assign(menu.style, {
    left: `${Math.max(MARGIN, Math.min(at.x, window.innerWidth - box.width - MARGIN))}px`,
    top: `${Math.max(MARGIN, Math.min(at.y, window.innerHeight - box.height - MARGIN))}px`,
  });
  menu.querySelector("[role^=menuitem]")?.focus({ preventScroll: true });
}

/** @param {Entry} entry @param {() => void} close */
function item({ label, icon: name, run, href, danger }, close) {
  const attributes = { role: "menuitem", tabindex: "-1", class: danger ? "menu__danger" : null };
  if (href) return element("a", { ...attributes, href }, icon(name), label);
  const act = () => {
    close();
    void run?.();
  };
  return element("button", { ...attributes, type: "button", on: { click: act } }, icon(name), label);
}

/** @param {{stars: number, set: (stars: number) => unknown}} rate @param {() => void} close */
function stars({ stars: now, set }, close) {
  const buttons = [1, 2, 3, 4, 5].map((value) =>
    element(
      "button",
      {
        type: "button",
        role: "menuitemradio",
        tabindex: "-1",
        "aria-checked": String(value === now),
        "aria-label": interpolate(ngettext("%(n)s star", "%(n)s stars", value), { n: value }),
        class: value <= now ? "menu__star is-on" : "menu__star",
        on: { click: () => (close(), void set(value === now ? 0 : value)) },
      },
      icon("star"),
    ),
  );
  return element("div", { class: "menu__stars", role: "group", "aria-label": _("Rating") }, ...buttons);
}

/** @param {KeyboardEvent} event @param {HTMLElement} menu */
function walk(event, menu) {
  const items = /** @type {HTMLElement[]} */ ([...menu.querySelectorAll("[role^=menuitem]")]);
  const place = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const to = { ArrowDown: place + 1, ArrowRight: place + 1, ArrowUp: place - 1, ArrowLeft: place - 1, Home: 0, End: items.length - 1 }[event.key];
  if (event.key === "Tab") menu.hidePopover();
  if (to === undefined) return;
  event.preventDefault();
  items[(to + items.length) % items.length]?.focus();
}
