// @ts-check
// The card of the chosen checkpoint: its cover, family, and the size of its files.

import { one, setText } from "../lib/dom.js";
import { language } from "../lib/i18n.js";
import { cover } from "./cover.js";

const GIGABYTE = 1e9;

/** @param {number} bytes */
function fileSize(bytes) {
  const [value, unit] = bytes >= GIGABYTE ? [bytes / GIGABYTE, "gigabyte"] : [bytes / 1e6, "megabyte"];
  return value.toLocaleString(language, { style: "unit", unit, maximumFractionDigits: value < 10 ? 1 : 0 });
}

/** @param {import("./form/form.js").GenerationForm} form */
export function showModelCard(form) {
  let shown = "";
  const show = () => {
    const checkpoint = form.checkpoint();
    if (!checkpoint || checkpoint.slug === shown) return;
    shown = checkpoint.slug;
    one("[data-model-cover]").replaceChildren(cover(checkpoint.title, checkpoint.picture_url));
    const { family, size_bytes: bytes } = checkpoint;
    const facts = [form.data.families[family]?.label, bytes && fileSize(bytes)];
    setText(one("[data-model-facts]"), facts.filter(Boolean).join(" · "));
  };
  form.onChange.push(show);
  show();
}
