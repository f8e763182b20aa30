/* The planner's page: its map, the form that the map fills, tables that sort. Needs static/shared/map.js; everything
 * works without it too, except the map. Texts of data only ever go through textContent. Plain ES2017. */
(function () {
  "use strict";

  const locator = window.locator, words = locator.words, make = locator.make;
  const facts = words.planner || {};
  const form = document.getElementById("question");
  const status = document.getElementById("map-status");
  const TRIES = 6, PAUSE_MS = 2500;
  const NEAR_PX = 14; /* a tap so near to a station means it */
  const TILE_PX = 256;
  const calm = window.matchMedia && window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  /* ---- Asking ---- */

  /** Fetch, and come again while the planner is busy with others.
   * @type {(url: string, tries: number) => Promise<Response>} */
  function patiently(url, tries) {
    return fetch(url).then(function (response) {
      if (response.ok) return response;
      if (response.status !== 503 || tries >= TRIES) throw new Error(response.status + " " + url);
      return new Promise(function (resolve) {
        setTimeout(resolve, PAUSE_MS);
      }).then(function () {
        return patiently(url, tries + 1);
      });
    });
  }

  /** @type {(url: string) => Promise<any>} */
  function fetchJson(url) {
    return patiently(url, 1).then(function (response) {
      return response.json();
    });
  }

  /* ---- The form ---- */

  let isAsked = false;
  const button = document.getElementById("ask"), working = document.getElementById("working");

  form.addEventListener("submit", function (event) {
    if (isAsked) {
      event.preventDefault();
      return;
    }
    isAsked = true;
    button.setAttribute("aria-disabled", "true");
    const bar = make("progress"), text = locator.say("working", { n: facts.seconds || 10 });
    bar.setAttribute("aria-label", text);
    working.textContent = "";
    working.appendChild(make("span", "", text));
    working.appendChild(bar);
  });

  /* The back button shows the page as it was left. */
  window.addEventListener("pageshow", function () {
    isAsked = false;
    button.removeAttribute("aria-disabled");
    working.textContent = "";
  });

  /* A time is only of use with its choice. */
  document.getElementById("at").addEventListener("input", function () {
    /** @type {HTMLInputElement} */ (form.querySelector('input[name="when"][value="at"]')).checked = true;
  });

  /** @type {(id: "add" | "remove", text: string, between: string) => void} */
  function append(id, text, between) {
    const field = document.getElementById(id), before = field.value.trim();
    field.value = before ? before + between + text : text;
    document.getElementById("what-if").open = true;
  }

  /* ---- Tables that sort ---- */

  /** @type {NodeListOf<HTMLTableElement>} */ (document.querySelectorAll("table.sortable")).forEach(function (table) {
    if (!table.tHead) return;
    table.tHead.addEventListener("click", function (event) {
      const link = /** @type {Element} */ (event.target).closest("a");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      sortBy(table, link);
    });
  });

  /** @type {(table: HTMLTableElement, link: HTMLElement) => void} */
  function sortBy(table, link) {
    const head = /** @type {HTMLTableCellElement} */ (link.closest("th")), place = head.cellIndex;
    const isUp = head.getAttribute("aria-sort") !== "ascending";
    /** @type {(row: HTMLTableRowElement) => number | null} */
    const valueOf = function (row) {
      const said = row.cells[place].dataset.value;
      return said === "" ? null : Number(said);
    };
    const rows = Array.from(table.tBodies[0].rows).sort(function (a, b) {
      const x = valueOf(a), y = valueOf(b);
      if (x === null || y === null) return Number(x === null) - Number(y === null);
      return isUp ? x - y : y - x;
    });
    rows.forEach(function (row) {
      table.tBodies[0].appendChild(row);
    });
    /** @type {HTMLElement} */ (head.parentNode).querySelectorAll("th").forEach(function (other) {
      other.removeAttribute("aria-sort");
    });
    head.setAttribute("aria-sort", isUp ? "ascending" : "descending");
    const address = new URL(location.href);
    address.searchParams.set("sort", (isUp ? "" : "-") + link.dataset.key);
    history.replaceState(null, "", address);
  }

  /* Images that came too early for a busy planner are asked for again. */
  /** @type {NodeListOf<HTMLImageElement>} */
  const charts = document.querySelectorAll(".planner figure img");
  charts.forEach(function (image) {
    let tries = 0;
    image.addEventListener("error", function () {
      tries += 1;
      if (tries >= TRIES) return;
      setTimeout(function () {
        image.src = image.src.replace(/#.*|$/, "#" + tries);
      }, PAUSE_MS);
    });
  });

  /* ---- The map ---- */

  locator.plannerMap = function (map, options) {
    const control = L.control.layers(undefined, undefined, { collapsed: true }).addTo(map);
    map.createPane("cells").style.zIndex = "355";
    map.createPane("gaps").style.zIndex = "400";
    map.createPane("stations").style.zIndex = "450";
    /** @type {PlannerMap} */
    const state = { map: map, control: control, scenario: L.layerGroup(), cells: null, stations: null };
    drawMarks(state);
    /* One after the other: the planner works out one thing at a time, and other people want an answer too. */
    loadGapTable()
      .then(function () {
        return fetchJson(facts.gaps);
      })
      .then(function (gaps) {
        drawGaps(state, gaps);
        return fetchJson(facts.cells);
      })
      .then(function (cells) {
        drawCells(state, cells);
        return fetchJson(options.stations_url);
      })
      .then(function (stations) {
        drawStations(state, stations);
        status.textContent = "";
        loadPicture();
        return fetchJson(facts.asked);
      })
      .then(function (asked) {
        drawAsked(state, asked);
      })
      .catch(function () {
        status.textContent = words.no_data;
      });
    map.on("click", function (event) {
      offer(state, event.latlng.wrap());
    });
    document.getElementById("add-middle").addEventListener("click", function () {
      offer(state, map.getCenter().wrap());
    });
  };

  /** Fill in the table that takes longest, unless the page came with it.
   * @type {() => Promise<void>} */
  function loadGapTable() {
    const place = document.getElementById("gap-table");
    if (place.querySelector("table")) return Promise.resolve(zoomLinks());
    return patiently(facts.gap_table, 1)
      .then(function (response) {
        return response.text();
      })
      .then(function (text) {
        const found = new DOMParser().parseFromString(text, "text/html").body;
        place.textContent = "";
        Array.from(found.children).forEach(function (child) {
          place.appendChild(document.importNode(child, true));
        });
        zoomLinks();
      });
  }

  let zoomTo = /** @type {((bounds: number[]) => void) | null} */ (null);

  function zoomLinks() {
    /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-zoom]")).forEach(function (link) {
      link.addEventListener("click", function () {
        if (zoomTo) zoomTo((link.dataset.zoom || "").split(",").map(Number));
      });
    });
  }

  function loadPicture() {
    const picture = document.getElementById("picture");
    picture.src = facts.picture;
    picture.hidden = false;
  }

  /** Demand by how many are too far: one path for each class, neighbours of a row joined.
   * @type {(state: PlannerMap, cells: PlannerCells) => void} */
  function drawCells(state, cells) {
    const layer = L.layerGroup();
    /** @type {LatLng[][][][]} */
    const rings = [[], [], [], []];
    const classOf = function (/** @type {number} */ at) {
      const far = cells.uncovered[at];
      return far < 5 ? 0 : far < 50 ? 1 : far < 95 ? 2 : 3;
    };
    for (let at = 0; at < cells.rows.length; ) {
      let end = at + 1;
      while (
        end < cells.rows.length && cells.rows[end] === cells.rows[at] && classOf(end) === classOf(at) &&
        cells.columns[end] === cells.columns[end - 1] + 1
      ) end += 1;
      rings[classOf(at)].push(rectangle(cells, at, end - 1));
      at = end;
    }
    rings.forEach(function (ring, place) {
      if (!ring.length) return;
      L.polygon(ring, {
        pane: "cells",
        stroke: false,
        fillColor: "url(#far-" + place + ")",
        fillOpacity: 0.8,
        interactive: false,
        smoothFactor: 0,
      }).addTo(layer);
    });
    state.cells = cells;
    state.control.addOverlay(layer.addTo(state.map), words.cells_layer);
  }

  /** @type {(cells: PlannerCells, first: number, last: number) => LatLng[][]} */
  function rectangle(cells, first, last) {
    const west = cells.columns[first] * cells.width_deg, east = (cells.columns[last] + 1) * cells.width_deg;
    const south = cells.rows[first] * cells.height_deg, north = south + cells.height_deg;
    return [
      [locator.place(south, west), locator.place(south, east), locator.place(north, east), locator.place(north, west)],
    ];
  }

  /** @type {(cells: PlannerCells, lat: number, lon: number) => number} */
  function cellAt(cells, lat, lon) {
    const column = Math.floor(lon / cells.width_deg), row = Math.floor(lat / cells.height_deg);
    for (let at = 0; at < cells.rows.length; at++) {
      if (cells.rows[at] === row && cells.columns[at] === column) return at;
    }
    return -1;
  }

  /** @type {(state: PlannerMap, gaps: any) => void} */
  function drawGaps(state, gaps) {
    const layer = L.layerGroup();
    L.geoJSON(gaps, {
      pane: "gaps",
      interactive: false,
      style: { className: "gap" },
      coordsToLatLng: function (lonlat) {
        return locator.place(lonlat[1], lonlat[0]);
      },
    }).addTo(layer);
    gaps.features.slice(0, facts.gaps_listed).forEach(function (/** @type {any} */ gap, /** @type {number} */ place) {
      L.marker(locator.place(gap.properties.lat, gap.properties.lon), {
        pane: "gaps",
        icon: L.divIcon({ className: "gap-number", html: make("span", "", place + 1), iconSize: [0, 0] }),
        interactive: false,
        keyboard: false,
      }).addTo(layer);
    });
    zoomTo = function (bounds) {
      const corners = [locator.place(bounds[1], bounds[0]), locator.place(bounds[3], bounds[2])];
      state.map.fitBounds(L.latLngBounds(corners), { animate: !calm, padding: [20, 20] });
    };
    state.control.addOverlay(layer.addTo(state.map), words.gaps_layer);
  }

  /** Thousands of dots as images of our own drawing: no element and no listener for each.
   * @type {(state: PlannerMap, data: Compact) => void} */
  function drawStations(state, data) {
    const columns = data.columns, counting = state.cells && state.cells.counting;
    const removed = facts.removed || [];
    const rows = columns.lat.map(function (lat, row) {
      const at = locator.place(lat / 1e6, columns.lon[row] / 1e6);
      const isInService = data.in_service === undefined || row < data.in_service;
      return { data: data, at: at, row: row, counts: isInService && (!counting || counting[row] === "1") };
    });
    const style = getComputedStyle(document.documentElement);
    /** @type {any} */
    const Dots = L.GridLayer.extend({
      createTile: function (/** @type {L.Coords} */ coords) {
        const tile = L.DomUtil.create("canvas"), scale = window.devicePixelRatio || 1;
        tile.width = tile.height = TILE_PX * scale;
        const pen = /** @type {CanvasRenderingContext2D} */ (tile.getContext("2d"));
        const size = Math.max(1.3, Math.min(6, (coords.z - 8) * 0.9));
        pen.scale(scale, scale);
        const corner = coords.scaleBy(L.point(TILE_PX, TILE_PX));
        rows.forEach(function (station) {
          const spot = state.map.project(station.at, coords.z).subtract(corner);
          if (spot.x < -8 || spot.y < -8 || spot.x > TILE_PX + 8 || spot.y > TILE_PX + 8) return;
          pen.beginPath();
          pen.arc(spot.x, spot.y, size, 0, 2 * Math.PI);
          pen.lineWidth = size > 2.5 ? 1.2 : 0.5;
          pen.strokeStyle = style.getPropertyValue(station.counts ? "--dot-ring" : "--quiet");
          pen.fillStyle = style.getPropertyValue("--dot");
          if (station.counts) pen.fill();
          pen.stroke();
        });
        return tile;
      },
    });
    state.stations = rows;
    rows.forEach(function (station) {
      const isRemoved = removed.indexOf(columns.station_id[station.row]) >= 0;
      if (isRemoved) sign(state.scenario, station.at, "×", "removed", columns.name[station.row]);
    });
    state.control.addOverlay(new Dots({ pane: "stations", tileSize: TILE_PX }).addTo(state.map), words.stations_layer);
  }

  /** Where workers asked for a station; the server sends no place where fewer than three networks did.
   * @type {(state: PlannerMap, asked: AskedSquare[]) => void} */
  function drawAsked(state, asked) {
    if (!asked.length) return;
    const layer = L.layerGroup();
    asked.forEach(function (place) {
      const text = locator.say("asked", { n: place.count, answered: place.answered });
      const kind = place.answered < place.count ? "asked" : "asked lit";
      const wanted = make("p", "amenity-line", wantedThere(place.amenities));
      const pin = sign(layer, locator.place(place.lat, place.lon), place.count, kind, text);
      pin.bindPopup(make("div", "popup", [make("p", "", text), wanted]));
    });
    state.control.addOverlay(layer.addTo(state.map), words.asked_layer);
  }

  /** @type {(amenities: Record<string, number>) => string} */
  function wantedThere(amenities) {
    return words.amenity_order
      .filter(function (word) {
        return amenities[word];
      })
      .map(function (word) {
        return words.amenities[word] + " " + amenities[word];
      })
      .join(words.comma);
  }

  /** @type {(layer: LayerGroup, at: LatLng, text: string | number, kind: string, title: string) => LeafletMarker} */
  function sign(layer, at, text, kind, title) {
    return L.marker(at, {
      icon: L.divIcon({ className: "site-pin " + kind, html: make("span", "", text), iconSize: [28, 28] }),
      title: title,
      alt: title,
      keyboard: false,
    }).addTo(layer);
  }

  /** What the page itself says: recommended sites and stations of the scenario.
   * @type {(state: PlannerMap) => void} */
  function drawMarks(state) {
    const sites = L.layerGroup(), scenario = state.scenario;
    (facts.sites || []).forEach(function (site, place) {
      const title = locator.say("site", { rank: place + 1, gain: site.gain.toLocaleString("en") });
      sign(sites, locator.place(site.lat, site.lon), place + 1, "site", title).on("click", function (event) {
        offer(state, event.latlng);
      });
    });
    (facts.added || []).forEach(function (added, place) {
      const title = locator.say("new_station", { place: place + 1 });
      sign(scenario, locator.place(added.lat, added.lon), "+", "added", title);
    });
    scenario.addTo(state.map);
    if ((facts.sites || []).length) state.control.addOverlay(sites.addTo(state.map), words.sites_layer);
    state.control.addOverlay(scenario, words.scenario_layer);
  }

  /* ---- What a tap on the map offers ---- */

  /** @type {(state: PlannerMap, latlng: LatLng) => void} */
  function offer(state, latlng) {
    const here = locator.unplace(latlng);
    /** @type {(HTMLElement | null)[]} */
    const parts = [];
    const station = nearest(state, latlng);
    if (station) parts.push.apply(parts, aboutStation(state, station));
    parts.push.apply(parts, aboutPlace(state, here));
    const isNarrow = state.map.getSize().x < 480; /* where the popup has to stand below the buttons, not beside */
    const popup = L.popup({
      maxWidth: 240,
      minWidth: 200,
      autoPanPaddingTopLeft: isNarrow ? [8, 112] : [72, 16],
      autoPanPaddingBottomRight: isNarrow ? [8, 8] : [72, 16],
    });
    const content = make("div", "popup", parts);
    popup.setLatLng(station ? station.at : latlng).setContent(content).openOn(state.map);
    content.addEventListener("keydown", function (event) {
      if (event.key === "Escape") popup.close();
    });
    /** @type {HTMLElement} */ (content.querySelector("button")).focus();
  }

  /** @type {(state: PlannerMap, latlng: LatLng) => PlannerStation | null} */
  function nearest(state, latlng) {
    if (!state.stations) return null;
    const tap = state.map.latLngToLayerPoint(latlng);
    const bounds = L.latLngBounds(
      state.map.layerPointToLatLng(tap.subtract([NEAR_PX, NEAR_PX])),
      state.map.layerPointToLatLng(tap.add([NEAR_PX, NEAR_PX]))
    );
    let best = /** @type {PlannerStation | null} */ (null), least = NEAR_PX;
    state.stations.forEach(function (station) {
      if (!bounds.contains(station.at)) return;
      const distance = state.map.latLngToLayerPoint(station.at).distanceTo(tap);
      if (distance < least) {
        best = station;
        least = distance;
      }
    });
    return best;
  }

  /** @type {(state: PlannerMap, station: PlannerStation) => (HTMLElement | null)[]} */
  function aboutStation(state, station) {
    const data = station.data, columns = data.columns, row = station.row;
    const id = columns.station_id[row], name = columns.name[row], badge = locator.outBadge(data, row);
    const link = make("a", "", name);
    link.href = words.station_url.replace("STATION", encodeURIComponent(id));
    const close = make("button", "second-button", words.close_it);
    close.type = "button";
    close.addEventListener("click", function () {
      append("remove", id, ",");
      sign(state.scenario, station.at, "×", "removed", name);
      done(state, locator.say("closed", { name: name }));
    });
    return [
      make("h3", "", [link]),
      make("p", "meta", words.kinds[data.kinds[columns.kind[row]]]),
      badge,
      station.counts ? null : make("p", "meta", words.not_counted),
      badge ? null : close,
    ];
  }

  /** @type {(state: PlannerMap, here: { lat: number, lng: number }) => HTMLElement[]} */
  function aboutPlace(state, here) {
    const kind = make("select");
    kind.setAttribute("aria-label", words.kind);
    facts.kinds.forEach(function (word) {
      const option = make("option", "", words.kinds[word]);
      option.value = word;
      kind.appendChild(option);
    });
    const add = make("button", "second-button", words.add_here);
    add.type = "button";
    const place = here.lat.toFixed(5) + "," + here.lng.toFixed(5);
    add.addEventListener("click", function () {
      append("add", place + "," + kind.value, "; ");
      sign(state.scenario, locator.place(here.lat, here.lng), "+", "added", words.add_here);
      done(state, locator.say("added", { place: place }));
    });
    return [make("p", "meta", cellText(state, here)), kind, add];
  }

  /** @type {(state: PlannerMap, here: { lat: number, lng: number }) => string} */
  function cellText(state, here) {
    const cells = state.cells, at = cells ? cellAt(cells, here.lat, here.lng) : -1;
    if (!cells || at < 0) return "";
    const persons = cells.weight[at].toLocaleString("en"), mean = cells.mean_m[at];
    if (mean === null) return locator.say("cell_nowhere", { persons: persons });
    const isNear = mean < 1000, n = isNear ? mean : (mean / 1000).toFixed(1);
    const distance = locator.say(isNear ? "metres" : "kilometres", { n: n });
    return locator.say("cell", { persons: persons, share: cells.uncovered[at] + "%", distance: distance });
  }

  /** Say what was put into the form, and offer to send it.
   * @type {(state: PlannerMap, sentence: string) => void} */
  function done(state, sentence) {
    state.map.closePopup();
    status.textContent = sentence + " ";
    const go = make("button", "main-button", words.see_change);
    go.type = "button";
    go.addEventListener("click", function () {
      if (form.requestSubmit) form.requestSubmit();
      else form.submit();
    });
    status.appendChild(go);
    go.focus();
  }
})();
