// @ts-check
// The library and collections: justified rows, infinite scrolling, deleting in place, searching on change.

import { confirmBeforeDeleting } from "../lib/confirm_dialog.js";
import { one, setText } from "../lib/dom.js";
import { selectImages } from "./library_selection.js";
import { localTimes } from "../lib/local_times.js";
import { hideAfterLogout } from "../lib/private_page.js";

hideAfterLogout();

/** @param {ParentNode} root */
function prepare(root) {
  for (const item of root.querySelectorAll(".image-grid__item")) {
    const { width, height } = /** @type {HTMLElement} */ (item).dataset;
    /** @type {HTMLElement} */ (item).style.setProperty("--ratio", String(Number(width) / Number(height)));
  }
  localTimes(root);
}

/**
 * Load the page that "Older" leads to and append its groups.
 * @param {HTMLAnchorElement} link
 */
async function loadOlder(link) {
  if (link.dataset.loading !== undefined) return;
  link.dataset.loading = "";
  link.textContent = "Loading…";
  try {
    const response = await fetch(link.href, { credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const groups = page.querySelector("[data-groups]");
    if (!response.ok || !groups) throw new Error("no groups in the answer");
    prepare(groups);
    one("[data-groups]").append(...groups.children);
    const following = page.querySelector("[data-older]");
    if (following instanceof HTMLAnchorElement) link.href = following.href;
    else link.parentElement?.remove();
    link.textContent = "Older";
    delete link.dataset.loading;
    watch(link);
  } catch {
    // The link still works by itself; scrolling does not try again.
    link.textContent = "Older images could not be loaded. Try again";
    delete link.dataset.loading;
    seen.unobserve(link);
  }
}

const seen = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting) void loadOlder(/** @type {HTMLAnchorElement} */ (entry.target));
    }
  },
  { rootMargin: "800px" },
);

/** Observe the link again at its new place. @param {Element} link */
function watch(link) {
  seen.unobserve(link);
  if (link.isConnected) seen.observe(link);
}

/** Remove from the page what was deleted. @param {HTMLElement} link */
function remove(link) {
  const group = link.closest("[data-group]");
  const whole = link.dataset.remove === "group" || (group?.querySelectorAll("[data-image]").length ?? 0) <= 1;
  const gone = whole ? group : link.closest("[data-image]");
  gone?.remove();
  document.dispatchEvent(new Event("removed"));
  setText(one("[data-announce]"), link.dataset.done ?? (whole ? "The images were deleted" : "The image was deleted"));
  if (!document.querySelector("[data-group]")) location.reload();
}

/** Search when a filter is chosen, and leave empty fields out of the URL. @param {HTMLFormElement} form */
function searchOnChange(form) {
  form.addEventListener("formdata", ({ formData }) => {
    for (const name of new Set(formData.keys())) {
      const said = formData.getAll(name).filter((value) => value !== "");
      formData.delete(name);
      for (const value of said) formData.append(name, value);
    }
  });
  for (const select of form.querySelectorAll("select")) select.addEventListener("change", () => form.requestSubmit());
}

const search = document.querySelector("[data-search]");
if (search instanceof HTMLFormElement) searchOnChange(search);
const selection = document.querySelector("[data-selection]");
if (selection instanceof HTMLFormElement) selectImages(selection);
prepare(document);
confirmBeforeDeleting(remove);
const older = document.querySelector("[data-older]");
if (older instanceof HTMLAnchorElement) {
  older.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    void loadOlder(older);
  });
  watch(older);
}
