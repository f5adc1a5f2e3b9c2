// A/B tests: exposures and conversions per arm are counted from the raw counters, and each planted experiment is called right.
import { expect, test } from "../fixtures.mjs";
import { block, expectShown, figure, openPanel, sentence, table } from "../shown.mjs";
import { planted, truth, windows } from "../truth.mjs";

const window = windows().month;
const IDS = ["checkout-ranker", "banner-copy", "search-boost"];

test("[ab-tests:exposures] [ab-tests:conversions] [ab-tests:rate] [ab-tests:change] counts of every arm are those of the counters", async ({ open }) => {
  const { exposures, conversions } = truth(window).experiments;
  for (const id of IDS) {
    const panel = await openPanel(open, "ab-tests", window, `set-ab-tests.experiment=${id}`);
    const rows = await table(block(panel, "variants"));
    const rate = {};
    for (const arm of ["control", "treatment"]) {
      const row = rows.find((one) => one.Variant.text === arm);
      const n = exposures[id][arm];
      rate[arm] = conversions[id][arm] / n;
      expectShown(row.Exposed.shown, n, { what: `exposed to ${arm} of ${id}` });
      expectShown(row.Converted.shown, conversions[id][arm], { what: `converted by ${arm} of ${id}` });
      expectShown(row["Conversion rate"].shown, rate[arm], { what: `rate of ${arm} of ${id}` });
      expectShown(row.Share.shown, n / (exposures[id].control + exposures[id].treatment), { what: `share of ${arm} of ${id}` });
    }
    const shown = await figure(panel, "conversion-rate", { variant: "treatment" });
    expectShown(shown.value, rate.treatment, { what: `rate of ${id}` });
    expectShown(shown.delta, rate.treatment - rate.control, { what: `change of ${id}`, suffixes: { pp: 0.01 } });
    expectShown((await figure(panel, "exposures")).value, exposures[id].control + exposures[id].treatment, { what: `exposures of ${id}` });
  }
});

test("[ab-tests:decision] [ab-tests:split] [truth:experiments] [truth:broken-split] the effect is found, the broken split is not trusted, nothing is made of nothing", async ({ open }) => {
  expect(planted().experiments.filter(({ effect }) => effect > 0).map(({ experiment }) => experiment)).toEqual(["checkout-ranker"]);
  const panel = await openPanel(open, "ab-tests", window);
  const rows = await table(block(panel, "experiments"));
  const row = (title) => rows.find((one) => one.Experiment.text === title);
  expect(row("Checkout ranker").Decision.text).toMatch(/^(ship treatment|guard rail worse)$/);
  expect(row("Checkout ranker")["Change, valid at every look"].value).toBeGreaterThan(0);
  expect(row("Banner copy").Decision.text).toBe("do not trust");
  expect(row("Banner copy").Split.text).toContain("broken");
  expect(row("Search boost").Decision.text).toMatch(/^(keep running|no clear change)$/);
  const broken = await openPanel(open, "ab-tests", window, "set-ab-tests.experiment=banner-copy");
  expect(await sentence(broken)).toContain("do not trust it, the split is broken");
  const none = await openPanel(open, "ab-tests", window, "set-ab-tests.experiment=search-boost");
  expect(await sentence(none)).toContain("no clear change");
});
