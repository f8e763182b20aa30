/* The map of a list that is to be imported: what is new, what moved and from where, what somebody has to look at.
 * Texts of the list only ever go through textContent. Plain ES2017. */
(function () {
  "use strict";

  const locator = window.locator, make = locator.make;
  /* On a phone's narrow map too, beside the buttons and not under them. */
  /** @type {L.PopupOptions} */
  const POPUP = { maxWidth: 190, autoPanPaddingTopLeft: [60, 16], autoPanPaddingBottomRight: [16, 16] };

  locator.importMap = function (map) {
    /** @type {ImportPoint[]} */
    const points = JSON.parse(document.getElementById("import-points").textContent || "");
    const legend = document.getElementById("import-legend");
    /** @type {Record<string, LayerGroup>} */
    const layers = {};
    const bounds = L.latLngBounds([]);
    map.createPane("moves").style.zIndex = "390";
    points.slice().reverse().forEach(function (point) {
      const layer = (layers[point.what] = layers[point.what] || L.layerGroup().addTo(map));
      const here = locator.place(point.lat, point.lon);
      bounds.extend(here);
      if (point.was) line(locator.place(point.was[0], point.was[1]), here).addTo(layer);
      dot(here, point).addTo(layer);
    });
    if (bounds.isValid()) map.fitBounds(bounds, { padding: [24, 24], maxZoom: 15, animate: false });
    legend.addEventListener("change", function (event) {
      const box = /** @type {HTMLInputElement} */ (event.target), layer = layers[box.value];
      if (layer && box.checked) layer.addTo(map);
      else if (layer) layer.remove();
    });
    document.addEventListener("click", function (event) {
      const tapped = /** @type {Element} */ (event.target);
      const link = /** @type {HTMLElement | null} */ (tapped.closest("a[data-row]"));
      if (link) show(map, points, link.dataset, event);
    });
  };

  /** @type {(here: LatLng, point: ImportPoint) => L.Layer} */
  function dot(here, point) {
    const mark = L.circleMarker(here, { radius: point.reason ? 8 : 6, className: "import-dot import-" + point.what });
    return mark.bindPopup(function () {
      return describe(point);
    }, POPUP);
  }

  /** @type {(before: LatLng, after: LatLng) => L.Layer} */
  function line(before, after) {
    return L.polyline([before, after], { pane: "moves", className: "import-move", interactive: false });
  }

  /** @type {(point: ImportPoint) => HTMLElement} */
  function describe(point) {
    const words = locator.words;
    const sheet = point.sheet || "";
    const where = point.row ? locator.say(sheet ? "sheet_row" : "row", { n: point.row, sheet: sheet }) : "";
    const meta = words.verdicts[point.what] + (where ? " · " + where : "");
    return make("div", "popup", [
      make("h3", "", point.name || words.nameless),
      make("p", "meta", meta),
      point.reason ? make("p", "", point.reason) : null,
    ]);
  }

  /** A row of the tables shows its place; a row without one leads nowhere.
   * @type {(map: LeafletMap, points: ImportPoint[], where: DOMStringMap, event: Event) => void} */
  function show(map, points, where, event) {
    const point = points.find(function (found) {
      return String(found.row) === where.row && (found.sheet || "") === (where.sheet || "");
    });
    if (!point) return;
    event.preventDefault();
    const here = locator.place(point.lat, point.lon);
    map.setView(here, Math.max(map.getZoom(), 15), { animate: false });
    L.popup(POPUP).setLatLng(here).setContent(describe(point)).openOn(map);
    map.getContainer().scrollIntoView({ block: "center" });
    map.getContainer().focus({ preventScroll: true });
  }
})();
