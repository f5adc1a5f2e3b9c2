// Strategic goals: each goal's metric by whole month, its progress and its forecast are those of SQL and numpy, its status follows.
import { expect, test } from "../fixtures.mjs";
import { block, expectRounded, expectShown, figure, openPanel, sentence, table } from "../shown.mjs";
import { business, windows } from "../truth.mjs";

const window = windows().quarter;
const METRICS = {
  revenue: "Revenue", adoption: "Accounts", feedback: "Rating", usage: "Requests by caller", incidents: "Incidents", outcomes: "Conversion",
  costs: "Costs",
};
const inDays = (ms) => new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).format(ms);

/**
 * That a forecast and its ends are the expected ones. Both sides search for the least squares, and months of few answers have several
 * minima that are nearly as low: the value is found to a hundredth of the interval's width, its ends, which rest on a dozen such searches, to three.
 */
function expectForecast(parts, { value, low, high }, what) {
  const width = Math.abs(high - low);
  const ends = [low, high].sort((a, b) => a - b);
  const suffix = /[^\d.,]*$/.exec(parts.value.text)[0].trim();
  expectShown(parts.value, value, { absolute: 0.01 * width, what: `forecast of ${what}` });
  expectShown(parts.low, ends[0], { absolute: 0.03 * width, suffix, what: `low end of ${what}` });
  expectShown(parts.high, ends[1], { absolute: 0.03 * width, suffix, what: `high end of ${what}` });
}

test("[strategic-goals:progress] [strategic-goals:status] [strategic-goals:forecast] [strategic-goals:owner] [strategic-goals:metric] [strategic-goals:due] [strategic-goals:on-track] every goal is where its metric is", async ({ open }) => {
  const panel = await openPanel(open, "strategic-goals", window);
  const goals = Object.values(business(window)["strategic-goals"]);
  const rows = await table(block(panel, "goals"));
  expect(rows.length).toBe(goals.length);
  for (const goal of goals) {
    const row = rows.find(({ Goal }) => Goal.text === goal.title);
    expect(row, goal.title).toBeDefined();
    const way = (value) => (value - goal.baseline) / (goal.target - goal.baseline);
    expect(row.Status.text, goal.title).toBe(goal.status);
    expectShown(row.Progress.shown, goal.progress, { what: `progress of ${goal.title}` });
    const { value, low, high } = goal.forecast;
    expectForecast(row["Forecast when due"].parts, { value: way(value), low: way(low), high: way(high) }, goal.title);
    expect(row.Due.text, goal.title).toContain(inDays(goal.due));
    expect(row.Owner.text, goal.title).toBe(goal.owner);
    expect(row.Metric.text, goal.title).toBe(METRICS[goal.metric]);
  }
  const with_ = (...states) => goals.filter(({ status }) => states.includes(status)).length;
  expectShown((await figure(panel, "goals-on-track")).value, with_("on track", "reached"), { what: "goals on track" });
  expectShown((await figure(panel, "goals-missed")).value, with_("missed"), { what: "goals missed" });
  expect(await sentence(panel)).toContain(`${with_("on track", "reached")} of ${goals.length} goals on track or reached`);
});

test("[strategic-goals:now] [strategic-goals:target] [strategic-goals:n] the numbers behind the goals are those of SQL, each in its unit", async ({ open }) => {
  const panel = await openPanel(open, "strategic-goals", window);
  const goals = Object.values(business(window)["strategic-goals"]);
  const tables = await panel.locator('[data-block^="numbers-"]').all();
  const rows = (await Promise.all(tables.map((one) => table(one)))).flat();
  expect(rows.length).toBe(goals.length);
  for (const goal of goals) {
    const row = rows.find(({ Goal }) => Goal.text === goal.title);
    expectShown(row.Baseline.shown, goal.baseline, { what: `baseline of ${goal.title}` });
    expectShown(row.Target.shown, goal.target, { what: `target of ${goal.title}` });
    expectShown(row["Last whole month"].shown, goal.now, { what: `last month of ${goal.title}` });
    expectShown(row["n, months"].shown, goal.months, { what: `months of ${goal.title}` });
    expectForecast(row["Forecast when due"].parts, goal.forecast, goal.title);
    expectRounded(row["Forecast when due"].shown, { what: `forecast of ${goal.title}` });
  }
});
