// Segments: who benefits, as SQL counts it, corrected for every look, without a number of a few people.
import { saved } from "../downloads.mjs";
import { expect, test } from "../fixtures.mjs";
import { asTables, block, expectInterval, expectShown, figure, openPanel, sentence, table } from "../shown.mjs";
import { business, DAY, planted, windows } from "../truth.mjs";

const window = windows().year;
const BY = ["segment", "region", "country"];
const POINTS = { suffixes: { pp: 0.01 } };
const SMALLEST = 11;
const heading = (by) => by[0].toUpperCase() + by.slice(1);
const corrected = (row) => Object.entries(row).find(([name]) => name.startsWith("p, corrected"))[1];

/** Holm's correction of each p. */
function holm(ps) {
  let most = 0;
  return ps.map((p, at) => [p, at]).sort(([a], [b]) => a - b)
    .map(([p, at], done) => [at, (most = Math.max(most, Math.min(1, p * (ps.length - done))))])
    .sort(([a], [b]) => a - b).map(([, q]) => q);
}

test("[segments:n] [segments:rate] [segments:uplift] [segments:interval] [segments:q] [segments:interaction] [truth:segments] each group's arms and uplift are SQL's, the planted ones are found and no other", async ({ open }) => {
  for (const [experiment, plan] of Object.entries(planted().business.experiments)) {
    const panel = await openPanel(open, "segments", window, `set-segments.experiment=${experiment}`);
    const { all, interaction, ...by } = business(window).segments;
    const whole = await figure(panel, "uplift");
    const { uplift, low, high } = all[experiment];
    expectInterval(whole, { value: uplift, low, high }, { what: `uplift of ${experiment}`, ...POINTS });
    expectShown(whole.n, all[experiment].control.n + all[experiment].model.n, { what: `n of ${experiment}` });
    const looks = [];
    const hides = {};
    for (const name of BY) {
      const rows = await table(block(panel, `table-${name}`));
      const groups = by[name][experiment];
      expect(rows.map((row) => row[heading(name)].text).sort(), `${name} of ${experiment}`).toEqual(Object.keys(groups).sort());
      // Where few converted, or few did not, that group is hidden, and another with it that would tell it.
      const isSmall = ({ n, rate }) => [n * rate, n - n * rate].some((people) => Math.round(people) > 0 && Math.round(people) < SMALLEST);
      const hasSmall = Object.values(groups).some(({ control, model }) => isSmall(control) || isSmall(model));
      for (const row of rows) {
        const value = row[heading(name)].text;
        const group = groups[value];
        if (isSmall(group.control) || isSmall(group.model)) expect(row["p, one look"].shown, `${value}, of whom few converted`).toBeUndefined();
        if (hasSmall && row["p, one look"].shown === undefined) {
          hides[name] = (hides[name] ?? 0) + 1;
          continue;
        }
        for (const variant of ["control", "model"]) {
          const { n, rate, low, high } = group[variant];
          const what = `${variant} of ${value}, ${experiment}`;
          expectShown(row[`n, ${variant}`].shown, n, { what: `n of ${what}` });
          expectInterval(row[`Conversion, ${variant}`].parts, { value: rate, low, high }, { what: `conversion of ${what}` });
        }
        const what = `${value}, ${experiment}`;
        expectInterval(row["Uplift, one look"].parts, { value: group.uplift, low: group.low, high: group.high }, { what: `uplift of ${what}`, ...POINTS });
        const ratio = { value: group.relative, low: group.relativeLow, high: group.relativeHigh };
        if (group.relativeLow !== undefined) expectInterval(row["Relative, one look"].parts, ratio, { what: `relative uplift of ${what}` });
        expectShown(row["p, one look"].shown, group.p, { what: `p of ${what}`, relative: 1e-6 });
        looks.push({ row, group, what });
      }
    }
    // What is called clear is clear for all that were looked at.
    holm(looks.map(({ group }) => group.p)).forEach((q, at) => {
      const { row, group, what } = looks[at];
      expectShown(corrected(row).shown, q, { what: `q of ${what}`, relative: 1e-6 });
      const isClear = q < 0.05 && group.low * group.high > 0;
      expect(row.Called.text, what).toBe(!isClear ? "no clear change" : group.uplift > 0 ? "better" : "worse");
    });
    const tests = await table(block(panel, "interaction"));
    for (const name of BY) {
      // Its statistic is that of what is shown.
      if (hides[name]) continue;
      const row = tests.find((one) => one.By.text === name);
      const { statistic, df, p } = interaction[name][experiment];
      expectShown(row["Q of the differences"].shown, statistic, { what: `Q by ${name} of ${experiment}` });
      expectShown(row["Degrees of freedom"].shown, df, { what: `groups by ${name}` });
      expectShown(row.p.shown, p, { what: `p by ${name} of ${experiment}`, relative: 1e-8 });
    }
    if (!hides.segment) expectShown((await figure(panel, "interaction", { by: "segment" })).value, interaction.segment[experiment].p, { what: "p of interaction", relative: 1e-8 });

    for (const [segment, { effect }] of Object.entries(plan.segments)) {
      const { uplift, standardError } = by.segment[experiment][segment];
      expect(Math.abs(uplift - effect), `${effect} planted for ${segment} of ${experiment}, ${uplift} found`).toBeLessThan(4 * standardError);
      const found = looks.find(({ what }) => what === `${segment}, ${experiment}`);
      if (!hides.segment) expect(found, segment).toBeDefined();
      const row = found?.row;
      if (effect === 0 && row) expect(row.Called.text, `${segment} of ${experiment}`).toBe("no clear change");
    }
  }
  // The greatest planted effect is found in its segment, and the sentence says what is clear.
  const panel = await openPanel(open, "segments", window);
  const rows = await table(block(panel, "table-segment"));
  const { segments } = planted().business.experiments["assisted-triage"];
  const [most] = Object.entries(segments).toSorted(([, a], [, b]) => b.effect - a.effect)[0];
  expect(rows.find((row) => row.Segment.text === most)["Uplift, one look"].parts.low.value).toBeGreaterThan(0);
  const clear = rows.find((row) => row.Called.text !== "no clear change");
  expect(await sentence(panel)).toContain(clear ? `clear in ${clear.Segment.text}` : "no segment has a clear one");
});

