// @ts-check
// Settings of notices: lets this browser take push messages, which needs its service worker (lib/theme.js registers it).

import { errorMessage, noticesApi } from "../lib/api.js";
import { one, setText } from "../lib/dom.js";
import { gettext as _ } from "../lib/i18n.js";
import { localTimes } from "../lib/local_times.js";

const MOST_SECONDS = 20;

/** @param {string} text base64url */
const bytesOf = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (character) => character.charCodeAt(0));

/** @returns {Promise<ServiceWorkerRegistration>} once the worker runs; `ready` alone would wait for ever where there is none */
async function runningWorker() {
  const late = new Promise((_done, fail) => window.setTimeout(() => fail(new Error(_("The browser did not start the site's service worker. Reload the page and try again."))), MOST_SECONDS * 1000));
  return /** @type {any} */ (Promise.race([navigator.serviceWorker.ready, late]));
}

/** Subscribe at the browser's push service, anew where the subscription is for another key, and tell the site. */
async function takeNotices() {
  if ((await Notification.requestPermission()) !== "granted") throw new Error(_("The browser does not allow notifications of this site. Allow them in its settings, then try again."));
  const { pushManager } = await runningWorker();
  const { key } = await noticesApi.pushKey();
  await (await pushManager.getSubscription())?.unsubscribe();
  const { endpoint, keys } = (await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytesOf(key) })).toJSON();
  await noticesApi.addDevice({ endpoint: endpoint ?? "", p256dh: keys?.p256dh ?? "", auth: keys?.auth ?? "" });
}

function offerPush() {
  const button = one("[data-take-notices]");
  const error = one("[data-push-error]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    setText(error, "");
    try {
      await takeNotices();
      window.location.reload(); // the list has it now
    } catch (problem) {
      setText(error, errorMessage(problem));
      button.disabled = false;
    }
  });
}

localTimes();
if ("serviceWorker" in navigator && "PushManager" in window && "Notification" in window) offerPush();
else one("[data-no-push]").hidden = false;
