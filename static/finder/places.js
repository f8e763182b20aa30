/* Search as you type: places by name, address, pinyin or initials, as a combobox with a list (WAI-ARIA). Without
 * this script the form finds the same. Needs static/shared/map.js. Plain ES2017, for the browsers of old phones. */
(function () {
  "use strict";

  const locator = window.locator, words = locator.words, make = locator.make;
  const PAUSE_MS = 250; /* after a key, before asking */
  const FEWEST_LETTERS = 2;
  const most = words.finder.choices;
  const field = document.getElementById("place"), list = document.getElementById("places");
  const count = document.getElementById("places-found");
  let active = -1, timer = 0, turn = 0;
  let found = /** @type {Place[]} */ ([]), chosen = /** @type {((place: Place) => void) | null} */ (null);

  /* ---- Asking ---- */

  /** @type {(event: Event | null) => void} */
  function onInput(event) {
    clearTimeout(timer);
    turn += 1;
    if (event && /** @type {InputEvent} */ (event).isComposing) return;
    const text = field.value.trim();
    if (text.length < FEWEST_LETTERS) return close();
    timer = setTimeout(ask, PAUSE_MS, text, turn);
  }

  /** @type {(text: string, mine: number) => void} */
  function ask(text, mine) {
    const asked = fetchPlaces(text);
    (locator.offline ? locator.offline.eitherPlaces(asked, text, most) : asked).then(
      function (places) {
        if (mine === turn) show(places, text);
      },
      function () {
        if (mine === turn) close();
      }
    );
  }

  /** @type {(text: string) => Promise<Place[]>} */
  function fetchPlaces(text) {
    return fetch(words.places_url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ text: text, limit: most, lang: words.lang }),
    }).then(function (response) {
      return response.json().then(function (body) {
        if (!response.ok) throw body;
        return body.places;
      });
    });
  }

  /* ---- The list ---- */

  /** Say what a place is, where, how exactly that is known, and how far it is from where the list is about.
   * @type {(place: Place) => string} */
  function describe(place) {
    const here = locator.position.kept(), isArea = place.what === "district";
    const accuracy = place.accuracy_m ? "± " + locator.list.distance(place.accuracy_m) : "";
    const metres = here && !isArea ? L.latLng(here.lat, here.lon).distanceTo([place.lat, place.lon]) : null;
    const isAway = metres !== null && metres > (place.accuracy_m || 0);
    const away = isAway ? locator.say("away", { distance: locator.list.distance(metres) }) : "";
    const said = [words[`place_${place.what}`], isArea ? "" : place.district, accuracy, away];
    return said.filter(Boolean).join(" · ");
  }

  /** @type {(places: Place[], text: string) => void} */
  function show(places, text) {
    found = places;
    list.textContent = "";
    places.forEach(function (place, row) {
      list.appendChild(option(place, row));
    });
    list.hidden = !places.length;
    field.setAttribute("aria-expanded", String(places.length > 0));
    tell(places.length, text);
    mark(-1);
    /* A phone's keyboard leaves half of the screen. */
    const line = field.parentElement;
    if (line && list.getBoundingClientRect().bottom > window.innerHeight / 2) line.scrollIntoView();
  }

  /** How many there are the list shows, but to who cannot see it; that there is none everybody is told.
   * @type {(many: number, text: string) => void} */
  function tell(many, text) {
    const isBeginning = many > 0 && found[0].match === "part";
    const key = isBeginning ? "around_here" : many ? "places_found" : "no_place";
    count.className = many && !isBeginning ? "unseen" : "note";
    count.textContent = locator.say(key, { n: many, text: text });
  }

  /** @type {(place: Place, row: number) => HTMLElement} */
  function option(place, row) {
    const item = make("li", "", [make("span", "", place.name), make("span", "what", describe(place))]);
    item.id = "place-" + row;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    /* The field keeps the focus. */
    item.addEventListener("mousedown", function (event) {
      event.preventDefault();
    });
    item.addEventListener("click", function () {
      pick(row);
    });
    return item;
  }

  function close() {
    turn += 1;
    count.textContent = "";
    list.hidden = true;
    field.setAttribute("aria-expanded", "false");
    mark(-1);
  }

  /** @type {(row: number) => void} */
  function mark(row) {
    active = row;
    Array.prototype.forEach.call(list.children, function (item, place) {
      item.setAttribute("aria-selected", String(place === row));
      if (place === row) item.scrollIntoView({ block: "nearest" });
    });
    if (row >= 0) field.setAttribute("aria-activedescendant", "place-" + row);
    else field.removeAttribute("aria-activedescendant");
  }

  /** @type {(row: number) => void} */
  function pick(row) {
    const place = found[row];
    field.value = place.name;
    clearTimeout(timer);
    close();
    if (chosen) chosen(place);
  }

  /** @type {(event: KeyboardEvent) => void} */
  function onKey(event) {
    if (list.hidden || event.isComposing) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step) mark((active + step + found.length + (active < 0 && step < 0 ? 1 : 0)) % found.length);
    else if (event.key === "Enter" && active >= 0) pick(active);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  }

  /* ---- Start ---- */

  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-expanded", "false");
  field.setAttribute("aria-controls", "places");
  field.addEventListener("input", onInput);
  field.addEventListener("compositionend", function () {
    onInput(null);
  });
  field.addEventListener("keydown", onKey);
  field.addEventListener("blur", close);
  field.addEventListener("focus", function () {
    if (locator.offline) locator.offline.prepare();
  });

  locator.places = {
    describe: describe,
    /* Call with the place that a person picked. */
    onPick: function (call) {
      chosen = call;
    },
  };
})();
