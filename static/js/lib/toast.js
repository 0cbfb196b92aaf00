// @ts-check
// Toasts: short messages at the foot of the page that go by themselves, with one optional action such as Undo.

import { element, icon } from "./dom.js";
import { gettext as _ } from "./i18n.js";

const SECONDS = 8;
const MOST = 4;

/** @type {HTMLElement|null} */
let list = null;

/** Make the list, a live region, which has to be there before its first message; popover puts it above the rest. */
function toasts() {
  if (list?.isConnected) return list;
  list = element("div", { class: "toasts", role: "status", "aria-live": "polite", popover: "manual" });
  document.body.append(/** @type {HTMLElement} */ (list));
  return /** @type {HTMLElement} */ (list);
}

/**
 * Show a message for some seconds; it stays while it is hovered or has the focus.
 * @param {string} text
 * @param {{action?: string, onAction?: () => unknown, seconds?: number}} [options] `action` is the button's label;
 *   `seconds` 0 keeps the message until it is dismissed
 * @returns {() => void} removes the message
 */
export function showToast(text, { action, onAction, seconds = SECONDS } = {}) {
  const stack = toasts();
  const remove = () => {
    clearTimeout(timer);
    toast.remove();
    if (!stack.childElementCount && stack.matches(":popover-open")) stack.hidePopover();
  };
  const toast = element(
    "div",
    { class: "toast" },
    element("span", { class: "toast__text", text, dir: "auto" }),
    action
      ? element("button", {
          class: "button toast__action",
          type: "button",
          text: action,
          on: {
            click: () => {
              remove();
              void onAction?.();
            },
          },
        })
      : null,
    element(
      "button",
      { class: "button button--bare button--icon", type: "button", "aria-label": _("Dismiss"), on: { click: remove } },
      icon("close"),
    ),
  );
  let timer = 0;
  const wait = () => {
    clearTimeout(timer);
    if (seconds > 0) timer = window.setTimeout(remove, seconds * 1000);
  };
  const stay = () => clearTimeout(timer);
  const leave = () => {
    if (!toast.matches(":hover, :focus-within")) wait();
  };
  toast.addEventListener("pointerenter", stay);
  toast.addEventListener("pointerleave", leave);
  toast.addEventListener("focusin", stay);
  toast.addEventListener("focusout", () => setTimeout(leave));

  while (stack.childElementCount >= MOST) stack.firstElementChild?.remove();
  if (stack.matches(":popover-open")) stack.hidePopover(); // and open it again: above a dialog that came since
  stack.showPopover();
  stack.append(toast);
  wait();
  return remove;
}
