// Compliance: status, rating, owner, review and controls of every model are those of the records, and what is overdue is named.
import { expect, test } from "../fixtures.mjs";
import { block, expectShown, figure, openPanel, sentence, table } from "../shown.mjs";
import { business, planted, records, windows } from "../truth.mjs";

const window = windows().days;
const TITLES = { "breast-cancer": "Breast cancer", digits: "Digits", diabetes: "Diabetes" };
const WORDS = { met: "met", partly: "partly met", open: "open", overdue: "overdue" };
const inDays = (ms) => new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).format(ms);

test("[compliance:status] [compliance:rating] [compliance:owner] [compliance:next-review] [compliance:controls] every model's record", async ({ open }) => {
  const panel = await openPanel(open, "compliance", window);
  const { models } = business(window).compliance;
  const rows = await table(block(panel, "models"));
  expect(rows.map((row) => row.Model.text).sort()).toEqual(Object.keys(models).map((id) => TITLES[id]).sort());
  for (const [id, record] of Object.entries(models)) {
    const row = rows.find(({ Model }) => Model.text === TITLES[id]);
    expect(row.Status.text, id).toBe(record.status);
    expect(row["Risk rating"].text, id).toBe(record.rating);
    expect(row.Owner.text, id).toBe(record.owner ?? "nobody");
    expect(row["Next review"].text, id).toContain(inDays(record.nextReview));
    if (record.reviewOverdue) expect(row.Review.text, id).toBe("overdue");
    else expect(row.Review.text, id).not.toBe("overdue");
    for (const [state, heading] of [["overdue", "Overdue"], ["open", "Open"], ["partly", "Partly met"], ["met", "Met"]]) {
      expectShown(row[heading].shown, record.controls[state] ?? 0, { what: `${state} controls of ${id}` });
    }
  }
});

test("[compliance:overdue] [compliance:met] [truth:registers] what is overdue is counted, listed with the oldest first, and named", async ({ open }) => {
  const panel = await openPanel(open, "compliance", window);
  const { models, overdueControls, overdueReviews } = business(window).compliance;
  expect(overdueControls).toBe(planted().business.registers.overdueControls);
  expectShown((await figure(panel, "compliance-overdue")).value, overdueControls + overdueReviews.length, { what: "overdue" });
  const controls = Object.values(models).flatMap((model) => Object.entries(model.controls));
  const sum = (states) => states.reduce((total, [, n]) => total + n, 0);
  const met = await figure(panel, "controls-met");
  expectShown(met.value, sum(controls.filter(([state]) => state === "met")) / sum(controls), { what: "controls met" });
  expectShown(met.n, sum(controls), { what: "controls" });
  const late = (await records("governance.json")).filter((one) => one.control_status === "overdue");
  const listed = await table(block(panel, "overdue"));
  const expected = [
    ...late.map(({ control, model, due }) => [control, TITLES[model], due]),
    ...overdueReviews.map((model) => ["Review of the model", TITLES[model], models[model].nextReview]),
  ].sort(([, , a], [, , b]) => a - b);
  expect(listed.map((row) => [row.What.text, row.Model.text])).toEqual(expected.map(([what, model]) => [what, model]));
  listed.forEach((row, at) => expect(row.Due.text).toContain(inDays(expected[at][2])));
  expect(await sentence(panel)).toContain(`the oldest is ${expected[0][0]} of ${expected[0][1]}`);
});

test("[compliance:evidence] [compliance:frameworks] every control with its framework, state, day and evidence", async ({ open }) => {
  const panel = await openPanel(open, "compliance", window);
  const found = await records("governance.json");
  const rows = await table(block(panel, "controls"));
  expect(rows.length).toBe(found.length);
  for (const one of found) {
    const what = `${one.control} of ${one.model}`;
    const row = rows.find(({ Control, Model }) => Control.text === one.control && Model.text === TITLES[one.model]);
    expect(row.Framework.text, what).toBe(one.framework);
    expect(row.State.text, what).toBe(WORDS[one.control_status]);
    expect(row.Due.text, what).toContain(inDays(one.due));
    if (one.evidence) expect(row.Evidence.text, what).toBe(one.evidence);
    else expect(row.Evidence.text, what).not.toContain("http");
  }
  const frameworks = await table(block(panel, "frameworks"));
  for (const name of new Set(found.map(({ framework }) => framework))) {
    const row = frameworks.find(({ Framework }) => Framework.text === name);
    const mine = found.filter(({ framework }) => framework === name);
    expectShown(row.Controls.shown, mine.length, { what: `controls of ${name}` });
    expectShown(row.Met.shown, mine.filter((one) => one.control_status === "met").length, { what: `met of ${name}` });
  }
});
