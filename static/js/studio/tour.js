// @ts-check
// Three hints at the first visit. They stand in the page and take no focus: whoever ignores them can do everything.

import { API, request } from "../lib/api.js";
import { element, one, setText } from "../lib/dom.js";
import { gettext as _, interpolate } from "../lib/i18n.js";
import { keysOf, readable } from "../shortcuts/keys.js";

/** @returns {Array<{at: string, words: string}>} `at`: what a hint is about */
function hints() {
  const isWide = matchMedia("(min-width: 1280px)").matches;
  const [commands, shortcuts] = [readable(keysOf("palette")).join(" "), readable(keysOf("help")).join(" ")];
  return [
    { at: ".composer", words: _("Describe an image and press Generate. While you write, words are completed; < offers LoRAs, @ styles.") },
    { at: isWide ? "#parameters" : ".composer__settings", words: _("Checkpoint, size and number of images are in the settings. What is seldom needed stands under Advanced.") },
    {
      at: isWide ? ".strip" : ".nav",
      words: commands && shortcuts ? interpolate(_("Finished images stay here and in your library. %(commands)s finds every command, %(shortcuts)s shows all shortcuts."), { commands, shortcuts }) : _("Finished images stay here and in your library."),
    },
  ];
}

export function showTour() {
  const steps = hints();
  let place = 0;
  const words = element("p", { role: "status" });
  const count = element("span", { class: "quiet small" });
  const next = element("button", { class: "button", type: "button", on: { click: () => (place + 1 < steps.length ? show(place + 1) : end()) } });
  const dismiss = element("button", { class: "button button--quiet", type: "button", text: _("No hints"), on: { click: () => end() } });
  const box = element("section", { class: "notice tour", "aria-label": _("Hints"), data: { tour: "" } }, count, words, element("div", { class: "row" }, next, dismiss));
  one(".studio__notices").append(box);
  const mark = (/** @type {string} */ at) => {
    document.querySelector("[data-hinted]")?.removeAttribute("data-hinted");
    document.querySelector(at)?.setAttribute("data-hinted", "");
  };

  /** @param {number} index */
  function show(index) {
    place = index;
    setText(words, steps[index].words);
    setText(count, interpolate(_("%(place)s of %(count)s"), { place: index + 1, count: steps.length }));
    setText(next, index + 1 < steps.length ? _("Next") : _("Done"));
    dismiss.hidden = index + 1 === steps.length;
    mark(steps[index].at);
  }

  function end() {
    box.remove();
    document.querySelector("[data-hinted]")?.removeAttribute("data-hinted");
    one("#prompt").focus({ preventScroll: true });
    // Without an answer they come again at the next visit.
    void request("PATCH", `${API}/me/preferences`, { hints_read: true }).catch(() => {});
  }
  show(0);
}
