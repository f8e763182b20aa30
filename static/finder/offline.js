/* Keeps the page, the stations and their hours on the device, answers from them when there is no network, and says
 * so. Needs nothing but its own words in the page; the engine is loaded when it is first needed. Plain ES2017.
 *
 *   locator.offline.either(asked, request)            the server's answer, or the device's if that is late
 *   locator.offline.eitherPlaces(asked, text, limit)  the same for places by name
 *   locator.offline.nearest(request)                  the device's answer
 *   locator.offline.search(text, limit, district)     places by name, from the device
 *   locator.offline.prepare()                         load what a search on the device needs
 *   locator.offline.district(name, request)           the stations of a district, from the device
 *   locator.offline.state()                           what is shown: { is_kept, kept_at }
 *
 * A request has the members of the body of POST /api/nearest, an answer those of its answer. */
(function () {
  "use strict";

  const locator = (window.locator = window.locator || /** @type {Locator} */ ({}));
  /** @type {OfflineWords} */
  const words = JSON.parse(document.getElementById("offline-words").textContent || "");
  const notice = document.getElementById("offline");
  const pageUrl = /** @type {HTMLScriptElement} */ (document.currentScript).dataset.pageUrl;

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
    return /** @type {Promise<void>} */ (new Promise(function (resolve) {
      const worker = navigator.serviceWorker;
      worker.addEventListener("controllerchange", function () {
        keepPage();
        resolve();
      });
      if (!worker.controller) return;
      if (!wasSeen) keepPage();
      resolve();
    }));
  }

  /* Whatever the worker sees it keeps, but this page was loaded before there was one, or by an older one. */
  function keepPage() {
    if (pageUrl) fetch(pageUrl).catch(ignore);
  }

  /* One after the other: the network may be needed for something else meanwhile. */
  function keepDocuments() {
    /** @type {DocumentName[]} */
    const names = ["compact", "hours", "districts", "names", "gazetteer"];
    return names.reduce(function (before, name) {
      return before.then(function () {
        return fetch(addressOf(name));
      });
    }, /** @type {Promise<Response | void>} */ (Promise.resolve()));
  }

  /** @type {(name: DocumentName) => string} */
  function addressOf(name) {
    return words.documents[name];
  }

  /* ---- Answering ---- */

  let places = /** @type {Promise<Gazetteer | null> | null} */ (null);
  let opened = /** @type {Promise<Engine> | null} */ (null), dataKeptAt = /** @type {number | null} */ (null);

  /** Open the engine on the kept documents, once. Only on kept ones: to fetch them now would take the network from
   * the answer that is on its way.
   * @type {() => Promise<Engine>} */
  function engine() {
    const found = opened || keptStations().then(loadAll).then(open);
    opened = found;
    found.catch(function () {
      opened = null;
    });
    return found;
  }

  /** Find the kept response that holds the stations, in whichever language.
   * @type {() => Promise<Response | undefined>} */
  function keptStations() {
    if (!window.caches) return Promise.resolve(undefined);
    return caches.match(addressOf("compact"), { ignoreSearch: true, ignoreVary: true });
  }

  /** @type {(isKept: unknown) => Promise<[any, any, unknown]>} */
  function loadAll(isKept) {
    if (!isKept) throw new Error("Nothing is kept.");
    return Promise.all([load("compact"), load("hours"), loadScript("engine", words.engine_url)]);
  }

  /** @type {(loaded: [Compact, Hours, unknown]) => Promise<Engine>} */
  function open(loaded) {
    const made = /** @type {NonNullable<Locator["engine"]>} */ (locator.engine).open(loaded[0], loaded[1]);
    /* Names and addresses make answers richer; stations are found without them. */
    return load("names").then(made.addNames, ignore).then(function () {
      return made;
    });
  }

  /** @type {(name: DocumentName) => Promise<any>} */
  function load(name) {
    return fetch(addressOf(name)).then(function (response) {
      if (!response.ok) throw new Error(response.status + " " + name);
      if (name === "compact") dataKeptAt = keptAt(response);
      return response.json();
    });
  }

  /** Open the places, once; null where they are not kept.
   * @type {() => Promise<Gazetteer | null>} */
  function gazetteer() {
    const found =
      places ||
      Promise.all([load("gazetteer"), loadScript("gazetteer", words.gazetteer_url)]).then(function (loaded) {
        return /** @type {NonNullable<Locator["gazetteer"]>} */ (locator.gazetteer).open(loaded[0]);
      });
    places = found;
    return found.catch(function () {
      places = null;
      return null;
    });
  }

  /** @type {(part: "engine" | "gazetteer", address: string) => Promise<unknown>} */
  function loadScript(part, address) {
    if (locator[part]) return Promise.resolve();
    return new Promise(function (/** @type {(loaded: unknown) => void} */ resolve, reject) {
      const script = document.createElement("script");
      script.src = address;
      script.onload = resolve;
      script.onerror = reject;
      document.head.appendChild(script);
    });
  }

  /** @type {(request: NearestRequest) => Promise<Answer>} */
  function nearest(request) {
    return find(request).then(tell);
  }

  /** Hand on what the device answered, and say that it did.
   * @type {<T>(answer: T) => T} */
  function tell(answer) {
    show(dataKeptAt);
    return answer;
  }

  /** @type {(request: NearestRequest) => Promise<Answer>} */
  function find(request) {
    return engine().then(function (made) {
      return made.nearest(queryOf(request));
    });
  }

  /** The members of a request to the server are named otherwise than those of a query to the engine.
   * @type {(request: NearestRequest) => EngineQuery} */
  function queryOf(request) {
    const position = toWgs84(request), choices = choicesOf(request);
    return Object.assign(choices, { lat: position[0], lon: position[1], radius_m: request.radius || words.radius_m });
  }

  /** @type {(request: Choices) => EngineChoices} */
  function choicesOf(request) {
    return {
      limit: request.limit || words.limit,
      kinds: listOf(request.kind),
      amenities: listOf(request.amenity),
      open_at: request.open_at,
    };
  }

  /** Find the position that the request's is in its datum, by taking off in each step what is still amiss. Fails on
   * pages that do not know where positions are shifted.
   * @type {(request: NearestRequest) => Pair} */
  function toWgs84(request) {
    const datum = request.datum || "wgs84";
    if (datum === "wgs84") return [request.lat, request.lon];
    const rings = JSON.parse(document.getElementById("handoff").textContent || "").rings;
    let lat = request.lat, lon = request.lon;
    for (let step = 0; step < 5; step++) {
      const there = locator.handoff.positions(rings, lat, lon)[datum];
      lat += request.lat - there[0];
      lon += request.lon - there[1];
    }
    return [lat, lon];
  }

  /** Read a list, which may be a text with commas.
   * @type {(value: string | string[] | undefined) => string[]} */
  function listOf(value) {
    if (Array.isArray(value)) return value;
    return value ? value.split(",") : [];
  }

  /** @type {(text: string, limit: number, district?: string | null) => Promise<Place[]>} */
  function search(text, limit, inDistrict) {
    return prepare().then(function (ready) {
      const made = ready[0], known = ready[1];
      if (!known || !locator.gazetteer) return made.search(text, limit, inDistrict);
      return locator.gazetteer.search(known, made, text, limit, inDistrict);
    });
  }

  /** @type {() => Promise<[Engine, Gazetteer | null]>} */
  function prepare() {
    return engine().then(function (made) {
      return gazetteer().then(function (known) {
        return /** @type {[Engine, Gazetteer | null]} */ ([made, known]);
      });
    });
  }

  /** @type {(name: string, request: Choices) => Promise<DistrictAnswer | null>} */
  function district(name, request) {
    return engine()
      .then(function (made) {
        return made.district(name, choicesOf(request));
      })
      .then(tell);
  }

  /** @type {(asked: Promise<Answer>, request: NearestRequest) => Promise<Answer>} */
  function either(asked, request) {
    return orElse(asked, function () {
      return find(request);
    });
  }

  /** @type {(asked: Promise<Place[]>, text: string, limit: number) => Promise<Place[]>} */
  function eitherPlaces(asked, text, limit) {
    return orElse(asked, function () {
      return search(text, limit);
    });
  }

  /** Give the server's answer, a promise that fails with problem details if it refuses and otherwise if it cannot
   * be reached. Then, or if it takes too long, the device's answer will do, where there is one.
   * @type {<T>(asked: Promise<T>, answer: () => Promise<T>) => Promise<T>} */
  function orElse(asked, answer) {
    return new Promise(function (resolve, reject) {
      let isSettled = false;
      /** @type {(finish: (outcome: any) => void, outcome: unknown, date: number | null) => void} */
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

  /** @type {(problem: Problem | null) => boolean} */
  function isRefusal(problem) {
    const status = Number(problem && problem.status);
    return status >= 400 && status < 500;
  }

  /* ---- Saying so ---- */

  let shownDate = /** @type {number | null} */ (null);

  /** Say that what the page shows was kept at a time in milliseconds; without one say nothing.
   * @type {(date: number | null) => void} */
  function show(date) {
    shownDate = date;
    notice.textContent = date ? fill(words.kept, { date: dateText(date), age: ageText(date) }) : "";
  }

  /** @type {(date: number) => string} */
  function dateText(date) {
    return new Date(date).toLocaleString(words.lang === "zh" ? "zh-CN" : words.lang, {
      timeZone: "Asia/Shanghai",
      hour12: false,
      day: "numeric",
      month: "short",
      hour: "2-digit",
      minute: "2-digit",
    });
  }

  /** Days are counted as people do, by the calendar.
   * @type {(date: number) => string} */
  function ageText(date) {
    const days = dayOf(Date.now()) - dayOf(date);
    if (days < 1) return words.today;
    return days === 1 ? words.yesterday : fill(words.days_ago, { n: days });
  }

  /** @type {(date: number) => number} */
  function dayOf(date) {
    return Math.floor((date + ZONE_MS) / DAY_MS);
  }

  /** @type {(text: string, values: Values) => string} */
  function fill(text, values) {
    return text.replace(/\{(\w+)\}/g, function (_, name) {
      return String(values[name]);
    });
  }

  /** @type {(response: Response) => number | null} */
  function keptAt(response) {
    return Date.parse(response.headers.get("Date") || "") || null;
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
    prepare: function () {
      prepare().catch(ignore);
    },
    district: district,
    state: function () {
      return { is_kept: shownDate !== null, kept_at: shownDate };
    },
  };
})();
