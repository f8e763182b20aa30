/* Finds places by name on the device, as locator/places/name_search.py does on the server, in the document
 * gazetteer.json of the API. It asks nobody, and knows nothing of the page. Needs engine.js. Plain ES2017.
 *
 *   const gazetteer = locator.gazetteer.open(document);
 *   gazetteer.find("gm", 8);
 */
(function () {
  "use strict";

  const locator = (window.locator = window.locator || /** @type {Locator} */ ({}));

  const FEWEST_CHARACTERS = 2, SAME_M = 300, DEGREE_M = 111195;
  const CITY = ["北京市", "北京"];
  const METRO = new RegExp(
    "^(?:地铁站?)?(.+?)(?:地铁站?|站|(?:metro|subway)?station|metro|subway)?" +
      "(?:(?:[a-z]\\d?|[东西南北]{1,2})?(?:出入口|出口|口))?$"
  );
  const HAN = /[\u3400-\u9fff]/;

  /** @type {(data: GazetteerDocument) => Gazetteer} */
  function open(data) {
    const engine = /** @type {NonNullable<Locator["engine"]>} */ (locator.engine);
    const plain = engine.makePlain(data.traditional, data.simplified), columns = data.columns;
    const spots = columns.name.map(readSpot);
    const districts = /** @type {string[][]} */ ([]);
    data.districts.forEach(function (name) {
      districts.push([name, name], [shortOf(name), name]);
    });

    /** @type {(text: string) => string} */
    function squeezed(text) {
      return plain(text).replace(/[\s·・,，。、()（）-]+/g, "");
    }

    /** @type {(name: string, row: number) => GazetteerSpot} */
    function readSpot(name, row) {
      const kind = data.kinds[columns.kind[row]], within = columns.district[row];
      const district = within === null ? null : data.districts[within];
      const aliases = columns.aliases[row] ? columns.aliases[row].split(";") : [];
      const spelt = columns.pinyin[row].toLowerCase();
      return {
        names: [name].concat(aliases).map(squeezed),
        spelt: spelt.replace(/ /g, ""),
        initials: engine.initials(spelt),
        place: {
          name: name,
          what: /** @type {What} */ (kind),
          lat: columns.lat[row] / 1e6,
          lon: columns.lon[row] / 1e6,
          accuracy_m: columns.accuracy_m[row],
          district: district,
          key: kind + " " + (district || "") + " " + name,
        },
      };
    }

    /** Find what is named so, then what may be meant.
     * @type {Gazetteer["find"]} */
    function find(text, limit, district) {
      const wanted = squeezed(text);
      if (wanted.length < FEWEST_CHARACTERS) return [];
      const exact = apart(firstNamed(wanted, district || "").slice(0, limit));
      const similar = like(wanted, district || "").filter(function (spot) {
        return exact.indexOf(spot) < 0;
      });
      return exact.map(as("exact")).concat(similar.map(as("like"))).slice(0, limit);
    }

    /** Find what has the longest name that a text begins with.
     * @type {Gazetteer["find"]} */
    function findBeginning(text, limit, district) {
      const all = readings(squeezed(text));
      const inOrder = all.filter(isInDistrict).concat(all.filter((reading) => !isInDistrict(reading)));
      for (const reading of inOrder) {
        for (let length = reading.name.length - 1; length >= FEWEST_CHARACTERS; length--) {
          const beginning = Object.assign({}, reading, { name: reading.name.slice(0, length) });
          const found = HAN.test(beginning.name[0]) ? named(beginning, district || "") : [];
          if (found.length) return found.slice(0, limit).map(as("part"));
        }
      }
      return [];
    }

    /** @type {(wanted: string, district: string) => GazetteerSpot[]} */
    function firstNamed(wanted, district) {
      for (const reading of readings(wanted)) {
        const found = named(reading, district);
        if (found.length) return found;
      }
      return [];
    }

    /** @type {(reading: Reading, district: string) => GazetteerSpot[]} */
    function named(reading, district) {
      const fits = spots.filter(function (spot) {
        const own = spot.place.district || "";
        if (reading.isMetro && spot.place.what !== "metro_station") return false;
        return (!reading.district || reading.district === own) && (!district || district === own);
      });
      const found = fits.filter((spot) => spot.names.indexOf(reading.name) >= 0);
      return found.length ? found : fits.filter((spot) => spot.spelt === reading.name);
    }

    /** @type {(wanted: string) => Reading[]} */
    function readings(wanted) {
      const city = CITY.find((name) => wanted.startsWith(name));
      /** @type {Reading[]} */
      const found = [];
      [wanted, city ? wanted.slice(city.length) : ""].filter(Boolean).forEach(function (text) {
        addReadings(found, text, "");
        districts.forEach(function (names) {
          const written = names[0];
          if (text === written) return;
          if (text.startsWith(written)) addReadings(found, text.slice(written.length), names[1]);
          if (text.endsWith(written)) addReadings(found, text.slice(0, -written.length), names[1]);
        });
      });
      return found;
    }

    /** Whose initials were typed, whose name begins so, then those with it inside their name.
     * @type {(wanted: string, district: string) => GazetteerSpot[]} */
    function like(wanted, district) {
      const fits = spots.filter((spot) => !district || spot.place.district === district);
      const begins = (/** @type {string} */ key) => key.startsWith(wanted);
      const holds = (/** @type {string} */ key) => key.indexOf(wanted) >= 0;
      const groups = [
        fits.filter((spot) => spot.initials === wanted),
        fits.filter((spot) => spot.names.concat(spot.spelt, spot.initials).some(begins)),
        HAN.test(wanted) ? fits.filter((spot) => spot.names.some(holds)) : [],
      ];
      return Array.from(new Set(groups[0].concat(groups[1], groups[2])));
    }

    /** @type {Gazetteer["has"]} */
    function has(key) {
      return spots.some((spot) => spot.place.key === key);
    }

    return { find: find, findBeginning: findBeginning, has: has };
  }

  /** @type {(found: Reading[], text: string, district: string) => void} */
  function addReadings(found, text, district) {
    const metro = METRO.exec(text);
    found.push({ name: text, isMetro: false, district: district });
    if (metro && metro[1] !== text) found.push({ name: metro[1], isMetro: true, district: district });
  }

  /** @type {(reading: Reading) => boolean} */
  function isInDistrict(reading) {
    return reading.district !== "";
  }

  /** @type {(match: Match) => (spot: GazetteerSpot) => Place} */
  function as(match) {
    return (spot) => Object.assign({}, spot.place, { match: match });
  }

  /** @type {(district: string) => string} */
  function shortOf(district) {
    return district.length > 2 && /[区县市]$/.test(district) ? district.slice(0, -1) : district;
  }

  /** Leave out what stands where another one does that comes before it.
   * @type {(found: GazetteerSpot[]) => GazetteerSpot[]} */
  function apart(found) {
    /** @type {GazetteerSpot[]} */
    const kept = [];
    found.forEach(function (spot) {
      if (!kept.some((other) => metresBetween(other.place, spot.place) <= SAME_M)) kept.push(spot);
    });
    return kept;
  }

  /** Find places, areas and stations by what a person typed, in the way of locator/places/place_finding.py.
   * @type {NonNullable<Locator["gazetteer"]>["search"]} */
  function search(gazetteer, engine, text, limit, district) {
    const shipped = gazetteer.find(text, limit, district);
    const others = engine.search(text, limit, district).filter((place) => !gazetteer.has(place.key));
    const exact = shipped.concat(others).filter((place) => place.match === "exact");
    const similar = shipped.filter((place) => place.match === "like");
    const stations = others.filter((place) => place.match === "like");
    const room = Math.max(limit - exact.length, 0);
    const kept = similar.slice(0, Math.max(room - stations.length, Math.floor((room + 1) / 2)));
    const found = exact.concat(kept, stations).slice(0, limit);
    const all = found.length ? found : gazetteer.findBeginning(text, limit, district);
    return all.map((place) => Object.assign({}, place, { district: engine.districtName(place.district) }));
  }

  /** In a city the earth is flat.
   * @type {(one: LatLon, other: LatLon) => number} */
  function metresBetween(one, other) {
    const north = one.lat - other.lat, east = (one.lon - other.lon) * Math.cos((one.lat * Math.PI) / 180);
    return Math.sqrt(north * north + east * east) * DEGREE_M;
  }

  locator.gazetteer = { open: open, search: search };
})();
