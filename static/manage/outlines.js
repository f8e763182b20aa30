/* The map of district outlines that are not served yet, with the published stations: those outside stand out.
 * Plain ES2017. */
(function () {
  "use strict";

  const locator = window.locator;

  locator.outlinesMap = function (map) {
    /** @type {[number, number, boolean][]} */
    const points = JSON.parse(document.getElementById("outline-points").textContent || "[]");
    points.slice().reverse().forEach(function (point) {
      L.circleMarker(locator.place(point[0], point[1]), {
        radius: 6,
        className: point[2] ? "pick-station" : "outline-outside",
        interactive: false,
      }).addTo(map);
    });
  };
})();
