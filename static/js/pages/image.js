// @ts-check
// The image page: sizing, arrow keys to the job's other images, Verify, confirmation before deleting.

import { errorMessage, request } from "../lib/api.js";
import { confirmBeforeDeleting } from "../lib/confirm_dialog.js";
import { one, setText } from "../lib/dom.js";
import { localTimes } from "../lib/local_times.js";

const MOST_ENLARGED = 4;
const WAIT_SECONDS = 20;
const ASK_AGAIN_MS = 2000;

const stage = one("[data-stage]");
const width = Number(stage.dataset.width);
stage.style.setProperty("--ratio", String(width / Number(stage.dataset.height)));
stage.style.setProperty("--most-width", `${width * MOST_ENLARGED}px`);
localTimes();
confirmBeforeDeleting();

const verify = document.querySelector("[data-verify]");
if (verify instanceof HTMLButtonElement) verify.addEventListener("click", () => void verifyImage(verify));

/** Let the site generate the image again and compare. @param {HTMLButtonElement} button */
async function verifyImage(button) {
  const said = one("[data-verified]");
  const url = String(button.dataset.verify);
  button.disabled = true;
  setText(said, "Generating it again…");
  try {
    let check = await request("POST", `${url}?wait=${WAIT_SECONDS}`);
    while (["queued", "running"].includes(check.status)) {
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
  if (status !== "succeeded") return error?.message ?? "The verification was cancelled.";
  return identical ? "Verified: identical." : `Verified: not identical, ${psnr.toFixed(1)} dB PSNR. ${explanation}`;
}

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || document.querySelector("dialog[open]")) return;
  const selector = { ArrowLeft: "[data-previous]", ArrowRight: "[data-next]" }[event.key];
  const link = selector && document.querySelector(selector);
  if (link instanceof HTMLAnchorElement) location.replace(link.href);
});
