/* The ways to a station: links to map apps with the one chosen last first, its address to copy, its page to share.
 * On the first page they are a sheet that opens over the list. Without this script a card leads to the station's
 * page, which has the links. Needs static/finder/handoff.js. Plain ES2017, for the browsers of old phones. */
(function () {
  "use strict";

  const locator = window.locator, words = locator.words, make = locator.make;
  /** @type {HandoffTable} */
  const table = JSON.parse(document.getElementById("handoff").textContent || "");
  const ways = /** @type {HTMLElement} */ (document.querySelector('[data-part="ways"]'));
  const sheet = document.getElementById("walk-sheet");
  let opener = /** @type {HTMLElement | null} */ (null);

  /** @type {(name: string) => HTMLElement} */
  function part(name) {
    return /** @type {HTMLElement} */ (ways.querySelector('[data-part="' + name + '"]'));
  }

  /* ---- What is offered ---- */

  function showApps() {
    const data = ways.dataset, list = part("apps");
    const place = { lat: Number(data.lat), lon: Number(data.lon), name: data.name || "" };
    list.textContent = "";
    locator.handoff.links(table, place, locator.handoff.platform(table)).forEach(function (link) {
      const app = anchor("app", link.url, link.label);
      app.dataset.app = link.key;
      const item = make("li", "", [app]);
      if (link.web_url) {
        const web = anchor("app-web", link.web_url, words.web);
        web.appendChild(make("span", "unseen", " " + link.label));
        item.appendChild(document.createTextNode(" "));
        item.appendChild(web);
      }
      list.appendChild(item);
    });
  }

  /** @type {(className: string, url: string, text: string) => HTMLAnchorElement} */
  function anchor(className, url, text) {
    const made = make("a", className, text);
    made.href = url;
    /* An app's own scheme would leave an empty page behind. */
    made.target = url.startsWith("https:") ? "_blank" : "_self";
    made.rel = "noopener noreferrer";
    return made;
  }

  /** @type {(event: Event) => void} */
  function onClick(event) {
    const tapped = /** @type {Element} */ (event.target);
    const target = /** @type {HTMLElement | null} */ (tapped.closest("[data-part], [data-app]"));
    if (!target) return;
    if (target.dataset.app) locator.handoff.remember(target.dataset.app);
    if (target.dataset.part === "copy") copy(addressText());
    if (target.dataset.part === "share") share();
  }

  function addressText() {
    const data = ways.dataset;
    if (data.address) return data.address;
    return data.name + " " + Number(data.lat).toFixed(6) + ", " + Number(data.lon).toFixed(6) + " (WGS 84)";
  }

  /* ---- Copy and share ---- */

  /** @type {(text: string) => void} */
  function copy(text) {
    part("by-hand").hidden = true;
    const written = navigator.clipboard ? navigator.clipboard.writeText(text) : Promise.reject();
    written.catch(function () {
      return copyFromField(text);
    }).then(
      function () {
        tell(locator.say("copied", { text: text }));
      },
      function () {
        tell(words.copy_by_hand);
      }
    );
  }

  /** The old way; where that is blocked too the text stays there, selected.
   * @type {(text: string) => void} */
  function copyFromField(text) {
    const field = /** @type {HTMLInputElement} */ (part("by-hand"));
    field.value = text;
    field.hidden = false;
    field.focus();
    field.select();
    if (!document.execCommand("copy")) throw new Error("copy");
    field.hidden = true;
    part("copy").focus();
  }

  /* The address of the station's page and nothing else: never where the person is. */
  function share() {
    const url = new URL(ways.dataset.url || "", window.location.origin).href;
    if (!navigator.share) return copy(url);
    navigator.share({ title: ways.dataset.name, url: url }).catch(function (reason) {
      if (reason.name !== "AbortError") copy(url);
    });
  }

  /** @type {(text: string) => void} */
  function tell(text) {
    part("said").textContent = text;
  }

  /* ---- The sheet ---- */

  /** Offer the ways to the station of a card.
   * @type {Locator["walk"]["open"]} */
  function open(card, button) {
    opener = button;
    const link = /** @type {HTMLAnchorElement} */ (card.querySelector('[data-part="name"]'));
    const data = ways.dataset, facts = card.dataset;
    data.lat = facts.lat;
    data.lon = facts.lon;
    data.name = facts.name;
    data.address = facts.address;
    data.phones = facts.phones;
    data.url = link.getAttribute("href") || "";
    document.getElementById("walk-name").textContent = link.textContent;
    fill();
    if (sheet) sheet.hidden = false;
    document.body.classList.add("under-sheet");
    const first = ways.querySelector("a");
    if (first) first.focus();
  }

  function fill() {
    const data = ways.dataset;
    showApps();
    part("address").hidden = !data.address;
    part("address").textContent = data.address || "";
    part("copy").textContent = data.address ? words.copy_address : words.copy_position;
    showCalls(JSON.parse(data.phones || "[]"));
    part("by-hand").hidden = true;
    tell("");
  }

  /** Offer to call each number that the server found in what is written in place of one.
   * @type {(phones: Phone[]) => void} */
  function showCalls(phones) {
    ways.querySelectorAll('[data-part="call"]').forEach(function (old) {
      old.remove();
    });
    phones.forEach(function (phone) {
      const text = phones.length === 1 ? words.call : locator.say("call_number", { number: phone.number });
      const call = make("a", "second-button", text);
      call.dataset.part = "call";
      call.href = phone.uri;
      /** @type {Element} */ (part("share").parentNode).insertBefore(call, part("share"));
    });
  }

  function close() {
    if (sheet) sheet.hidden = true;
    document.body.classList.remove("under-sheet");
    if (opener) opener.focus();
  }

  /** @type {(event: KeyboardEvent) => void} */
  function onKey(event) {
    if (event.key === "Escape" || event.key === "Esc") close();
    if (event.key === "Tab") stay(event);
  }

  /** Tab goes round within the sheet.
   * @type {(event: KeyboardEvent) => void} */
  function stay(event) {
    const all = /** @type {HTMLElement} */ (sheet).querySelectorAll("a, button, input");
    const stops = /** @type {HTMLElement[]} */ (Array.from(all)).filter(function (stop) {
      return stop.offsetParent !== null;
    });
    const edge = event.shiftKey ? stops[0] : stops[stops.length - 1];
    if (document.activeElement !== edge) return;
    event.preventDefault();
    (event.shiftKey ? stops[stops.length - 1] : stops[0]).focus();
  }

  /* ---- Start ---- */

  ways.addEventListener("click", onClick);
  if (sheet) {
    sheet.addEventListener("keydown", onKey);
    sheet.addEventListener("click", function (event) {
      if (event.target === sheet) close();
    });
    document.getElementById("walk-close").addEventListener("click", close);
  } else {
    showApps();
  }

  locator.walk = { open: open };
})();
