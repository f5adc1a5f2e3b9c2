// Market adoption: accounts in use, their share of those that could be, and the growth of new ones are those of SQL.
import { expect, test } from "../fixtures.mjs";
import { asTables, block, expectAround, expectInterval, expectShown, figure, openPanel, sentence, table } from "../shown.mjs";
import { business, DAY, windows } from "../truth.mjs";

const window = windows().quarter;
const { to } = window;

test("[market-adoption:accounts] [market-adoption:penetration] [market-adoption:growth] the three numbers, of all and of one region", async ({ open }) => {
  for (const filters of [{}, { region: "us-east" }]) {
    const panel = await openPanel(open, "market-adoption", window, new URLSearchParams(Object.entries(filters).map(([name, value]) => [`var-${name}`, value])).toString());
    const found = business(window, filters)["market-adoption"];
    const accounts = await figure(panel, "adoption");
    expectShown(accounts.value, found.accounts, { what: "accounts in use" });
    expectShown(accounts.n, found.signedUp, { what: "ever signed up" });
    const penetration = await figure(panel, "penetration");
    expectInterval(penetration, { value: found.penetration, low: found.low, high: found.high }, { what: "penetration" });
    expectShown(penetration.n, found.could, { what: "accounts that could" });
    const growth = await figure(panel, "adoption-growth");
    expectShown(growth.value, found.growth, { what: "growth of new accounts" });
    expectAround(growth, { what: "growth" });
    expect(await sentence(panel)).toContain("of those that could be");
  }
});

test("[market-adoption:by-region] [market-adoption:by-segment] [market-adoption:by-country] penetration of every part has Wilson's interval", async ({ open }) => {
  const panel = await openPanel(open, "market-adoption", window);
  const found = business(window)["market-adoption"];
  for (const [by, heading] of [["region", "Region"], ["segment", "Segment"], ["country", "Country"]]) {
    const rows = await table(block(panel, `table-${by}`));
    expect(rows.map((row) => row[heading].text).sort(), by).toEqual(Object.keys(found[by]).sort());
    for (const [name, { accounts, could, penetration, low, high }] of Object.entries(found[by])) {
      const row = rows.find((one) => one[heading].text === name);
      expectShown(row["In use"].shown, accounts, { what: `accounts of ${name}` });
      expectShown(row["Could be (n)"].shown, could, { what: `market of ${name}` });
      expectInterval(row.Penetration.parts, { value: penetration, low, high }, { what: `penetration of ${name}` });
    }
  }
});

test("[market-adoption:curve] [market-adoption:new] the curve is the accounts in use at each month's end, and new ones are those of each month", async ({ open }) => {
  const panel = await openPanel(open, "market-adoption", window);
  const months = Object.values(business(window)["market-adoption"].byMonth);
  await asTables(panel);
  const lines = await table(block(panel, "curve"));
  const points = lines.filter((row) => row.Line.text === "in use").map((row) => row.Value);
  // A year up to the end: from the first day of the month in which it begins, at which that before it ends.
  const yearAgo = new Date(to - 365 * DAY);
  const first = Date.UTC(yearAgo.getUTCFullYear(), yearAgo.getUTCMonth());
  expect(points.length).toBe(months.filter((month) => month.to >= first).length);
  months.slice(-points.length).forEach(({ inUse }, at) => expectShown(points[at].shown, inUse, { what: `in use at the end of month ${at + 1}` }));
  const whole = months.filter(({ isWhole }) => isWhole);
  const news = (await table(block(panel, "new"))).map((row) => row.Value);
  expect(news.length).toBe(whole.filter((month) => month.from >= first).length);
  whole.slice(-news.length).forEach((month, at) => expectShown(news[at].shown, month.new, { what: `new in month ${at + 1}` }));
});
