// @ts-check
// The selection bar: how many images are selected, and what can be done with all of them.

import { element, icon, setText } from "../../lib/dom.js";
import { gettext as _, interpolate, language, ngettext } from "../../lib/i18n.js";
import { openMenu } from "./menu.js";

/**
 * @typedef {import("./actions.js").Actions} Actions
 * @typedef {{name: string, label: string, icon: string, run: (actions: Actions, button: HTMLElement) => unknown,
 *   danger?: boolean, fits?: (actions: Actions) => boolean}} Tool
 */

/** @type {() => Tool[]} */
export const libraryTools = () => [
  { name: "favourite", label: _("Favourite"), icon: "star", run: (actions) => actions.favourite(actions.selected) },
  { name: "rate", label: _("Rate"), icon: "rating", run: (actions, button) => rate(actions, button) },
  { name: "tag", label: _("Tag"), icon: "tag", run: (actions) => actions.tag(actions.selected) },
  { name: "collect", label: _("Collection"), icon: "collection", run: (actions) => actions.collect(actions.selected) },
  {
    name: "remove",
    label: _("Remove"),
    icon: "close",
    run: (actions) => actions.removeFromCollection(actions.selected),
    fits: (actions) => actions.collection !== null,
  },
  { name: "share", label: _("Share"), icon: "share", run: (actions) => actions.share(actions.selected) },
  { name: "compare", label: _("Compare"), icon: "compare", run: (actions) => actions.compare(actions.selected), fits: (actions) => actions.canCompare(actions.selected) },
  { name: "zip", label: _("Download zip"), icon: "download", run: (actions) => actions.zip(actions.selected) },
  { name: "trash", label: _("Trash"), icon: "trash", danger: true, run: (actions) => actions.trash(actions.selected) },
];

/** @type {() => Tool[]} */
export const trashTools = () => [
  { name: "restore", label: _("Restore"), icon: "restore", run: (actions) => actions.restore(actions.selected) },
  { name: "delete", label: _("Delete for good"), icon: "trash", danger: true, run: (actions) => actions.deleteForGood(actions.selected) },
];

/** @param {Actions} actions @param {HTMLElement} button */
function rate(actions, button) {
  const box = button.getBoundingClientRect();
  const set = (/** @type {number} */ stars) => actions.rate(actions.selected, stars);
  const none = { label: _("No rating"), icon: "close", run: () => set(0) };
  openMenu([none], { x: box.left, y: box.top - 120 }, { back: button, rate: { stars: 0, set } });
}

/**
 * Add the bar to the page; it is shown while something is selected.
 * @param {Actions} actions
 * @param {{tools: Tool[], canSelectAll?: boolean}} options `canSelectAll`: actions take all of a search
 */
export function showBar(actions, { tools, canSelectAll = true }) {
  const { grid } = actions;
  const { selection } = grid;
  const count = element("span", { class: "selection__count", role: "status" });
  const all = element("button", { class: "button button--quiet selection__all", type: "button", on: { click: () => selection.selectAll() } });
  const clear = element(
    "button",
    { class: "button button--bare button--icon", type: "button", "aria-label": _("Clear selection"), title: _("Clear selection"), on: { click: () => selection.clear() } },
    icon("close"),
  );
  const buttons = tools.map((tool) => {
    const attributes = { class: tool.danger ? "button button--bare selection__tool button--danger" : "button button--bare selection__tool", type: "button", title: tool.label, data: { tool: tool.name } };
    const button = element("button", attributes, icon(tool.icon), element("span", { text: tool.label }));
    button.addEventListener("click", async () => {
      button.disabled = true;
      await tool.run(actions, button);
      button.disabled = false;
    });
    return { tool, button };
  });
  const bar = element("div", { class: "selection", role: "toolbar", "aria-label": _("Selected images"), hidden: true }, clear, count, all, element("span", { class: "selection__tools" }, ...buttons.map(({ button }) => button)));
  grid.root.after(bar); // within the page's main landmark
  selection.addEventListener("change", () => {
    const { size } = selection;
    bar.hidden = size === 0;
    document.documentElement.classList.toggle("is-selecting", selection.isActive);
    setText(count, interpolate(ngettext("%(n)s selected", "%(n)s selected", size), { n: size.toLocaleString(language) }));
    const total = grid.model.count;
    all.hidden = !canSelectAll || selection.all || size >= total;
    setText(all, interpolate(_("Select all %(n)s"), { n: total.toLocaleString(language) }));
    for (const { tool, button } of buttons) button.hidden = tool.fits ? !tool.fits(actions) : false;
  });
}
