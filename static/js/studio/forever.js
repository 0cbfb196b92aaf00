// @ts-check
// "Generate forever": each job that succeeds is followed by the next, one at a time, until it is stopped or something fails.

import { one } from "../lib/dom.js";

export class Forever {
  /** @param {() => Promise<string|null>} submit returns the id of the new job; null: it was refused */
  constructor(submit) {
    this.submit = submit;
    this.button = one("[data-forever]");
    this.isOn = false;
    /** @type {string|null} the job that is waited for */
    this.job = null;
    this.button.addEventListener("click", () => (this.isOn ? this.stop() : this.start()));
  }

  async start() {
    this.isOn = true;
    this.button.setAttribute("aria-pressed", "true");
    await this.next();
  }

  stop() {
    this.isOn = false;
    this.job = null;
    this.button.setAttribute("aria-pressed", "false");
  }

  async next() {
    this.job = null;
    const id = await this.submit();
    if (!id) return this.stop();
    if (this.isOn) this.job = id;
    return undefined;
  }

  /** Take news of a job. @param {Record<string, any>} job */
  take({ id, status }) {
    if (!this.isOn || id !== this.job) return;
    if (status === "succeeded") void this.next();
    else if (status === "failed" || status === "cancelled") this.stop();
  }
}
