// The engine's door to the lazy PromQL parser. Imported as a wasm-bindgen snippet, so it must not import anything itself.

let parser = null;
let loading = null;

/** Loads the chunk from an absolute address; repeated calls share one load, a failed one can be retried. */
export function loadParser(url) {
  loading ??= import(url).then(
    (module) => {
      parser = module;
    },
    (error) => {
      loading = null;
      throw error;
    },
  );
  return loading;
}

/** `{ selectors, error }` of an expression; see js/promql.mjs. */
export function selectors(expression) {
  return parser.selectors(expression);
}
