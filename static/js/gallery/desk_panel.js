// @ts-check
// The panel beside the grid of the moderation desk: what is known of the image that has the focus, and of its owner.

import { element, icon } from "../lib/dom.js";
import { gettext as _ } from "../lib/i18n.js";
import { localTimes } from "../lib/local_times.js";
import { ROOT } from "../lib/root.js";
import { kinds } from "./moderating.js";

/** Milliseconds that the focus stays on an image before its panel is read. */
const PAUSE_MS = 120;

/** @typedef {import("./moderating.js").Action} Action */

export class DeskPanel {
  /**
   * @param {HTMLElement} root
   * @param {{actions: Action[], act: (action: Action) => unknown}} options `act` decides about the image of the panel
   */
  constructor(root, { actions, act }) {
    this.root = root;
    this.actions = actions;
    this.act = act;
    /** @type {string|null} */
    this.id = null;
    this.timer = 0;
    /** @type {AbortController|null} */
    this.reading = null;
  }

  /** Show the panel of an image soon. @param {string} id */
  showSoon(id) {
    clearTimeout(this.timer);
    if (id !== this.id || this.root.hidden) this.timer = window.setTimeout(() => void this.show(id), PAUSE_MS);
  }

  /** @param {string} id */
  async show(id) {
    clearTimeout(this.timer);
    this.reading?.abort();
    const reading = (this.reading = new AbortController());
    this.root.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(`${ROOT}/moderation/images/${id}/panel/`, { signal: reading.signal, credentials: "same-origin" });
      const html = answer.ok ? await answer.text() : "";
      if (reading.signal.aborted) return;
      if (!html) return this.close();
      this.id = id;
      this.fill(html);
    } catch {
      if (!reading.signal.aborted) this.close();
    }
  }

  /** @param {string} html of the server */
  fill(html) {
    const content = new DOMParser().parseFromString(html, "text/html").body;
    const close = element("button", { class: "button button--bare button--icon desk-panel__close", type: "button", "aria-label": _("Close"), title: _("Close"), on: { click: () => this.close() } }, icon("close"));
    const all = kinds();
    const buttons = this.actions.map((action) =>
      element("button", { class: all[action].danger ? "button button--danger" : "button", type: "button", data: { deed: action }, on: { click: () => this.act(action) } }, icon(all[action].icon), element("span", { text: all[action].label })),
    );
    this.root.replaceChildren(close, ...content.childNodes);
    if (buttons.length) this.root.querySelector(".desk-panel__head")?.after(element("div", { class: "desk-panel__deeds" }, ...buttons));
    localTimes(this.root);
    this.root.hidden = false;
    this.root.removeAttribute("aria-busy");
    this.root.scrollTop = 0;
  }

  /** Read it again, if it shows one of these images. @param {string[]} ids */
  refresh(ids) {
    if (this.id && !this.root.hidden && ids.includes(this.id)) void this.show(this.id);
  }

  close() {
    this.reading?.abort();
    this.id = null;
    this.root.hidden = true;
    this.root.removeAttribute("aria-busy");
  }
}
