// @ts-check
// The state of a job in words.

import { about, ago, seconds } from "../../lib/format.js";
import { gettext as _, interpolate, ngettext } from "../../lib/i18n.js";

/** @typedef {import("./job_store.js").Entry} Entry */

/** @param {number} count */
export const images = (count) => interpolate(ngettext("%(count)s image", "%(count)s images", count), { count });

/** @param {Record<string, any>} job @returns {string} how many images of an unsuccessful job there are; empty for none */
function kept({ images: stored, image_count: wanted }) {
  return stored.length ? interpolate(_("%(kept)s of %(images)s kept"), { kept: stored.length, images: images(wanted) }) : "";
}

/** @param {number|null} eta seconds @param {number} age seconds since the forecast */
const doneIn = (eta, age) => (eta === null ? "" : interpolate(_("done in %(time)s"), { time: about(Math.max(0, eta - age)) }));

/**
 * Parts of the status line in each state; `age` is in seconds since the forecast.
 * @type {Record<string, (job: Record<string, any>, elapsed: number|null, age: number) => string[]>}
 */
const WORDS = {
  queued: (job, _elapsed, age) => [place(job.position), doneIn(job.eta_seconds, age)],
  running: (job, elapsed) => [
    job.cancel_requested ? _("Stopping after this step") : "",
    job.progress.total ? interpolate(_("Step %(step)s of %(total)s"), job.progress) : _("Getting ready"),
    job.eta_seconds === null ? "" : interpolate(_("%(time)s left"), { time: about(job.eta_seconds) }),
    elapsed === null ? "" : seconds(elapsed),
  ],
  succeeded: (job) => [images(job.images.length), seconds(job.seconds), ago(job.finished_at ?? job.created_at)],
  failed: (job) => [_("Failed"), kept(job), ago(job.finished_at ?? job.created_at)],
  cancelled: (job) => [_("Cancelled"), kept(job), ago(job.finished_at ?? job.created_at)],
};

/** @param {number|null} position */
function place(position) {
  if (position === 1) return _("Next in the queue");
  return position ? interpolate(_("Number %(position)s in the queue"), { position }) : _("In the queue");
}

/** @param {Entry} entry @returns {string} "Step 5 of 12 · about 3 s left" */
export function statusWords({ job, since, forecastAt }) {
  // What became of it is not known any more: the job of a suspended person is cancelled.
  if (document.documentElement.hasAttribute("data-signed-out") && !job.finished_at) return _("Sign in to see how it went on");
  const now = performance.now();
  const elapsed = since === null ? null : (now - since) / 1000;
  return WORDS[job.status](job, elapsed, (now - forecastAt) / 1000).filter(Boolean).join(" · ");
}

/**
 * @param {Entry[]} entries the user's unfinished jobs
 * @returns {string} "1 running · 2 queued · about 40 s", the time until the last of them is done; empty for none
 */
export function queueWords(entries) {
  const waiting = entries.filter(({ job }) => job.status === "queued");
  const running = entries.length - waiting.length;
  const now = performance.now();
  const left = (waiting.length ? waiting : entries)
    .filter(({ job }) => job.eta_seconds !== null)
    .map(({ job, forecastAt }) => Math.max(0, job.eta_seconds - (now - forecastAt) / 1000));
  return [
    running ? interpolate(ngettext("%(count)s running", "%(count)s running", running), { count: running }) : "",
    waiting.length ? interpolate(ngettext("%(count)s queued", "%(count)s queued", waiting.length), { count: waiting.length }) : "",
    left.length ? about(Math.max(...left)) : "",
  ]
    .filter(Boolean)
    .join(" · ");
}
