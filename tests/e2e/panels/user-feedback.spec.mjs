// User feedback: every score equals SQL's over the same answers, the worse version is named, and comments come low scores first
// without anybody's address.
import { expect, test } from "../fixtures.mjs";
import { asTables, block, cells, expectInterval, expectShown, figure, openPanel, sentence, table } from "../shown.mjs";
import { artifact, business, DAY, loggedPrediction, planted, runOfVersion, windows } from "../truth.mjs";

const window = windows().year;
const TITLES = { "breast-cancer": "Breast cancer", digits: "Digits", diabetes: "Diabetes" };
const SMALLEST = 11;

/** The four scores in the order of the table: metric, people, and the number of a group of answers. */
const SCORES = [
  { metric: "feedback", people: "rating", of: (_, people, key) => key(people.mean).mean },
  { metric: "thumbs", people: "thumb", of: (answers) => answers.thumbsUp },
  { metric: "csat", people: "csat", of: (answers) => answers.csat },
  { metric: "nps", people: "nps", of: (answers) => answers.nps },
];

test("[user-feedback:rating] [user-feedback:thumbs] [user-feedback:csat] [user-feedback:nps] [user-feedback:people] [user-feedback:interval] every score is SQL's, over people", async ({ open }) => {
  const panel = await openPanel(open, "user-feedback", window);
  const { all, peopleBy, people } = business(window)["user-feedback"];
  for (const { metric, people: score, of } of SCORES) {
    const shown = await figure(panel, metric);
    expectShown(shown.value, of(all, peopleBy.all, (one) => one), { what: metric });
    expectShown(shown.n, peopleBy.all[score], { what: `people of ${metric}` });
  }
  const { mean, low, high } = peopleBy.all.mean;
  expectInterval(await figure(panel, "feedback"), { value: mean, low, high }, { what: "mean rating" });
  await expect(panel.locator(".panel-meta")).toContainText(`${people.toLocaleString("en-GB")} people`);
});

test("[user-feedback:by-version] [truth:worse-version] every version's scores are SQL's, and the worse one is named", async ({ open }) => {
  const panel = await openPanel(open, "user-feedback", window);
  const { byVersion, peopleBy } = business(window)["user-feedback"];
  const { headings, rows } = await cells(block(panel, "versions"));
  const versions = Object.entries(byVersion).flatMap(([model, of]) => Object.keys(of).map((version) => [model, version]));
  expect(rows.map(([name]) => name.text).sort()).toEqual(versions.map(([model, version]) => `${TITLES[model]} v${version}`).sort());
  let n_shown = 0;
  for (const [model, version] of versions) {
    const name = `${TITLES[model]} v${version}`;
    const row = rows.find(([first]) => first.text === name);
    SCORES.forEach(({ metric, people, of }, at) => {
      const [score, counted] = [row[1 + 2 * at], row[2 + 2 * at]];
      const n = peopleBy.version[people][model]?.[version] ?? 0;
      expect(headings[2 + 2 * at], "the column of people").toMatch(/^People/);
      if (n < SMALLEST) return expect([score.shown, counted.shown], `${metric} of ${name}, ${n} people`).toEqual([undefined, undefined]);
      if (counted.shown === undefined) return expect(score.text, `${metric} of ${name}`).toBe("too few to show");
      n_shown += 1;
      expectShown(counted.shown, n, { what: `people of ${metric} of ${name}` });
      return expectShown(score.shown, of(byVersion[model][version], peopleBy.version, (one) => one[model][version]), { what: `${metric} of ${name}` });
    });
  }
  expect(n_shown).toBeGreaterThan(versions.length);

  const worse = planted().business.feedback.worseVersion;
  const before = Number(worse.version) - 1;
  expect(await sentence(panel)).toContain(`${TITLES[worse.model]} v${worse.version} is rated lower than ${TITLES[worse.model]} v${before}`);
});

test("[user-feedback:over-time] the mean rating of every month is SQL's", async ({ open }) => {
  const panel = await openPanel(open, "user-feedback", window);
  await asTables(panel);
  const { headings, rows } = await cells(block(panel, "over-time"));
  const all = rows.filter(([name]) => name.text === "all versions");
  const months = Object.entries(business(window)["user-feedback"].peopleBy.month.mean).sort(([a], [b]) => a.localeCompare(b));
  expect(all.length).toBe(months.length);
  months.forEach(([month, { n, mean, low, high }], at) => {
    const cell = all[at][headings.length - 1];
    if (n < SMALLEST) expect(cell.shown, month).toBeUndefined();
    else expectInterval(cell.parts, { value: mean, low, high }, { what: `rating of ${month}` });
  });
});

