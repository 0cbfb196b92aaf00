// @ts-check
// The job that Generate started: its events, its previews over the image, and its results.

import { jobsApi } from "../../lib/api.js";
import { one, setText } from "../../lib/dom.js";
import { listen } from "../../lib/event_socket.js";
import { gettext as _ } from "../../lib/i18n.js";
import { isFinished, JobStore } from "../../studio/jobs/job_store.js";
import { Preview } from "./preview.js";
import { Results } from "./results.js";
import { requestOf } from "./submit.js";

export class GenerationJob {
  /**
   * @param {{view: import("./view.js").View, work: import("./work.js").Work, settings: import("./settings.js").Settings,
   *          longest: number, tell: (error: unknown) => void, shown: (isShown: boolean) => void}} page
   *   `longest`: pixels that the site generates on a side; `shown`: whether a result lies over the image
   */
  constructor({ view, work, settings, longest, tell, shown }) {
    this.work = work;
    this.settings = settings;
    this.longest = longest;
    this.tell = tell;
    /** @type {string|null} */
    this.id = null;
    /** @type {Map<number, Blob>} newest preview of each image */
    this.previews = new Map();
    this.preview = new Preview(one("[data-preview]"), view, work.mask);
    this.results = new Results(view, { chosen: () => this.showPreview(), shown });
    this.store = new JobStore({
      onJob: ({ job }) => this.take(job),
      onPreview: (id, index, jpeg) => this.takePreview(id, index, jpeg),
      onGone: (id) => id === this.id && this.close(),
      onQueue: () => {},
    });
  }

  /** Listen; go on with the job of a former visit. @param {string|null} id */
  start(id) {
    this.id = id;
    listen({
      onMessage: (message) => this.store.receive(message),
      onPreview: (message, jpeg) => this.store.receivePreview(/** @type {any} */ (message), jpeg),
      onState: (state) => this.showConnection(state),
    });
    if (id) void this.store.read(id);
  }

  async submit() {
    const { settings, work, longest } = this;
    const request = await requestOf({ settings, mask: work.mask, frame: work.frame, reference: work.source.reference, longest });
    const job = await jobsApi.submit(request);
    this.previews.clear();
    this.results.close();
    this.id = job.id;
    settings.usedSeed(job.parameters.seed);
    this.store.take(job);
    // Its events may have come before the answer, when nobody knew that they were of this job.
    const known = this.store.entries.get(job.id);
    if (known) this.take(known.job);
    void work.save();
  }

  async cancel() {
    try {
      if (this.id) this.store.take(await jobsApi.cancel(this.id));
    } catch (error) {
      this.tell(error);
    }
  }

  /** @param {Record<string, any>} job */
  take(job) {
    if (job.id !== this.id) return;
    this.results.show(job);
    if (isFinished(job)) this.preview.hide();
  }

  /** @param {string} id @param {number} index @param {Blob} jpeg */
  takePreview(id, index, jpeg) {
    if (id !== this.id) return;
    this.previews.set(index, jpeg);
    this.results.preview(index, jpeg);
    if (index === this.results.index) this.showPreview();
  }

  /** Show the newest preview of the chosen image, until the image itself is there. */
  showPreview() {
    const { job, index, chosen } = this.results;
    const jpeg = this.previews.get(index);
    if (!job || chosen || !jpeg || isFinished(job)) this.preview.hide();
    else void this.preview.paint(jpeg, job.parameters);
  }

  /** Put the results away; the images stay in the library. */
  close() {
    this.id = null;
    this.previews.clear();
    this.preview.hide();
    this.results.close();
    void this.work.save();
  }

  /** @param {import("../../lib/event_socket.js").State} state */
  showConnection(state) {
    const words = {
      connecting: "",
      open: "",
      "step-due": "", // a message at the foot of the page says which
      reconnecting: _("Connection lost. Reconnecting…"),
      "signed-out": _("Your session has ended. Sign in again to go on; what you painted is kept."),
    }[state];
    const box = one("[data-connection]");
    box.dataset.connection = state;
    box.hidden = words === "";
    setText(one("[data-connection-words]"), words);
    one("[data-connection-login]").hidden = state !== "signed-out";
  }
}
