// Model performance: scores of the rows in a window equal scikit-learn's on the same rows.
import { expect, test } from "../fixtures.mjs";
import { asTables, block, expectRounded, expectShown, figure, openPanel, sentence, table } from "../shown.mjs";
import { truth, windows } from "../truth.mjs";

const window = windows().days;
const reference = `compare=window:${window.referenceFrom}..${window.referenceTo}`;

/** Wilson's interval of a share at 95 %. */
function wilson(share, n) {
  const z = 1.959963984540054;
  const middle = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  return { low: middle - half, high: middle + half };
}

/** The mean of a per-class score, weighted or not, from a confusion matrix. */
function perClass(confusion) {
  const sum = (list) => list.reduce((total, one) => total + one, 0);
  return confusion.map((row, at) => {
    const hits = row[at];
    const precision = hits / sum(confusion.map((other) => other[at]));
    const recall = hits / sum(row);
    return { precision, recall, f1: (2 * precision * recall) / (precision + recall), support: sum(row), predicted: sum(confusion.map((other) => other[at])) };
  });
}

test("[model-performance:accuracy] [model-performance:f1] [model-performance:roc-auc] [model-performance:precision] [model-performance:recall] [model-performance:pr-auc] [model-performance:log-loss] [model-performance:brier] [model-performance:per-class] [model-performance:interval] the champion's scores are scikit-learn's", async ({ open }) => {
  const panel = await openPanel(open, "model-performance", window, "var-model=breast-cancer");
  const version = "2";
  const expected = truth(window).predictions["breast-cancer"][version];
  const labels = { model: "breast-cancer", version };
  for (const [metric, key] of [
    ["accuracy", "accuracy"], ["f1", "f1"], ["roc-auc", "roc_auc"], ["precision", "precision"], ["recall", "recall"],
    ["pr-auc", "pr_auc"], ["log-loss", "log_loss"], ["brier", "brier"],
  ]) {
    const shown = await figure(panel, metric, labels);
    expectShown(shown.value, expected[key], { what: metric });
    for (const end of [shown.low, shown.high]) expectRounded(end, { what: `interval of ${metric}`, suffix: shown.value.text.endsWith("%") ? "%" : "" });
    expect(shown.low.value, metric).toBeLessThan(shown.value.value);
    expect(shown.high.value, metric).toBeGreaterThan(shown.value.value);
  }
  const accuracy = await figure(panel, "accuracy", labels);
  const { low, high } = wilson(expected.accuracy, expected.n);
  expectShown(accuracy.low, low, { what: "Wilson's low end", suffix: "%" });
  expectShown(accuracy.high, high, { what: "Wilson's high end" });
  expectShown(accuracy.n, expected.n, { what: "rows" });

  const rows = await table(block(panel, "classes"));
  const scores = perClass(expected.confusion);
  expected.classes.forEach((name, at) => {
    const row = rows.find(({ Class }) => Class.text === String(name));
    expectShown(row.Precision.shown, scores[at].precision, { what: `precision of class ${name}` });
    expectShown(row.Recall.shown, scores[at].recall, { what: `recall of class ${name}` });
    expectShown(row.F1.shown, scores[at].f1, { what: `F1 of class ${name}` });
    expectShown(row.Rows.shown, scores[at].support, { what: `rows of class ${name}` });
    const ends = wilson(scores[at].recall, scores[at].support);
    expectShown(row.Recall.parts.low, ends.low, { what: `low end of recall of class ${name}`, suffix: "%" });
    expectShown(row.Recall.parts.high, ends.high, { what: `high end of recall of class ${name}`, suffix: "%" });
  });
  expect(await sentence(panel)).toContain("Breast cancer v2 is right on 8");
});

test("[model-performance:roc] the area under the drawn ROC curve is the AUC", async ({ open }) => {
  const panel = await openPanel(open, "model-performance", window, "var-model=breast-cancer");
  const expected = truth(window).predictions["breast-cancer"]["2"];
  await asTables(panel);
  const points = (await table(block(panel, "roc"))).filter((row) => row.Line.text === "Breast cancer v2");
  const xy = points.map((row) => [row["false positive rate"].value, row["true positive rate"].value]);
  expect(xy.length).toBeGreaterThan(20);
  const area = xy.slice(1).reduce((sum, [x, y], at) => sum + ((x - xy[at][0]) * (y + xy[at][1])) / 2, 0);
  // The curve is drawn in the points that the width needs, so its area is a little off.
  expect(Math.abs(area - expected.roc_auc)).toBeLessThan(0.005);
});

test("[model-performance:delta] [truth:degraded-version] the degraded version is worse than before, by as much as the rows say", async ({ open }) => {
  const panel = await openPanel(open, "model-performance", window, `var-model=digits&var-version=3&${reference}`);
  const { predictions, reference_predictions: before } = truth(window);
  const [now, then] = [predictions.digits["3"], before.digits["3"]];
  for (const [metric, key] of [["accuracy", "accuracy"], ["f1", "f1_macro"], ["precision", "precision_macro"], ["recall", "recall_macro"]]) {
    const shown = await figure(panel, metric, { model: "digits", version: "3" });
    expectShown(shown.value, now[key], { what: metric });
    expectShown(shown.reference, then[key], { what: `${metric} before` });
    expectShown(shown.delta, now[key] - then[key], { what: `change of ${metric}`, suffixes: { pp: 0.01 } });
  }
  await expect(panel.locator('.delta[data-verdict="worse"]').first()).toBeVisible();
  expect(now.accuracy).toBeLessThan(0.85);
  expect(then.accuracy).toBeGreaterThan(0.93);
  expect(await sentence(panel)).toMatch(/Digits v3 is right on 7\d(\.\d)? % .*worse than/);
});
