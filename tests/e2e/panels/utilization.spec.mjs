// Utilisation: requests by whom and for what, callers, the share of what could have asked, and who does not ask, as SQL counts them.
import { expect, test } from "../fixtures.mjs";
import { asTables, block, expectShown, figure, openPanel, rowCount, sentence, table } from "../shown.mjs";
import { business, DAY, planted, windows } from "../truth.mjs";

const window = windows().year;
const TITLES = { "breast-cancer": "Breast cancer", digits: "Digits", diabetes: "Diabetes", wine: "Wine" };

test("[utilization:requests] [utilization:callers] [utilization:eligible-share] [utilization:idle] [truth:idle-model] requests, callers and the share of the eligible are SQL's, and the model that nobody asks is named", async ({ open }) => {
  const panel = await openPanel(open, "utilization", window);
  const expected = business(window).utilization;
  const rate = await figure(panel, "usage");
  expectShown(rate.value, expected.requestsADay, { what: "requests a day" });
  expectShown(rate.n, expected.wholeDays, { what: "whole days" });
  const callers = await figure(panel, "active-callers");
  expectShown(callers.value, expected.activeCallers, { what: "active callers" });
  expectShown(callers.n, expected.requests, { what: "requests" });
  const share = await figure(panel, "eligible-share");
  expectShown(share.value, expected.shareOfEligible, { what: "share of eligible traffic" });
  expectShown(share.n, expected.couldHaveAsked, { what: "eligible decisions" });
  expect(share.low.value).toBeLessThan(expected.shareOfEligible);
  expect(share.high.value).toBeGreaterThan(expected.shareOfEligible);
  expectShown((await figure(panel, "idle-models")).value, expected.idle.length, { what: "idle models" });
  expect(expected.idle, "wine is served nowhere").toEqual(["wine"]);

  const rows = await table(block(panel, "models"));
  expect(rows.map((row) => row.Model.text).sort()).toEqual(Object.values(TITLES).sort());
  for (const [model, title] of Object.entries(TITLES)) {
    const row = rows.find((one) => one.Model.text === title);
    const requests = expected.model[model] ?? 0;
    expectShown(row.Requests.shown, requests, { what: `requests of ${model}` });
    expectShown(row["Of all requests"].shown, requests / expected.requests, { what: `share of ${model}` });
    if (model in expected.eligible) {
      expectShown(row["Eligible decisions"].shown, expected.eligible[model], { what: `decisions of ${model}` });
      expectShown(row["Share of eligible"].shown, expected.share[model], { what: `share of the eligible of ${model}` });
    }
    expect(row.State.text, model).toContain(expected.idle.includes(model) ? "idle, never asked" : "in use");
  }
  const found = await table(block(panel, "callers"));
  expect(found.map((row) => row.Caller.text).sort()).toEqual(Object.keys(expected.caller).sort());
  for (const row of found) expectShown(row.Requests.shown, expected.caller[row.Caller.text], { what: `requests of ${row.Caller.text}` });
  expect(await sentence(panel)).toContain("Wine");
});

test("[utilization:by] requests by model, team and feature are SQL's", async ({ open }) => {
  const panel = await openPanel(open, "utilization", window);
  const expected = business(window).utilization;
  await asTables(panel);
  for (const by of ["model", "team", "feature"]) {
    const rows = await table(block(panel, `by-${by}`));
    const named = Object.fromEntries(Object.entries(expected[by]).map(([name, n]) => [by === "model" ? TITLES[name] : name, n]));
    expect(rows.map((row) => row.Name.text).sort()).toEqual(Object.keys(named).sort());
    for (const row of rows) expectShown(row.Value.shown, named[row.Name.text], { what: `requests of ${by} ${row.Name.text}` });
    expect(await rowCount(block(panel, `by-${by}`))).toBe(rows.length);
  }
});

test("[utilization:filter] [truth:missing-caller] in its region the caller that went silent is shown with nothing against the days before", async ({ open }) => {
  const { caller, region, from, to } = planted().business.usage.missingCaller;
  const silent = { from, to };
  const before = { from: from - (to - from), to: from };
  const panel = await openPanel(open, "utilization", silent, `var-region=${region}&compare=previous`);
  const [now, then] = [silent, before].map((one) => business(one, { region }).utilization);
  expect(now.caller[caller], "SQL finds none either").toBeUndefined();
  expect(to - from).toBeGreaterThan(DAY);
  const rows = await table(block(panel, "callers"));
  const heading = Object.keys(rows[0]).find((name) => name.startsWith("Requests, "));
  for (const row of rows) {
    expectShown(row.Requests.shown, now.caller[row.Caller.text] ?? 0, { what: `requests of ${row.Caller.text}` });
    expectShown(row[heading].shown, then.caller[row.Caller.text] ?? 0, { what: `requests of ${row.Caller.text} before` });
  }
  expect(rows.find((row) => row.Caller.text === caller)?.Requests.value).toBe(0);
  expectShown((await figure(panel, "active-callers")).value, now.activeCallers, { what: "active callers" });
});
