/* The engine by hand: distances of published geodesics, hours across midnight, texts that people type. */
import assert from "node:assert/strict";
import test from "node:test";

import { plain, run } from "../load.mjs";

const { engine } = run(["finder/engine.js"]).locator;
const AT = Date.parse("2026-11-21T12:00:00+08:00");

const PHRASES = {
  always: "always", closed: "closed", unknown: "unknown", closes: "closes {when}", opens: "opens {when}",
  closes_soon: "closes in {minutes}", opens_soon: "opens in {minutes}", open_at_least: "open till {when}",
  hours_may_differ: " (holiday)", holidays_not_known: " (holidays?)", tomorrow: "tomorrow {clock}",
  weekday: "{name} {clock}", date: "{day} {month} {clock}", weekdays: ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"],
  closed_for_now: "shut", planned: "planned", reopens: " till {day}", reopens_overdue: " since {day}?",
  starts: " from {day}", starts_overdue: " was {day}", note: ": {note}", day_of_month: "{day} {month}",
  day_of_year: "{day} {month} {year}",
  months: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
};

/* The documents of stations at these places; each {lat, lon} in degrees, and what else differs. */
function documents(stations, segments = null, more = {}) {
  const column = (read) => stations.map(read);
  const compact = {
    data_version: "d1", lang: "zh", synthetic: false, walking: { detour: 1.3, m_per_min: 80 },
    kinds: ["warm_station", "worker_home"], entries: ["unknown"], amenities: ["seats", "toilet"], doubts: ["locked"],
    districts: ["东城区", "西城区"], hours: ["?"],
    columns: {
      station_id: column((_, row) => "s" + row), name: column((one, row) => one.name || "站" + row),
      lat: column((one) => one.lat * 1e6), lon: column((one) => one.lon * 1e6),
      kind: column((one) => one.kind || 0), yes: column((one) => one.yes || 0), no: column(() => 0),
      district: column(() => 0), hours: column(() => 0), entry: column(() => 0), doubts: column(() => 0),
      accuracy_m: column(() => null), checked_on: column(() => null),
    },
    ...more,
  };
  const hours = {
    data_version: "d1", from: "2026-11-21T00:00:00+08:00", until: "2026-11-24T00:00:00+08:00", soon_min: 60,
    phrases: PHRASES, schedules: [segments && { tells_holidays: false, segments }],
  };
  return [compact, hours];
}

const open = (...given) => engine.open(...documents(...given));

/* What is near 0° N 0° E. */
const ask = (opened, query) => opened.nearest({ lat: 0, lon: 0, radius_m: 9, limit: 1, at: AT, ...query });

/* A degree of the equator is a π/180, 111,319.491 m; the first of a meridian 110,574.389 m. From Flinders Peak to
 * Buninyong, the example of the Geocentric Datum of Australia Technical Manual, 54,972.271 m. */
test("distances are those of the ellipsoid", () => {
  const far = (from, to) => open([to]).nearest({ ...from, radius_m: 1e7, limit: 1, at: AT }).stations[0];
  assert.equal(far({ lat: 0, lon: 0 }, { lat: 0, lon: 1 }).distance_m, 111319.5);
  assert.equal(far({ lat: 0, lon: 0 }, { lat: 1, lon: 0 }).distance_m, 110574.4);
  const flinders = { lat: -37.9510334, lon: 144.4248679 }, buninyong = { lat: -37.6528211, lon: 143.9264955 };
  assert.ok(Math.abs(far(flinders, buninyong).distance_m - 54972.3) < 0.11);
});

test("a walk takes the straight line's length times 1.3 at 4.8 km/h, in whole minutes, rounded up", () => {
  const walk = (more) => ask(open([{ lat: 0, lon: 0.001 }], null, more), { radius_m: 500 }).stations[0];
  const hit = walk({});
  assert.deepEqual([hit.distance_m, hit.bearing_deg, hit.walk_min], [111.3, 90, 2]); /* 111.3 × 1.3 / 80 = 1.81 */
  assert.equal(walk({ walking: { detour: 1, m_per_min: 120 } }).walk_min, 1);
  assert.equal(walk({ walking: undefined }).walk_min, null);
});

