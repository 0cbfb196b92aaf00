// @ts-check
// Selection of several images: counts them, selects by click once one is selected, sends actions without leaving the page.

import { one, setText } from "../lib/dom.js";
import { plural } from "../lib/format.js";

const AWAY = "The site cannot be reached, or your session has ended. Nothing was changed; try again.";

/** @param {HTMLFormElement} form */
export function selectImages(form) {
  const said = one("[data-said]", form);
  const ticks = () => /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("input[form=selection]"));
  const ticked = () => [...ticks()].filter((tick) => tick.checked);
  const count = () => setText(one("[data-selected]", form), `${plural(ticked().length, "image")} selected`);

  document.addEventListener("change", (event) => {
    if (!(event.target instanceof HTMLInputElement) || event.target.getAttribute("form") !== form.id) return;
    setText(said, "");
    count();
  });
  document.addEventListener("removed", count); // dispatched by library.js: images were deleted
  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || ticked().length === 0) return;
    const link = /** @type {Element} */ (event.target).closest(".image-grid__link");
    const tick = link?.parentElement?.querySelector("input[form=selection]");
    if (!(tick instanceof HTMLInputElement)) return;
    event.preventDefault();
    tick.click();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && ticked().length > 0 && !document.querySelector("dialog[open]")) form.reset();
  });
  form.addEventListener("reset", () => setText(said, ""));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void send(form, /** @type {HTMLButtonElement|null} */ (event.submitter), said);
  });
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLButtonElement|null} button
 * @param {HTMLElement} said
 */
async function send(form, button, said) {
  const body = new FormData(form);
  // Enter in a field stands for the button beside it, not for the form's first.
  const field = document.activeElement;
  const own = field instanceof HTMLInputElement ? field.parentElement?.querySelector("button") : null;
  body.set("do", (own ?? button)?.value ?? "");
  try {
    const options = { method: "POST", body, headers: { Accept: "application/json" }, credentials: /** @type {const} */ ("same-origin") };
    const response = await fetch(form.action, { ...options, redirect: "error" });
    const answer = await response.json();
    setText(said, answer.said);
    said.classList.toggle("error", !response.ok);
    if (response.ok) for (const input of form.querySelectorAll("input.input")) /** @type {HTMLInputElement} */ (input).value = "";
  } catch {
    setText(said, AWAY);
    said.classList.add("error");
  }
}
