// @ts-check
// Arranging a collection: its images as a list that is put in order by dragging, by keys or by buttons; each move is saved.

import { API, errorMessage, request } from "../../lib/api.js";
import { element, icon, setText } from "../../lib/dom.js";
import { gettext as _, interpolate } from "../../lib/i18n.js";
import { showToast } from "../../lib/toast.js";
import { thumbnailUrl } from "../grid/tile.js";
import Sortable from "../../../vendor/sortablejs/sortable.esm.js";

/** Images that are shown; those behind keep their order. */
const MOST = 500;
const SIDE = 256;
const MOVE_MS = 150;
const TOUCH_DELAY_MS = 200;

/** @typedef {import("../grid/chunks.js").Tile} Tile */

/**
 * Show the images in place of the grid until the reader is done.
 * @param {{id: string, source: import("./source.js").CollectionSource, place: HTMLElement, onDone: () => void}} parts `place`: the grid
 */
export async function arrange({ id, source, place, onDone }) {
  await source.start();
  await source.readUntil(MOST);
  const tiles = source.read.slice(0, MOST);
  const said = element("p", { class: "visually-hidden", role: "status" });
  const list = element("ol", { class: "arrange__list", "aria-label": _("Images in their order"), "aria-describedby": "arrange-help" }, ...tiles.map(itemOf));
  const help = tiles.length < source.read.length || !source.ended ? interpolate(_("The first %(most)s images can be arranged here; the others stay behind them in their order."), { most: MOST }) : "";
  const done = element("button", { class: "button button--next", type: "button", text: _("Done") });
  const head = element("div", { class: "arrange__head" }, element("p", { id: "arrange-help", text: `${_("Drag the images into an order. With the keyboard, arrows walk and Alt with an arrow moves.")} ${help}` }), done);
  const section = element("section", { class: "arrange", "aria-label": _("Arrange") }, head, list, said);
  const saver = new Saver(id, list, () => void restart());
  const moved = (/** @type {HTMLElement} */ item) => {
    number(list);
    const places = [...list.children];
    setText(said, interpolate(_("Image %(place)s of %(all)s"), { place: places.indexOf(item) + 1, all: places.length }));
    void saver.save();
  };
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const sortable = Sortable.create(list, {
    animation: calm ? 0 : MOVE_MS,
    delay: TOUCH_DELAY_MS,
    delayOnTouchOnly: true,
    forceFallback: true,
    fallbackTolerance: 4,
    filter: ".arrange__move",
    preventOnFilter: false,
    ghostClass: "is-ghost",
    dragClass: "is-dragged",
    onEnd: ({ item, oldIndex, newIndex }) => oldIndex !== newIndex && moved(item),
  });
  list.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => useKey(event, list, moved));
  list.addEventListener("click", (/** @type {MouseEvent} */ event) => {
    const button = /** @type {Element} */ (event.target).closest("[data-move]");
    const item = button?.closest("li");
    if (!(button instanceof HTMLElement) || !item) return;
    if (move(list, item, Number(button.dataset.move))) moved(item);
    button.focus();
  });
  const close = () => {
    sortable.destroy();
    section.remove();
    place.hidden = false;
  };
  const restart = () => {
    close();
    onDone();
  };
  done.addEventListener("click", async () => {
    done.disabled = true;
    await saver.finished;
    if (section.isConnected) restart();
  });
  number(list);
  place.hidden = true;
  place.before(section);
  list.querySelector(".arrange__image")?.focus({ preventScroll: true });
}

/** Saves one order after the other; those that came meanwhile are saved as one. */
class Saver {
  /** @param {string} id @param {HTMLElement} list @param {() => void} onRefused */
  constructor(id, list, onRefused) {
    this.url = `${API}/collections/${id}/order`;
    this.list = list;
    this.onRefused = onRefused;
    this.isDue = false;
    /** @type {Promise<void>} */
    this.finished = Promise.resolve();
    this.isSaving = false;
  }

  save() {
    this.isDue = true;
    if (!this.isSaving) this.finished = this.run();
    return this.finished;
  }

  async run() {
    this.isSaving = true;
    try {
      while (this.isDue) {
        this.isDue = false;
        const ids = [...this.list.children].map((item) => /** @type {HTMLElement} */ (item).dataset.image);
        await request("PUT", this.url, { ids });
      }
    } catch (error) {
      showToast(errorMessage(error));
      this.onRefused();
    }
    this.isSaving = false;
  }
}

/** @param {Tile} tile */
function itemOf(tile) {
  const image = tile.quarantined ? icon("shield") : element("img", { src: thumbnailUrl(tile, SIDE), alt: "", loading: "lazy", decoding: "async", draggable: "false" });
  const words = tile.quarantined ? _("Under review") : tile.prompt || _("Image without a prompt");
  const button = (/** @type {string} */ name, /** @type {string} */ label, /** @type {number} */ by) =>
    element("button", { class: "arrange__move", type: "button", tabindex: "-1", "aria-label": label, title: label, data: { move: String(by) } }, icon(name));
  const moves = element("span", { class: "arrange__moves" }, button("previous", _("Move earlier"), -1), button("next", _("Move later"), 1));
  return element("li", { class: "arrange__item", data: { image: tile.id } }, element("button", { class: "arrange__image", type: "button", tabindex: "-1", data: { words } }, image), moves);
}

/** Name each item by its place; one of them is reached by Tab. @param {HTMLElement} list */
function number(list) {
  const buttons = /** @type {HTMLElement[]} */ ([...list.querySelectorAll(".arrange__image")]);
  const active = buttons.find((button) => button === document.activeElement) ?? buttons.find((button) => button.tabIndex === 0) ?? buttons[0];
  for (const [place, button] of buttons.entries()) {
    button.tabIndex = button === active ? 0 : -1;
    button.setAttribute("aria-label", `${place + 1}: ${button.dataset.words}`);
  }
}

/** @param {HTMLElement} list @param {Element} item @param {number} by @returns {boolean} whether it moved */
function move(list, item, by) {
  const places = [...list.children];
  const from = places.indexOf(item);
  const to = Math.min(places.length - 1, Math.max(0, from + by));
  if (to === from) return false;
  list.insertBefore(item, by < 0 ? places[to] : places[to].nextSibling);
  return true;
}

/** @param {HTMLElement} list @returns {number} items in a row */
function columns(list) {
  const [first] = list.children;
  return [...list.children].filter((item) => /** @type {HTMLElement} */ (item).offsetTop === /** @type {HTMLElement} */ (first).offsetTop).length;
}

/** @param {KeyboardEvent} event @param {HTMLElement} list @param {(item: HTMLElement) => void} moved */
function useKey(event, list, moved) {
  const button = event.target instanceof Element ? event.target.closest(".arrange__image") : null;
  const item = button?.closest("li");
  if (!(button instanceof HTMLElement) || !item || event.ctrlKey || event.metaKey) return;
  const row = columns(list);
  const length = list.children.length;
  const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -row, ArrowDown: row, Home: -length, End: length }[event.key];
  if (by === undefined) return;
  event.preventDefault();
  if (event.altKey) {
    if (!move(list, item, by)) return;
    button.focus();
    return moved(item);
  }
  const places = [...list.children];
  const to = places[Math.min(length - 1, Math.max(0, places.indexOf(item) + by))].querySelector(".arrange__image");
  if (to instanceof HTMLElement) to.focus();
  number(list);
}
