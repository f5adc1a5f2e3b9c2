// What the rows share: pages, readiness, long tasks, transfer.
import { percentile } from "./rows.mjs";

export const VIEWPORT = { width: 1440, height: 900 };
const CODE = new Set(["Document", "Script", "Stylesheet", "Font"]);

/** Counts rounds: at least `least`, then on until there are `most` or the seconds are over, since the machine may be busy. */
export function* rounds(least, most, seconds) {
  const started = performance.now();
  for (let round = 0; round < most; round += 1) {
    if (round >= least && performance.now() - started > seconds * 1000) return;
    yield round;
  }
}

/** Opens a page of its own context, gives it to `work`, and closes it whatever happens. */
export async function withPage(browser, options, work) {
  const context = await browser.newContext({ viewport: VIEWPORT, ...options });
  try {
    return await work(await context.newPage(), context);
  } finally {
    await context.close();
  }
}

export const ready = (page, timeout = 60_000) => page.locator("[data-ready]").first().waitFor({ state: "attached", timeout });

/** Has the page keep the tasks of its main thread that took over 50 ms, from the start on. */
export async function watchLongTasks(page) {
  await page.addInitScript(() => {
    window.__longTasks = [];
    const keep = (list) => window.__longTasks.push(...list.getEntries().map(({ startTime, duration }) => ({ startTime, duration })));
    new PerformanceObserver(keep).observe({ type: "longtask", buffered: true });
  });
}

/** The long tasks that began at `from` milliseconds of the page's life or later: how many, the longest, the sum. */
export async function longTasks(page, from = 0) {
  const tasks = await page.evaluate((start) => window.__longTasks.filter(({ startTime }) => startTime >= start), from);
  const durations = tasks.map(({ duration }) => duration);
  return { n: durations.length, longest: Math.max(0, ...durations), sum: durations.reduce((sum, ms) => sum + ms, 0) };
}

export const tasksText = ({ n, longest, sum }) => (n === 0 ? "no long task" : `${n} long tasks, ${sum.toFixed(0)} ms, longest ${longest.toFixed(0)} ms`);

/** Of several visits, the value of `pick` in the middle. */
export const median = (visits, pick) => percentile(visits.map(pick), 50);

const isCode = ({ type, url }) => CODE.has(type) || /\.(wasm|woff2|m?js|css)(\?|$)/.test(url);

/**
 * Counts the bytes that come over the wire, as encoded; to be called before the page goes anywhere.
 * Workers have a session of their own: what only they ask is counted from the lengths of their answers.
 */
export async function countBytes(page) {
  const client = await page.context().newCDPSession(page);
  const bytes = { code: 0, all: 0 };
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
  const workers = [];
  page.on("worker", (worker) => workers.push(worker));
  return async () => {
    for (const worker of workers) {
      const entries = await worker.evaluate(() => performance.getEntriesByType("resource").map(({ name, encodedBodySize }) => [name, encodedBodySize]));
      for (const [url, size] of entries) {
        if ([...requests.values()].some((known) => known.url === url && known.isCounted)) continue;
        bytes.all += size;
        if (isCode({ type: "Other", url })) bytes.code += size;
      }
    }
    return bytes;
  };
}
