// @ts-check
// The panel beside an image, made by the server: shown for other images without a page load, its forms sent in place.

import { ApiError, errorMessage } from "../../lib/api.js";
import { element, icon, setText } from "../../lib/dom.js";
import { gettext as _ } from "../../lib/i18n.js";
import { localTimes } from "../../lib/local_times.js";
import { listenForSharing } from "../sharing/image_sharing.js";
import { addressOf } from "./addresses.js";
import { keepNote } from "./note.js";
import { useSteps } from "./steps.js";
import { verifyOnClick } from "./verify.js";

const CLAMPED = 5; // lines of a prompt

export class Panel {
  /**
   * @param {HTMLElement} root
   * @param {{onShow?: (id: string) => void}} [listeners] `onShow`: the panel of this image is there
   */
  constructor(root, { onShow } = {}) {
    this.root = root;
    this.onShow = onShow;
    /** @type {string|null} */
    this.id = null;
    /** What was known of it when it was shown. @type {{id: string, reference?: string}|null} */
    this.item = null;
    /** @type {AbortController|null} */
    this.reading = null;
    listenForSharing(root);
    root.addEventListener("submit", (event) => void this.send(event));
    root.addEventListener("toggle", (event) => this.closeOthers(event), true);
  }

  /** Use what the server's page already has in it. @param {string} id */
  adopt(id) {
    this.id = id;
    this.prepare(this.root);
    this.onShow?.(id);
  }

  /**
   * Fetch and show the panel of an image.
   * @param {string} id
   * @param {{id: string, reference?: string}} [item] what is known of it
   * @throws {ApiError} 404: it is gone; 401: the session has ended
   */
  async show(id, item = this.item?.id === id ? this.item : { id }) {
    this.reading?.abort();
    const reading = (this.reading = new AbortController());
    this.root.inert = true;
    this.root.setAttribute("aria-busy", "true");
    try {
      const html = await fetchText(addressOf(item).panel, reading.signal);
      if (reading.signal.aborted) return;
      [this.id, this.item] = [id, item];
      this.replace(html);
      this.onShow?.(id);
    } catch (error) {
      if (reading.signal.aborted) return;
      throw error;
    } finally {
      if (this.reading === reading) {
        this.root.inert = false;
        this.root.removeAttribute("aria-busy");
      }
    }
  }

  /** Read the panel again after a change; folds that are open stay open. */
  async refresh() {
    if (!this.id) return;
    const open = new Set([...this.root.querySelectorAll("details[open][data-fold]")].map((fold) => fold.getAttribute("data-fold")));
    const { scrollTop } = this.root;
    await this.show(this.id);
    for (const fold of this.root.querySelectorAll("details[data-fold]")) {
      if (open.has(fold.getAttribute("data-fold"))) /** @type {HTMLDetailsElement} */ (fold).open = true;
    }
    this.root.scrollTop = scrollTop;
  }

  /** Show a sentence in place of the panel. @param {string} sentence @param {Node[]} more */
  sayInstead(sentence, ...more) {
    this.root.replaceChildren(element("p", { class: "notice", role: "alert" }, icon("info"), element("span", { text: sentence })), ...more);
  }

  /** @param {string} html */
  replace(html) {
    const parsed = new DOMParser().parseFromString(html, "text/html");
    const content = parsed.querySelector("[data-panel-content]");
    if (!content) throw new ApiError(401, "unauthorized", _("Your session has ended. Sign in again to see this image."));
    this.prepare(content);
    this.root.replaceChildren(document.adoptNode(content));
    this.clampPrompt();
    this.root.scrollTop = 0;
  }

  /** @param {ParentNode} content */
  prepare(content) {
    localTimes(content);
    for (const without of content.querySelectorAll("noscript")) without.remove();
    for (const hidden of content.querySelectorAll("[data-script]")) /** @type {HTMLElement} */ (hidden).hidden = false;
    for (const value of content.querySelectorAll("[data-copy]")) makeCopyable(/** @type {HTMLElement} */ (value));
    for (const note of content.querySelectorAll("[data-note]")) keepNote(/** @type {HTMLTextAreaElement} */ (note));
    for (const button of content.querySelectorAll("[data-verify]")) verifyOnClick(/** @type {HTMLButtonElement} */ (button));
    for (const steps of content.querySelectorAll("[data-steps]")) useSteps(/** @type {HTMLElement} */ (steps));
    if (content === this.root) this.clampPrompt();
  }

