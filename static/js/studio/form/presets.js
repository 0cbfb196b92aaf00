// @ts-check
// What people keep beside the prompt: styles, which join it, and presets, which set everything else.

import { savedApi } from "../../lib/api.js";
import { element, one } from "../../lib/dom.js";

/** What a preset leaves open: the wish's own words and chance, and pictures that may be gone by then. */
const NOT_KEPT = ["prompt", "negative_prompt", "styles", "seed", "init_image", "mask_image", "task", "outpaint"];

/** @typedef {import("./form.js").WishForm} WishForm */
/** @typedef {Record<string, any>} Row */

class Shelf {
  /** @param {string} name "styles" or "presets" @param {WishForm} form */
  constructor(name, form) {
    this.form = form;
    this.api = savedApi(name);
    this.root = one(`[data-shelf=${name}]`);
    this.list = one("[data-shelf-list]", this.root);
    this.name = one("[data-shelf-name]", this.root);
    /** @type {Row[]} */
    this.rows = [];
    one("[data-shelf-keep]", this.root).addEventListener("click", () => this.attempt(() => this.keep()));
    one("[data-shelf-delete]", this.root).addEventListener("click", () => this.attempt(() => this.remove()));
    this.name.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Enter") return;
      event.preventDefault(); // it is no wish that is sent
      void this.attempt(() => this.keep());
    });
    this.root.closest("details").addEventListener("toggle", () => this.attempt(() => this.load()), { once: true });
  }

  /** @param {() => Promise<any>} deed whose refusal is said here */
  async attempt(deed) {
    const trouble = one("[data-shelf-error]", this.root);
    trouble.hidden = true;
    try {
      await deed();
    } catch (error) {
      trouble.textContent = error.message;
      trouble.hidden = false;
    }
  }

  async load() {
    const chosen = this.chosen().map((row) => row.name);
    this.rows = await this.api.list();
    this.show(chosen);
    one("[data-shelf-empty]", this.root).hidden = this.rows.length > 0;
    for (const button of this.root.querySelectorAll("[data-shelf-delete], [data-style-apply], [data-preset-load]")) {
      /** @type {HTMLElement} */ (button).hidden = this.rows.length === 0;
    }
  }

  /** The same name again replaces what it stood for, where that is one's own. */
  async keep() {
    const row = { name: this.name.value.trim(), ...this.content() };
    const earlier = this.rows.find(({ name, shared }) => name === row.name && !shared);
    await (earlier ? this.api.change(earlier.id, row) : this.api.create(row));
    this.name.value = "";
    await this.load();
  }

  async remove() {
    for (const row of this.chosen()) await this.api.remove(row.id);
    await this.load();
    this.form.changed();
  }

  /** @returns {Row[]} */
  chosen() {
    return [];
  }

  /** @param {string[]} _chosen names */
  show(_chosen) {}

  /** @returns {Row} */
  content() {
    return {};
  }
}

export class Styles extends Shelf {
  /** @param {WishForm} form */
  constructor(form) {
    super("styles", form);
    one("[data-style-apply]", this.root).addEventListener("click", () => this.apply());
  }

  chosen() {
    const ticked = [...this.list.querySelectorAll("input:checked")].map((box) => box.value);
    return this.rows.filter(({ name }) => ticked.includes(name));
  }

  /** @param {string[]} chosen */
  show(chosen) {
    // What the form was told to tick before there was anything to tick.
    const wanted = new Set([...chosen, ...JSON.parse(this.list.dataset.wanted ?? "[]")]);
    delete this.list.dataset.wanted;
    const names = [...new Set(this.rows.map(({ name }) => name))];
    const chips = names.map((name) =>
      element("label", { class: "chip" }, element("input", { type: "checkbox", value: name, checked: wanted.has(name) }), name),
    );
    this.list.replaceChildren(one("legend", this.list), ...chips);
    this.form.changed();
  }

  content() {
    const { prompt, negative_prompt: negative } = this.form.controls;
    return { prompt: prompt.value, negative_prompt: negative.value };
  }

  /** Lay the chosen styles over the prompts here and now, as the site would when the wish is sent. */
  apply() {
    const { prompt, negative_prompt: negative } = this.form.controls;
    for (const style of this.chosen()) {
      prompt.value = joined(prompt.value, style.prompt);
      negative.value = joined(negative.value, style.negative_prompt);
    }
    this.form.fill({ styles: [] });
    prompt.focus();
  }
}

export class Presets extends Shelf {
  /** @param {WishForm} form */
  constructor(form) {
    super("presets", form);
    one("[data-preset-load]", this.root).addEventListener("click", () => {
      this.form.clearErrors();
      this.form.fill(this.chosen()[0]?.parameters ?? {});
    });
  }

  chosen() {
    return this.rows.filter(({ id }) => id === this.list.value);
  }

  show() {
    this.list.replaceChildren(...this.rows.map(({ id, name, shared }) => element("option", { value: id, text: shared ? `${name} (shared)` : name })));
    this.list.hidden = this.rows.length === 0;
  }

  content() {
    const wish = Object.entries(this.form.read()).filter(([name]) => !NOT_KEPT.includes(name));
    return { parameters: Object.fromEntries(wish) };
  }
}

/** @param {string} text @param {string} style */
function joined(text, style) {
  if (style.includes("{prompt}")) return style.replaceAll("{prompt}", text);
  return [text.trim().replace(/,$/, ""), style.trim()].filter(Boolean).join(", ");
}
