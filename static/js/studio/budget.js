// @ts-check
// The line beside Generate: what the limits leave of queued jobs and of the day's GPU time.

import { API, request } from "../lib/api.js";
import { one, pageData, setText } from "../lib/dom.js";
import { gettext as _, interpolate } from "../lib/i18n.js";

const SOON = 400; // several jobs may end together
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * @typedef {{limits: Record<string, any>, used: Record<string, number>, remaining: Record<string, number|null>,
 *            resets_at: string|null}} Budget as /api/v1/me shows it
 */

const line = one("[data-budget]");
/** @type {number|undefined} */
let reading;
/** @type {number|undefined} */
let returning;

/** @param {Budget} budget */
function show(budget) {
  const words = [waiting(budget), time(budget)].filter(Boolean);
  setText(line, words.join(" · "));
  line.hidden = words.length === 0;
  const spent = budget.remaining.queued === 0 || budget.remaining.seconds === 0;
  line.classList.toggle("budget--spent", spent);
  const back = budget.resets_at ? new Date(budget.resets_at).getTime() - Date.now() : 0;
  clearTimeout(returning);
  if (back > 0) returning = window.setTimeout(read, Math.min(back + SOON, LONGEST_TIMER));
}

/** @param {Budget} budget */
function waiting({ limits, used }) {
  if (limits.most_queued === null) return "";
  return interpolate(_("%(queued)s of %(most)s jobs queued"), { queued: used.queued, most: limits.most_queued });
}

/** @param {Budget} budget */
function time({ remaining, resets_at: back }) {
  if (remaining.seconds === null) return "";
  if (remaining.seconds > 0) return interpolate(_("%(span)s of GPU time left today"), { span: span(remaining.seconds) });
  return back ? interpolate(_("no GPU time left today, more from %(time)s"), { time: clock(back) }) : _("no GPU time left today");
}

/**
 * Format a duration, rounded.
 * @param {number} value GPU seconds @returns {string} "12 s", "9 min", "3 h 20 min"
 */
function span(value) {
  if (value < 120) return `${Math.ceil(value)} s`;
  const minutes = Math.floor(value / 60);
  if (minutes < 120) return `${minutes} min`;
  return minutes % 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes / 60} h`;
}

/** @param {string} moment ISO 8601 @returns {string} the time, with the day unless it is today */
function clock(moment) {
  const at = new Date(moment);
  const today = at.toDateString() === new Date().toDateString();
  return at.toLocaleString([], { weekday: today ? undefined : "short", hour: "2-digit", minute: "2-digit" });
}

async function read() {
  try {
    show(await request("GET", `${API}/me`));
  } catch {
    // Informative only: submitting a job checks the limits. The next change reads again.
  }
}

function readSoon() {
  reading ??= window.setTimeout(() => {
    reading = undefined;
    void read();
  }, SOON);
}

show(pageData("budget-data"));
document.addEventListener("sdsite:job-moved", readSoon);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && readSoon());
