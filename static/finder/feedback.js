/* Sends what people report of a station, and where they need one, without leaving the page; says that it is stored
 * only when the server has said so, and keeps what was chosen where it could not be sent. Without this script the
 * forms are sent as forms. Needs static/shared/map.js. Plain ES2017, for the browsers of old phones. */
(function () {
  "use strict";

  const locator = window.locator, words = locator.words;
  const PATIENCE_MS = 20000;
  /** @type {ById} */
  const byId = function (id) {
    return document.getElementById(id);
  };

  /** Send a form by script; onStored gets the form and what the server answered.
   * @type {(form: HTMLFormElement, onStored: (answer: Stored, part: FormPart) => void) => Watched} */
  function watch(form, onStored) {
    /** @type {FormPart} */
    const part = function (name) {
      return /** @type {HTMLElement} */ (form.querySelector('[data-part="' + name + '"]'));
    };
    const again = /** @type {HTMLButtonElement} */ (part("again").firstElementChild);
    let pressed = /** @type {HTMLButtonElement | null} */ (null), focused = /** @type {HTMLElement | null} */ (null);

    function send() {
      const body = new URLSearchParams(/** @type {any} */ (new FormData(form)));
      if (pressed && pressed.name) body.set(pressed.name, pressed.value);
      rest(true);
      tell(words.sending, false);
      post(form.action, body).then(
        function (answer) {
          tell(answer.said, false);
          onStored(answer, part);
          rest(false);
        },
        function (problem) {
          tell(problem.detail || words.not_sent, true);
          rest(false);
        }
      );
    }

    /** A button that is switched off loses the focus: it gets it back, or what is said if the button is gone.
     * @type {(isBusy: boolean) => void} */
    function rest(isBusy) {
      const active = /** @type {HTMLElement | null} */ (document.activeElement);
      if (isBusy) focused = form.contains(active) ? active : null;
      form.querySelectorAll("button").forEach(function (button) {
        button.disabled = isBusy;
      });
      if (!isBusy && focused) (focused.offsetParent ? focused : part("outcome")).focus();
    }

    /** @type {Watched["tell"]} */
    function tell(text, isFault) {
      part("outcome").textContent = text;
      part("outcome").classList.toggle("trouble", isFault);
      part("again").hidden = !isFault;
    }

    form.addEventListener("click", function (event) {
      const button = /** @type {Element} */ (event.target).closest("button");
      if (button && button !== again) pressed = button;
    });
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      if (pressed && pressed.name) press(form, pressed.value);
      send();
    });
    again.addEventListener("click", send);
    return { part: part, tell: tell };
  }

  /** The server's answer {said, …}; fails with problem details if it refuses and otherwise if it cannot be reached.
   * @type {(url: string, body: URLSearchParams) => Promise<Stored>} */
  function post(url, body) {
    const abort = new AbortController();
    const timer = setTimeout(function () {
      abort.abort();
    }, PATIENCE_MS);
    const options = { method: "POST", headers: { Accept: "application/json" }, body: body, signal: abort.signal };
    return fetch(url, options).then(function (response) {
      return response.json().then(function (answer) {
        clearTimeout(timer);
        if (!response.ok) throw answer;
        return answer;
      });
    });
  }

  /** @type {(form: HTMLFormElement, what: string) => void} */
  function press(form, what) {
    /** @type {NodeListOf<HTMLButtonElement>} */ (form.querySelectorAll(".tap")).forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.value === what));
    });
  }

  /** @type {(form: HTMLFormElement, name: string) => HTMLInputElement} */
  function field(form, name) {
    return /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
  }

  /** @type {(element: HTMLElement, selector: string) => NodeListOf<HTMLInputElement>} */
  function inputs(element, selector) {
    return element.querySelectorAll(selector);
  }

  /* ---- A report ---- */

  /** @type {(form: HTMLFormElement) => void} */
  function startReport(form) {
    const note = byId("note-form");
    const noted = watch(note, function () {
      field(note, "note").value = "";
    });
    watch(form, function (answer) {
      field(form, "was").value = field(note, "what").value = answer.what;
      note.hidden = false;
      noted.tell("", false);
    });
  }

  /* ---- A station is needed ---- */

  /** @type {(form: HTMLFormElement) => void} */
  function startRequest(form) {
    const need = byId("need"), result = byId("result");
    const asked = watch(form, function (_, part) {
      part("fields").hidden = true;
    });
    /* Under each new answer the form is about its place; what was looked for in vain is what is needed. */
    locator.need = {
      show: function (isEmpty) {
        field(form, "lat").value = result.dataset.lat || "";
        field(form, "lon").value = result.dataset.lon || "";
        inputs(form, "[name=need]").forEach(function (box) {
          box.checked = inputs(byId("filters"), '[name=amenity][value="' + box.value + '"]')[0].checked;
        });
        asked.part("fields").hidden = need.hidden = false;
        asked.tell("", false);
        need.open = isEmpty;
        need.classList.toggle("wanted", isEmpty);
      },
    };
  }

  const report = byId("report-form"), request = byId("need-form");
  if (report) startReport(report);
  if (request) startRequest(request);
})();