/* Of four stations on a line the nearest is closed for now, the third is planned. */
test("what is not in service comes last, is never beyond, and says so in words", () => {
  const spots = [0.002, 0.004, 0.001, 0.003].map((lon) => ({ lat: 0, lon }));
  const service = { status: [1, 2], until: [20788, null], note: ["roof {when}", null] }; /* 2026-12-01 */
  const more = {
    in_service: 2, statuses: ["open", "closed_for_now", "planned", "closed"], out_of_service: service,
  };
  const always = [[0, "open", null, null, false]];
  const found = open(spots, always, more);
  const ids = (query) => {
    const answer = ask(found, { radius_m: 350, limit: 9, ...query });
    return [answer.stations.map((hit) => hit.station_id).join(), answer.beyond && answer.beyond.station_id];
  };
  assert.deepEqual(ids({}), ["s0,s2,s3", "s1"]);
  assert.deepEqual(ids({ radius_m: 150 }), ["s2", "s0"]);
  assert.deepEqual(ids({ limit: 1 }), ["s0", "s1"]);
  assert.deepEqual(ids({ limit: 2 }), ["s0,s2", "s1"]);
  assert.deepEqual(ids({ open_at: "now" }), ["s0", "s1"]);
  const said = (at) => ask(found, { radius_m: 350, limit: 9, at: Date.parse(at) }).stations[1];
  const hit = said("2026-12-01T23:59:00+08:00");
  assert.deepEqual(plain(hit.open), { state: "closed", until: null, text: "shut till 1 Dec: roof {when}" });
  assert.deepEqual([hit.status, hit.status_until, hit.status_note], ["closed_for_now", "2026-12-01", "roof {when}"]);
  assert.equal(said("2026-12-02T00:00:00+08:00").open.text, "shut since 1 Dec?: roof {when}");
  assert.equal(said("2025-12-31T12:00:00+08:00").open.text, "shut till 1 Dec 2026: roof {when}");
  assert.equal(ask(found, { radius_m: 350, limit: 9 }).stations[2].open.text, "planned");
  const listed = found.district("东城区", { limit: 9, at: AT });
  assert.deepEqual(listed.stations.map((station) => station.station_id).join(), "s0,s1,s2,s3");
  assert.deepEqual([listed.n, listed.all, listed.out_of_service], [2, 2, 2]);
});

test("of data kept by an older version all stations are in service", () => {
  const hit = ask(open([{ lat: 0, lon: 0 }], [[0, "open", null, null, false]])).stations[0];
  assert.deepEqual([hit.status, hit.status_until, hit.status_note, hit.open.state], ["open", null, null, "open"]);
});

test("kinds and amenities are all required, and what does not fit is not beyond either", () => {
  const stations = [{ lon: 0, yes: 1 }, { lon: 0.001, yes: 3 }, { lon: 0.002, yes: 3, kind: 1 }];
  const found = open(stations.map((one) => ({ lat: 0, ...one })));
  const ids = (more) => {
    const answer = ask(found, { radius_m: 150, limit: 9, ...more });
    return [answer.stations.map((hit) => hit.station_id).join(), answer.beyond && answer.beyond.station_id];
  };
  assert.deepEqual(ids({}), ["s0,s1", "s2"]);
  assert.deepEqual(ids({ amenities: ["seats", "toilet"] }), ["s1", "s2"]);
  assert.deepEqual(ids({ kinds: ["worker_home"] }), ["", "s2"]);
  assert.deepEqual(ids({ kinds: ["worker_home"], amenities: ["seats"], radius_m: 250 }), ["s2", null]);
});

/* From 22:00 to 06:00, as minutes after the first midnight: a segment begins at each midnight and each change. */
const NIGHT = [
  [0, "open", 360, "closed", false], [360, "closed", 1320, "open", false], [1320, "open", 1800, "closed", false],
  [1440, "open", 1800, "closed", false], [1800, "closed", 2760, "open", false], [2760, "open", 3240, "closed", false],
  [2880, "open", 3240, "closed", false], [3240, "closed", 4200, "open", false], [4200, "open", 4680, "closed", false],
];

