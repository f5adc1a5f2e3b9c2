// The keys of charts and ranges, and the comparison of one region or segment with the rest.
import { expect, ready, test } from "../fixtures.mjs";

const query = (page) => new URL(page.url()).searchParams;
const ALONE = "role=ml-engineer&panel=latency-throughput";

async function chord(page, keys) {
  for (const key of keys.split(" ")) await page.keyboard.press(key);
}

test("d l takes the names of lines off the charts and puts them back", async ({ page, open }) => {
  await open("role=ml-engineer&panel=resources");
  const legends = page.locator(".legend:visible");
  await expect(legends).not.toHaveCount(0);
  await chord(page, "d l");
  await expect(legends).toHaveCount(0);
  await chord(page, "d l");
  await expect(legends).not.toHaveCount(0);
});

test("d x takes marks off the charts and puts them back", async ({ page, open }) => {
  await open("role=data-scientist&panel=training-curves");
  const chart = page.locator('[data-block="curves"] .chart-canvas');
  await chart.locator("canvas").first().waitFor();
  await ready(page);
  // The canvas itself: Playwright's screenshots put a style into Firefox's page, which its policy forbids.
  const ink = () => chart.locator("canvas").evaluateAll((all) => all.map((canvas) => canvas.toDataURL()).join());
  await page.mouse.move(0, 0);
  const marked = await ink();
  await chord(page, "d x");
  await expect.poll(async () => (await ink()) === marked).toBe(false);
  await chord(page, "d x");
  await expect.poll(async () => (await ink()) === marked).toBe(true);
});

test("t v takes the range that was copied, from Grafana or from a link", async ({ page, open, context, browserName }) => {
  test.skip(browserName === "firefox", "an installed Firefox asks before it lets the clipboard be read");
  await context.grantPermissions(["clipboard-write", "clipboard-read"]);
  await open(ALONE);
  const copied = async (text) => {
    await page.evaluate((text) => navigator.clipboard.writeText(text), text);
    await chord(page, "t v");
  };
  await copied('{"from":"now-2d","to":"now-1d"}');
  await expect.poll(() => [query(page).get("from"), query(page).get("to")]).toEqual(["now-2d", "now-1d"]);
  await copied("https://other.example/d/x?from=now-3h&to=now-1h");
  await expect.poll(() => query(page).get("from")).toBe("now-3h");
  await copied("no range at all");
  await expect(page.locator(".notices")).toContainText("no time range");
  expect(query(page).get("from")).toBe("now-3h");
});

test("Ctrl O keeps the crosshair on one chart, and the help lists every key", async ({ page, open }) => {
  await open(ALONE);
  await page.keyboard.press("Control+o");
  await expect(page.locator(".notices")).toContainText("on one chart");
  await page.keyboard.press("Control+o");
  await expect(page.locator(".notices")).toContainText("on all time charts");
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keys" });
  for (const what of ["Paste range", "Names of lines", "Marked points", "Crosshair"]) await expect(help).toContainText(what);
});

test("an absolute range is shown as local time and typed as such", async ({ page, open }) => {
  await open(`${ALONE}&from=1795424400000&to=1795431600000&tz=Europe/Berlin`);
  await expect(page.locator(".time-button")).toContainText("2026-11-23 10:00 to 12:00");
  await page.locator(".time-button").click();
  const picker = page.locator(".time-picker");
  await expect(picker.getByLabel("From")).toHaveValue("2026-11-23 10:00");
  await expect(picker.getByLabel("To", { exact: true })).toHaveValue("2026-11-23 12:00");
  await picker.getByLabel("From").fill("2026-11-23 09:30:15");
  await picker.getByRole("button", { name: "Use range" }).click();
  await expect.poll(() => query(page).get("from")).toContain("09:30:15");
});

test("a region is compared with the rest from the menu", async ({ page, open }) => {
  await open(ALONE);
  await page.getByRole("button", { name: "Compare" }).click();
  await expect(page.getByText("Region against the rest")).toBeVisible();
  const regions = page.locator('[data-rest="region"]').getByRole("menuitemradio");
  await expect(regions).not.toHaveCount(0);
  const name = (await regions.first().textContent()).trim();
  await regions.first().click();
  await expect.poll(() => query(page).get("compare")).toBe(`region:${name}`);
  await expect(page.locator(".bar")).toContainText(`all regions but ${name}`);
  await page.goBack();
  await expect.poll(() => query(page).has("compare")).toBe(false);
});
