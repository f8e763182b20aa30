/* The list of a map that is one file: shows what the map shows. Plain ES2017, for the browsers of old phones. */
(function () {
  "use strict";

  const form = document.getElementById("filters");

  function show() {
    /** @type {NodeListOf<HTMLInputElement>} */
    const ticked = form.querySelectorAll("input:checked");
    /** @type {NodeListOf<HTMLElement>} */
    const stations = document.querySelectorAll(".export-list > li");
    const kinds = Array.from(ticked, (box) => box.value);
    stations.forEach((station) => {
      station.hidden = kinds.indexOf(station.dataset.kind || "") < 0;
    });
  }

  /* A browser that comes back to the page ticks the boxes as they were. */
  form.addEventListener("change", show);
  window.addEventListener("pageshow", show);
})();
