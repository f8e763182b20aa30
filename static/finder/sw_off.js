/* The service worker of a service that wants none: removes what another one kept on the device, and itself. */
"use strict";

self.addEventListener("install", function () {
  self.skipWaiting();
});

self.addEventListener("activate", function (event) {
  event.waitUntil(removeAll());
});

async function removeAll() {
  const scope = new URL(self.registration.scope).pathname;
  const end = scope === "/" ? "" : scope;
  const ours = (await caches.keys()).filter((name) => /^locator-/.test(name) && name.replace(/^[^/]*/, "") === end);
  await Promise.all(ours.map((name) => caches.delete(name)));
  await self.registration.unregister();
}
