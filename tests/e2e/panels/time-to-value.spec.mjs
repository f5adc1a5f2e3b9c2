// Time to value: medians of every step and of the whole way are scipy's Kaplan-Meier's, and what is stuck is named.
import { expect, test } from "../fixtures.mjs";
import { block, cells, expectInterval, expectShown, figure, openPanel, sentence, table } from "../shown.mjs";
import { business, DAY, planted, windows } from "../truth.mjs";

const window = windows().year;
const STEPS = ["first run to registered", "registered to deployed", "deployed to first value"];
const WHOLE = "first run to first value";
const TITLES = { "breast-cancer": "Breast cancer", digits: "Digits", diabetes: "Diabetes", all: "All" };
const DAYS = { suffixes: { d: 1 } };

/** That a median is shown as found, each end only where there is one. */
function expectMedian(parts, { median, low, high }, what) {
  if (median === null) return expect(parts.value, what).toBeUndefined();
  if (high !== null) return expectInterval(parts, { value: median, low, high }, { what, ...DAYS });
  expectShown(parts.value, median, { what, ...DAYS });
  return expect(parts.low.value, `low of ${what}`).toBeCloseTo(low, 9);
}

test("[time-to-value:medians] [time-to-value:whole-way] [time-to-value:interval] [time-to-value:n] every step and the whole way take what Kaplan and Meier say", async ({ open }) => {
  const panel = await openPanel(open, "time-to-value", window);
  const { ways, initiatives } = business(window)["time-to-value"];
  for (const way of [...STEPS, WHOLE]) {
    const [from, to] = way.split(" to ");
    const shown = await figure(panel, "time-to-value", { from, to });
    expectMedian(shown, ways.all[way], way);
    expectShown(shown.n, ways.all[way].finished + ways.all[way].unfinished, { what: `initiatives of ${way}` });
  }
  await expect(panel.locator(".panel-meta")).toContainText(`${initiatives.all} initiatives`);
  for (const [stage, days] of Object.entries(planted().business.timeToValue.medianDays)) {
    const { median } = ways.all[STEPS.find((step) => step.endsWith(stage))];
    expect(Math.abs(Math.log(median / days)), `${stage}: planted ${days} days`).toBeLessThan(0.5);
  }
});

test("[time-to-value:by-model] every model's medians, and how many are done", async ({ open }) => {
  const panel = await openPanel(open, "time-to-value", window);
  const { ways, initiatives } = business(window)["time-to-value"];
  const { headings, rows } = await cells(block(panel, "models"));
  expect(rows.length).toBe(Object.keys(ways).length);
  for (const [model, found] of Object.entries(ways)) {
    const row = rows.find(([name]) => name.text === TITLES[model]);
    expectShown(row[1].shown, initiatives[model], { what: `initiatives of ${model}` });
    [...STEPS, WHOLE].forEach((way, at) => {
      const { finished, unfinished } = found[way];
      expect(headings[2 + 2 * at].toLowerCase()).toBe(way);
      expectMedian(row[2 + 2 * at].parts, found[way], `${way} of ${model}`);
      expect(row[3 + 2 * at].text, `${way} of ${model}`).toBe(`${finished} of ${finished + unfinished}`);
    });
  }
});

test("[time-to-value:waiting] [truth:stuck] what waits is SQL's, and the planted ones are called stuck", async ({ open }) => {
  const panel = await openPanel(open, "time-to-value", window);
  const { waiting, limits } = business(window)["time-to-value"];
  const all = Object.entries(waiting).flatMap(([stage, names]) => Object.entries(names).map(([name, days]) => ({ stage, name, days })));
  const rows = await table(block(panel, "waiting"));
  expect(rows.map((row) => row.Initiative.text).sort()).toEqual(all.map(({ name }) => name).sort());
  for (const { stage, name, days } of all) {
    const row = rows.find((one) => one.Initiative.text === name);
    expect(row["Waits for"].text, name).toBe(stage);
    expectShown(row.Waiting.shown, days, { what: `days of ${name}`, ...DAYS });
    expectShown(row["90 % took at most"].shown, limits[STEPS.find((step) => step.endsWith(` to ${stage}`))], { what: `limit of ${name}`, ...DAYS });
  }
  const { stuck } = planted().business.timeToValue;
  const named = await table(block(panel, "stuck"));
  expect(named.map((row) => row.Initiative.text).sort()).toEqual(stuck.map(({ initiative }) => initiative).sort());
  for (const { initiative, since } of stuck) {
    const row = named.find((one) => one.Initiative.text === initiative);
    expect(Math.abs(row.Waiting.value - (window.to - since) / DAY), initiative).toBeLessThan(1);
  }
  const longest = stuck.toSorted((a, b) => a.since - b.since)[0].initiative;
  expect(await sentence(panel)).toContain(longest);
});
