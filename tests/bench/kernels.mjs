// Rows about one piece of work each, on the measuring page.
import { percentile, row, times } from "./rows.mjs";
import { withPage } from "./browser.mjs";

const N_LONG = 10_000_000;
const N_SHORT = 100_000;

async function inPage({ browser, benchPage }, call, ...given) {
  return withPage(browser, { viewport: { width: 1700, height: 900 } }, async (page) => {
    await page.goto(benchPage);
    await page.locator("html[data-ready]").waitFor({ state: "attached", timeout: 60_000 });
    return page.evaluate(([name, rest]) => window.bench[name](...rest), [call, given]);
  });
}

export async function parse(bench) {
  const { bytes, ours, peer } = await inPage(bench, "parse", 7);
  const [ms, json] = [percentile(ours, 50), percentile(peer, 50)];
  return row("parse a Prometheus matrix of 200 x 5,000 points into columns", {
    ours: `${ms.toFixed(0)} ms`, peer: `JSON.parse and a loop ${json.toFixed(0)} ms`, bar: "at least 4 times faster",
    met: json / ms >= 4, note: `${times(json, ms)}, ${(bytes / 1e6).toFixed(1)} MB`,
  });
}

export async function reduce(bench) {
  const { ours, peer } = await inPage(bench, "reduce", N_LONG, 15);
  const [ms, loop] = [percentile(ours, 50), percentile(peer, 50)];
  return row("reduce 10 million points to 1,600 columns of least and greatest", {
    ours: `${ms.toFixed(1)} ms`, peer: `a loop of JavaScript ${loop.toFixed(1)} ms`, bar: "under 10 ms", met: ms < 10,
    note: `fastest ${Math.min(...ours).toFixed(1)} ms`,
  });
}

export async function zoom(bench) {
  const ours = await inPage(bench, "zoom", N_LONG, 40, bench.chartsUrl);
  const short = await inPage(bench, "zoom", N_SHORT, 40, bench.chartsUrl);
  const { peer } = await inPage(bench, "zoomByUplot", N_LONG, 40);
  const p95 = percentile(ours.ours, 95);
  const [long, few] = [percentile(ours.work, 50), percentile(short.work, 50)];
  return [
    row("zoom over 10 million points, input to paint, p95", {
      ours: `${p95.toFixed(0)} ms`, peer: `uPlot ${percentile(peer, 95).toFixed(0)} ms`, bar: "at most 33 ms", met: p95 <= 33,
      note: `${times(percentile(peer, 95), p95)}; median ${percentile(ours.ours, 50).toFixed(0)} ms`,
    }),
    row("the same work over 10 million points and over 100 thousand, without waiting for the frame", {
      ours: `${long.toFixed(1)} ms`, peer: `100 thousand ${few.toFixed(1)} ms`, bar: "flat: at most half more", met: long <= 1.5 * few,
      note: `${(long / few).toFixed(2)} of it`,
    }),
  ];
}

export async function slices(bench) {
  const { ours, nFound, nTested, worst, longTasks } = await inPage(bench, "slices", 100_000, 30, 3);
  if (worst.toSorted().join() !== "0,1") throw new Error(`the planted slice was not found: features ${worst.join()} of ${nFound}`);
  const ms = percentile(ours, 50);
  return [
    row("slice finder over 100,000 predictions x 30 features, in the engine", {
      ours: `${(ms / 1000).toFixed(1)} s`, bar: "within 5 s", met: ms <= 5_000, note: `${nTested} slices tested, the planted one is the worst found`,
    }),
    row("the page's tasks over 50 ms meanwhile", {
      ours: `${longTasks.length}`, bar: "none", met: longTasks.length === 0,
      note: longTasks.length > 0 ? `longest ${Math.max(...longTasks).toFixed(0)} ms` : "",
    }),
  ];
}
