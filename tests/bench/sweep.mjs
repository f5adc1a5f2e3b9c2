// 10,000 runs of one experiment: brushing an axis of the parallel coordinates, beside the table.
import { ready, rounds, withPage } from "./browser.mjs";
import { percentile, row } from "./rows.mjs";

const BAR_MS = 100;
/** Where src/chart/parallel.rs places its axes within the canvas, in CSS pixels. */
const MARGINS = { left: 48, right: 64, top: 34, bottom: 20 };

/** Has each canvas note when it was last drawn on, and which rows the table says it has. */
function watch() {
  const { stroke } = CanvasRenderingContext2D.prototype;
  window.__strokes = [];
  CanvasRenderingContext2D.prototype.stroke = function counted(...given) {
    window.__strokes.push(performance.now());
    return stroke.apply(this, given);
  };
  window.__released = 0;
  addEventListener("mouseup", (event) => {
    window.__released = event.timeStamp;
    window.__strokes.length = 0;
    window.__tableAt = 0;
    const before = document.querySelector("table[aria-rowcount]")?.ariaRowCount ?? null;
    const look = () => {
      const now = document.querySelector("table[aria-rowcount]")?.ariaRowCount ?? null;
      if (now === before) return requestAnimationFrame(look);
      setTimeout(() => (window.__tableAt = performance.now()), 0);
    };
    requestAnimationFrame(look);
  }, true);
}

export async function sweep({ browser, app, peers }) {
  if (!peers.mlflow) throw new Error("the bench's MLflow does not run");
  return withPage(browser, {}, async (page) => {
    await page.addInitScript(watch);
    await page.goto(`${app}?workspace=bench-runs&panel=sweep`);
    await ready(page, 120_000);
    const canvas = page.locator('[data-block="parallel"] canvas').first();
    await canvas.waitFor({ state: "attached", timeout: 60_000 });
    const n = await page.locator('[data-block="runs"] table[aria-rowcount]').getAttribute("aria-rowcount");
    if (n !== "10000") throw new Error(`the table has ${n} rows`);
    await page.waitForTimeout(3_000);
    const [first, whole, table] = [[], [], []];
    for (const round of rounds(3, 8, 90)) {
      const box = await canvas.boundingBox();
      const height = box.height - MARGINS.top - MARGINS.bottom;
      const y = (share) => box.y + MARGINS.top + height * share;
      const x = box.x + MARGINS.left;
      // Another stretch of the first axis each time.
      const from = 0.1 + 0.03 * (round % 6);
      await page.mouse.move(x, y(from));
      await page.mouse.down();
      await page.mouse.move(x, y(from + 0.15), { steps: 3 });
      await page.mouse.move(x, y(from + 0.3 + 0.02 * round), { steps: 3 });
      await page.mouse.up();
      await page.waitForFunction(() => window.__tableAt > 0, null, { timeout: 60_000 });
      await ready(page);
      await page.waitForTimeout(1_500);
      const measured = await page.evaluate(() => {
        const [released, strokes] = [window.__released, window.__strokes];
        return { first: strokes[0] - released, whole: strokes.at(-1) - released, table: window.__tableAt - released };
      });
      first.push(measured.first);
      whole.push(measured.whole);
      table.push(measured.table);
    }
    const judged = (what, measured) => {
      const p95 = percentile(measured, 95);
      return row(`10,000 runs, a brush released: ${what}, p95`, {
        ours: `${p95.toFixed(0)} ms`, bar: `at most ${BAR_MS} ms`, met: p95 <= BAR_MS, note: `median ${percentile(measured, 50).toFixed(0)} ms of ${measured.length}`,
      });
    };
    return [judged("the chart begins to show it", first), judged("the chart shows it whole", whole), judged("the table shows it", table)];
  });
}
