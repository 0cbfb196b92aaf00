// @ts-check
// What waits on the whole site, by kind: read while its drawer is open, when the own jobs move.

import { queueApi } from "../../lib/api.js";
import { element, one, setText } from "../../lib/dom.js";
import { gettext as _, interpolate, ngettext } from "../../lib/i18n.js";

const PAUSE = 2000; // milliseconds between two requests

/** @returns {Record<string, string>} */
const names = () => ({
  text_to_image: _("Text to image"),
  image_to_image: _("Image to image"),
  inpaint: _("Inpaint"),
  upscale: _("Upscale"),
  edit: _("Edit by instruction"),
  verify: _("Verification"),
  calibrate: _("Speed measurement"),
});

/** @typedef {{kind: string, jobs: number, own: number}} Kind */

export class SiteQueue {
  /** @param {HTMLElement} root @param {() => boolean} isOpen whether anybody sees it */
  constructor(root, isOpen) {
    this.root = root;
    this.isOpen = isOpen;
    this.timer = 0;
  }

  /** Read it again in a moment, if it is seen. */
  soon() {
    if (!this.timer && this.isOpen()) this.timer = window.setTimeout(() => this.show(), PAUSE);
  }

  async show() {
    window.clearTimeout(this.timer);
    this.timer = 0;
    const answer = await queueApi.read().catch(() => null);
    this.root.hidden = !answer;
    if (answer) this.fill(answer);
  }

  /** @param {{waiting: Record<string, number>, kinds: Kind[], message: string, paused: boolean}} queue */
  fill({ waiting, kinds, paused, message }) {
    const jobs = Object.values(waiting).reduce((sum, number) => sum + number, 0);
    const words = jobs ? interpolate(ngettext("%(count)s job queued on this site", "%(count)s jobs queued on this site", jobs), { count: jobs }) : _("Nothing is queued on this site.");
    setText(one("[data-queue-total]", this.root), [paused ? _("The queue is paused.") : "", message, words].filter(Boolean).join(" "));
    one("[data-queue-kinds]", this.root).replaceChildren(...kinds.map(row));
  }
}

/** @param {Kind} kind */
function row({ kind, jobs, own }) {
  const mine = own ? interpolate(ngettext("%(count)s yours", "%(count)s yours", own), { count: own }) : "";
  return element(
    "li",
    { class: "queue__kind", data: own ? { own } : {} },
    element("span", { text: names()[kind] ?? kind }),
    mine ? element("span", { class: "queue__own", text: mine }) : null,
    element("span", { text: String(jobs) }),
  );
}
