// @ts-check
// Reads the settings stored in an image file into the form, and shows a note with the result.

import { ApiError, errorMessage, settingsApi } from "../lib/api.js";
import { element, one, setText } from "../lib/dom.js";
import { useImage } from "./form/image_field.js";

/** The API's error code for an image without settings. */
const NO_SETTINGS = "unreadable_settings";

export class ImportedSettings {
  /** @param {{settings: (values: Record<string, any>) => void}} options `settings` fills the form */
  constructor({ settings }) {
    this.settings = settings;
    this.note = one("[data-imported]");
    this.list = one("[data-imported-list]", this.note);
    this.actions = one("[data-imported-actions]", this.note);
    /** @type {{file: File, found: any}|null} */
    this.open = null;
    one("[data-imported-close]").addEventListener("click", () => this.close());
    one("[data-imported-settings]").addEventListener("click", () => this.open && this.use(this.open.file, this.open.found));
    one("[data-imported-start]").addEventListener("click", () => {
      if (this.open) void this.start(this.open.file);
    });
    one("[data-settings-file]").addEventListener("change", (/** @type {any} */ { target }) => {
      const [file] = target.files;
      target.value = "";
      if (file) void this.read(file);
    });
  }

  /** A dropped image: offer both uses where it has settings, else use it as input image. @param {File} file */
  async take(file) {
    const found = await settingsApi.read(file).catch(() => null);
    if (!found) return this.start(file);
    this.open = { file, found };
    return this.say(`${file.name} contains generation settings (${found.source}).`, [], { ask: true });
  }

  /** Read the settings of a chosen file. @param {File} file */
  async read(file) {
    try {
      this.use(file, await settingsApi.read(file));
    } catch (error) {
      const isUnreadable = error instanceof ApiError && error.code === NO_SETTINGS;
      this.say(isUnreadable ? `${file.name}: ${errorMessage(error)}` : errorMessage(error));
    }
  }

  /** @param {File} file */
  async start(file) {
    this.close();
    for (let fold = one("[data-group=input_image]"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    await useImage(one("[name=init_image]"), { file });
  }

  /** @param {File} file @param {any} found */
  use(file, { source, parameters, unknown, notes, skipped }) {
    // The stored prompts include the words of styles already.
    this.settings({ negative_prompt: "", styles: [], ...parameters });
    const left = Object.entries(unknown).map(([name, value]) => `${name}: ${value}`);
    const words = `The settings of ${file.name} (${source}) are in the form.`;
    const items = [...notes, ...left, ...skipped.map((/** @type {string} */ piece) => `Not understood: ${piece}`)];
    this.say(items.length ? `${words} Not imported:` : words, items);
  }

  /** @param {string} words @param {string[]} [items] @param {{ask?: boolean}} [options] */
  say(words, items = [], { ask = false } = {}) {
    if (!ask) this.open = null;
    setText(one("[data-imported-words]", this.note), words);
    this.list.replaceChildren(...items.map((text) => element("li", { text })));
    this.list.hidden = items.length === 0;
    this.actions.hidden = !ask;
    this.note.hidden = false;
    this.note.scrollIntoView({ block: "nearest" });
  }

  close() {
    this.open = null;
    this.note.hidden = true;
  }
}
