// @ts-check
// The note that the administrators paused or closed the queue.

import { queueApi } from "../../lib/api.js";
import { one, setText } from "../../lib/dom.js";
import { gettext as _ } from "../../lib/i18n.js";

/** @returns {Record<string, string>} */
const notes = () => ({
  open: "",
  paused: _("The queue is paused: no job starts for now. Your jobs stay queued."),
  closed: _("The queue takes no new jobs for now. Queued jobs are still processed."),
  maintenance: "", // the banner of every page says it
  both: _("The queue is paused and takes no new jobs for now. Your jobs stay queued."),
});

/** Show that the administrators paused or closed the queue. */
export async function showQueueState() {
  try {
    const { paused, closed, maintenance, message } = await queueApi.read();
    const words = notes()[maintenance ? "maintenance" : paused && closed ? "both" : paused ? "paused" : closed ? "closed" : "open"];
    setText(one("[data-queue-words]"), [words, message].filter(Boolean).join(" "));
    one("[data-queue-state]").hidden = !words;
  } catch {
    // The next event or connection asks again.
  }
}
