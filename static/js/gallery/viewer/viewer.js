// @ts-check
// The viewer: stage and panel of one image, walking through a list. `openViewer` lays it over a page, under the image's
// own address; the image page (js/pages/gallery/image.js) is the same viewer in the page.

import { ApiError, errorMessage } from "../../lib/api.js";
import { element, icon } from "../../lib/dom.js";
import { gettext as _ } from "../../lib/i18n.js";
import { showToast } from "../../lib/toast.js";
import { isPressed } from "../../shortcuts/keys.js";
import { deleteUpload, exactly, imagesApi, rate, toggleFavourite, trash, upscale, vary } from "./actions.js";
import { addressOf } from "./addresses.js";
import { followJob } from "./job_progress.js";
import { arrayList, itemOf, searchList } from "./lists.js";
import { Panel } from "./panel.js";
import { Stage } from "./stage.js";
import { watchWithdrawn } from "./withdrawn.js";

export { arrayList, searchList, Stage };

const PANEL_DELAY_MS = 60; // while arrows are held down only the images change

/**
 * @typedef {import("./lists.js").Item} Item
 * @typedef {import("./lists.js").ImageList} ImageList
 * @typedef {"all"|"prompt"|"seed"} Part
 * @typedef {{onReuse?: (id: string, part: Part) => void}} Page `onReuse`: take settings without leaving the page
 */

export class Viewer {
  /**
   * @param {HTMLElement} root with a stage (`data-stage`) and a panel (`data-panel`)
   * @param {ImageList} list
   * @param {Page & {onShow: (item: Item) => void, onDismiss?: () => void, onEmpty: () => void}} page `onShow`: the
   *   address changes; `onEmpty`: the last image of the list was deleted
   */
  constructor(root, list, page) {
    this.root = root;
    this.list = list;
    this.page = page;
    /** @type {Item|null} */
    this.item = null;
    this.timer = 0;
    this.stage = new Stage(/** @type {HTMLElement} */ (root.querySelector("[data-stage]")), {
      onWalk: (item) => this.show(item),
      onDismiss: page.onDismiss,
    });
    this.panel = new Panel(/** @type {HTMLElement} */ (root.querySelector("[data-panel]")));
    this.panel.root.addEventListener("click", (event) => this.click(event));
    watchWithdrawn(this);
    this.panel.root.addEventListener("step-shown", (event) => this.stage.showInstead(/** @type {CustomEvent} */ (event).detail.url));
  }

  /** @param {Item} item @param {{adopt?: boolean}} [options] adopt: the panel is in the page already */
  show(item, { adopt = false } = {}) {
    this.item = item;
    this.stage.show(item, this.list);
    this.page.onShow(item);
    clearTimeout(this.timer);
    if (adopt) this.panel.adopt(item.id);
    else this.timer = window.setTimeout(() => void this.readPanel(), PANEL_DELAY_MS);
  }

  async readPanel() {
    const { item } = this;
    if (!item) return;
    try {
      await this.panel.show(item.id, item);
    } catch (error) {
      if (this.item === item) this.sayGone(error);
    }
  }

  /** @param {unknown} error */
  sayGone(error) {
    const isGone = error instanceof ApiError && error.status === 404;
    const next = this.stage.neighbour(1) ?? this.stage.neighbour(-1);
    const again = element("button", { class: "button", type: "button", text: _("Try again"), on: { click: () => void this.readPanel() } });
    const go = element("button", { class: "button button--next", type: "button", text: _("Next image"), on: { click: () => this.leave() } });
    if (isGone) this.stage.withdraw(errorMessage(error));
    this.panel.sayInstead(errorMessage(error), isGone ? (next ? go : "") : again);
  }

  /** The reader may not see the image any more. */
  withdraw() {
    this.sayGone(new ApiError(404, "not_found", _("This image is not to be seen any more.")));
  }

  /** Go on to a neighbour of an image that is gone. */
  leave() {
    const next = this.stage.neighbour(1) ?? this.stage.neighbour(-1);
    if (this.item) this.list.remove?.(this.item.id);
    if (next) this.show(next);
    else this.page.onEmpty();
  }

