/* The service worker: keeps on the device what the pages need without a network. The server puts a line before
 * this script that says what that is:
 *
 *   SHELL = { version, data_version, home, named, last_page, unsent_page, stations, pages, files, documents }
 *
 * version     names the cache; it changes when anything in it does, and each version has its own cache
 * named       the fields of the first page's address that ask it something
 * pages       network first, the kept one when the network takes too long; so are those under stations, once visited
 * files       kept for good: their addresses change when they do
 * documents   what answers are made from on the device; sent as kept, and fetched anew in the background
 *
 * Anything else passes by untouched, but for the first page's form and the addresses it leads to where they get no
 * answer. No position, which goes by POST, no answer to a form, and nothing of another host ever comes into a cache.
 * Plain ES2017. */
"use strict";

const PREFIX = "locator-";
const SCOPE = new URL(self.registration.scope).pathname; /* services under other paths of this host have other caches */
const CACHE = PREFIX + SHELL.version + (SCOPE === "/" ? "" : SCOPE);
const PATIENCE_MS = 3000; /* for a page from the network, where another is kept */
const STATION_PAGES = 30; /* so many of those visited last are kept */
const ANY = { ignoreVary: true }; /* what differs by the reader's language is kept under the name of one */
const FIELDS = ["lang", "datum"]; /* in which the addresses of pages and documents differ */

const filePaths = new Set(SHELL.files.map(pathOf));
const pagePaths = new Set(SHELL.pages);
const documentPaths = new Set(SHELL.documents);

self.addEventListener("install", function (event) {
  /* Do not wait until every tab is closed: a fault in the old version must not outlive the new one. */
  event.waitUntil(install().then(() => self.skipWaiting(), giveUp));
});

self.addEventListener("activate", function (event) {
  event.waitUntil(dropOlder().then(() => self.clients.claim()));
});

self.addEventListener("fetch", function (event) {
  const request = event.request, url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  const answer = request.method === "GET" ? answerTo(event, url) : formAnswer(event, url);
  if (answer) event.respondWith(answer);
});

/** @type {(event: FetchEvent, url: URL) => Promise<Response> | null} */
function answerTo(event, url) {
  if (isQuestion(url)) return answerByName(event, url);
  if (filePaths.has(url.pathname)) return file(event, url);
  if (documentPaths.has(url.pathname)) return documentFor(event, url);
  if (pagePaths.has(url.pathname) || url.pathname.startsWith(SHELL.stations)) return page(event, url);
  return null;
}

/** Answers are not kept: there are as many as names, and the device can find them itself.
 * @type {(url: URL) => boolean} */
function isQuestion(url) {
  return url.pathname === SHELL.home && SHELL.named.some((name) => url.searchParams.get(name));
}

/** @type {(event: FetchEvent, url: URL) => Promise<Response>} */
function answerByName(event, url) {
  const fetched = fetch(event.request);
  event.waitUntil(fetched.catch(ignore));
  return answerToForm(url.search.slice(1), url, fetched);
}

/** @type {(event: FetchEvent, url: URL) => Promise<Response> | null} */
function formAnswer(event, url) {
  if (event.request.mode !== "navigate" || url.pathname !== SHELL.home) return null;
  const sent = event.request.clone().text(), fetched = fetch(event.request);
  event.waitUntil(fetched.catch(ignore));
  return sent.then((form) => answerToForm(form, url, fetched));
}

/** Where the server does not answer a form in time, be it sent or in the address, the first page comes back with it,
 * and its script answers it on the device. Without script or stations there, only the server can answer: a page of
 * ours says that it did not.
 * @type {(form: string, url: URL, fetched: Promise<Response>) => Promise<Response>} */
async function answerToForm(form, url, fetched) {
  const isPlain = new URLSearchParams(form).has("plain");
  const canAnswer = !isPlain && (await kept(SHELL.documents[0], { ignoreSearch: true }));
  const found = canAnswer && ((await inTime(fetched)) || (await keptPage(keyOf(url), keyOf(url, ["datum"]), form)));
  return found || fetched.catch(async () => (await kept(SHELL.unsent_page)) || Response.error());
}

/* ---- Versions ---- */

/* Fetch all or fail: then the older version, which has all of its own, stays. */
async function install() {
  const cache = await caches.open(CACHE);
  const anew = new Set(SHELL.pages.concat(await keptBefore()));
  const fetched = Array.from(anew, (key) => store(cache, key, "no-cache"));
  await Promise.all(fetched.concat(SHELL.files.map((address) => carry(cache, address))));
}

/** @type {(reason: unknown) => Promise<never>} */
async function giveUp(reason) {
  await caches.delete(CACHE);
  throw reason;
}

/* List the documents and the pages in other languages that an older version kept: an update loses none of them. */
async function keptBefore() {
  /** @type {string[]} */
  const found = [];
  for (const name of await olderCaches()) {
    const requests = await (await caches.open(name)).keys();
    found.push(...requests.map((request) => keyOf(new URL(request.url))));
  }
  return found.filter((key) => documentPaths.has(pathOf(key)) || pagePaths.has(pathOf(key)));
}

async function olderCaches() {
  return (await caches.keys()).filter((name) => scopeOf(name) === SCOPE && name !== CACHE);
}

/** Return the path of the service that a cache belongs to; none for a cache of somebody else's.
 * @type {(name: string) => string} */
function scopeOf(name) {
  return name.startsWith(PREFIX) ? name.slice(PREFIX.length).replace(/^[^/]*/, "") || "/" : "";
}

async function dropOlder() {
  await Promise.all((await olderCaches()).map((name) => caches.delete(name)));
}

