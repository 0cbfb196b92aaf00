// @ts-check
// The header of a day: one line with its date, its number of images and a box that selects them all.

import { element } from "../../lib/dom.js";
import { gettext as _, interpolate, language } from "../../lib/i18n.js";
import { dayOf, midnight } from "./source.js";

/** @param {string} day "2026-01-31" @returns {string} "Today", "Yesterday", "Monday, 12 January", with the year of others */
export function dayInWords(day) {
  const today = dayOf(new Date());
  if (day === today) return _("Today");
  const date = midnight(day);
  if (dayOf(midnight(today, -1)) === day) return _("Yesterday");
  const isThisYear = day.slice(0, 4) === today.slice(0, 4);
  /** @type {Intl.DateTimeFormatOptions} */
  const format = { day: "numeric", month: "long", ...(isThisYear ? { weekday: "long" } : { year: "numeric" }) };
  return date.toLocaleDateString(language, format);
}

/** @param {import("./chunks.js").Section} section @returns {string} its day, or from which day to which */
function daysInWords({ key, oldest }) {
  if (oldest === null || oldest === key) return dayInWords(key);
  const isThisYear = oldest.slice(0, 4) === dayOf(new Date()).slice(0, 4);
  const format = new Intl.DateTimeFormat(language, { day: "numeric", month: "long", ...(isThisYear ? {} : { year: "numeric" }) });
  return format.formatRange(midnight(oldest), midnight(key));
}

/**
 * @param {import("./chunks.js").Section} section
 * @param {import("./grid.js").Grid} grid
 * @returns {HTMLElement}
 */
export function sectionHeader(section, grid) {
  const name = daysInWords(section);
  const count = element("span", { class: "grid__count", text: section.count.toLocaleString(language) });
  const box = element("input", { type: "checkbox", tabindex: "-1", "aria-label": interpolate(_("Select all of %(day)s"), { day: name }) });
  const cell = element("div", { class: "grid__day", role: "gridcell" }, element("h2", { class: "grid__date" }, name, " · ", count), box);
  const node = element("div", { class: "grid__header", role: "row", data: { section: section.key } }, cell);
  const refresh = () => {
    count.textContent = section.count.toLocaleString(language);
    box.checked = grid.selection.hasSection(section);
    if (!node.isConnected) grid.selection.removeEventListener("change", refresh);
  };
  box.addEventListener("change", async () => {
    box.disabled = true;
    await grid.selection.setSection(section, box.checked);
    box.disabled = false;
  });
  grid.selection.addEventListener("change", refresh);
  requestAnimationFrame(refresh);
  return node;
}
