/* The service worker of a service that wants none: removes what another one kept on the device, and itself. */
"use strict";

self.addEventListener("install", function () {
  self.skipWaiting();
});

self.addEventListener("activate", function (event) {
  event.waitUntil(removeAll());
});

async function removeAll() {
  const names = (await caches.keys()).filter((name) => name.startsWith("locator-"));
  await Promise.all(names.map((name) => caches.delete(name)));
  await self.registration.unregister();
}
