// @ts-check
// Completion in the prompts: < offers LoRAs, @ styles, __ wildcards; words are completed from the checkpoint's vocabulary,
// its embeddings and own tags. The list takes arrow keys, Tab and Enter only while one of its entries is marked.

import { element } from "../../lib/dom.js";
import { gettext as _, interpolate, ngettext } from "../../lib/i18n.js";
import { fit } from "../../shortcuts/fuzzy.js";
import { sourceOf } from "./completion_sources.js";

const SHOWN = 8;
const ROOM = 300; // pixels below the prompt, without which the list opens above it

/**
 * @typedef {import("./completion_sources.js").Entry} Entry
 * @typedef {{kind: "lora"|"style"|"wildcard"|"word", typed: string, from: number}} Asked `from`: where the text begins that is replaced
 */

/** What begins a completion, the last letter of which is at the cursor. @type {Array<[Asked["kind"], RegExp]>} */
const TRIGGERS = [
  ["lora", /<(?:lora:)?([^<>:\n]{0,40})$/],
  ["wildcard", /(?<![\p{L}\p{N}])__([\p{L}\p{N}/.-]{0,40})$/u],
  ["style", /(?<=^|[\s,])@([^@\n,]{0,40})$/],
  ["word", /(?<![\p{L}\p{N}_/<:@-])(\p{L}[\p{L}\p{N}-]{1,30})$/u],
];

/** @param {HTMLTextAreaElement} area @returns {Asked|null} what stands at the cursor */
export function askedAt({ value, selectionStart, selectionEnd }) {
  if (selectionStart !== selectionEnd || /^[\p{L}\p{N}]/u.test(value.slice(selectionEnd))) return null;
  const before = value.slice(0, selectionStart);
  for (const [kind, trigger] of TRIGGERS) {
    const found = trigger.exec(before);
    if (found) return { kind, typed: found[1], from: found.index };
  }
  return null;
}

/** @param {Entry[]} entries @param {Asked} asked */
function fitting(entries, { kind, typed }) {
  if (kind === "word") {
    const start = typed.toLowerCase();
    const begins = (/** @type {string} */ text) => text.toLowerCase().split(/\s+/).some((word) => word.startsWith(start)) && text.toLowerCase() !== start;
    return entries.filter(({ label }) => begins(label)).sort((a, b) => Number(b.label.toLowerCase().startsWith(start)) - Number(a.label.toLowerCase().startsWith(start)));
  }
  const scored = entries.map((entry) => ({ entry, score: typed.trim() ? fit(entry.label, typed) : 1 })).filter(({ score }) => score > 0);
  return scored.sort((a, b) => b.score - a.score).map(({ entry }) => entry);
}

/** @param {HTMLTextAreaElement} area @param {import("../form/form.js").GenerationForm} form */
export function complete(area, form) {
  return new Completion(area, form);
}

class Completion {
  /** @param {HTMLTextAreaElement} area @param {import("../form/form.js").GenerationForm} form */
  constructor(area, form) {
    this.area = area;
    this.form = form;
    /** @type {Entry[]} */
    this.shown = [];
    this.marked = -1;
    // At the foot of a phone the prompt moves up when lines come below it.
    new ResizeObserver(() => this.list.matches(":popover-open") && this.place()).observe(/** @type {HTMLElement} */ (area.form));
    /** @type {Asked|null} */
    this.asked = null;
    this.isInserting = false;
    const id = `${area.id}-completion`;
    this.list = element("ul", { class: "completion", role: "listbox", id, popover: "manual", "aria-label": _("Suggestions"), on: { pointerdown: (/** @type {PointerEvent} */ event) => this.point(event) } });
    this.status = element("p", { class: "visually-hidden", role: "status" });
    area.after(this.list, this.status);
    area.setAttribute("aria-autocomplete", "list");
    area.setAttribute("aria-controls", id);
    area.addEventListener("input", (event) => void this.look(event));
    // Before the other listeners of the prompt: history and weights have the same keys.
    area.addEventListener("keydown", (event) => this.key(event), true);
    area.addEventListener("blur", () => this.close());
    area.addEventListener("click", () => this.close());
    window.addEventListener("resize", () => this.close());
  }

