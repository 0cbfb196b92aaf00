// @ts-check
// Keys of shortcuts: the chosen ones, compared with key presses, written for people, and tested for conflicts.

import { matchKeyBindingPress, parseKeybinding } from "../../vendor/tinykeys/tinykeys.module.js";
import { pageData } from "../lib/dom.js";
import { gettext as _ } from "../lib/i18n.js";
import { SHORTCUTS } from "./table.js";

const IS_MAC = /Mac|iPhone|iPad/.test(navigator.platform);
const MODIFIERS = ["Control", "Meta", "Alt", "Shift", "AltGraph"];
/** Browsers keep these to themselves, or people expect them to do what they always do. */
const RESERVED = "$mod+n $mod+t $mod+w $mod+q $mod+r $mod+c $mod+v $mod+x $mod+a $mod+z $mod+Shift+n $mod+Shift+t $mod+Shift+w Alt+F4 F5 F11 F12 Escape Tab Shift+Tab Enter Space".split(" ");

/** Milliseconds in which tinykeys takes a press as the next of a sequence. */
const SEQUENCE_MS = 1000;

/** Keys by id, of those that differ from the table. @type {Record<string, string>} */
const chosen = pageData("shortcuts") ?? {};

/** @param {string} id @returns {string} "": the shortcut has no keys */
export function keysOf(id) {
  return chosen[id] ?? SHORTCUTS.find((one) => one.id === id)?.keys ?? "";
}

/** @param {Record<string, string>} keys by id, from now on */
export function choose(keys) {
  for (const id of Object.keys(chosen)) delete chosen[id];
  Object.assign(chosen, keys);
}

/** @returns {Record<string, string>} the keys that differ from the table, by id */
export const chosenKeys = () => ({ ...chosen });

/** Tell whether a key press is that of a shortcut of one press, and not the end of a longer one. @param {KeyboardEvent} event @param {string} id */
export function isPressed(event, id) {
  const presses = pressesOf(keysOf(id));
  return presses.length === 1 && matchKeyBindingPress(event, presses[0]) && !endsSequence(event);
}

/** The last two key presses: the one at hand and the one before it. @type {{event: KeyboardEvent|null, keys: string}[]} */
const last = [{ event: null, keys: "" }, { event: null, keys: "" }];
addEventListener("keydown", (event) => void (written(event) && last.push({ event, keys: written(event) }) && last.shift()), true);

/** Tell whether a key press is the second of a shortcut such as "g c". @param {KeyboardEvent} event */
export function endsSequence(event) {
  const [before, now] = last;
  if (now.event !== event || !before.event || event.timeStamp - before.event.timeStamp > SEQUENCE_MS) return false;
  const keys = `${before.keys} ${now.keys}`.toLowerCase();
  return SHORTCUTS.some(({ id }) => keysOf(id).toLowerCase() === keys);
}

/** Tell whether keys are characters that a text field takes. @param {string} keys */
export const isTyped = (keys) => pressesOf(keys).every(([modifiers]) => modifiers.every((one) => one === "Shift"));

/** Tell whether a key press goes into a text. @param {EventTarget|null} target */
export function isTextField(target) {
  const field = target instanceof Element ? target.closest("input, textarea, select, [contenteditable]") : null;
  return field !== null && !field.matches("[type=checkbox], [type=radio], [type=range], [type=button], [type=submit]");
}

/** @param {string} keys */
const pressesOf = (keys) => (keys ? parseKeybinding(keys) : []);

/**
 * Return the key press as tinykeys writes it, "" for a modifier alone.
 * @param {KeyboardEvent} event
 */
export function written(event) {
  if (MODIFIERS.includes(event.key) || event.key === "Dead") return "";
  const command = IS_MAC ? event.metaKey : event.ctrlKey;
  const modifiers = [command && "$mod", IS_MAC && event.ctrlKey && "Control", !IS_MAC && event.metaKey && "Meta", event.altKey && "Alt", event.shiftKey && "Shift"];
  const isCharacter = event.key.length === 1;
  // With Alt the character depends on the layout and the system; a space separates presses.
  const key = event.key === " " || (event.altKey && isCharacter) ? event.code : isCharacter ? event.key.toLowerCase() : event.key;
  return [...modifiers.filter(Boolean), key].join("+");
}

/** @returns {Record<string, string>} names of keys */
const names = () => ({
  Control: _("Ctrl"),
  Meta: IS_MAC ? "⌘" : "Meta",
  Alt: IS_MAC ? "⌥" : _("Alt"),
  Shift: IS_MAC ? "⇧" : _("Shift"),
  Enter: _("Enter"),
  Delete: _("Del"),
  Backspace: _("Backspace"),
  Escape: _("Esc"),
  Space: _("Space"),
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
});

/** Return keys as people read them, one text a press: ["Ctrl+K"]. @param {string} keys */
export function readable(keys) {
  const known = names();
  return pressesOf(keys).map(([modifiers, key]) => {
    const parts = [...modifiers, String(key).replace(/^(Key|Digit)(?=.$)/, "")].map((part) => known[part] ?? (part.length === 1 ? part.toUpperCase() : part));
    return parts.join("+");
  });
}

/**
 * Return the shortcuts whose keys a shortcut would share or begin with, where both work.
 * @param {string} id
 * @param {string} keys
 */
export function conflictsOf(id, keys) {
  const where = SHORTCUTS.find((one) => one.id === id)?.where;
  const meet = (/** @type {string} */ other) => other === where || other === "everywhere" || where === "everywhere";
  const begins = (/** @type {string} */ one, /** @type {string} */ other) => other === one || other.startsWith(`${one} `);
  const same = (/** @type {string} */ one) => one !== "" && (begins(one.toLowerCase(), keys.toLowerCase()) || begins(keys.toLowerCase(), one.toLowerCase()));
  return keys ? SHORTCUTS.filter((one) => one.id !== id && meet(one.where) && same(keysOf(one.id))) : [];
}

/** Tell whether browsers would not let a page have these keys, or people would miss them. @param {string} keys */
export const isReserved = (keys) => keys.split(" ").some((press) => RESERVED.includes(press));