/** Take a file over from an older version, or fetch it: often the browser still has it from the page.
 * @type {(cache: Cache, address: string) => Promise<void>} */
async function carry(cache, address) {
  const found = await caches.match(address, ANY);
  return found ? cache.put(address, found) : store(cache, address, "default");
}

/** @type {(cache: Cache, address: string, mode: RequestCache) => Promise<void>} */
async function store(cache, address, mode) {
  const response = await fetch(address, { cache: mode });
  if (!isSound(response)) throw new Error(response.status + " " + address);
  return cache.put(address, response);
}

/* ---- What is kept under which name ---- */

/** Name a page or a document: by its path and these fields, whatever else its address says.
 * @type {(url: URL, fields?: string[]) => string} */
function keyOf(url, fields = FIELDS) {
  const said = fields.filter((name) => url.searchParams.get(name));
  const query = said.map((name) => name + "=" + encodeURIComponent(url.searchParams.get(name) || ""));
  return url.pathname + (query.length ? "?" + query.join("&") : "");
}

/** @type {(address: string) => string} */
function pathOf(address) {
  return address.split("?")[0];
}

/** Tell whether a response may be kept: whole, from here, what was asked for, and not forbidden to store.
 * @type {(response: Response) => boolean} */
function isSound(response) {
  const isWhole = response.status === 200 && response.type === "basic" && !response.redirected;
  return isWhole && !/no-store/.test(response.headers.get("Cache-Control") || "");
}

/** @type {(key: string, how?: MultiCacheQueryOptions) => Promise<Response | undefined>} */
function kept(key, how) {
  return caches.match(key, Object.assign({ cacheName: CACHE }, ANY, how));
}

/** Keep a copy of a response, and hand it on.
 * @type {(event: FetchEvent, key: string, response: Response) => Response} */
function keep(event, key, response) {
  if (isSound(response)) event.waitUntil(put(key, response.clone()));
  return response;
}

/** A newer version may have taken the cache away meanwhile; then it is not made again.
 * @type {(key: string, copy: Response) => Promise<void>} */
async function put(key, copy) {
  if (!(await caches.has(CACHE))) return;
  const cache = await caches.open(CACHE);
  await cache.put(key, copy);
  if (key.startsWith(SHELL.stations)) await forgetOldest(cache);
}

/** A cache lists what it holds in the order in which it was put there.
 * @type {(cache: Cache) => Promise<void>} */
async function forgetOldest(cache) {
  const visited = (await cache.keys()).filter((request) => new URL(request.url).pathname.startsWith(SHELL.stations));
  await Promise.all(visited.slice(0, -STATION_PAGES).map((request) => cache.delete(request)));
}

/* ---- Answers ---- */

/** @type {(event: FetchEvent, url: URL) => Promise<Response>} */
async function file(event, url) {
  const key = url.pathname + url.search;
  const found = await kept(key);
  if (found) return found;
  return fetch(event.request).then(
    (response) => keep(event, key, response),
    /* A page of another version asks for a file of that version: the one that is here does better than none. */
    async () => (await kept(key, { ignoreSearch: true })) || Response.error()
  );
}

/** @type {(event: FetchEvent, url: URL) => Promise<Response>} */
async function documentFor(event, url) {
  const key = keyOf(url), version = url.searchParams.get("v");
  /* Asked anew each time: what the browser's own cache has under an older page's address would come in here. */
  const fetched = fetch(event.request, { cache: "no-cache" }).then((response) => keep(event, key, response));
  event.waitUntil(fetched.catch(ignore));
  const found = (await kept(key)) || (await kept(key, { ignoreSearch: true }));
  if (!found) return fetched;
  /* A page made from newer data is not shown older ones beside it. */
  const isOlder = version && version !== SHELL.data_version;
  return (isOlder && (await inTime(fetched))) || found;
}

/** @type {(event: FetchEvent, url: URL) => Promise<Response>} */
async function page(event, url) {
  const key = keyOf(url);
  const fetched = fetch(event.request).then((response) => keep(event, key, response));
  event.waitUntil(fetched.catch(ignore));
  return (await inTime(fetched)) || (await keptPage(key, keyOf(url, ["datum"]))) || fetched.catch(lastPage);
}

/** Wait for a response, but not for ever and not for one that only says the service is down.
 * @type {(fetched: Promise<Response>) => Promise<Found>} */
function inTime(fetched) {
  const arrived = fetched.then((response) => (response.status < 500 ? response : null), ignore);
  /** @type {Promise<null>} */
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, null));
  return Promise.race([arrived, late]);
}

/** Find a page, if need be in another language; one that takes positions for those of another datum is another.
 * @type {(key: string, otherKey: string, form?: string) => Promise<Found>} */
async function keptPage(key, otherKey, form) {
  const found = (await kept(key)) || (await kept(otherKey));
  return found ? marked(found, form) : null;
}

async function lastPage() {
  return (await kept(SHELL.last_page)) || Response.error();
}

/** Write into a kept page since when it is: what it says was true then; and the form that it is to answer. Its headers
 * stay, and with them the policy that lets its script run, but for those that tell how it came over the network.
 * @type {(response: Response, form?: string) => Promise<Response>} */
async function marked(response, form) {
  const html = await response.text(), headers = new Headers(response.headers);
  headers.delete("Content-Encoding");
  headers.delete("Content-Length");
  const date = Date.parse(headers.get("Date") || "") || "";
  const marks = 'data-kept="' + date + '" ' + (form ? 'data-form="' + encodeURIComponent(form) + '" ' : "");
  return new Response(html.replace("<html ", "<html " + marks), { headers: headers });
}

function ignore() {
  return null;
}
