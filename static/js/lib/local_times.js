// @ts-check
// Shows times that the server wrote in UTC in the reader's time zone.

/** @param {ParentNode} [root] */
export function localTimes(root = document) {
  for (const time of root.querySelectorAll("time[data-time]")) {
    const moment = new Date(/** @type {HTMLTimeElement} */ (time).dateTime);
    time.textContent = moment.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  }
}
