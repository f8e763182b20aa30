/* The page in a frame: puts its list on the map, looks for what is near the reader where the page around it lets it,
 * and tells that page what happens. It keeps nothing, and has no need of an origin, of storage or of a cookie. Needs
 * the scripts before it. Plain ES2017, for the browsers of old phones. */
(function () {
  "use strict";

  const locator = window.locator, words = locator.words, list = locator.list, here = words.embed;
  const SOURCE = "warm-station-map", VERSION = 1;
  const HINT_MS = 1500;
  /** @type {PositionTrouble[]} */
  const TROUBLES = ["denied", "timeout", "framed", "unsupported"];
  const ALONE_ZOOM = 16; /* for one station, with the streets round it */
  /** @type {ById} */
  const byId = function (id) {
    return document.getElementById(id);
  };
  const widget = byId("widget"), isFramed = window.parent !== window;
  let map = /** @type {LeafletMap | null} */ (null);
  let isSlow = false; /* while a position or an answer is waited for */

  /* ---- With the page around this one: messages, version 1, which the README promises ---- */

  /** To anybody who shows this page: nothing in it is secret, and where the reader is never is.
   * @type {(type: string, more?: object) => void} */
  function tell(type, more) {
    if (isFramed) window.parent.postMessage(Object.assign({ source: SOURCE, version: VERSION, type: type }, more), "*");
  }

  /** @type {(event: MessageEvent) => void} */
  function listen(event) {
    const said = event.data;
    if (!isFramed || event.source !== window.parent || !said) return;
    if (said.source !== SOURCE || said.version !== VERSION) return;
    if (said.type === "show") show(String(said.station_id));
    if (said.type === "locate") locate();
  }

  /* WordPress gives a frame this word, and takes messages of its own kind that name it. */
  const secret = (/[#?&]secret=(\w+)/.exec(window.location.hash) || [])[1];

  /** @type {(message: string, value: string | number) => void} */
  function tellWordPress(message, value) {
    if (isFramed && secret) window.parent.postMessage({ message: message, value: value, secret: secret }, "*");
  }

  function watchHeight() {
    let told = 0;
    const measure = function () {
      const height = Math.ceil(widget.getBoundingClientRect().height);
      if (height === told) return;
      told = height;
      tell("height", { height: height });
      tellWordPress("height", height);
    };
    if (window.ResizeObserver) new ResizeObserver(measure).observe(widget);
    else window.addEventListener("resize", measure);
    measure();
  }

  /** A sandbox may forbid new windows; then a link would do nothing at all, and say nothing.
   * @type {(event: Event) => void} */
  function openBeside(event) {
    const tapped = /** @type {Element} */ (event.target);
    const link = /** @type {HTMLAnchorElement | null} */ (tapped.closest("a[target=_blank]"));
    if (!link || window.origin !== "null" || event.defaultPrevented) return;
    event.preventDefault();
    tellWordPress("link", link.href);
    /* Not with noopener: then nobody could tell whether a window opened. It is a page of ours. */
    if (!window.open(link.href)) say(locator.say("no_window", { url: link.href }));
  }

  /** @type {(text: string) => void} */
  function say(text) {
    byId("status").textContent = text;
  }

  /* ---- The stations ---- */

  /** @type {() => HTMLElement[]} */
  function cards() {
    return Array.from(widget.querySelectorAll(".card"));
  }

  /** @type {(stationId: string) => HTMLElement | undefined} */
  function cardOf(stationId) {
    return cards().find(function (card) {
      return card.dataset.stationId === stationId;
    });
  }

  /** Write what stands in a card's pin, and in the one on the map.
   * @type {(card: Element, sign: string | number) => void} */
  function number(card, sign) {
    /** @type {Element} */ (card.querySelector('[data-part="pin"] > *')).textContent = String(sign);
  }

  /** Draw the list: about a place {lat, lon, radius_m, …}, or without one.
   * @type {(place: Around | null, keepsView?: boolean) => void} */
  function draw(place, keepsView) {
    if (!locator.drawAnswer) return;
    locator.drawAnswer(Object.assign({}, place, { stations: cards().map(list.pinned), keeps_view: keepsView }));
    const chosen = /** @type {HTMLElement | null} */ (widget.querySelector(".card.chosen"));
    if (chosen) markPin(chosen);
  }

  /** @type {(card: HTMLElement) => void} */
  function markPin(card) {
    if (locator.markPin) locator.markPin(card.dataset.stationId);
  }

  /** @type {(shown: LeafletMap) => void} */
  function drawDots(shown) {
    const renderer = L.canvas(), colour = getComputedStyle(document.body).getPropertyValue("--brand").trim();
    here.dots.forEach(function (dot) {
      L.circleMarker(locator.place(dot[0], dot[1]), {
        renderer: renderer, radius: 4, stroke: false, fillColor: colour, fillOpacity: 0.6, interactive: false,
      }).addTo(shown);
    });
  }

  /** Choose a station of the list; the page around this one hears of it.
   * @type {(card: HTMLElement) => void} */
  function select(card) {
    cards().forEach(function (other) {
      other.classList.toggle("chosen", other === card);
    });
    markPin(card);
    const facts = list.pinned(card);
    tell("station-selected", {
      station: { station_id: facts.station_id, name: facts.name, kind: facts.kind, lat: facts.lat, lon: facts.lon },
    });
  }

  /** Bring a card into sight within this page: scrollIntoView would move the page around it too.
   * @type {(card: HTMLElement) => void} */
  function reveal(card) {
    const box = byId("list");
    const top = card.getBoundingClientRect().top;
    if (box.scrollHeight > box.clientHeight) box.scrollTop += top - box.getBoundingClientRect().top;
    else window.scrollTo(0, window.pageYOffset + top - 8);
  }

  /** Show a station whether the list has it or not.
   * @type {(stationId: string) => void} */
  function show(stationId) {
    const listed = cardOf(stationId);
    if (listed) return pick(listed);
    fetchJson(words.api_station_url.replace("STATION", encodeURIComponent(stationId))).then(
      function (station) {
        list.fill(byId("chosen"), [station], "");
        const card = /** @type {HTMLElement} */ (byId("chosen").firstElementChild);
        number(card, words.signs[station.kind]);
        draw(about);
        pick(card);
      },
      function (problem) {
        say(problem.status === 404 ? words.no_station : words.no_network);
      }
    );
  }

  /** @type {(card: HTMLElement) => void} */
  function pick(card) {
    select(card);
    reveal(card);
  }

  /** @type {(event: Event) => void} */
  function onTap(event) {
    const card = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest(".card"));
    if (card && !event.defaultPrevented) select(card);
  }

  /* ---- Near the reader ---- */

  /** Tell whether it is worth asking for the position. A framed browser that cannot say is taken not to be allowed.
   * @type {() => Promise<boolean>} */
  function mayAsk() {
    if (!navigator.geolocation || !window.isSecureContext) return Promise.resolve(false);
    const policy = document.permissionsPolicy || document.featurePolicy;
    if (policy && policy.allowsFeature) return Promise.resolve(policy.allowsFeature("geolocation"));
    if (!isFramed) return Promise.resolve(true);
    if (!navigator.permissions) return Promise.resolve(false);
    return navigator.permissions.query({ name: "geolocation" }).then(
      function (permission) {
        return permission.state !== "denied";
      },
      function () {
        return false;
      }
    );
  }

  function offerPosition() {
    const button = byId("near");
    if (!button) return;
    button.addEventListener("click", locate);
    mayAsk().then(function (may) {
      button.hidden = !may;
      byId("near-link").hidden = may;
    });
  }

  function locate() {
    if (isSlow) return;
    isSlow = true;
    say(words.locating);
    locator.position
      .find(function () {
        say(words.locating_again);
      })
      .then(askNearest)
      .then(showNearest)
      .catch(function (/** @type {PositionTrouble | Problem} */ reason) {
        const trouble = TROUBLES.find(function (known) {
          return known === reason;
        }) || "unavailable";
        say(typeof reason === "object" && reason.status ? words.no_network : words[trouble]);
        tell("trouble", { reason: trouble });
      })
      .then(function () {
        isSlow = false;
      });
  }

  /** @type {(point: Point) => Promise<Answer & Point>} */
  function askNearest(point) {
    say(words.asking);
    const asked = { lat: point.lat, lon: point.lon, radius: here.radius_m, limit: here.limit, lang: words.lang };
    return fetchJson(words.nearest_url, {
      method: "POST",
      credentials: "omit",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(Object.assign(asked, here.filters)),
    }).then(function (answer) {
      answer.accuracy_m = point.accuracy_m;
      return answer;
    });
  }

  /** Fetch JSON; fails with {status}, 0 where nothing answered.
   * @type {(url: string, options?: RequestInit) => Promise<any>} */
  function fetchJson(url, options) {
    /** @type {(status: number) => Promise<never>} */
    const failed = function (status) {
      return Promise.reject({ status: status || "none" });
    };
    return fetch(url, options || { credentials: "omit" }).then(
      function (response) {
        return response.ok ? response.json() : failed(response.status);
      },
      function () {
        return failed(0);
      }
    );
  }

  /** @type {(answer: Answer & { accuracy_m?: number }) => void} */
  function showNearest(answer) {
    const found = answer.stations.filter(list.isInService), others = answer.stations.slice(found.length);
    const isCut = answer.stations.length === here.limit, beyond = isCut ? null : answer.beyond;
    byId("chosen").textContent = "";
    list.fill(byId("stations"), found, answer.as_of);
    list.fill(byId("beyond-station"), beyond ? [beyond] : [], answer.as_of, found.length + 1);
    list.fill(byId("other-stations"), others, answer.as_of, found.length + (beyond ? 2 : 1));
    byId("others").hidden = !others.length;
    byId("beyond").hidden = !beyond;
    const heading = /** @type {Element} */ (byId("beyond").firstElementChild);
    heading.textContent = found.length ? words.next_beyond : words.nearest_beyond;
    const rest = byId("rest");
    if (rest) rest.hidden = true;
    byId("title").textContent = list.title(answer, isCut, Object.keys(here.filters).length > 0);
    byId("as-of").textContent = locator.say("as_of", { time: answer.as_of.slice(11, 16) });
    say("");
    about = reach({ lat: answer.origin.lat, lon: answer.origin.lon, is_cut: isCut, accuracy_m: answer.accuracy_m });
    draw(about);
    tell("located", { stations: found.length, radius_m: answer.radius_m });
  }

  /** @type {(place: LatLon & { is_cut: boolean, accuracy_m?: number }) => Around} */
  function reach(place) {
    const radius = { radius_m: here.radius_m, radius_text: here.radius_text, half_text: here.half_text };
    return Object.assign(radius, place);
  }

  const hasPlace = here.lat !== null && here.lon !== null;
  let about = hasPlace ? reach({ lat: Number(here.lat), lon: Number(here.lon), is_cut: here.is_cut }) : null;

  /* ---- The map: it never takes the finger or the wheel that moves the page ---- */

  /** @type {(shown: LeafletMap) => void} */
  function startMap(shown) {
    const zoom = here.zoom || (cards().length === 1 ? ALONE_ZOOM : 0);
    locator.onMapTap = function () {};
    locator.onPin = function (stationId) {
      const card = cardOf(stationId);
      if (card) pick(card);
    };
    drawDots(shown);
    if (zoom) shown.setView(startAt(shown), zoom, { animate: false });
    /* Of a city all is shown, and not where its pins are: one far away would make a dot of it. */
    draw(about, here.is_city || zoom > 0);
    /** @type {NodeListOf<HTMLAnchorElement>} */
    const links = widget.querySelectorAll(".leaflet-control-attribution a");
    links.forEach(function (link) {
      link.target = "_blank";
      link.rel = "noopener";
    });
    document.documentElement.classList.add("drawn");
    shown.invalidateSize(false);
  }

  /** Return what lies in the middle when the zoom is chosen.
   * @type {(shown: LeafletMap) => LatLng} */
  function startAt(shown) {
    if (about) return locator.place(about.lat, about.lon);
    const places = cards().map(list.pinned).map(function (station) {
      return locator.place(station.lat, station.lon);
    });
    return here.is_city || !places.length ? shown.getCenter() : L.latLngBounds(places).getCenter();
  }

  /** @type {(shown: LeafletMap) => void} */
  function beGentle(shown) {
    const box = byId("map-frame");
    const first = { capture: true, passive: false };
    const onDown = function (/** @type {any} */ event) {
      const isFinger = event.pointerType ? event.pointerType === "touch" : true;
      if (isFinger) shown.dragging.disable();
      else shown.dragging.enable();
    };
    box.addEventListener(window.PointerEvent ? "pointerdown" : "touchstart", onDown, first);
    /* What the browser does with two fingers it would take from the map; one finger is the page's. */
    const onTouch = function (/** @type {any} */ event) {
      if (event.touches.length > 1 && event.cancelable) event.preventDefault();
      if (event.touches.length > 1) hide();
      else if (event.type === "touchmove") hint(words.two_fingers);
    };
    box.addEventListener("touchstart", onTouch, first);
    box.addEventListener("touchmove", onTouch, first);
    /* Not passive: the page would have moved on before, and with the key it would zoom as well. */
    box.addEventListener("wheel", function (event) {
      const isMeant = event.ctrlKey || event.metaKey;
      if (isMeant) shown.scrollWheelZoom.enable();
      else shown.scrollWheelZoom.disable();
      if (isMeant) hide();
      else hint(words.ctrl_wheel);
    }, first);
    shown.scrollWheelZoom.disable();
  }

  let hiding = 0;

  /** @type {(text: string) => void} */
  function hint(text) {
    byId("map-hint").textContent = text;
    byId("map-hint").classList.add("shown");
    clearTimeout(hiding);
    hiding = setTimeout(hide, HINT_MS);
  }

  function hide() {
    byId("map-hint").classList.remove("shown");
  }

  if (window.L) {
    L.Map.addInitHook(/** @this {LeafletMap} */ function () {
      map = this;
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    widget.addEventListener("click", openBeside);
    byId("list").addEventListener("click", onTap);
    window.addEventListener("message", listen);
    const chosen = here.station_id && cardOf(here.station_id);
    if (chosen) chosen.classList.add("chosen");
    if (map) {
      beGentle(map);
      startMap(map);
    }
    offerPosition();
    tell("ready");
    watchHeight();
  });
})();
