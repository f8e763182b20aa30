/* How the position is asked for: precisely, then roughly; and why there is none. */
import assert from "node:assert/strict";
import test from "node:test";

import { documentWith, plain, run } from "../load.mjs";

const HERE = { coords: { latitude: 39.9155, longitude: 116.405, accuracy: 12 } };

/* A window whose device answers each question in turn: a position, or the number of an error. */
function asking(answers, given = {}) {
  const asked = [];
  const geolocation = {
    getCurrentPosition: (found, failed, options) => {
      asked.push(options.enableHighAccuracy);
      const answer = answers.shift();
      queueMicrotask(() => (typeof answer === "number" ? failed({ code: answer }) : found(answer)));
    },
  };
  const window = run(["shared/position.js"], {
    navigator: { geolocation }, document: documentWith({}), isSecureContext: true, locator: {}, ...given,
  });
  window.top = window;
  return { find: window.locator.position.find, asked, window };
}

test("a precise position is enough", async () => {
  const { find, asked } = asking([HERE]);
  const found = await find(() => assert.fail("it did not go on"));
  assert.deepEqual(plain(found), { lat: 39.9155, lon: 116.405, accuracy_m: 12 });
  assert.deepEqual(asked, [true]);
});

test("where there is no precise position a rough one is asked for, and that is said", async () => {
  for (const code of [2, 3]) {
    const { find, asked } = asking([code, HERE]);
    let isRough = false;
    await find(() => (isRough = true));
    assert.ok(isRough);
    assert.deepEqual(asked, [true, false]);
  }
});

test("what hinders is told: no permission is not asked for twice", async () => {
  const denied = asking([1]);
  await assert.rejects(denied.find(() => undefined), (reason) => reason === "denied");
  assert.deepEqual(denied.asked, [true]);
  await assert.rejects(asking([2, 2]).find(() => undefined), (reason) => reason === "unavailable");
  await assert.rejects(asking([2, 3]).find(() => undefined), (reason) => reason === "timeout");
});

test("a frame whose page forbids it is told from a person who does", async () => {
  const framed = asking([1], { document: { permissionsPolicy: { allowsFeature: () => false } } });
  framed.window.top = {};
  await assert.rejects(framed.find(() => undefined), (reason) => reason === "framed");
  const allowed = asking([1], { document: { permissionsPolicy: { allowsFeature: () => true } } });
  allowed.window.top = {};
  await assert.rejects(allowed.find(() => undefined), (reason) => reason === "denied");
});

test("without https, or on a device that knows no positions, nothing is asked", async () => {
  for (const given of [{ isSecureContext: false }, { navigator: {} }]) {
    const { find, asked } = asking([], given);
    await assert.rejects(find(() => undefined), (reason) => reason === "unsupported");
    assert.deepEqual(asked, []);
  }
});

test("a point is kept for a reload and forgotten; where storage is blocked that is no fault", () => {
  const stored = new Map();
  const sessionStorage = {
    setItem: (key, value) => stored.set(key, value),
    getItem: (key) => stored.get(key) ?? null,
    removeItem: (key) => stored.delete(key),
  };
  const { position } = asking([], { sessionStorage }).window.locator;
  assert.equal(position.kept(), null);
  position.keep({ lat: 1, lon: 2 });
  assert.deepEqual(plain(position.kept()), { lat: 1, lon: 2 });
  position.keep(null);
  assert.equal(position.kept(), null);
  const blocked = asking([]).window.locator.position;
  blocked.keep({ lat: 1, lon: 2 });
  assert.equal(blocked.kept(), null);
});
