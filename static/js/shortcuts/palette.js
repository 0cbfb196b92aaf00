// @ts-check
// The command palette: what the page can do, where one can go, and own collections, presets and styles, found by typing.

import { API, request, savedApi } from "../lib/api.js";
import { element } from "../lib/dom.js";
import { gettext as _ } from "../lib/i18n.js";
import { ROOT } from "../lib/root.js";
import { commands } from "./commands.js";
import { fit } from "./fuzzy.js";
import { isPressed, keysOf, readable } from "./keys.js";
import { SHORTCUTS } from "./table.js";

const SHOWN = 60;
const PAGE = 100; // collections of a request
const MOST_COLLECTIONS = 500;

/** @typedef {{label: string, kind: string, id: string, run: () => unknown}} Entry `kind`: what it is, in words */

/** @param {string} id */
const isPage = (id) => /^(go|page)\./.test(id);

/** @returns {Entry[]} what needs no request: actions of the page, then pages */
function known() {
  const all = commands().filter(({ id }) => id !== "palette");
  const entries = all.map((one) => ({ ...one, kind: isPage(one.id) ? _("Page") : _("Action") }));
  // Of this page first, in the order of the table; then what every page has.
  const rank = (/** @type {Entry} */ { id }) => {
    const place = SHORTCUTS.findIndex((one) => one.id === id);
    return (isPage(id) ? 2000 : SHORTCUTS[place]?.where === "everywhere" ? 1000 : 0) + (place < 0 ? SHORTCUTS.length : place);
  };
  return entries.sort((a, b) => rank(a) - rank(b));
}

