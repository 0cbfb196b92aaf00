// @ts-check
// The buttons beside an image that share, like and report it, wherever its panel is shown.

import { API, errorMessage, request } from "../../lib/api.js";
import { ask } from "../../lib/ask.js";
import { element, setText } from "../../lib/dom.js";
import { gettext as _ } from "../../lib/i18n.js";
import { showToast } from "../../lib/toast.js";
import { reasons } from "./reasons.js";
import { openShareDialog } from "./share_dialog.js";

/** Listen for the buttons of a panel. @param {HTMLElement} panel */
export function listenForSharing(panel) {
  panel.addEventListener("click", (event) => {
    const button = /** @type {Element} */ (event.target).closest("[data-share], [data-like], [data-report]");
    if (!(button instanceof HTMLButtonElement)) return;
    const { share, like, report } = button.dataset;
    if (share) void openShareDialog(share);
    if (like) void toggleLike(button, like);
    if (report) void openReportDialog(report);
  });
}

/** @param {HTMLButtonElement} button @param {string} id */
async function toggleLike(button, id) {
  const was = button.getAttribute("aria-pressed") === "true";
  button.setAttribute("aria-pressed", String(!was));
  try {
    const { likes, liked } = await request(was ? "DELETE" : "PUT", `${API}/images/${id}/like`);
    button.setAttribute("aria-pressed", String(liked));
    const count = button.querySelector("[data-likes]");
    if (count instanceof HTMLElement) setText(count, likes ? String(likes) : "");
  } catch (error) {
    button.setAttribute("aria-pressed", String(was));
    showToast(errorMessage(error));
  }
}

/** @param {string} id */
async function openReportDialog(id) {
  const reason = element("select", { class: "input", id: "report-reason" }, ...Object.entries(reasons()).map(([value, text]) => element("option", { value, text })));
  const text = element("textarea", { class: "input", id: "report-text", rows: "3", maxlength: "1000", dir: "auto" });
  const content = [
    element("label", { class: "label", for: "report-reason", text: _("Reason") }),
    reason,
    element("label", { class: "label", for: "report-text", text: _("More about it, for the moderators") }),
    text,
  ];
  const read = () => ({ reason: reason.value, text: text.value });
  const sent = await ask(_("Report this image"), { content, go: _("Report"), read, send: (report) => request("POST", `${API}/images/${id}/report`, report) });
  if (sent) showToast(_("The moderators will look at it. Thank you."));
}
