// @ts-check
// The service worker (sdsite/pwa.py): shows the offline page where a page cannot be fetched, and notices that come by
// push. Everything else goes to the network and the browser's own cache as if there were no worker.
(() => {
  "use strict";
  const worker = /** @type {any} */ (globalThis);
  /** @type {string[]} */
  const kept = worker.kept;
  /** @type {string} */
  const siteName = worker.siteName;
  const NAME = `offline ${siteName} ${kept.join(" ")}`; // of another name or icon the page is fetched again

  worker.addEventListener("install", (/** @type {any} */ event) => {
    event.waitUntil(
      caches.open(NAME).then((cache) => cache.addAll(kept.map((url) => new Request(url, { cache: "reload" })))),
    );
    worker.skipWaiting();
  });

  worker.addEventListener("activate", (/** @type {any} */ event) => {
    const clear = async () => {
      for (const name of await caches.keys()) if (name !== NAME) await caches.delete(name);
    };
    event.waitUntil(clear());
  });

  worker.addEventListener("push", (/** @type {any} */ event) => {
    /** @type {{title?: string, body?: string, url?: string, tag?: string}} */
    let said = {};
    try {
      said = event.data?.json() ?? {};
    } catch {
      // Not from this site: browsers want something shown all the same.
    }
    const { title = siteName, body = "", url = "", tag = "" } = said;
    event.waitUntil(worker.registration.showNotification(title, { body, tag, icon: kept[3], data: { url } }));
  });

  worker.addEventListener("notificationclick", (/** @type {any} */ event) => {
    event.notification.close();
    const scope = new URL(worker.registration.scope);
    const page = new URL(event.notification.data?.url || scope.pathname, scope);
    const open = async () => {
      if (page.origin !== scope.origin) return;
      const [shown] = await worker.clients.matchAll({ type: "window" });
      if (shown && !event.notification.data?.url) await shown.focus();
      else await worker.clients.openWindow(page.href);
    };
    event.waitUntil(open());
  });

  worker.addEventListener("fetch", (/** @type {any} */ event) => {
    const { request } = event;
    const path = new URL(request.url).pathname;
    if (request.mode === "navigate" && request.method === "GET") {
      event.respondWith(fetch(request).catch(async () => (await caches.match(kept[0])) ?? Response.error()));
    } else if (kept.includes(path) && path !== kept[0]) {
      event.respondWith(fetch(request).catch(async () => (await caches.match(path)) ?? Response.error()));
    }
  });
})();
