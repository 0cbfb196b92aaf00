// @ts-check
// The table of shortcuts on the settings page: each row takes other keys, none, or those of the table again.

import { API, errorMessage, request } from "../lib/api.js";
import { element, one } from "../lib/dom.js";
import { gettext as _, interpolate } from "../lib/i18n.js";
import { keysIn } from "./help.js";
import { choose, chosenKeys, conflictsOf, isReserved, keysOf, readable, written } from "./keys.js";
import { places, SHORTCUTS } from "./table.js";

/** @typedef {import("./table.js").Shortcut} Shortcut */

const PAUSE_MS = 1000; // after which a sequence is complete
const MOST_PRESSES = 2;

export function showSettings() {
  const root = one("[data-shortcut-settings]");
  const said = element("p", { role: "status", class: "shortcuts__said" });
  const groups = Object.entries(places()).map(([where, title]) =>
    element("section", { class: "panel shortcuts__group" }, element("h2", { text: title }), ...SHORTCUTS.filter((one) => one.where === where).map((one) => new Row(one, save).node)),
  );
  const reset = element("button", { class: "button", type: "button", text: _("Reset all shortcuts"), on: { click: () => save({}) } });

  /** @param {Record<string, string>} keys by id, those that differ from the table @returns {Promise<boolean>} whether it worked */
  async function save(keys) {
    try {
      await request("PATCH", `${API}/me/preferences`, { shortcuts: keys });
    } catch (error) {
      said.textContent = errorMessage(error);
      return false;
    }
    choose(keys);
    document.dispatchEvent(new CustomEvent("sdsite:shortcuts"));
    said.textContent = _("Saved.");
    return true;
  }
  root.replaceChildren(...groups, element("div", { class: "row" }, reset), said);
}

class Row {
  /** @param {Shortcut} shortcut @param {(keys: Record<string, string>) => Promise<boolean>} save */
  constructor(shortcut, save) {
    this.shortcut = shortcut;
    this.save = save;
    /** @type {string[]} presses so far; null: nothing is being recorded */
    this.presses = [];
    this.isRecording = false;
    this.timer = 0;
    const name = shortcut.label();
    this.keys = element("span", {});
    this.change = element("button", { class: "button", type: "button", on: { click: () => this.record(), keydown: (/** @type {KeyboardEvent} */ event) => this.key(event), blur: () => this.end() } }, element("span", { class: "visually-hidden", text: interpolate(_("Change the keys of “%(name)s”"), { name }) }), this.keys);
    this.clear = element("button", { class: "button button--quiet", type: "button", text: _("Remove"), "aria-description": name, on: { click: () => this.set("") } });
    this.reset = element("button", { class: "button button--quiet", type: "button", text: _("Reset"), "aria-description": name, on: { click: () => this.set(shortcut.keys) } });
    this.error = element("p", { class: "error", role: "alert", hidden: true });
    this.node = element("div", { class: "shortcuts__setting", data: { shortcut: shortcut.id } }, element("span", { text: name }), this.change, this.clear, this.reset, this.error);
    document.addEventListener("sdsite:shortcuts", () => this.show());
    this.show();
  }

  show() {
    const keys = keysOf(this.shortcut.id);
    this.keys.replaceChildren(keys ? keysIn(readable(keys)) : element("span", { class: "quiet", text: _("No keys") }));
    this.clear.hidden = keys === "";
    this.reset.hidden = keys === this.shortcut.keys;
  }

  record() {
    if (this.isRecording) return;
    this.presses = [];
    this.isRecording = true;
    this.say("");
    this.keys.replaceChildren(_("Press keys …"));
  }

  end() {
    clearTimeout(this.timer);
    this.isRecording = false;
    this.show();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (!this.isRecording) return;
    if (event.key === "Tab") return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape" && !this.presses.length) return this.end();
    const press = written(event);
    if (!press || event.repeat) return;
    this.presses.push(press);
    clearTimeout(this.timer);
    this.keys.replaceChildren(keysIn(readable(this.presses.join(" "))));
    const done = () => {
      const keys = this.presses.join(" ");
      this.end();
      void this.set(keys);
    };
    // Only characters alone begin a sequence.
    if (this.presses.length === MOST_PRESSES || press.includes("+") || press.length > 1) done();
    else this.timer = window.setTimeout(done, PAUSE_MS);
  }

  /** @param {string} keys */
  async set(keys) {
    const { id, keys: usual } = this.shortcut;
    const [taken] = conflictsOf(id, keys);
    if (isReserved(keys)) return this.say(interpolate(_("%(keys)s belongs to the browser. Choose others."), { keys: readable(keys).join(" ") }));
    if (taken) return this.say(interpolate(_("%(keys)s is taken by “%(name)s”. Change that first, or choose others."), { keys: readable(keys).join(" "), name: taken.label() }));
    this.say("");
    const rest = chosenKeys();
    delete rest[id];
    await this.save(keys === usual ? rest : { ...rest, [id]: keys });
    this.change.focus();
    return undefined;
  }

  /** @param {string} sentence */
  say(sentence) {
    this.error.textContent = sentence;
    this.error.hidden = !sentence;
  }
}
