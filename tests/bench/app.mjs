// What is measured of the whole app on its demo, beside the pages of the lab's own MLflow where it runs.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { percentile, row, slope } from "./rows.mjs";

const MLFLOW = "http://127.0.0.1:15000/";
const VIEWPORT = { width: 1440, height: 900 };
const N_PANELS = 200;
const CODE = new Set(["Document", "Script", "Stylesheet", "Font"]);

const isCode = ({ type, url }) => CODE.has(type) || /\.(wasm|woff2|m?js|css)(\?|$)/.test(url);
const reachable = (url) => fetch(url).then(({ ok }) => ok, () => false);

/** A workspace of the demo's source with 200 panels on one dashboard, in a folder of its own. */
export function benchDashboard() {
  const document = JSON.parse(readFileSync("public/workspaces/default.json", "utf8"));
  const kinds = ["latency-throughput", "resources", "scalability", "deployment-status"];
  const ids = Array.from({ length: N_PANELS }, (_, i) => `bench-${i}`);
  document.metadata = { ...document.metadata, name: "bench" };
  document.spec.panels = Object.fromEntries(ids.map((id, i) => [id, { kind: kinds[i % kinds.length] }]));
  const panels = ids.map((panel) => ({ panel, width: 12, height: 5 }));
  document.spec.dashboards = [{ id: "many", title: "Many", sections: [{ panels }] }];
  document.spec.roles = [{ id: "bench", title: "Bench", dashboards: ["many"] }];
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  const path = join(folder, "bench.json");
  writeFileSync(path, JSON.stringify(document));
  return { name: "bench", flags: ["--workspace", path], remove: () => rmSync(folder, { recursive: true }) };
}

/** A fresh visit: milliseconds until `drawn`, and the bytes that came over the wire. */
async function visit(browser, url, drawn) {
  const context = await browser.newContext({ viewport: VIEWPORT });
  const page = await context.newPage();
  const client = await context.newCDPSession(page);
  const bytes = { code: 0, all: 0 };
  // Workers have a session of their own; their files are counted from the answers' lengths.
  const requests = new Map();
  await client.send("Network.enable");
  client.on("Network.responseReceived", ({ requestId, type, response }) => requests.set(requestId, { type, url: response.url }));
  client.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const request = requests.get(requestId);
    if (!request) return;
    bytes.all += encodedDataLength;
    if (isCode(request)) bytes.code += encodedDataLength;
    request.isCounted = true;
  });
  const ofWorkers = [];
  page.on("worker", (worker) => ofWorkers.push(worker));
  try {
    const start = performance.now();
    await page.goto(url, { waitUntil: "commit" });
    await page.locator(drawn).first().waitFor({ state: "attached", timeout: 90_000 });
    const ms = performance.now() - start;
    for (const worker of ofWorkers) {
      const entries = await worker.evaluate(() => performance.getEntriesByType("resource").map(({ name, encodedBodySize }) => [name, encodedBodySize]));
      for (const [name, size] of entries) {
        if ([...requests.values()].some(({ url: known, isCounted }) => known === name && isCounted)) continue;
        bytes.all += size;
        if (isCode({ type: "Other", url: name })) bytes.code += size;
      }
    }
    return { ms, bytes };
  } finally {
    await context.close();
  }
}

export async function coldStart(browser, app) {
  const ours = [];
  for (let round = 0; round < 5; round += 1) ours.push(await visit(browser, app, "[data-ready]"));
  const ms = percentile(ours.map((visited) => visited.ms), 50);
  const kb = ours[0].bytes.code / 1000;
  const rows = [
    row("cold start: code, style and font, as transferred", {
      ours: `${kb.toFixed(0)} KB`, bar: "at most 700 KB", met: kb <= 700, note: `${(ours[0].bytes.all / 1000).toFixed(0)} KB with data`,
    }),
  ];
  const what = "cold start: time until all visible panels are drawn";
  if (!(await reachable(MLFLOW))) return [...rows, row(what, { ours: `${ms.toFixed(0)} ms`, bar: "a quarter of MLflow's", met: null, note: "no MLflow in the lab" })];
  const { experiments } = await (await fetch(`${MLFLOW}api/2.0/mlflow/experiments/search?max_results=100`)).json();
  const shown = experiments.find(({ name }) => name === "long-history") ?? experiments[0];
  const peers = [];
  for (let round = 0; round < 3; round += 1) {
    peers.push(await visit(browser, `${MLFLOW}#/experiments/${shown.experiment_id}/runs?compareRunsMode=CHART`, ".js-plotly-plot .main-svg"));
  }
  const peer = percentile(peers.map((visited) => visited.ms), 50);
  return [
    ...rows,
    row(what, {
      ours: `${ms.toFixed(0)} ms`, peer: `MLflow's chart page ${peer.toFixed(0)} ms, ${(peers[0].bytes.code / 1e6).toFixed(1)} MB`,
      bar: "a quarter of MLflow's", met: ms <= peer / 4, note: `${(peer / ms).toFixed(1)} times faster`,
    }),
  ];
}

const ready = (page) => page.locator("[data-ready]").first().waitFor({ state: "attached", timeout: 60_000 });

