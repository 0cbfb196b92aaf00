// @ts-check
// Zoom and pan of several images as one: whichever is moved, the others show the same part.

import { Zoom } from "../viewer/zoom.js";

const NUDGE = 60; // pixels of an arrow key

/** @typedef {import("../viewer/zoom.js").Listeners} Listeners */

export class LinkedZooms {
  /**
   * @param {{box: HTMLElement, image: HTMLImageElement, width: number, height: number}[]} images
   * @param {{onChange: () => void, onSwipe: (direction: -1|1) => void}} listeners
   */
  constructor(images, { onChange, onSwipe }) {
    this.onChange = onChange;
    this.isFollowing = true; // until all are there
    /** @type {Zoom[]} */
    this.zooms = images.map(({ box, image }) => {
      /** @type {Zoom} */
      const zoom = new Zoom(box, image, { onChange: () => this.follow(zoom), onSwipe });
      return zoom;
    });
    for (const [place, zoom] of this.zooms.entries()) zoom.show(images[place]);
    this.isFollowing = false;
  }

  get lead() {
    return this.zooms[0];
  }

  /**
   * Show in all others the part that one shows: enlarged as much beyond fitting, around the same point of the image.
   * @param {Zoom} moved
   */
  follow(moved) {
    if (this.isFollowing) return;
    this.isFollowing = true;
    const factor = moved.scale / moved.fitting;
    for (const zoom of this.zooms) {
      if (zoom === moved) continue;
      if (Math.abs(factor - 1) < 1e-6) zoom.fit();
      else {
        const scale = zoom.fitting * factor;
        const shown = { width: moved.size.width * moved.scale, height: moved.size.height * moved.scale };
        zoom.set(scale, {
          x: (moved.at.x / shown.width) * zoom.size.width * scale,
          y: (moved.at.y / shown.height) * zoom.size.height * scale,
        });
      }
    }
    this.isFollowing = false;
    this.onChange();
  }

  get isPannable() {
    return this.zooms.some(({ box }) => box.classList.contains("is-pannable"));
  }

  /** @param {number} x @param {number} y directions: the part that is shown moves there */
  pan(x, y) {
    const zoom = this.zooms.find(({ box }) => box.classList.contains("is-pannable"));
    zoom?.set(zoom.scale, { x: zoom.at.x - x * NUDGE, y: zoom.at.y - y * NUDGE });
  }

  /** @param {1|-1} direction */
  step(direction) {
    this.lead.step(direction);
  }

  toggle() {
    this.lead.toggle();
  }

  fit() {
    this.lead.fit();
  }

  showActual() {
    this.lead.showActual();
  }
}
