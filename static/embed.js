/* <warm-station-map>: our stations on anybody's page, from <script src="https://HOST/embed.js" async></script>.
 * Attributes, events, methods and messages are those of the README, which says what stays as it is. The element is
 * a frame and no more: nothing of the page round it is read, and no name is added to it. Plain ES2017. */
(function () {
  "use strict";

  const TAG = "warm-station-map", VERSION = 1;
  const OPTIONS = [
    "center", "zoom", "district", "radius", "kind", "amenity", "open", "station", "lang", "theme", "layout",
    "locate", "datum",
  ];
  const HEIGHT = 420, LEAST = 120, MOST = 20000; /* pixels */
  const AHEAD = "400px"; /* so far before it comes into sight a map is loaded */
  const PATIENCE_MS = 8000; /* a frame that has said nothing for so long was refused */
  /** @type {Record<string, { title: string, link: string }>} Language to its words; the service puts them in. */
  const SAID = {};
  const UNSEEN = "position:absolute;width:1px;height:1px;overflow:hidden;clip:rect(0 0 0 0);white-space:nowrap";

  /* A module has no current script; the address in the page then says where this one came from. */
  const running = /** @type {HTMLScriptElement | null} */ (document.currentScript);
  const linked = /** @type {HTMLScriptElement | null} */ (document.querySelector('script[src*="/embed.js"]'));
  const source = (running && running.src) || (linked && linked.src);
  if (!source || !window.customElements || customElements.get(TAG)) return;
  const home = new URL(".", source);

  /* Where rules cannot be had without an inline style, which the page may forbid, the element is merely not a block. */
  let sheet = /** @type {CSSStyleSheet | null} */ (null);
  try {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(":host{display:block;position:relative}:host([hidden]){display:none}");
  } catch (old) {
    sheet = null;
  }

  /* What is inside one element: a frame, and what the page's author wrote into the element for those without it. */
  class Inside {
    /** @param {HTMLElement} host */
    constructor(host) {
      this.host = host;
      this.frame = /** @type {HTMLIFrameElement | null} */ (null);
      this.waiting = /** @type {FrameMessage[]} */ ([]); /* for a frame that is not ready */
      this.observer = /** @type {IntersectionObserver | null} */ (null);
      this.timer = 0;
      this.content = 0; /* the height of a list, when the frame has told it */
      this.isReady = this.isSilent = this.isDue = false;
      this.root = host.attachShadow({ mode: "open" });
      if (sheet && "adoptedStyleSheets" in this.root) this.root.adoptedStyleSheets = [sheet];
      this.own = document.createElement("div");
      this.link = document.createElement("a");
      this.link.target = "_blank";
      this.link.rel = "noopener";
      this.own.appendChild(document.createElement("slot")).appendChild(this.link);
      this.own.addEventListener("focusin", () => this.showOwn(true));
      this.own.addEventListener("focusout", () => this.showOwn(!this.frame || this.isSilent));
      this.root.appendChild(this.own);
      this.onMessage = (/** @type {MessageEvent} */ event) => this.hear(event);
    }

    /* The element came into a page: load when it comes near the screen, or at once where nothing tells. */
    enter() {
      window.addEventListener("message", this.onMessage);
      this.speak();
      if (!window.IntersectionObserver || this.waiting.length) return this.load();
      this.observer = new IntersectionObserver(
        (seen) => {
          if (seen.some((entry) => entry.isIntersecting)) this.load();
        },
        { rootMargin: AHEAD }
      );
      this.observer.observe(this.host);
    }

    leave() {
      window.removeEventListener("message", this.onMessage);
      this.unload();
    }

    unload() {
      if (this.observer) this.observer.disconnect();
      this.observer = null;
      clearTimeout(this.timer);
      if (this.frame) this.frame.remove();
      this.frame = null;
      this.content = 0;
      this.isReady = this.isSilent = false;
      this.showOwn(true);
    }

    /** Several attributes that change together make one new frame; a new one, because a new address in the old one
     * would be a step that the reader's Back button has to undo.
     * @type {(name: string) => void} */
    change(name) {
      if (name === "height" || name === "title") return this.fit();
      if (this.isDue) return;
      this.isDue = true;
      Promise.resolve().then(() => {
        this.isDue = false;
        if (!this.host.isConnected) return;
        this.speak();
        if (!this.frame) return;
        this.unload();
        this.load();
      });
    }

    load() {
      this.unload();
      const frame = (this.frame = document.createElement("iframe"));
      frame.setAttribute("allow", "geolocation");
      frame.setAttribute("referrerpolicy", "no-referrer");
      frame.setAttribute("loading", "eager"); /* the element itself has waited */
      if (this.host.hasAttribute("sandbox")) frame.setAttribute("sandbox", this.host.getAttribute("sandbox") || "");
      frame.style.cssText = "display:block;width:100%;border:0";
      frame.src = this.address();
      frame.addEventListener("load", () => this.awaitWord(frame));
      this.fit();
      this.root.appendChild(frame);
      this.showOwn(false);
    }

    /** A browser does not say that a frame was refused, and shows a page of its own in it.
     * @type {(frame: HTMLIFrameElement) => void} */
    awaitWord(frame) {
      if (frame !== this.frame || this.isReady) return;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => {
        this.isSilent = true;
        this.showOwn(true);
      }, PATIENCE_MS);
    }

    address() {
      const url = new URL("embed", home);
      OPTIONS.forEach((name) => {
        const value = name === "lang" ? this.lang() : this.host.getAttribute(name);
        if (value === null) return;
        /* `open` and `locate` may stand alone, as in HTML. */
        url.searchParams.set(name, value || (name === "open" || name === "locate" ? "1" : ""));
      });
      return url.href;
    }

    /* The language of the element, or of the page if it is one of ours; else the reader's own. */
    lang() {
      const own = this.host.getAttribute("lang");
      const near = this.host.closest("[lang]");
      const found = near ? String(near.getAttribute("lang")).split("-")[0].toLowerCase() : "";
      return found in SAID ? found : own;
    }

    words() {
      return SAID[this.lang() || ""] || SAID[navigator.language.split("-")[0].toLowerCase()] || SAID.en;
    }

    speak() {
      this.link.href = home.href;
      this.link.textContent = this.words().link;
    }

    /* A list is as high as its content; a map is as high as the page's author says. */
    fit() {
      if (!this.frame) return;
      this.frame.title = this.host.title || this.words().title;
      const asked = parseFloat(this.host.getAttribute("height") || "") || HEIGHT;
      const height = (this.host.getAttribute("layout") === "list" && this.content) || asked;
      this.frame.height = String(Math.round(Math.min(MOST, Math.max(LEAST, height))));
    }

    /** What the author wrote stays for readers without frames; a link in it that has the focus is seen.
     * @type {(isShown: boolean) => void} */
    showOwn(isShown) {
      this.own.style.cssText = isShown ? "" : UNSEEN;
    }

    isSandboxed() {
      return window.origin === "null" || Boolean(this.frame && this.frame.hasAttribute("sandbox"));
    }

    /** Only the frame in this element, and only with our page in it, is listened to.
     * @type {(event: MessageEvent) => void} */
    hear(event) {
      if (!this.frame || event.source !== this.frame.contentWindow) return;
      if (event.origin !== home.origin && !(event.origin === "null" && this.isSandboxed())) return;
      const said = event.data;
      if (!said || said.source !== TAG || said.version !== VERSION) return;
      this.isSilent = false;
      clearTimeout(this.timer);
      this.showOwn(false);
      if (said.type === "ready") this.start();
      else if (said.type === "height" && said.height > 0) {
        this.content = said.height;
        this.fit();
      } else if (said.type === "station-selected") this.tell(said.type, said.station);
      else if (said.type === "located") this.tell(said.type, { stations: said.stations, radius_m: said.radius_m });
    }

    start() {
      this.isReady = true;
      this.tell("ready", null);
      this.waiting.splice(0).forEach((message) => this.post(message));
    }

    /** @type {(type: string, detail: unknown) => void} */
    tell(type, detail) {
      this.host.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true, detail: detail }));
    }

    /** Ask the frame for something, now or when it is ready; who asks does not wait until it is in sight.
     * @type {(message: FrameMessage) => void} */
    ask(message) {
      if (this.isReady) return this.post(message);
      this.waiting = this.waiting.filter((other) => other.type !== message.type).concat(message);
      if (!this.frame && this.host.isConnected) this.load();
    }

    /** @type {(message: FrameMessage) => void} */
    post(message) {
      const target = this.isSandboxed() ? "*" : home.origin;
      const shown = this.frame && this.frame.contentWindow;
      if (shown) shown.postMessage(Object.assign({ source: TAG, version: VERSION }, message), target);
    }
  }

  const inside = new WeakMap();

  customElements.define(
    TAG,
    class extends HTMLElement {
      static get observedAttributes() {
        return OPTIONS.concat("height", "sandbox", "title");
      }

      constructor() {
        super();
        inside.set(this, new Inside(this));
      }

      connectedCallback() {
        inside.get(this).enter();
      }

      disconnectedCallback() {
        inside.get(this).leave();
      }

      /** @type {(name: string, before: string | null, after: string | null) => void} */
      attributeChangedCallback(name, before, after) {
        if (before !== after && this.isConnected) inside.get(this).change(name);
      }

      /** Show a station, by its id.
       * @type {(stationId: string) => void} */
      show(stationId) {
        inside.get(this).ask({ type: "show", station_id: String(stationId) });
      }

      /* Ask the reader where they are, and show what is near. */
      locate() {
        inside.get(this).ask({ type: "locate" });
      }
    }
  );
})();
