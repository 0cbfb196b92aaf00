// @ts-check
// Saved styles, which are added to the prompt, and saved presets, which set everything else.

import { errorMessage, savedApi } from "../../lib/api.js";
import { element, one } from "../../lib/dom.js";
import { gettext as _, interpolate } from "../../lib/i18n.js";
import { cover } from "../cover.js";

/** Not saved in a preset: prompts, seed, and images that may be deleted by then. */
const NOT_SAVED = ["prompt", "negative_prompt", "styles", "seed", "init_image", "mask_image", "task", "outpaint"];

/** @typedef {import("./form.js").GenerationForm} GenerationForm */
/** @typedef {Record<string, any>} Row */

class SavedList {
  /** @param {string} name "styles" or "presets" @param {GenerationForm} form */
  constructor(name, form) {
    this.form = form;
    this.api = savedApi(name);
    this.root = one(`[data-saved=${name}]`);
    this.list = one("[data-saved-list]", this.root);
    this.name = one("[data-saved-name]", this.root);
    /** @type {Row[]} */
    this.rows = [];
    one("[data-saved-save]", this.root).addEventListener("click", () => this.attempt(() => this.save()));
    one("[data-saved-delete]", this.root).addEventListener("click", () => this.attempt(() => this.remove()));
    this.name.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Enter") return;
      event.preventDefault(); // Enter saves here, it does not submit the form
      void this.attempt(() => this.save());
    });
    const fold = this.root.closest("details");
    if (fold.open) void this.attempt(() => this.load());
    else fold.addEventListener("toggle", () => this.attempt(() => this.load()), { once: true });
  }

  /** @param {() => Promise<any>} action its error is shown in this list */
  async attempt(action) {
    const errorBox = one("[data-saved-error]", this.root);
    errorBox.hidden = true;
    try {
      await action();
    } catch (error) {
      errorBox.textContent = errorMessage(error);
      errorBox.hidden = false;
    }
  }

  async load() {
    const chosen = this.chosen().map((row) => row.name);
    this.rows = await this.api.list({ covers: true });
    this.show(chosen);
    one("[data-saved-empty]", this.root).hidden = this.rows.length > 0;
    for (const button of this.root.querySelectorAll("[data-saved-delete], [data-style-apply], [data-preset-load]")) {
      /** @type {HTMLElement} */ (button).hidden = this.rows.length === 0;
    }
  }

  /** Save under the typed name; it replaces an own row of that name. */
  async save() {
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

export class Styles extends SavedList {
  /** @param {GenerationForm} form */
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
    // Values that were set before the list was loaded.
    const wanted = new Set([...chosen, ...JSON.parse(this.list.dataset.wanted ?? "[]")]);
    delete this.list.dataset.wanted;
    // Of two of one name the own one is used, and it stands first.
    const rows = this.rows.filter(({ name }, index) => this.rows.findIndex((one) => one.name === name) === index);
    const chips = rows.map(({ name, cover_url: url }) =>
      element("label", { class: "chip" }, element("input", { type: "checkbox", form: "generation", value: name, checked: wanted.has(name) }), cover(name, url), name),
    );
    this.list.replaceChildren(one("legend", this.list), ...chips);
    this.form.changed();
  }

  /** Add a style to those of the request, and show that it is. @param {string} name */
  add(name) {
    const { styles = [] } = this.form.read();
    this.form.fill({ styles: [...new Set([...styles, name])] });
    for (let fold = this.root.closest("details"); fold; fold = fold.parentElement?.closest("details") ?? null) fold.open = true;
  }

  content() {
    const { prompt, negative_prompt: negative } = this.form.controls;
    return { prompt: prompt.value, negative_prompt: negative.value };
  }

  /** Insert the chosen styles into the prompts, as the site does when a job is submitted. */
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

export class Presets extends SavedList {
  /** @param {GenerationForm} form */
  constructor(form) {
    super("presets", form);
    one("[data-preset-load]", this.root).addEventListener("click", () => this.apply(this.chosen()[0]));
  }

  chosen() {
    return this.rows.filter(({ id }) => id === this.list.value);
  }

  show() {
    this.list.replaceChildren(...this.rows.map(({ id, name, shared }) => element("option", { value: id, text: shared ? `${name} (shared)` : name })));
    this.list.hidden = this.rows.length === 0;
    one("[data-preset-cards]", this.root).replaceChildren(...this.rows.map((row) => this.card(row)));
  }

  /** @param {Row} row */
  card(row) {
    const words = interpolate(_("Load “%(name)s”"), { name: row.name });
    const click = () => {
      this.list.value = row.id;
      this.apply(row);
    };
    return element("button", { class: "saved__card", type: "button", title: words, on: { click } }, cover(row.name, row.cover_url), element("span", { text: row.name, dir: "auto" }));
  }

  /** @param {Row|undefined} row */
  apply(row) {
    this.form.clearErrors();
    this.form.fill(row?.parameters ?? {});
  }

  content() {
    const requested = Object.entries(this.form.read()).filter(([name]) => !NOT_SAVED.includes(name));
    return { parameters: Object.fromEntries(requested) };
  }
}

/**
 * Apply what the command palette chooses, and what `?preset=` or `?style=` names.
 * @param {{presets: Presets, styles: Styles}} lists
 * @param {URLSearchParams} asked
 */
export function applySaved({ presets, styles }, asked) {
  const take = (/** @type {string} */ kind, /** @type {Row} */ row) => (kind === "preset" ? presets.apply(row) : styles.add(row.name));
  document.addEventListener("sdsite:apply", (event) => {
    event.preventDefault();
    const { kind, row } = /** @type {CustomEvent} */ (event).detail;
    take(kind, row);
  });
  for (const kind of ["preset", "style"]) {
    const id = asked.get(kind);
    if (!id) continue;
    void savedApi(`${kind}s`).list().then((rows) => {
      const row = rows.find((/** @type {Row} */ one) => one.id === id);
      if (row) take(kind, row);
    }, () => {}); // without an answer the form stays as it is
  }
}

/** @param {string} text @param {string} style */
function joined(text, style) {
  if (style.includes("{prompt}")) return style.replaceAll("{prompt}", text);
  return [text.trim().replace(/,$/, ""), style.trim()].filter(Boolean).join(", ");
}
