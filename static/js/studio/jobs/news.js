// @ts-check
// News of jobs for those who do not look at the stage: sentences for screen readers, and the tab's title.

import { one, setText } from "../../lib/dom.js";
import { gettext as _, interpolate } from "../../lib/i18n.js";
import { isFinished } from "./job_store.js";
import { images } from "./status_words.js";

const TITLE = document.title;

/**
 * Announce a change of state to screen readers, once.
 * @param {Record<string, any>} job
 * @param {string|undefined} before
 * @param {boolean} isNew
 */
export function announce(job, before, isNew) {
  if (job.status === before || (isNew && isFinished(job))) return;
  /** @type {Record<string, () => string>} */
  const words = {
    queued: () => _("“%(name)s” is queued"),
    running: () => _("“%(name)s” has started"),
    succeeded: () => _("“%(name)s” is done: %(images)s"),
    failed: () => _("“%(name)s” failed. %(error)s"),
    cancelled: () => _("“%(name)s” was cancelled"),
  };
  const name = job.parameters.prompt.slice(0, 60) || _("Upscale an image");
  const values = { name, images: images(job.images.length), error: job.error?.message ?? "" };
  setText(one("[data-announce]"), interpolate(words[job.status](), values));
}

/** Show the running job's progress in the tab's title. @param {import("./job_store.js").JobStore} store */
export function showTitle(store) {
  const running = store.unfinished().find(({ job }) => job.status === "running");
  const percent = running ? `${Math.round(running.job.progress.fraction * 100)} % · ` : "";
  const title = `${percent}${TITLE}`;
  if (document.title !== title) document.title = title;
}
