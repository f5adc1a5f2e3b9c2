// Confusion matrix: the counts of a window equal those of the rows, or of the serving counters, and so does their cost.
import { expect, test } from "../fixtures.mjs";
import { asTables, block, expectRounded, expectShown, figure, openPanel, sentence, table } from "../shown.mjs";
import { truth, windows } from "../truth.mjs";

const window = windows().days;
const cellsOf = (rows) => new Map(rows.map((row) => [`${row.actual.text}/${row.predicted.text}`, row.Value]));

test("[confusion-matrix:counts] [confusion-matrix:accuracy] [confusion-matrix:expected-cost] the champion's cells are the counted rows", async ({ open }) => {
  const panel = await openPanel(open, "confusion-matrix", window, "var-model=breast-cancer");
  const { n, accuracy, confusion, classes } = truth(window).predictions["breast-cancer"]["2"];
  const shown = await figure(panel, "accuracy", { model: "breast-cancer", version: "2" });
  expectShown(shown.value, accuracy, { what: "accuracy" });
  expectShown(shown.n, n, { what: "rows" });
  // A false alarm costs 60, a miss 1,500: tests/lab/workspace.json.
  const cost = await figure(panel, "expected-cost");
  const expected = ((confusion[0][1] * 60 + confusion[1][0] * 1500) / n) * 1000;
  expectShown(cost.value, expected, { what: "expected cost of 1,000 decisions", absolute: 1e-6 });
  await asTables(panel);
  const cells = cellsOf(await table(block(panel, "matrix")));
  classes.forEach((actual, row) =>
    classes.forEach((predicted, column) =>
      expectShown(cells.get(`${actual}/${predicted}`).shown, confusion[row][column], { what: `${predicted} for ${actual}` })));
});

test("[confusion-matrix:best-threshold] the marked threshold is the cheapest, and moving to it costs no more", async ({ open }) => {
  const panel = await openPanel(open, "confusion-matrix", window, "var-model=breast-cancer");
  const best = (await figure(panel, "best-threshold")).value;
  expectRounded(best, { what: "best threshold" });
  const before = (await figure(panel, "expected-cost")).value.value;
  const moved = await openPanel(open, "confusion-matrix", window, `var-model=breast-cancer&threshold-breast-cancer=${best.value}`);
  const after = (await figure(moved, "expected-cost")).value.value;
  expect(after).toBeLessThanOrEqual(before);
});

test("[confusion-matrix:counters] a model without scores of one class is counted by the serving counters", async ({ open }) => {
  const panel = await openPanel(open, "confusion-matrix", window, "var-model=digits&var-version=3");
  const { counts, n, accuracy } = truth(window).confusion_counters.digits["3"];
  const shown = await figure(panel, "accuracy", { model: "digits", version: "3" });
  expectShown(shown.value, accuracy, { what: "accuracy" });
  expectShown(shown.n, n, { what: "predictions" });
  expect(await sentence(panel)).toContain("counted by the serving counters");
  await asTables(panel);
  const cells = cellsOf(await table(block(panel, "matrix")));
  for (const [actual, row] of Object.entries(counts)) {
    for (const [predicted, count] of Object.entries(row)) {
      expectShown(cells.get(`${actual}/${predicted}`).shown, count, { what: `${predicted} for ${actual}` });
    }
  }
});

test("[confusion-matrix:difference] against another version the shares of each actual class are subtracted", async ({ open }) => {
  const panel = await openPanel(open, "confusion-matrix", window, "var-model=breast-cancer&var-version=3&compare=model:breast-cancer@2");
  const versions = truth(window).predictions["breast-cancer"];
  const share = ({ confusion }, row, column) => confusion[row][column] / (confusion[row][0] + confusion[row][1]);
  await asTables(panel);
  const cells = cellsOf(await table(block(panel, "difference")));
  for (const row of [0, 1]) {
    for (const column of [0, 1]) {
      const expected = share(versions["3"], row, column) - share(versions["2"], row, column);
      expectShown(cells.get(`${row}/${column}`).shown, expected, { what: `difference of ${column} for ${row}` });
    }
  }
});
