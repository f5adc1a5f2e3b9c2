// Revenue impact: what models bring in, step by step, against the plan, over customers; and what another threshold would cost.
import { expect, test } from "../fixtures.mjs";
import { asTables, block, cells, expectInterval, expectShown, figure, openPanel, rowCount, sentence, table } from "../shown.mjs";
import { business, DAY, planted, promGrowth, truth, windows } from "../truth.mjs";

const window = windows().year;
const STEPS = ["new", "expansion", "retention", "churn"];

test("[revenue-impact:model-revenue] [revenue-impact:share] [revenue-impact:plan] [revenue-impact:customers] [revenue-impact:interval] what models brought in is SQL's, over customers, with its share of all and of the plan", async ({ open }) => {
  const panel = await openPanel(open, "revenue-impact", window);
  const { customers, plannedByDays } = business(window)["revenue-impact"];
  const { all, kind } = customers;
  const brought = await figure(panel, "revenue", { kind: "model" });
  expectInterval(brought, { value: kind.model.sum, low: kind.model.low, high: kind.model.high }, { what: "brought by models" });
  expectShown(brought.n, kind.model.customers, { what: "customers of models" });
  const share = await figure(panel, "revenue-share");
  expectInterval(share, customers.share, { what: "share of all revenue", relative: 1e-8 });
  expectShown(share.n, all.customers, { what: "customers" });
  const plan = await figure(panel, "revenue-plan");
  const ofPlan = (value) => value / plannedByDays;
  expectInterval(plan, { value: ofPlan(all.sum), low: ofPlan(all.low), high: ofPlan(all.high) }, { what: "revenue by plan" });
  expectShown(plan.n, all.customers, { what: "customers against the plan" });
  await expect(panel.locator(".panel-meta")).toContainText(`${all.customers.toLocaleString("en-GB")} customers`);
  expect(await sentence(panel)).toContain("not causal");
});

test("[revenue-impact:per-prediction] revenue by a thousand predictions is SQL over PromQL, with the noise of both", async ({ open }) => {
  // Shorter than the counter's history.
  const { to } = windows().days;
  const week = { from: to - 7 * DAY, to };
  const panel = await openPanel(open, "revenue-impact", week);
  const shown = await figure(panel, "revenue-per-prediction");
  const { revenuePerThousandPredictions: expected } = business(week).derived;
  // The counters' samples by the server's range selector, without the script.
  const [predictions] = Object.values(await promGrowth("predictions_total", [], week));
  expectShown(shown.value, (business(week).roi.modelRevenue / predictions) * 1000, { what: "SQL by PromQL", relative: 1e-6 });
  expectInterval(shown, expected, { what: "revenue by a thousand predictions", relative: 1e-6 });
});

test("[revenue-impact:per-prediction] of a longer range than the counter's history only the days count of which both are known", async ({ open }) => {
  const panel = await openPanel(open, "revenue-impact", windows().quarter);
  await expect(panel.locator(".remarks")).toContainText("the days of this range of which all its parts are known");
});

test("[revenue-impact:waterfall] [revenue-impact:steps] the steps from the baseline to all revenue are SQL's and add up", async ({ open }) => {
  const panel = await openPanel(open, "revenue-impact", window);
  const { customers } = business(window)["revenue-impact"];
  const { kind, step: { model } } = customers;
  expect(Object.keys(model).sort()).toEqual(STEPS.toSorted());
  const rows = await table(block(panel, "steps"));
  expect(rows.map((row) => row.Step.text)).toEqual(["Without models", ...STEPS.map((step) => `Models: ${step}`)]);
  let running = 0;
  rows.forEach((row, at) => {
    const one = at === 0 ? kind.baseline : model[STEPS[at - 1]];
    running += one.sum;
    expectInterval(row.Amount.parts, { value: one.sum, low: one.low, high: one.high }, { what: row.Step.text });
    expectShown(row["Running total"].shown, running, { what: `total after ${row.Step.text}` });
    expectShown(row.n.shown, one.customers, { what: `customers of ${row.Step.text}` });
  });
  expect(running).toBeCloseTo(customers.all.sum, 6);

  await asTables(panel);
  const bars = await table(block(panel, "waterfall"));
  expect(bars.map((bar) => bar.Name.text)).toEqual([...rows.map((row) => row.Step.text), "All revenue"]);
  bars.forEach((bar, at) => {
    const total = at < rows.length ? rows[at]["Running total"].value : running;
    const from = at > 0 && at < rows.length ? rows[at - 1]["Running total"].value : 0;
    expectShown(bar.Value.shown, total, { what: `end of ${bar.Name.text}` });
    expectShown(bar.Reference.shown, from, { what: `start of ${bar.Name.text}` });
  });
});

