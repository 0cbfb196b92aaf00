// @ts-check
// The search of the library: the address is the query, changed without leaving the page.

import { one } from "../lib/dom.js";

/** Fields of the address that are no filters. */
const NO_FILTERS = ["cursor"];
const TYPING_MS = 350;

/** @returns {URLSearchParams} the filters of the address, without empty ones */
export function readQuery() {
  const query = new URLSearchParams(window.location.search);
  for (const name of new Set(query.keys())) {
    const values = query.getAll(name).filter((value) => value.trim() !== "");
    query.delete(name);
    if (!NO_FILTERS.includes(name)) for (const value of values) query.append(name, value);
  }
  return query;
}

/** @param {URLSearchParams} query @returns {Record<string, any>} the filters as a JSON body has them */
export function asSearch(query) {
  /** @type {Record<string, any>} */
  const search = {};
  for (const name of new Set(query.keys())) search[name] = name === "tag" ? query.getAll(name) : query.get(name);
  return search;
}

/**
 * Search when a field changes or a link of the search is followed; `searched` is called when the query is another.
 * @param {HTMLFormElement} form
 * @param {(query: URLSearchParams) => void} searched
 */
export function useSearch(form, searched) {
  let current = readQuery().toString();
  let timer = 0;
  /** @param {URLSearchParams} query @param {boolean} replace a word that is being typed makes no further entry */
  const go = (query, replace) => {
    const text = query.toString();
    if (text === current) return;
    current = text;
    const address = `${window.location.pathname}${text ? `?${text}` : ""}`;
    if (replace) history.replaceState({}, "", address);
    else history.pushState({}, "", address);
    searched(query);
    void refresh(form, address);
  };
  let isTyping = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    go(queryOf(form), false);
  });
  form.addEventListener("change", (event) => {
    const field = /** @type {HTMLInputElement} */ (event.target);
    if (!field.name) return;
    isTyping = false;
    clearTimeout(timer);
    go(queryOf(form), false);
  });
  form.addEventListener("input", (event) => {
    if (/** @type {HTMLInputElement} */ (event.target).type !== "search") return;
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      go(queryOf(form), isTyping);
      isTyping = true;
    }, TYPING_MS);
  });
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[data-search-link], a[data-rail-query]") : null;
    if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey || link.pathname !== window.location.pathname) return;
    event.preventDefault();
    isTyping = false;
    go(new URLSearchParams(link.search), false);
    fill(form);
  });
  window.addEventListener("popstate", () => {
    if (window.location.pathname !== form.getAttribute("action")) return; // the viewer's address
    const query = readQuery();
    if (query.toString() === current) return;
    current = query.toString();
    searched(query);
    fill(form);
    void refresh(form, window.location.href);
  });
}

/** @param {HTMLFormElement} form */
function queryOf(form) {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (String(value).trim()) query.append(name, String(value).trim());
  return query;
}

/** @param {HTMLFormElement} form */
function fill(form) {
  one("[name=q]", form).value = readQuery().get("q") ?? "";
}

/** Show the choices and counts that fit the new query. @param {HTMLFormElement} form @param {string} address */
export async function refresh(form, address) {
  const row = one("[data-filters]", form);
  try {
    const response = await fetch(address, { credentials: "same-origin", headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.querySelector("[data-filters]");
    if (!response.ok || !fresh || new URL(address, window.location.href).search !== window.location.search) return;
    const focused = row.contains(document.activeElement) ? /** @type {any} */ (document.activeElement).name : null;
    const open = [...row.querySelectorAll("details")].map((fold) => fold.open);
    row.replaceChildren(...fresh.childNodes);
    for (const [place, fold] of [...row.querySelectorAll("details")].entries()) fold.open = open[place] ?? false;
    if (focused) /** @type {any} */ (row.querySelector(`[name="${CSS.escape(focused)}"]`))?.focus();
    for (const name of ["[data-rail]", "[data-active-filters]"]) {
      const shown = document.querySelector(name);
      const other = page.querySelector(name);
      if (shown && other) shown.replaceChildren(...other.childNodes);
    }
  } catch {
    // The old choices stay; each still works.
  }
}

