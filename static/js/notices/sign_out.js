// @ts-check
// Signing out: what this browser takes by push ends with it, so that nobody who uses it next reads another's notices.

const MOST_MS = 1000; // the browser's push service may be away; signing out does not wait for it

/** @returns {Promise<PushSubscription|null|undefined>} */
async function subscription() {
  const registration = await navigator.serviceWorker.getRegistration();
  return registration?.pushManager.getSubscription();
}

/** @template T @param {Promise<T>} work @returns {Promise<T|null>} null: it failed, or took too long */
const inTime = (work) => Promise.race([work.catch(() => null), new Promise((done) => setTimeout(() => done(/** @type {any} */ (null)), MOST_MS))]);

/** @param {HTMLFormElement} form */
async function leave(form) {
  const found = await inTime(subscription());
  if (found) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: "push_endpoint", value: found.endpoint });
    form.append(field);
    await inTime(found.unsubscribe());
  }
  form.submit();
}

/** End the subscription of this browser before a form with `data-sign-out` is sent. */
export function endPushAtSignOut() {
  if (!("serviceWorker" in navigator && "PushManager" in window)) return;
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.dataset.signOut === undefined) return;
    event.preventDefault();
    void leave(form);
  });
}
