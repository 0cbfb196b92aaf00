// @ts-check
// Enhance: a language model proposes the prompt in more words; what changes is shown, and accepted or not.

import { errorMessage, promptApi } from "../../lib/api.js";
import { ask } from "../../lib/ask.js";
import { element } from "../../lib/dom.js";
import { gettext as _, interpolate } from "../../lib/i18n.js";
import { showToast } from "../../lib/toast.js";
import { replace } from "./prompt_tools.js";

const LEAST_KEPT = 0.5; // of the proposal's words; with fewer the prompt is one's own again

/** @typedef {{text: string, differs: boolean}} Words */

/** @param {import("./form.js").GenerationForm} form */
export function addEnhance(form) {
  const button = document.querySelector("[data-enhance]");
  if (!(button instanceof HTMLButtonElement)) return;
  const before = form.controls.enhanced_from;
  /** @type {string[]} */
  let accepted = before.value ? wordsOf(form.prompt.value) : []; // kept over a reload
  form.prompt.addEventListener("input", () => {
    if (before.value && shareOf(accepted, wordsOf(form.prompt.value)) < LEAST_KEPT) before.value = "";
  });
  button.addEventListener("click", async () => {
    const prompt = form.prompt.value.trim();
    if (!prompt) return void form.prompt.focus();
    button.disabled = true;
    button.setAttribute("aria-busy", "true");
    const proposal = await promptApi.enhance(prompt).catch((/** @type {unknown} */ error) => void showToast(errorMessage(error)));
    button.disabled = false;
    button.removeAttribute("aria-busy");
    if (!proposal || !(await confirmed(proposal))) return void button.focus();
    accepted = wordsOf(proposal.prompt);
    before.value = "";
    replace(form.prompt, proposal.prompt);
    before.value = proposal.enhanced_from;
  });
}

/** @param {{by: string, removed: Words[], added: Words[]}} proposal @returns {Promise<boolean|null>} */
function confirmed({ by, removed, added }) {
  const content = [
    element("p", { class: "quiet small", text: interpolate(_("Proposed by %(name)s"), { name: by }) }),
    element("h3", { text: _("Your prompt") }),
    element("p", { class: "enhance__text", dir: "auto" }, ...removed.map((part) => marked(part, "del"))),
    element("h3", { text: _("Proposal") }),
    element("p", { class: "enhance__text", dir: "auto" }, ...added.map((part) => marked(part, "ins"))),
  ];
  return ask(_("Enhance the prompt"), { content, go: _("Use the proposal"), read: () => true });
}

/** @param {Words} part @param {"del"|"ins"} tag */
function marked({ text, differs }, tag) {
  return differs ? element(tag, { text }) : document.createTextNode(text);
}

/** @param {string} text */
function wordsOf(text) {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** The share of `words` that is still among `others`. @param {string[]} words @param {string[]} others */
function shareOf(words, others) {
  const left = new Set(others);
  return words.filter((word) => left.has(word)).length / Math.max(1, words.length);
}
