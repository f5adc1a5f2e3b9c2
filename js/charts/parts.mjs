// The parts of ECharts that we use: only what src/chart describes. Those named here are in each cold start.
// By the files themselves: through the package's lists what only more.mjs needs would be in the first chunk too.
import * as echarts from "echarts/core";
import { install as barChart } from "echarts/lib/chart/bar/install.js";
import { install as customChart } from "echarts/lib/chart/custom/install.js";
import { install as heatmapChart } from "echarts/lib/chart/heatmap/install.js";
import { install as lineChart } from "echarts/lib/chart/line/install.js";
import { install as scatterChart } from "echarts/lib/chart/scatter/install.js";
import { install as axisPointer } from "echarts/lib/component/axisPointer/install.js";
import { install as dataset } from "echarts/lib/component/dataset/install.js";
import { install as grid } from "echarts/lib/component/grid/install.js";
import { install as markArea } from "echarts/lib/component/marker/installMarkArea.js";
import { install as markLine } from "echarts/lib/component/marker/installMarkLine.js";
import { install as visualMap } from "echarts/lib/component/visualMap/installVisualMapContinuous.js";
import { installLabelLayout } from "echarts/lib/label/installLabelLayout.js";
import { install as canvasRenderer } from "echarts/lib/renderer/installCanvasRenderer.js";

echarts.use([
  lineChart, barChart, scatterChart, heatmapChart, customChart,
  grid, dataset, axisPointer, markLine, markArea, visualMap,
  installLabelLayout, canvasRenderer,
]);

export { echarts };

let loading = null;
let hasMore = false;

/** Whether `option` or the SVG renderer can be used now: not before `loadMore` where it needs the rare parts. */
export const isComplete = (option) => hasMore || !option.parallelAxis;

/** Loads the rare parts, once; a load that failed can be tried again. */
export function loadMore() {
  loading ??= import("./more.mjs").then(
    () => {
      hasMore = true;
    },
    (error) => {
      loading = null;
      throw error;
    },
  );
  return loading;
}

/** Whether the rare parts are there. */
export const moreLoaded = () => hasMore;
