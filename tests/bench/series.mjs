// A thousand series in one answer of Prometheus, on one chart.
import { longTasks, rounds, tasksText, watchLongTasks, withPage } from "./browser.mjs";
import { percentile, row } from "./rows.mjs";
import { SERIES_END_MS, SERIES_MS } from "./workspaces.mjs";


async function visit(browser, app) {
  return withPage(browser, {}, async (page) => {
    await watchLongTasks(page);
    const workers = [];
    page.on("worker", (worker) => workers.push(worker));
    await page.addInitScript(() => {
      // The instant after the frame in which the panel's chart is first there, on the clock that worker and page share.
      const look = () => {
        if (!document.querySelector('[data-panel][data-state="fresh"] canvas')) return requestAnimationFrame(look);
        requestAnimationFrame(() => setTimeout(() => (window.__drawn = performance.timeOrigin + performance.now()), 0));
      };
      requestAnimationFrame(look);
    });
    await page.goto(`${app}?workspace=bench-series&from=${SERIES_END_MS - SERIES_MS}&to=${SERIES_END_MS}&tz=utc`);
    await page.waitForFunction(() => window.__drawn, null, { timeout: 60_000 });
    const drawn = await page.evaluate(() => window.__drawn);
    const arrivals = await Promise.all(workers.map((worker) =>
      worker.evaluate(() => performance.getEntriesByType("resource")
        .filter(({ name }) => name.includes("/query_range")).map(({ responseEnd, encodedBodySize }) => [performance.timeOrigin + responseEnd, encodedBodySize]))));
    const [arrived, bytes] = arrivals.flat().toSorted((a, b) => b[0] - a[0])[0] ?? [];
    if (!arrived) throw new Error("no answer of query_range came");
    return { ms: drawn - arrived, bytes, tasks: await longTasks(page) };
  });
}

export async function series({ browser, app, peers }) {
  if (!peers.prometheus) throw new Error("the bench's Prometheus does not run");
  const visits = [];
  for (const _ of rounds(2, 5, 40)) visits.push(await visit(browser, app));
  const ms = percentile(visits.map((one) => one.ms), 50);
  return row("1,000 series in one answer: from its arrival to the painted chart", {
    ours: `${ms.toFixed(0)} ms`, bar: "within 1 s", met: ms <= 1_000, note: tasksText(visits[0].tasks),
  });
}
