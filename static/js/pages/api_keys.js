// @ts-check
// API keys page: copies the new key, confirms before revoking.

import { confirmBeforeDeleting } from "../lib/confirm_dialog.js";
import { one, setText } from "../lib/dom.js";

confirmBeforeDeleting();

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!(button instanceof HTMLButtonElement)) continue;
  const field = one(String(button.dataset.copy));
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      setText(one("[data-copy-words]", button), "Copied");
    } catch {
      // No clipboard without HTTPS: the key is selected, one key press away.
      setText(one("[data-copy-words]", button), "Press Ctrl C");
    }
  });
}
