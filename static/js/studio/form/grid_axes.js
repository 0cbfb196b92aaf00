// @ts-check
// Axes of an X/Y/Z plot: values typed, chosen from a list, or read from a text file.

import { element, one, setText } from "../../lib/dom.js";
import { parseValues } from "./fields.js";
import { plural } from "../../lib/format.js";
import { countCells, countImages } from "./field_groups.js";

const TITLES = ["X axis (columns)", "Y axis (rows)", "Z axis (sheets)"];
/** @type {Record<string, string>} */
const HOW = {
  numbers: "Values, separated by commas",
  lines: "Values, one per line",
  texts: "Search text, then its replacements",
  choices: "Values",
};

/**
 * Show the controls for the values of a row's axis.
 * @param {HTMLElement} row
 * @param {(source: string) => Array<[string, string]>} optionsOf
 */
export function showAxis(row, optionsOf) {
  const { type = "lines", values: source } = one("[data-axis]", row).selectedOptions[0].dataset;
  const area = one("textarea", row);
  const ticks = one("[data-ticks]", row);
  setText(one("[data-axis-how]", row), HOW[type]);
  one("[data-axis-file]", row).hidden = type !== "lines";
  area.hidden = Boolean(source);
  ticks.hidden = !source;
  if (!source) return;
  const chosen = parseValues(area.value);
  const boxes = optionsOf(source).map(([value, words]) =>
    element(
      "label",
      { class: "check" },
      element("input", { type: "checkbox", value, checked: chosen.includes(value), data: { tick: "" } }),
      element("span", { text: words }),
    ),
  );
  ticks.replaceChildren(one("legend", ticks), ...boxes);
}

/** @param {HTMLElement} row @param {(source: string) => Array<[string, string]>} optionsOf */
export function listenToAxis(row, optionsOf) {
  const area = one("textarea", row);
  const changed = () => area.dispatchEvent(new Event("input", { bubbles: true }));
  one("[data-axis]", row).addEventListener("change", () => {
    area.value = "";
    showAxis(row, optionsOf);
    changed();
  });
  one("[data-ticks]", row).addEventListener("change", () => {
    const ticked = /** @type {HTMLInputElement[]} */ ([...row.querySelectorAll("[data-tick]")]).filter((box) => box.checked);
    area.value = ticked.map((box) => box.value).join("\n");
    changed();
  });
  one("[data-values-file]", row).addEventListener("change", async (/** @type {any} */ { target }) => {
    const [file] = target.files;
    if (!file) return;
    area.value = (await file.text()).trim();
    target.value = "";
    changed();
  });
  showAxis(row, optionsOf);
}

/**
 * Show each axis' title, and the number of images.
 * @param {HTMLElement[]} rows
 * @param {Record<string, any>} requested
 */
export function showGridCount(rows, requested) {
  for (const [index, row] of rows.entries()) setText(one("[data-axis-title]", row), TITLES[index] ?? "Axis");
  const sizes = (requested.grid?.axes ?? []).map((/** @type {any} */ axis) => axis.values.length).join(" × ");
  const each = requested.count > 1 ? ` of ${requested.count}` : "";
  const words = requested.grid ? `${sizes} = ${plural(countCells(requested.grid), "cell")}${each}: ${plural(countImages(requested), "image")}` : "";
  setText(one("[data-grid-count]"), words);
}
