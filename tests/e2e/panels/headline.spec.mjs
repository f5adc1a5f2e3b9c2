// In short: the six numbers are those of SQL and of the counters, and the sentence says what moved most and what moved it.
import { expect, test } from "../fixtures.mjs";
import { block, expectAround, expectShown, figure, openPanel, sentence, table } from "../shown.mjs";
import { business, DAY, planted, promGrowth, windows } from "../truth.mjs";

const { quarter } = windows();
const before = { from: quarter.from - 90 * DAY, to: quarter.from };
const POINTS = { suffixes: { pp: 0.01 } };

/** The sums among the headlines, of a window and what is chosen. */
function sums(window, filters = {}) {
  const found = business(window, filters);
  const { modelRevenue: brought, savings, cost: costs } = found.roi;
  return { brought, savings, costs, news: found["market-adoption"].newInWindow };
}

test("[headline:roi] [headline:revenue] [headline:satisfaction] [headline:adoption-growth] [headline:risks] at most six numbers, against the period before and their target", async ({ open }) => {
  const panel = await openPanel(open, "headline", quarter);
  const [now, then] = [business(quarter), business(before)];
  await expect(panel.locator(".figure")).toHaveCount(6);
  const growth = ({ newInWindow, signedUp }) => newInWindow / (signedUp - newInWindow);
  for (const [metric, title, of, options] of [
    ["roi", "ROI", ({ roi }) => roi.roi, POINTS],
    ["revenue", "Revenue influenced", ({ roi }) => roi.modelRevenue],
    ["feedback", "Customer satisfaction", (found) => found["user-feedback"].all.rating],
    ["adoption", "Adoption growth", (found) => growth(found["market-adoption"]), POINTS],
  ]) {
    await expect(panel.locator(".figure-title").filter({ hasText: new RegExp(`^${title}$`) })).toHaveCount(1);
    const shown = await figure(panel, metric);
    expectShown(shown.value, of(now), { what: title });
    expectShown(shown.delta, of(now) - of(then), { what: `change of ${title}`, relative: 1e-7, ...options });
    expectAround(shown, { what: title });
  }
  expectShown((await figure(panel, "revenue")).n, now.roi.n.customers, { what: "customers" });
  const satisfaction = await figure(panel, "feedback");
  expectShown(satisfaction.n, now["user-feedback"].all.ratings, { what: "ratings" });
  expectShown(satisfaction.target, 4.2, { what: "target of ratings" });
  const risks = await figure(panel, "risks");
  expectShown(risks.value, now.risk.open, { what: "open risks" });
  expectShown(risks.n, now.risk.risks, { what: "risks" });
});

test("[headline:quality] the quality of the models is their share of right answers, counted", async ({ open }) => {
  const { days } = windows();
  const panel = await openPanel(open, "headline", days);
  const counted = await promGrowth("predictions_total", ["actual", "predicted"], days);
  const sum = (pairs) => pairs.reduce((total, [, n]) => total + n, 0);
  const all = Object.entries(counted);
  const hits = all.filter(([key]) => key.split("/")[0] === key.split("/")[1]);
  const shown = await figure(panel, "confusion-counts");
  expectShown(shown.value, Math.round(sum(hits)) / Math.round(sum(all)), { what: "model quality" });
  expectShown(shown.n, Math.round(sum(all)), { what: "predictions" });
  expectAround(shown, { what: "model quality" });
});

