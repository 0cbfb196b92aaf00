// @ts-check
// Verify: the site generates an image again from its receipt and compares the two.

import { errorMessage, request } from "../../lib/api.js";
import { setText } from "../../lib/dom.js";
import { gettext as _, interpolate } from "../../lib/i18n.js";

const WAIT_SECONDS = 20;
const ASK_AGAIN_MS = 2000;

/** @param {HTMLButtonElement} button `data-verify` is the address of the image's verification */
export function verifyOnClick(button) {
  const said = /** @type {HTMLElement|null} */ (button.closest("details")?.querySelector("[data-verified]"));
  if (said) button.addEventListener("click", () => void verify(button, said));
}

/** @param {HTMLButtonElement} button @param {HTMLElement} said */
async function verify(button, said) {
  const url = String(button.dataset.verify);
  button.disabled = true;
  setText(said, _("Generating it again…"));
  try {
    let check = await request("POST", `${url}?wait=${WAIT_SECONDS}`);
    while (["queued", "running"].includes(check.status) && button.isConnected) {
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
      check = await request("GET", url);
    }
    setText(said, resultSentence(check));
  } catch (error) {
    setText(said, errorMessage(error));
  } finally {
    button.disabled = false;
  }
}

/** @param {any} check */
function resultSentence({ status, identical, psnr, explanation, error }) {
  if (status !== "succeeded") return error?.message ?? _("The verification was cancelled.");
  if (identical) return _("Verified: identical.");
  const words = interpolate(_("Verified: not identical, %(psnr)s dB PSNR."), { psnr: psnr.toFixed(1) });
  return `${words} ${explanation}`;
}
