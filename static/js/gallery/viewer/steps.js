// @ts-check
// The kept steps of an image: a click shows one on the stage in place of the image, and it can be used as input.

import { errorMessage, uploadsApi } from "../../lib/api.js";
import { one, setText } from "../../lib/dom.js";
import { gettext as _, interpolate } from "../../lib/i18n.js";
import { ROOT } from "../../lib/root.js";
import { showToast } from "../../lib/toast.js";

/**
 * Let a strip of steps in the panel show them on the stage.
 * @param {HTMLElement} root
 */
export function useSteps(root) {
  const frames = /** @type {HTMLAnchorElement[]} */ ([...root.querySelectorAll("[data-step]")]);
  const actions = one("[data-step-actions]", root);
  /** @type {HTMLAnchorElement|null} */
  let shown = null;

  /** @param {HTMLAnchorElement|null} frame null: the image itself */
  const show = (frame) => {
    shown = frame;
    for (const other of frames) {
      if (other === frame) other.setAttribute("aria-current", "true");
      else other.removeAttribute("aria-current");
    }
    actions.hidden = !frame;
    setText(one("[data-step-said]", root), frame ? interpolate(_("Step %(step)s"), { step: frame.dataset.step ?? "" }) : "");
    root.dispatchEvent(new CustomEvent("step-shown", { bubbles: true, detail: { url: frame?.href ?? null } }));
  };

  for (const frame of frames) {
    frame.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      show(frame === shown ? null : frame);
    });
  }
  one("[data-step-back]", root).addEventListener("click", () => {
    const back = shown;
    show(null);
    back?.focus();
  });
  root.querySelector("[data-step-use]")?.addEventListener("click", async (event) => {
    const button = /** @type {HTMLButtonElement} */ (event.currentTarget);
    if (!shown) return;
    button.disabled = true;
    try {
      await useAsInput(shown.href, String(shown.dataset.step));
    } catch (error) {
      showToast(errorMessage(error));
    }
    button.disabled = false;
  });
}

/** Image to image from a step: its preview becomes an upload, which the studio takes. @param {string} url @param {string} step */
async function useAsInput(url, step) {
  const response = await fetch(url, { credentials: "same-origin" });
  if (!response.ok || response.redirected) throw new Error(_("This step is not there any more."));
  const file = new File([await response.blob()], `step-${step}.jpg`, { type: "image/jpeg" });
  const { reference } = await uploadsApi.create(file);
  window.location.assign(`${ROOT}/?init=${encodeURIComponent(reference)}`);
}
