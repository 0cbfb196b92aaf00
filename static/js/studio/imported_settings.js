// @ts-check
// Pictures that come into the studio: to start from, or with settings inside to read back. A note says what came of it.

import { settingsApi } from "../lib/api.js";
import { element, one, setText } from "../lib/dom.js";
import { bring } from "./form/picture_field.js";

/** The code of the site's answer to a picture without settings. */
const NO_SETTINGS = "unreadable_settings";

export class Brought {
  /** @param {{settings: (values: Record<string, any>) => void}} options `settings` lets the form say these values */
  constructor({ settings }) {
    this.settings = settings;
    this.note = one("[data-brought]");
    this.list = one("[data-brought-list]", this.note);
    this.ways = one("[data-brought-ways]", this.note);
    /** @type {{file: File, found: any}|null} */
    this.open = null;
    one("[data-brought-close]").addEventListener("click", () => this.close());
    one("[data-brought-settings]").addEventListener("click", () => this.open && this.use(this.open.file, this.open.found));
    one("[data-brought-start]").addEventListener("click", () => {
      if (this.open) void this.start(this.open.file);
    });
    one("[data-settings-file]").addEventListener("change", (/** @type {any} */ { target }) => {
      const [file] = target.files;
      target.value = "";
      if (file) void this.read(file);
    });
  }

  /** A picture that may be meant in both ways: ask where it can be. @param {File} file */
  async take(file) {
    const found = await settingsApi.read(file).catch(() => null);
    if (!found) return this.start(file);
    this.open = { file, found };
    return this.say(`${file.name} carries the settings it was made with (${found.source}).`, [], { ask: true });
  }

  /** A picture whose settings are wanted. @param {File} file */
  async read(file) {
    try {
      this.use(file, await settingsApi.read(file));
    } catch (error) {
      this.say(error.code === NO_SETTINGS ? `${file.name}: ${error.message}` : error.message);
    }
  }

  /** @param {File} file */
  async start(file) {
    this.close();
    one("[data-group=start]").open = true;
    await bring(one("[name=init_image]"), { file });
  }

  /** @param {File} file @param {any} found */
  use(file, { source, parameters, unknown, notes }) {
    // Its texts have the words of styles in them already.
    this.settings({ negative_prompt: "", styles: [], ...parameters });
    const left = Object.entries(unknown).map(([name, value]) => `${name}: ${value}`);
    const words = `The form has the settings of ${file.name} (${source}).`;
    this.say(left.length || notes.length ? `${words} What it could not take over:` : words, [...notes, ...left]);
  }

  /** @param {string} words @param {string[]} [items] @param {{ask?: boolean}} [options] */
  say(words, items = [], { ask = false } = {}) {
    if (!ask) this.open = null;
    setText(one("[data-brought-words]", this.note), words);
    this.list.replaceChildren(...items.map((text) => element("li", { text })));
    this.list.hidden = items.length === 0;
    this.ways.hidden = !ask;
    this.note.hidden = false;
    this.note.scrollIntoView({ block: "nearest" });
  }

  close() {
    this.open = null;
    this.note.hidden = true;
  }
}
