// The only door from Rust to the charts. It holds no chart code: that is a lazy chunk, loaded once the shell is painted.
// Imported as a wasm-bindgen snippet, so it must not import anything itself.

let charts = null;
let loading = null;
let formatter = null;
let wantsMore = false;

/** Loads the charts chunk; `url` is relative to the document. Repeated calls share one load; a failed one can be retried. */
export function loadCharts(url) {
  loading ??= import(new URL(url, document.baseURI).href).then(
    (module) => {
      charts = module;
      if (formatter) charts.setFormatter(formatter);
      if (wantsMore) loadMoreCharts();
    },
    (error) => {
      loading = null;
      throw error;
    },
  );
  return loading;
}

/**
 * Loads what of the charts is rare in the background, now or after them. A failure is none yet: who needs it tries again.
 * Where the charts are there the promise says when this is done.
 */
export function loadMoreCharts() {
  wantsMore = true;
  return charts?.loadMore().catch(() => {});
}

/** Whether `mount` may be called. */
export function chartsLoaded() {
  return charts !== null;
}

/** `format(unit, value, context) => string`, used by every `fn:` formatter. May be set before the chunk is there. */
export function setFormatter(format) {
  formatter = format;
  charts?.setFormatter(format);
}

/** Draws `option` with the typed `columns` of each dataset into `element`; returns the handle for the calls below. */
export function mount(element, option, columns, flags, onEvent) {
  return charts.mount(element, option, columns, flags, onEvent);
}

/** Replaces what the chart shows; whatever keeps its id may move, the rest is rebuilt. */
export function update(handle, option, columns, flags) {
  handle.update(option, columns, flags);
}

/** Fits the chart to its element at once; sizes are otherwise followed by themselves. */
export function resize(handle) {
  handle.resize();
}

/** Draws the linked crosshair at `x` (axis value) in every grid of the chart, or removes it with `null`. */
export function setCrosshair(handle, x) {
  handle.setCrosshair(x);
}

/** Frees the chart and everything that was registered beside it. Safe to call twice. */
export function dispose(handle) {
  handle.dispose();
}

/** The chart as a PNG data URL. */
export function png(handle, ratio, background) {
  return handle.png(ratio, background);
}

/** `option` as SVG text of that size, drawn off the screen. */
export function svg(option, columns, width, height) {
  return charts.svg(option, columns, width, height);
}

/** Number of charts mounted and not disposed: what a leak test asks. */
export function liveCharts() {
  return charts ? charts.liveCharts() : 0;
}
