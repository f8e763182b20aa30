/* The service worker without a browser: what is kept under which name, what is asked, what may be kept. */
import assert from "node:assert/strict";
import test from "node:test";

import { plain, run } from "../load.mjs";

const ORIGIN = "https://stations.example";
const SHELL = {
  version: "v2",
  data_version: "d2",
  home: "/",
  named: ["place", "district"],
  last_page: "/offline",
  unsent_page: "/offline/form",
  stations: "/stations/",
  pages: ["/", "/map", "/offline", "/offline/form"],
  files: ["/static/shared/map.js?v=1"],
  documents: ["/api/stations.compact.json", "/api/hours.json"],
};

/* A worker with caches of these names, each a Map of addresses and texts. */
function worker({ names = {}, shell = SHELL } = {}) {
  const listeners = {}, kept = new Map();
  for (const name of Object.keys(names)) kept.set(name, new Map(Object.entries(names[name])));
  const withoutQuery = (address) => address.split("?")[0];
  const match = (pages, key, how = {}) => {
    const same = how.ignoreSearch ? (one) => withoutQuery(one) === withoutQuery(key) : (one) => one === key;
    const found = [...pages.keys()].find(same);
    return found === undefined ? undefined : new Response(pages.get(found));
  };
  const cacheOf = (pages) => ({
    keys: async () => [...pages.keys()].map((path) => ({ url: ORIGIN + path })),
    put: async (key, response) => void pages.set(key, await response.text()),
    delete: async (request) => pages.delete(request.url.slice(ORIGIN.length)),
  });
  const caches = {
    keys: async () => [...kept.keys()],
    has: async (name) => kept.has(name),
    delete: async (name) => kept.delete(name),
    open: async (name) => cacheOf(kept.get(name) || kept.set(name, new Map()).get(name)),
    match: async (key, how) => match(kept.get(how.cacheName) || new Map(), key, how),
  };
  const window = run(["finder/sw.js"], {
    SHELL: shell,
    caches,
    fetch: () => Promise.reject(new TypeError("no network")),
    registration: { scope: ORIGIN + "/" },
    location: { origin: ORIGIN },
    addEventListener: (name, listener) => (listeners[name] = listener),
    skipWaiting: () => undefined,
    clients: { claim: () => undefined },
  });
  return { window, listeners, kept };
}

/* Hand a request to a worker, and return its answer; undefined if it lets the request pass. */
function answered({ listeners }, path, { method = "GET", origin = ORIGIN } = {}) {
  let answer;
  listeners.fetch({
    request: { url: origin + path, method, mode: "navigate" },
    respondWith: (made) => (answer = made),
    waitUntil: () => undefined,
  });
  return answer;
}

test("a page is kept under its path, its language and its datum, whatever else its address says", () => {
  const { window } = worker();
  const key = (path, fields) => window.keyOf(new URL(path, ORIGIN), fields);
  assert.equal(key("/map?utm=1"), "/map");
  assert.equal(key("/?datum=gcj02&x=1&lang=en"), "/?lang=en&datum=gcj02");
  assert.equal(key("/?datum=gcj02&lang=en", ["datum"]), "/?datum=gcj02");
  assert.equal(key("/?lang=&datum=a%26b"), "/?datum=a%26b");
});

test("a cache belongs to one version of one service of a host", () => {
  const { window } = worker();
  const scopes = ["locator-v1", "locator-v1/stations/", "other-v1", "locator-"].map((name) => window.scopeOf(name));
  assert.deepEqual(scopes, ["/", "/stations/", "", "/"]);
});

test("an older version's caches go, those of another service and of others stay", async () => {
  const names = ["locator-v1", "locator-v2", "locator-v1/stations/", "elsewhere-v1"];
  const made = worker({ names: Object.fromEntries(names.map((name) => [name, {}])) });
  await made.window.dropOlder();
  assert.deepEqual([...made.kept.keys()], ["locator-v2", "locator-v1/stations/", "elsewhere-v1"]);
});

test("an update fetches anew the documents and pages in other languages that were kept, and no station", async () => {
  const old = { "/map?lang=en": "", "/api/hours.json?lang=en": "", "/stations/a": "", "/static/shared/map.js?v=0": "" };
  const { window } = worker({ names: { "locator-v1": old } });
  assert.deepEqual(plain(await window.keptBefore()), ["/map?lang=en", "/api/hours.json?lang=en"]);
});

test("what may be kept is whole, from here, where it was asked for, and not forbidden", () => {
  const { window } = worker();
  const response = (more, headers = {}) =>
    ({ status: 200, type: "basic", redirected: false, headers: new Headers(headers), ...more });
  assert.ok(window.isSound(response({})));
  assert.ok(window.isSound(response({}, { "Cache-Control": "no-cache" })));
  for (const fault of [{ status: 206 }, { status: 404 }, { type: "opaque" }, { redirected: true }]) {
    assert.ok(!window.isSound(response(fault)));
  }
  assert.ok(!window.isSound(response({}, { "Cache-Control": "private, no-store" })));
});

test("the first page is asked something by the fields that the server names, and only that page is", () => {
  const { window } = worker();
  const isQuestion = (path) => window.isQuestion(new URL(path, ORIGIN));
  assert.deepEqual(
    ["/?place=dhm", "/?district=x", "/?place=", "/?lang=en", "/map?place=dhm"].map(isQuestion),
    [true, true, false, false, false]
  );
  const other = worker({ shell: { ...SHELL, named: ["where"] } }).window;
  assert.ok(other.isQuestion(new URL("/?where=dhm", ORIGIN)));
});

test("other hosts, posts to other pages and what is not listed pass by", () => {
  const made = worker();
  assert.equal(answered(made, "/", { origin: "https://elsewhere.example" }), undefined);
  assert.equal(answered(made, "/manage", { method: "POST" }), undefined);
  assert.equal(answered(made, "/api/nearest"), undefined);
  assert.equal(answered(made, "/manage"), undefined);
});

test("without a network a page comes from the cache, says since when, and keeps its language if it can", async () => {
  const names = { "locator-v2": { "/map": '<html lang="zh">', "/offline": "<html>last" } };
  const page = await answered(worker({ names }), "/map?lang=en");
  assert.match(await page.text(), /^<html data-kept="" lang="zh">$/);
  const last = await answered(worker({ names }), "/stations/never-seen");
  assert.equal(await last.text(), "<html>last");
});

test("a question by name is answered by the kept first page where stations are kept, or by a refusal", async () => {
  const pages = { "/": "<html >", "/offline/form": "<html>unsent" };
  const known = worker({ names: { "locator-v2": { ...pages, "/api/stations.compact.json": "{}" } } });
  const found = await answered(known, "/?place=%E4%B8%9C&lang=en");
  assert.match(await found.text(), /data-form="place%3D%25E4%25B8%259C%26lang%3Den"/);
  const empty = worker({ names: { "locator-v2": pages } });
  assert.equal(await (await answered(empty, "/?place=x")).text(), "<html>unsent");
  assert.equal(await (await answered(known, "/?place=x&plain=1")).text(), "<html>unsent");
});

test("of the stations' pages the thirty visited last are kept", async () => {
  const visited = Object.fromEntries(Array.from({ length: 33 }, (_, row) => [`/stations/${row}`, ""]));
  const made = worker({ names: { "locator-v2": { "/map": "", ...visited } } });
  await made.window.put("/stations/new", new Response(""));
  const left = [...made.kept.get("locator-v2").keys()];
  assert.equal(left.length, 31);
  assert.deepEqual([left[0], left[1], left[30]], ["/map", "/stations/4", "/stations/new"]);
});