  /** Offer "Show all" where a prompt has more lines than are shown. */
  clampPrompt() {
    for (const prompt of this.root.querySelectorAll("[data-clamped]")) {
      const text = /** @type {HTMLElement} */ (prompt);
      const button = /** @type {HTMLButtonElement|null} */ (text.parentElement?.querySelector("[data-show-all]"));
      if (!button) continue;
      const line = parseFloat(getComputedStyle(text).lineHeight);
      button.hidden = text.scrollHeight <= line * CLAMPED + 2;
      button.onclick = () => {
        const isOpen = text.classList.toggle("is-whole");
        button.setAttribute("aria-expanded", String(isOpen));
        setText(button, isOpen ? _("Show less") : _("Show all"));
      };
    }
  }

  /** Send a form of the panel and take the parts of the answer that it changes. @param {SubmitEvent} event */
  async send(event) {
    const form = /** @type {HTMLFormElement} */ (event.target);
    const part = form.closest("[data-part]");
    if (!part) return;
    event.preventDefault();
    const body = new FormData(form, event.submitter);
    const name = part.getAttribute("data-part");
    try {
      const response = await fetch(form.action, { method: "POST", body, credentials: "same-origin" });
      if (response.redirected && response.url.includes("/accounts/login")) throw new ApiError(401, "unauthorized", _("Your session has ended."));
      const parsed = new DOMParser().parseFromString(await response.text(), "text/html");
      const changed = parsed.querySelector(`[data-part="${name}"]`);
      if (!changed) throw new ApiError(response.status, "refused", _("That did not work. Reload the page and try again."));
      this.prepare(changed);
      part.replaceWith(document.adoptNode(changed));
      /** @type {HTMLElement|null} */ (this.root.querySelector(`[data-part="${name}"] input:not([type=hidden])`))?.focus();
    } catch (error) {
      part.append(element("p", { class: "error", role: "alert", text: errorMessage(error) }));
    }
  }

  /** Of the menus only one is open. @param {Event} event */
  closeOthers(event) {
    const opened = /** @type {HTMLElement} */ (event.target);
    if (!opened.matches("details.action[open]")) return;
    for (const menu of this.root.querySelectorAll("details.action[open]")) {
      if (menu !== opened) /** @type {HTMLDetailsElement} */ (menu).open = false;
    }
  }
}

/** Let a click copy what an element says. @param {HTMLElement} value */
function makeCopyable(value) {
  const text = value.dataset.copy || (value.textContent ?? "").trim();
  if (value instanceof HTMLButtonElement) {
    value.addEventListener("click", () => void copy(text, value));
    return;
  }
  const button = element("button", { class: "copy", type: "button", title: _("Copy"), on: { click: () => void copy(text, button) } });
  button.append(...value.childNodes);
  value.append(button);
}

/** @param {string} text @param {HTMLElement} button */
async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    copyBySelection(text);
  }
  button.classList.add("is-copied");
  announce(_("Copied"), button);
  setTimeout(() => button.classList.remove("is-copied"), 1200);
}

/** Without HTTPS browsers have no clipboard for scripts. @param {string} text */
function copyBySelection(text) {
  const field = element("textarea", { class: "visually-hidden", readonly: true });
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

/** Tell screen readers, within the viewer: what lies beside it is inert. @param {string} text @param {HTMLElement} near */
function announce(text, near) {
  const root = near.closest("[data-viewer]") ?? document.body;
  let region = root.querySelector("[data-viewer-said]");
  if (!region) {
    region = element("p", { class: "visually-hidden", role: "status", data: { viewerSaid: "" } });
    root.append(/** @type {Node} */ (region));
  }
  setText(/** @type {HTMLElement} */ (region), "");
  setText(/** @type {HTMLElement} */ (region), text);
}

/** @param {string} url @param {AbortSignal} signal */
async function fetchText(url, signal) {
  let response;
  try {
    response = await fetch(url, { credentials: "same-origin", signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ApiError(0, "unreachable", _("The site cannot be reached. Check the connection and try again."));
  }
  if (response.redirected) throw new ApiError(401, "unauthorized", _("Your session has ended. Sign in again to see this image."));
  if (response.status === 404) throw new ApiError(404, "not_found", _("This image was deleted, or you no longer have access to it."));
  if (!response.ok) throw new ApiError(response.status, "refused", _("The site answered with an error. Try again in a moment."));
  return response.text();
}