/** @returns {Promise<Entry[]>} own collections, the newest first */
async function collections() {
  /** @type {Entry[]} */
  const found = [];
  let cursor = "";
  do {
    const page = await request("GET", `${API}/collections?limit=${PAGE}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    for (const { id, name, page_url: url } of page.items) found.push({ id: `collection.${id}`, label: name, kind: _("Collection"), run: () => location.assign(url) });
    cursor = page.next ?? "";
  } while (cursor && found.length < MOST_COLLECTIONS);
  return found;
}

/** Apply a preset or style in the studio, or go there with it. @param {"preset"|"style"} kind @param {any} row */
function apply(kind, row) {
  const event = new CustomEvent("sdsite:apply", { detail: { kind, row }, cancelable: true });
  if (document.dispatchEvent(event)) location.assign(`${ROOT}/?${new URLSearchParams({ [kind]: row.id })}`);
}

/** @param {"preset"|"style"} kind @param {string} words @returns {Promise<Entry[]>} */
async function saved(kind, words) {
  const rows = await savedApi(`${kind}s`).list();
  return rows.map((/** @type {any} */ row) => ({ id: `${kind}.${row.id}`, label: row.name, kind: words, run: () => apply(kind, row) }));
}

/** Open the palette with the commands of the page. @param {KeyboardEvent[]} [typed] keys that were pressed while it loaded */
export function openPalette(typed = []) {
  const later = [collections(), saved("preset", _("Preset")), saved("style", _("Style"))];
  new Palette({ title: _("Commands"), hint: _("Find a command, page, collection, preset or style"), entries: known() }).open(later, typed);
}

/**
 * Open a list like the palette's, in which one of many choices is found by typing.
 * @param {string} title
 * @param {Entry[]} entries
 */
export function openChoices(title, entries) {
  new Palette({ title, hint: _("Search"), entries }).open([]);
}

class Palette {
  /** @param {{title: string, hint: string, entries: Entry[]}} options `hint`: what to type */
  constructor({ title, hint, entries }) {
    this.entries = entries;
    /** @type {Entry[]} */
    this.shown = [];
    this.active = 0;
    this.before = document.activeElement;
    this.input = element("input", {
      class: "palette__input",
      type: "text",
      role: "combobox",
      "aria-label": hint,
      "aria-autocomplete": "list",
      "aria-expanded": "true",
      "aria-controls": "palette-list",
      placeholder: hint,
      autocomplete: "off",
      autocapitalize: "none",
      spellcheck: "false",
      dir: "auto",
      on: { input: () => this.show(), keydown: (/** @type {KeyboardEvent} */ event) => this.key(event) },
    });
    this.list = element("ul", { class: "palette__list", role: "listbox", id: "palette-list", "aria-label": title, on: { click: (/** @type {MouseEvent} */ event) => this.click(event) } });
    this.nothing = element("p", { class: "palette__nothing", text: _("Nothing fits."), hidden: true });
    this.count = element("p", { class: "visually-hidden", role: "status" });
    this.dialog = element("dialog", { class: "palette", "aria-label": title }, this.input, this.list, this.nothing, this.count);
    this.dialog.addEventListener("close", () => this.dialog.remove());
    // A click beside the dialog is one on its backdrop.
    this.dialog.addEventListener("click", (/** @type {MouseEvent} */ { target }) => target === this.dialog && this.dialog.close());
  }

  /** @param {Array<Promise<Entry[]>>} later entries that are asked for @param {KeyboardEvent[]} [typed] keys that were pressed before */
  open(later, typed = []) {
    document.body.append(this.dialog);
    this.dialog.showModal();
    this.input.focus();
    this.show();
    for (const event of typed) this.type(event);
    for (const part of later) {
      // Without an answer the rest is there.
      void part.then((entries) => this.add(entries)).catch(() => {});
    }
  }

  /** @param {Entry[]} entries that came later; what is marked stays marked */
  add(entries) {
    this.entries.push(...entries);
    const marked = this.shown[this.active];
    this.show();
    const place = this.shown.indexOf(marked);
    if (place > 0) this.mark(place);
  }

  show() {
    const typed = this.input.value.trim();
    const fitting = this.entries.map((entry) => ({ entry, score: Math.max(fit(entry.label, typed), fit(`${entry.kind} ${entry.label}`, typed) / 2) }));
    const found = fitting.filter(({ score }) => score > 0);
    if (typed) found.sort((a, b) => b.score - a.score);
    this.shown = found.slice(0, SHOWN).map(({ entry }) => entry);
    this.list.replaceChildren(...this.shown.map((entry, index) => option(entry, index)));
    this.list.hidden = this.shown.length === 0;
    this.nothing.hidden = this.shown.length > 0;
    this.input.setAttribute("aria-expanded", String(this.shown.length > 0));
    this.count.textContent = this.shown.length ? "" : _("Nothing fits.");
    this.mark(0);
  }

  /** @param {number} index of the entry that Enter runs */
  mark(index) {
    this.list.children[this.active]?.setAttribute("aria-selected", "false");
    this.active = index;
    const node = this.list.children[index];
    node?.setAttribute("aria-selected", "true");
    node?.scrollIntoView({ block: "nearest" });
    if (node) this.input.setAttribute("aria-activedescendant", node.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  /** Do what a key press does in the field. @param {KeyboardEvent} event */
  type(event) {
    const { value } = this.input;
    const isCharacter = event.key.length === 1 && !event.ctrlKey && !event.metaKey;
    if (!isCharacter && event.key !== "Backspace") return this.key(event);
    this.input.value = isCharacter ? value + event.key : value.slice(0, -1);
    this.show();
    return undefined;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.isComposing) return;
    const last = this.shown.length - 1;
    /** @type {Record<string, () => unknown>} */
    const acts = {
      ArrowDown: () => this.mark(this.active >= last ? 0 : this.active + 1),
      ArrowUp: () => this.mark(this.active <= 0 ? Math.max(0, last) : this.active - 1),
      PageDown: () => this.mark(Math.max(0, Math.min(last, this.active + 8))),
      PageUp: () => this.mark(Math.max(0, this.active - 8)),
      Enter: () => this.run(this.shown[this.active]),
    };
    const act = isPressed(event, "palette") ? () => this.dialog.close() : acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  /** @param {MouseEvent} event */
  click({ target }) {
    const node = target instanceof Element ? target.closest("[role=option]") : null;
    if (node) this.run(this.shown[[...this.list.children].indexOf(node)]);
  }

  /** @param {Entry|undefined} entry */
  run(entry) {
    if (!entry) return;
    this.dialog.close();
    if (this.before instanceof HTMLElement) this.before.focus({ preventScroll: true });
    entry.run();
  }
}

/** @param {Entry} entry @param {number} index */
function option({ id, label, kind }, index) {
  const keys = readable(keysOf(id)).map((words) => element("kbd", { text: words }));
  return element(
    "li",
    { class: "option", role: "option", id: `palette-${index}`, "aria-selected": "false" },
    element("span", { class: "option__label", text: label, dir: "auto" }),
    element("span", { class: "option__kind", text: kind }),
    keys.length ? element("span", { class: "keys" }, ...keys) : null,
  );
}
