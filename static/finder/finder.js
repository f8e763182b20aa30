/* The page that finds stations near a person: fetches the answer to where they are and what they need, shows it as
 * list and map. Without this script the form on the page gives the same list. Needs the scripts before it. Plain
 * ES2017, for the browsers of old phones. */
(function () {
  "use strict";

  const locator = window.locator, words = locator.words, list = locator.list, make = locator.make;
  const byId = function (id) {
    return document.getElementById(id);
  };

  const limits = words.finder;
  const finder = byId("finder"), result = byId("result"), stations = byId("stations");
  let turn = 0; /* counts what the person asked for, so that a late answer to an older question is dropped */
  let point = null; /* what the list is about: {lat, lon, place, accuracy_m} in WGS 84 */

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
          if (isMine()) ask(found, { datum: finder.dataset.datum });
        },
        function (reason) {
          if (!isMine()) return;
          tell(words[reason]);
          byId("open-full").hidden = reason !== "framed";
        }
      );
  }

  /* ---- Which stations are near? ---- */

  /* Ask what is near a point and show it. Options: limit; datum of the point, WGS 84 if none is given; isCalm to
   * leave the focus and the view where they are. */
  function ask(where, options) {
    const mine = (turn += 1), limit = options.limit || limits.few;
    const request = Object.assign({ lat: where.lat, lon: where.lon, limit: limit, lang: words.lang }, locator.filters.request());
    if (options.datum) request.datum = options.datum;
    wait(words.asking);
    nearest(request).then(
      function (answer) {
        if (mine !== turn) return;
        point = Object.assign({}, where, answer.origin);
        locator.position.keep(point);
        show(answer, limit, options);
        findOpen(answer, request, mine);
      },
      function (problem) {
        if (mine === turn) tell(problem.detail || words.no_network);
      }
    );
  }

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

  /* Where the nearest station is not open, as far as anybody knows, lead to the nearest that is. */
  function findOpen(answer, request, mine) {
    const first = answer.stations[0] || answer.beyond;
    byId("open-nearby").hidden = true;
    if (!first || list.isOpen(first)) return;
    const listed = answer.stations.find(list.isOpen);
    if (listed) return showOpen(listed);
    nearest(Object.assign({}, request, answer.origin, { limit: 1, open_at: "now", datum: "wgs84" })).then(
      function (open) {
        const found = open.stations[0] || open.beyond;
        if (found && mine === turn) showOpen(found);
      },
      function () {
        /* The list is there all the same. */
      }
    );
  }

  function showOpen(station) {
    const link = byId("open-nearby").querySelector("a");
    const values = { name: list.nameOf(station), distance: list.distance(station.distance_m) };
    link.textContent = locator.say("open_nearby", values);
    link.href = list.addressOf(station);
    link.dataset.stationId = station.station_id;
    byId("open-nearby").hidden = false;
  }

  /* ---- A form that the server did not answer ---- */

  /* The service worker brought the first page back with the form: answer it from what is kept on the device. */
  function answerForm(form) {
    const place = form.get("place"), district = form.get("district"), chosen = form.get("chosen");
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

  /* A button's numbers are plain; what a person typed into the two fields is read as if it stood in one. */
  function answerPosition(form) {
    const lat = form.get("lat"), lon = form.get("lon"), isPlain = lat && lon && !isNaN(lat) && !isNaN(lon);
    const options = { datum: form.get("datum"), limit: Number(form.get("limit")) };
    const plain = [{ what: "position", lat: Number(lat), lon: Number(lon) }];
    return (isPlain ? Promise.resolve(plain) : locator.offline.search(lat + " " + lon, 1)).then(function (found) {
      if (!found.length || found[0].what !== "position") return tell(words.say_where);
      ask({ lat: found[0].lat, lon: found[0].lon, place: "" }, options);
    });
  }

  /* What was typed and chosen stands in the form again. */
  function fillIn(form) {
    ["place", "district", "lat", "lon", "datum"].forEach(function (name) {
      if (form.get(name)) byId(name).value = form.get(name);
    });
    const chosen = function (name) {
      return form.getAll(name).join(",").split(",");
    };
    locator.filters.tick({ kind: chosen("kind"), amenity: chosen("amenity"), open_at: chosen("open_at") });
  }

  function showNamed(text, district, chosen) {
    return locator.offline.search(text, limits.choices, district).then(function (found) {
      const meant = found.filter(function (place) {
        return place.key === chosen;
      });
      const places = meant.length ? meant : found;
      if (!places.length) return tell(locator.say("no_place", { text: text }));
      if (places.length > 1) return showInstead(words.which, make("ul", "choices", places.map(choice)));
      if (places[0].what === "district") return showDistrict(places[0].name);
      onPlace(places[0]);
    });
  }

  function choice(place) {
    const button = make("button", "choice", place.name + " ");
    button.type = "button";
    button.appendChild(make("span", "", words["place_" + place.what]));
    button.addEventListener("click", function () {
      onPlace(place);
    });
    return make("li", "", [button]);
  }

  function showDistrict(name) {
    const isFiltered = locator.filters.isAny(), request = Object.assign({ limit: limits.listed }, locator.filters.request());
    return locator.offline.district(name, request).then(function (found) {
      if (!found) return tell(locator.say("no_place", { text: name }));
      showInstead(list.districtTitle(found, isFiltered), list.plain(found.stations));
      byId("clear").hidden = found.n > 0 || !isFiltered;
    });
  }

  /* Show something that is no answer about a point. */
  function showInstead(title, made) {
    rest();
    byId("result-title").textContent = title;
    result.insertBefore(made, stations);
    result.hidden = false;
    byId("result-title").focus();
  }

  /* ---- What is going on ---- */

  function wait(text) {
    byId("trouble").hidden = byId("open-full").hidden = true;
    byId("status").textContent = text;
    byId("locate").setAttribute("aria-busy", "true");
  }

  function rest() {
    byId("status").textContent = "";
    byId("locate").removeAttribute("aria-busy");
  }

  function tell(text) {
    rest();
    byId("trouble").textContent = text;
    byId("trouble").hidden = false;
  }

  /* ---- The list ---- */

  function show(answer, limit, options) {
    const found = answer.stations, isCut = found.length === limit, isFiltered = locator.filters.isAny();
    rest();
    list.fill(stations, found, answer.as_of);
    list.fill(byId("beyond-station"), !found.length && answer.beyond ? [answer.beyond] : [], answer.as_of);
    byId("beyond").hidden = found.length > 0 || !answer.beyond;
    byId("clear").hidden = found.length > 0 || !isFiltered;
    byId("more").hidden = !isCut || limit === limits.many;
    byId("as-of").textContent = locator.say("as_of", { time: answer.as_of.slice(11, 16) });
    byId("note").hidden = byId("forget-line").hidden = byId("views").hidden = result.hidden = false;
    result.dataset.lat = answer.origin.lat;
    result.dataset.lon = answer.origin.lon;
    result.dataset.radiusM = answer.radius_m;
    if (locator.need) locator.need.show(!found.length);
    document.querySelectorAll(".choices, .plain-list").forEach(function (old) {
      old.remove();
    });
    byId("result-title").textContent = list.title(answer, isCut, isFiltered);
    showPoint(answer.radius_m);
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

  /* Say what place the list is about, and warn where it is not known well enough for it. */
  function showPoint(radius) {
    const accuracy = point.accuracy_m, isRough = accuracy > radius / 2;
    list.showIfAny(byId("near-place"), point.place ? locator.say("near_place", { place: point.place }) : "");
    list.showIfAny(byId("rough"), isRough ? locator.say("rough", { n: Math.round(accuracy) }) : "");
  }

  /* ---- The map, twin of the list ---- */

  function listed() {
    return Array.prototype.slice.call(result.querySelectorAll(".stations .card"));
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
      stations: listed().map(function (item) {
        return {
          station_id: item.dataset.stationId,
          kind: item.dataset.kind,
          lat: Number(item.dataset.lat),
          lon: Number(item.dataset.lon),
          accuracy_m: Number(item.dataset.accuracy),
          name: item.querySelector('[data-part="name"]').textContent,
          sign: item.querySelector('[data-part="pin"]').textContent,
        };
      }),
    });
  }

  function choose(stationId) {
    listed().forEach(function (item) {
      const isChosen = item.dataset.stationId === stationId;
      item.classList.toggle("chosen", isChosen);
      if (isChosen) item.setAttribute("aria-current", "true");
      else item.removeAttribute("aria-current");
    });
    locator.markPin(stationId);
  }

  /* On a narrow screen list and map take turns; beside the map stays the chosen card. */
  function view(isMap) {
    finder.classList.toggle("map-view", isMap);
    byId("view-map").setAttribute("aria-pressed", isMap);
    byId("view-list").setAttribute("aria-pressed", !isMap);
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
    if (!isNarrow()) chosen.scrollIntoView({ block: "nearest" });
  };

  locator.onMapTap = function (lat, lon) {
    ask({ lat: lat, lon: lon, place: words.point_on_map }, { isCalm: true });
  };

  function onListClick(event) {
    const button = event.target.closest('[data-part="show"], [data-part="walk"], #open-nearby a');
    if (!button) return;
    if (button.dataset.part === "show") showOnMap(button.closest(".card").dataset.stationId);
    else if (button.dataset.part === "walk") {
      event.preventDefault();
      locator.walk.open(button.closest(".card"), button);
    } else if (byId("station-" + button.dataset.stationId)) {
      event.preventDefault();
      jumpTo(button.dataset.stationId);
    }
  }

  function showOnMap(stationId) {
    if (isNarrow()) view(true);
    choose(stationId);
    if (isNarrow()) byId("views").scrollIntoView();
  }

  function jumpTo(stationId) {
    const card = byId("station-" + stationId);
    choose(stationId);
    card.scrollIntoView({ block: "nearest" });
    card.querySelector('[data-part="name"]').focus();
  }

  function onPlace(place) {
    const where = { lat: place.lat, lon: place.lon, place: place.what === "position" ? "" : place.name };
    if (place.what !== "district") return ask(where, place.what === "position" ? { datum: byId("datum").value } : {});
    byId("place").value = "";
    byId("district").value = place.name;
    byId("ask-form").submit();
  }

  /* Show again what this tab was about before a reload, unless the server just answered something else. */
  function start() {
    const kept = locator.position.kept(), form = document.documentElement.dataset.form;
    if (form) answerForm(new URLSearchParams(decodeURIComponent(form)));
    else if (result.dataset.lat !== undefined) {
      point = { lat: Number(result.dataset.lat), lon: Number(result.dataset.lon), place: byId("near-place").dataset.place };
      locator.position.keep(point);
      draw();
    } else if (kept && result.hidden && byId("trouble").hidden) {
      ask(kept, { isCalm: true });
    }
  }

  /* ---- Start ---- */

  function onSubmit(id, action) {
    byId(id).addEventListener("submit", function (event) {
      event.preventDefault();
      action();
    });
  }

  function onClick(id, action) {
    byId(id).addEventListener("click", action);
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
    ask(point, { limit: limits.many });
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
