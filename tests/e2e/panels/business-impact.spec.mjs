// Business impact: conversion, engagement and retention with and without the model equal what SQL counts, and the planted effects
// are found.
import { expect, test } from "../fixtures.mjs";
import { asTables, block, cells, expectInterval, expectShown, figure, openPanel, rowCount, sentence, table } from "../shown.mjs";
import { business, DAY, planted, windows } from "../truth.mjs";

const window = windows().year;
const expected = () => business(window)["business-impact"];
const POINTS = { suffixes: { pp: 0.01 } };
/** People are counted from this many on: the workspace names no other number. */
const SMALLEST = 11;

test("[business-impact:conversion] [business-impact:uplift] [business-impact:interval] [truth:uplift] both arms of every experiment are SQL's, and the planted effects are found", async ({ open }) => {
  const { outcomes } = expected();
  for (const [id, { effect, relative }] of Object.entries(planted().business.experiments)) {
    const panel = await openPanel(open, "business-impact", window, `set-business-impact.experiment=${id}`);
    const rows = await table(block(panel, "experiments"));
    const { control, model, ...compared } = outcomes[id];
    for (const [variant, arm] of Object.entries({ control, model })) {
      const row = rows.find((one) => one.Experiment.text === id && one.Variant.text === variant);
      const what = `${variant} of ${id}`;
      expectShown(row.Exposed.shown, arm.n, { what: `exposed to ${what}` });
      expectShown(row.Converted.shown, arm.converted, { what: `converted by ${what}` });
      expectInterval(row.Conversion.parts, { value: arm.rate, low: arm.low, high: arm.high }, { what: `conversion of ${what}` });
    }
    const treated = rows.find((one) => one.Experiment.text === id && one.Variant.text === "model");
    const uplift = { value: compared.uplift, low: compared.low, high: compared.high };
    expectInterval(treated["Difference, one look"].parts, uplift, { what: `uplift of ${id}`, ...POINTS });
    const ratio = { value: compared.relative, low: compared.relativeLow, high: compared.relativeHigh };
    expectInterval(treated["Relative, one look"].parts, ratio, { what: `relative uplift of ${id}` });
    expectShown(treated["p, one look"].shown, compared.p, { what: `p of ${id}`, relative: 1e-6 });
    expect(treated.Called.text).toBe("uplift");

    const of = { experiment: id, variant: "model" };
    const rate = await figure(panel, "outcomes", of);
    expectInterval(rate, { value: model.rate, low: model.low, high: model.high }, { what: `conversion with the model of ${id}` });
    expectShown(rate.n, model.n, { what: `n of ${id}` });
    expectShown(rate.delta, compared.uplift, { what: `uplift of ${id}`, ...POINTS });
    expectInterval(await figure(panel, "relative-uplift", of), ratio, { what: `relative uplift of ${id}` });

    // A sample lies around what was planted: within four standard errors, of which an interval is 3.92 wide.
    const near = (value, truth, { low, high }) => Math.abs(value - truth) < (4 / 3.92) * (high - low);
    expect(near(compared.uplift, effect, uplift), `${effect} planted in ${id}, ${uplift.low} to ${uplift.high}`).toBe(true);
    expect(near(ratio.value, relative, ratio), `${relative} planted in ${id}, ${ratio.low} to ${ratio.high}`).toBe(true);
  }
  const panel = await openPanel(open, "business-impact", window);
  expect(await sentence(panel)).toMatch(/better/);
  const { low } = outcomes["assisted-triage"];
  expect(low, "the greater effect excludes none").toBeGreaterThan(0);
});

