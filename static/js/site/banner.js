// @ts-check
// The banners below the header: an announcement, which each person dismisses once, and maintenance, which stays.

import { API, request } from "../lib/api.js";
import { one, setText } from "../lib/dom.js";
import { overhear } from "../lib/event_socket.js";
import { localTimes } from "../lib/local_times.js";
import { ROOT } from "../lib/root.js";

const COOKIE = "announcement_read";
const YEAR = 365 * 86_400;

/**
 * @typedef {{id: string, text: string, severity: string}} Announcement
 * @typedef {{announcement: Announcement|null, maintenance: {message: string, until: string|null}|null}} Site
 */

/** @param {string} name @returns {HTMLElement} */
const banner = (name) => one(`[data-banner="${name}"]`);

/** Take clicks on Dismiss. @param {(id: string) => void} keep remembers that the announcement was read */
export function takeDismissals(keep) {
  const box = one("[data-banners]");
  const shown = banner("announcement");
  one("[data-dismiss]", shown).addEventListener("click", () => {
    shown.hidden = true;
    box.dataset.dismissed = shown.dataset.id ?? "";
    keep(box.dataset.dismissed);
    one("#main").focus({ preventScroll: true });
  });
}

/** Remember it in the account, for every device. @param {string} id */
export const keepInAccount = (id) =>
  void request("PATCH", `${API}/me/preferences`, { announcement_read: id }).catch(() => {}); // else it comes again

/** Remember it in this browser, for visitors. @param {string} id */
export function keepInCookie(id) {
  document.cookie = `${COOKIE}=${encodeURIComponent(id)}; path=${ROOT}/; max-age=${YEAR}; samesite=lax`;
}

/** Show the banners of `site`. @param {Site} site */
export function showBanners({ announcement, maintenance }) {
  const told = banner("announcement");
  told.hidden = !announcement || announcement.id === one("[data-banners]").dataset.dismissed;
  told.className = `banner banner--${announcement?.severity ?? "info"}`;
  told.dataset.id = announcement?.id ?? "";
  setText(one("[data-banner-text]", told), announcement?.text ?? "");
  const closed = banner("maintenance");
  closed.hidden = !maintenance;
  setText(one("[data-banner-text]", closed), maintenance?.message ?? "");
  const until = /** @type {HTMLTimeElement} */ (one("[data-banner-until]", closed));
  until.hidden = !maintenance?.until;
  until.dateTime = maintenance?.until ?? "";
  if (maintenance?.until) localTimes(closed);
}

/** Follow the site over the page's connection, which is `data-live` from its first message on. */
export function followSite() {
  const box = one("[data-banners]");
  overhear({
    onMessage: ({ event, data }) => {
      if (event === "site.changed") showBanners(data);
      if (event !== "snapshot") return;
      if ("live" in box.dataset) void readBanners();
      box.dataset.live = "";
    },
  });
}

/** Read the banners again: a connection that was away may have missed a change. */
async function readBanners() {
  try {
    showBanners(/** @type {Site} */ (await request("GET", `${API}/site`)));
  } catch {
    // The next event or page tells.
  }
}
