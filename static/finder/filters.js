/* What a station must have: the boxes of the first page, remembered on this device only. The boxes belong to the
 * form too, which sends them where there is no script. Needs static/shared/map.js. Plain ES2017. */
(function () {
  "use strict";

  const locator = window.locator;
  const STORED_AS = "locator.filters";
  const section = document.getElementById("filters");

  /** @type {() => HTMLInputElement[]} */
  function boxes() {
    return Array.from(section.querySelectorAll("input"));
  }

  function ticked() {
    return boxes().filter(function (box) {
      return box.checked;
    });
  }

  /** Give the members of a request for what is chosen: {kind, amenity, open_at}, none of them empty.
   * @type {() => Choices} */
  function request() {
    /** @type {Choices} */
    const made = {};
    ticked().forEach(function (box) {
      const name = /** @type {"kind" | "amenity" | "open_at"} */ (box.name);
      if (name === "open_at") made.open_at = box.value;
      else made[name] = (made[name] || []).concat(box.value);
    });
    return made;
  }

  function clear() {
    boxes().forEach(function (box) {
      box.checked = false;
    });
    remember();
  }

  function remember() {
    showCount();
    try {
      window.localStorage.setItem(STORED_AS, JSON.stringify(request()));
    } catch (blocked) {
      /* Then the choice lasts as long as the page. */
    }
  }

  function recall() {
    let stored = null;
    try {
      stored = JSON.parse(window.localStorage.getItem(STORED_AS) || "null");
    } catch (blocked) {
      /* Nothing is remembered. */
    }
    tick(stored || {});
  }

  /** Tick the boxes for what is chosen, as `request` gives it.
   * @type {(chosen: Ticked) => void} */
  function tick(chosen) {
    boxes().forEach(function (box) {
      const wanted = chosen[/** @type {"kind" | "amenity" | "open_at"} */ (box.name)];
      box.checked = Boolean(wanted && wanted.indexOf(box.value) >= 0);
    });
    showCount();
  }

  /* How many of those that are folded away are chosen. */
  function showCount() {
    const more = document.getElementById("more-filters");
    const folded = ticked().filter(function (box) {
      return more.contains(box);
    });
    const count = document.getElementById("filter-count");
    count.textContent = folded.length ? locator.say("filters_on", { n: folded.length }) : "";
  }

  /** Call when a person changed what is chosen.
   * @type {(changed: () => void) => void} */
  function onChange(changed) {
    section.addEventListener("change", function () {
      remember();
      changed();
    });
  }

  /* An answer of the server's is to what was sent with the form, whatever was chosen before. */
  if (section.dataset.sent === undefined) recall();
  showCount();

  locator.filters = {
    request: request,
    tick: tick,
    clear: clear,
    onChange: onChange,
    isAny: function () {
      return ticked().length > 0;
    },
  };
})();
