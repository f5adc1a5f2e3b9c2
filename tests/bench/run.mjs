// The benchmarks: each budget beside its peer, in one run of one browser, and whether it is met.
//   node tests/bench/run.mjs [--peers JSON] [--only parse,cold] [--json file] [--markdown file] [--soak-seconds 150] [--check]
// `--peers` are the addresses that peers.py prints; with `--check` a miss is an error.
// Needs the release bundle in dist/ and the bench entry in dist-bench/: scripts/bench.sh makes both.
import { readdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { chromium } from "@playwright/test";
import { cold } from "./cold.mjs";
import { curves } from "./curves.mjs";
import { interactions } from "./interactions.mjs";
import { parse, reduce, slices, zoom } from "./kernels.mjs";
import { panels } from "./panels.mjs";
import { markdown, table } from "./rows.mjs";
import { series } from "./series.mjs";
import { serveApp, serveFolder } from "./serve.mjs";
import { soak } from "./soak.mjs";
import { sweep } from "./sweep.mjs";
import { benchWorkspaces } from "./workspaces.mjs";

const ROWS = { parse, reduce, zoom, curves, cold, interactions, sweep, slices, series, panels, soak };
/** A row that takes longer is given up, so that a run ends on a busy machine too. */
const LIMIT_SECONDS = 240;

const { values: options } = parseArgs({
  options: {
    peers: { type: "string", default: "{}" },
    only: { type: "string" },
    json: { type: "string" },
    markdown: { type: "string" },
    check: { type: "boolean", default: false },
    "soak-seconds": { type: "string", default: "150" },
    chromium: { type: "string", default: "/usr/bin/chromium" },
  },
});
const only = options.only?.split(",") ?? Object.keys(ROWS);
const unknown = only.filter((name) => !(name in ROWS));
if (unknown.length > 0) throw new Error(`no row is called ${unknown.join(", ")}: ${Object.keys(ROWS).join(", ")}`);

const peers = JSON.parse(options.peers);
const workspaces = benchWorkspaces(peers);
const served = await serveApp("dist", workspaces.flags);
const folder = await serveFolder(["dist-bench", "tests/bench", "node_modules/uplot/dist", "dist"]);
const browser = await chromium.launch({ executablePath: options.chromium, args: ["--no-sandbox", "--disable-gpu"], handleSIGINT: false, handleSIGTERM: false });
const charts = readdirSync("dist/assets").find((name) => /^charts-.*\.js$/.test(name));
const bench = {
  browser, peers, options, app: served.url, flags: workspaces.flags, benchPage: `http://127.0.0.1:${folder.address().port}/page.html`, chartsUrl: `assets/${charts}`,
};

/** What a row found, or an error after too long; pages that it left open are closed. */
async function measured(name) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${LIMIT_SECONDS} s`)), LIMIT_SECONDS * 1000);
  });
  const work = ROWS[name](bench);
  work.catch(() => {});
  try {
    return [await Promise.race([work, late])].flat().map((found) => ({ name, ...found }));
  } finally {
    clearTimeout(timer);
    await Promise.all(browser.contexts().map((context) => context.close()));
  }
}

/** Ends everything that was started here. */
async function end() {
  served.end();
  folder.close();
  workspaces.remove();
  await browser.close();
}
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => end().finally(() => process.exit(130)));

const rows = [];
const loads = [];
try {
  for (const name of Object.keys(ROWS).filter((one) => only.includes(one))) {
    const started = performance.now();
    loads.push(loadavg()[0]);
    try {
      rows.push(...(await measured(name)));
    } catch (error) {
      // One row that cannot be measured does not cost the others.
      rows.push({ name, what: name, ours: "not measured", peer: "", bar: "", met: false, note: String(error.message).split("\n")[0] });
    }
    process.stderr.write(`${name} took ${((performance.now() - started) / 1000).toFixed(0)} s\n`);
  }
} finally {
  await end();
}

const [{ model }] = cpus();
const machine = `${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC, ${cpus().length} x ${model.trim()}, ${(totalmem() / 2 ** 30).toFixed(0)} GB, ` +
  `Chromium ${browser.version()}, load ${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}`;
console.log(`${machine}\n${table(rows)}`);
const n = (verdict) => rows.filter(({ met }) => met === verdict).length;
console.log(`${n(true)} met, ${n(false)} missed`);
if (options.json) writeFileSync(options.json, `${JSON.stringify({ machine, rows }, null, 2)}\n`);
if (options.markdown) writeFileSync(options.markdown, `${machine}\n\n${markdown(rows)}\n`);
if (options.check && rows.some(({ met }) => met === false)) process.exit(1);
