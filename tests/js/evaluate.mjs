/* Evaluates a function in a window in which scripts of static/ have run, for tests in Python that compare what a script
 * says with what the server says. Reads {scripts, given, texts, source, argument} and writes the value, as JSON. */
import { readFileSync, writeSync } from "node:fs";
import vm from "node:vm";

import { documentWith, run } from "./load.mjs";

const { scripts, given, texts, source, argument } = JSON.parse(readFileSync(0, "utf-8"));
const window = run(scripts, { document: documentWith(texts), ...given });
window.argument = argument;
const value = await vm.runInContext(`(${source})(argument)`, window);
const bytes = Buffer.from(JSON.stringify(value === undefined ? null : value));
for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at);