/** The lowest of the given scores, on a scale from 0 to 1. */
const height = ({ rating, thumb, csat, nps }) =>
  Math.min(...[rating && (rating - 1) / 4, thumb && (thumb > 0 ? 1 : 0), csat && (csat - 1) / 4, nps === null ? null : nps / 10].filter((one) => one !== null), Infinity);

/** A comment of any length as it is shown: 600 characters at most. */
const cut = (text) => ([...text].length > 600 ? `${[...text].slice(0, 600).join("")}…` : text);

test("[user-feedback:comments] [user-feedback:masked] comments come low scores first, and nobody's address is shown", async ({ open }) => {
  const panel = await openPanel(open, "user-feedback", window, "var-model=digits");
  const expected = business(window, { model: "digits" })["user-feedback"];
  const said = expected.newestComments.toSorted((a, b) => height(a) - height(b) || b.at - a.at);
  expect(said.length, "all of them").toBe(expected.all.comments);
  const lines = block(panel, "comments").locator(".feed li");
  await expect(lines).toHaveCount(said.length);
  const texts = await lines.locator(".feed-text").allTextContents();
  const masked = said.filter(({ comment }) => expected.addresses.some((address) => comment.includes(address)));
  said.forEach((answer, at) => {
    // Two may have written in the same minute with the same score: either may come first.
    const tied = said.filter((other) => other.at === answer.at && height(other) === height(answer)).map(({ comment }) => comment);
    if (tied.some((comment) => /[@\d]/.test(comment))) expect(texts[at].length, `line ${at}`).toBeGreaterThan(0);
    else expect(tied.map((comment) => cut(comment).trim()), `line ${at}`).toContain(texts[at].trim());
  });
  expect(masked.length, "somebody left an address").toBeGreaterThan(0);
  expect(texts.filter((text) => text.includes("(masked)")).length).toBeGreaterThanOrEqual(masked.length);
  const everything = await panel.innerText();
  for (const address of expected.addresses) expect(everything).not.toContain(address);
});

test("[user-feedback:prediction] a comment opens the prediction that it is about, as MLflow has it", async ({ open }) => {
  const days = { from: window.to - 10 * DAY, to: window.to };
  const panel = await openPanel(open, "user-feedback", days, "var-model=breast-cancer");
  const { newestComments } = business(days, { model: "breast-cancer" })["user-feedback"];
  const about = newestComments.filter(({ prediction }) => prediction !== null);
  expect(about.length, "comments about a logged prediction").toBeGreaterThan(0);
  const lines = block(panel, "comments").locator(".feed li").filter({ has: panel.page().getByRole("button", { name: "Details" }) });
  await expect(lines).toHaveCount(about.length);
  // A comment may be about a prediction of the day before, which must lie in the range too; contributions are logged of some rows only.
  const sorted = about.toSorted((a, b) => height(a) - height(b) || b.at - a.at);
  const alone = ({ at }) => sorted.filter((other) => other.at === at).length === 1;
  const late = sorted.filter((one) => alone(one) && one.at > days.from + 2 * DAY).toSorted((a, b) => b.at - a.at);
  const found = [];
  for (const one of late) {
    const logged = await loggedPrediction("breast-cancer", one.prediction, one.at);
    expect(logged, `${one.prediction} is logged`).toBeDefined();
    const { rows } = await artifact(await runOfVersion("breast-cancer", logged.version), "eval/contributions.json");
    found.push({ ...one, logged, contributions: rows.find(({ id }) => id === logged.row)?.contributions });
    if (found.at(-1).contributions) break;
  }
  const { contributions, logged, ...first } = found.at(-1);
  expect(contributions, "a prediction with contributions").toBeDefined();
  const place = sorted.findIndex(({ at }) => at === first.at);
  await lines.nth(place).getByRole("button", { name: "Details" }).click();
  const fields = block(panel, "prediction");
  await expect(fields).toContainText(first.prediction);
  const rows = Object.fromEntries((await table(fields)).map((row) => [row.Field.text, row.Value.text]));
  for (const name of ["id", "model", "version", "region", "segment"]) expect(rows[name], name).toBe(String(logged[name]));
  for (const name of ["label", "prediction", "score", "mean radius", "mean texture"]) expect(Number(rows[name]), name).toBeCloseTo(logged[name], 9);
  await expect(block(panel, "contributions")).toBeVisible();
});
