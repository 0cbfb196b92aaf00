// @ts-check
// The tools, what they are set to, and their keys.

import { one } from "../../lib/dom.js";
import { gettext as _, interpolate } from "../../lib/i18n.js";
import { clamp } from "./view.js";

/** @typedef {"brush"|"eraser"|"pan"|"frame"|"crop"} Tool */

const CRISP = "sdsite.editor.crisp";
const SMALL = 512; // an image with no longer side shows its pixels as squares at first
const SIZE_STEP = 1.2; // by which [ and ] change the size
const HARDNESS_STEP = 0.1;
const ZOOM_STEP = 1.25;

/** Keys without ctrl -> name of an action. @type {Record<string, string>} */
const KEYS = {
  b: "tool:brush",
  e: "tool:eraser",
  h: "tool:pan",
  f: "tool:frame",
  c: "tool:crop",
  "[": "smaller",
  "]": "larger",
  "{": "softer",
  "}": "harder",
  "+": "zoomIn",
  "=": "zoomIn",
  "-": "zoomOut",
  0: "fit",
  1: "actualSize",
  i: "invert",
  Delete: "clear",
};
/** Keys with ctrl or the command key. @type {Record<string, string>} */
const CONTROL_KEYS = { z: "undo", y: "redo", Z: "redo", Enter: "generate" };

export class Toolbar {
  /**
   * @param {import("./view.js").View} view
   * @param {{[action: string]: () => void}} actions by name; "tool" is called after a change of the tool
   */
  constructor(view, actions) {
    this.view = view;
    /** @type {Tool} */
    this.tool = "brush";
    this.size = 32;
    this.hardness = 1;
    /** Largest diameter of the image that the size was chosen for. */
    this.fitted = 0;
    /** @type {{[action: string]: () => void}} */
    this.actions = {
      smaller: () => this.setSize(Math.min(this.size / SIZE_STEP, this.size - 1)),
      larger: () => this.setSize(Math.max(this.size * SIZE_STEP, this.size + 1)),
      softer: () => this.setHardness(this.hardness - HARDNESS_STEP),
      harder: () => this.setHardness(this.hardness + HARDNESS_STEP),
      zoomIn: () => view.zoomTo(view.scale * ZOOM_STEP),
      zoomOut: () => view.zoomTo(view.scale / ZOOM_STEP),
      fit: () => view.fit(),
      actualSize: () => view.actualSize(),
      ...actions,
    };
    this.sizeSlider = /** @type {HTMLInputElement} */ (one("[data-brush-size]"));
    this.hardnessSlider = /** @type {HTMLInputElement} */ (one("[data-brush-hardness]"));
    this.sizeSlider.addEventListener("input", () => this.setSize(this.largest ** (this.sizeSlider.valueAsNumber / 100)));
    this.hardnessSlider.addEventListener("input", () => this.setHardness(this.hardnessSlider.valueAsNumber / 100));
    document.addEventListener("click", (event) => {
      const target = event.target instanceof Element ? event.target : null;
      const tool = /** @type {HTMLElement|null} */ (target?.closest("button[data-tool]"))?.dataset.tool;
      const action = /** @type {HTMLElement|null} */ (target?.closest("[data-do]"))?.dataset.do;
      if (tool) this.choose(/** @type {Tool} */ (tool));
      else if (action) this.run(action);
    });
    document.addEventListener("keydown", (event) => this.press(event));
    view.onChange(() => (one("[data-zoom]").textContent = `${Math.round(view.scale * 100)} %`));
    one("[data-crisp]").addEventListener("change", (/** @type {any} */ event) => this.setCrisp(event.target.checked, true));
  }

  /** Begin with an image of another size. */
  reset() {
    if (this.largest !== this.fitted) this.setSize(Math.max(4, Math.max(this.view.width, this.view.height) / 8));
    this.fitted = this.largest;
    this.setHardness(this.hardness);
    const stored = readCrisp();
    this.setCrisp(stored ?? Math.max(this.view.width, this.view.height) <= SMALL, false);
    this.choose(this.tool);
  }

  /** Largest diameter of the brush in pixels of the image. */
  get largest() {
    return Math.max(16, Math.max(this.view.width, this.view.height) / 2);
  }

  /** @param {number} size pixels of the image */
  setSize(size) {
    this.size = Math.round(clamp(size, 1, this.largest));
    this.sizeSlider.value = String((100 * Math.log(this.size)) / Math.log(this.largest));
    const words = interpolate(_("%(pixels)s pixels"), { pixels: this.size });
    this.sizeSlider.setAttribute("aria-valuetext", words);
    one("[data-size-words]").textContent = `${this.size} px`;
    this.actions.resized?.();
  }

  /** @param {number} hardness 0 to 1 */
  setHardness(hardness) {
    this.hardness = Math.round(clamp(hardness, 0, 1) * 100) / 100;
    this.hardnessSlider.value = String(this.hardness * 100);
    this.hardnessSlider.setAttribute("aria-valuetext", `${Math.round(this.hardness * 100)} %`);
  }

  /** @param {Tool} tool */
  choose(tool) {
    this.tool = tool;
    this.view.stage.dataset.tool = tool;
    for (const button of document.querySelectorAll("[data-tool][aria-pressed]")) {
      button.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (button).dataset.tool === tool));
    }
    for (const panel of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-options-of]"))) {
      panel.hidden = !String(panel.dataset.optionsOf).split(" ").includes(tool);
    }
    this.actions.tool?.();
  }

  /** @param {string} action */
  run(action) {
    if (action.startsWith("tool:")) this.choose(/** @type {Tool} */ (action.slice(5)));
    else this.actions[action]?.();
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    if (document.querySelector("dialog[open]") || event.altKey) return;
    const isTyping = /** @type {Element} */ (event.target).closest("textarea, select, input:not([type=range], [type=checkbox], [type=radio])");
    const hasControl = event.ctrlKey || event.metaKey;
    // In a text field undo is that of the text.
    if (isTyping && !(hasControl && event.key === "Enter")) return;
    const key = event.key.length === 1 && !hasControl ? event.key.toLowerCase() : event.key;
    const isRedo = hasControl && event.shiftKey && key.toLowerCase() === "z";
    const action = isRedo ? "redo" : (hasControl ? CONTROL_KEYS : KEYS)[key];
    if (!action) return;
    event.preventDefault();
    this.run(action);
  }

  /** @param {boolean} isCrisp pixels as squares, not blended @param {boolean} isChosen remember it */
  setCrisp(isCrisp, isChosen) {
    one("[data-crisp]").checked = isCrisp;
    this.view.paper.toggleAttribute("data-crisp-pixels", isCrisp);
    if (!isChosen) return;
    try {
      localStorage.setItem(CRISP, isCrisp ? "on" : "off");
    } catch {
      // Storage is blocked: the choice lasts until the page is left.
    }
  }

  /** @param {{canUndo: boolean, canRedo: boolean}} history */
  showHistory({ canUndo, canRedo }) {
    one("[data-do=undo]").disabled = !canUndo;
    one("[data-do=redo]").disabled = !canRedo;
  }
}

/** @returns {boolean|null} null: never chosen */
function readCrisp() {
  try {
    const stored = localStorage.getItem(CRISP);
    return stored === null ? null : stored === "on";
  } catch {
    return null;
  }
}
