/* The list of a map that is one file: shows what the map shows. Plain ES2017, for the browsers of old phones. */
(function () {
  "use strict";

  const form = document.getElementById("filters");

  function show() {
    const kinds = Array.from(form.querySelectorAll("input:checked"), (box) => box.value);
    document.querySelectorAll(".export-list > li").forEach((station) => {
      station.hidden = kinds.indexOf(station.dataset.kind) < 0;
    });
  }

  /* A browser that comes back to the page ticks the boxes as they were. */
  form.addEventListener("change", show);
  window.addEventListener("pageshow", show);
})();
