// The charts chunk: the parts of ECharts that we use, and the handles that js/bridge.js gives to Rust.
// Loaded lazily. Nothing here compiles text to code or writes HTML, so it runs under the strictest policy.
import * as echarts from "echarts/core";
// Every part named here is in each cold start: only what src/chart describes.
import { BarChart, CustomChart, HeatmapChart, LineChart, ParallelChart, ScatterChart } from "echarts/charts";
import {
  AxisPointerComponent, DatasetComponent, GridComponent, MarkAreaComponent, MarkLineComponent, ParallelComponent,
  VisualMapContinuousComponent,
} from "echarts/components";
import { LabelLayout } from "echarts/features";
import { CanvasRenderer, SVGRenderer } from "echarts/renderers";
import { ChartHandle, liveHandles } from "./handle.mjs";
import { compile } from "./options.mjs";

echarts.use([
  LineChart, BarChart, ScatterChart, HeatmapChart, CustomChart, ParallelChart,
  GridComponent, DatasetComponent, AxisPointerComponent, MarkLineComponent, MarkAreaComponent, VisualMapContinuousComponent,
  ParallelComponent,
  LabelLayout, CanvasRenderer, SVGRenderer,
]);

export { setFormatter } from "./formatters.mjs";
export { liveHandles as liveCharts } from "./handle.mjs";

export function mount(element, option, columns, flags, onEvent) {
  return new ChartHandle(echarts, element, option, columns, flags ?? {}, onEvent);
}

/** The chart as SVG text; drawn without touching the document. */
export function svg(option, columns, width, height) {
  const chart = echarts.init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    chart.setOption({ ...compile(option, columns, {}), animation: false });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}
