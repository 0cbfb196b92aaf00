// @ts-check
// The size: buttons of aspect ratios, each with a small frame and the pixels of the resulting file, and free numbers.

import { element, one, setText } from "../../lib/dom.js";
import { gettext as _ } from "../../lib/i18n.js";
import { resultSize } from "../../lib/result_size.js";

/** @type {Array<[number, number]>} */
const RATIOS = [[1, 1], [4, 3], [3, 4], [16, 9], [9, 16]];
const NEAR = 0.04; // ratios that differ by less are called by the same name

/**
 * Return the size of a ratio that has about as many pixels as `usual`.
 * @param {[number, number]} ratio
 * @param {{width: number, height: number, multiple: number}} usual
 * @returns {[number, number]}
 */
export function sizeOf([across, down], { width, height, multiple }) {
  const side = Math.sqrt((width * height) / (across * down));
  const rounded = (/** @type {number} */ value) => Math.max(multiple, Math.round(value / multiple) * multiple);
  return [rounded(side * across), rounded(side * down)];
}

/** @param {number} width @param {number} height @returns {string} "3:4"; empty for another ratio */
export function ratioName(width, height) {
  const found = RATIOS.find(([across, down]) => Math.abs((width / height) * (down / across) - 1) < NEAR);
  return found ? found.join(":") : "";
}

export class SizeField {
  /** @param {Record<string, any>} controls of the form @param {() => void} onChange */
  constructor(controls, onChange) {
    this.controls = controls;
    this.onChange = onChange;
    this.place = one("[data-ratios]");
    this.free = one("[data-free-size]");
    this.isOpen = false;
    this.place.addEventListener("click", (/** @type {MouseEvent} */ event) => {
      const button = /** @type {HTMLElement|null} */ (/** @type {Element} */ (event.target).closest("button"));
      if (!button) return;
      if (button.dataset.size) this.take(button.dataset.size);
      else this.toggle();
    });
    one("[data-swap]").addEventListener("click", () => this.take(`${controls.height.value}x${controls.width.value}`));
  }

  /** Offer the sizes of a checkpoint. @param {Record<string, any>} checkpoint */
  follow({ sizes, defaults, size_multiple: multiple }) {
    for (const side of ["width", "height"]) this.controls[side].step = multiple;
    this.fixed = sizes.length > 0;
    const offered = this.fixed ? sizes : RATIOS.map((ratio) => sizeOf(ratio, { ...defaults, multiple }));
    const buttons = offered.map((/** @type {[number, number]} */ size) => this.button(size));
    if (!this.fixed) buttons.push(element("button", { class: "ratio", type: "button", "aria-pressed": "false", data: { custom: "" } }, element("span", { class: "ratio__frame ratio__frame--custom" }), element("span", { text: _("Custom") })));
    this.place.replaceChildren(...buttons);
    this.isOpen = false;
  }

  /** @param {[number, number]} size */
  button([width, height]) {
    const frame = element("span", { class: "ratio__frame" });
    frame.style.setProperty("aspect-ratio", `${width} / ${height}`);
    frame.style.setProperty(width >= height ? "width" : "height", "22px");
    const pixels = element("span", { class: "ratio__pixels", "data-pixels": "" });
    return element("button", { class: "ratio", type: "button", "aria-pressed": "false", data: { size: `${width}x${height}` } }, frame, element("span", { text: ratioName(width, height) || _("Other") }), pixels);
  }

  /** @param {string} size "128x128" */
  take(size) {
    const [width, height] = size.split("x");
    this.controls.width.value = width;
    this.controls.height.value = height;
    this.isOpen = false;
    this.controls.width.dispatchEvent(new Event("input", { bubbles: true }));
  }

  toggle() {
    this.isOpen = true;
    this.onChange();
    this.controls.width.focus();
  }

  /** Where a checkpoint allows some sizes only, take the nearest of them. */
  snap() {
    if (!this.fixed) return;
    const ratio = Number(this.controls.width.value) / Number(this.controls.height.value);
    const sizes = [...this.place.children].map((button) => button.dataset.size.split("x").map(Number));
    const pair = [Number(this.controls.width.value), Number(this.controls.height.value)].join("x");
    if (sizes.some((size) => size.join("x") === pair)) return;
    const far = (/** @type {number[]} */ [width, height]) => Math.abs(Math.log(width / height / (ratio || 1)));
    const [width, height] = sizes.reduce((best, size) => (far(size) < far(best) ? size : best));
    this.controls.width.value = String(width);
    this.controls.height.value = String(height);
  }

  /** Mark the chosen size, and show the pixels of the files. @param {Record<string, any>} requested */
  show(requested) {
    const pair = `${this.controls.width.value}x${this.controls.height.value}`;
    let known = false;
    for (const button of this.place.children) {
      const { size } = button.dataset;
      const chosen = size === pair && !this.isOpen;
      known ||= chosen;
      button.setAttribute("aria-pressed", String(size ? chosen : !known));
      if (!size) continue;
      const [width, height] = size.split("x").map(Number);
      const result = resultSize({ ...requested, width, height });
      setText(one("[data-pixels]", button), `${result.width} × ${result.height}`);
    }
    this.free.hidden = this.fixed || known;
  }
}
