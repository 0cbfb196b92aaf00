// @ts-check
// What the form would cost, beside Generate: seconds, place in the queue, share of the day's GPU time.

import { API, request } from "../lib/api.js";
import { one, pageData, setText } from "../lib/dom.js";
import { about } from "../lib/format.js";
import { gettext as _, interpolate } from "../lib/i18n.js";

const QUIET = 900; // milliseconds after the last change

/** @param {import("./form/form.js").GenerationForm} form */
export function estimate(form) {
  const place = one("[data-estimate]");
  const daily = pageData("budget-data")?.limits.most_seconds_a_day ?? null;
  let timer = 0;
  let asked = "";
  const ask = async () => {
    const requested = form.read();
    const body = JSON.stringify({ ...requested, seed: null });
    const isSpent = document.querySelector(".budget--spent") !== null;
    if (!requested.prompt || isSpent || document.hidden || hasAddress(requested)) return void setText(place, "");
    asked = body;
    const answer = await request("POST", `${API}/jobs?dry_run=true`, requested).catch(() => null);
    if (asked === body) setText(place, answer ? words(answer, daily) : "");
    return undefined;
  };
  const soon = () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(ask, QUIET);
  };
  form.onChange.push(soon);
  document.addEventListener("sdsite:job-moved", soon);
  soon();
}

/** Images at addresses would be fetched for each estimate. @param {Record<string, any>} requested */
const hasAddress = ({ init_image: init, mask_image: mask }) => [init, mask].some((image) => image && !/^(image|upload):/.test(image));

/** @param {{accelerator_seconds: number, position: number|null, eta_seconds: number|null}} answer @param {number|null} daily seconds */
function words({ accelerator_seconds: cost, position, eta_seconds: eta }, daily) {
  return [
    eta === null ? about(cost) : about(eta),
    position && position > 1 ? interpolate(_("number %(position)s in the queue"), { position }) : "",
    daily ? interpolate(_("%(percent)s %% of today’s GPU time"), { percent: Math.max(1, Math.round((100 * cost) / daily)) }) : "",
  ]
    .filter(Boolean)
    .join(" · ");
}
