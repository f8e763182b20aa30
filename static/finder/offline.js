/* Keeps the page, the stations and their hours on the device, answers from them when there is no network, and says
 * so. Needs nothing but its own words in the page; the engine is loaded when it is first needed. Plain ES2017.
 *
 *   locator.offline.either(asked, request)            the server's answer, or the device's if that does not come in time
 *   locator.offline.eitherPlaces(asked, text, limit)  the same for places by name
 *   locator.offline.nearest(request)                  the device's answer
 *   locator.offline.search(text, limit, district)     places by name, from the device
 *   locator.offline.district(name, request)           the stations of a district, from the device
 *   locator.offline.state()                           what is shown: { is_kept, kept_at }
 *
 * A request has the members of the body of POST /api/nearest, an answer those of its answer. */
(function () {
  "use strict";

  const locator = (window.locator = window.locator || {});
  const words = JSON.parse(document.getElementById("offline-words").textContent);
  const notice = document.getElementById("offline"), pageUrl = document.currentScript.dataset.pageUrl;

  const PATIENCE_MS = 4000; /* for an answer of the server, where the device can give one */
  const IDLE_MS = 5000; /* after loading, before the network is used for what nobody waits for */
  const DAY_MS = 86400000, ZONE_MS = 8 * 3600000; /* Asia/Shanghai */

  /* Written into the page by the service worker, if it is a kept one: since when. */
  const keptPage = document.documentElement.dataset.kept;
  const wasSeen = Boolean(navigator.serviceWorker && navigator.serviceWorker.controller);

  /* ---- Keeping ---- */

  let isStarted = false;

  function start() {
    if (isStarted || !navigator.serviceWorker || navigator.onLine === false) return;
    isStarted = true;
    navigator.serviceWorker
      .register(words.worker_url, { updateViaCache: "none" })
      .then(seen)
      .then(keepDocuments)
      .catch(ignore);
  }

  /* Wait until the worker sees what this page asks for. */
  function seen() {
    return new Promise(function (resolve) {
      const worker = navigator.serviceWorker;
      worker.addEventListener("controllerchange", function () {
        keepPage();
        resolve();
      });
      if (!worker.controller) return;
      if (!wasSeen) keepPage();
      resolve();
    });
  }

  /* Whatever the worker sees it keeps, but this page was loaded before there was one, or by an older one. */
  function keepPage() {
    if (pageUrl) fetch(pageUrl).catch(ignore);
  }

  /* One after the other: the network may be needed for something else meanwhile. */
  function keepDocuments() {
    const addresses = ["compact", "hours", "districts", "names"].map(addressOf);
    return addresses.reduce(function (before, address) {
      return before.then(function () {
        return fetch(address);
      });
    }, Promise.resolve());
  }

  function addressOf(name) {
    return words.documents[name];
  }

  /* ---- Answering ---- */

  let opened = null, dataKeptAt = null;

  /* Open the engine on the kept documents, once. Only on kept ones: to fetch them now would take the network from
   * the answer that is on its way. */
  function engine() {
    opened = opened || keptStations().then(loadAll).then(open);
    opened.catch(function () {
      opened = null;
    });
    return opened;
  }

  /* Find the kept response that holds the stations, in whichever language. */
  function keptStations() {
    if (!window.caches) return Promise.resolve();
    return caches.match(addressOf("compact"), { ignoreSearch: true, ignoreVary: true });
  }

  function loadAll(isKept) {
    if (!isKept) throw new Error("Nothing is kept.");
    return Promise.all([load("compact"), load("hours"), loadEngine()]);
  }

  function open(loaded) {
    const made = locator.engine.open(loaded[0], loaded[1]);
    /* Names and addresses make answers richer; stations are found without them. */
    return load("names").then(made.addNames, ignore).then(function () {
      return made;
    });
  }

  function load(name) {
    return fetch(addressOf(name)).then(function (response) {
      if (!response.ok) throw new Error(response.status + " " + name);
      if (name === "compact") dataKeptAt = keptAt(response);
      return response.json();
    });
  }

  function loadEngine() {
    if (locator.engine) return Promise.resolve();
    return new Promise(function (resolve, reject) {
      const script = document.createElement("script");
      script.src = words.engine_url;
      script.onload = resolve;
      script.onerror = reject;
      document.head.appendChild(script);
    });
  }

  function nearest(request) {
    return find(request).then(tell);
  }

  /* Hand on what the device answered, and say that it did. */
  function tell(answer) {
    show(dataKeptAt);
    return answer;
  }

  function find(request) {
    return engine().then(function (made) {
      return made.nearest(queryOf(request));
    });
  }

  /* The members of a request to the server are named otherwise than those of a query to the engine. */
  function queryOf(request) {
    const position = toWgs84(request), choices = choicesOf(request);
    return Object.assign(choices, { lat: position[0], lon: position[1], radius_m: request.radius || words.radius_m });
  }

  function choicesOf(request) {
    return {
      limit: request.limit || words.limit,
      kinds: listOf(request.kind),
      amenities: listOf(request.amenity),
      open_at: request.open_at,
    };
  }

  /* Find the position that the request's is in its datum, by taking off in each step what is still amiss. Fails on
   * pages that do not know where positions are shifted. */
  function toWgs84(request) {
    const datum = request.datum || "wgs84";
    if (datum === "wgs84") return [request.lat, request.lon];
    const rings = JSON.parse(document.getElementById("handoff").textContent).rings;
    let lat = request.lat, lon = request.lon;
    for (let step = 0; step < 5; step++) {
      const there = locator.handoff.positions(rings, lat, lon)[datum];
      lat += request.lat - there[0];
      lon += request.lon - there[1];
    }
    return [lat, lon];
  }

  /* Read a list, which may be a text with commas. */
  function listOf(value) {
    if (Array.isArray(value)) return value;
    return value ? value.split(",") : [];
  }

  function search(text, limit, district) {
    return engine().then(function (made) {
      return made.search(text, limit, district);
    });
  }

  function district(name, request) {
    return engine()
      .then(function (made) {
        return made.district(name, choicesOf(request));
      })
      .then(tell);
  }

  function either(asked, request) {
    return orElse(asked, function () {
      return find(request);
    });
  }

  function eitherPlaces(asked, text, limit) {
    return orElse(asked, function () {
      return search(text, limit);
    });
  }

  /* Give the server's answer, a promise that fails with problem details if it refuses and otherwise if it cannot
   * be reached. Then, or if it takes too long, the device's answer will do, where there is one. */
  function orElse(asked, answer) {
    return new Promise(function (resolve, reject) {
      let isSettled = false;
      const settle = function (finish, outcome, date) {
        if (isSettled) return;
        isSettled = true;
        clearTimeout(timer);
        show(date);
        start();
        finish(outcome);
      };
      const device = function () {
        return answer().then(function (found) {
          settle(resolve, found, dataKeptAt);
        });
      };
      /* If the device has no answer the server's is worth waiting for. */
      const timer = setTimeout(function () {
        device().catch(ignore);
      }, PATIENCE_MS);
      asked.then(
        function (found) {
          settle(resolve, found, null);
        },
        function (problem) {
          if (isRefusal(problem)) return settle(reject, problem, null);
          return device().catch(function () {
            settle(reject, problem, null);
          });
        }
      );
    });
  }

  function isRefusal(problem) {
    return Boolean(problem) && problem.status >= 400 && problem.status < 500;
  }

  /* ---- Saying so ---- */

  let shownDate = null;

  /* Say that what the page shows was kept at a time in milliseconds; without one say nothing. */
  function show(date) {
    shownDate = date;
    notice.textContent = date ? fill(words.kept, { date: dateText(date), age: ageText(date) }) : "";
  }

  function dateText(date) {
    const form = { timeZone: "Asia/Shanghai", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
    return new Date(date).toLocaleString(words.lang === "zh" ? "zh-CN" : words.lang, Object.assign({ hour12: false }, form));
  }

  /* Days are counted as people do, by the calendar. */
  function ageText(date) {
    const days = dayOf(Date.now()) - dayOf(date);
    if (days < 1) return words.today;
    return days === 1 ? words.yesterday : fill(words.days_ago, { n: days });
  }

  function dayOf(date) {
    return Math.floor((date + ZONE_MS) / DAY_MS);
  }

  function fill(text, values) {
    return text.replace(/\{(\w+)\}/g, function (_, name) {
      return values[name];
    });
  }

  function keptAt(response) {
    return Date.parse(response.headers.get("Date")) || null;
  }

  /* Say that there is no network, and since when what there is instead has been kept. */
  function showOffline() {
    keptStations().then(function (found) {
      const date = Number(keptPage) || (found && keptAt(found));
      if (date) show(date);
      else notice.textContent = words.nothing_kept;
    });
  }

  function ignore() {
    return null;
  }

  /* ---- Start ---- */

  if (keptPage !== undefined || navigator.onLine === false) showOffline();
  window.addEventListener("offline", showOffline);
  window.addEventListener("online", function () {
    if (keptPage === undefined) show(null);
    start();
  });
  window.addEventListener("load", function () {
    setTimeout(start, IDLE_MS);
  });

  locator.offline = {
    either: either,
    eitherPlaces: eitherPlaces,
    nearest: nearest,
    search: search,
    district: district,
    state: function () {
      return { is_kept: shownDate !== null, kept_at: shownDate };
    },
  };
})();
