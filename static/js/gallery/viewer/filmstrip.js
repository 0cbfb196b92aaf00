// @ts-check
// The filmstrip under the stage: the images around the one that is shown, a window of the list that it came from.

import { element } from "../../lib/dom.js";
import { gettext as _, interpolate } from "../../lib/i18n.js";
import { addressOf } from "./addresses.js";

/** Images on each side of the one that is shown. */
export const SIDE = 14;

/** @typedef {import("./lists.js").Item} Item */

export class Filmstrip {
  /** @param {HTMLElement} root @param {(item: Item) => void} onChoose */
  constructor(root, onChoose) {
    this.root = root;
    this.onChoose = onChoose;
    /** @type {Map<string, HTMLElement>} */
    this.frames = new Map();
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", _("Images of this list"));
  }

  /** @param {import("./lists.js").Around} around @param {string} id of the one that is shown */
  show({ items, first, last }, id) {
    this.root.hidden = items.length < 2;
    const kept = new Map(items.map((item) => [item.id, this.frames.get(item.id) ?? this.frame(item)]));
    this.frames = kept;
    const frames = [...kept.values()];
    if (frames.length !== this.root.childElementCount || frames.some((frame, at) => frame !== this.root.children[at])) {
      this.root.replaceChildren(...frames);
    }
    for (const [key, frame] of kept) {
      if (key === id) frame.setAttribute("aria-current", "true");
      else frame.removeAttribute("aria-current");
    }
    this.root.classList.toggle("goes-on-before", !first);
    this.root.classList.toggle("goes-on-behind", !last);
    this.center(kept.get(id));
  }

  /** @param {HTMLElement} [frame] */
  center(frame) {
    if (!frame) return;
    this.root.scrollLeft = frame.offsetLeft - this.root.offsetLeft - (this.root.clientWidth - frame.offsetWidth) / 2;
  }

  /** @param {Item} item */
  frame(item) {
    const image = element("img", {
      src: addressOf(item).thumbnail(256),
      alt: "",
      width: item.width,
      height: item.height,
      decoding: "async",
      draggable: "false",
    });
    const label = item.prompt ? interpolate(_("Show image: %(prompt)s"), { prompt: item.prompt.slice(0, 80) }) : _("Show image");
    return element(
      "button",
      { class: "filmstrip__frame", type: "button", tabindex: "-1", "aria-label": label, data: { frame: item.id }, on: { click: () => this.onChoose(item) } },
      image,
    );
  }
}
