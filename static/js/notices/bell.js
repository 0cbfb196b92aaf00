// @ts-check
// The bell in the header of every page: the count of unread notices, live, and a menu of the newest ones.

import { errorMessage, noticesApi } from "../lib/api.js";
import { element, icon, one, setText } from "../lib/dom.js";
import { overhear } from "../lib/event_socket.js";
import { gettext as _, interpolate, ngettext } from "../lib/i18n.js";
import { localTimes } from "../lib/local_times.js";

const SHOWN = 6;
const MOST = 99;

/** @typedef {{id: number, icon: string, text: string, created_at: string, read_at: string|null}} Notice */

class Bell {
  /** @param {HTMLElement} node */
  constructor(node) {
    this.node = node;
    this.address = node.dataset.bell ?? "";
    this.menu = one("#notice-menu");
    this.rows = one("[data-bell-rows]", this.menu);
    this.words = one("[data-bell-words]", this.menu);
    this.read = one("[data-bell-read]", this.menu);
    /** Moment of the newest notice that the menu shows. */
    this.newest = "";
    this.hasSnapshot = false;
    this.count(Number(node.dataset.unread));
    this.menu.addEventListener("beforetoggle", (/** @type {ToggleEvent} */ event) => event.newState === "open" && void this.load());
    this.read.addEventListener("click", () => void this.readAll());
    overhear({ onMessage: (message) => this.take(message) });
    window.addEventListener("pageshow", ({ persisted }) => persisted && void this.recount());
  }

  /** @param {import("../lib/event_socket.js").Message} message */
  take({ event, data }) {
    if (event === "notices.changed") {
      this.count(data.unread);
      if (this.menu.matches(":popover-open")) void this.load();
    } else if (event === "snapshot") {
      if (this.hasSnapshot) void this.recount(); // what changed while the connection was lost
      this.hasSnapshot = true;
    }
  }

  /** @param {number} unread */
  count(unread) {
    const name = unread ? interpolate(ngettext("Notices, %(n)s unread", "Notices, %(n)s unread", unread), { n: unread }) : _("Notices");
    for (const node of this.node.querySelectorAll("[data-bell-name]")) node.setAttribute("aria-label", name);
    for (const node of /** @type {NodeListOf<HTMLElement>} */ (this.node.querySelectorAll("[data-bell-count]"))) {
      node.hidden = !unread;
      setText(node, unread > MOST ? `${MOST}+` : String(unread));
    }
    this.read.hidden = !unread;
  }

  /** Ask for the count; without an answer the one that is shown stays. */
  async recount() {
    const answer = await noticesApi.count().catch(() => null);
    if (answer) this.count(answer.unread);
  }

  async load() {
    try {
      const { items, unread } = await noticesApi.list(SHOWN);
      this.rows.replaceChildren(...items.map((/** @type {Notice} */ notice) => this.row(notice)));
      localTimes(this.rows);
      this.newest = items[0]?.created_at ?? "";
      setText(this.words, items.length ? "" : _("No notices yet."));
      this.count(unread);
    } catch (error) {
      setText(this.words, errorMessage(error));
    }
  }

  /** @param {Notice} notice */
  row({ id, icon: name, text, created_at: at, read_at: read }) {
    const unread = read ? null : element("span", { class: "visually-hidden", text: `${_("Unread:")} ` });
    const words = element("span", { class: "notices__words" }, unread, text);
    const time = element("time", { class: "quiet small", datetime: at, "data-time": true });
    const link = element("a", { href: `${this.address}${id}/` }, icon(name), words, time);
    return element("li", { class: `notices__row${read ? "" : " notices__row--unread"}` }, link);
  }

  async readAll() {
    try {
      this.count((await noticesApi.read(this.newest)).unread);
      await this.load();
    } catch (error) {
      setText(this.words, errorMessage(error));
    }
  }
}

/** Show the bell of the page. */
export function showBell() {
  const node = document.querySelector("[data-bell]");
  if (node instanceof HTMLElement) new Bell(node);
}
