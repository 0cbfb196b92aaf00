// @ts-check
// Buttons that copy the text of a field, `data-copy` with its selector; they are hidden where no script runs.

import { one, setText } from "../lib/dom.js";
import { gettext as _ } from "../lib/i18n.js";

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!(button instanceof HTMLButtonElement)) continue;
  const field = one(String(button.dataset.copy));
  button.hidden = false;
  button.addEventListener("click", async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      setText(one("[data-copy-words]", button), _("Copied"));
    } catch {
      // No clipboard without HTTPS: the text is selected, one key press away.
      setText(one("[data-copy-words]", button), _("Press Ctrl C"));
    }
  });
}
