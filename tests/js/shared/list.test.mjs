/* What the list says of stations. */
import assert from "node:assert/strict";
import test from "node:test";

import { documentWith, run } from "../load.mjs";

const WORDS = {
  lang: "en",
  radius_text: "1 km",
  station_url: "/stations/STATION",
  directions: ["north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"],
  limits: { far_min: 120, tight_min: 15, uncertain_m: 50, amenities_shown: 8 },
  metres: "{n} m",
  kilometres: "{n} km",
  way: "{n} min, {direction}",
  closes_before: "closes before",
  closes_after: "closes {n} min after",
  never_checked: "never",
  checked_today: "today",
  checked_yesterday: "yesterday",
  checked_days: "{n} days ago",
  checked_month: "a month ago",
  checked_months: "{n} months ago",
  checked_long_ago: "not since {month}",
  title: "within {radius}: {n}, open: {open}",
  title_cut: "the {n} nearest, within {radius}; open: {open}",
  none: "none within {radius}",
  none_fits: "none within {radius} fits",
  others: "{title}; {n} others",
  others_alone: "{title} {n} others.",
  district: "{district}: {n}",
  district_fits: "{district}: {n} of {all}",
  district_none_fits: "{district}: none of {all}",
  district_cut: "{title}, first {listed}",
};

const listIn = (words) => run(["shared/map.js", "shared/list.js"], { document: documentWith({ words }) }).locator.list;
const list = listIn(WORDS);
const hit = (more) => ({ open: { state: "open", until: null }, walk_min: 5, bearing_deg: 0, distance_m: 250, ...more });

test("a distance is told to the metre, to 10 m from 1 km, to 100 m from 10 km; half a step goes up", () => {
  const told = [
    [0, "0 m"], [103.5, "104 m"], [999.4, "999 m"], [999.5, "1.00 km"], [1005, "1.01 km"], [9994.9, "9.99 km"],
    [9995, "10.0 km"], [12050, "12.1 km"],
  ];
  for (const [metres, text] of told) assert.equal(list.distance(metres), text);
});

test("a way is told in minutes up to two hours, in eight directions, and not at all to where one stands", () => {
  assert.equal(list.way(hit({ walk_min: 120, bearing_deg: 22.4 })), "120 min, north");
  assert.equal(list.way(hit({ walk_min: 1, bearing_deg: 22.5 })), "1 min, north-east");
  assert.equal(list.way(hit({ walk_min: 1, bearing_deg: 337.5 })), "1 min, north");
  assert.equal(list.way(hit({ walk_min: 121, bearing_deg: 180 })), "south");
  assert.equal(list.way(hit({ walk_min: 0 })), "");
  assert.equal(list.way(hit({ walk_min: null })), "");
});

test("a station that closes before one arrives, or within a quarter of an hour after, says so", () => {
  const arriving = (until, state = "open") =>
    list.arrival(hit({ open: { state, until } }), "2026-11-21T23:50:30+08:00");
  assert.equal(arriving("2026-11-21T23:56:00+08:00"), "closes before");
  assert.equal(arriving("2026-11-21T23:57:00+08:00"), "closes 1 min after");
  assert.equal(arriving("2026-11-22T00:11:00+08:00"), "closes 15 min after");
  assert.equal(arriving("2026-11-22T00:12:00+08:00"), "");
  assert.equal(arriving("2026-11-21T23:56:00+08:00", "closed"), "");
  assert.equal(arriving(null), "");
});

test("how long ago somebody looked is told in days, then in whole months, and after a year as long ago", () => {
  const told = [
    [null, "never"], ["2026-11-21", "today"], ["2026-11-20", "yesterday"], ["2026-11-19", "2 days ago"],
    ["2026-10-22", "30 days ago"], ["2026-10-21", "a month ago"], ["2026-09-22", "a month ago"],
    ["2026-09-21", "2 months ago"], ["2025-11-22", "11 months ago"], ["2025-11-21", "not since 2025-11"],
  ];
  for (const [day, text] of told) assert.equal(list.checked(day, "2026-11-21T00:00:00+08:00"), text, day);
});

test("the last day of a long month is a month before the last day of a short one only on the next", () => {
  assert.equal(list.checked("2026-01-31", "2026-02-28T12:00:00+08:00"), "28 days ago");
  assert.equal(list.checked("2026-01-31", "2026-03-01T12:00:00+08:00"), "a month ago");
});

test("a title counts what is there and what is open; one that is cut tells how far it reaches", () => {
  const stations = [hit({}), hit({ open: { state: "unknown", until: null } }), hit({ distance_m: 412.4 })];
  assert.equal(list.title({ stations }, false, false), "within 1 km: 3, open: 2");
  assert.equal(list.title({ stations }, true, false), "the 3 nearest, within 412 m; open: 2");
  assert.equal(list.title({ stations: [] }, false, false), "none within 1 km");
  assert.equal(list.title({ stations: [] }, false, true), "none within 1 km fits");
});

test("stations that are not in service are counted apart, and never as open", () => {
  const shut = hit({ status: "closed_for_now", open: { state: "closed", until: null }, distance_m: 900 });
  const planned = hit({ status: "planned", open: { state: "closed", until: null } });
  const both = [hit({ status: "open" }), shut];
  assert.equal(list.title({ stations: both }, false, false), "within 1 km: 1, open: 1; 1 others");
  assert.equal(list.title({ stations: [hit({}), shut, planned] }, true, false), "within 1 km: 1, open: 1; 2 others");
  assert.equal(list.title({ stations: [shut] }, false, true), "none within 1 km fits 1 others.");
  const district = { title: "East", n: 6, all: 7, out_of_service: 2, stations: new Array(8) };
  assert.equal(list.districtTitle(district, false), "East: 6; 2 others");
  assert.equal(list.districtTitle({ ...district, stations: new Array(7) }, true), "East: 6 of 7; 2 others, first 7");
});

test("the title of a district tells how many fit, and how many of them are listed", () => {
  const title = (n, all, listed, isFiltered) =>
    list.districtTitle({ title: "East", n, all, stations: new Array(listed) }, isFiltered);
  assert.equal(title(6, 6, 6, false), "East: 6");
  assert.equal(title(2, 6, 2, true), "East: 2 of 6");
  assert.equal(title(0, 6, 0, true), "East: none of 6");
  assert.equal(title(644, 644, 50, false), "East: 644, first 50");
});

test("a station is called by its English name, where it has one, on every page but a Chinese one", () => {
  const station = { name: "驿站", name_en: "Station" };
  assert.equal(list.nameOf(station), "Station");
  assert.equal(list.nameOf({ name: "驿站", name_en: null }), "驿站");
  assert.equal(listIn({ ...WORDS, lang: "zh" }).nameOf(station), "驿站");
});

test("the address of a station is that of its id, whatever signs are in it", () => {
  assert.equal(list.addressOf({ station_id: "bj-1" }), "/stations/bj-1");
  assert.equal(list.addressOf({ station_id: "a/b?c" }), "/stations/a%2Fb%3Fc");
});
