// @ts-check
// The table of shortcuts: what each is called, where it works, and its keys until a person chooses others.

import { gettext as _ } from "../lib/i18n.js";

/**
 * @typedef {"everywhere"|"studio"|"grid"|"viewer"|"compare"|"moderation"} Where
 * @typedef {{id: string, keys: string, where: Where, label: () => string}} Shortcut
 *   `keys`: as tinykeys writes them ("$mod+k", "g l"); "": none
 */

/** @type {Shortcut[]} */
export const SHORTCUTS = [
  { id: "palette", keys: "$mod+k", where: "everywhere", label: () => _("Commands") },
  { id: "help", keys: "Shift+?", where: "everywhere", label: () => _("Keyboard shortcuts") },
  { id: "theme", keys: "", where: "everywhere", label: () => _("Switch the theme") },
  { id: "go.studio", keys: "g s", where: "everywhere", label: () => _("Go to the studio") },
  { id: "go.library", keys: "g l", where: "everywhere", label: () => _("Go to the library") },
  { id: "go.collections", keys: "g c", where: "everywhere", label: () => _("Go to the collections") },
  { id: "go.explore", keys: "g e", where: "everywhere", label: () => _("Go to Explore") },
  { id: "go.uploads", keys: "g u", where: "everywhere", label: () => _("Go to the uploads") },
  { id: "go.trash", keys: "g t", where: "everywhere", label: () => _("Go to the trash") },
  { id: "studio.generate", keys: "$mod+Enter", where: "studio", label: () => _("Generate") },
  { id: "studio.cancel", keys: "$mod+Shift+Backspace", where: "studio", label: () => _("Cancel the running job") },
  { id: "studio.prompt", keys: "/", where: "studio", label: () => _("Go to the prompt") },
  { id: "studio.again", keys: "", where: "studio", label: () => _("Generate again") },
  { id: "studio.forever", keys: "", where: "studio", label: () => _("Generate forever") },
  { id: "studio.inspire", keys: "", where: "studio", label: () => _("Inspire me") },
  { id: "grid.favourite", keys: "f", where: "grid", label: () => _("Favourite") },
  { id: "grid.trash", keys: "Delete", where: "grid", label: () => _("Move to trash") },
  { id: "grid.compare", keys: "c", where: "grid", label: () => _("Compare the selected images") },
  { id: "viewer.favourite", keys: "f", where: "viewer", label: () => _("Favourite") },
  { id: "viewer.trash", keys: "Delete", where: "viewer", label: () => _("Move to trash") },
  { id: "viewer.compare", keys: "c", where: "viewer", label: () => _("Compare with related images") },
  { id: "viewer.zoom", keys: "z", where: "viewer", label: () => _("Zoom in or fit") },
  { id: "viewer.fullscreen", keys: "Shift+f", where: "viewer", label: () => _("Full screen") },
  { id: "compare.slider", keys: "s", where: "compare", label: () => _("Slider") },
  { id: "compare.side", keys: "d", where: "compare", label: () => _("Side by side") },
  { id: "compare.blink", keys: "b", where: "compare", label: () => _("Blink") },
  { id: "compare.swap", keys: "x", where: "compare", label: () => _("Swap") },
  { id: "compare.zoom", keys: "z", where: "compare", label: () => _("Fit or actual size") },
  { id: "compare.next", keys: "n", where: "compare", label: () => _("Next image") },
  { id: "moderation.approve", keys: "a", where: "moderation", label: () => _("Approve") },
  { id: "moderation.blur", keys: "b", where: "moderation", label: () => _("Blur for others") },
  { id: "moderation.private", keys: "p", where: "moderation", label: () => _("Make private") },
  { id: "moderation.hold", keys: "h", where: "moderation", label: () => _("Put under review") },
  { id: "moderation.delete", keys: "d", where: "moderation", label: () => _("Delete") },
  { id: "moderation.warn", keys: "w", where: "moderation", label: () => _("Warn the owner") },
  { id: "moderation.suspend", keys: "s", where: "moderation", label: () => _("Suspend the owner") },
  { id: "moderation.resolve", keys: "e", where: "moderation", label: () => _("Resolve reports") },
  { id: "moderation.reveal", keys: "v", where: "moderation", label: () => _("Show unblurred") },
];

/** Keys that are the same for everybody. @type {Array<{keys: string[], where: Where, label: () => string}>} */
export const FIXED = [
  { keys: ["ArrowUp"], where: "studio", label: () => _("At the start of the prompt: earlier prompts") },
  { keys: ["$mod+ArrowUp", "$mod+ArrowDown"], where: "studio", label: () => _("Weigh the selected words") },
  { keys: ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"], where: "grid", label: () => _("Go from image to image") },
  { keys: ["Space", "Shift+Space"], where: "grid", label: () => _("Select an image, or all up to it") },
  { keys: ["$mod+a"], where: "grid", label: () => _("Select all") },
  { keys: ["Enter"], where: "grid", label: () => _("Open the image") },
  { keys: ["1", "5", "0"], where: "grid", label: () => _("Rate with 1 to 5 stars, or none") },
  { keys: ["ArrowLeft", "ArrowRight"], where: "viewer", label: () => _("Previous and next image") },
  { keys: ["+", "-"], where: "viewer", label: () => _("Zoom in and out") },
  { keys: ["Shift+0", "Shift+1"], where: "viewer", label: () => _("Fit, or actual size") },
  { keys: ["1", "5", "0"], where: "viewer", label: () => _("Rate with 1 to 5 stars, or none") },
  { keys: ["ArrowLeft", "ArrowRight"], where: "compare", label: () => _("Move the line, or show another image") },
  { keys: ["Space"], where: "compare", label: () => _("Blink by itself") },
  { keys: ["+", "-"], where: "compare", label: () => _("Zoom in and out") },
  { keys: ["Shift+0", "Shift+1"], where: "compare", label: () => _("Fit, or actual size") },
];

/** @returns {Partial<Record<Where, string>>} titles of the groups, in their order; moderation for those who moderate */
export const places = () => ({
  everywhere: _("Everywhere"),
  studio: _("Studio"),
  grid: _("Grid of images"),
  viewer: _("Viewer"),
  compare: _("Comparison"),
  ...(document.querySelector("[data-command='page.moderation']") ? { moderation: _("Moderation") } : {}),
});
