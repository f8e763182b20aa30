/* The page that finds stations near a person: fetches the answer to where they are and what they need, shows it as
 * list and map. Without this script the form on the page gives the same list. Needs the scripts before it. Plain
 * ES2017, for the browsers of old phones. */
(function () {
  "use strict";

  const locator = window.locator, words = locator.words, list = locator.list, make = locator.make;
  /** @type {ById} */
  const byId = function (id) {
    return document.getElementById(id);
  };

  const limits = words.finder;
  const finder = byId("finder"), result = byId("result"), stations = byId("stations");
  let turn = 0; /* counts what the person asked for, so that a late answer to an older question is dropped */
  let point = /** @type {Point | null} */ (null); /* what the list is about: {lat, lon, place, accuracy_m} in WGS 84 */

  /* ---- Where is the person? ---- */

  function locate() {
    const mine = (turn += 1);
    const isMine = function () {
      return mine === turn;
    };
    wait(words.locating);
    locator.position
      .find(function () {
        if (isMine()) wait(words.locating_again);
      })
      .then(
        function (found) {
          if (isMine()) ask(found, { datum: /** @type {DatumName | undefined} */ (finder.dataset.datum) });
        },
        function (/** @type {PositionTrouble} */ reason) {
          if (!isMine()) return;
          tell(words[reason]);
          byId("open-full").hidden = reason !== "framed";
        }
      );
  }

  /* ---- Which stations are near? ---- */

  /** Ask what is near a point and show it. Options: limit; datum of the point, WGS 84 if none is given; isCalm to
   * leave the focus and the view where they are.
   * @type {(where: Point, options: AskOptions) => void} */
  function ask(where, options) {
    const mine = (turn += 1), limit = options.limit || limits.few;
    /** @type {NearestRequest} */
    const request = { lat: where.lat, lon: where.lon, limit: limit, lang: words.lang };
    Object.assign(request, locator.filters.request());
    if (options.datum) request.datum = options.datum;
    wait(words.asking);
    nearest(request).then(
      function (answer) {
        if (mine !== turn) return;
        const about = Object.assign({}, where, answer.origin);
        point = about;
        locator.position.keep(about);
        show(answer, about, limit, options);
        findOpen(answer, request, mine);
      },
      function (/** @type {Problem} */ problem) {
        if (mine === turn) tell(problem.detail || words.no_network);
      }
    );
  }

  /** @type {(request: NearestRequest) => Promise<Answer>} */
  function nearest(request) {
    const asked = fetch(words.nearest_url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(request),
    }).then(function (response) {
      return response.json().then(function (body) {
        if (!response.ok) throw body;
        return body;
      });
    });
    return locator.offline ? locator.offline.either(asked, request) : asked;
  }

  /* Ask anew with what is chosen now: about a point, or what the form says. */
  function again() {
    if (point) ask(point, { isCalm: true });
    else if (!result.hidden) byId("ask-form").submit();
  }

  /** Where the nearest station is not open, as far as anybody knows, lead to the nearest that is.
   * @type {(answer: Answer, request: NearestRequest, mine: number) => void} */
  function findOpen(answer, request, mine) {
    const first = answer.stations.find(list.isInService) || answer.beyond;
    byId("open-nearby").hidden = true;
    if (!first || list.isOpen(first)) return;
    const listed = answer.stations.find(list.isOpen);
    if (listed) return showOpen(listed);
    /** @type {NearestRequest} */
    const anyOpen = Object.assign({}, request, answer.origin, { limit: 1, open_at: "now", datum: "wgs84" });
    nearest(anyOpen).then(
      function (open) {
        const found = open.stations[0] || open.beyond;
        if (found && mine === turn) showOpen(found);
      },
      function () {
        /* The list is there all the same. */
      }
    );
  }

  /** @type {(station: Hit) => void} */
  function showOpen(station) {
    const link = /** @type {HTMLAnchorElement} */ (byId("open-nearby").querySelector("a"));
    const values = { name: list.nameOf(station), distance: list.distance(station.distance_m) };
    link.textContent = locator.say("open_nearby", values);
    link.href = list.addressOf(station);
    link.dataset.stationId = station.station_id;
    byId("open-nearby").hidden = false;
  }

  /* ---- A form that the server did not answer ---- */

  /** The service worker brought the first page back with the form: answer it from what is kept on the device.
   * @type {(form: URLSearchParams) => void} */
  function answerForm(form) {
    const place = form.get("place"), district = form.get("district") || "", chosen = form.get("chosen");
    fillIn(form);
    if (form.get("lat") || form.get("lon")) {
      answerPosition(form).catch(function () {
        tell(words.nothing_to_answer);
      });
    } else if (place || district) {
      wait(words.asking);
      (place ? showNamed(place, district, chosen) : showDistrict(district)).catch(function () {
        tell(words.nothing_to_answer);
      });
    } else tell(words.say_where);
  }

  /** What answers on the device: the page that a worker kept has it.
   * @type {() => NonNullable<Locator["offline"]>} */
  function device() {
    return /** @type {NonNullable<Locator["offline"]>} */ (locator.offline);
  }

  /** A button's numbers are plain; what a person typed into the two fields is read as if it stood in one.
   * @type {(form: URLSearchParams) => Promise<void>} */
  function answerPosition(form) {
    const lat = form.get("lat"), lon = form.get("lon");
    const isPlain = lat && lon && !isNaN(Number(lat)) && !isNaN(Number(lon));
    const options = { datum: /** @type {DatumName} */ (form.get("datum")), limit: Number(form.get("limit")) };
    /** @type {{ what: What, lat: number, lon: number }[]} */
    const plain = [{ what: "position", lat: Number(lat), lon: Number(lon) }];
    return (isPlain ? Promise.resolve(plain) : device().search(lat + " " + lon, 1)).then(function (found) {
      if (!found.length || found[0].what !== "position") return tell(words.say_where);
      ask({ lat: found[0].lat, lon: found[0].lon, place: "" }, options);
    });
  }

  /** What was typed and chosen stands in the form again.
   * @type {(form: URLSearchParams) => void} */
  function fillIn(form) {
    /** @type {("place" | "district" | "lat" | "lon" | "datum")[]} */
    const names = ["place", "district", "lat", "lon", "datum"];
    names.forEach(function (name) {
      const sent = form.get(name);
      if (sent) byId(name).value = sent;
    });
    const chosen = function (/** @type {string} */ name) {
      return form.getAll(name).join(",").split(",");
    };
    locator.filters.tick({ kind: chosen("kind"), amenity: chosen("amenity"), open_at: chosen("open_at") });
  }

  /** @type {(text: string, district: string, chosen: string | null) => Promise<void>} */
  function showNamed(text, district, chosen) {
    return device().search(text, limits.choices, district).then(function (found) {
      const meant = found.filter(function (place) {
        return place.key === chosen;
      });
      const named = found.filter(function (place) {
        return place.match === "exact";
      });
      const places = meant.length ? meant : named.length ? named : found;
      if (!places.length) {
        tell(locator.say("no_place", { text: text }));
        return byId("place").focus();
      }
      if (places.length > 1 || (!meant.length && !named.length)) {
        const title = found[0].match === "part" ? locator.say("around_here", { text: text }) : words.which;
        return showInstead(title, make("ul", "choices", places.map(choice)));
      }
      if (places[0].what === "district") return showDistrict(places[0].name);
      onPlace(places[0]);
    });
  }

  /** @type {(place: Place) => HTMLElement} */
  function choice(place) {
    const button = make("button", "choice", place.name + " ");
    button.type = "button";
    button.appendChild(make("span", "", locator.places.describe(place)));
    button.addEventListener("click", function () {
      onPlace(place);
    });
    return make("li", "", [button]);
  }

  /** @type {(name: string) => Promise<void>} */
  function showDistrict(name) {
    const isFiltered = locator.filters.isAny();
    const request = Object.assign({ limit: limits.listed }, locator.filters.request());
    return device().district(name, request).then(function (found) {
      if (!found) return tell(locator.say("no_place", { text: name }));
      showInstead(list.districtTitle(found, isFiltered), list.plain(found.stations));
      byId("clear").hidden = found.n > 0 || !isFiltered;
    });
  }

  /** Show something that is no answer about a point.
   * @type {(title: string, made: HTMLElement) => void} */
  function showInstead(title, made) {
    rest();
    byId("result-title").textContent = title;
    result.insertBefore(made, stations);
    result.hidden = false;
    byId("result-title").focus();
  }

  /* ---- What is going on ---- */

  /** @type {(text: string) => void} */
  function wait(text) {
    byId("trouble").hidden = byId("open-full").hidden = true;
    byId("status").textContent = text;
    byId("locate").setAttribute("aria-busy", "true");
  }

  function rest() {
    byId("status").textContent = "";
    byId("locate").removeAttribute("aria-busy");
  }

  /** @type {(text: string) => void} */
  function tell(text) {
    rest();
    byId("trouble").textContent = text;
    byId("trouble").hidden = false;
  }

  /* ---- The list ---- */

  /** @type {(answer: Answer, about: Point, limit: number, options: AskOptions) => void} */
  function show(answer, about, limit, options) {
    const isCut = answer.stations.length === limit, isFiltered = locator.filters.isAny();
    const found = answer.stations.filter(list.isInService), others = answer.stations.slice(found.length);
    const beyond = !found.length && answer.beyond ? [answer.beyond] : [];
    rest();
    list.fill(stations, found, answer.as_of);
    list.fill(byId("beyond-station"), beyond, answer.as_of);
    list.fill(byId("other-stations"), others, answer.as_of, found.length + beyond.length + 1);
    byId("beyond").hidden = !beyond.length;
    byId("others").hidden = !others.length;
    byId("clear").hidden = found.length > 0 || !isFiltered;
    byId("more").hidden = !isCut || limit === limits.many;
    byId("as-of").textContent = locator.say("as_of", { time: answer.as_of.slice(11, 16) });
    byId("note").hidden = byId("forget-line").hidden = byId("views").hidden = result.hidden = false;
    result.dataset.lat = String(answer.origin.lat);
    result.dataset.lon = String(answer.origin.lon);
    result.dataset.radiusM = String(answer.radius_m);
    if (locator.need) locator.need.show(!found.length);
    document.querySelectorAll(".choices, .plain-list").forEach(function (old) {
      old.remove();
    });
    byId("result-title").textContent = list.title(answer, isCut, isFiltered);
    showPoint(about, answer.radius_m);
    finder.classList.add("answered");
    if (!options.isCalm) view(false);
    /* The list is what was asked for: it is painted before the map is drawn. */
    requestAnimationFrame(function () {
      setTimeout(draw);
    });
    if (options.isCalm) return;
    byId("result-title").focus();
    if (isNarrow()) result.scrollIntoView();
  }

  /** Say what place the list is about, and warn where it is not known well enough for it.
   * @type {(about: Point, radius: number) => void} */
  function showPoint(about, radius) {
    const accuracy = about.accuracy_m || 0, place = about.place || "", isRough = accuracy > radius / 2;
    const values = { place: place, distance: list.distance(accuracy), n: Math.round(accuracy) };
    list.showIfAny(byId("near-place"), place && locator.say(accuracy ? "counted_from" : "near_place", values));
    list.showIfAny(byId("rough"), isRough ? locator.say(place ? "rough_place" : "rough", values) : "");
  }

  /* ---- The map, twin of the list ---- */

  /** @type {() => HTMLElement[]} */
  function cards() {
    return Array.from(result.querySelectorAll(".stations .card"));
  }

  /* Draw what the list holds, whoever made the list. */
  function draw() {
    if (!locator.drawAnswer || result.dataset.lat === undefined) return;
    locator.drawAnswer({
      lat: Number(result.dataset.lat),
      lon: Number(result.dataset.lon),
      accuracy_m: (point && point.accuracy_m) || 0,
      radius_m: Number(result.dataset.radiusM),
      radius_text: words.radius_text,
      half_text: list.distance(Number(result.dataset.radiusM) / 2),
      is_cut: !byId("more").hidden,
      stations: cards().map(list.pinned),
    });
  }

  /** @type {(stationId: string | undefined) => void} */
  function choose(stationId) {
    cards().forEach(function (item) {
      const isChosen = item.dataset.stationId === stationId;
      item.classList.toggle("chosen", isChosen);
      if (isChosen) item.setAttribute("aria-current", "true");
      else item.removeAttribute("aria-current");
    });
    if (locator.markPin) locator.markPin(stationId);
  }

  /** On a narrow screen list and map take turns; beside the map stays the chosen card.
   * @type {(isMap: boolean) => void} */
  function view(isMap) {
    finder.classList.toggle("map-view", isMap);
    byId("view-map").setAttribute("aria-pressed", String(isMap));
    byId("view-list").setAttribute("aria-pressed", String(!isMap));
    if (isMap && locator.fitAnswer) locator.fitAnswer();
  }

  function isNarrow() {
    return window.matchMedia("(max-width: 899px)").matches;
  }

  function pick() {
    view(true);
    byId("map-side").scrollIntoView();
    byId("pick-cancel").focus();
  }

  locator.onPin = function (stationId) {
    choose(stationId);
    const chosen = result.querySelector(".card.chosen");
    if (chosen && !isNarrow()) chosen.scrollIntoView({ block: "nearest" });
  };

  locator.onMapTap = function (lat, lon) {
    ask({ lat: lat, lon: lon, place: words.point_on_map }, { isCalm: true });
  };

  /** @type {(event: Event) => void} */
  function onListClick(event) {
    const tapped = /** @type {Element} */ (event.target);
    const button = /** @type {HTMLElement | null} */ (
      tapped.closest('[data-part="show"], [data-part="walk"], #open-nearby a')
    );
    if (!button) return;
    const card = /** @type {HTMLElement | null} */ (button.closest(".card")) || cardOf(button.dataset.stationId);
    if (!card) return;
    if (button.dataset.part === "show") return showOnMap(card);
    event.preventDefault();
    if (button.dataset.part === "walk") locator.walk.open(card, button);
    else jumpTo(card);
  }

  /** @type {(stationId: string | undefined) => HTMLElement | null} */
  function cardOf(stationId) {
    return byId(`station-${stationId}`);
  }

  /** @type {(card: HTMLElement) => void} */
  function showOnMap(card) {
    if (isNarrow()) view(true);
    choose(card.dataset.stationId);
    if (isNarrow()) byId("views").scrollIntoView();
  }

  /** @type {(card: HTMLElement) => void} */
  function jumpTo(card) {
    choose(card.dataset.stationId);
    card.scrollIntoView({ block: "nearest" });
    /** @type {HTMLElement} */ (card.querySelector('[data-part="name"]')).focus();
  }

  /** As one says from where one counts: 国贸站, and not 国贸.
   * @type {(place: Place) => string} */
  function spokenName(place) {
    if (place.what === "position") return "";
    const isShort = place.what === "metro_station" && !place.name.endsWith("站");
    return isShort ? locator.say("metro_name", { name: place.name }) : place.name;
  }

  /** @type {(place: Place) => void} */
  function onPlace(place) {
    const where = { lat: place.lat, lon: place.lon, place: spokenName(place), accuracy_m: place.accuracy_m || 0 };
    const datum = /** @type {DatumName} */ (byId("datum").value);
    if (place.what !== "district") return ask(where, place.what === "position" ? { datum: datum } : {});
    byId("place").value = "";
    byId("district").value = place.name;
    byId("ask-form").submit();
  }

  /* Show again what this tab was about before a reload, unless the server just answered something else. */
  function start() {
    const kept = locator.position.kept(), form = document.documentElement.dataset.form;
    if (form) answerForm(new URLSearchParams(decodeURIComponent(form)));
    else if (result.dataset.lat !== undefined) {
      const data = result.dataset;
      const named = byId("near-place").dataset;
      point = { lat: Number(data.lat), lon: Number(data.lon), place: named.place, accuracy_m: Number(named.accuracyM) };
      locator.position.keep(point);
      draw();
    } else if (kept && result.hidden && byId("trouble").hidden) {
      ask(kept, { isCalm: true });
    }
  }

  /* ---- Start ---- */

  /** @type {(id: "more" | "clear", action: () => void) => void} */
  function onSubmit(id, action) {
    byId(id).addEventListener("submit", function (event) {
      event.preventDefault();
      action();
    });
  }

  /** @type {(id: keyof PageElements, action: () => void) => void} */
  function onClick(id, action) {
    /** @type {HTMLElement} */ (byId(id)).addEventListener("click", action);
  }

  result.addEventListener("click", onListClick);
  onClick("locate", locate);
  onClick("view-list", function () {
    view(false);
  });
  onClick("view-map", function () {
    view(true);
  });
  onClick("pick", pick);
  onClick("pick-cancel", function () {
    view(false);
    byId("pick").focus();
  });
  onClick("forget", function () {
    locator.position.keep(null);
    window.location.href = words.home_url;
  });
  onSubmit("more", function () {
    if (point) ask(point, { limit: limits.many });
  });
  onSubmit("clear", function () {
    locator.filters.clear();
    if (point) ask(point, {});
    else byId("ask-form").submit();
  });
  locator.filters.onChange(again);
  locator.places.onPick(onPlace);
  document.addEventListener("DOMContentLoaded", start);
})();