test("[segments:small-cells] a group of a few people shows no number: not in a table, not as a dot, not in the exported file", async ({ open }) => {
  const { anchor } = planted();
  const short = { from: anchor - 28 * DAY, to: anchor - 14 * DAY };
  const panel = await openPanel(open, "segments", short);
  const { country, all } = business(short).segments;
  const experiment = Object.entries(all).toSorted(([, a], [, b]) => b.control.n + b.model.n - a.control.n - a.model.n)[0][0];
  const groups = Object.entries(country[experiment]);
  const isSmall = ([, group]) => ["control", "model"].some((variant) => group[variant] && group[variant].n < SMALLEST);
  const small = groups.filter(isSmall).map(([name]) => name);
  expect(small.length, "there are small groups").toBeGreaterThan(0);
  const rows = await table(block(panel, "table-country"));
  let n_hidden = 0;
  for (const row of rows) {
    const group = country[experiment][row.Country.text];
    for (const variant of ["control", "model"]) {
      const cell = row[`n, ${variant}`];
      const n = group[variant]?.n ?? 0;
      if (n > 0 && n < SMALLEST) expect(cell.shown, `${variant} of ${row.Country.text}`).toBeUndefined();
      else if (cell.shown) expectShown(cell.shown, n, { what: `${variant} of ${row.Country.text}` });
      if (cell.shown || n === 0) continue;
      n_hidden += 1;
      for (const name of [`Conversion, ${variant}`, "Uplift, one look", "Relative, one look", "p, one look"]) {
        expect(row[name].shown, `${name} of ${row.Country.text}`).toBeUndefined();
      }
      expect(row.Called.text).toBe("too few to show");
    }
  }
  // One hidden count alone would be told by the total.
  expect(n_hidden).toBeGreaterThan(1);
  await asTables(panel);
  const dots = await table(block(panel, "by-country"));
  for (const name of small) expect(dots.find((one) => one.Name.text === name).Value.shown, `dot of ${name}`).toBeUndefined();
  const save = async () => {
    await panel.getByRole("button", { name: "Panel menu" }).click();
    await panel.page().getByRole("menuitem", { name: "Export CSV" }).click();
  };
  const [{ bytes }] = await saved(panel.page(), save);
  const lines = bytes.toString("utf8").split(/\r?\n/);
  const NUMBER = /,[\d.eE+−-]*\d[\d.eE+−-]*(,|$)/;
  expect(lines.find((line) => line.startsWith("consumer,")), "a group of many").toMatch(NUMBER);
  for (const name of small) {
    const mine = lines.filter((line) => line.startsWith(`${name},`));
    expect(mine.length, `lines of ${name} in the file`).toBeGreaterThan(0);
    // Its labels name the experiment and the country; a number stands alone between commas.
    for (const line of mine) expect(line, `the line of ${name}`).not.toMatch(NUMBER);
  }
});
