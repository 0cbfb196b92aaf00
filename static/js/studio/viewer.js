// @ts-check
// The viewer over the studio: walks through all images of its list of jobs.

import { arrayList, openViewer } from "../gallery/viewer/viewer.js";

/** @typedef {Record<string, any>} Image as the API shows it */

export class Viewer {
  /** @param {{images: () => Image[], use: (image: Image) => void, start: (image: Image) => void}} page */
  constructor(page) {
    this.page = page;
  }

  /** @param {string} id */
  open(id) {
    const items = () => this.page.images().map((image) => ({ ...image, id: image.id, width: image.width, height: image.height, prompt: image.parameters.prompt }));
    void openViewer({
      list: arrayList(items),
      id,
      onReuse: (chosen, part) => {
        const image = this.page.images().find((one) => one.id === chosen);
        if (!image) location.assign(`/?from=${chosen}`);
        else if (part === "all") this.page.use(image);
        else this.page.use(part === "seed" ? { parameters: {}, seed: image.seed } : { parameters: { prompt: image.parameters.prompt } });
      },
    });
  }
}
