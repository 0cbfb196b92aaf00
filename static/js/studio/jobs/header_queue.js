// @ts-check
// The queue in the header of every page: a button that says what the user has in it, and the drawer that it opens.

import { jobsApi, queueApi } from "../../lib/api.js";
import { one, setText } from "../../lib/dom.js";
import { gettext as _ } from "../../lib/i18n.js";
import { ROOT } from "../../lib/root.js";
import { isFinished } from "./job_store.js";
import { QueueDrawer } from "./queue_drawer.js";
import { queueWords } from "./status_words.js";

/** @typedef {import("./job_store.js").Entry} Entry */

/**
 * What the drawer does with the jobs of a store.
 * @param {() => import("./job_store.js").JobStore} store
 * @returns {import("./queue_drawer.js").Actions}
 */
export const actionsOn = (store) => ({
  cancel: async (id) => store().take(await jobsApi.cancel(id)),
  front: async (id) => {
    store().take(await jobsApi.front(id));
    store().takePositions(await queueApi.read());
  },
  cancelAll: () => jobsApi.cancelAll(),
  show: () => window.location.assign(`${ROOT}/`),
  positions: (answer) => store().takePositions(answer),
});

export class HeaderQueue {
  /** @param {import("./queue_drawer.js").Actions} actions */
  constructor(actions) {
    this.button = one("[data-queue-button]");
    this.popover = one("#queue-menu");
    /** @type {Map<string, Entry>} */
    this.entries = new Map();
    this.drawer = new QueueDrawer(this.popover, actions, () => this.isOpen);
    this.popover.addEventListener("toggle", () => (this.isOpen ? this.open() : this.close()));
    window.setInterval(() => this.entries.size && this.tick(), 1000);
  }

  get isOpen() {
    return this.popover.matches(":popover-open");
  }

  /** @param {Entry} entry */
  take(entry) {
    if (isFinished(entry.job)) return this.remove(entry.job.id);
    this.entries.set(entry.job.id, entry);
    if (this.isOpen) this.drawer.take(entry);
    return this.tick();
  }

  /** @param {string} id */
  remove(id) {
    if (!this.entries.delete(id)) return;
    this.drawer.remove(id);
    this.tick();
  }

  open() {
    for (const entry of this.entries.values()) this.drawer.take(entry);
    this.drawer.tick();
    void this.drawer.site.show();
  }

  /** Rows that nobody sees are not kept up to date. */
  close() {
    for (const id of this.entries.keys()) this.drawer.remove(id);
  }

  /** Say what there is on the button: all of it where there is room, else the number of jobs. */
  tick() {
    const words = queueWords([...this.entries.values()]);
    setText(one("[data-queue-button-words]", this.button), words);
    setText(one("[data-queue-button-count]", this.button), this.entries.size ? String(this.entries.size) : "");
    const name = words ? `${_("Queue")}: ${words}` : _("Queue");
    if (this.button.getAttribute("aria-label") !== name) this.button.setAttribute("aria-label", name);
  }
}
