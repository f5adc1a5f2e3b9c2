// Ten charts of ten runs of ten thousand steps from one MLflow, by the product and by MLflow's own page.
import { longTasks, median, rounds, tasksText, watchLongTasks, withPage } from "./browser.mjs";
import { row } from "./rows.mjs";
import { CURVES, SPIKE } from "./workspaces.mjs";

/** Tall enough for all ten charts of either page. */
const VIEWPORT = { width: 1440, height: 2300 };
const PATIENCE = { timeout: 120_000 };

async function ours(browser, app) {
  return withPage(browser, { viewport: VIEWPORT }, async (page) => {
    await watchLongTasks(page);
    await page.goto(`${app}?workspace=bench-curves`, { waitUntil: "commit" });
    const now = () => page.evaluate(() => performance.now());
    await page.locator("[data-panel] canvas").first().waitFor({ state: "attached", ...PATIENCE });
    const first = await now();
    const isSampled = (await page.locator("[data-panel]", { hasText: "sampled" }).count()) > 0;
    await page.waitForFunction((n) => document.querySelectorAll("[data-panel] canvas").length >= n, CURVES.length, PATIENCE);
    const all = await now();
    const whole = '.figure [data-part="n"][data-value="10000"]';
    await page.waitForFunction(([selector, n]) => document.querySelectorAll(selector).length >= n, [whole, CURVES.length], PATIENCE);
    const complete = await now();
    await page.waitForTimeout(1_000);
    const [tasks, later] = [await longTasks(page), await longTasks(page, first)];
    return { first, all, complete, tasks, later, isSampled, hasSpike: await hasSpike(page) };
  });
}

/** Whether what is drawn of the spiky metric, as its table says, holds the spike. */
async function hasSpike(page) {
  const panel = page.locator(`[data-panel="${SPIKE.metric}"]`);
  await panel.getByRole("button", { name: "Panel menu" }).click();
  await page.getByRole("menuitem", { name: "Show as table" }).click();
  const heading = panel.locator(".table-box th", { hasText: "Value" }).getByRole("button");
  await heading.click();
  const values = panel.locator(`.table-box [data-value="${SPIKE.value}"]`);
  return values.first().waitFor({ state: "attached", timeout: 10_000 }).then(() => true, () => false);
}

async function mlflows(browser, mlflow, experiment) {
  return withPage(browser, { viewport: VIEWPORT }, async (page) => {
    await watchLongTasks(page);
    await page.goto(`${mlflow}/#/experiments/${experiment}/runs?compareRunsMode=CHART`, { waitUntil: "commit" });
    const now = () => page.evaluate(() => performance.now());
    const plots = ".js-plotly-plot .main-svg:first-of-type";
    await page.locator(plots).first().waitFor({ state: "attached", ...PATIENCE });
    const first = await now();
    // Each of its plots holds its points as Plotly was given them.
    const drawn = (n) =>
      [...document.querySelectorAll(".js-plotly-plot")].filter((plot) => plot.data?.some(({ y }) => y?.length > 0)).length >= n;
    await page.waitForFunction(drawn, CURVES.length, PATIENCE);
    const all = await now();
    await page.waitForTimeout(3_000);
    const tasks = await longTasks(page);
    const later = await longTasks(page, first);
    const greatest = await page.evaluate(() => {
      const values = [...document.querySelectorAll(".js-plotly-plot")].flatMap((plot) => plot.data.flatMap(({ y }) => Array.from(y ?? [])));
      return Math.max(...values.filter(Number.isFinite));
    });
    return { first, all, tasks, later, hasSpike: greatest >= SPIKE.value };
  });
}

export async function curves({ browser, app, peers }) {
  if (!peers.mlflow) throw new Error("the bench's MLflow does not run");
  const { experiments } = await (await fetch(`${peers.mlflow}/api/2.0/mlflow/experiments/search?max_results=100`)).json();
  const { experiment_id: experiment } = experiments.find(({ name }) => name === "long-history");
  const [mine, theirs] = [[], []];
  for (const _ of rounds(1, 3, 80)) {
    mine.push(await ours(browser, app));
    theirs.push(await mlflows(browser, peers.mlflow, experiment));
  }
  const seconds = (visits, part) => `${(median(visits, (one) => one[part]) / 1000).toFixed(1)} s`;
  // The visit whose longest task is in the middle stands for all.
  const middle = (visits, part) => visits.toSorted((a, b) => a[part].longest - b[part].longest)[Math.trunc(visits.length / 2)][part];
  const what = "10 charts x 10 runs x 10,000 steps from MLflow";
  return [
    row(`${what}: first picture`, {
      ours: seconds(mine, "first"), peer: `MLflow's page ${seconds(theirs, "first")}`, bar: "at once, marked as sampled", met: mine.every((one) => one.isSampled) && median(mine, (one) => one.first) < median(theirs, (one) => one.first),
      note: `all ten after ${seconds(mine, "all")}; MLflow's after ${seconds(theirs, "all")}`,
    }),
    row(`${what}: every logged step on the screen`, {
      ours: seconds(mine, "complete"), peer: "MLflow's page never", bar: "behind the first picture", met: mine.every(({ complete, first }) => complete > first),
    }),
    row(`${what}: main thread, from the first byte on`, {
      ours: tasksText(middle(mine, "tasks")), peer: `MLflow's page ${tasksText(middle(theirs, "tasks"))}`, bar: "no task over 50 ms",
      met: middle(mine, "tasks").n === 0, note: `after the first picture: ${tasksText(middle(mine, "later"))}`,
    }),
    row(`${what}: a spike of one step`, {
      ours: mine.every((one) => one.hasSpike) ? "drawn" : "lost", peer: `MLflow's page ${theirs.some((one) => one.hasSpike) ? "drawn" : "lost"}`,
      bar: "drawn", met: mine.every((one) => one.hasSpike),
    }),
  ];
}