/** The slowest of the events that a click is, each from input to the next paint. */
async function interaction(page, target) {
  await page.evaluate(() => {
    window.__slowest = 0;
    window.__observer?.disconnect();
    window.__observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (entry.interactionId) window.__slowest = Math.max(window.__slowest, entry.duration);
    });
    window.__observer.observe({ type: "event", durationThreshold: 16 });
  });
  await target.click();
  await ready(page);
  await page.waitForTimeout(300);
  return page.evaluate(() => window.__slowest);
}

export async function interactions(browser, app) {
  const context = await browser.newContext({ viewport: VIEWPORT });
  const page = await context.newPage();
  try {
    await page.goto(app);
    await ready(page);
    const roles = await page.locator("button[data-role]").evaluateAll((buttons) => buttons.map((b) => b.dataset.role));
    const changes = [];
    for (let round = 0; round < 3; round += 1) {
      for (const role of [...roles.slice(1), roles[0]]) {
        const ms = await interaction(page, page.locator(`button[data-role="${role}"]`));
        if (round > 0) changes.push(ms); // the first round warms the cache
      }
    }
    const filters = [];
    const chip = page.locator(".bar .filters button").first();
    for (let round = 0; round < 6; round += 1) {
      await chip.click();
      const option = page.locator("[role=option]").first();
      await option.waitFor({ timeout: 10_000 });
      const ms = await interaction(page, option);
      await page.keyboard.press("Escape");
      if (round > 1) filters.push(ms);
    }
    const judged = (what, times) => {
      const worst = percentile(times, 98);
      return row(what, { ours: `${worst.toFixed(0)} ms`, bar: "at most 100 ms", met: worst <= 100, note: `median ${percentile(times, 50).toFixed(0)} ms of ${times.length}` });
    };
    return [judged("role change with warm cache, INP", changes), judged("filter change with warm cache, INP", filters)];
  } finally {
    await context.close();
  }
}

export async function manyPanels(browser, app, workspace) {
  const context = await browser.newContext({ viewport: VIEWPORT });
  const page = await context.newPage();
  const asked = [];
  context.on("request", (request) => /\/demo\//.test(request.url()) && asked.push(request.url()));
  try {
    await page.goto(`${app}?workspace=${workspace}`);
    await ready(page);
    await page.waitForTimeout(2_000);
    const { mounted, visible } = await page.evaluate(() => {
      const panels = [...document.querySelectorAll("[data-panel]")];
      const drawn = panels.filter((panel) => panel.querySelector("canvas, table, [data-value]"));
      const isSeen = (panel) => {
        const { top, bottom } = panel.getBoundingClientRect();
        return bottom > -innerHeight && top < 2 * innerHeight;
      };
      return { mounted: drawn.length, visible: panels.filter(isSeen).length };
    });
    const repeated = asked.length - new Set(asked).size;
    return [
      row(`${N_PANELS} panels declared: drawn`, { ours: `${mounted}`, bar: `those within a screen (${visible})`, met: mounted <= visible }),
      row("requests for an equal address sent once", { ours: `${repeated} repeated of ${asked.length}`, bar: "none repeated", met: repeated === 0 && asked.length > 0 }),
    ];
  } finally {
    await context.close();
  }
}

/** Refreshes as fast as the app answers, at most five times a second, and watches the memory. */
export async function soak(browser, app, seconds) {
  const context = await browser.newContext({ viewport: VIEWPORT });
  const page = await context.newPage();
  const client = await context.newCDPSession(page);
  const ofBrowser = await browser.newBrowserCDPSession();
  try {
    await page.goto(app);
    await ready(page);
    // Page and engine live in one process; the largest renderer is theirs.
    const renderer = async () => {
      const { processInfo } = await ofBrowser.send("SystemInfo.getProcessInfo");
      const kb = (id) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1] ?? 0);
      return Math.max(...processInfo.filter(({ type }) => type === "renderer").map(({ id }) => kb(id))) / 1024;
    };
    const [minutes, heaps, residents] = [[], [], []];
    const started = performance.now();
    let n = 0;
    let nextSample = 0;
    while (performance.now() - started < seconds * 1000) {
      await page.getByRole("button", { name: "Refresh", exact: true }).click();
      n += 1;
      await page.waitForTimeout(200);
      if (performance.now() >= nextSample) {
        nextSample = performance.now() + 5_000;
        await client.send("HeapProfiler.collectGarbage");
        const { usedSize } = await client.send("Runtime.getHeapUsage");
        minutes.push((performance.now() - started) / 60_000);
        heaps.push(usedSize / 1e6);
        residents.push(await renderer());
      }
    }
    // The first third fills caches.
    const late = (values) => values.slice(Math.trunc(values.length / 3));
    const perRefresh = (values) => (slope(late(minutes), late(values)) * 1000 * minutes.at(-1)) / n;
    const [heap, resident] = [perRefresh(heaps), perRefresh(residents)];
    const judged = (what, kb, last) =>
      row(what, { ours: `${kb.toFixed(1)} KB a refresh`, bar: "flat: under 5 KB", met: kb < 5, note: `${last.toFixed(0)} MB after ${n} refreshes in ${seconds} s` });
    return [judged("soak: the page's heap", heap, heaps.at(-1)), judged("soak: page and engine in memory", resident, residents.at(-1))];
  } finally {
    await context.close();
  }
}
