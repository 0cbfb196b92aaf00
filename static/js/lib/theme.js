// @ts-check
// The theme switch. Loaded in <head> as a plain script, so that the theme is applied before the first paint.
// The choice is "system", "light" or "dark"; only the last two are written to <html data-theme>.
(() => {
  "use strict";
  const KEY = "sdsite.theme";
  /** @typedef {"system"|"light"|"dark"} Theme */
  /** @type {Record<Theme, Theme>} */
  const NEXT = { system: "light", light: "dark", dark: "system" };
  /** No module, so it cannot import lib/i18n.js. @param {string} text @returns {string} */
  const gettext = (text) => /** @type {any} */ (globalThis).django?.gettext(text) ?? text;
  /** @type {Record<Theme, () => string>} */
  const WORDS = {
    system: () => gettext("Theme: system. Switch to light."),
    light: () => gettext("Theme: light. Switch to dark."),
    dark: () => gettext("Theme: dark. Switch to system."),
  };
  const root = document.documentElement;

  /** @returns {Theme} */
  const read = () => {
    try {
      const stored = localStorage.getItem(KEY);
      return stored === "light" || stored === "dark" ? stored : "system";
    } catch {
      return "system";
    }
  };

  /** @param {Theme} choice */
  const apply = (choice) => {
    if (choice === "system") delete root.dataset.theme;
    else root.dataset.theme = choice;
  };

  /** @param {Theme} choice */
  const remember = (choice) => {
    try {
      if (choice === "system") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, choice);
    } catch {
      // Storage is blocked: the choice lasts until the page is left.
    }
  };

  let choice = read();
  apply(choice);

  // The server writes times in this zone (sdsite/middleware/time_zone.py).
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const path = new URL(/** @type {HTMLScriptElement} */ (document.currentScript).src).pathname.split("/static/")[0];
  if (zone) document.cookie = `timezone=${zone}; path=${path}/; max-age=31536000; samesite=lax`;
  // Without one (no https) everything works, but for the page that says that the site cannot be reached.
  window.addEventListener("load", () => void navigator.serviceWorker?.register(`${path}/sw.js`).catch(() => {}));

  const show = () => {
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-theme-switch]"))) {
      const sentence = WORDS[choice]();
      button.setAttribute("aria-label", sentence);
      button.title = sentence;
      button.querySelector("use")?.setAttribute("href", `${root.dataset.icons}#${choice}`);
      button.hidden = false;
    }
  };

  document.addEventListener("DOMContentLoaded", () => {
    show();
    document.addEventListener("click", (event) => {
      if (!(event.target instanceof Element) || !event.target.closest("[data-theme-switch]")) return;
      choice = NEXT[choice];
      apply(choice);
      remember(choice);
      show();
    });
  });

  window.addEventListener("storage", (event) => {
    if (event.key !== KEY) return;
    choice = read();
    apply(choice);
    show();
  });
})();