  /** @param {MouseEvent} event */
  click(event) {
    const target = /** @type {Element} */ (event.target);
    const link = target.closest("a[data-image]");
    const control = /** @type {HTMLElement|null} */ (target.closest("[data-do]"));
    if (event.ctrlKey || event.metaKey || event.shiftKey || (!link && !control)) return;
    if (link) {
      event.preventDefault();
      this.openRelated(/** @type {HTMLElement} */ (link));
      return;
    }
    const name = String(control?.dataset.do);
    if (name === "reuse" && !this.page.onReuse) return; // the link leads to the studio
    event.preventDefault();
    void this.act(name, /** @type {HTMLElement} */ (control));
  }

  /** Show an image that the panel links to, and walk through its row. @param {HTMLElement} link */
  openRelated(link) {
    const row = [...(link.closest("ul")?.querySelectorAll("a[data-image]") ?? [link])];
    const items = row.map((one) => itemOf(/** @type {HTMLElement} */ (one)));
    const item = items.find(({ id }) => id === link.dataset.image);
    if (!item) return;
    this.list = arrayList(items);
    this.show(item);
  }

  /**
   * @param {string} name
   * @param {HTMLElement|null} control
   */
  async act(name, control) {
    const { item, panel } = this;
    if (!item) return;
    /** @type {Record<string, () => unknown>} */
    const acts = {
      favourite: () => toggleFavourite(panel.root, item.id),
      rate: () => rate(panel.root, item.id, Number(control?.dataset.stars)),
      subtle: async () => this.follow(await vary(item.id, "subtle"), _("Vary, subtle")),
      strong: async () => this.follow(await vary(item.id, "strong"), _("Vary, strong")),
      upscale: async () => this.follow(await upscale(item.id), _("Upscale")),
      exact: async () => this.follow(await exactly(item.id), _("Generate exactly")),
      reuse: () => this.page.onReuse?.(item.id, /** @type {Part} */ (control?.dataset.part ?? "all")),
      trash: () => this.trash(item),
      delete: async () => (await deleteUpload(item.id)) && this.leave(),
      restore: () => imagesApi.restore(item.id).then(() => this.panel.refresh()),
    };
    const menu = /** @type {HTMLDetailsElement|null} */ (control?.closest("details.action") ?? null);
    if (menu) menu.open = false;
    control?.setAttribute("aria-busy", "true");
    try {
      await acts[name]?.();
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) this.sayGone(error);
      else showToast(errorMessage(error));
    } finally {
      control?.removeAttribute("aria-busy");
    }
  }

  /** @param {any} job @param {string} name */
  follow(job, name) {
    const place = /** @type {HTMLElement|null} */ (this.panel.root.querySelector("[data-jobs-here]"));
    if (!place) return;
    void followJob(place, job, {
      name,
      onImage: (image, from) => {
        this.list = arrayList(from.images);
        this.show(image);
      },
    });
    place.scrollIntoView({ block: "nearest" });
  }

  /** @param {Item} item */
  async trash(item) {
    await trash(item.id, {
      onUndo: () => {
        document.dispatchEvent(new CustomEvent("image-restored", { detail: { id: item.id } }));
        if (this.root.isConnected) this.show(item);
      },
    });
    document.dispatchEvent(new CustomEvent("image-trashed", { detail: { id: item.id } }));
    if (this.item?.id === item.id) this.leave();
  }

  /** @param {KeyboardEvent} event @returns {boolean} whether it was a key of the viewer */
  key(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.defaultPrevented || target.closest("input, textarea, select, [contenteditable]") || document.querySelector("dialog[open]")) return false;
    if (this.stage.key(event)) return true;
    const panel = this.panel.root;
    if (panel.inert) return false;
    const compare = /** @type {HTMLElement|null} */ (panel.querySelector("a[data-compare]"));
    if (compare && isPressed(event, "viewer.compare")) return compare.click(), true;
    const has = (/** @type {string} */ name) => panel.querySelector(`[data-do="${name}"]`);
    const name = isPressed(event, "viewer.favourite") ? "favourite" : isPressed(event, "viewer.trash") || isPlainBackspace(event) ? "trash" : "";
    if (name && has(name)) {
      void this.act(name, /** @type {HTMLElement} */ (has(name)));
      return true;
    }
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return false;
    if (/^[0-5]$/.test(event.key) && has("rate") && this.item) {
      const was = Number(/** @type {HTMLElement} */ (panel.querySelector("[data-rating]")).dataset.rating);
      const stars = Number(event.key);
      void rate(panel, this.item.id, stars === 0 ? was : stars);
      return true;
    }
    return false;
  }
}

