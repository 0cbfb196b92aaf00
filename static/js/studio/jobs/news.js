// @ts-check
// News of jobs for those who do not look at the stage: sentences for screen readers, the tab's title, and notifications.

import { one, setText } from "../../lib/dom.js";
import { gettext as _, interpolate } from "../../lib/i18n.js";
import { isFinished } from "./job_store.js";
import { images } from "./status_words.js";

const TITLE = document.title;
const NOTIFY = "sdsite.notify";
/** Jobs that ended since the tab was seen. */
let unseen = 0;

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
  const sentence = interpolate(words[job.status](), values);
  setText(one("[data-announce]"), sentence);
  if (!document.hidden || !isFinished(job) || job.status === "cancelled") return;
  unseen += 1;
  if (wantsNotifications()) notify(sentence, job);
}

function wantsNotifications() {
  try {
    return Notification.permission === "granted" && localStorage.getItem(NOTIFY) === "on";
  } catch {
    return false; // no notifications here, or storage is blocked
  }
}

/** @param {string} sentence @param {Record<string, any>} job */
function notify(sentence, job) {
  // One job is one notification, however many tabs there are.
  const options = { tag: job.id, icon: job.images[0]?.thumbnail_url };
  try {
    new Notification(sentence, options).addEventListener("click", () => window.focus());
  } catch {
    // Phones let only the service worker notify.
    void navigator.serviceWorker?.getRegistration().then((worker) => worker?.showNotification(sentence, options));
  }
}

/** The switch for notifications; the browser is asked only when it is turned on, and each browser has its own. */
export function offerNotifications() {
  if (!("Notification" in window)) return;
  const box = /** @type {HTMLInputElement} */ (one("[data-notify]"));
  one("[data-notify-place]").hidden = false;
  box.checked = wantsNotifications();
  box.addEventListener("change", async () => {
    const isAllowed = box.checked && (await Notification.requestPermission()) === "granted";
    one("[data-notify-refused]").hidden = !box.checked || isAllowed;
    box.checked = isAllowed;
    try {
      localStorage.setItem(NOTIFY, isAllowed ? "on" : "off");
    } catch {
      // Storage is blocked: the choice cannot be kept.
    }
  });
}

/** Show the running job's progress in the tab's title, or how many ended unseen. @param {import("./job_store.js").JobStore} store */
export function showTitle(store) {
  const running = store.unfinished().find(({ job }) => job.status === "running");
  if (!document.hidden) unseen = 0;
  const percent = running ? `${Math.round(running.job.progress.fraction * 100)} % · ` : unseen ? `(${unseen}) ` : "";
  const title = `${percent}${TITLE}`;
  if (document.title !== title) document.title = title;
}
