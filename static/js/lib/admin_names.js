// @ts-check
// Mends what the administration's widgets leave out for screen readers.

/** Hints of the widget for choosing several have a name, which only an element with a role may have. */
function nameHints() {
  for (const hint of document.querySelectorAll(".help-tooltip[aria-label]:not([role])")) hint.setAttribute("role", "img");
}

/** The scrolled menu and the scrolled table have the same name; the menu's is that of its navigation. */
function nameMenu() {
  const name = document.querySelector("nav[aria-label]")?.getAttribute("aria-label");
  for (const part of document.querySelectorAll("#nav-sidebar-apps [role=region][aria-label]")) if (name) part.setAttribute("aria-label", name);
}

// The widgets are built when the page has loaded, by handlers that are registered before or after this one.
window.addEventListener("load", () => setTimeout(() => (nameHints(), nameMenu())));
