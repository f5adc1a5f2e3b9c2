// Eight hours of refreshing, compressed: as fast as the app answers, with the memory of page and engine beside it.
import { readFileSync } from "node:fs";
import { ready, withPage } from "./browser.mjs";
import { row, slope } from "./rows.mjs";

/** Refreshes in eight hours at one every ten seconds. */
const N_REFRESHES = (8 * 3600) / 10;
/** Growth over all of them that still counts as flat. */
const BAR_MB = 16;
const SAMPLE_MS = 4_000;
/** The first part fills caches. */
const WARM = 1 / 3;

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

export async function soak({ browser, app, options }) {
  const seconds = Number(options["soak-seconds"]);
  return withPage(browser, {}, async (page, context) => {
    await page.addInitScript(KEEP_MEMORY);
    // Scripts for pages do not run in workers, so the worker's own first script gets it.
    await context.route(/\/engine_loader-[^/]*\.js$/, async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, body: `${KEEP_MEMORY}\n${await answer.text()}` });
    });
    const client = await context.newCDPSession(page);
    const ofBrowser = await browser.newBrowserCDPSession();
    await page.goto(app);
    await ready(page);
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
    const started = performance.now();
    let [n, nextSample] = [0, 0];
    while (n < N_REFRESHES && performance.now() - started < seconds * 1000) {
      await refresh.click();
      n += 1;
      // Each refresh is answered before the next is asked.
      await page.waitForTimeout(60);
      await ready(page);
      if (performance.now() >= nextSample) {
        await sample(n);
        nextSample = performance.now() + SAMPLE_MS;
      }
    }
    await sample(n);
    const late = samples.slice(Math.trunc(samples.length * WARM));
    const judged = (what, part) => {
      const grown = slope(late.map((one) => one.n), late.map((one) => one[part])) * N_REFRESHES;
      const [from, to] = [late[0][part], late.at(-1)[part]];
      return row(`soak of ${n} refreshes: ${what}`, {
        ours: `${grown >= 0 ? "+" : ""}${grown.toFixed(1)} MB in eight hours`, bar: `flat: under ${BAR_MB} MB`, met: grown < BAR_MB,
        note: `${from.toFixed(1)} MB after the first third, ${to.toFixed(1)} MB at the end`,
      });
    };
    return [
      judged("the page's heap", "heap"), judged("the page's Wasm memory", "page"), judged("the engine's Wasm memory", "engine"),
      judged("the process of both, resident", "resident"),
    ];
  });
}
