// @ts-check
// What the completion of prompts offers: from the page where it has it, else asked for once and kept for some minutes.

import { API, request, savedApi } from "../../lib/api.js";
import { one } from "../../lib/dom.js";
import { gettext as _, interpolate } from "../../lib/i18n.js";
import { optionsOf } from "../form/field_groups.js";

const KEPT_MS = 120_000;

/** @typedef {{label: string, kind: string, text: string, run?: () => void}} Entry `text`: what is inserted */

/** @type {Map<string, {at: number, rows: Promise<any[]>}>} */
const kept = new Map();

/** @param {string} name @param {() => Promise<any[]>} read @returns {Promise<any[]>} none where they cannot be read */
function once(name, read) {
  const known = kept.get(name);
  if (known && performance.now() - known.at < KEPT_MS) return known.rows;
  const rows = read().catch(() => {
    kept.delete(name);
    return [];
  });
  kept.set(name, { at: performance.now(), rows });
  return rows;
}

/**
 * @param {"lora"|"style"|"wildcard"|"word"} kind
 * @param {import("../form/form.js").GenerationForm} form
 * @returns {Promise<Entry[]>}
 */
export async function sourceOf(kind, form) {
  return SOURCES[kind](form);
}

/** @type {Record<string, (form: import("../form/form.js").GenerationForm) => Promise<Entry[]>>} */
const SOURCES = {
  lora: async (form) => {
    const weights = new Map(form.data.adapters.map((/** @type {any} */ row) => [`${row.kind} ${row.slug}`, row.default_weight]));
    return optionsOf("lora", form.data, form.checkpoint()).map(([slug, title]) => ({ label: title, kind: "LoRA", text: `<lora:${slug}:${weights.get(`lora ${slug}`) ?? 1}>` }));
  },
  style: async () => {
    const rows = await once("styles", () => savedApi("styles").list());
    return rows.map((row) => ({ label: row.name, kind: _("Style"), text: "", run: () => addStyle(row) }));
  },
  wildcard: async () => {
    const rows = await once("wildcards", () => request("GET", `${API}/wildcards`));
    return rows.map(({ name }) => ({ label: name, kind: _("Wildcard"), text: `__${name}__` }));
  },
  word: async (form) => {
    const checkpoint = form.checkpoint();
    /** @type {Map<string, Entry>} by what they insert: a word may be a tag too */
    const found = new Map();
    const add = (/** @type {string} */ text, /** @type {string} */ kind) => text && !found.has(text) && found.set(text, { label: text, kind, text });
    for (const { category, words } of checkpoint?.vocabulary ?? []) for (const word of words) add(word, category);
    for (const { kind, family, token } of form.data.adapters) if (kind === "embedding" && ["", checkpoint?.family].includes(family)) add(token, _("Embedding"));
    for (const { name } of await once("tags", () => request("GET", `${API}/tags`))) add(name, _("Tag"));
    return [...found.values()];
  },
};

/** @param {any} row */
function addStyle(row) {
  document.dispatchEvent(new CustomEvent("sdsite:apply", { detail: { kind: "style", row }, cancelable: true }));
  one("[data-announce]").textContent = interpolate(_("Style “%(name)s” is added."), { name: row.name });
}
