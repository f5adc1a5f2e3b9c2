// What of ECharts few panels need: a chunk of its own, loaded by parts.mjs.
import { install as parallelChart } from "echarts/lib/chart/parallel/install.js";
import { install as parallelComponent } from "echarts/lib/component/parallel/install.js";
import { install as svgRenderer } from "echarts/lib/renderer/installSVGRenderer.js";

// All of the first chunk is in sight from here, so the bundler keeps it in one file, which compresses better than two.
import { echarts } from "./index.mjs";

echarts.use([parallelChart, parallelComponent, svgRenderer]);
