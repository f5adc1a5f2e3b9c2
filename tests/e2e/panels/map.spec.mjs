// The world map: the regions of the demo, by pointer and by keyboard, saved, and as a table when its outlines cannot be had.
import { expect, ready, test } from "../fixtures.mjs";
import { saved } from "../downloads.mjs";
import { asTables, block, table } from "../shown.mjs";

test.use({ origins: [] });

const VIEW = "panel=market-adoption";
const REGIONS = ["ap-south", "eu-west", "us-east"];
const panel = (page) => page.locator('[data-panel="market-adoption"]');
const map = (page) => block(panel(page), "map-region");
const parts = (page) => map(page).locator(".map-part");
const keys = async (page) => [...new Set(await parts(page).evaluateAll((all) => all.map((part) => part.dataset.key)))].sort();
const filter = (page) => new URL(page.url()).searchParams.get("var-region");

/** A point of the screen at which the pointer is on a region. */
const pointOf = (page, key) =>
  map(page).locator(`.map-part[data-key="${key}"]`).first().evaluate((part) => {
    const { left, right, top, bottom } = part.getBoundingClientRect();
    for (let x = left; x < right; x += 3) {
      for (let y = top; y < bottom; y += 3) if (document.elementFromPoint(x, y) === part) return { x, y };
    }
    return null;
  });

test("the outlines are fetched with the first map, and no sooner", async ({ page, open }) => {
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await open("role=data-scientist");
  expect(asked.filter((url) => /\/assets\/world-/.test(url))).toEqual([]);
  await open(VIEW);
  await parts(page).first().waitFor();
  expect(asked.filter((url) => /\/assets\/world-/.test(url))).toHaveLength(1);
});

test("a region says its value to the pointer and filters by a click", async ({ page, open }) => {
  await open(VIEW);
  await parts(page).first().waitFor();
  expect(await keys(page)).toEqual(REGIONS);
  await map(page).scrollIntoViewIfNeeded();
  const { x, y } = await pointOf(page, "us-east");
  await page.mouse.move(x, y);
  await expect(map(page).locator(".tip")).toContainText(/us-east.*\d\s%/);
  await page.mouse.click(x, y);
  await expect.poll(() => filter(page)).toBe("us-east");
  await ready(page);
  await expect.poll(() => keys(page)).toEqual(["us-east"]);
  await expect(parts(page).first()).toHaveAttribute("data-chosen", "");
  await page.goBack();
  await expect.poll(() => keys(page)).toEqual(REGIONS);
});

test("the arrows walk over the regions, Enter filters, Escape leaves", async ({ page, open }) => {
  await open(VIEW);
  await parts(page).first().waitFor();
  await map(page).locator(".chart-canvas").focus();
  const said = map(page).locator("[aria-live]");
  const heard = new Set();
  for (const key of ["Home", "ArrowRight", "ArrowRight"]) {
    await page.keyboard.press(key);
    await expect(said).toContainText("%");
    heard.add((await said.textContent()).split(":")[0]);
  }
  expect([...heard].sort()).toEqual(REGIONS);
  await page.keyboard.press("Escape");
  await expect(said).toBeEmpty();
  await page.keyboard.press("Home");
  const [first] = (await said.textContent()).split(":");
  await page.keyboard.press("Enter");
  await expect.poll(() => filter(page)).toBe(first);
});

test("the map is saved as a picture that is whole in itself", async ({ page, open }) => {
  await open("role=executive");
  await panel(page).scrollIntoViewIfNeeded();
  await parts(page).first().waitFor();
  const shown = await panel(page).locator(".chart-canvas").count();
  const files = await saved(page, async () => {
    await panel(page).getByRole("button", { name: "Panel menu" }).click();
    await page.getByRole("menuitem", { name: "Export SVG" }).click();
  }, shown);
  const svg = files.find(({ name }) => name.includes("map-region")).bytes.toString();
  for (const region of REGIONS) expect(svg).toContain(region);
  expect(svg).not.toMatch(/NaN|var\(--/);
  // Every paint that a shape names is defined in the file.
  for (const [, id] of svg.matchAll(/url\(#([^)]+)\)/g)) expect(svg).toContain(`id="${id}"`);
});

test("without its outlines the map is its table, and the table has the countries", async ({ page, open }) => {
  await page.route(/\/assets\/world-/, (route) => route.fulfill({ body: "{}", contentType: "application/json" }));
  await open(VIEW);
  await expect(map(page).locator("table")).toBeVisible();
  const rows = await table(map(page));
  expect(rows.map((row) => row.Name.text).sort()).toEqual(REGIONS);
  expect(rows.find((row) => row.Name.text === "us-east").Countries.text).toBe("US CA MX BR");
});

test("as a table and on a phone the map has the same rows", async ({ page, open }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await open(VIEW);
  await parts(page).first().waitFor();
  const { width } = await map(page).locator("svg.map-picture").boundingBox();
  expect(width).toBeLessThanOrEqual(390);
  await asTables(panel(page));
  expect((await table(map(page))).map((row) => row.Name.text).sort()).toEqual(REGIONS);
});