test("[business-impact:active] [business-impact:stickiness] [business-impact:sessions] active users of the days, the week and the month, with and without the model", async ({ open }) => {
  const panel = await openPanel(open, "business-impact", window);
  const { engagement } = expected();
  const stickiness = (who) => engagement.daily28[who] / engagement.mau28[who];
  const rows = await table(block(panel, "engagement"));
  for (const [title, who] of [["with the model", "1"], ["without", "0"], ["all", "all"]]) {
    const row = rows.find((one) => one.Users.text === title);
    expectShown(row["Daily, mean of 28 days"].shown, engagement.daily28[who], { what: `daily, ${title}` });
    expectShown(row.Weekly.shown, engagement.wau[who], { what: `weekly, ${title}` });
    expectShown(row["Monthly, 28 days"].shown, engagement.mau28[who], { what: `monthly, ${title}` });
    expectShown(row.Stickiness.shown, stickiness(who), { what: `stickiness, ${title}` });
    if (who === "all") continue;
    const { mean, low, high } = engagement.sessions28[who];
    expectInterval(row["Sessions a user, 28 days"].parts, { value: mean, low, high }, { what: `sessions, ${title}`, relative: 1e-8 });
  }
  const shown = await figure(panel, "stickiness", { assisted: "1" });
  expectShown(shown.value, stickiness("1"), { what: "stickiness with the model" });
  expectShown(shown.n, engagement.mau28["1"], { what: "users with the model" });
  expectShown(shown.delta, stickiness("1") - stickiness("0"), { what: "difference of stickiness", ...POINTS });
  expectShown((await figure(panel, "daily-active")).value, engagement.daily28.all, { what: "daily active users" });
  expectShown((await figure(panel, "weekly-active")).value, engagement.wau.all, { what: "weekly active users" });
  expectShown((await figure(panel, "monthly-active")).value, engagement.mau28.all, { what: "monthly active users" });
  // Nobody was drawn at random to have the model.
  expect(await sentence(panel)).toContain("not causal");
});

test("[business-impact:active-over-time] every whole week of the range has its active users", async ({ open }) => {
  const panel = await openPanel(open, "business-impact", window);
  await asTables(panel);
  const scope = block(panel, "active");
  const { headings, rows } = await cells(scope);
  const { weeks } = expected().engagement;
  for (const [title, who] of [["with the model", "1"], ["without", "0"]]) {
    const whole = Object.entries(weeks[who]).filter(([at]) => Number(at) >= window.from && Number(at) + 7 * DAY <= window.to);
    const line = rows.filter(([name]) => name.text === title).map((row) => row[headings.length - 1]);
    expect(line.length, `weeks ${title}`).toBe(whole.length);
    whole.forEach(([at, n], place) => expectShown(line[place].shown, n, { what: `${title}, week of ${new Date(Number(at)).toISOString()}` }));
  }
  expect(await rowCount(scope)).toBe(rows.length);
});

