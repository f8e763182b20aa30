/* The map on which a steward chooses a position: a tap sets the pin, and it can be dragged. What is typed into the
 * field is read by the server, which knows every form and datum. Texts only ever go through textContent.
 * Needs static/manage/ask.js. Plain ES2017. */
(function () {
  "use strict";

  const LANDMARKS_ZOOM = 13; /* from here on their names have room */
  const locator = window.locator, make = locator.make;
  const MOST_DRAWN = 300; /* stations at once */
  const MOST_NAMED = 15;
  const CLOSE_ZOOM = 16;
  /** @type {L.TooltipOptions} */
  const NAME = { permanent: true, direction: "right", className: "pick-name" };
  const FINGER_PX = 20; /* how far off a tap may be */

  locator.pickMap = function (map, options) {
    const url = document.getElementById("pick-position").dataset.url;
    const field = document.getElementById("position"), datum = document.getElementById("datum");
    const pin = L.marker([0, 0], {
      draggable: true,
      autoPan: true,
      keyboard: false,
      zIndexOffset: 1000,
      icon: L.divIcon({ className: "pick-pin", html: make("span"), iconSize: [44, 44], iconAnchor: [22, 40] }),
    });
    drawLandmarks(map);
    drawStations(map, options.stations_url);

    /** Take a point of the map as the position.
     * @type {(drawn: LatLng) => void} */
    function choose(drawn) {
      const here = locator.unplace(drawn);
      pin.setLatLng(drawn).addTo(map);
      field.value = here.lat.toFixed(6) + ", " + here.lng.toFixed(6);
      datum.value = "wgs84";
      sayAccuracy(String(Math.max(10, Math.round(FINGER_PX * metresPerPixel(map, here.lat)))));
      ask(false);
    }

    /** Ask the server what is in the field; show it on the map unless it was chosen there.
     * @type {(isShown: boolean) => void} */
    function ask(isShown) {
      if (!field.value.trim()) return;
      say("looking", false);
      locator.ask(url, [field, datum]).then(
        function (/** @type {Picked} */ found) {
          if (found.trouble !== undefined) {
            pin.remove();
            return tell(found.trouble, true);
          }
          tell(found.said, false);
          if (!isShown) return;
          const here = locator.place(found.lat, found.lon);
          pin.setLatLng(here).addTo(map);
          map.setView(here, Math.max(map.getZoom(), CLOSE_ZOOM), { animate: false });
        },
        function () {
          say("not_looked", true);
        }
      );
    }

    map.on("click", function (event) {
      choose(event.latlng.wrap());
    });
    pin.on("dragend", function () {
      choose(pin.getLatLng().wrap());
    });
    [field, datum].forEach(function (control) {
      control.addEventListener("change", function () {
        sayAccuracy(null);
        ask(true);
      });
    });
    ask(true);
  };

  /** @type {(key: "looking" | "not_looked", isTrouble: boolean) => void} */
  function say(key, isTrouble) {
    tell(locator.words[key], isTrouble);
  }

  /** @type {(text: string, isTrouble: boolean) => void} */
  function tell(text, isTrouble) {
    const said = document.getElementById("position-said");
    said.textContent = text;
    said.className = isTrouble ? "trouble" : "hint";
  }

  /** Fill in how exact a tap is, where the form asks for it; null gives back what was there.
   * @type {(metres: string | null) => void} */
  function sayAccuracy(metres) {
    const field = document.getElementById("position_accuracy_m");
    if (!field) return;
    if (metres === null && !field.dataset.tapped) return;
    field.dataset.tapped = metres === null ? "" : "yes";
    field.value = metres === null ? field.defaultValue : metres;
  }

  /** @type {(map: LeafletMap, lat: number) => number} */
  function metresPerPixel(map, lat) {
    return (40075016 * Math.cos((lat * Math.PI) / 180)) / (256 * Math.pow(2, map.getZoom()));
  }

  /** @type {(map: LeafletMap) => void} */
  function drawLandmarks(map) {
    /** @type {{ name: string, lat: number, lon: number }[]} */
    const landmarks = JSON.parse(document.getElementById("pick-landmarks").textContent || "[]");
    const layer = L.layerGroup();
    landmarks.forEach(function (mark) {
      L.marker(locator.place(mark.lat, mark.lon), {
        icon: L.divIcon({ className: "pick-landmark", html: make("span", "", mark.name), iconSize: [12, 12] }),
        interactive: false,
        keyboard: false,
      }).addTo(layer);
    });
    const draw = function () {
      if (map.getZoom() >= LANDMARKS_ZOOM) layer.addTo(map);
      else layer.remove();
    };
    map.on("zoomend", draw);
    draw();
  }

  /** Draw the published stations in sight, with their names where they are few.
   * @type {(map: LeafletMap, url: string) => void} */
  function drawStations(map, url) {
    const layer = L.layerGroup().addTo(map);
    fetch(url)
      .then(function (response) {
        if (!response.ok) throw new Error(String(response.status));
        return response.json();
      })
      .then(
        function (data) {
          const places = placesOf(data);
          map.on("moveend", draw);
          draw();

          function draw() {
            const sight = map.getBounds().pad(0.1), middle = map.getCenter();
            const seen = places.filter(function (place) {
              return sight.contains(place.at);
            });
            seen.sort(function (a, b) {
              return middle.distanceTo(a.at) - middle.distanceTo(b.at);
            });
            layer.clearLayers();
            seen.slice(0, MOST_DRAWN).forEach(function (place) {
              const dot = L.circleMarker(place.at, { radius: 6, className: "pick-station", interactive: false });
              if (seen.length <= MOST_NAMED) dot.bindTooltip(make("span", "", place.name), NAME);
              dot.addTo(layer);
            });
          }
        },
        function () {
          /* Without the stations the map still takes a tap. */
        }
      );
  }

  /** @type {(data: Compact) => { at: LatLng, name: string }[]} */
  function placesOf(data) {
    const columns = data.columns;
    return columns.name.map(function (name, row) {
      return { at: locator.place(columns.lat[row] / 1e6, columns.lon[row] / 1e6), name: name };
    });
  }
})();
