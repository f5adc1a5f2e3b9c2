// ROI and savings: benefit, cost and return are those of orders, savings and costs; a changed assumption is a what-if and says so.
import { expect, test } from "../fixtures.mjs";
import { asTables, block, expectAround, expectRounded, expectShown, figure, openPanel, sentence, table } from "../shown.mjs";
import { business, planted, truth, windows } from "../truth.mjs";

const window = windows().quarter;
const { to } = window;
const TITLES = { "breast-cancer": "Breast cancer", digits: "Digits", diabetes: "Diabetes" };

test("[roi:benefit] [roi:cost] [roi:roi] [roi:interval] [roi:parts] [roi:by-model] benefit, cost and return are those of the books", async ({ open }) => {
  const panel = await openPanel(open, "roi", window);
  const { roi } = business(window);
  for (const metric of ["benefit", "cost", "roi"]) {
    const shown = await figure(panel, metric);
    expectShown(shown.value, roi[metric], { what: metric });
    expectAround(shown, { what: metric });
    expectShown(shown.n, roi.n.customers + roi.n.savings + roi.n.costs, { what: `n of ${metric}` });
  }
  const parts = await table(block(panel, "parts"));
  const part = (name) => parts.find((row) => row.Part.text === name);
  for (const [name, amount, n] of [
    ["Revenue brought by models", roi.modelRevenue, roi.n.customers], ["Savings", roi.savings, roi.n.savings], ["Costs", roi.cost, roi.n.costs],
  ]) {
    expectShown(part(name).Booked.shown, amount, { what: `${name}, booked` });
    expectShown(part(name).Counted.shown, amount, { what: `${name}, counted` });
    expectShown(part(name)["n, customers or bookings"].shown, n, { what: `n of ${name}` });
  }
  expectShown(part("Benefit less cost").Counted.shown, roi.benefit - roi.cost, { what: "benefit less cost" });
  const models = await table(block(panel, "by-model"));
  expect(models.map((row) => row.Model.text).sort()).toEqual(Object.keys(roi.models).map((id) => TITLES[id]).sort());
  for (const [id, expected] of Object.entries(roi.models)) {
    const row = models.find(({ Model }) => Model.text === TITLES[id]);
    expectShown(row.Benefit.shown, expected.benefit, { what: `benefit of ${id}` });
    expectShown(row.Cost.shown, expected.cost, { what: `cost of ${id}` });
    expectShown(row.ROI.shown, expected.roi, { what: `return of ${id}` });
  }
});

test("[roi:payback] [roi:cumulative] benefit and cost add up by month, and pay back in the month that SQL says", async ({ open }) => {
  // All that was ever booked: the first months cost more than they bring.
  const { from } = planted().business;
  const { months, firstMonthOfPayback } = business({ from, to }).roi;
  const names = Object.keys(months);
  const n = names.indexOf(firstMonthOfPayback) + 1;
  const panel = await openPanel(open, "roi", { from, to });
  expectShown((await figure(panel, "payback")).value, n, { what: "months to payback" });
  expect(await sentence(panel)).toContain(`paid back after ${n} month`);
  await asTables(panel);
  const rows = await table(block(panel, "cumulative"));
  const totals = { benefit: 0, cost: 0, net: 0 };
  names.forEach((name, at) => {
    totals.benefit += months[name].benefit;
    totals.cost += months[name].cost;
    totals.net = months[name].cumulative;
    for (const [line, expected] of Object.entries(totals)) {
      // The first point is the start, at nothing.
      const points = rows.filter((row) => row.Line.text === line);
      expect(points.length, line).toBe(names.length + 1);
      expectShown(points[at + 1].Value.shown, expected, { what: `${line} after ${name}`, absolute: 1e-6 });
    }
  });
});

test("[roi:what-if] a changed assumption lives in the address, changes the return and is marked as a what-if", async ({ open }) => {
  const { roi } = business(window);
  const panel = await openPanel(open, "roi", window);
  expect(await sentence(panel)).not.toContain("What if");
  const share = panel.getByRole("slider", { name: "Share of model revenue attributed" });
  await share.focus();
  await share.press("Home");
  await expect(panel.page()).toHaveURL(/set-roi\.assume-share=0(&|$)/);
  await expect(panel.locator(".figure-title").first()).toHaveText("What if: ROI");
  await expect(block(panel, "what-if")).toContainText("What if, not as booked");
  const without = await figure(panel, "benefit");
  expectShown(without.value, roi.savings, { what: "benefit without revenue" });
  expectShown(without.reference, roi.benefit, { what: "as booked" });
  expectShown((await figure(panel, "roi")).value, (roi.savings - roi.cost) / roi.cost, { what: "return without revenue" });

  const dearer = await openPanel(open, "roi", window, "set-roi.assume-cost=1.5&set-roi.assume-share=0.5");
  expect(await sentence(dearer)).toContain("What if");
  expectShown((await figure(dearer, "cost")).value, 1.5 * roi.cost, { what: "costs, half as much again" });
  expectShown((await figure(dearer, "benefit")).value, 0.5 * roi.modelRevenue + roi.savings, { what: "benefit of half the revenue" });
  const rows = await table(block(dearer, "assumptions"));
  expect(rows.map((row) => row.State.text)).toEqual(["what if", "what if", "default"]);
  expect(rows.map((row) => row.Now.value)).toEqual([0.5, 1.5, 0]);
});

test("[roi:threshold] the threshold of the confusion matrix changes the benefit by what its errors cost less", async ({ open }) => {
  const days = windows().days;
  const model = "breast-cancer";
  const { best } = truth(days).threshold_costs[model]["2"];
  const panel = await openPanel(open, "roi", days, `threshold-${model}=${best.threshold}`);
  const booked = business(days).roi;
  const { n } = truth(days).confusion_counters[model]["2"];
  const saved = -best.change_per_decision * n;
  expect(Math.abs(saved), "a threshold that changes something").toBeGreaterThan(1);
  const shown = await figure(panel, "benefit");
  expectShown(shown.value, booked.benefit + saved, { what: "benefit at the threshold", absolute: 1e-6 });
  expect(await sentence(panel)).toContain("What if");
  const rows = await table(block(panel, "parts"));
  const part = rows.find((row) => row.Part.text === "What if: errors at the chosen threshold");
  expectShown(part.Counted.shown, saved, { what: "what the threshold saves", absolute: 1e-6 });
  expectRounded(shown.value, { what: "benefit" });
});

test("[roi:per-request] cost by a thousand requests is one server's SQL over the other's", async ({ open }) => {
  const panel = await openPanel(open, "roi", window);
  const shown = await figure(panel, "cost-per-request");
  expectShown(shown.value, business(window).derived.costPerThousandRequests, { what: "cost by a thousand requests" });
  expect(shown.low, "nobody knows the noise of what was booked").toBeUndefined();
});
