// @ts-check
// Commands of a page: its marked buttons and links ([data-command]) and what its scripts add; shortcuts run them and the palette lists them.

import { SHORTCUTS } from "./table.js";

/** @typedef {{id: string, label: string, run: () => unknown, isOn?: () => boolean}} Command `isOn`: whether it applies now */

/** @type {Map<string, Command>} */
const added = new Map();
const OUT = "[hidden], [inert], [data-off]";

/** @param {Command} command */
export function addCommand(command) {
  added.set(command.id, command);
}

/** @param {Element} node */
const isUsable = (node) => !node.closest(OUT) && !node.matches(":disabled, [aria-disabled=true]");

/** @param {Element} node */
const nameOf = (node) => node.getAttribute("data-command-label") ?? node.getAttribute("aria-label") ?? node.textContent?.trim().replace(/\s+/g, " ") ?? "";

/** @returns {Command[]} those that apply now */
export function commands() {
  /** @type {Map<string, Command>} */
  const found = new Map();
  for (const node of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-command]"))) {
    const id = node.dataset.command ?? "";
    if (!id || found.has(id) || !isUsable(node)) continue;
    const label = SHORTCUTS.find((one) => one.id === id)?.label() ?? nameOf(node);
    found.set(id, { id, label, run: () => press(node) });
  }
  for (const command of added.values()) if (command.isOn?.() ?? true) found.set(command.id, command);
  return [...found.values()];
}

/** @param {HTMLElement} node */
function press(node) {
  if (node.matches("textarea, input:not([type=file])")) node.focus();
  else node.click();
}

/** Run a command, if it applies. @param {string} id @returns {boolean} whether it did */
export function runCommand(id) {
  const command = commands().find((one) => one.id === id);
  void command?.run();
  return command !== undefined;
}
