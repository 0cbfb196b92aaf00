// @ts-check
// The list of earlier prompts, with a search: arrow keys choose, Enter or a click puts the prompt in place of the present one.

import { errorMessage, promptApi } from "../../lib/api.js";
import { element, one, setText } from "../../lib/dom.js";
import { ago } from "../../lib/format.js";
import { gettext as _ } from "../../lib/i18n.js";
import { replace } from "../form/prompt_tools.js";

const QUIET = 200; // milliseconds after the last key

export class PastPrompts {
  /** @param {HTMLTextAreaElement} area of the prompt */
  constructor(area) {
    this.area = area;
    this.popover = one("#past-prompts");
    this.field = one("[data-past-search]", this.popover);
    this.list = one("[data-past-list]", this.popover);
    this.note = one("[data-past-note]", this.popover);
    /** @type {string[]} */
    this.prompts = [];
    this.chosen = -1;
    this.timer = 0;
    this.popover.addEventListener("toggle", () => this.popover.matches(":popover-open") && this.open());
    this.field.addEventListener("input", () => {
      window.clearTimeout(this.timer);
      this.timer = window.setTimeout(() => this.search(), QUIET);
    });
    this.field.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.press(event));
    this.list.addEventListener("click", (/** @type {MouseEvent} */ event) => {
      const row = /** @type {Element} */ (event.target).closest("[data-past]");
      if (row instanceof HTMLElement) this.take(Number(row.dataset.past));
    });
  }

  open() {
    this.field.value = "";
    this.field.focus();
    void this.search();
  }

  async search() {
    const text = this.field.value;
    try {
      const found = await promptApi.history(text.trim());
      if (this.field.value === text) this.show(found); // else a newer search is on its way
    } catch (error) {
      setText(this.note, errorMessage(error));
    }
  }

  /** @param {Array<{prompt: string, used_at: string}>} found */
  show(found) {
    this.prompts = found.map(({ prompt }) => prompt);
    this.list.replaceChildren(
      ...found.map(({ prompt, used_at: at }, index) =>
        element("li", { class: "past__prompt", role: "option", id: `past-${index}`, title: prompt, data: { past: index } }, element("span", { text: prompt, dir: "auto" }), element("span", { class: "quiet small", text: ago(at) })),
      ),
    );
    this.list.hidden = found.length === 0;
    const none = this.field.value.trim() ? _("No earlier prompt has these words.") : _("Your prompts appear here once you have generated.");
    setText(this.note, found.length ? "" : none);
    this.choose(found.length ? 0 : -1);
  }

  /** @param {number} index */
  choose(index) {
    this.chosen = index;
    for (const [number, row] of [...this.list.children].entries()) row.setAttribute("aria-selected", String(number === index));
    if (index < 0) return this.field.removeAttribute("aria-activedescendant");
    this.field.setAttribute("aria-activedescendant", `past-${index}`);
    return this.list.children[index].scrollIntoView({ block: "nearest" });
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const last = this.prompts.length - 1;
    if (event.isComposing || last < 0) return;
    const to = { ArrowDown: Math.min(this.chosen + 1, last), ArrowUp: Math.max(this.chosen - 1, 0) }[event.key];
    if (to === undefined && event.key !== "Enter") return;
    event.preventDefault();
    if (to === undefined) this.take(this.chosen);
    else this.choose(to);
  }

  /** @param {number} index */
  take(index) {
    this.popover.hidePopover();
    replace(this.area, this.prompts[index]);
  }
}