test("[revenue-impact:cumulative] revenue and plan add up month by month as in SQL", async ({ open }) => {
  const panel = await openPanel(open, "revenue-impact", window);
  const { month, monthKind, plan, plannedByDays } = business(window)["revenue-impact"];
  await asTables(panel);
  const { headings, rows } = await cells(block(panel, "cumulative"));
  expect(await rowCount(block(panel, "cumulative"))).toBe(rows.length);
  const check = (title, amounts) => {
    const line = rows.filter(([name]) => name.text === title).map((row) => row[headings.length - 1]);
    expect(line.length, title).toBe(amounts.length + 1);
    let sum = 0;
    expectShown(line[0].shown, sum, { what: `start of ${title}` });
    amounts.forEach((amount, at) => {
      sum += amount;
      expectShown(line[at + 1].shown, sum, { what: `${title} after ${at + 1} months` });
    });
    return sum;
  };
  const months = Object.keys(month).sort();
  check("all revenue", months.map((name) => month[name]));
  check("brought by models", months.map((name) => monthKind[name].model));
  const whole = months.slice(0, -1).map((name) => plan[name]);
  // The last month counts by its days.
  check("plan", [...whole, plannedByDays - whole.reduce((sum, one) => sum + one, 0)]);
});

test("[revenue-impact:threshold] a threshold chosen in the confusion matrix changes revenue by what errors then cost, marked as a what-if", async ({ open }) => {
  const days = windows().days;
  const before = await openPanel(open, "revenue-impact", days);
  await expect(block(before, "what-if")).toHaveCount(0);
  const { n, changes } = truth(days).threshold_costs["breast-cancer"]["2"];
  const { threshold, change_per_decision: change } = changes.find(({ change_per_decision }) => change_per_decision !== 0);
  const panel = await openPanel(open, "revenue-impact", days, `threshold-breast-cancer=${threshold}`);
  const cost = await figure(panel, "threshold-cost", { model: "breast-cancer" });
  expectShown(cost.value, change * 1000, { what: `cost of 1,000 decisions at ${threshold} less that at 0.5`, relative: 1e-8 });
  expectShown(cost.n, n, { what: "predictions decided again" });
  await expect(block(panel, "what-if")).toContainText("What if");
  // It is multiplied by the decisions of the range, as the serving counters have them.
  const decisions = truth(days).confusion_counters["breast-cancer"]["2"].n;
  const basis = await table(block(panel, "basis"));
  const times = basis.find((row) => row.What.text.includes("multiplied by"));
  expectShown(times.n.shown, decisions, { what: "decisions of the range" });
  await asTables(panel);
  const bar = (await table(block(panel, "waterfall"))).find((row) => row.Name.text.startsWith("What if"));
  const { all } = business(days)["revenue-impact"].customers;
  expectShown(bar.Value.shown, all.sum - change * decisions, { what: "revenue less what errors cost more", relative: 1e-8 });
  expectShown(bar.Reference.shown, all.sum, { what: "revenue" });
});

test("[revenue-impact:filter] [truth:dip] in its region and segment the month of the dip falls behind the one before, by as much as SQL says", async ({ open }) => {
  const { from, to, region, segment } = planted().business.dip;
  const month = { from, to };
  const before = { from: from - (to - from), to: from };
  const panel = await openPanel(open, "revenue-impact", month, `var-region=${region}&var-segment=${segment}&compare=previous`);
  const [now, then] = [month, before].map((one) => business(one, { region, segment })["revenue-impact"].customers);
  const rows = await table(block(panel, "steps"));
  const of = (name) => rows.find((row) => row.Step.text === name);
  const baseline = of("Without models");
  const { sum, low, high, customers } = now.kind.baseline;
  expectInterval(baseline.Amount.parts, { value: sum, low, high }, { what: "revenue without models" });
  expectShown(baseline.n.shown, customers, { what: "customers without models" });
  const [reference] = Object.entries(baseline).find(([name]) => /previous/i.test(name));
  expectShown(baseline[reference].shown, then.kind.baseline.sum, { what: "revenue without models before" });
  const [change, reach] = [sum - then.kind.baseline.sum, 1.959963984540054 * Math.sqrt(now.kind.baseline.squares + then.kind.baseline.squares)];
  expectInterval(baseline.Change.parts, { value: change, low: change - reach, high: change + reach }, { what: "change without models" });
  expect(change, "it is a fall").toBeLessThan(0);
  for (const [component, one] of Object.entries(now.step.model)) {
    const row = of(`Models: ${component}`);
    // Of a few customers nothing is shown.
    if (one.customers < 11) expect(row?.Amount.shown, component).toBeUndefined();
    else if (row.Amount.shown) expectShown(row.Amount.shown, one.sum, { what: component });
  }
});
