// Risk: the register is that of the records, incidents those of the desk, fairness that of the counters, and what drifted or got
// worse on purpose is among the risks.
import { expect, test } from "../fixtures.mjs";
import { newcombe, wilson, Z_OF_THREE } from "../intervals.mjs";
import { asTables, block, expectAround, expectInterval, expectShown, figure, openPanel, sentence, table } from "../shown.mjs";
import { business, planted, promGrowth, records, truth, windows } from "../truth.mjs";

const { days, quarter } = windows();
const more = `compare=window:${days.referenceFrom}..${days.referenceTo}`;

test("[risk:open] [risk:matrix] [risk:register] [truth:registers] the open risks stand where likelihood and impact say", async ({ open }) => {
  const panel = await openPanel(open, "risk", quarter);
  const { risk } = business(quarter);
  expect(risk.open).toBe(planted().business.registers.openRisks);
  const shown = await figure(panel, "open-risks");
  expectShown(shown.value, risk.open, { what: "open risks" });
  expectShown(shown.n, risk.risks, { what: "risks" });
  const register = await records("risks.json");
  const rows = await table(block(panel, "risks"));
  for (const one of register.filter(({ status }) => status === "open")) {
    const row = rows.find(({ Risk }) => Risk.text === one.title);
    expect(row, one.title).toBeDefined();
    expectShown(row.Score.shown, one.likelihood * one.impact, { what: `score of ${one.title}` });
    expect(row.Owner.text, one.title).toBe(one.owner ?? "nobody");
    if (risk.overdue.includes(one.risk)) expect(row.State.text, one.title).toBe("open, overdue");
    else expect(row.State.text, one.title).toBe("open");
  }
  const closed = await table(block(panel, "closed"));
  expect(closed.map((row) => row.Risk.text).sort()).toEqual(register.filter(({ status }) => status !== "open").map(({ title }) => title).sort());
  await asTables(panel);
  const cells = await table(block(panel, "matrix"));
  const counted = cells.filter((row) => row.Value.value > 0).map((row) => [`${row.Likelihood.text}x${row.Impact.text}`, row.Value.value]);
  expect(Object.fromEntries(counted)).toEqual(risk.openCells);
});

test("[risk:incidents] incidents and their rate by severity are those of the desk", async ({ open }) => {
  const panel = await openPanel(open, "risk", quarter);
  const { risk } = business(quarter);
  const shown = await figure(panel, "incidents");
  expectShown(shown.value, (risk.incidents / 90) * 30, { what: "incidents in 30 days" });
  expectShown(shown.n, risk.incidents, { what: "incidents" });
  expectAround(shown, { what: "incidents in 30 days" });
  const rows = await table(block(panel, "incident-rates"));
  expect(rows.map((row) => row.Severity.text)).toEqual(["critical", "major", "minor"].filter((name) => name in risk.incidentsBySeverity));
  for (const row of rows) expectShown(row.Incidents.shown, risk.incidentsBySeverity[row.Severity.text], { what: row.Severity.text });
  expect(await sentence(panel)).toContain(`${risk.incidents} incidents`);
});

test("[risk:demographic-parity] [risk:equal-opportunity] who is chosen and who is found, by segment, with intervals", async ({ open }) => {
  const model = "breast-cancer";
  const panel = await openPanel(open, "risk", days);
  const counts = await promGrowth(`predictions_total{model="${model}"}`, ["segment", "actual", "predicted"], days);
  const segments = [...new Set(Object.keys(counts).map((key) => key.split("/")[0]))].sort();
  expect(segments.length).toBe(3);
  const n = (segment, actual, predicted) => Math.round(counts[`${segment}/${actual}/${predicted}`] ?? 0);
  // Class 1 is malignant: who gets it is chosen, and of those that have it so many are found.
  const RATES = {
    parity: (segment) => ({ of: n(segment, 1, 1) + n(segment, 0, 1), all: [0, 1].flatMap((a) => [0, 1].map((p) => n(segment, a, p))).reduce((a, b) => a + b) }),
    opportunity: (segment) => ({ of: n(segment, 1, 1), all: n(segment, 1, 1) + n(segment, 1, 0) }),
  };
  for (const [id, metric, rateName, countName] of [
    ["parity", "demographic-parity-difference", "Chosen", "Decisions"], ["opportunity", "equal-opportunity-difference", "Found", "Should be found"],
  ]) {
    const rows = await table(block(panel, `${id}-${model}`));
    const rates = segments.map((segment) => {
      const { of, all } = RATES[id](segment);
      const row = rows.find((one) => Object.values(one)[0].text === segment);
      expectShown(row[countName].shown, all, { what: `${countName}, ${segment}` });
      expectInterval(row[rateName].parts, { value: of / all, ...wilson(of / all, all) }, { what: `${rateName}, ${segment}` });
      return { rate: of / all, n: all };
    }).sort((a, b) => b.rate - a.rate);
    const shown = await figure(panel, metric, { model });
    expectInterval(shown, newcombe(rates[0], rates.at(-1), Z_OF_THREE), { what: metric });
  }
});

test("[risk:drift] [truth:shifted-feature] the shifted feature is a measured risk that leads to the drift panel", async ({ open }) => {
  const { model, feature } = planted().shiftedFeature;
  const panel = await openPanel(open, "risk", days, more);
  const risks = block(panel, "risks");
  // The rows of all models are compared behind the picture.
  await expect(risks).toContainText("Breast cancer drifted", { timeout: 60_000 });
  const found = (await table(risks)).find((row) => row.Risk.text.startsWith("Breast cancer drifted"));
  expect(found, "the drift is among the risks").toBeDefined();
  expect(found.Risk.text).toContain(`1 of 10 features, first ${feature}`);
  expect(found.Level.text).toBe("drifted");
  await risks.getByRole("row").filter({ hasText: "Breast cancer drifted" }).getByRole("button").first().click();
  const page = panel.page();
  await expect(page.locator('[data-panel="drift"]')).toHaveCount(1);
  expect(new URL(page.url()).searchParams.getAll("var-model")).toEqual([model]);
});

test("[risk:degradation] [truth:degraded-version] the version that got worse is a measured risk, by as much as the counters say", async ({ open }) => {
  const { model, version } = planted().degradedVersion;
  const panel = await openPanel(open, "risk", days, `var-model=${model}&var-version=${version}&${more}`);
  const now = truth(days).confusion_counters[model][version];
  const before = truth({ from: days.referenceFrom, to: days.referenceTo }).confusion_counters[model][version];
  const lost = before.accuracy - now.accuracy;
  expect(lost).toBeGreaterThan(0.1);
  await expect(block(panel, "risks")).toContainText("less often right", { timeout: 60_000 });
  const found = (await table(block(panel, "risks"))).find((row) => row.Level.text === "less often right");
  expect(found, "the loss is among the risks").toBeDefined();
  const { low, high } = newcombe({ rate: before.accuracy, n: before.n }, { rate: now.accuracy, n: now.n });
  const points = (share) => (100 * share).toFixed(1);
  expect(found.Risk.text).toContain(`accuracy of Digits is ${points(lost)} points (${points(low)} to ${points(high)}) below`);
});
