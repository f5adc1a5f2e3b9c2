// Training curves: what is drawn is what was logged, spikes of one step included.
import { expect, test } from "../fixtures.mjs";
import { asTables, block, expectShown, figure, openPanel, sentence, table, tableFrom } from "../shown.mjs";
import { history, planted, runs, windows } from "../truth.mjs";

const window = windows().days;

test("[training-curves:best] [training-curves:last] [training-curves:lowest] [training-curves:highest] the best step and each run's last, lowest and highest value are the logged ones", async ({ open }) => {
  const panel = await openPanel(open, "training-curves", window, "var-model=breast-cancer&set-training-curves.metric=val_loss");
  const found = await runs("breast-cancer-sgd");
  const rows = await table(block(panel, "legend"));
  expect(rows.length).toBeGreaterThan(3);
  const all = await Promise.all(found.map(async (run) => ({ ...run, points: await history(run.id, "val_loss") })));
  const least = Math.min(...all.flatMap(({ points }) => points.map(({ value }) => value)));
  const winner = all.find(({ points }) => points.some(({ value }) => value === least));
  const shown = await figure(panel, "val_loss");
  expectShown(shown.value, least, { what: "lowest val_loss" });
  expect(await sentence(panel)).toContain(`reached by ${winner.name} at step ${winner.points.find(({ value }) => value === least).step}`);
  for (const row of rows) {
    const { name, points, id } = all.find((run) => run.name === row.Run.text);
    const values = points.map(({ value }) => value);
    expectShown(row["Last val_loss"].shown, values.at(-1), { what: `last of ${name}` });
    expectShown(row.Lowest.shown, Math.min(...values), { what: `lowest of ${name}` });
    expectShown(row.Highest.shown, Math.max(...values), { what: `highest of ${name}` });
    expectShown(row["Best step"].shown, points.find(({ value }) => value === Math.min(...values)).step, { what: `best step of ${name}` });
    expectShown(row.Steps.shown, points.length, { what: `steps of ${name}` });
    const train = await history(id, "train_loss");
    expectShown(row["Last train_loss"].shown, train.at(-1).value, { what: `last train_loss of ${name}` });
  }
});

test("[training-curves:points] every drawn point is a logged one", async ({ open }) => {
  const panel = await openPanel(open, "training-curves", window, "var-model=breast-cancer&set-training-curves.metric=val_loss");
  await asTables(panel);
  const rows = (await table(block(panel, "curves"))).slice(0, 120);
  const curves = new Map();
  for (const row of rows) {
    const { run_id: run, key } = Object.fromEntries([...row.Labels.text.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
    if (!curves.has(`${run}/${key}`)) curves.set(`${run}/${key}`, await history(run, key));
    const point = curves.get(`${run}/${key}`).find(({ step }) => step === row.Step.value);
    expectShown(row.Value.shown, point.value, { what: `${key} of ${run} at step ${row.Step.value}` });
  }
  expect(curves.size).toBeGreaterThan(1);
});

test("[training-curves:spike] [truth:curve-spike] a spike of one step in ten thousand is drawn at full width", async ({ open }) => {
  const { experiment, run, metric, step, value } = planted().curveSpike;
  const panel = await openPanel(open, "training-curves", window, `var-model=breast-cancer&set-training-curves.experiment=${experiment}&set-training-curves.metric=${metric}`);
  const [spiky] = (await runs(experiment)).filter(({ name }) => name === run);
  const logged = await history(spiky.id, metric);
  expect(logged.length).toBe(10_000);
  // The server's sample is shown first, the full history replaces it.
  await expect(panel.locator(`.figure [data-metric="${metric}"][data-part="n"]`)).toHaveAttribute("data-value", String(logged.length), { timeout: 60_000 });
  expectShown((await figure(panel, metric)).value, Math.min(...logged.map((point) => point.value)), { what: "lowest" });
  await asTables(panel);
  const [top] = await tableFrom(block(panel, "curves"), "Value");
  expectShown(top.Value.shown, value, { what: "the spike" });
  expect(top.Step.value).toBe(step);
});

test("[training-curves:non-finite] a run that diverged is shown without the values that are none", async ({ open }) => {
  const panel = await openPanel(open, "training-curves", window, "var-model=diabetes&set-training-curves.metric=val_loss");
  const [diverged] = (await runs("diabetes-boosting")).filter(({ name }) => name === "sgd-diverges");
  const points = await history(diverged.id, "val_loss");
  const finite = points.filter(({ value }) => Number.isFinite(value));
  expect(finite.length).toBeLessThan(points.length);
  const rows = await table(block(panel, "legend"));
  const row = rows.find((one) => one.Run.text === "sgd-diverges");
  expectShown(row.Lowest.shown, Math.min(...finite.map(({ value }) => value)), { what: "lowest finite value" });
});
