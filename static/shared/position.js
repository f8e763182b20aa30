/* Where the person is: asked for on tap, precisely and then roughly, with a timer of our own, because some phones
 * never answer. Needs static/shared/map.js. Plain ES2017, for the browsers of old phones. */
(function () {
  "use strict";

  const locator = window.locator;
  const WAIT_MS = 8000; /* for the precise position, and again for the rough one */
  const STORED_AS = "locator.origin";

  /** Find the position {lat, lon, accuracy_m}. Fails with denied, framed, unsupported, unavailable or timeout;
   * calls onRough when it goes on with less precision. A precise position that comes late still counts.
   * @type {Locator["position"]["find"]} */
  function find(onRough) {
    return new Promise(function (resolve, reject) {
      const found = function (/** @type {GeolocationPosition} */ where) {
        resolve({ lat: where.coords.latitude, lon: where.coords.longitude, accuracy_m: where.coords.accuracy });
      };
      once(true, found)
        .catch(function (reason) {
          if (reason === "denied" || reason === "unsupported") throw reason;
          onRough();
          return once(false, found);
        })
        .catch(function (reason) {
          reject(reason === "denied" && isShutOut() ? "framed" : reason);
        });
    });
  }

  /** Ask once. The time in which the browser asks for permission does not count where it lets us see that.
   * @type {(isPrecise: boolean, found: PositionCallback) => Promise<void>} */
  function once(isPrecise, found) {
    return new Promise(function (resolve, reject) {
      if (!navigator.geolocation || !window.isSecureContext) return reject("unsupported");
      let timer = 0;
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
      whenPermitted(function () {
        clearTimeout(timer);
        timer = setTimeout(reject, WAIT_MS, "timeout");
      });
    });
  }

  /** @type {(start: () => void) => void} */
  function whenPermitted(start) {
    if (!navigator.permissions) return start();
    navigator.permissions.query({ name: "geolocation" }).then(function (permission) {
      if (permission.state !== "prompt") return start();
      permission.onchange = start;
    }, start);
  }

  /** Tell whether a page round this one forbids it. A browser that cannot say is taken to mean so in any frame.
   * @type {() => boolean} */
  function isShutOut() {
    const policy = document.permissionsPolicy || document.featurePolicy;
    return window.top !== window.self && !(policy && policy.allowsFeature("geolocation"));
  }

  /* ---- Kept in this tab, for a reload ---- */

  /** Keep a point {lat, lon, place, accuracy_m}, or forget it.
   * @type {Locator["position"]["keep"]} */
  function keep(point) {
    try {
      if (point) window.sessionStorage.setItem(STORED_AS, JSON.stringify(point));
      else window.sessionStorage.removeItem(STORED_AS);
    } catch (blocked) {
      /* Then a reload asks again. */
    }
  }

  /** @type {Locator["position"]["kept"]} */
  function kept() {
    try {
      return JSON.parse(window.sessionStorage.getItem(STORED_AS) || "null");
    } catch (blocked) {
      return null;
    }
  }

  locator.position = { find: find, keep: keep, kept: kept };
})();
