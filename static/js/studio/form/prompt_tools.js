// @ts-check
// Tools beside the prompt: the number of tokens for the checkpoint, and Inspire me.

import { promptApi } from "../../lib/api.js";
import { one, setText } from "../../lib/dom.js";
import { plural } from "../../lib/format.js";

const QUIET = 600; // milliseconds after the last key before tokens are counted

/** @param {import("./form.js").GenerationForm} form */
export function addPromptTools(form) {
  const place = one("[data-tokens]");
  let timer = 0;
  let asked = "";
  const count = async () => {
    const text = form.prompt.value;
    const { value: checkpoint } = form.controls.checkpoint;
    if (asked === `${checkpoint} ${text}`) return;
    asked = `${checkpoint} ${text}`;
    const answer = text.trim() && checkpoint ? await promptApi.tokens(text, checkpoint).catch(() => null) : null;
    if (asked !== `${checkpoint} ${text}`) return; // a newer request is on its way
    place.hidden = !answer;
    if (answer) setText(place, tokenSummary(answer));
  };
  const soon = () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(count, QUIET);
  };
  document.addEventListener("input", soon);
  soon();

  const inspire = one("[data-inspire]");
  inspire.addEventListener("click", async () => {
    inspire.disabled = true;
    const idea = await promptApi.inspire(form.controls.checkpoint.value).catch(() => null);
    inspire.disabled = false;
    if (idea) replace(form.prompt, idea.prompt);
  });
}

/** @param {{tokens: number, chunks: number, limit: number, exact: boolean}} answer */
function tokenSummary({ tokens, chunks, limit, exact }) {
  const words = `${exact ? "" : "about "}${plural(tokens, "token")}`;
  if (chunks > 1) return `${words} in ${chunks} parts`;
  return tokens > limit ? `${words}, only ${limit} are used` : words;
}

/** Replace a text so that undo restores it. @param {HTMLTextAreaElement} area @param {string} text */
export function replace(area, text) {
  area.focus();
  area.select();
  if (document.execCommand("insertText", false, text)) return;
  area.value = text;
  area.dispatchEvent(new Event("input", { bubbles: true }));
}