  /** @param {Event} event */
  async look(event) {
    if (this.isInserting || (event instanceof CustomEvent && event.detail?.history) || (event instanceof InputEvent && event.isComposing)) return;
    const asked = askedAt(this.area);
    this.asked = asked;
    // In a negative prompt LoRA tags and styles have no meaning.
    if (!asked || (this.area !== this.form.prompt && ["lora", "style"].includes(asked.kind))) return this.close();
    const entries = await sourceOf(asked.kind, this.form);
    if (this.asked !== asked || document.activeElement !== this.area) return;
    this.show(fitting(entries, asked).slice(0, SHOWN), asked);
  }

  /** @param {Entry[]} entries @param {Asked} asked */
  show(entries, asked) {
    if (!entries.length) return this.close();
    this.shown = entries;
    this.list.replaceChildren(...entries.map((entry, index) => option(entry, `${this.list.id}-${index}`)));
    this.place();
    this.status.textContent = interpolate(ngettext("%(count)s suggestion, arrow keys choose", "%(count)s suggestions, arrow keys choose", entries.length), { count: entries.length });
    // Whoever writes a plain word goes on writing: nothing is marked until an arrow key is pressed.
    this.mark(asked.kind === "word" ? -1 : 0);
  }

  place() {
    const box = this.area.getBoundingClientRect();
    if (!this.list.matches(":popover-open")) this.list.showPopover();
    const isAbove = window.innerHeight - box.bottom < ROOM && box.top > window.innerHeight - box.bottom;
    this.list.style.setProperty("left", `${box.left}px`);
    this.list.style.setProperty("top", isAbove ? "auto" : `${box.bottom}px`);
    this.list.style.setProperty("bottom", isAbove ? `${window.innerHeight - box.top}px` : "auto");
  }

  /** @param {number} index -1: none */
  mark(index) {
    this.list.children[this.marked]?.setAttribute("aria-selected", "false");
    this.marked = index;
    const node = this.list.children[index];
    node?.setAttribute("aria-selected", "true");
    node?.scrollIntoView({ block: "nearest" });
    if (node) this.area.setAttribute("aria-activedescendant", node.id);
    else this.area.removeAttribute("aria-activedescendant");
  }

  close() {
    this.asked = null;
    if (!this.shown.length) return;
    this.shown = [];
    this.mark(-1);
    this.list.hidePopover();
    this.status.textContent = "";
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (!this.shown.length || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const last = this.shown.length - 1;
    const isMarked = this.marked >= 0;
    /** @type {Record<string, (() => void)|false>} */
    const acts = {
      ArrowDown: () => this.mark(this.marked >= last ? 0 : this.marked + 1),
      ArrowUp: isMarked && (() => this.mark(this.marked === 0 ? last : this.marked - 1)),
      Enter: isMarked && !event.shiftKey && (() => this.take(this.shown[this.marked])),
      Tab: isMarked && !event.shiftKey && (() => this.take(this.shown[this.marked])),
      Escape: () => this.close(),
    };
    const act = acts[event.key];
    if (!act) {
      if (["ArrowLeft", "ArrowRight", "ArrowUp", "Home", "End"].includes(event.key)) this.close();
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    act();
  }

  /** @param {PointerEvent} event */
  point(event) {
    event.preventDefault(); // the prompt keeps the focus
    const node = event.target instanceof Element ? event.target.closest("[role=option]") : null;
    if (node) this.take(this.shown[[...this.list.children].indexOf(node)]);
  }

  /** @param {Entry} entry */
  take(entry) {
    const { asked, area } = this;
    const from = asked?.from ?? area.selectionStart;
    this.close();
    this.isInserting = true;
    area.setSelectionRange(from, area.selectionEnd);
    // execCommand keeps the browser's undo.
    const done = entry.text ? document.execCommand("insertText", false, entry.text) : document.execCommand("delete");
    if (!done) {
      area.setRangeText(entry.text, from, area.selectionEnd, "end");
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
    this.isInserting = false;
    entry.run?.();
    area.focus();
  }
}

/** @param {Entry} entry @param {string} id */
function option({ label, kind }, id) {
  return element("li", { class: "option", role: "option", id, "aria-selected": "false" }, element("span", { class: "option__label", text: label, dir: "auto" }), element("span", { class: "option__kind", text: kind }));
}
