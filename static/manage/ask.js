/* What the stewards' forms ask the server while they are filled in. Plain ES2017. */
(function () {
  "use strict";

  const locator = window.locator;

  /* Send some controls of a form and hand on the answer; if they change meanwhile, they are sent again. */
  locator.ask = function (url, controls) {
    const asked = body(controls);
    return fetch(url, { method: "POST", body: new URLSearchParams(asked) })
      .then(function (response) {
        if (!response.ok || response.redirected) throw new Error(String(response.status));
        return response.json();
      })
      .then(function (answer) {
        return body(controls) === asked ? answer : locator.ask(url, controls);
      });
  };

  /** @type {(controls: Control[]) => string} */
  function body(controls) {
    const form = /** @type {HTMLFormElement} */ (controls[0].form);
    const token = /** @type {HTMLInputElement} */ (form.elements.namedItem("csrf_token"));
    const fields = new URLSearchParams();
    controls.concat(token).forEach(function (control) {
      fields.set(control.name, control.value);
    });
    return fields.toString();
  }
})();
