/* The page that makes lines for other pages: asks the server anew as choices change, and copies. The server writes
 * every line, with a script or without one. Plain ES2017. */
(function () {
  "use strict";

  const words = JSON.parse(/** @type {HTMLElement} */ (document.getElementById("words")).textContent || "");
  const form = document.getElementById("choices"), status = document.getElementById("status");
  /** @type {("frame" | "element" | "oembed")[]} */
  const SNIPPETS = ["frame", "element", "oembed"];
  const PAUSE_MS = 300;
  let pause = 0, turn = 0;

  /* The page for what is chosen; fields with nothing in them say nothing. */
  function address() {
    const query = new URLSearchParams();
    new FormData(form).forEach(function (value, name) {
      if (value) query.append(name, String(value));
    });
    return form.action.replace(/#.*/, "") + "?" + query;
  }

  function renew() {
    const url = address(), mine = (turn += 1);
    fetch(url, { credentials: "omit" })
      .then(function (response) {
        return response.ok ? response.text() : Promise.reject(response.status);
      })
      .then(function (text) {
        if (mine !== turn) return;
        window.history.replaceState(null, "", url);
        show(new DOMParser().parseFromString(text, "text/html"));
      })
      .catch(function () {
        if (mine === turn) form.submit(); /* then the browser says what is wrong */
      });
  }

  /** @type {(page: Document) => void} */
  function show(page) {
    SNIPPETS.forEach(function (name) {
      document.getElementById(name).value = page.getElementById(name).value;
    });
    const trouble = document.getElementById("trouble"), told = page.getElementById("trouble");
    trouble.textContent = told.textContent;
    trouble.hidden = told.hidden;
    status.textContent = "";
    showPreview(document.getElementById("preview"), page.getElementById("preview"));
  }

  /** Replaced and not set, so that the Back button leads back from this page.
   * @type {(frame: HTMLIFrameElement, made: HTMLIFrameElement) => void} */
  function showPreview(frame, made) {
    frame.title = made.title;
    frame.height = made.height;
    if (frame.getAttribute("src") === made.getAttribute("src")) return;
    const fresh = /** @type {HTMLIFrameElement} */ (frame.cloneNode(false));
    fresh.setAttribute("src", made.getAttribute("src") || "");
    frame.replaceWith(fresh);
  }

  /** @type {(name: "frame" | "element" | "oembed") => void} */
  function copy(name) {
    const text = document.getElementById(name);
    const tell = function (/** @type {"copied" | "not_copied"} */ key) {
      status.textContent = words[key];
    };
    text.focus();
    text.select();
    if (!navigator.clipboard) return tell(document.execCommand("copy") ? "copied" : "not_copied");
    navigator.clipboard.writeText(text.value).then(tell.bind(null, "copied"), tell.bind(null, "not_copied"));
  }

  form.addEventListener("input", function () {
    clearTimeout(pause);
    pause = setTimeout(renew, PAUSE_MS);
  });
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    renew();
    document.getElementById("preview-title").scrollIntoView();
  });
  document.addEventListener("click", function (event) {
    const tapped = /** @type {Element} */ (event.target);
    const button = /** @type {HTMLElement | null} */ (tapped.closest("[data-copy]"));
    if (button) copy(/** @type {"frame" | "element" | "oembed"} */ (button.dataset.copy));
  });
})();
