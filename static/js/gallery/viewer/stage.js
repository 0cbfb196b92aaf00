// @ts-check
// The stage: one image as large as fits, with zoom, arrows, filmstrip and full screen. The studio uses it too.

import { element, icon, setText } from "../../lib/dom.js";
import { gettext as _, interpolate } from "../../lib/i18n.js";
import { isPressed } from "../../shortcuts/keys.js";
import { addressOf } from "./addresses.js";
import { Filmstrip, SIDE } from "./filmstrip.js";
import { Zoom } from "./zoom.js";

/** Neighbours whose files are loaded ahead. */
const AHEAD = [1, -1, 2];

/**
 * @typedef {import("./lists.js").Item} Item
 * @typedef {import("./lists.js").ImageList} ImageList
 * @typedef {{onWalk: (item: Item) => void, onDismiss?: () => void}} Listeners
 *   `onWalk`: another image was chosen by arrows, swipes or the filmstrip
 */

export class Stage {
  /** @param {HTMLElement} root an empty element, or the one of the server's page @param {Listeners} listeners */
  constructor(root, listeners) {
    this.root = root;
    this.listeners = listeners;
    /** @type {Item|null} */
    this.item = null;
    /** @type {ImageList|null} */
    this.list = null;
    /** What is shown in place of the image. @type {string|null} */
    this.instead = null;
    /** @type {import("./lists.js").Around} */
    this.around = { items: [], place: -1, first: true, last: true };
    root.classList.add("viewer__stage");
    root.classList.add("is-live");
    this.image = /** @type {HTMLImageElement} */ (
      root.querySelector("[data-viewer-image]") ?? element("img", { class: "viewer__image", alt: "", data: { viewerImage: "" } })
    );
    this.box = element("div", { class: "viewer__box", data: { box: "" } }, this.image);
    this.note = element("p", { class: "viewer__note", role: "status", hidden: true });
    this.place = element("p", { class: "viewer__place" });
    this.percent = element("button", { class: "viewer__tool viewer__percent", type: "button", title: _("Fit or actual size (Z)") });
    this.smooth = this.tool("smooth", _("Smooth enlargement"), () => this.zoom.toggleSmooth());
    this.previous = this.arrow("previous", _("Previous image"), -1);
    this.next = this.arrow("next", _("Next image"), 1);
    this.bar = element("div", { class: "viewer__bar" }, this.place, this.tools());
    this.strip = element("div", { class: "filmstrip", hidden: true });
    this.filmstrip = new Filmstrip(this.strip, (item) => this.listeners.onWalk(item));
    root.replaceChildren(this.bar, this.box, this.note, this.previous, this.next, this.strip);
    this.zoom = new Zoom(this.box, this.image, {
      onSwipe: (direction) => void this.walk(direction),
      onDismiss: () => this.listeners.onDismiss?.(),
      onChange: () => this.showZoom(),
    });
    this.percent.addEventListener("click", () => this.zoom.toggle());
  }

  tools() {
    const full = this.tool("fullscreen", _("Full screen"), () => void this.toggleFullscreen());
    full.hidden = !document.fullscreenEnabled;
    return element(
      "div",
      { class: "viewer__tools", role: "group", "aria-label": _("Zoom") },
      this.smooth,
      this.tool("minus", _("Zoom out (-)"), () => this.zoom.step(-1)),
      this.percent,
      this.tool("plus", _("Zoom in (+)"), () => this.zoom.step(1)),
      full,
    );
  }

  /** @param {string} name @param {string} label @param {() => void} act */
  tool(name, label, act) {
    const attributes = { class: "viewer__tool", type: "button", "aria-label": label, title: label, on: { click: act } };
    return element("button", attributes, icon(name));
  }

  /** @param {string} name @param {string} label @param {-1|1} direction */
  arrow(name, label, direction) {
    const attributes = { class: `viewer__step viewer__step--${name}`, type: "button", "aria-label": label, data: { step: name } };
    return element("button", { ...attributes, on: { click: () => void this.walk(direction) } }, icon(name));
  }

  /**
   * Show an image: its thumbnail at once, its file as soon as that is there.
   * @param {Item} item
   * @param {ImageList} list that the arrows walk through
   */
  show(item, list) {
    const isOther = this.item?.id !== item.id;
    this.item = item;
    this.list = list;
    if (isOther) {
      this.instead = null;
      this.say(item.quarantined ? _("This image is under review by a moderator.") : "");
      this.image.alt = item.prompt ?? "";
      this.zoom.show(item);
      void this.load(item);
    }
    void this.showNeighbours();
  }

