// @ts-check
// Importing on a page: drops and the page's file field start it, and a panel says how far it is and what each refused file lacks.

import { element, icon, setText } from "../../lib/dom.js";
import { gettext as _, interpolate, language, ngettext } from "../../lib/i18n.js";
import { acceptDrops } from "./drops.js";
import { Sending } from "./sending.js";

/** Sentences that are listed; of further files there is the number. */
const MOST_LISTED = 200;

/** @typedef {import("./sending.js").Progress} Progress */

/**
 * @param {() => import("./sending.js").Target} target
 * @param {{field: HTMLInputElement, onStored: (stored: number) => unknown}} page `onStored`: it ended, and so many are new
 */
export function useImport(target, { field, onStored }) {
  const mostBytes = Number(field.dataset.mostBytes);
  /** @type {Sending|null} */
  let sending = null;
  /** @type {Panel|null} */
  let panel = null;
  const take = (/** @type {File[]} */ files) => {
    if (!files.length) return;
    if (sending && !sending.progress.ended && !sending.isStopped) return sending.add(files);
    panel?.close();
    const shown = (panel = new Panel(() => started.stop()));
    const started = (sending = new Sending(target(), {
      mostBytes,
      onProgress: (progress) => {
        shown.show(progress);
        if (progress.ended && progress.stored) onStored(progress.stored);
      },
    }));
    started.add(files);
  };
  field.addEventListener("change", () => {
    const files = [...(field.files ?? [])];
    field.value = "";
    take(files);
  });
  acceptDrops(document.body, take);
  window.addEventListener("beforeunload", (event) => {
    if (sending && !sending.progress.ended) event.preventDefault(); // what is not sent yet would be lost
  });
}

class Panel {
  /** @param {() => void} onStop */
  constructor(onStop) {
    this.title = element("h2", { class: "import__title", id: "import-title" });
    this.said = element("p", { class: "visually-hidden", role: "status" });
    this.bar = element("progress", { class: "bar", "aria-labelledby": "import-title", value: "0", max: "1" });
    this.list = element("ul", { class: "import__list", tabindex: "0", "aria-label": _("Files that were not imported"), hidden: true });
    this.stop = element("button", { class: "button button--bare", type: "button", text: _("Stop"), on: { click: () => (onStop(), (this.stop.disabled = true)) } });
    const close = element("button", { class: "button button--bare button--icon", type: "button", "aria-label": _("Close"), title: _("Close"), on: { click: () => this.close() } }, icon("close"));
    this.dismiss = close;
    close.hidden = true;
    this.listed = 0;
    this.node = element("section", { class: "import", "aria-labelledby": "import-title" }, element("div", { class: "import__head" }, this.title, this.stop, close), this.bar, this.list, this.said);
    (document.querySelector("main") ?? document.body).append(this.node);
  }

  close() {
    this.node.remove();
  }

  /** @param {Progress} progress */
  show(progress) {
    const { done, total, ended } = progress;
    const numbers = { done: done.toLocaleString(language), total: total.toLocaleString(language) };
    setText(this.title, ended ? summary(progress) : interpolate(_("%(done)s of %(total)s files"), numbers));
    this.bar.max = Math.max(1, total);
    this.bar.value = done;
    this.showRemarks(progress);
    if (!ended) return;
    setText(this.said, summary(progress));
    this.bar.hidden = this.stop.hidden = true;
    this.dismiss.hidden = false;
  }

  /** @param {Progress} progress */
  showRemarks({ refused, known, ended }) {
    const remarks = [...refused, ...known];
    if (remarks.length === this.listed && !ended) return;
    this.listed = remarks.length;
    const items = remarks.slice(0, MOST_LISTED).map(({ name, message }) => element("li", {}, element("b", { dir: "auto", text: name }), ` ${message}`));
    const more = remarks.length - items.length;
    if (more > 0) items.push(element("li", { text: interpolate(ngettext("and %(n)s more", "and %(n)s more", more), { n: more.toLocaleString(language) }) }));
    this.list.replaceChildren(...items);
    this.list.hidden = !items.length;
  }
}

/** @param {Progress} progress @returns {string} */
function summary({ stored, known, refused }) {
  const count = (/** @type {number} */ n) => ({ n: n.toLocaleString(language) });
  const parts = [interpolate(ngettext("%(n)s image added", "%(n)s images added", stored), count(stored))];
  if (known.length) parts.push(interpolate(ngettext("%(n)s was there already", "%(n)s were there already", known.length), count(known.length)));
  if (refused.length) parts.push(interpolate(ngettext("%(n)s not added", "%(n)s not added", refused.length), count(refused.length)));
  return parts.join(", ");
}
