// The benchmarks: each budget beside its peer, in one run of one browser, and whether it is met.
//   node tests/bench/run.mjs [--only parse,cold] [--json file] [--check]    with --check a miss is an error
// Needs the release bundle in dist/ and the bench entry in dist-bench/ (scripts/bench.sh makes both).
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { chromium } from "@playwright/test";
import { benchDashboard, coldStart, interactions, manyPanels, soak } from "./app.mjs";
import { serveFolder } from "./serve.mjs";
import { percentile, row, table } from "./rows.mjs";

const { values: options } = parseArgs({
  options: {
    only: { type: "string" },
    json: { type: "string" },
    check: { type: "boolean", default: false },
    "soak-seconds": { type: "string", default: "180" },
    chromium: { type: "string", default: "/usr/bin/chromium" },
  },
});
const APP_PORT = 8096;
const PAGE_PORT = 8097;
const app = `http://127.0.0.1:${APP_PORT}/`;
const only = options.only?.split(",");
const rows = [];

const wanted = (name) => !only || only.includes(name);
async function measure(name, work) {
  if (!wanted(name)) return;
  process.stderr.write(`${name}...\n`);
  try {
    rows.push(...[await work()].flat().map((found) => ({ name, ...found })));
  } catch (error) {
    rows.push({ name, what: name, ours: "not measured", peer: "", bar: "", met: null, note: String(error.message).split("\n")[0] });
  }
}

const workspace = benchDashboard();
const server = spawn(process.execPath, ["scripts/serve.mjs", "--quiet", "--port", String(APP_PORT), ...workspace.flags], { stdio: "inherit" });
const folder = await serveFolder(["dist-bench", "tests/bench", "node_modules/uplot/dist"], PAGE_PORT);
const args = ["--no-sandbox", "--disable-gpu", "--enable-precise-memory-info", "--js-flags=--expose-gc"];
const browser = await chromium.launch({ executablePath: options.chromium, args });

async function inPage(call, ...given) {
  const page = await browser.newPage({ viewport: { width: 1700, height: 900 } });
  try {
    await page.goto(`http://127.0.0.1:${PAGE_PORT}/page.html`);
    await page.locator("html[data-ready]").waitFor({ state: "attached", timeout: 60_000 });
    return await page.evaluate(([name, rest]) => window.bench[name](...rest), [call, given]);
  } finally {
    await page.close();
  }
}

try {
  await measure("parse", async () => {
    const { bytes, ours, peer } = await inPage("parse", 5);
    const ratio = percentile(peer, 50) / percentile(ours, 50);
    return row("parse a Prometheus matrix of 200 x 5,000 points", {
      ours: `${percentile(ours, 50).toFixed(0)} ms`, peer: `JSON.parse ${percentile(peer, 50).toFixed(0)} ms`,
      bar: "4 times faster", met: ratio >= 4, note: `${ratio.toFixed(1)} times, ${(bytes / 1e6).toFixed(1)} MB`,
    });
  });
  await measure("reduce", async () => {
    const { ours } = await inPage("reduce", 10_000_000, 9);
    const ms = percentile(ours, 50);
    return row("reduce 10 million points to 1,600 columns", { ours: `${ms.toFixed(1)} ms`, bar: "under 10 ms", met: ms < 10 });
  });
  await measure("zoom", async () => {
    const { ours, peer } = await inPage("zoom", 10_000_000, 40);
    const p95 = percentile(ours, 95);
    return row("zoom over 10 million points, input to paint, p95", {
      ours: `${p95.toFixed(0)} ms`, peer: `uPlot ${percentile(peer, 95).toFixed(0)} ms`, bar: "at most 33 ms", met: p95 <= 33,
      note: `${(percentile(peer, 95) / p95).toFixed(1)} times faster`,
    });
  });
  await measure("cold", () => coldStart(browser, app));
  await measure("interactions", () => interactions(browser, app));
  await measure("panels", () => manyPanels(browser, app, workspace.name));
  await measure("soak", () => soak(browser, app, Number(options["soak-seconds"])));
} finally {
  await browser.close();
  folder.close();
  server.kill();
  workspace.remove();
}

console.log(table(rows));
if (options.json) writeFileSync(options.json, `${JSON.stringify(rows, null, 2)}\n`);
if (options.check && rows.some(({ met }) => met === false)) process.exit(1);
