// The theme switch. Loaded in <head> as a plain script, so that the theme is applied before the first paint.
// The choice is "system", "light" or "dark"; only the last two are written to <html data-theme>.
(() => {
  "use strict";
  const KEY = "sdsite.theme";
  const NEXT = { system: "light", light: "dark", dark: "system" };
  const root = document.documentElement;

  const read = () => {
    try {
      const stored = localStorage.getItem(KEY);
      return stored === "light" || stored === "dark" ? stored : "system";
    } catch {
      return "system";
    }
  };

  const apply = (choice) => {
    if (choice === "system") delete root.dataset.theme;
    else root.dataset.theme = choice;
  };

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

  const show = () => {
    for (const button of document.querySelectorAll("[data-theme-switch]")) {
      const sentence = `Theme: ${choice}. Switch to ${NEXT[choice]}.`;
      button.setAttribute("aria-label", sentence);
      button.title = sentence;
      button.querySelector("use").setAttribute("href", `${root.dataset.icons}#${choice}`);
      button.hidden = false;
    }
  };

  document.addEventListener("DOMContentLoaded", () => {
    show();
    document.addEventListener("click", (event) => {
      if (!event.target.closest("[data-theme-switch]")) return;
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
