/* Runs the scripts of static/ as they stand, in a window that has only what a test gives it. */
import { readFileSync } from "node:fs";
import vm from "node:vm";

const STATIC = new URL("../../static/", import.meta.url);

/* What a script may use that no page gives: the language itself aside, a `vm` context has none of it. */
const MACHINE = {
  URL, URLSearchParams, Response, Headers, Request, TextEncoder, console, setTimeout, clearTimeout, queueMicrotask,
};

/* A window in which these scripts have run, one after the other. */
export function run(names, given = {}) {
  const window = vm.createContext({ ...MACHINE, ...given });
  window.window = window.self = window;
  for (const name of names) vm.runInContext(read(name), window, { filename: name });
  return window;
}

export function read(name) {
  return readFileSync(new URL(name, STATIC), "utf-8");
}

/* A document whose elements with JSON in them are these, by id; it has no others. */
export function documentWith(texts) {
  return {
    getElementById: (id) => (id in texts ? { textContent: JSON.stringify(texts[id]), dataset: {} } : null),
    addEventListener: () => undefined,
  };
}

/* A value from another context, as one of this context, which is what deepEqual compares. */
export function plain(value) {
  return JSON.parse(JSON.stringify(value));
}