test("a shift over midnight is one, and is told in minutes in its last hour", () => {
  const station = open([{ lat: 0, lon: 0 }], NIGHT);
  const told = (time) => ask(station, { at: Date.parse(time + "+08:00") }).stations[0].open.text;
  assert.equal(told("2026-11-21T20:59:59"), "opens 22:00");
  assert.equal(told("2026-11-21T21:00:00"), "opens in 60");
  assert.equal(told("2026-11-21T22:00:00"), "closes tomorrow 06:00");
  assert.equal(told("2026-11-21T23:59:59"), "closes tomorrow 06:00");
  assert.equal(told("2026-11-22T00:00:00"), "closes 06:00");
  assert.equal(told("2026-11-22T05:59:59"), "closes in 1");
  assert.equal(told("2026-11-22T06:00:00"), "opens 22:00");
  assert.equal(told("2026-11-24T00:00:00"), "unknown");
  assert.equal(told("2026-11-20T23:59:59"), "unknown");
});

test("a day ends at 24:00, and a change farther on names its weekday, or its date after a week", () => {
  const station = open([{ lat: 0, lon: 0 }], [
    [0, "open", 1440, "closed", true],
    [1440, "closed", 5 * 1440 + 510, "open", null], /* the sixth day is 26 November, a Thursday */
    [2880, "closed", 20 * 1440, "open", false],
  ]);
  const told = (time) => ask(station, { at: Date.parse(time + "+08:00") }).stations[0].open.text;
  assert.equal(told("2026-11-21T12:00:00"), "closes 24:00 (holiday)");
  assert.equal(told("2026-11-22T12:00:00"), "opens Th 08:30 (holidays?)");
  assert.equal(told("2026-11-23T12:00:00"), "opens 11 Dec 00:00");
});

test("an instant without an offset is the stations', and one with an offset is the same instant everywhere", () => {
  const station = open([{ lat: 0, lon: 0 }], NIGHT);
  const isOpen = (open_at) => ask(station, { open_at }).stations.length === 1;
  const eleven = ["2026-11-21T23:00", "2026-11-21T15:00Z", "2026-11-21T16:00+01:00"];
  assert.deepEqual([...eleven, "now"].map(isOpen), [true, true, true, false]);
});

test("a position that is typed is read as one, and what is something else is not", () => {
  const found = open([]);
  const read = (text) => plain(found.search(text, 1)).map((place) => [place.what, place.lat, place.lon])[0];
  assert.deepEqual(read("39.9155, 116.405"), ["position", 39.9155, 116.405]);
  assert.deepEqual(read("116.405 39.9155"), ["position", 39.9155, 116.405]);
  assert.deepEqual(read("东经116.405 北纬39.9155"), ["position", 39.9155, 116.405]);
  assert.deepEqual(read("33.5S 151.25E"), ["position", -33.5, 151.25]);
  assert.deepEqual(read("39°30'0\"N 116°15'E"), ["position", 39.5, 116.25]);
  for (const text of ["39,116", "39.9N 40.1N", "39°70' 116°24'", "91.5, 200.5", "东华门", ""]) {
    assert.equal(read(text), undefined, text);
  }
});

test("names are found in traditional characters, by pinyin and by initials", () => {
  const made = open([{ lat: 0, lon: 0, name: "东华门驿站" }]);
  made.addNames({
    data_version: "d1", lang: "zh", districts: [], sub_districts: [], traditional: "東華門", simplified: "东华门",
    columns: { other_name: ["Donghuamen"], pinyin: ["dong hua men yi zhan"], address: ["1号院"] },
  });
  for (const text of ["东华门", "東華門", " ＤＨＭ", "dhmyz", "donghua", "hua men", "1号"]) {
    assert.equal(made.search(text, 8).length, 1, text);
  }
  for (const text of ["dmh", "西华门", "2号"]) assert.equal(made.search(text, 8).length, 0, text);
});
