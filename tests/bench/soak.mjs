// Eight hours of refreshing, compressed: as fast as the app answers, with the memory of page and engine beside it.
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ready, withPage } from "./browser.mjs";
import { percentile, row } from "./rows.mjs";
import { serveApp } from "./serve.mjs";
import { SERIES_END_MS, SERIES_MS } from "./workspaces.mjs";

/** Refreshes in eight hours at one every ten seconds. */
const N_REFRESHES = (8 * 3600) / 10;
/** Growth over all of them that still counts as flat. */
const BAR_MB = 16;
const SAMPLE_MS = 1_500;
const LEAST_SAMPLES = 12;
/** Fewer refreshes say nothing about hours. */
const LEAST_REFRESHES = 200;

/** Keeps the memory of a Wasm binary where it can be read from outside. */
const KEEP_MEMORY = `{
  const instantiate = WebAssembly.instantiateStreaming.bind(WebAssembly);
  WebAssembly.instantiateStreaming = async (...given) => {
    const made = await instantiate(...given);
    self.__memory ??= made.instance.exports.memory;
    return made;
  };
}`;
const wasmBytes = () => self.__memory?.buffer.byteLength ?? NaN;

/** A copy of the bundle whose engine keeps its memory: scripts for pages do not run in workers. */
function patchedBundle() {
  const folder = mkdtempSync(join(tmpdir(), "bench-dist-"));
  cpSync("dist", folder, { recursive: true });
  const loaders = readdirSync(folder).filter((name) => name.startsWith("engine_loader-"));
  for (const compressed of loaders.filter((name) => !name.endsWith(".js"))) rmSync(join(folder, compressed));
  for (const loader of loaders.filter((name) => name.endsWith(".js"))) {
    writeFileSync(join(folder, loader), `${KEEP_MEMORY}\n${readFileSync(join(folder, loader), "utf8")}`);
  }
  return folder;
}

export async function soak(bench) {
  const folder = patchedBundle();
  const served = await serveApp(folder, bench.flags);
  try {
    return await soaked({ ...bench, app: served.url });
  } finally {
    served.end();
    rmSync(folder, { recursive: true });
  }
}

async function soaked({ browser, app, peers, options }) {
  if (!peers.mlflow || !peers.prometheus) throw new Error("the bench's MLflow or Prometheus does not run");
  const seconds = Number(options["soak-seconds"]);
  return withPage(browser, {}, async (page, context) => {
    await page.addInitScript(KEEP_MEMORY);
    const client = await context.newCDPSession(page);
    const ofBrowser = await browser.newBrowserCDPSession();
    await page.goto(`${app}?workspace=bench-soak&from=${SERIES_END_MS - SERIES_MS}&to=${SERIES_END_MS}&tz=utc`);
    await ready(page);
    await page.locator("[data-panel] canvas").first().waitFor({ state: "attached", timeout: 60_000 });
    const engine = page.workers()[0];
    const residentMb = async () => {
      // Page and engine live in one process: the largest renderer is theirs.
      const { processInfo } = await ofBrowser.send("SystemInfo.getProcessInfo");
      const kb = (id) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1] ?? 0);
      return Math.max(...processInfo.filter(({ type }) => type === "renderer").map(({ id }) => kb(id))) / 1024;
    };
    const samples = [];
    const sample = async (n) => {
      await client.send("HeapProfiler.collectGarbage");
      const { usedSize } = await client.send("Runtime.getHeapUsage");
      samples.push({
        n, heap: usedSize / 1e6, page: (await page.evaluate(wasmBytes)) / 1e6, engine: (await engine.evaluate(wasmBytes)) / 1e6, resident: await residentMb(),
      });
    };
    const refresh = page.getByRole("button", { name: "Refresh", exact: true });
    let nAnswers = 0;
    context.on("response", (response) => (nAnswers += /query_range|runs\/search/.test(response.url()) ? 1 : 0));
    const started = performance.now();
    let [n, nextSample] = [0, 0];
    while (n < N_REFRESHES && performance.now() - started < seconds * 1000) {
      const before = nAnswers;
      await refresh.click();
      n += 1;
      // The next one waits until the servers have answered this one and the panels have drawn it.
      for (const until = performance.now() + 10_000; nAnswers < before + 2 && performance.now() < until; ) await page.waitForTimeout(10);
      await ready(page);
      if (performance.now() >= nextSample) {
        await sample(n);
        nextSample = performance.now() + SAMPLE_MS;
      }
    }
    const fresh = await page.locator('[data-panel][data-state="fresh"]').count();
    if (fresh === 0) throw new Error("no panel is fresh after the soak");
    if (samples.length < LEAST_SAMPLES) throw new Error(`only ${n} refreshes in ${seconds} s`);
    // The first third fills caches; the middle of the second is compared with the middle of the last.
    const third = Math.trunc(samples.length / 3);
    const [middle, last] = [samples.slice(third, 2 * third), samples.slice(2 * third)];
    const judged = (what, part, isJudged = true) => {
      const of = (part_of, key) => percentile(part_of.map((one) => one[key]), 50);
      const [from, to] = [of(middle, part), of(last, part)];
      const grown = ((to - from) / (of(last, "n") - of(middle, "n"))) * N_REFRESHES;
      const hasEnough = isJudged && n >= LEAST_REFRESHES;
      return row(`soak of ${n} refreshes: ${what}`, {
        ours: `${from.toFixed(1)} MB, then ${to.toFixed(1)} MB`, bar: isJudged ? `flat: under ${BAR_MB} MB in eight hours` : "", met: hasEnough ? grown < BAR_MB : null,
        note: n < LEAST_REFRESHES ? "too few refreshes to judge" : `${grown >= 0 ? "+" : ""}${grown.toFixed(1)} MB over ${N_REFRESHES} refreshes at that pace`,
      });
    };
    return [
      judged("the page's heap", "heap"), judged("the page's Wasm memory", "page"), judged("the engine's Wasm memory", "engine"),
      judged("the process of both, resident", "resident", false),
    ];
  });
}