test("[business-impact:retention] [business-impact:retention-split] [truth:bad-cohort] every cohort keeps who SQL finds again, and the bad one stands out", async ({ open }) => {
  const panel = await openPanel(open, "business-impact", window);
  const { retention } = expected();
  await asTables(panel);
  const found = {};
  for (const [id, kind] of [["retention", "months"], ["retention-with", "with"]]) {
    const rows = await table(block(panel, id));
    found[kind] = [];
    for (const row of rows) {
      const [, month, n] = /^(\d{4}-\d\d), (?:n (\d+)|not shown)$/.exec(row["Signed up"].text) ?? [];
      expect(month, `a cohort of ${row["Signed up"].text}`).toBeDefined();
      // A cohort whose size would tell a small one beside it has no share either.
      if (n === undefined) {
        expect(row.Value.shown, `${month}, of a size that is not shown`).toBeUndefined();
        continue;
      }
      const cohort = retention[kind][`${month}-01`];
      const age = row["Months since"].text;
      expect(Number(n), `size of ${month}, ${kind}`).toBe(cohort.active["0"]);
      const end = new Date(`${month}-01T00:00Z`);
      const isOver = end.setUTCMonth(end.getUTCMonth() + Number(age) + 1) <= window.to;
      const active = cohort.active[age] ?? 0;
      // A month that is not over is no measurement; a few people are never shown.
      if (!isOver || (active > 0 && active < SMALLEST)) expect(row.Value.shown, `${month}, ${age} months`).toBeUndefined();
      if (row.Value.shown === undefined) continue;
      expectShown(row.n.shown, active, { what: `active of ${month}, ${age} months, ${kind}` });
      expectShown(row.Value.shown, active / cohort.active["0"], { what: `share of ${month}, ${age} months, ${kind}` });
      found[kind].push({ month, age, share: row.Value.value });
    }
    // Of the months that are over many are shown: those of whom few came back, or few did not, are not, nor what would tell them.
    const over = rows.filter((row) => row.Value.shown !== undefined || (retention[kind][`${row["Signed up"].text.slice(0, 7)}-01`].active[row["Months since"].text] ?? 0) >= SMALLEST);
    if (kind === "months") expect(found[kind].length, `${kind}: shown of ${over.length}`).toBeGreaterThan(over.length / 3);
  }
  const differences = (await table(block(panel, "retention-difference"))).filter((row) => row.Value.shown !== undefined);
  for (const row of differences) {
    const [month, age] = [row["Signed up"].text.slice(0, 7), row["Months since"].text];
    const share = (kind) => (retention[kind][`${month}-01`].active[age] ?? 0) / retention[kind][`${month}-01`].active["0"];
    expectShown(row.Value.shown, share("with") - share("without"), { what: `difference of ${month}, ${age} months` });
  }
  if (found.with.length > 0) expect(differences.length).toBeGreaterThan(found.with.length / 2);

  const { month } = planted().business.retention.badCohort;
  const old = found.months.filter(({ age }) => age === "5");
  expect(old.toSorted((a, b) => a.share - b.share)[0].month).toBe(month);

  // Beside all of them the cohorts with and without the model can tell small ones of each other: then neither is shown.
  if (found.with.length === 0) {
    await expect(panel).toContainText("hidden");
    return;
  }
  // Pooled over the cohorts that are as old: of each kind, those whose cell is shown.
  const ages = await table(block(panel, "retention-ages"));
  for (const row of ages) {
    const age = row["Months since sign-up"].text;
    const of = (kind, n) => {
      const cohorts = found[kind].filter((one) => one.age === age).map(({ month }) => retention[kind][`${month}-01`].active);
      const size = cohorts.reduce((sum, active) => sum + active["0"], 0);
      expectShown(row[n].shown, size, { what: `${n} at ${age} months` });
      return cohorts.reduce((sum, active) => sum + (active[age] ?? 0), 0) / size;
    };
    expectShown(row["Active, with"].shown, of("with", "n, with"), { what: `with, ${age} months` });
    const before = row["Active, without"].shown.value;
    expectShown(row["Difference, not causal"].shown, row["Active, with"].value - before, { what: `difference at ${age} months`, ...POINTS });
  }
  const three = ages.find((row) => row["Months since sign-up"].text === "3");
  if (three === undefined) return;
  const kept = await figure(panel, "retention", { assisted: "1" });
  expectShown(kept.value, three["Active, with"].value, { what: "active three months after sign-up" });
  expect(kept.delta.value, "the planted churn is lower with the model").toBeGreaterThan(0);
});

test("[business-impact:funnel] every step of the funnel has SQL's users of each variant", async ({ open }) => {
  const panel = await openPanel(open, "business-impact", window);
  const { byVariant } = expected().funnel;
  const rows = await table(block(panel, "funnel-steps"));
  const steps = Object.entries(byVariant.control).sort(([, a], [, b]) => b - a).map(([step]) => step);
  expect([...new Set(rows.map((row) => row.Step.text))]).toEqual(steps);
  for (const [variant, users] of Object.entries(byVariant)) {
    steps.forEach((step, at) => {
      const row = rows.find((one) => one.Step.text === step && one.Variant.text === variant);
      expectShown(row.Users.shown, users[step], { what: `${variant} ${step}` });
      expectShown(row["Of the first step"].shown, users[step] / users[steps[0]], { what: `${variant} ${step} of the first` });
      if (at > 0) expectShown(row["Of the step before"].shown, users[step] / users[steps[at - 1]], { what: `${variant} ${step} of the one before` });
    });
  }
});
