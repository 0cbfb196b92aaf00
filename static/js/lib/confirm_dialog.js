// @ts-check
// A confirmation dialog, in place of the confirmation page that the link leads to without a script.

import { ApiError } from "./api.js";
import { one } from "./dom.js";

const AGAIN = "That did not work. Reload the page and try again.";

/**
 * Open the page's dialog for every link with data-delete; data-title, data-words and data-go hold the dialog's texts.
 * @param {(link: HTMLElement) => void} [done] called after the request succeeded; without it the form is sent as a page
 */
export function confirmBeforeDeleting(done) {
  const dialog = one("[data-confirm]");
  const form = one("[data-confirm-form]", dialog);
  const error = one("[data-confirm-error]", dialog);
  /** @type {HTMLAnchorElement|null} */
  let link = null;

  document.addEventListener("click", (event) => {
    const found = /** @type {Element} */ (event.target).closest("a[data-delete]");
    if (!(found instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    link = found;
    form.action = found.href;
    one("[data-confirm-title]", dialog).textContent = found.dataset.title ?? "";
    one("[data-confirm-words]", dialog).textContent = found.dataset.words ?? "";
    one("[data-confirm-go]", dialog).textContent = found.dataset.go ?? "";
    error.hidden = true;
    dialog.showModal();
  });
  one("[data-confirm-cancel]", dialog).addEventListener("click", () => dialog.close());
  form.addEventListener("submit", async (/** @type {SubmitEvent} */ event) => {
    if (!done) return;
    event.preventDefault();
    try {
      await send(form);
      dialog.close();
      if (link) done(link);
    } catch (problem) {
      error.textContent = problem instanceof ApiError ? problem.message : AGAIN;
      error.hidden = false;
    }
  });
}

/** @param {HTMLFormElement} form */
async function send(form) {
  let response;
  try {
    response = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "application/json" },
      credentials: "same-origin",
      redirect: "error",
    });
  } catch {
    throw new ApiError(0, "unreachable", "The site cannot be reached, or your session has ended. Reload the page and try again.");
  }
  // 404: it was deleted already.
  if (!response.ok && response.status !== 404) throw new ApiError(response.status, "refused", AGAIN);
}
