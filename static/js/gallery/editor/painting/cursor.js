// @ts-check
// The cursor of brush and eraser: a ring of their size under the pointer, or moved by the arrow keys, with the space bar to paint.

import { gettext as _, interpolate } from "../../../lib/i18n.js";
import { clamp } from "../view.js";

const LEAST_RING = 6; // CSS pixels
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const FAR = 4; // times as far with shift

export class Cursor {
  /**
   * @param {import("../view.js").View} view
   * @param {HTMLElement} ring
   * @param {{size: () => number, drag: () => import("../pointer.js").Drag|null, say: (words: string) => void}} tool
   *   `size`: diameter in pixels of the image; `drag` returns null where the tool does not paint
   */
  constructor(view, ring, tool) {
    this.view = view;
    this.ring = ring;
    this.tool = tool;
    this.point = { x: 0, y: 0 };
    this.isKeyboard = false;
    /** @type {import("../pointer.js").Drag|null} */
    this.stroke = null;
    view.onChange(() => this.isKeyboard && this.place());
    view.stage.addEventListener("focus", () => {
      if (!view.stage.matches(":focus-visible")) return;
      this.point = { x: view.width / 2, y: view.height / 2 };
      this.isKeyboard = true;
      this.place();
    });
    view.stage.addEventListener("blur", () => this.leave());
    view.stage.addEventListener("keydown", (event) => this.press(event));
    view.stage.addEventListener("keyup", (event) => event.key === " " && this.lift());
  }

  /** @param {PointerEvent|null} event */
  hover(event) {
    if (event === null) {
      if (!this.isKeyboard) this.ring.hidden = true;
      return;
    }
    if (event.pointerType === "touch" && !event.buttons) return;
    this.isKeyboard = false;
    this.point = this.view.toImage(event);
    this.place();
  }

  leave() {
    this.lift();
    this.isKeyboard = false;
    this.ring.hidden = true;
  }

  place() {
    this.ring.hidden = this.tool.drag() === null;
    const { x, y } = this.view.toStage(this.point);
    const size = Math.max(LEAST_RING, this.tool.size() * this.view.scale);
    Object.assign(this.ring.style, { width: `${size}px`, height: `${size}px`, transform: `translate(${x - size / 2}px, ${y - size / 2}px)` });
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    if (event.target !== this.view.stage || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === " " && this.isKeyboard) {
      event.preventDefault();
      if (!event.repeat) this.paint();
      return;
    }
    const arrow = ARROWS[event.key];
    if (!arrow) return;
    event.preventDefault();
    const far = Math.max(1, Math.round(this.tool.size() / 4)) * (event.shiftKey ? FAR : 1);
    this.move(arrow[0] * far, arrow[1] * far);
  }

  paint() {
    this.stroke = this.tool.drag();
    this.stroke?.begin({ ...this.point, pressure: 1 });
    this.tool.say(_("Painting"));
  }

  lift() {
    this.stroke?.end();
    this.stroke = null;
  }

  /** @param {number} by pixels of the image @param {number} down */
  move(by, down) {
    this.isKeyboard = true;
    this.point = { x: clamp(this.point.x + by, 0, this.view.width), y: clamp(this.point.y + down, 0, this.view.height) };
    this.stroke?.move({ ...this.point, pressure: 1 });
    this.keepInSight();
    this.place();
    const [x, y] = [Math.round(this.point.x), Math.round(this.point.y)];
    this.tool.say(interpolate(_("%(x)s from the left, %(y)s from the top"), { x, y }));
  }

  keepInSight() {
    const { x, y } = this.view.toStage(this.point);
    const { clientWidth, clientHeight } = this.view.stage;
    const [by, down] = [clamp(x, 0, clientWidth) - x, clamp(y, 0, clientHeight) - y];
    if (by || down) this.view.pan(by, down);
  }
}
