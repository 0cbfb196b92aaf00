// @ts-check
// Of every page of a person who is signed in: queue and notices in the header, shortcuts, and the palette and dialogs that they
// open, which load at their first use.

import { tinykeys } from "../../vendor/tinykeys/tinykeys.module.js";
import { showBell } from "../notices/bell.js";
import { endPushAtSignOut } from "../notices/sign_out.js";
import { followSite, keepInAccount, takeDismissals } from "../site/banner.js";
import { addCommand, runCommand } from "../shortcuts/commands.js";
import { holdKeys } from "../shortcuts/held_keys.js";
import { endsSequence, isTextField, isTyped, keysOf } from "../shortcuts/keys.js";
import { SHORTCUTS } from "../shortcuts/table.js";

/** Shortcuts of these places depend on what has the focus: their own scripts listen. */
const OWN = ["grid", "viewer"];

const label = (/** @type {string} */ id) => SHORTCUTS.find((one) => one.id === id)?.label() ?? id;
addCommand({ id: "palette", label: label("palette"), run: openPalette, isOn: () => !document.querySelector("dialog[open]") });
addCommand({ id: "help", label: label("help"), run: async () => (await import("../shortcuts/help.js")).openHelp() });

/** Open the palette; what is typed while it loads for the first time goes into it. */
async function openPalette() {
  const heldKeys = holdKeys();
  const loaded = await import("../shortcuts/palette.js").catch(() => null);
  const keys = heldKeys();
  if (loaded && keys) loaded.openPalette(keys);
}

/** @param {KeyboardEvent} event @param {string} id @param {string} keys */
function press(event, id, keys) {
  if (event.defaultPrevented || event.isComposing || event.repeat || document.querySelector("dialog[open]")) return;
  if (isTyped(keys) && isTextField(event.target)) return;
  if (!keys.includes(" ") && endsSequence(event)) return; // the "s" of "g s"
  if (runCommand(id)) event.preventDefault();
}

let stop = () => {};
function listen() {
  stop();
  const ids = SHORTCUTS.filter(({ id, where }) => keysOf(id) && !OWN.includes(where)).map(({ id }) => id);
  // Pages may use the same keys for different commands: the one that there is runs.
  const bindings = ids.map((one) => {
    const keys = keysOf(one);
    const same = ids.filter((id) => keysOf(id) === keys);
    return [keys, (/** @type {KeyboardEvent} */ event) => same.forEach((id) => press(event, id, keys))];
  });
  stop = tinykeys(window, Object.fromEntries(bindings));
}
listen();
document.addEventListener("sdsite:shortcuts", listen); // others were chosen

document.addEventListener("click", ({ target }) => {
  const opens = target instanceof Element ? target.closest("[data-opens]") : null;
  if (opens instanceof HTMLElement) runCommand(opens.dataset.opens ?? "");
});

showBell();
endPushAtSignOut();
if (!document.querySelector("[data-studio]")) void import("../studio/jobs/page_queue.js").then(({ showPageQueue }) => showPageQueue()); // the studio has it
if (document.querySelector("[data-shortcut-settings]")) void import("../shortcuts/settings.js").then(({ showSettings }) => showSettings());

takeDismissals(keepInAccount);
followSite();
