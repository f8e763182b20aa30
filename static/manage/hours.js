/* Shows while hours are typed how they would be read. Texts only ever go through textContent. Plain ES2017. */
(function () {
  "use strict";

  const locator = window.locator, make = locator.make;
  const PAUSE_MS = 400;
  const field = document.getElementById("hours_text"), shown = document.getElementById("hours-read");
  let timer = 0;

  field.addEventListener("input", function () {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE_MS);
  });

  function look() {
    locator.ask(shown.dataset.url, [field]).then(show, function () {
      /* Without an answer the preview shows it. */
    });
  }

  /** @type {(hours: HoursShown) => void} */
  function show(hours) {
    shown.textContent = "";
    shown.appendChild(make("p", hours.is_read ? "hint" : "warning", hours.said));
    hours.weeks.forEach(function (week) {
      const rows = week.days.map(function (day) {
        return make("div", "", [make("dt", "", day[0]), make("dd", "", day[1])]);
      });
      shown.appendChild(make("h3", "", week.title));
      shown.appendChild(make("dl", "week", rows));
    });
  }
})();
