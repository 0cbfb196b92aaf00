// @ts-check
// Shows times that the server wrote in the reader's time zone, in the format of the server (sdsite/formats).

import { language } from "./i18n.js";

const FORMAT = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});

/** @param {ParentNode} [root] */
export function localTimes(root = document) {
  for (const time of root.querySelectorAll("time[data-time]")) {
    const moment = new Date(/** @type {HTMLTimeElement} */ (time).dateTime);
    if (!Number.isNaN(moment.getTime())) time.textContent = FORMAT.format(moment); // a hidden one may have no time yet
  }
}
