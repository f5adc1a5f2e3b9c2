// Hyperparameter tuning: the table is MLflow's, the best run is the best, and a brush keeps exactly the runs within it.
import { expect, test } from "../fixtures.mjs";
import { block, expectShown, figure, openPanel, sentence, table } from "../shown.mjs";
import { runs, truth, windows } from "../truth.mjs";

const window = windows().days;
const METRICS = ["val_loss", "test_accuracy", "test_log_loss", "train_loss", "val_accuracy"];

test("[hyperparameter-tuning:best] [hyperparameter-tuning:n] [hyperparameter-tuning:runs] the best run of the sweep and every row are MLflow's", async ({ open }) => {
  const panel = await openPanel(open, "hyperparameter-tuning", window, "var-model=breast-cancer&set-hyperparameter-tuning.objective=val_loss");
  const found = await runs("breast-cancer-sgd");
  const { value, runs: names, n } = truth(window).best_runs["breast-cancer-sgd"].val_loss;
  const shown = await figure(panel, "val_loss");
  expectShown(shown.value, value, { what: "best val_loss" });
  expectShown(shown.n, n, { what: "runs" });
  expect(await sentence(panel)).toContain(`the best of ${n} runs is ${names[0]} with val_loss`);
  const rows = await table(block(panel, "runs"));
  expect(rows.map((row) => row.Run.text).sort()).toEqual(found.map(({ name }) => name).sort());
  for (const row of rows) {
    const run = found.find(({ name }) => name === row.Run.text);
    for (const key of METRICS) expectShown(row[key].shown, run.metrics[key], { what: `${key} of ${run.name}` });
    for (const key of ["alpha", "eta0"]) expect(row[key].value, `${key} of ${run.name}`).toBe(Number(run.params[key]));
    expect(row.penalty.text).toBe(run.params.penalty);
  }
});

test("[hyperparameter-tuning:objective] another objective has another best run", async ({ open }) => {
  const panel = await openPanel(open, "hyperparameter-tuning", window, "var-model=digits&set-hyperparameter-tuning.objective=val_accuracy");
  const { value, runs: names, n } = truth(window).best_runs["digits-mlp"].val_accuracy;
  const shown = await figure(panel, "val_accuracy");
  expectShown(shown.value, value, { what: "best val_accuracy" });
  expectShown(shown.n, n, { what: "runs" });
  expect(await sentence(panel)).toContain(names[0]);
});

test("[hyperparameter-tuning:brush] a brush on a parameter filters the table and the curves of the same runs", async ({ open }) => {
  const brush = "var-model=breast-cancer&brush-alpha=0.005..0.05";
  const panel = await openPanel(open, "hyperparameter-tuning", window, brush);
  const kept = (await runs("breast-cancer-sgd")).filter(({ params }) => Number(params.alpha) === 0.01).map(({ name }) => name);
  expect(kept.length).toBeGreaterThan(2);
  expect((await table(block(panel, "runs"))).map((row) => row.Run.text).sort()).toEqual(kept.sort());
  const curves = await openPanel(open, "training-curves", window, brush);
  for (const row of await table(block(curves, "legend"))) expect(kept).toContain(row.Run.text);
});
