/* The rules for the scripts in static/, which browsers of old phones run as they stand, and for their tests. */
import globals from "globals";

/* Text from data is never markup: what makes elements from a string is not used at all. */
const MARKUP = ["innerHTML", "outerHTML", "insertAdjacentHTML", "createContextualFragment", "write", "writeln", "srcdoc"];

const RULES = {
  eqeqeq: "error",
  "no-undef": "error",
  "no-unused-vars": ["error", { caughtErrors: "none" }],
  "no-var": "error",
  "prefer-const": "error",
  "no-shadow": "error",
  "no-redeclare": "error",
  "no-implicit-globals": "error",
  "no-implicit-coercion": "error",
  "no-use-before-define": ["error", { functions: false, variables: false }],
  "no-param-reassign": "error",
  "no-fallthrough": "error",
  "no-dupe-keys": "error",
  "no-unreachable": "error",
  "no-unsafe-finally": "error",
  "no-self-compare": "error",
  "no-constant-condition": "error",
  "no-cond-assign": ["error", "always"],
  "no-control-regex": "off",
  "no-loss-of-precision": "error",
  "use-isnan": "error",
  "valid-typeof": "error",
  "no-eval": "error",
  "no-implied-eval": "error",
  "no-new-func": "error",
  "no-script-url": "error",
  "no-restricted-properties": [
    "error",
    ...MARKUP.map((property) => ({ property, message: "Text from data is never markup: use textContent." })),
  ],
  "max-len": ["error", { code: 120 }],
};

export default [
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: ["**/static/**/*.js"],
    languageOptions: { ecmaVersion: 2017, sourceType: "script", globals: { ...globals.browser, L: "readonly" } },
    rules: { ...RULES, strict: ["error", "function"] },
  },
  {
    files: ["**/static/finder/sw.js", "**/static/finder/sw_off.js"],
    languageOptions: { globals: { ...globals.serviceworker, SHELL: "readonly" } },
    /* A worker has a scope of its own. */
    rules: { strict: ["error", "global"], "no-implicit-globals": "off" },
  },
  {
    files: ["**/tests/js/**/*.mjs"],
    languageOptions: { ecmaVersion: 2022, sourceType: "module", globals: globals.node },
    rules: RULES,
  },
];
