/* Who answers when: the server in time, else the device; and in which datum the device is asked. */
import assert from "node:assert/strict";
import test from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { run } from "../load.mjs";

const WORDS = {
  lang: "en", worker_url: "/sw.js", engine_url: "/engine.js", radius_m: 1000, limit: 5,
  kept: "kept {date} ({age})", nothing_kept: "none", today: "today", yesterday: "yesterday", days_ago: "{n} days ago",
  documents: { compact: "/compact", hours: "/hours", names: "/names", districts: "/districts" },
};
/* All of the earth: every position is shifted. */
const RINGS = [[[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]];

/* A device that keeps stations or none, with an engine that answers with what it is asked. */
function device({ keeps = true, keptOn = "Sat, 21 Nov 2026 04:00:00 GMT" } = {}) {
  const notice = {}, asked = [];
  const response = () => new Response("{}", { headers: { Date: keptOn } });
  const elements = {
    offline: notice,
    "offline-words": { textContent: JSON.stringify(WORDS) },
    handoff: { textContent: JSON.stringify({ rings: RINGS }) },
  };
  const engine = { nearest: (query) => (asked.push(query), "the device's"), addNames: () => undefined };
  const window = run(["shared/map.js", "finder/handoff.js", "finder/offline.js"], {
    navigator: { onLine: true },
    document: {
      getElementById: (id) => elements[id] || null,
      currentScript: { dataset: {} },
      documentElement: { dataset: {} },
    },
    addEventListener: () => undefined,
    caches: { match: async () => (keeps ? response() : undefined) },
    fetch: async () => response(),
  });
  window.locator.engine = { open: () => engine };
  return { offline: window.locator.offline, notice, asked };
}

const REQUEST = { lat: 39.9155, lon: 116.405, kind: "warm_station,worker_home", amenity: ["seats"] };

test("the server's answer counts where it comes", async () => {
  const { offline, asked, notice } = device();
  assert.equal(await offline.either(Promise.resolve("the server's"), REQUEST), "the server's");
  assert.deepEqual([asked.length, notice.textContent, offline.state().is_kept], [0, "", false]);
});

test("without a network the device answers, and says since when it knows", async () => {
  const { offline, notice } = device();
  assert.equal(await offline.either(Promise.reject(new TypeError("no network")), REQUEST), "the device's");
  assert.match(notice.textContent, /^kept 21 Nov|^kept Nov 21/);
  assert.equal(offline.state().kept_at, Date.parse("2026-11-21T12:00:00+08:00"));
});

test("what the server refuses is refused, and what it cannot do the device does", async () => {
  const { offline } = device();
  await assert.rejects(offline.either(Promise.reject({ status: 422 }), REQUEST), (problem) => problem.status === 422);
  assert.equal(await offline.either(Promise.reject({ status: 503 }), REQUEST), "the device's");
});

test("where nothing is kept the server's failure is told", async () => {
  const { offline } = device({ keeps: false });
  await assert.rejects(offline.either(Promise.reject({ status: 503 }), REQUEST), (problem) => problem.status === 503);
});

test("a server that takes more than four seconds is not waited for, and one that takes three is", async () => {
  const { offline } = device();
  const late = pause(4500, "the server's");
  const [first, second] = await Promise.all([
    offline.either(late, REQUEST), device().offline.either(pause(3000, "the server's"), REQUEST),
  ]);
  assert.deepEqual([first, second], ["the device's", "the server's"]);
});

test("what the page asks becomes a query: lists of words, and what it leaves out as the server has it", async () => {
  const { offline, asked } = device();
  await offline.nearest({ ...REQUEST, open_at: "now" });
  const [query] = asked, { lat, lon, radius_m, limit, open_at } = query;
  assert.deepEqual([lat, lon, radius_m, limit, open_at], [39.9155, 116.405, 1000, 5, "now"]);
  assert.deepEqual([...query.kinds, ...query.amenities], ["warm_station", "worker_home", "seats"]);
});

/* Of the packages eviltransform and coordtransform: what each datum calls a place in Beijing. */
test("a position in another datum is asked about where it is", async () => {
  const { offline, asked } = device();
  await offline.nearest({ lat: 39.91640428150164, lon: 116.41024449916938, datum: "gcj02" });
  await offline.nearest({ lat: 39.92133699351021, lon: 116.41036949371029, datum: "bd09" });
  const near = (one, other) => assert.ok(Math.abs(one - other) < 1e-8, `${one} ${other}`);
  near(asked[0].lat, 39.915);
  near(asked[0].lon, 116.404);
  /* BD-09 of GCJ-02 39.915, 116.404, which is the WGS 84 position that GCJ-02 leads back to. */
  await offline.nearest({ lat: 39.915, lon: 116.404, datum: "gcj02" });
  near(asked[1].lat, asked[2].lat);
  near(asked[1].lon, asked[2].lon);
});
