/* The way to a station in the map app on the reader's phone. Makes the same links as locator/web/finder/handoff.py,
 * from the table that module writes into the page. Needs static/shared/map.js. Plain ES2017, for the browsers of old
 * phones. */
(function () {
  "use strict";

  const locator = window.locator;
  const STORED_AS = "locator.map_app";

  /** Tell what the page is read on: {platform, in_wechat}.
   * @type {Locator["handoff"]["platform"]} */
  function platform(table) {
    const agent = navigator.userAgent;
    const sign = table.signs.find(function (known) {
      return new RegExp(known[1]).test(agent);
    });
    /* An iPad says it is a Mac, but no Mac has a screen to touch. */
    const isPad = /Macintosh/.test(agent) && navigator.maxTouchPoints > 1;
    return {
      platform: sign ? sign[0] : isPad ? "ios" : "other",
      in_wechat: new RegExp(table.wechat_sign).test(agent),
    };
  }

  /** Make the links that lead to a place {lat, lon, name} in WGS 84, one per app: {key, label, url, web_url}.
   * The app chosen last comes first.
   * @type {Locator["handoff"]["links"]} */
  function links(table, place, browser) {
    const positions = positionsOf(table.rings, place.lat, place.lon);
    /** @type {MapLink[]} */
    const made = [];
    table.apps.forEach(function (app) {
      const form = formOf(app, browser);
      if (!form) return;
      const fields = fieldsOf(table, app, positions, place.name);
      const web = form.startsWith("https:") ? "" : app.web;
      const url = locator.fill(form, fields);
      made.push({ key: app.key, label: app.label, url: url, web_url: locator.fill(web, fields) });
    });
    return preferredFirst(made);
  }

  /** @type {(made: MapLink[]) => MapLink[]} */
  function preferredFirst(made) {
    const key = preferred();
    const isFirst = function (/** @type {MapLink} */ link) {
      return link.key === key;
    };
    return made.filter(isFirst).concat(
      made.filter(function (link) {
        return !isFirst(link);
      })
    );
  }

  /** @type {(app: MapApp, browser: Browser) => string | undefined} */
  function formOf(app, browser) {
    if (browser.in_wechat && browser.platform !== "other" && app.urls[browser.platform]) return app.web;
    return app.urls[browser.platform];
  }

  /** @type {(table: HandoffTable, app: MapApp, positions: Record<DatumName, Pair>, name: string) => Values} */
  function fieldsOf(table, app, positions, name) {
    const position = positions[app.datum];
    return {
      lat: position[0].toFixed(6),
      lon: position[1].toFixed(6),
      name: encode(plain(table, name)),
      datum: app.datum_words[position === positions.wgs84 ? "wgs84" : app.datum] || "",
    };
  }

  /** Cut by characters and not by halves of them: half an emoji cannot be encoded.
   * @type {(table: HandoffTable, name: string) => string} */
  function plain(table, name) {
    const spaced = name.replace(new RegExp(table.separators, "g"), " ").replace(/^ | $/g, "");
    return Array.from(spaced).slice(0, table.name_length).join("");
  }

  /** @type {(text: string) => string} */
  function encode(text) {
    return encodeURIComponent(text).replace(/[!'*]/g, function (sign) {
      return "%" + sign.charCodeAt(0).toString(16).toUpperCase();
    });
  }

  /* ---- Datum ---- */

  /** Return where a WGS 84 position lies in each datum; where nothing is shifted it is one and the same.
   * @type {Locator["handoff"]["positions"]} */
  function positionsOf(rings, lat, lon) {
    /** @type {Pair} */
    const wgs84 = [lat, lon];
    if (!locator.isInside(rings, lat, lon)) return { wgs84: wgs84, gcj02: wgs84, bd09: wgs84 };
    const gcj02 = locator.toGcj02(lat, lon);
    return { wgs84: wgs84, gcj02: gcj02, bd09: toBd09(gcj02[0], gcj02[1]) };
  }

  /** GCJ-02 to BD-09: the same formula as in locator/geo/datum.py. Returns [lat, lon].
   * @type {(lat: number, lon: number) => Pair} */
  function toBd09(lat, lon) {
    const wave = (Math.PI * 3000) / 180;
    const radius = Math.hypot(lon, lat) + 2e-5 * Math.sin(lat * wave);
    const angle = Math.atan2(lat, lon) + 3e-6 * Math.cos(lon * wave);
    return [radius * Math.sin(angle) + 0.006, radius * Math.cos(angle) + 0.0065];
  }

  /* ---- Which app was chosen last ---- */

  /* Where storage is blocked the choice lasts as long as the page. */
  let chosen = /** @type {string | null} */ (null);

  /** @type {Locator["handoff"]["remember"]} */
  function remember(key) {
    chosen = key;
    try {
      window.localStorage.setItem(STORED_AS, key);
    } catch (blocked) {
      /* It is remembered above. */
    }
  }

  /** @type {Locator["handoff"]["preferred"]} */
  function preferred() {
    if (chosen) return chosen;
    try {
      return window.localStorage.getItem(STORED_AS);
    } catch (blocked) {
      return null;
    }
  }

  locator.handoff = {
    platform: platform, links: links, positions: positionsOf, remember: remember, preferred: preferred,
  };
})();
