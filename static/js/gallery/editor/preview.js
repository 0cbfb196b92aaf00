// @ts-check
// Previews of the running job, laid over the image exactly where the result will be.

import { extended, NOTHING } from "./frame.js";
import { changed, region } from "./submit.js";

const LONGEST = 1024; // pixels of the canvas; previews are smaller

export class Preview {
  /**
   * @param {HTMLCanvasElement} canvas on the paper
   * @param {import("./view.js").View} view
   * @param {import("./painting/mask.js").Mask} mask
   */
  constructor(canvas, view, mask) {
    this.canvas = canvas;
    this.view = view;
    this.mask = mask;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.turn = 0;
  }

  /**
   * Show one preview.
   * @param {Blob} jpeg of what is generated: the whole extended image, or the part around the mask
   * @param {Record<string, any>} parameters of the job
   */
  async paint(jpeg, parameters) {
    const turn = ++this.turn;
    const image = await createImageBitmap(jpeg);
    if (turn === this.turn) this.draw(image, parameters);
    image.close();
  }

  /** @param {ImageBitmap} image @param {Record<string, any>} parameters */
  draw(image, parameters) {
    const growth = parameters.outpaint ?? NOTHING;
    const size = extended(this.view, growth);
    const scale = Math.min(1, LONGEST / Math.max(size.width, size.height));
    this.canvas.width = Math.max(1, Math.round(size.width * scale));
    this.canvas.height = Math.max(1, Math.round(size.height * scale));
    Object.assign(this.canvas.style, {
      left: `${-growth.left}px`,
      top: `${-growth.top}px`,
      width: `${size.width}px`,
      height: `${size.height}px`,
    });
    const { context } = this;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    // First where something is generated, then the preview inside of that alone.
    context.globalCompositeOperation = "source-over";
    context.drawImage(this.mask.canvas, growth.left, growth.top, this.view.width, this.view.height);
    context.fillRect(0, 0, size.width, growth.top);
    context.fillRect(0, size.height - growth.bottom, size.width, growth.bottom);
    context.fillRect(0, 0, growth.left, size.height);
    context.fillRect(size.width - growth.right, 0, growth.right, size.height);
    context.globalCompositeOperation = "source-in";
    const box = this.boxOf(parameters);
    context.drawImage(image, box.left, box.top, box.width, box.height);
    this.canvas.hidden = false;
  }

  /** @param {Record<string, any>} parameters */
  boxOf({ mask_area: area, mask_blur: blur, mask_padding: padding, width, height, outpaint }) {
    const growth = outpaint ?? NOTHING;
    const size = extended(this.view, growth);
    if (area !== "masked") return { left: 0, top: 0, ...size };
    const box = this.mask.bounds;
    const painted = box && {
      left: box.left / this.mask.scale,
      top: box.top / this.mask.scale,
      width: box.width / this.mask.scale,
      height: box.height / this.mask.scale,
    };
    return region(changed(painted, this.view, growth, blur), size, { width, height }, padding);
  }

  hide() {
    this.turn += 1;
    this.canvas.hidden = true;
  }
}
