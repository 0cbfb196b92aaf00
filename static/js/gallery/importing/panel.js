// @ts-check
// Importing on a page: drops and the page's file field start it, and a panel says how far it is and what each refused file lacks.

import { element, icon, setText } from "../../lib/dom.js";
import { gettext as _, interpolate, language, ngettext } from "../../lib/i18n.js";
import { showToast } from "../../lib/toast.js";
import { acceptDrops } from "./drops.js";
import { Sending } from "./sending.js";

/** Sentences that are listed; of further files there is the number. */
const MOST_LISTED = 200;

/** @typedef {import("./sending.js").Progress} Progress */

/** Files that are being sent, or were last. @type {{to: string, sending: Sending, panel: Panel}|null} */
let current = null;
addEventListener("beforeunload", (event) => {
  if (current && !current.sending.progress.ended) event.preventDefault(); // what is not sent yet would be lost
});

/**
 * Send files, and say how far that is; one more part joins the files for the same place.
 * @param {File[]} files
 * @param {{to: string, target: () => import("./sending.js").Target, mostBytes: number, onEnded: (progress: Progress) => unknown}} where `to`: its name
 */
export function importFiles(files, { to, target, mostBytes, onEnded }) {
  if (!files.length) return;
  if (current && !current.sending.progress.ended && !current.sending.isStopped) {
    if (current.to === to) current.sending.add(files);
    else showToast(_("Other files are being added. Drop these again when that has ended."));
    return;
  }
  current?.panel.close();
  const panel = new Panel(() => sending.stop());
  const sending = new Sending(target(), {
    mostBytes,
    onProgress: (progress) => {
      panel.show(progress);
      if (progress.ended) onEnded(progress);
    },
  });
  current = { to, sending, panel };
  sending.add(files);
}

/**
 * @param {() => import("./sending.js").Target} target
 * @param {{field: HTMLInputElement, onStored: (stored: number) => unknown}} page `onStored`: it ended, and so many are new
 */
export function useImport(target, { field, onStored }) {
  const onEnded = (/** @type {Progress} */ { stored }) => void (stored && onStored(stored));
  const take = (/** @type {File[]} */ files) => importFiles(files, { to: "", target, mostBytes: Number(field.dataset.mostBytes), onEnded });
  field.addEventListener("change", () => {
    const files = [...(field.files ?? [])];
    field.value = "";
    take(files);
  });
  acceptDrops(document.body, take);
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
