// @ts-check
// The dialog with all shortcuts, as they are chosen.

import { element } from "../lib/dom.js";
import { gettext as _ } from "../lib/i18n.js";
import { ROOT } from "../lib/root.js";
import { keysOf, readable } from "./keys.js";
import { FIXED, places, SHORTCUTS } from "./table.js";

/** @param {string[]} words one text a press, or several keys of one row */
export const keysIn = (words) => element("span", { class: "keys" }, ...words.map((one) => element("kbd", { text: one })));

/** @param {string} where @param {string} title */
function group(where, title) {
  const own = SHORTCUTS.filter((one) => one.where === where && keysOf(one.id)).map((one) => ({ label: one.label(), keys: readable(keysOf(one.id)) }));
  const fixed = FIXED.filter((one) => one.where === where).map((one) => ({ label: one.label(), keys: one.keys.flatMap(readable) }));
  const rows = [...own, ...fixed].map(({ label, keys }) => element("div", { class: "shortcuts__row" }, element("dt", { text: label }), element("dd", {}, keysIn(keys))));
  return rows.length ? element("section", {}, element("h3", { text: title }), element("dl", { class: "shortcuts__list" }, ...rows)) : null;
}

export function openHelp() {
  const close = element("button", { class: "button", type: "button", text: _("Close"), autofocus: true, on: { click: () => dialog.close() } });
  const change = element("a", { class: "button button--quiet", href: `${ROOT}/settings/shortcuts/`, text: _("Change shortcuts") });
  const dialog = element(
    "dialog",
    { class: "dialog dialog--wide", "aria-labelledby": "shortcuts-title" },
    element("h2", { id: "shortcuts-title", text: _("Keyboard shortcuts") }),
    element("div", { class: "shortcuts" }, ...Object.entries(places()).map(([where, title]) => group(where, title))),
    element("div", { class: "row" }, change, close),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