/** On a Mac it is the key to delete with. @param {KeyboardEvent} event */
const isPlainBackspace = (event) => event.key === "Backspace" && !event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey;

/** @type {{viewer: Viewer}|null} */
let overlay = null;

// Forward, to an image that was closed: its list went with it, so the server's page of that address is shown.
window.addEventListener("popstate", ({ state }) => {
  if (state?.viewer && !overlay && !document.querySelector("[data-viewer]")) location.reload();
});

/**
 * Lay the viewer over the page. The address becomes that of the image; Escape and Back bring the page back.
 * @param {{list: ImageList, id: string, item?: Item, returnFocus?: (id: string) => void} & Page} options `item`: if it is
 *   known, else it is looked for in the list; `returnFocus` gets the id of the image that was shown last
 */
export async function openViewer({ list, id, item, returnFocus, onReuse }) {
  let found = item ?? (await list.around(id, 0, 0).catch(() => null))?.items.find((one) => one.id === id);
  try {
    found ??= await imagesApi.read(id); // not in the list yet, or no longer
  } catch (error) {
    showToast(errorMessage(error));
    return;
  }
  if (!found) return;
  if (overlay) {
    overlay.viewer.list = list;
    overlay.viewer.show(found);
  } else lay(found, list, { returnFocus, onReuse });
}

/** @param {Item} first @param {ImageList} list @param {{returnFocus?: (id: string) => void} & Page} page */
function lay(first, list, { returnFocus, onReuse }) {
  const before = { title: document.title, focus: document.activeElement };
  const close = element("button", { class: "button button--bare button--icon viewer__close", type: "button", "aria-label": _("Close"), title: _("Close (Esc)") }, icon("close"));
  const root = element(
    "div",
    { class: "viewer viewer--overlay", role: "dialog", "aria-modal": "true", "aria-label": _("Image"), tabindex: "-1", data: { viewer: "" } },
    element("section", { data: { stage: "" }, "aria-label": _("Stage") }),
    element("aside", { class: "viewer__side", data: { panel: "" }, "aria-label": _("About this image") }),
    close,
  );
  const others = [...document.body.children].filter((one) => one instanceof HTMLElement && !one.matches("script, .toasts, dialog, [popover], [inert]"));
  for (const one of others) /** @type {HTMLElement} */ (one).inert = true;
  document.body.append(root);
  document.documentElement.classList.add("has-viewer");

  let isPushed = false;
  const viewer = new Viewer(root, list, {
    onReuse: onReuse && ((id, part) => (end(), onReuse(id, part))),
    onShow: (item) => {
      const state = { viewer: item.id, search: list.search ?? null };
      const query = list.search ? `?${list.search}` : "";
      history[isPushed ? "replaceState" : "pushState"](state, "", addressOf(item).page + query);
      isPushed = true;
    },
    onDismiss: () => end(),
    onEmpty: () => end(),
  });

  /** @param {boolean} [fromHistory] the browser is at the page's address already */
  function end(fromHistory = false) {
    if (!overlay || overlay.viewer !== viewer) return;
    overlay = null;
    document.removeEventListener("keydown", onKey);
    window.removeEventListener("popstate", onPop);
    root.remove();
    for (const one of others) /** @type {HTMLElement} */ (one).inert = false;
    document.documentElement.classList.remove("has-viewer");
    document.title = before.title;
    if (!fromHistory) history.back();
    if (returnFocus && viewer.item) returnFocus(viewer.item.id);
    else if (before.focus instanceof HTMLElement) before.focus.focus({ preventScroll: true });
  }
  const onPop = () => end(true);
  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    const menu = /** @type {HTMLDetailsElement|null} */ (root.querySelector("details.action[open]"));
    if (event.key === "Escape" && !document.querySelector("dialog[open]") && !document.fullscreenElement && !event.defaultPrevented) {
      event.preventDefault();
      if (menu) menu.open = false;
      else end();
    } else if (viewer.key(event)) event.preventDefault();
  };
  overlay = { viewer };
  close.addEventListener("click", () => end());
  document.addEventListener("keydown", onKey);
  window.addEventListener("popstate", onPop);
  viewer.show(first);
  root.focus({ preventScroll: true });
}
