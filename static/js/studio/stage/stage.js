// @ts-check
// The stage: one job as large as fits. A finished one stays until the next starts or another is chosen.

import { one } from "../../lib/dom.js";
import { gettext as _, interpolate } from "../../lib/i18n.js";
import { isFinished } from "../jobs/job_store.js";
import { JobView } from "./job_view.js";

/** Jobs without images of their own are not shown here. */
export const WITHOUT_IMAGES = ["verify", "calibrate"];

/** @typedef {import("../jobs/job_store.js").Entry} Entry */

export class Stage {
  /**
   * @param {import("./job_view.js").Actions} actions
   * @param {{previews: (id: string) => Map<number, Blob>, onShow: (view: JobView|null) => void}} options
   *   `previews`: the last ones of a running job; `onShow`: another job or image is shown
   */
  constructor(actions, { previews, onShow }) {
    this.actions = actions;
    this.previews = previews;
    this.onShow = onShow;
    this.place = one("[data-stage-place]");
    this.back = one("[data-show-all]");
    /** @type {JobView|null} */
    this.view = null;
    /** @type {Map<string, string>} last status of each job */
    this.statuses = new Map();
    this.back.addEventListener("click", () => this.showAlone(null));
    new ResizeObserver(() => this.layOut()).observe(this.place);
    window.setInterval(() => this.view?.tick(), 1000);
  }

  /** Take news of a job. @param {Entry} entry */
  take(entry) {
    const { job } = entry;
    const before = this.statuses.get(job.id);
    this.statuses.set(job.id, job.status);
    const { view } = this;
    if (view && view.entry.job.id === job.id) {
      view.update(entry);
      if (isFinished(job) && before !== job.status) this.onShow(view);
      return;
    }
    if (WITHOUT_IMAGES.includes(job.source) || !this.wants(job, before)) return;
    this.show(entry);
  }

  /** @param {Record<string, any>} job @param {string|undefined} before its status before this news */
  wants(job, before) {
    const shown = this.view?.entry.job;
    if (!shown) return !isFinished(job) || job.images.length > 0;
    const starts = job.status === "running" && before !== "running";
    return starts && shown.status !== "running";
  }

  /**
   * Show a job, or one image of it alone.
   * @param {Entry} entry
   * @param {number|null} [solo]
   */
  show(entry, solo = null) {
    if (this.view?.entry.job.id !== entry.job.id) {
      this.view = new JobView(entry, this.actions);
      this.place.replaceChildren(this.view.element);
      for (const [index, jpeg] of this.previews(entry.job.id)) void this.view.tiles[index]?.paint(jpeg);
    }
    this.showAlone(solo);
  }

  /** @param {number|null} index */
  showAlone(index) {
    if (!this.view) return;
    this.view.showAlone(index);
    this.back.hidden = this.view.solo === null;
    this.back.textContent = interpolate(_("All %(count)s"), { count: this.view.entry.job.images.length });
    this.layOut();
    this.onShow(this.view);
  }

  /** @param {string} id @param {number} index @param {Blob} jpeg */
  preview(id, index, jpeg) {
    if (this.view?.entry.job.id === id) void this.view.tiles[index]?.paint(jpeg);
  }

  /** @param {string} id of a job that is gone or was dismissed */
  remove(id) {
    this.statuses.delete(id);
    if (this.view?.entry.job.id !== id) return;
    this.view = null;
    this.place.replaceChildren();
    this.back.hidden = true;
    this.onShow(null);
  }

  layOut() {
    if (!this.view) return;
    const { clientWidth: width } = this.place;
    const foot = one(".job__foot", this.view.element).offsetHeight;
    this.view.layOut({ width, height: this.place.clientHeight - foot });
  }
}
