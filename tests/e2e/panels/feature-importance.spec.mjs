// Feature importance: bars and their spread are those of the artifact that the version's run logged.
import { expect, test } from "../fixtures.mjs";
import { asTables, block, expectShown, figure, openPanel, sentence, table } from "../shown.mjs";
import { artifact, runOfVersion, windows } from "../truth.mjs";

const window = windows().days;

async function logged(model, version, file = "feature_importance") {
  const { features, importances_mean: means, importances_std: spreads } = await artifact(await runOfVersion(model, version), `eval/${file}.json`);
  return features.map((name, at) => ({ name, mean: means[at], spread: spreads[at] }));
}

test("[feature-importance:importance] [feature-importance:spread] the champion's ranking is the logged one", async ({ open }) => {
  const panel = await openPanel(open, "feature-importance", window, "var-model=breast-cancer");
  const expected = (await logged("breast-cancer", "2")).sort((a, b) => b.mean - a.mean);
  const shown = await figure(panel, "importance", { feature: expected[0].name });
  expectShown(shown.value, expected[0].mean, { what: "the most important feature" });
  expect(await sentence(panel)).toContain(expected.slice(0, 3).map(({ name }) => name).join(", "));
  await asTables(panel);
  const rows = await table(block(panel, "importance"));
  expect(rows.length).toBeGreaterThanOrEqual(Math.min(10, expected.length));
  rows.forEach((row, at) => {
    const { name, mean, spread } = expected[at];
    expect(row.Name.text, `rank ${at + 1}`).toBe(name);
    expectShown(row.Value.shown, mean, { what: name });
    expectShown(row.Value.parts.low, mean - spread, { what: `low end of ${name}` });
    expectShown(row.Value.parts.high, mean + spread, { what: `high end of ${name}` });
  });
});

test("[feature-importance:gain] the method can be changed to gain, by its name", async ({ open }) => {
  const panel = await openPanel(open, "feature-importance", window, "var-model=diabetes&set-feature-importance.method=gain");
  const expected = (await logged("diabetes", "2", "feature_importance_gain")).sort((a, b) => b.mean - a.mean);
  expectShown((await figure(panel, "importance", { feature: expected[0].name })).value, expected[0].mean, { what: "the highest gain" });
  expect(await sentence(panel)).toContain("gain");
});

test("[feature-importance:comparison] another version stands beside it with its own values and rank changes", async ({ open }) => {
  const panel = await openPanel(open, "feature-importance", window, "var-model=breast-cancer&compare=model:breast-cancer@3");
  const [ours, theirs] = await Promise.all([logged("breast-cancer", "2"), logged("breast-cancer", "3")]);
  await asTables(panel);
  const rows = await table(block(panel, "importance"));
  const rank = (list, name) => [...list].sort((a, b) => b.mean - a.mean).findIndex((one) => one.name === name);
  for (const row of rows) {
    const other = theirs.find(({ name }) => name === row.Name.text);
    expectShown(row.Reference.shown, other.mean, { what: `${other.name} of version 3` });
    const moved = rank(theirs, other.name) - rank(ours, other.name);
    expect((row.Note?.text ?? "").replace(/\s+/g, " "), `rank change of ${other.name}`).toBe(moved === 0 ? "" : `${moved > 0 ? "▲" : "▼"} ${Math.abs(moved)}`);
  }
});
