/* Answers on the device what the server answers, for when there is no network: which stations are near, whether
 * they are open, and where a name is. It works on three documents of the API (stations.compact.json, hours.json
 * and names.json), asks nobody, and knows nothing of the page. Plain ES2017, for the browsers of old phones.
 *
 *   const engine = locator.engine.open(compact, hours);
 *   engine.nearest({ lat, lon, radius_m, limit, kinds, amenities, open_at, at });
 *   engine.addNames(names);
 *   engine.search("dhm", 8);
 *   engine.district("东城区", { limit, kinds, amenities, open_at, at });
 */
(function () {
  "use strict";

  const locator = (window.locator = window.locator || /** @type {Locator} */ ({}));

  const DEGREE = Math.PI / 180;
  const MINUTE_MS = 60000, DAY_MIN = 1440;
  const ZONE_MS = 8 * 60 * MINUTE_MS; /* Asia/Shanghai, which has kept no summer time since 1991 */

  /* What stations have that the compact data do not know. */
  const UNTOLD = ["sub_kind", "tier", "parent", "venue", "operator", "sub_district", "hours_text", "area_m2", "seats",
    "phone", "phones", "photo_url", "source", "licence"];

  /* ---- Distances on the WGS 84 ellipsoid, by the formulas of locator/geo/geodesy.py ---- */

  const AXIS_M = 6378137, FLATTENING = 1 / 298.257223563, POLAR_M = AXIS_M * (1 - FLATTENING);
  const E2 = FLATTENING * (2 - FLATTENING);
  const FORM_C = 1 / (AXIS_M * AXIS_M), FORM_Z = 1 / (POLAR_M * POLAR_M) - FORM_C;
  const GRADIENT_Z = (Math.pow(POLAR_M, -4) - FORM_C / (POLAR_M * POLAR_M)) / 4;
  const ARC_M = 20000; /* up to here the formula of the arc is right to 1e-7 m */
  const HAIR_M = 1e-6; /* more than rounding takes from a distance, or adds to it */

  /** Degrees to earth-centred coordinates in metres.
   * @type {(lat: number, lon: number) => number[]} */
  function ecef(lat, lon) {
    const phi = lat * DEGREE, lam = lon * DEGREE, sin = Math.sin(phi), cos = Math.cos(phi);
    const normal = AXIS_M / Math.sqrt(1 - E2 * sin * sin);
    return [normal * cos * Math.cos(lam), normal * cos * Math.sin(lam), normal * (1 - E2) * sin];
  }

  /** The geodesic between two points near each other, from the square of their chord and their z.
   * @type {(square: number, z: number, z0: number) => number} */
  function arc(square, z, z0) {
    const step = z - z0, middle = z + z0;
    const form = square * FORM_C + step * step * FORM_Z;
    const bend = (form * form) / ((square || 1e-300) * (FORM_C + GRADIENT_Z * middle * middle));
    return Math.sqrt(square) * (1 + bend * (1 / 24 + (bend * 3) / 640));
  }

  /** The bearing in which a chord leaves a position, degrees clockwise from north.
   * @type {(lat: number, lon: number, chord: number[]) => number} */
  function chordBearing(lat, lon, chord) {
    const phi = lat * DEGREE, lam = lon * DEGREE;
    const outward = Math.cos(lam) * chord[0] + Math.sin(lam) * chord[1];
    const east = Math.cos(lam) * chord[1] - Math.sin(lam) * chord[0];
    return Math.atan2(east, Math.cos(phi) * chord[2] - Math.sin(phi) * outward) / DEGREE;
  }

  /** The geodesic between two points however far apart: T. Vincenty, Survey Review 23 (1975), 88-93. Good to a
   * millimetre but for points nearly opposite each other on the globe, where it is an estimate.
   * @type {(lat: number, lon: number, toLat: number, toLon: number) => { distance_m: number, bearing_deg: number }} */
  function geodesic(lat, lon, toLat, toLon) {
    const reduced = Math.atan((1 - FLATTENING) * Math.tan(lat * DEGREE));
    const toReduced = Math.atan((1 - FLATTENING) * Math.tan(toLat * DEGREE));
    const turn = (toLon - lon) * DEGREE;
    let lam = turn, sphere = greatCircle(reduced, toReduced, lam);
    for (let round = 0; round < 50; round++) {
      const next = turn + drift(sphere);
      if (Math.abs(next - lam) < 1e-12) break;
      lam = next;
      sphere = greatCircle(reduced, toReduced, lam);
    }
    return { distance_m: stretch(sphere), bearing_deg: Math.atan2(sphere.east, sphere.north) / DEGREE };
  }

  /** The arc sigma between two points of the auxiliary sphere that are lam apart in longitude.
   * @type {(phi: number, toPhi: number, lam: number) => Arc} */
  function greatCircle(phi, toPhi, lam) {
    const east = Math.cos(toPhi) * Math.sin(lam);
    const north = Math.cos(phi) * Math.sin(toPhi) - Math.sin(phi) * Math.cos(toPhi) * Math.cos(lam);
    const sin = Math.sqrt(east * east + north * north);
    const cos = Math.sin(phi) * Math.sin(toPhi) + Math.cos(phi) * Math.cos(toPhi) * Math.cos(lam);
    const sinAlpha = (Math.cos(phi) * east) / (sin || 1e-300), cos2Alpha = 1 - sinAlpha * sinAlpha;
    const middle = cos2Alpha ? cos - (2 * Math.sin(phi) * Math.sin(toPhi)) / cos2Alpha : 0; /* cos 2 sigma_m */
    return { east, north, sin, cos, sigma: Math.atan2(sin, cos), sinAlpha, cos2Alpha, middle };
  }

  /** By how much the longitude on the sphere is ahead of that on the ellipsoid.
   * @type {(sphere: Arc) => number} */
  function drift(sphere) {
    const c = (FLATTENING / 16) * sphere.cos2Alpha * (4 + FLATTENING * (4 - 3 * sphere.cos2Alpha));
    const swing = sphere.middle + c * sphere.cos * (2 * sphere.middle * sphere.middle - 1);
    return (1 - c) * FLATTENING * sphere.sinAlpha * (sphere.sigma + c * sphere.sin * swing);
  }

  /** The arc of the sphere in metres on the ellipsoid.
   * @type {(sphere: Arc) => number} */
  function stretch(sphere) {
    const middle = sphere.middle, twice = 2 * middle * middle - 1;
    const u2 = sphere.cos2Alpha * ((AXIS_M * AXIS_M) / (POLAR_M * POLAR_M) - 1);
    const a = 1 + (u2 / 16384) * (4096 + u2 * (-768 + u2 * (320 - 175 * u2)));
    const b = (u2 / 1024) * (256 + u2 * (-128 + u2 * (74 - 47 * u2)));
    const third = (b / 6) * middle * (4 * sphere.sin * sphere.sin - 3) * (4 * middle * middle - 3);
    const less = b * sphere.sin * (middle + (b / 4) * (sphere.cos * twice - third));
    return POLAR_M * a * (sphere.sigma - less);
  }

  /* ---- Which points are near ---- */

  /** Hold points, columns of degrees, and find among them.
   * @type {(lats: number[], lons: number[]) => SpotIndex} */
  function makeIndex(lats, lons) {
    const count = lats.length;
    const x = new Float64Array(count), y = new Float64Array(count), z = new Float64Array(count);
    const squares = new Float64Array(count); /* of the chords from where is asked; infinite for what does not count */
    for (let row = 0; row < count; row++) {
      const point = ecef(lats[row], lons[row]);
      x[row] = point[0];
      y[row] = point[1];
      z[row] = point[2];
    }

    /** The nearest points within a radius, and the nearest one outside it or null, of those that fit.
     * @type {SpotIndex["nearest"]} */
    function nearest(lat, lon, radiusM, limit, fits) {
      const from = ecef(lat, lon);
      measureChords(from, fits);
      const hits = takeWithin(lat, lon, from, radiusM);
      const beyond = nearestLeft(lat, lon, from);
      const spot = function (/** @type {Distance} */ hit) {
        return { row: hit.row, distance_m: hit.distance_m, bearing_deg: bearing(lat, lon, from, hit) };
      };
      return { hits: first(hits, limit).map(spot), beyond: beyond && spot(beyond) };
    }

    /** @type {(from: number[], fits: Fits) => void} */
    function measureChords(from, fits) {
      for (let row = 0; row < count; row++) {
        const dx = x[row] - from[0], dy = y[row] - from[1], dz = z[row] - from[2];
        squares[row] = fits(row) ? dx * dx + dy * dy + dz * dz : Infinity;
      }
    }

    /** A chord is never longer than its geodesic.
     * @type {(lat: number, lon: number, from: number[], radiusM: number) => Distance[]} */
    function takeWithin(lat, lon, from, radiusM) {
      const most = Math.pow(radiusM + HAIR_M, 2), hits = [];
      for (let row = 0; row < count; row++) {
        if (squares[row] > most) continue;
        const distance = measure(lat, lon, from, row);
        /* At exactly the radius is inside, whatever the last bits of a distance are. */
        if (Math.round((distance - radiusM) / HAIR_M) > 0) continue;
        hits.push({ row: row, distance_m: distance });
        squares[row] = Infinity;
      }
      return hits;
    }

    /** Only a point whose chord is no longer than the geodesic to the one with the least can be nearer than it.
     * @type {(lat: number, lon: number, from: number[]) => Distance | null} */
    function nearestLeft(lat, lon, from) {
      let least = 0, best = null;
      for (let row = 1; row < count; row++) {
        if (squares[row] < squares[least]) least = row;
      }
      if (!(squares[least] < Infinity)) return null;
      const most = Math.pow(measure(lat, lon, from, least) + HAIR_M, 2);
      for (let row = 0; row < count; row++) {
        if (squares[row] > most) continue;
        const distance = measure(lat, lon, from, row);
        if (!best || distance < best.distance_m) best = { row: row, distance_m: distance };
      }
      return best;
    }

    /** @type {(lat: number, lon: number, from: number[], row: number) => number} */
    function measure(lat, lon, from, row) {
      if (squares[row] <= ARC_M * ARC_M) return arc(squares[row], z[row], from[2]);
      return geodesic(lat, lon, lats[row], lons[row]).distance_m;
    }

    /** @type {(lat: number, lon: number, from: number[], hit: Distance) => number} */
    function bearing(lat, lon, from, hit) {
      const row = hit.row;
      if (hit.distance_m > ARC_M) return geodesic(lat, lon, lats[row], lons[row]).bearing_deg;
      return chordBearing(lat, lon, [x[row] - from[0], y[row] - from[1], z[row] - from[2]]);
    }

    return { nearest: nearest };
  }

  /** Cut hits after the nearest, equal distances in the order of the rows.
   * @type {(hits: Distance[], limit: number) => Distance[]} */
  function first(hits, limit) {
    const distances = Float64Array.from(hits, function (hit) {
      return hit.distance_m;
    }).sort();
    const last = limit < hits.length ? distances[limit - 1] : Infinity;
    return hits
      .filter(function (hit) {
        return hit.distance_m <= last;
      })
      .sort(function (a, b) {
        return a.distance_m - b.distance_m || a.row - b.row;
      })
      .slice(0, limit);
  }

  /* ---- When stations are open ---- */

  /** Read the outlook. What it does not tell, and all of one that belongs to other data, is unknown.
   * @type {(hours: Hours, dataVersion: string) => Clock} */
  function makeClock(hours, dataVersion) {
    const start = Date.parse(hours.from), length = (Date.parse(hours.until) - start) / MINUTE_MS;
    const schedules = hours.data_version === dataVersion ? hours.schedules : [];
    const phrases = hours.phrases;

    /** The segment that holds for a schedule at a minute after the start, or null.
     * @type {(scheduleId: number, minute: number) => Segment | null} */
    function segmentAt(scheduleId, minute) {
      const schedule = schedules[scheduleId];
      if (!schedule || !(minute >= 0 && minute < length)) return null;
      let at = schedule.segments.length - 1;
      while (schedule.segments[at][0] > minute) at -= 1;
      return schedule.segments[at];
    }

    /** The open state {state, until, text} of the stations that share a schedule, at an instant in milliseconds.
     * @type {Clock["open"]} */
    function openAt(scheduleId, ms) {
      const minute = Math.floor((ms - start) / MINUTE_MS);
      const segment = segmentAt(scheduleId, minute);
      if (!segment) return { state: "unknown", until: null, text: phrases.unknown };
      const until = segment[2] === null ? null : stationTime(start + segment[2] * MINUTE_MS);
      return { state: segment[1], until: until, text: say(segment, minute, tellsHolidays(scheduleId)) };
    }

    /** The open state of a station that is not in service, in the way of locator/stations/service_status.py.
     * @type {Clock["outOfService"]} */
    function outOfService(status, until, note, ms) {
      const label = status === "planned" ? phrases.planned : phrases.closed_for_now;
      /* Phrases kept by an older version have no words for it. */
      if (!label) return { state: "closed", until: null, text: phrases.closed };
      const text = label + expected(status, until, ms) + (note ? fill(phrases.note, { note: note }) : "");
      return { state: "closed", until: null, text: text };
    }

    /** Say when a station is, or was, expected to open; nothing where that is not known.
     * @type {(status: string, until: string | null, ms: number) => string} */
    function expected(status, until, ms) {
      if (!until) return "";
      const today = stationTime(ms).slice(0, 10), isOverdue = until < today, isPlanned = status === "planned";
      const coming = isPlanned ? phrases.starts : phrases.reopens;
      const overdue = isPlanned ? phrases.starts_overdue : phrases.reopens_overdue;
      const parts = until.split("-").map(Number);
      const values = { day: parts[2], month: phrases.months[parts[1] - 1], year: parts[0] };
      const isThisYear = until.slice(0, 4) === today.slice(0, 4);
      return fill(isOverdue ? overdue : coming, {
        day: fill(isThisYear ? phrases.day_of_month : phrases.day_of_year, values),
      });
    }

    /** @type {(scheduleId: number) => boolean} */
    function tellsHolidays(scheduleId) {
      const schedule = schedules[scheduleId];
      return Boolean(schedule && schedule.tells_holidays);
    }

    /** Say a segment in words, in the way of `say` in locator/stations/hours.py.
     * @type {(segment: Segment, minute: number, tellsHolidays: boolean) => string} */
    function say(segment, minute, isTold) {
      const isHoliday = segment[4];
      if (segment[1] === "unknown") return phrases.unknown;
      if (isHoliday === null) return sentence(segment, minute) + phrases.holidays_not_known;
      return sentence(segment, minute) + (isHoliday && !isTold ? phrases.hours_may_differ : "");
    }

    /** @type {(segment: Segment, minute: number) => string} */
    function sentence(segment, minute) {
      const isOpen = segment[1] === "open", until = segment[2], then = segment[3];
      if (until === null) return isOpen ? phrases.always : phrases.closed;
      if (then === "unknown" && !isOpen) return phrases.closed;
      if (then === "unknown") return fill(phrases.open_at_least, { when: when(until, minute, isOpen) });
      const left = until - minute;
      if (left <= hours.soon_min) return fill(isOpen ? phrases.closes_soon : phrases.opens_soon, { minutes: left });
      return fill(isOpen ? phrases.closes : phrases.opens, { when: when(until, minute, isOpen) });
    }

    /** Say a minute with as much of its day as is needed; an open day ends at 24:00.
     * @type {(until: number, minute: number, isOpen: boolean) => string} */
    function when(until, minute, isOpen) {
      const isMidnight = isOpen && until % DAY_MIN === 0;
      const day = Math.floor(until / DAY_MIN) - (isMidnight ? 1 : 0);
      const ahead = day - Math.floor(minute / DAY_MIN);
      const clock = isMidnight ? "24:00" : stationTime(start + until * MINUTE_MS).slice(11, 16);
      if (ahead < 1) return clock;
      if (ahead === 1) return fill(phrases.tomorrow, { clock: clock });
      const date = new Date(start + ZONE_MS + day * DAY_MIN * MINUTE_MS);
      if (ahead < 7) return fill(phrases.weekday, { name: phrases.weekdays[(date.getUTCDay() + 6) % 7], clock: clock });
      return fill(phrases.date, { day: date.getUTCDate(), month: phrases.months[date.getUTCMonth()], clock: clock });
    }

    return { open: openAt, outOfService: outOfService };
  }

  /** Fill the {fields} of a phrase.
   * @type {(phrase: string, values: Values) => string} */
  function fill(phrase, values) {
    return phrase.replace(/\{(\w+)\}/g, function (_, name) {
      return String(values[name]);
    });
  }

  /** Write an instant in milliseconds on the stations' clock, ISO 8601.
   * @type {(ms: number) => string} */
  function stationTime(ms) {
    return new Date(ms + ZONE_MS).toISOString().slice(0, 19) + "+08:00";
  }

  /** Read the API's open_at: "now", or ISO 8601, on the stations' clock where it has no offset.
   * @type {(text: string, now: number) => number} */
  function instant(text, now) {
    if (text === "now") return now;
    return Date.parse(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : text + "+08:00");
  }

  /* ---- Where a name is ---- */

  /** Make what brings texts to one form, as `plain` in locator/stations/characters.py does: half-width, small letters,
   * simplified characters, single blanks. Lines stay apart.
   * @type {(traditional?: string, simplified?: string) => (text: string) => string} */
  function makePlain(traditional, simplified) {
    const to = Array.from(simplified || ""); /* older kept data have none */
    /** @type {Record<string, string>} */
    const simple = {};
    Array.from(traditional || "").forEach(function (character, place) {
      simple[character] = to[place];
    });
    return function (text) {
      const folded = text.normalize("NFKC").toLowerCase().replace(/[^\S\n]+/g, " ").trim();
      return folded.replace(/[\u3400-\u9fff]/g, function (character) {
        return simple[character] || character;
      });
    };
  }

  /** Give the texts that a person may type for a station, one a line; `plain` is still to be applied.
   * @type {(texts: (string | null | undefined)[], pinyin: string | null) => string} */
  function searchText(texts, pinyin) {
    const syllables = (pinyin || "").toLowerCase();
    const all = texts.concat(syllables, syllables.replace(/ /g, ""), initials(syllables));
    return all.filter(Boolean).join("\n");
  }

  /** "dong hua men" -> "dhm"; a number counts whole.
   * @type {(pinyin: string) => string} */
  function initials(pinyin) {
    return pinyin.trim().replace(/(\d+(?!\S)|\S)\S*\s*/gu, "$1");
  }

  /* ---- A position that was typed, as locator/geo/angles.py reads it ---- */

  const NORTH = "n|s|[北南][纬緯]|[纬緯]度|lat(?:itude)?|위도|북위";
  const EAST = "e|w|[东東西][经經]|[经經]度|lon(?:gitude)?|lng|경도|동경";
  const ANGLE = "([+-]?)(\\d+(?:\\.\\d+)?)\\s*(?:[°度]\\s*(?:(\\d+(?:\\.\\d+)?)\\s*['’‘′分]\\s*" +
    "(?:(\\d+(?:\\.\\d+)?)\\s*(?:[\"”“秒]|''|′′))?)?)?";
  const BETWEEN = /^(?:[\s,;/|、()[\]{}]|point)*$/;
  const IS_NORTH = new RegExp("^(?:" + NORTH + ")$"), IS_NEGATIVE = /^(?:[sw]|南[纬緯]|西[经經])$/;

  /** Read "39.9155, 116.405" as [lat, lon], or as null what is something else.
   * @type {(text: string) => Pair | null} */
  function typedPosition(text) {
    const plain = text.replace(/[º˚]/g, "°").replace(/−/g, "-").normalize("NFKC").toLowerCase().trim();
    const found = anglesOf(plain);
    if (!found || found.length !== 2 || !/\d\.\d|[°度]|[a-z\u3400-\u9fff\uac00-\ud7a3]/.test(plain)) return null;
    const one = found[0], other = found[1];
    if (one.axis && one.axis === other.axis) return null;
    const isLonFirst = one.axis || other.axis
      ? one.axis === "lon" || other.axis === "lat"
      : startsWithLongitude(one.degrees, other.degrees);
    return isLonFirst ? [other.degrees, one.degrees] : [one.degrees, other.degrees];
  }

  /** Only beyond 90, or where it is a longitude of China's west before a latitude of China.
   * @type {(one: number, other: number) => boolean} */
  function startsWithLongitude(one, other) {
    if (Math.abs(other) > 90) return false;
    return Math.abs(one) > 90 || (one >= 73 && one <= 90 && other >= 18 && other <= 54);
  }

  /** @type {(text: string) => Angle[] | null} */
  function anglesOf(text) {
    const token = new RegExp(
      '"?(' + NORTH + "|" + EAST + ')"?\\s*[:=]?\\s*' + ANGLE + "|" + ANGLE + "(" + NORTH + "|" + EAST + ")?", "g");
    /** @type {Angle[]} */
    const found = [];
    let end = 0;
    for (let match = token.exec(text); match; match = token.exec(text)) {
      const at = match[1] === undefined ? 6 : 2;
      const angle = angleOf(match.slice(at, at + 4), match[1] || match[10]);
      if (!angle || !BETWEEN.test(text.slice(end, match.index))) return null;
      found.push(angle);
      end = match.index + match[0].length;
    }
    if (!BETWEEN.test(text.slice(end))) return null;
    if (text.startsWith("point") && found.length === 2) {
      found[0].axis = "lon";
      found[1].axis = "lat";
    }
    return found;
  }

  /** Put sign, degrees, minutes and seconds together; null if there are 60 of a part or more.
   * @type {(parts: string[], letters: string | undefined) => Angle | null} */
  function angleOf(parts, letters) {
    const sign = parts[0], whole = parts[1], minutes = parts[2], seconds = parts[3];
    if (minutes && (whole.indexOf(".") >= 0 || Number(minutes) >= 60)) return null;
    if (seconds && (minutes.indexOf(".") >= 0 || Number(seconds) >= 60)) return null;
    const value = Number(whole) + Number(minutes || 0) / 60 + Number(seconds || 0) / 3600;
    const isNegative = (sign === "-") !== Boolean(letters && IS_NEGATIVE.test(letters));
    const axis = !letters ? null : IS_NORTH.test(letters) ? "lat" : "lon";
    return { degrees: isNegative ? -value : value, axis: axis };
  }

  /** Tell whether what was typed is one of the lines of a search text, and not the initials.
   * @type {(wanted: string, texts: string, pinyin: string | null) => Match} */
  function matchOf(wanted, texts, pinyin) {
    const isWhole = texts.split("\n").indexOf(wanted) >= 0 && wanted !== initials((pinyin || "").toLowerCase());
    return isWhole ? "exact" : "like";
  }

  /* ---- The engine ---- */

  /** @type {Names} */
  const NO_NAMES = { districts: [], sub_districts: [], columns: { other_name: [], pinyin: [], address: [] } };

  /** Open the documents stations.compact.json and hours.json, parsed.
   * @type {(compact: Compact, hours: Hours) => Engine} */
  function open(compact, hours) {
    const columns = compact.columns;
    const lats = columns.lat.map(degrees), lons = columns.lon.map(degrees);
    /* The stations that are not in service come after the others; data kept by an older version know of none. */
    const inService = compact.in_service === undefined ? lats.length : compact.in_service;
    const index = makeIndex(lats, lons), clock = makeClock(hours, compact.data_version);
    let names = NO_NAMES, plain = makePlain();
    let searchTexts = /** @type {string[] | null} */ (null), areaTexts = /** @type {AreaText[] | null} */ (null);

    /** Answer with the members that POST /api/nearest answers.
     *   radius_m, limit     as there; both must be given
     *   kinds, amenities    lists of words; may be left out
     *   open_at             "now" or an ISO time, as there; may be left out
     *   at                  now, in milliseconds; by default the device's clock
     * Positions are degrees in WGS 84.
     * @type {Engine["nearest"]} */
    function nearest(query) {
      if (!(Math.abs(query.lat) <= 90 && Math.abs(query.lon) <= 180)) {
        throw new RangeError("No position: " + query.lat + ", " + query.lon);
      }
      const now = query.at === undefined ? Date.now() : query.at;
      const asOf = query.open_at ? instant(query.open_at, now) : now;
      const fits = filterOf(query, asOf);
      const isUsable = function (/** @type {number} */ row) {
        return row < inService && fits(row);
      };
      const found = index.nearest(query.lat, query.lon, query.radius_m, query.limit, isUsable);
      const left = query.limit - found.hits.length;
      const others = left && inService < lats.length ? outOfService(query, left, fits) : [];
      const tell = function (/** @type {Spot} */ hit) {
        return hitOf(hit, asOf);
      };
      return {
        origin: { lat: Math.round(query.lat * 1e7) / 1e7, lon: Math.round(query.lon * 1e7) / 1e7 },
        radius_m: query.radius_m,
        as_of: stationTime(asOf),
        data_version: compact.data_version,
        stations: found.hits.concat(others).map(tell),
        beyond: found.beyond && tell(found.beyond),
      };
    }

    /** Find the nearest stations within the radius that are not in service.
     * @type {(query: EngineQuery, limit: number, fits: Fits) => Spot[]} */
    function outOfService(query, limit, fits) {
      return index.nearest(query.lat, query.lon, query.radius_m, limit, function (row) {
        return row >= inService && fits(row);
      }).hits;
    }

    /** Make the test of which rows fit a question.
     * @type {(query: EngineChoices, asOf: number) => Fits} */
    function filterOf(query, asOf) {
      const kinds = query.kinds || [], needed = maskOf(query.amenities || []);
      const isKind = compact.kinds.map(function (kind) {
        return !kinds.length || kinds.indexOf(kind) >= 0;
      });
      const isOpen = compact.hours.map(function (_, scheduleId) {
        return !query.open_at || clock.open(scheduleId, asOf).state === "open";
      });
      return function (row) {
        if (query.open_at && row >= inService) return false;
        return isKind[columns.kind[row]] && (columns.yes[row] & needed) === needed && isOpen[columns.hours[row]];
      };
    }

    /** @type {(words: string[]) => number} */
    function maskOf(words) {
      return words.reduce(function (mask, word) {
        return mask | (1 << compact.amenities.indexOf(word));
      }, 0);
    }

    /** A station near a position: its facts, its distance and whether it is open.
     * @type {(hit: Spot, asOf: number) => Hit} */
    function hitOf(hit, asOf) {
      return Object.assign(stationOf(hit.row), {
        distance_m: Math.round(hit.distance_m * 10) / 10,
        bearing_deg: (Math.round(((hit.bearing_deg + 360) % 360) * 10) / 10) % 360,
        walk_min: minutesOnFoot(hit.distance_m),
        open: openOf(hit.row, asOf),
      });
    }

    /** @type {(row: number, asOf: number) => OpenState} */
    function openOf(row, asOf) {
      if (row < inService) return clock.open(columns.hours[row], asOf);
      const service = serviceOf(row);
      return clock.outOfService(service.status, service.status_until, service.status_note, asOf);
    }

    /** @type {(row: number) => Pick<Station, "status" | "status_until" | "status_note">} */
    function serviceOf(row) {
      const more = compact.out_of_service, place = row - inService;
      if (place < 0 || !more) return { status: "open", status_until: null, status_note: null };
      return {
        status: /** @type {string[]} */ (compact.statuses)[more.status[place]],
        status_until: dateOf(more.until[place]),
        status_note: more.note[place],
      };
    }

    /** Data that were kept before they had a walking speed tell no minutes.
     * @type {(distance: number) => number | null} */
    function minutesOnFoot(distance) {
      const walking = compact.walking;
      return walking ? Math.ceil((distance * walking.detour) / walking.m_per_min) : null;
    }

    /** @type {(row: number) => Omit<Station, "open">} */
    function stationOf(row) {
      const facts = /** @type {Omit<Station, "open"> & Record<string, null>} */ ({
        station_id: columns.station_id[row],
        kind: compact.kinds[columns.kind[row]],
        lat: lats[row],
        lon: lons[row],
        position_accuracy_m: columns.accuracy_m[row],
        district: wordOf(compact.districts, columns.district[row]),
        amenities: amenitiesOf(row),
        hours: compact.hours[columns.hours[row]],
        entry: compact.entries[columns.entry[row]],
        checked_on: dateOf(columns.checked_on[row]),
        pinyin: names.columns.pinyin[row] || null,
        address: names.columns.address[row] || null,
        synthetic: compact.synthetic && null, /* which ones are is not told */
        doubts: wordsOf(compact.doubts || [], columns.doubts && columns.doubts[row]), /* older kept data have none */
      });
      UNTOLD.forEach(function (name) {
        facts[name] = null;
      });
      return Object.assign(facts, serviceOf(row), namesOf(row));
    }

    /** The names as the files have them, as far as they are known here.
     * @type {(row: number) => { name: string, name_en: string | null }} */
    function namesOf(row) {
      const name = columns.name[row], other = names.columns.other_name[row] || null;
      if (compact.lang === "zh") return { name: name, name_en: other };
      return other ? { name: other, name_en: name } : { name: name, name_en: null };
    }

    /** @type {(row: number) => Station["amenities"]} */
    function amenitiesOf(row) {
      const yes = columns.yes[row], no = columns.no[row];
      /** @type {Station["amenities"]} */
      const told = {};
      compact.amenities.forEach(function (word, bit) {
        told[word] = yes & (1 << bit) ? "yes" : no & (1 << bit) ? "no" : "unknown";
      });
      return told;
    }

    /** Take in the document names.json of the same language; one that belongs to other data is left alone.
     * @type {Engine["addNames"]} */
    function addNames(more) {
      if (more.data_version !== compact.data_version || more.lang !== compact.lang) return;
      names = more;
      plain = makePlain(more.traditional, more.simplified);
      searchTexts = areaTexts = null;
    }

    /** Find places by name: districts first, then sub-districts, then stations; only
     * those of one district where one is given, by any name of it. Without names.json it finds stations alone, by the
     * names in the compact data. A latitude and a longitude are a place of their own.
     * @type {Engine["search"]} */
    function search(text, limit, inDistrict) {
      const wanted = plain(text), typed = typedPosition(text);
      const within = inDistrict && (districtNamed(inDistrict) || inDistrict);
      if (typed) return positionOf(typed);
      if (!wanted) return [];
      const found = areasNamed(wanted, within);
      searchTexts = searchTexts || readSearchTexts();
      for (let row = 0; row < searchTexts.length && found.length < limit; row++) {
        const own = wordOf(compact.districts, columns.district[row]);
        if (searchTexts[row].indexOf(wanted) < 0 || (within && own !== within)) continue;
        found.push({
          name: namesOf(row).name,
          what: "station",
          lat: lats[row],
          lon: lons[row],
          accuracy_m: columns.accuracy_m[row],
          district: districtIn(own),
          key: columns.station_id[row],
          match: matchOf(wanted, searchTexts[row], names.columns.pinyin[row]),
        });
      }
      return found.slice(0, limit);
    }

    /** @type {(typed: Pair) => Place[]} */
    function positionOf(typed) {
      const lat = typed[0], lon = typed[1];
      if (!(Math.abs(lat) <= 90 && Math.abs(lon) <= 180)) return [];
      const name = typed.map(function (angle) {
        return String(Math.round(angle * 1e7) / 1e7);
      });
      const place = { name: name.join(", "), lat: lat, lon: lon, accuracy_m: null, district: null };
      return [Object.assign({ what: /** @type {What} */ ("position"), match: /** @type {Match} */ ("exact") }, place)];
    }

    /** @type {(wanted: string, within: string | null | undefined) => Place[]} */
    function areasNamed(wanted, within) {
      areaTexts = areaTexts || readAreaTexts();
      return areaTexts
        .filter(function (area) {
          return area.text.indexOf(wanted) >= 0 && (!within || area.within === within);
        })
        .map(function (area) {
          return Object.assign({ match: matchOf(wanted, area.text, area.pinyin) }, area.place);
        });
    }

    /** @type {() => AreaText[]} */
    function readAreaTexts() {
      const districts = names.districts.map(function (area) {
        return areaText("district", area, area.name);
      });
      const parts = names.sub_districts.map(function (area) {
        return areaText("sub_district", area, area.district || null);
      });
      return districts.concat(parts);
    }

    /** @type {(what: What, area: NamedArea, within: string | null) => AreaText} */
    function areaText(what, area, within) {
      const texts = [area.name, area.name_en].concat(what === "district" ? area.name.slice(0, -1) : []);
      const place = {
        name: area.name,
        what: what,
        lat: degrees(area.lat),
        lon: degrees(area.lon),
        accuracy_m: null,
        district: districtIn(within),
        key: what + " " + (within || "") + " " + area.name, /* as in locator/places/gazetteer.py */
      };
      return { place: place, within: within, pinyin: area.pinyin, text: plain(searchText(texts, area.pinyin)) };
    }

    /** A district's name in the language of the compact data, as far as it is known here.
     * @type {(name: string | null) => string | null} */
    function districtIn(name) {
      const known = names.districts.find(function (area) {
        return area.name === name;
      });
      return known && compact.lang !== "zh" ? known.name_en || null : name;
    }

    /** Return the Chinese name of the district that a person means, as Catalog.district_name does; null if none is
     * called so.
     * @type {(text: string) => string | null} */
    function districtNamed(text) {
      const wanted = plain(text);
      const known = names.districts.filter(function (area) {
        return [area.name, area.name_en || ""].map(plain).indexOf(wanted) >= 0;
      });
      const said = compact.districts.filter(function (name) {
        return plain(name) === wanted;
      });
      return known.length ? known[known.length - 1].name : said.length ? said[0] : null;
    }

    /** List the stations of a district, by any name of it, in the order of their names, those that are not in service
     * last; null if there is none. n of all that are in service fit the query, and as many are listed as its limit.
     * @type {Engine["district"]} */
    function district(text, query) {
      const name = districtNamed(text);
      if (name === null) return null;
      const now = query.at === undefined ? Date.now() : query.at;
      const asOf = query.open_at ? instant(query.open_at, now) : now;
      const all = rowsOf(name), found = all.filter(filterOf(query, asOf)).sort(byName);
      const n = found.filter(isInService).length;
      const tell = function (/** @type {number} */ row) {
        return Object.assign(stationOf(row), { open: openOf(row, asOf) });
      };
      return {
        name: name,
        title: districtIn(name) || name,
        as_of: stationTime(asOf),
        n: n,
        all: all.filter(isInService).length,
        out_of_service: found.length - n,
        stations: found.slice(0, query.limit).map(tell),
      };
    }

    /** @type {(name: string) => number[]} */
    function rowsOf(name) {
      const place = compact.districts.indexOf(name);
      /** @type {number[]} */
      const rows = [];
      columns.district.forEach(function (own, row) {
        if (own === place) rows.push(row);
      });
      return rows;
    }

    /** @type {(row: number) => boolean} */
    function isInService(row) {
      return row < inService;
    }

    /** @type {(row: number, other: number) => number} */
    function byName(row, other) {
      if (isInService(row) !== isInService(other)) return isInService(row) ? -1 : 1;
      const name = namesOf(row).name, otherName = namesOf(other).name;
      return name < otherName ? -1 : name > otherName ? 1 : row - other;
    }

    /** @type {() => string[]} */
    function readSearchTexts() {
      const more = names.columns;
      return columns.name.map(function (name, row) {
        return plain(searchText([name, more.other_name[row], more.address[row]], more.pinyin[row]));
      });
    }

    return { nearest: nearest, search: search, district: district, districtName: districtIn, addNames: addNames };
  }

  /** Millionths of a degree to degrees, the same numbers that the server reads from seven decimals.
   * @type {(millionths: number) => number} */
  function degrees(millionths) {
    return Math.round(millionths * 10) / 1e7;
  }

  /** @type {(words: string[], place: number | null) => string | null} */
  function wordOf(words, place) {
    return place === null ? null : words[place];
  }

  /** @type {(words: string[], mask: number | undefined) => string[]} */
  function wordsOf(words, mask) {
    return words.filter(function (_, bit) {
      return (mask || 0) & (1 << bit);
    });
  }

  /** @type {(day: number | null) => string | null} */
  function dateOf(day) {
    return day === null ? null : new Date(day * DAY_MIN * MINUTE_MS).toISOString().slice(0, 10);
  }

  locator.engine = { open: open, makePlain: makePlain, initials: initials };
})();
