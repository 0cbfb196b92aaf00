// @ts-check
// Lists of a form: rows made from a template, numbered by position ("loras.#.weight" is "loras.0.weight" in the first).

import { one } from "../../lib/dom.js";

const NUMBERED = ["id", "name", "for", "data-error-for", "data-slider-for", "aria-describedby", "aria-labelledby"];

export class Rows {
  /**
   * @param {HTMLElement} container [data-list] with a template, [data-rows] and buttons [data-add]
   * @param {{onAdd: (row: HTMLElement) => void, onChange: () => void}} listeners
   */
  constructor(container, listeners) {
    this.path = container.dataset.list ?? "";
    this.most = Number(container.dataset.most);
    this.template = /** @type {HTMLTemplateElement} */ (one("template", container));
    this.place = one("[data-rows]", container);
    this.buttons = /** @type {HTMLButtonElement[]} */ ([...container.querySelectorAll("[data-add]")]);
    this.listeners = listeners;
    /** @type {Map<Element, Array<[Element, string, string]>>} element, attribute and pattern of each row */
    this.patterns = new Map();
    for (const button of this.buttons) button.addEventListener("click", () => this.ask(button));
  }

  /** @returns {HTMLElement[]} */
  get rows() {
    return [...this.place.children];
  }

  /** Add a row for a pressed button, and focus it. @param {HTMLButtonElement} button */
  ask(button) {
    const row = this.add();
    const field = row.querySelector("select");
    if (field && button.dataset.addField) {
      field.value = button.dataset.addField;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
    /** @type {HTMLElement|null} */ (row.querySelector("select, input, textarea"))?.focus();
    this.listeners.onChange();
  }

  add() {
    const row = /** @type {HTMLElement} */ (/** @type {Element} */ (this.template.content.firstElementChild).cloneNode(true));
    /** @type {Array<[Element, string, string]>} */
    const patterns = [];
    for (const node of [row, ...row.querySelectorAll("*")]) {
      for (const name of NUMBERED) {
        const pattern = node.getAttribute(name);
        if (pattern?.includes("#")) patterns.push([node, name, pattern]);
      }
    }
    this.patterns.set(row, patterns);
    one("[data-remove]", row).addEventListener("click", () => this.remove(row));
    this.place.append(row);
    this.number();
    this.listeners.onAdd(row);
    return row;
  }

  /** @param {HTMLElement} row */
  remove(row) {
    const next = row.nextElementSibling ?? row.previousElementSibling;
    this.patterns.delete(row);
    row.remove();
    this.number();
    const focus = next ? one("[data-remove]", next) : this.buttons[0];
    focus.focus();
    this.listeners.onChange();
  }

  number() {
    for (const [index, row] of this.rows.entries()) {
      const patterns = this.patterns.get(row) ?? [];
      for (const [node, name, pattern] of patterns) node.setAttribute(name, pattern.replaceAll("#", String(index)));
    }
    for (const button of this.buttons) button.hidden = this.rows.length >= this.most;
  }

  /** @param {number} count number of rows to have; the API's error says when there are too many */
  set(count) {
    for (const row of this.rows.slice(count)) row.remove();
    while (this.rows.length < count) this.add();
    this.number();
  }
}
