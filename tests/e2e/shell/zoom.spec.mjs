// Zooming an axis of steps: by drag, by double click and by keys, kept in the address, undone by Back.
import { expect, ready, test } from "../fixtures.mjs";
import { asTables, block, rowCount, table } from "../shown.mjs";

const ID = "training-curves";
const VIEW = `role=data-scientist&panel=${ID}&var-model=breast-cancer&set-${ID}.experiment=long-history`;
/** The same with a few dozen steps, where the picture's detail does not matter. */
const SHORT = `role=data-scientist&panel=${ID}&var-model=breast-cancer&set-${ID}.experiment=breast-cancer-sgd`;
const query = (page) => new URL(page.url()).searchParams;
const zoomed = (page) => query(page).get(`set-${ID}.zoom`);
const panel = (page) => page.locator(`[data-panel="${ID}"]`);
const canvas = (page) => panel(page).locator('[data-block="curves"] .chart-canvas');

/** Drags between two shares of the chart's width. */
async function drag(page, from, to) {
  await canvas(page).locator("canvas").first().waitFor();
  await canvas(page).scrollIntoViewIfNeeded();
  const box = await canvas(page).boundingBox();
  const at = (share) => [box.x + box.width * share, box.y + box.height / 2];
  await page.mouse.move(...at(from));
  await page.mouse.down();
  await page.mouse.move(...at((from + to) / 2), { steps: 4 });
  await page.mouse.move(...at(to), { steps: 4 });
  await page.mouse.up();
}

const ends = (text) => text.split("..").map(Number);

/** Steps of the drawn points. */
async function steps(page) {
  await asTables(panel(page));
  const rows = await table(block(panel(page), "curves"));
  return { n: await rowCount(block(panel(page), "curves")), rows: rows.map((row) => row.Step.value) };
}

test("a drag on the steps zooms the curves, their extremes are found anew, and Back undoes it", async ({ page, open }) => {
  await open(VIEW);
  await drag(page, 0.5, 0.6);
  await expect.poll(() => zoomed(page)).toMatch(/^\d+(\.\d+)?\.\.\d+(\.\d+)?$/);
  const [from, to] = ends(zoomed(page));
  expect(to - from).toBeLessThan(3_000);
  expect(query(page).has("from"), "the time range stays").toBe(false);
  await ready(page);
  const inside = await steps(page);
  // One point beyond each end leads the line out of the picture.
  expect(Math.min(...inside.rows)).toBeGreaterThanOrEqual(from - 40);
  expect(inside.rows.filter((step) => step < from).length).toBeLessThanOrEqual(8);
  // Within so few steps all logged points are drawn, each step once.
  const first = inside.rows.filter((step) => step >= from && step <= to).slice(0, 50);
  expect(first.slice(1).every((step, i) => step - first[i] === 1)).toBe(true);
  await page.goBack();
  await expect.poll(() => zoomed(page)).toBeNull();
});

test("a double click goes back out", async ({ page, open, browserName }) => {
  await open(`${SHORT}&set-${ID}.zoom=5..20`);
  await canvas(page).locator("canvas").first().waitFor();
  const box = await canvas(page).boundingBox();
  const at = { clientX: box.x + box.width / 2, clientY: box.y + box.height / 2 };
  await page.mouse.dblclick(at.clientX, at.clientY);
  // An installed Firefox under its driver counts two single clicks and sends no event for both.
  if (browserName === "firefox") await canvas(page).locator("canvas").first().dispatchEvent("dblclick", { ...at, bubbles: true });
  await expect.poll(() => zoomed(page)).toBeNull();
});

test("the keys + and - zoom around the cursor and back out", async ({ page, open }) => {
  await open(SHORT);
  await canvas(page).locator("canvas").first().waitFor();
  await canvas(page).focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("+");
  await expect.poll(() => zoomed(page)).toMatch(/^\d/);
  const wide = ends(zoomed(page));
  await ready(page);
  await page.keyboard.press("+");
  await expect.poll(() => ends(zoomed(page))[1]).toBeLessThan(wide[1]);
  await page.keyboard.press("-");
  await expect.poll(() => zoomed(page)).toBeNull();
});

test("another axis has another unit: the zoom goes with it", async ({ page, open }) => {
  await open(`${SHORT}&set-${ID}.zoom=5..20`);
  // The switch shows the axis that the engine has drawn, so it turns only once that has answered.
  await panel(page).getByRole("radio", { name: "Time" }).click({ force: true });
  await expect.poll(() => zoomed(page)).toBeNull();
});
