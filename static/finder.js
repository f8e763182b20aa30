/* The page that finds stations near a person: asks for the position on tap, fetches the answer, fills the list
 * and the map. Without this script the form on the page gives the same list. */
(function () {
  "use strict";

  const locator = window.locator, words = locator.words, make = locator.make;
  const byId = function (id) {
    return document.getElementById(id);
  };

  const WAIT_MS = 8000; /* for the precise position, and again for the rough one */
  const FEW = 20, MANY = 100;
  const FAR_MIN = 120; /* nobody walks this far to sit down: no minutes are told */
  const AMENITIES_SHOWN = 8;

  const finder = byId("finder"), result = byId("result"), stations = byId("stations");
  let turn = 0; /* counts what the person asked for, so that a late answer to an older question is dropped */
  let origin = null;

  /* ---- Where is the person? ---- */

  function locate() {
    const mine = (turn += 1);
    let isFound = false;
    const found = function (position) {
      if (isFound || mine !== turn) return;
      isFound = true;
      ask(position.coords.latitude, position.coords.longitude, FEW);
    };
    wait(words.locating);
    position(true, found)
      .catch(function (reason) {
        if (reason === "denied" || reason === "unsupported" || mine !== turn) throw reason;
        wait(words.locating_again);
        return position(false, found);
      })
      .catch(function (reason) {
        if (!isFound && mine === turn) tell(words[reason]);
      });
  }

  /* Ask for the position once, with a timer of our own: some phones never answer. The time in which the
   * browser asks for permission does not count where the browser lets us see it. */
  function position(isPrecise, found) {
    return new Promise(function (resolve, reject) {
      if (!navigator.geolocation || !window.isSecureContext) return reject("unsupported");
      let timer = 0;
      const start = function () {
        clearTimeout(timer);
        timer = setTimeout(reject, WAIT_MS, "timeout");
      };
      navigator.geolocation.getCurrentPosition(
        function (where) {
          clearTimeout(timer);
          found(where);
          resolve();
        },
        function (error) {
          clearTimeout(timer);
          reject(["", "denied", "unavailable", "timeout"][error.code]);
        },
        { enableHighAccuracy: isPrecise, timeout: WAIT_MS, maximumAge: 60000 }
      );
      whenPermitted(start);
    });
  }

  function whenPermitted(start) {
    if (!navigator.permissions) return start();
    navigator.permissions.query({ name: "geolocation" }).then(function (permission) {
      if (permission.state !== "prompt") return start();
      permission.onchange = start;
    }, start);
  }

  /* ---- Which stations are near? ---- */

  function ask(lat, lon, limit) {
    const mine = (turn += 1);
    wait(words.asking);
    fetch(words.nearest_url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ lat: lat, lon: lon, limit: limit, lang: words.lang }),
    })
      .then(function (response) {
        return response.json().then(function (body) {
          if (!response.ok) throw body;
          return body;
        });
      })
      .then(
        function (answer) {
          if (mine === turn) show(answer, limit);
        },
        function (problem) {
          if (mine === turn) tell(problem.detail || words.no_network);
        }
      );
  }

  function wait(text) {
    byId("trouble").hidden = true;
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

  function show(answer, limit) {
    rest();
    const found = answer.stations, isCut = found.length === limit;
    origin = answer.origin;
    fill(stations, found);
    fill(byId("beyond-station"), !found.length && answer.beyond ? [answer.beyond] : []);
    byId("beyond").hidden = found.length > 0 || !answer.beyond;
    byId("more").hidden = !isCut || limit === MANY;
    byId("as-of").textContent = locator.say("as_of", { time: answer.as_of.slice(11, 16) });
    byId("note").hidden = byId("views").hidden = result.hidden = false;
    result.dataset.lat = answer.origin.lat;
    result.dataset.lon = answer.origin.lon;
    result.dataset.radiusM = answer.radius_m;
    document.querySelectorAll(".choices, .plain-list").forEach(function (old) {
      old.remove();
    });
    byId("near-place").hidden = true;
    byId("result-title").textContent = title(answer, isCut);
    finder.classList.add("answered");
    view(false);
    draw();
    byId("result-title").focus();
    if (isNarrow()) result.scrollIntoView();
  }

  function title(answer, isCut) {
    const found = answer.stations;
    if (!found.length) return locator.say("none", { radius: words.radius_text });
    const open = found.filter(function (station) {
      return station.open.state === "open";
    });
    const values = { n: found.length, open: open.length, radius: words.radius_text };
    if (isCut) values.radius = distance(found[found.length - 1].distance_m);
    return locator.say(isCut ? "title_cut" : "title", values);
  }

  function fill(list, found) {
    list.textContent = "";
    found.forEach(function (station, place) {
      list.appendChild(card(station, place + 1));
    });
  }

  /* Fill the form of a card, part by part; its shape is made by the server, in _station.html. */
  function card(station, number) {
    const item = document.importNode(byId("card").content, true).querySelector(".card");
    const part = function (name) {
      return item.querySelector('[data-part="' + name + '"]');
    };
    const data = item.dataset;
    data.stationId = station.station_id;
    data.kind = station.kind;
    data.lat = station.lat;
    data.lon = station.lon;
    data.accuracy = station.position_accuracy_m || "";
    part("pin").className = "pin pin-" + station.kind;
    part("pin").firstElementChild.textContent = number;
    part("name").textContent = (words.lang !== "zh" && station.name_en) || station.name;
    part("name").href = words.station_url.replace("STATION", encodeURIComponent(station.station_id));
    part("distance").textContent = distance(station.distance_m);
    part("way").textContent = way(station);
    part("kind").textContent = words.kinds[station.kind];
    part("open").appendChild(locator.stateBadge(station.open));
    part("entry").textContent = words.entries[station.entry];
    const accuracy = station.position_accuracy_m;
    part("accuracy").hidden = !(accuracy > locator.UNCERTAIN_M);
    part("accuracy").textContent = accuracy ? locator.say("accuracy", { n: Math.round(accuracy) }) : "";
    fillAmenities(part("amenities"), station.amenities);
    return item;
  }

  function fillAmenities(list, amenities) {
    const there = Object.keys(amenities).filter(function (word) {
      return amenities[word] === "yes";
    });
    there.slice(0, AMENITIES_SHOWN).forEach(function (word) {
      list.appendChild(make("li", "", words.amenities[word]));
    });
    const more = there.length - AMENITIES_SHOWN;
    if (more > 0) list.appendChild(make("li", "rest", locator.say("rest", { n: more })));
    if (!there.length) list.appendChild(make("li", "rest", words.amenities_unknown));
  }

  function distance(metres) {
    if (metres < 999.5) return locator.say("metres", { n: Math.round(metres) });
    return locator.say("kilometres", { n: (metres / 1000).toFixed(metres < 9995 ? 2 : 1) });
  }

  function way(station) {
    const towards = words.directions[Math.round(station.bearing_deg / 45) % 8];
    return station.walk_min > FAR_MIN ? towards : locator.say("way", { n: station.walk_min, direction: towards });
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
      radius_m: Number(result.dataset.radiusM),
      radius_text: words.radius_text,
      half_text: distance(Number(result.dataset.radiusM) / 2),
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
    return byId("view-map").offsetParent !== null;
  }

  locator.onPin = function (stationId) {
    choose(stationId);
    const chosen = result.querySelector(".card.chosen");
    if (!isNarrow()) chosen.scrollIntoView({ block: "nearest" });
  };

  function onListClick(event) {
    const button = event.target.closest('[data-part="show"]');
    if (!button) return;
    if (isNarrow()) view(true);
    choose(button.closest(".card").dataset.stationId);
    if (isNarrow()) byId("views").scrollIntoView();
  }

  /* ---- Start ---- */

  byId("locate").addEventListener("click", locate);
  result.addEventListener("click", onListClick);
  byId("view-list").addEventListener("click", function () {
    view(false);
  });
  byId("view-map").addEventListener("click", function () {
    view(true);
  });
  byId("more").addEventListener("submit", function (event) {
    if (!origin) return;
    event.preventDefault();
    ask(origin.lat, origin.lon, MANY);
  });
  document.addEventListener("DOMContentLoaded", draw);
})();
