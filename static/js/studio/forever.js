// @ts-check
// "Generate forever": each job that succeeds is followed by the next, one at a time, until it is stopped or something fails.

import { one } from "../lib/dom.js";

export class Forever {
  /**
   * @param {() => Promise<string|null>} submit returns the id of the new job; null: it was refused
   * @param {(id: string) => string|undefined} statusOf the status of a job, as far as it is known
   */
  constructor(submit, statusOf) {
    this.submit = submit;
    this.statusOf = statusOf;
    this.button = one("[data-forever]");
    this.isOn = false;
    /** @type {string|null} the job that is waited for */
    this.job = null;
    /** Number of the last request; the answer to an older one is none of ours. */
    this.round = 0;
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
    this.round += 1;
    this.button.setAttribute("aria-pressed", "false");
  }

  async next() {
    this.job = null;
    const round = (this.round += 1);
    const id = await this.submit();
    if (round !== this.round) return;
    if (!id) return this.stop();
    this.job = id;
    // A short job may end, or be cancelled, before the answer to its request is here.
    this.take({ id, status: this.statusOf(id) });
  }

  /** Take news of a job. @param {Record<string, any>} job */
  take({ id, status }) {
    if (!this.isOn || id !== this.job) return;
    if (status === "succeeded") void this.next();
    else if (status === "failed" || status === "cancelled") this.stop();
  }

  /** Stop where the job that is waited for is gone. @param {string} id */
  forget(id) {
    if (id === this.job) this.stop();
  }
}
