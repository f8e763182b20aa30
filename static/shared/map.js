/* Draws districts, stations and people on a Leaflet map. The pages' map scripts, made on the server, call
 * these functions; options come as JSON, words from the page, and text of stations only ever goes through
 * textContent. Plain ES2017, for the browsers of old phones. */
(function () {
  "use strict";

  const locator = (window.locator = window.locator || /** @type {Locator} */ ({}));

  /* Words and labels in the reader's language, put into the page by the server. */
  const said = document.getElementById("words");
  const words = (locator.words = said ? JSON.parse(said.textContent || "") : {});

  /* Fill the {fields} of a text. */
  locator.fill = function (text, values) {
    return text.replace(/\{(\w+)\}/g, function (field, name) {
      return values && name in values ? String(values[name]) : field;
    });
  };

  /* Say a message with its {fields} filled in. */
  locator.say = function (key, values) {
    return locator.fill(words[key], values);
  };

  /* Make an element with a class and a text, or with children. */
  locator.make = function (tag, className, content) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (Array.isArray(content)) {
      content.forEach(function (child) {
        if (child) element.appendChild(child);
      });
    } else if (content !== undefined && content !== null) {
      element.textContent = String(content);
    }
    return element;
  };

  const make = locator.make;
  const calm = window.matchMedia && window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  /* ---- Datum: where a position in WGS 84 lies on the tiles ---- */

  /** @type {Ring[]} */
  let shiftedRings = []; /* within which the tiles are */
  let cityBounds = /** @type {Bounds | null} */ (null);

  /* Tell by the even-odd rule whether a position lies within rings of [lon, lat]. */
  locator.isInside = function (rings, lat, lon) {
    let inside = false;
    rings.forEach(function (ring) {
      for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
        const a = ring[i], b = ring[j];
        if (a[1] > lat !== b[1] > lat && lon < ((b[0] - a[0]) * (lat - a[1])) / (b[1] - a[1]) + a[0]) {
          inside = !inside;
        }
      }
    });
    return inside;
  };

  /** @type {(t: number, twelfth: number, thirtieth: number) => number} */
  function waves(t, twelfth, thirtieth) {
    const pi = Math.PI;
    return (
      ((20 * Math.sin(pi * t) + 40 * Math.sin((pi * t) / 3) + twelfth * Math.sin((pi * t) / 12) +
        thirtieth * Math.sin((pi * t) / 30)) * 2) / 3
    );
  }

  /* WGS 84 to GCJ-02: the same formula as in locator/geo/datum.py. Returns [lat, lon]. */
  locator.toGcj02 = function (lat, lon) {
    const axis = 6378245, e2 = 0.006693421622965943, deg = 180 / Math.PI;
    const x = lon - 105, y = lat - 35;
    const common = 0.1 * x * y + ((20 * Math.sin(6 * Math.PI * x) + 20 * Math.sin(2 * Math.PI * x)) * 2) / 3;
    const root = Math.sqrt(Math.abs(x));
    const east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * root + common + waves(x, 150, 300);
    const north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.2 * root + common + waves(y, 160, 320);
    const phi = lat / deg;
    const flat = 1 - e2 * Math.pow(Math.sin(phi), 2);
    return [
      lat + (deg * north * flat * Math.sqrt(flat)) / (axis * (1 - e2)),
      lon + (deg * east * Math.sqrt(flat)) / (axis * Math.cos(phi)),
    ];
  };

  /* Return the WGS 84 position {lat, lng} of a point on the map: shift it back until it would be drawn there. */
  locator.unplace = function (drawn) {
    let lat = drawn.lat, lng = drawn.lng;
    for (let turn = 0; turn < 3; turn++) {
      const again = locator.place(lat, lng);
      lat += drawn.lat - again.lat;
      lng += drawn.lng - again.lng;
    }
    return { lat: lat, lng: lng };
  };

  /* Return where a WGS 84 position is drawn. */
  locator.place = function (lat, lon) {
    return L.latLng(locator.isInside(shiftedRings, lat, lon) ? locator.toGcj02(lat, lon) : [lat, lon]);
  };

  /* ---- What every map has ---- */

  locator.startMap = function (map, options) {
    shiftedRings = options.shifted;
    map.attributionControl.setPrefix('<a href="https://leafletjs.com">Leaflet</a>');
    L.control.zoom({ zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(map);
    L.control.scale({ imperial: false }).addTo(map);
    map.createPane("districts").style.zIndex = "350";
    map.createPane("names").style.zIndex = "360";
    fetchJson(options.districts_url).then(
      function (districts) {
        drawDistricts(map, districts);
      },
      function () {
        /* Without their outlines the stations stand where they stand. */
      }
    );
  };

  /** @type {(url: string) => Promise<any>} */
  function fetchJson(url) {
    return fetch(url).then(function (response) {
      if (!response.ok) throw new Error(response.status + " " + url);
      return response.json();
    });
  }

  /** Outlines with their names: with no base map they are the map.
   * @type {(map: LeafletMap, districts: any) => void} */
  function drawDistricts(map, districts) {
    const outlines = L.geoJSON(districts, {
      pane: "districts",
      interactive: false,
      style: { className: "district" },
      coordsToLatLng: function (lonlat) {
        return locator.place(lonlat[1], lonlat[0]);
      },
      onEachFeature: function (feature, outline) {
        nameDistrict(map, feature, /** @type {L.Polygon} */ (outline).getBounds());
      },
    }).addTo(map);
    cityBounds = outlines.getBounds();
  }

  /** @type {(map: LeafletMap, feature: any, bounds: Bounds) => void} */
  function nameDistrict(map, feature, bounds) {
    const facts = feature.properties;
    const name = make("span", "", words.lang === "zh" ? facts.name : facts.name_en);
    const label = L.marker(locator.place(facts.centre[0], facts.centre[1]), {
      pane: "names",
      icon: L.divIcon({ className: "district-name", html: name, iconSize: [0, 0] }),
      interactive: false,
      keyboard: false,
    });
    /* A name is shown where its district is wide enough to hold it. */
    function settle() {
      const wide = map.latLngToLayerPoint(bounds.getNorthEast()).x - map.latLngToLayerPoint(bounds.getSouthWest()).x;
      if (wide > 16 * Math.max(2, name.textContent.length * (words.lang === "zh" ? 0.8 : 0.45))) label.addTo(map);
      else label.remove();
    }
    map.on("zoomend", settle);
    settle();
  }

  /** An icon of a kind's shape with a sign in it, struck out for a station that is not in service; many markers may
   * share one.
   * @type {(kind: string, sign: string, status: string, extra?: string) => L.DivIcon} */
  function pinIcon(kind, sign, status, extra) {
    const pin = "pin pin-" + kind + (status === "open" ? "" : " pin-out");
    const icon = L.divIcon({ className: "pin-box" + (extra || ""), html: false, iconSize: [40, 40] });
    icon.createIcon = function (old) {
      const box = L.DivIcon.prototype.createIcon.call(icon, old);
      box.textContent = "";
      box.appendChild(make("span", pin, [make("span", "", sign)]));
      return box;
    };
    return icon;
  }

  /* Describe whether a station is open: a badge with colour, sign and words. */
  locator.stateBadge = function (station) {
    const out = (station.status || "open") === "open" ? "" : " state-out";
    return make("span", "state state-" + station.open.state + out, station.open.text);
  };

  /** The name of a pin: of a station that is not in service it says so.
   * @type {(name: string, status: string) => string} */
  function pinName(name, status) {
    return status === "open" ? name : locator.say("pin_out", { name: name, status: words.statuses[status] });
  }

  /* ---- The map beside the list ---- */

  locator.finderMap = function (map) {
    const layer = L.layerGroup().addTo(map);
    const doubt = L.circle([0, 0], { className: "doubt", interactive: false });
    /** @type {Record<string, Pin>} */
    let pins = {};
    let around = /** @type {Bounds | null} */ (null);

    map.on("click", function (event) {
      const tapped = locator.unplace(event.latlng.wrap());
      locator.onMapTap(tapped.lat, tapped.lng);
    });

    /* Draw an answer: the person and the circle where it is about a place, one pin per station of the list; and
     * show all of it, unless it keeps the view. */
    locator.drawAnswer = function (answer) {
      layer.clearLayers();
      pins = {};
      const bounds = L.latLngBounds([]);
      around = bounds;
      if (answer.radius_m) drawOrigin(/** @type {Around} */ (answer), bounds);
      answer.stations.forEach(pinStation);
      answer.stations.forEach(function (station) {
        bounds.extend(locator.place(station.lat, station.lon));
      });
      if (!answer.keeps_view) fit();
    };

    /** Draw where the person is, and how far is near.
     * @type {(answer: Around, bounds: Bounds) => void} */
    function drawOrigin(answer, bounds) {
      const here = locator.place(answer.lat, answer.lon);
      const circle = L.circle(here, { radius: answer.radius_m, className: "reach", interactive: false });
      const half = L.circle(here, { radius: answer.radius_m / 2, className: "reach reach-half", interactive: false });
      if (answer.accuracy_m) {
        L.circle(here, { radius: answer.accuracy_m, className: "blur", interactive: false }).addTo(layer);
      }
      half.addTo(layer);
      circle.addTo(layer);
      label(half.getBounds(), answer.half_text, " half");
      label(circle.getBounds(), answer.radius_text, "");
      L.marker(here, {
        icon: L.divIcon({ className: "origin", html: make("span"), iconSize: [24, 24] }),
        interactive: false,
        keyboard: false,
        zIndexOffset: -1000,
      }).addTo(layer);
      if (answer.is_cut) bounds.extend(here);
      else bounds.extend(circle.getBounds());
    }

    /** @type {(bounds: Bounds, text: string, extra: string) => void} */
    function label(bounds, text, extra) {
      L.marker([bounds.getNorth(), bounds.getCenter().lng], {
        icon: L.divIcon({ className: "reach-name" + extra, html: make("span", "", text), iconSize: [0, 0] }),
        interactive: false,
        keyboard: false,
      }).addTo(layer);
    }

    /** The list is the way by keyboard; pins stay out of the order of tab stops.
     * @type {(station: Pinned) => void} */
    function pinStation(station) {
      const pin = /** @type {Pin} */ (L.marker(locator.place(station.lat, station.lon), {
        icon: pinIcon(station.kind, station.sign, station.status),
        title: pinName(station.name, station.status),
        keyboard: false,
        riseOnHover: true,
      }));
      pin.on("click", function () {
        locator.onPin(station.station_id);
      });
      pin.accuracy_m = station.accuracy_m;
      pins[station.station_id] = pin;
      pin.addTo(layer);
    }

    /** Draw how far off the chosen pin may be.
     * @type {(pin: Pin) => void} */
    function showDoubt(pin) {
      doubt.remove();
      if (!isUncertain(pin.accuracy_m)) return;
      doubt.setLatLng(pin.getLatLng()).setRadius(pin.accuracy_m).addTo(layer);
    }

    /* Show the whole answer, or the city before there is one; also after the map was hidden, when it had no size. */
    function fit() {
      const shown = around && around.isValid() ? around : cityBounds;
      map.invalidateSize(false);
      if (shown && shown.isValid()) map.fitBounds(shown, { padding: [16, 16], maxZoom: 17, animate: !calm });
    }

    locator.fitAnswer = fit;

    /* Mark one station of the answer, and bring it into sight. */
    locator.markPin = function (stationId) {
      Object.keys(pins).forEach(function (id) {
        const pin = pins[id], chosen = id === stationId;
        pin.setZIndexOffset(chosen ? 1000 : 0);
        elementOf(pin).classList.toggle("chosen", chosen);
        if (chosen) showDoubt(pin);
        if (chosen && !map.getBounds().pad(-0.1).contains(pin.getLatLng())) {
          map.panTo(pin.getLatLng(), { animate: !calm });
        }
      });
    };
  };

  /** Tell whether a position is so rough that the page says so.
   * @type {(accuracy: number) => boolean} */
  function isUncertain(accuracy) {
    return accuracy > words.limits.uncertain_m;
  }

  /** @type {(accuracy: number) => string} */
  function doubtText(accuracy) {
    return locator.say("accuracy", { n: Math.round(accuracy) });
  }

  /** The element of a marker that is on the map.
   * @type {(marker: LeafletMarker) => HTMLElement} */
  function elementOf(marker) {
    return /** @type {HTMLElement} */ (marker.getElement());
  }

  /* ---- The map of one station ---- */

  locator.stationMap = function (map) {
    const facts = document.getElementById("station-map").dataset, kind = facts.kind || "";
    const here = locator.place(Number(facts.lat), Number(facts.lon));
    const circle = L.circle(here, { radius: Number(facts.accuracy) || 150, className: "doubt", interactive: false });
    if (facts.accuracy) circle.addTo(map);
    L.marker(here, {
      icon: pinIcon(kind, words.signs[kind], facts.status || "open", " chosen"),
      interactive: false,
      keyboard: false,
    }).addTo(map);
    circle.addTo(map);
    map.fitBounds(circle.getBounds(), { padding: [24, 24], maxZoom: 16, animate: false });
    if (!facts.accuracy) circle.remove();
  };

  /* ---- The map of the whole city ---- */

  locator.cityMap = function (map, options) {
    const form = document.getElementById("filters");
    const count = document.getElementById("shown");
    fetchJson(options.stations_url).then(
      function (data) {
        showCity(map, form, count, data);
      },
      function () {
        count.textContent = words.no_data;
      }
    );
  };

  const SLICE = 60;

  /** @type {(map: LeafletMap, form: HTMLFormElement, count: HTMLElement, data: Compact) => void} */
  function showCity(map, form, count, data) {
    const icons = ["open", "closed"].map(function (status) {
      return data.kinds.map(function (kind) {
        return pinIcon(kind, words.signs[kind], status);
      });
    });
    const inService = inServiceOf(data);
    /** @type {RowMarker[]} */
    const markers = new Array(data.columns.kind.length);
    let turn = 0;
    const clusters = L.markerClusterGroup({
      showCoverageOnHover: false,
      maxClusterRadius: 56,
      animate: !calm,
      iconCreateFunction: function (cluster) {
        return clusterIcon(cluster, inService);
      },
    }).addTo(map);

    /** In slices, between which the page answers to fingers; a later choice ends an earlier one's slices.
     * @type {(rows: number[], mine: number) => void} */
    function add(rows, mine) {
      if (mine !== turn || !rows.length) return;
      clusters.addLayers(
        rows.slice(0, SLICE).map(function (row) {
          return (markers[row] = markers[row] || cityPin(data, row, icons[statusOf(data, row) === "open" ? 0 : 1]));
        })
      );
      setTimeout(add, 0, rows.slice(SLICE), mine);
    }

    function show() {
      const fits = filterOf(form, data);
      const chosen = Array.from(markers.keys()).filter(fits);
      count.textContent = shownText(data, chosen);
      clusters.clearLayers();
      add(chosen, (turn += 1));
    }

    /* Once for all and not on each of thousands of markers, which would take a slow phone half a second. */
    map.on("layeradd", function (event) {
      const marker = /** @type {RowMarker} */ (event.layer);
      if (marker.row !== undefined) elementOf(marker).setAttribute("aria-label", nameOf(data, marker.row));
    });
    clusters.on("click", function (event) {
      openPopup(map, event.layer, data);
    });
    clusters.on("keypress", function (event) {
      const pressed = /** @type {L.LeafletKeyboardEvent} */ (event);
      if (pressed.originalEvent.key === "Enter") openPopup(map, event.layer, data).focus();
    });
    clusters.on("clusterkeypress", function (event) {
      const pressed = /** @type {L.LeafletKeyboardEvent} */ (event);
      if (pressed.originalEvent.key === "Enter") event.layer.zoomToBounds({ padding: [20, 20] });
    });
    form.addEventListener("change", show);
    form.addEventListener("reset", function () {
      setTimeout(show);
    });
    show();
  }

  /** How many rows, the first ones, are in service; data kept by an older version know of no others.
   * @type {(data: Compact) => number} */
  function inServiceOf(data) {
    return data.in_service === undefined ? data.columns.kind.length : data.in_service;
  }

  /** Say how many stations are in service of those chosen, and how many are not.
   * @type {(data: Compact, chosen: number[]) => string} */
  function shownText(data, chosen) {
    const all = inServiceOf(data);
    const n = chosen.filter(function (row) {
      return row < all;
    }).length;
    const text = locator.say("shown", { n: n.toLocaleString("en"), all: all.toLocaleString("en") });
    const others = chosen.length - n;
    return others ? locator.say("others", { title: text, n: others.toLocaleString("en") }) : text;
  }

  /** A cluster says how many stations are in service; one without any is hollow and struck out, as their pins are.
   * @type {(cluster: import("leaflet").MarkerCluster, inService: number) => L.DivIcon} */
  function clusterIcon(cluster, inService) {
    const all = cluster.getChildCount();
    const found = cluster.getAllChildMarkers().filter(function (marker) {
      return /** @type {RowMarker} */ (marker).row < inService;
    }).length;
    const n = found || all;
    const size = n < 10 ? 40 : n < 100 ? 46 : n < 1000 ? 54 : 62;
    const what = make("span", "unseen", " " + (found ? words.stations : words.stations_out));
    const text = make("span", "", [make("span", "", n), what]);
    return L.divIcon({ className: found ? "cluster" : "cluster cluster-out", html: text, iconSize: [size, size] });
  }

  /** Read the form: which rows have a ticked kind and all ticked amenities.
   * @type {(form: HTMLFormElement, data: Compact) => Fits} */
  function filterOf(form, data) {
    /** @type {(name: string) => number[]} */
    const ticked = function (name) {
      return Array.prototype.filter
        .call(form.elements, function (box) {
          return box.name === name && box.checked;
        })
        .map(function (box) {
          return data[name === "kind" ? "kinds" : "amenities"].indexOf(box.value);
        });
    };
    const kinds = ticked("kind");
    const needed = ticked("amenity").reduce(function (mask, bit) {
      return mask | (1 << bit);
    }, 0);
    const kindOf = data.columns.kind, yes = data.columns.yes;
    return function (row) {
      return kinds.indexOf(kindOf[row]) >= 0 && (yes[row] & needed) === needed;
    };
  }

  /** @type {(data: Compact, row: number, icons: L.DivIcon[]) => RowMarker} */
  function cityPin(data, row, icons) {
    const columns = data.columns;
    const marker = /** @type {RowMarker} */ (L.marker(locator.place(columns.lat[row] / 1e6, columns.lon[row] / 1e6), {
      icon: icons[columns.kind[row]],
      title: nameOf(data, row),
    }));
    marker.row = row;
    return marker;
  }

  /** The status of a station; data kept by an older version know of none but open ones.
   * @type {(data: Compact, row: number) => string} */
  function statusOf(data, row) {
    const place = row - (data.in_service || 0), more = data.out_of_service;
    return more && data.statuses && place >= 0 ? data.statuses[more.status[place]] : "open";
  }

  /** @type {(data: Compact, row: number) => string} */
  function nameOf(data, row) {
    return pinName(data.columns.name[row], statusOf(data, row));
  }

  /** Open what is known of a station, and return the link to the rest.
   * @type {(map: LeafletMap, marker: RowMarker, data: Compact) => HTMLElement} */
  function openPopup(map, marker, data) {
    const row = marker.row, columns = data.columns, id = columns.station_id[row];
    const link = make("a", "", columns.name[row]);
    link.href = words.station_url.replace("STATION", encodeURIComponent(id));
    const open = make("p", "state-line");
    /* What a file knows without asking; the answer says it in full. */
    const badge = locator.outBadge(data, row);
    if (badge) open.appendChild(badge);
    const accuracy = columns.accuracy_m[row];
    const content = make("div", "popup", [
      make("h3", "", [link]),
      make("p", "meta", words.kinds[data.kinds[columns.kind[row]]]),
      open,
      isLocked(data, row) ? make("p", "warning", words.locked) : null,
      make("p", "", words.entries[data.entries[columns.entry[row]]]),
      make("p", "amenity-line", amenitiesOf(data, row).join(words.comma) || words.amenities_unknown),
      accuracy && isUncertain(accuracy) ? make("p", "accuracy", doubtText(accuracy)) : null,
    ]);
    const popup = L.popup({ maxWidth: 280, minWidth: 200, autoPanPadding: [16, 16] });
    popup.setLatLng(marker.getLatLng()).setContent(content).openOn(map);
    content.addEventListener("keydown", function (event) {
      if (event.key === "Escape") popup.close();
    });
    popup.on("remove", function () {
      const pin = marker.getElement();
      if (content.contains(document.activeElement) && pin) pin.focus();
    });
    fetchJson(words.api_station_url.replace("STATION", encodeURIComponent(id))).then(function (station) {
      open.textContent = "";
      open.appendChild(locator.stateBadge(station));
    }).catch(function () {
      // Without an answer the popup says nothing of hours.
    });
    return link;
  }

  /* Say that a station of the compact data is not in service, and why; nothing of one that is. */
  locator.outBadge = function (data, row) {
    const status = statusOf(data, row), label = words.statuses[status];
    const note = data.out_of_service && data.out_of_service.note[row - (data.in_service || 0)];
    if (status === "open") return null;
    const text = note ? locator.say("out_note", { status: label, note: note }) : label;
    return locator.stateBadge({ status: status, open: { state: "closed", until: null, text: text } });
  };

  /** @type {(data: Compact, row: number) => boolean} */
  function isLocked(data, row) {
    const masks = data.columns.doubts;
    return Boolean(data.doubts && masks && masks[row] & (1 << data.doubts.indexOf("locked")));
  }

  /** @type {(data: Compact, row: number) => string[]} */
  function amenitiesOf(data, row) {
    return data.amenities
      .filter(function (_, bit) {
        return data.columns.yes[row] & (1 << bit);
      })
      .map(function (word) {
        return words.amenities[word];
      });
  }
})();
