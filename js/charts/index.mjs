// The charts chunk: the parts of ECharts that we use, and the handles that js/bridge.js gives to Rust.
// Loaded lazily. Nothing here compiles text to code or writes HTML, so it runs under the strictest policy.
import { ChartHandle } from "./handle.mjs";
import { compile } from "./options.mjs";
import { echarts, loadMore, moreLoaded } from "./parts.mjs";

export { setFormatter } from "./formatters.mjs";
export { liveHandles as liveCharts } from "./handle.mjs";
export { echarts, loadMore } from "./parts.mjs";

export function mount(element, option, columns, flags, onEvent) {
  return new ChartHandle(echarts, element, option, columns, flags ?? {}, onEvent);
}

/** The chart as SVG text; drawn without touching the document. Throws until `loadMore` is done, and sees to that. */
export function svg(option, columns, width, height) {
  if (!moreLoaded()) {
    loadMore();
    throw new Error("the part that writes SVG is not loaded yet");
  }
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    chart.setOption({ ...compile(option, columns, {}), animation: false });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}
