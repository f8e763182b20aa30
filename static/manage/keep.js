/* Gives back what was typed into a form after the browser's back button, for the server forbids caches to keep these
 * pages. It is kept in this tab alone, until the form's page is opened anew. Plain ES2017. */
(function () {
  "use strict";

  const form = document.getElementById("typed-form");
  const key = "locator.typed " + location.pathname + " " + (field("version") ? field("version").value : "");
  const entry = /** @type {PerformanceNavigationTiming} */ (performance.getEntriesByType("navigation")[0]);

  if (entry && entry.type === "back_forward") restore();
  form.addEventListener("submit", function () {
    const typed = controls().map(function (control) {
      return [control.name, control.value];
    });
    try {
      window.sessionStorage.setItem(key, JSON.stringify(typed));
    } catch (blocked) {
      /* Then the back button gives back an empty form; the page's own button does not. */
    }
  });

  function restore() {
    try {
      JSON.parse(window.sessionStorage.getItem(key) || "[]").forEach(function (/** @type {[string, string]} */ pair) {
        const control = field(pair[0]);
        if (!control || control.value === pair[1]) return;
        control.value = pair[1];
        control.dispatchEvent(new Event("input", { bubbles: true }));
        control.dispatchEvent(new Event("change", { bubbles: true }));
      });
    } catch (blocked) {
      /* As above. */
    }
  }

  /** @type {(name: string) => Control} */
  function field(name) {
    return /** @type {Control} */ (form.elements.namedItem(name));
  }

  /** @type {() => Control[]} */
  function controls() {
    return /** @type {Control[]} */ (Array.from(form.elements)).filter(function (control) {
      return control.name && control.type !== "hidden" && control.type !== "submit";
    });
  }
})();