  /** @param {Item} item */
  async load(item) {
    const address = addressOf(item);
    const isReady = this.image.dataset.shown === item.id; // the server's page has the file in it
    if (!isReady) this.image.src = address.thumbnail(512);
    this.image.dataset.shown = item.id;
    if (isReady || item.quarantined) return;
    const file = new Image();
    file.src = address.file;
    try {
      await file.decode();
    } catch {
      if (this.item?.id === item.id && !this.note.textContent) this.say(_("The file of this image cannot be loaded."));
      return;
    }
    if (this.item?.id === item.id && !this.instead) this.image.src = address.file;
  }

  /** Show another file in place of the image, stretched to its size, or the image again. @param {string|null} url */
  showInstead(url) {
    if (!this.item) return;
    this.instead = url;
    if (url) this.image.src = url;
    else {
      this.image.dataset.shown = "";
      void this.load(this.item);
    }
  }

  /** Show a sentence over the image, or none. @param {string} sentence */
  say(sentence) {
    setText(this.note, sentence);
    this.note.hidden = !sentence;
  }

  /** Show a sentence in place of the image. @param {string} sentence */
  withdraw(sentence) {
    this.item = null; // what is still loading does not come
    this.image.removeAttribute("src");
    this.image.alt = this.image.dataset.shown = "";
    this.say(sentence);
  }

  async showNeighbours() {
    const { item, list } = this;
    if (!item || !list) return;
    try {
      const around = await list.around(item.id, SIDE, SIDE);
      if (this.item?.id !== item.id) return;
      this.around = around.place < 0 ? { items: [item], place: 0, first: true, last: true } : around;
    } catch {
      this.around = { items: [item], place: 0, first: true, last: true }; // the image stays; its list comes again later
    }
    this.filmstrip.show(this.around, item.id);
    this.previous.hidden = !this.neighbour(-1);
    this.next.hidden = !this.neighbour(1);
    const [place, total] = [list.placeOf?.(item.id) ?? null, list.total?.() ?? null];
    const words = place === null || total === null || total < 2 ? "" : interpolate(_("%(place)s of %(total)s"), { place: place + 1, total });
    setText(this.place, words);
    for (const ahead of AHEAD) {
      const neighbour = this.neighbour(ahead);
      if (neighbour && !neighbour.quarantined) new Image().src = addressOf(neighbour).file;
    }
  }

  /** @param {number} direction @returns {Item|null} */
  neighbour(direction) {
    return this.around.items[this.around.place + direction] ?? null;
  }

  /** @param {-1|1} direction */
  async walk(direction) {
    const neighbour = this.neighbour(direction);
    if (neighbour) this.listeners.onWalk(neighbour);
  }

  showZoom() {
    setText(this.percent, `${this.zoom.percent} %`);
    this.smooth.hidden = this.zoom.scale <= this.zoom.actual * 1.01;
    this.smooth.setAttribute("aria-pressed", String(this.zoom.smooth));
  }

  async toggleFullscreen() {
    if (document.fullscreenElement) await document.exitFullscreen();
    else await this.root.requestFullscreen().catch(() => undefined);
  }

  /**
   * Act on a key, if it is one of the stage's.
   * @param {KeyboardEvent} event
   * @returns {boolean} whether it was
   */
  key(event) {
    const acts = /** @type {Record<string, () => unknown>} */ ({
      ArrowLeft: () => this.walk(document.dir === "rtl" ? 1 : -1),
      ArrowRight: () => this.walk(document.dir === "rtl" ? -1 : 1),
      "+": () => this.zoom.step(1),
      "=": () => this.zoom.step(1),
      "-": () => this.zoom.step(-1),
    });
    const shifted = /** @type {Record<string, () => unknown>} */ ({
      Digit0: () => this.zoom.fit(),
      Digit1: () => this.zoom.showActual(),
    });
    const chosen = isPressed(event, "viewer.zoom") ? () => this.zoom.toggle() : isPressed(event, "viewer.fullscreen") ? () => this.toggleFullscreen() : null;
    const isPlain = !event.altKey && !event.ctrlKey && !event.metaKey;
    const act = chosen ?? (isPlain ? (event.shiftKey && shifted[event.code]) || acts[event.key] : null);
    if (!act) return false;
    void act();
    return true;
  }
}
