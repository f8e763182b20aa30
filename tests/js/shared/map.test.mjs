/* Messages with their fields, and where a position lies on the tiles: what static/shared/map.js does without a map. */
import assert from "node:assert/strict";
import test from "node:test";

import { documentWith, plain, run } from "../load.mjs";

const words = { n: "{n} of {all}" };
const { locator } = run(["shared/map.js"], { document: documentWith({ words }) });

test("the fields of a message are filled in; one that nothing is given for stays to be seen", () => {
  assert.equal(locator.say("n", { n: 0, all: "7" }), "0 of 7");
  assert.equal(locator.say("n", { n: "{all}" }), "{all} of {all}");
  assert.equal(locator.say("n"), "{n} of {all}");
});

/* From the tests of the packages eviltransform and coordtransform. */
test("GCJ-02 is that of the published examples, to a millimetre", () => {
  const known = [
    [39.915, 116.404, 39.91640428150164, 116.41024449916938],
    [31.1774276, 121.5272106, 31.17530398364597, 121.531541859215],
    [22.543847, 113.912316, 22.540796131694766, 113.9171764808363],
    [39.911954, 116.377817, 39.91334545536069, 116.38404722455657],
  ];
  for (const [lat, lon, toLat, toLon] of known) {
    const [shiftedLat, shiftedLon] = plain(locator.toGcj02(lat, lon));
    assert.ok(Math.abs(shiftedLat - toLat) < 1e-8 && Math.abs(shiftedLon - toLon) < 1e-8);
  }
});

test("a ring within a ring is a hole", () => {
  const square = (from, to) => [[from, from], [to, from], [to, to], [from, to], [from, from]];
  const rings = [square(0, 10), square(4, 6)];
  const inside = (lat, lon) => locator.isInside(rings, lat, lon);
  const found = [inside(1, 1), inside(5, 5), inside(5, 7), inside(11, 5), inside(-1, 5)];
  assert.deepEqual(found, [true, false, true, false, false]);
  assert.equal(locator.isInside([], 5, 5), false);
});
