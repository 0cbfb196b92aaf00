// @ts-check
// A page that the browser kept and shows again must not show what a person who logged out had on it.

/** Hide a page that "Back" brought, until the session is known to be open; reload it, which asks to log in, if not. */
export function hideAfterLogout() {
  window.addEventListener("pageshow", async (event) => {
    const [navigation] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
    if (!event.persisted && navigation?.type !== "back_forward") return;
    show(false);
    try {
      const response = await fetch("/api/v1/me", { cache: "no-store", credentials: "same-origin" });
      if (response.status === 401) return window.location.reload();
    } catch {
      // No connection: the page is as private as the device.
    }
    show(true);
  });
}

/** Without a layout the page would forget how far it was scrolled. @param {boolean} shown */
function show(shown) {
  document.body.inert = !shown;
  document.body.style.opacity = shown ? "" : "0";
}
