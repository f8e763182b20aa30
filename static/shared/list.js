/* The list of stations: fills the form of a card that the server made in _station.html, in the same words as
 * locator/web/shared/page_words.py. Needs static/shared/map.js. Plain ES2017, for the browsers of old phones. */
(function () {
  "use strict";

  const locator = window.locator, words = locator.words, make = locator.make;
  const limits = words.limits;
  const SVG = "http://www.w3.org/2000/svg";

  /** Say what an answer holds.
   * @type {Locator["list"]["title"]} */
  function title(answer, isCut, isFiltered) {
    const found = answer.stations.filter(isInService), others = answer.stations.length - found.length;
    if (!found.length) {
      return withOthers(locator.say(isFiltered ? "none_fits" : "none", { radius: words.radius_text }), others, true);
    }
    const values = { n: found.length, open: found.filter(isOpen).length, radius: words.radius_text };
    /* Where others are listed too, all that are in service are. */
    if (!isCut || others) return withOthers(locator.say("title", values), others);
    values.radius = distance(found[found.length - 1].distance_m);
    return locator.say("title_cut", values);
  }

  /** Add to a title how many stations are not in service; where none is, the title is a sentence of its own.
   * @type {(said: string, others: number, isAlone?: boolean) => string} */
  function withOthers(said, others, isAlone) {
    return others ? locator.say(isAlone ? "others_alone" : "others", { title: said, n: others }) : said;
  }

  /** Tell whether a station's status is open; answers kept by an older version have none.
   * @type {Locator["list"]["isInService"]} */
  function isInService(station) {
    return (station.status || "open") === "open";
  }

  /** Say how many stations of a district an answer of the device holds.
   * @type {Locator["list"]["districtTitle"]} */
  function districtTitle(found, isFiltered) {
    const values = { district: found.title, n: found.n, all: found.all, listed: found.stations.length };
    const key = !isFiltered ? "district" : found.n ? "district_fits" : "district_none_fits";
    const others = found.out_of_service || 0; /* an engine kept by an older version tells none */
    const said = withOthers(locator.say(key, values), others, key === "district_none_fits");
    if (found.n + others <= values.listed) return said;
    return locator.say("district_cut", { title: said, listed: values.listed });
  }

  /** Make the list of stations that no distance is known to.
   * @type {Locator["list"]["plain"]} */
  function plain(found) {
    return make("ol", "plain-list", found.map(plainItem));
  }

  /** @type {(station: Station) => HTMLElement} */
  function plainItem(station) {
    const link = make("a", "", nameOf(station));
    link.href = addressOf(station);
    const parts = [link, make("span", "meta", words.kinds[station.kind]), locator.stateBadge(station)];
    const item = make("li");
    if (isLocked(station)) parts.push(make("span", "locked", words.locked));
    parts.forEach(function (part) {
      item.appendChild(part);
      item.appendChild(document.createTextNode(" "));
    });
    return item;
  }

  /** @type {Locator["list"]["isOpen"]} */
  function isOpen(station) {
    return station.open.state === "open";
  }

  /** @type {(station: Station) => boolean} */
  function isLocked(station) {
    return (station.doubts || []).indexOf("locked") >= 0;
  }

  /** Fill a list with the cards of stations, numbered from 1 or another number; asOf is the time of the answer.
   * @type {Locator["list"]["fill"]} */
  function fill(element, found, asOf, first) {
    element.textContent = "";
    found.forEach(function (station, place) {
      element.appendChild(card(station, place + (first || 1), asOf));
    });
  }

  /** @type {(station: Station, number: number, asOf: string) => HTMLElement} */
  function card(station, number, asOf) {
    const form = document.importNode(document.getElementById("card").content, true);
    const item = /** @type {HTMLElement} */ (form.querySelector(".card"));
    /** @type {(name: string) => HTMLElement} */
    const part = function (name) {
      return /** @type {HTMLElement} */ (item.querySelector('[data-part="' + name + '"]'));
    };
    mark(item, station);
    const name = nameOf(station), address = addressOf(station);
    part("pin").className = "pin pin-" + station.kind + (isInService(station) ? "" : " pin-out");
    /** @type {Element} */ (part("pin").firstElementChild).textContent = String(number);
    part("name").textContent = name;
    part("name").setAttribute("href", address);
    showWay(part, station);
    part("kind").textContent = words.kinds[station.kind];
    part("open").appendChild(locator.stateBadge(station));
    part("entry").textContent = words.entries[station.entry];
    part("walk").setAttribute("href", address + "#walk");
    part("walk-name").textContent = ": " + name;
    showIfAny(part("locked"), isLocked(station) ? words.locked : "");
    showIfAny(part("accuracy"), doubt(station.position_accuracy_m));
    showChecked(part("checked"), station.checked_on || "", asOf);
    fillAmenities(part("amenities"), station.amenities);
    showIfAny(part("arrival"), isHit(station) ? arrival(station, asOf) : "");
    return item;
  }

  /** Tell whether it is known how far a station is.
   * @type {(station: Station) => station is Hit} */
  function isHit(station) {
    return "distance_m" in station;
  }

  /** @type {(part: (name: string) => HTMLElement, station: Station) => void} */
  function showWay(part, station) {
    /** @type {HTMLElement} */ (part("distance").parentNode).hidden = !isHit(station);
    if (!isHit(station)) return;
    part("distance").textContent = distance(station.distance_m);
    part("way").textContent = way(station);
  }

  /** What other scripts need of a station stands on its card, whoever made the card.
   * @type {(item: HTMLElement, station: Station) => void} */
  function mark(item, station) {
    item.id = "station-" + station.station_id;
    const data = item.dataset;
    data.stationId = station.station_id;
    data.kind = station.kind;
    data.status = station.status || "open";
    data.lat = String(station.lat);
    data.lon = String(station.lon);
    data.accuracy = String(station.position_accuracy_m || "");
    data.name = station.name; /* the Chinese one, which map apps know */
    data.address = station.address || "";
    data.phones = JSON.stringify(station.phones || []); /* the device knows none */
  }

  /** Read off a card, whoever made it, what the map shows of its station.
   * @type {Locator["list"]["pinned"]} */
  function pinned(item) {
    const data = item.dataset;
    const written = function (/** @type {string} */ name) {
      return /** @type {Element} */ (item.querySelector('[data-part="' + name + '"]')).textContent || "";
    };
    return {
      station_id: data.stationId || "",
      kind: data.kind || "",
      status: data.status || "open",
      lat: Number(data.lat),
      lon: Number(data.lon),
      accuracy_m: Number(data.accuracy),
      name: written("name"),
      sign: written("pin"),
    };
  }

  /** @type {Locator["list"]["showIfAny"]} */
  function showIfAny(element, text) {
    element.hidden = !text;
    element.textContent = text;
  }

  /** @type {Locator["list"]["nameOf"]} */
  function nameOf(station) {
    return (words.lang !== "zh" && station.name_en) || station.name;
  }

  /** @type {Locator["list"]["addressOf"]} */
  function addressOf(station) {
    return words.station_url.replace("STATION", encodeURIComponent(station.station_id));
  }

  /** @type {(accuracy: number | null) => string} */
  function doubt(accuracy) {
    return accuracy && accuracy > limits.uncertain_m ? locator.say("accuracy", { n: Math.round(accuracy) }) : "";
  }

  /** @type {Locator["list"]["distance"]} */
  function distance(metres) {
    if (metres < 999.5) return locator.say("metres", { n: Math.round(metres) });
    const isNear = metres < 9995;
    /* Half a step goes up, and the server says the same: toFixed would ask how 1.005 is stored. */
    const km = isNear ? Math.round(metres / 10) / 100 : Math.round(metres / 100) / 10;
    return locator.say("kilometres", { n: km.toFixed(isNear ? 2 : 1) });
  }

  /** Say how long the walk is and where to; nothing where the station is the place itself.
   * @type {Locator["list"]["way"]} */
  function way(station) {
    if (!station.walk_min) return "";
    const towards = words.directions[Math.round(station.bearing_deg / 45) % 8];
    if (station.walk_min > limits.far_min) return towards;
    return locator.say("way", { n: station.walk_min, direction: towards });
  }

  /** Say if a station that is open will have closed on arrival, or closes soon after.
   * @type {Locator["list"]["arrival"]} */
  function arrival(station, asOf) {
    if (!isOpen(station) || !station.open.until) return "";
    const left = Math.floor((Date.parse(station.open.until) - Date.parse(asOf)) / 60000 - (station.walk_min || 0));
    if (left < 1) return words.closes_before;
    return left <= limits.tight_min ? locator.say("closes_after", { n: left }) : "";
  }

  /** @type {(element: HTMLElement, checkedOn: string, asOf: string) => void} */
  function showChecked(element, checkedOn, asOf) {
    element.classList.toggle("stale", !checkedOn || monthsBetween(checkedOn, asOf.slice(0, 10)) >= 12);
    element.textContent = checked(checkedOn, asOf);
  }

  /** Say how long ago somebody confirmed the facts, by the stations' calendar.
   * @type {Locator["list"]["checked"]} */
  function checked(checkedOn, asOf) {
    if (!checkedOn) return words.never_checked;
    const today = asOf.slice(0, 10), months = monthsBetween(checkedOn, today);
    if (months >= 12) return locator.say("checked_long_ago", { month: checkedOn.slice(0, 7) });
    if (months >= 1) return locator.say(months === 1 ? "checked_month" : "checked_months", { n: months });
    const days = (Date.parse(today) - Date.parse(checkedOn)) / 86400000;
    return locator.say(days > 1 ? "checked_days" : days === 1 ? "checked_yesterday" : "checked_today", { n: days });
  }

  /** @type {(day: string, today: string) => number} */
  function monthsBetween(day, today) {
    const a = day.split("-").map(Number), b = today.split("-").map(Number);
    return (b[0] - a[0]) * 12 + b[1] - a[1] - (b[2] < a[2] ? 1 : 0);
  }

  /** @type {(element: HTMLElement, amenities: Station["amenities"]) => void} */
  function fillAmenities(element, amenities) {
    const there = words.amenity_order.filter(function (word) {
      return amenities[word] === "yes";
    });
    there.slice(0, limits.amenities_shown).forEach(function (word) {
      const item = make("li", "", [icon(word)]);
      item.appendChild(document.createTextNode(words.amenities[word]));
      element.appendChild(item);
    });
    const more = there.length - limits.amenities_shown;
    if (more > 0) element.appendChild(make("li", "rest", locator.say("rest", { n: more })));
    if (!there.length) element.appendChild(make("li", "rest", words.amenities_unknown));
  }

  /** @type {(word: string) => SVGElement} */
  function icon(word) {
    const drawn = document.createElementNS(SVG, "svg"), use = document.createElementNS(SVG, "use");
    drawn.setAttribute("class", "icon");
    drawn.setAttribute("width", "18");
    drawn.setAttribute("height", "18");
    drawn.setAttribute("aria-hidden", "true");
    use.setAttribute("href", "#i-" + word);
    drawn.appendChild(use);
    return drawn;
  }

  locator.list = {
    title: title, districtTitle: districtTitle, fill: fill, plain: plain, isOpen: isOpen, isInService: isInService,
    nameOf: nameOf, addressOf: addressOf, distance: distance, way: way, arrival: arrival, checked: checked,
    showIfAny: showIfAny, pinned: pinned,
  };
})();