test("[headline:sentence] [headline:contribution] the sentence names what moved most and what contributed most, and the parts add up", async ({ open }) => {
  const panel = await openPanel(open, "headline", quarter);
  const [now, then] = [sums(quarter), sums(before)];
  const said = await block(panel, "changed").innerText();
  // What moved most is named, with what it was and is.
  const moved = await table(block(panel, "headlines"));
  const furthest = moved.toSorted((a, b) => (b["In widths of its noise"].value ?? 0) - (a["In widths of its noise"].value ?? 0))[0];
  const TITLES = { "revenue brought by models": "brought", savings: "savings", costs: "costs", "new accounts": "news", "customer satisfaction": "rating" };
  const headline = TITLES[furthest.Headline.text];
  for (const [window, found] of [[quarter, now], [before, then]]) found.rating = business(window)["user-feedback"].all.rating;
  expect(said.toLowerCase()).toContain(`${furthest.Headline.text} ${now[headline] > then[headline] ? "rose" : "fell"} most beyond noise`);
  for (const row of moved) {
    const [after, earlier] = [now[TITLES[row.Headline.text]], then[TITLES[row.Headline.text]]];
    // Means have a test of their own; without an interval there is no change to show.
    if (after === undefined || row["Change by what it was"].shown === undefined) continue;
    expectShown(row["Change by what it was"].shown, (after - earlier) / earlier, { what: `change of ${row.Headline.text}`, relative: 1e-7 });
  }
  // Its parts add up to its change, and each is the difference that SQL says.
  expect(headline, "what the lab's growth and its falling ratings move most").toMatch(/^(brought|rating)$/);
  const best = [];
  for (const by of ["segment", "region", "model"]) {
    const rows = await table(block(panel, `by-${by}`));
    const total = rows.reduce((sum, row) => sum + row["Moved it by"].value, 0);
    expect(total, by).toBeCloseTo(now[headline] - then[headline], 4);
    for (const row of rows) {
      const name = row[Object.keys(row)[0]].text;
      if (headline !== "brought") continue;
      const id = { "Breast cancer": "breast-cancer", Digits: "digits", Diabetes: "diabetes" }[name] ?? name;
      const of = (window) => business(window).roi.broughtBy[by][id] ?? 0;
      const change = of(quarter) - of(before);
      expectShown(row["Moved it by"].shown, change, { what: `${by} ${name}`, absolute: 1e-6 });
      if (row.Called.text === "clear") best.push([`${by} ${name}`, change]);
    }
    if (headline !== "brought") best.push(...rows.filter((row) => row.Called.text === "clear").map((row) => [`${by} ${row[Object.keys(row)[0]].text}`, row["Moved it by"].value]));
  }
  const along = best.filter(([, change]) => change * (now[headline] - then[headline]) > 0).sort(([, a], [, b]) => Math.abs(b) - Math.abs(a));
  // Two dimensions together are named only where they explain most of what each explains.
  const [, segment, region] = said.match(/segment (\S+) in region (\S+) contributed most/) ?? [];
  if (region !== undefined && headline === "brought") {
    const change = sums(quarter, { region, segment })[headline] - sums(before, { region, segment })[headline];
    expect(change / along[0][1], "the pair's part of the foremost").toBeGreaterThanOrEqual(2 / 3);
  } else if (/ (in|of) (region|model) .+ contributed most/.test(said)) expect(along.length, "what is named is clear").toBeGreaterThan(0);
  else if (along.length > 0) expect(said).toContain(`${along[0][0]} contributed most`);
  else expect(said).toContain("stands out");
});

test("[truth:dip] asked of the region and segment of the planted dip, the sentence says by how much revenue fell in its month", async ({ open }) => {
  const { from, to: until, region, segment } = planted().business.dip;
  const panel = await openPanel(open, "headline", { from, to: until }, `var-region=${region}&var-segment=${segment}`);
  const [after, earlier] = [{ from, to: until }, { from: 2 * from - until, to: from }].map((window) => sums(window, { region, segment }).brought);
  expect(after / earlier).toBeLessThan(0.6);
  const said = await sentence(panel);
  const moved = await table(block(panel, "headlines"));
  const revenue = moved.find((row) => row.Headline.text === "revenue brought by models");
  expectShown(revenue["Change by what it was"].shown, (after - earlier) / earlier, { what: "change in the dip", relative: 1e-7 });
  // So few order there that, corrected for all headlines, a month's fall is not clear in every draw: the sentence follows the table.
  if (revenue.Called.text === "clear") expect(said).toContain("Revenue brought by models fell");
  else expect(said).toContain("no clear change");
  expectShown((await figure(panel, "revenue")).value, after, { what: "revenue in the dip" });
  expectShown((await figure(panel, "revenue")).delta, after - earlier, { what: "fall of revenue", relative: 1e-7 });
});

test("[headline:evidence] a figure opens the panel that explains it, filtered to its model and of the same time, and Back undoes it", async ({ open }) => {
  const panel = await openPanel(open, "headline", quarter, "var-model=breast-cancer");
  const page = panel.page();
  const link = panel.getByRole("button", { name: /^Model quality: .+: open the panel that explains it$/ });
  const box = await link.boundingBox();
  expect(Math.min(box.width, box.height), "the smallest target").toBeGreaterThanOrEqual(24);
  const before = new URL(page.url());
  await link.focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/panel=model-performance/);
  const opened = new URL(page.url()).searchParams;
  expect(opened.getAll("var-model")).toEqual(["breast-cancer"]);
  for (const name of ["from", "to"]) expect(opened.get(name), name).toBe(before.searchParams.get(name));
  await page.goBack();
  await expect(page).toHaveURL(before.href);
});
