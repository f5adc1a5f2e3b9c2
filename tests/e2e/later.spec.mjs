// What comes later does so: not before the first dashboard is drawn, then by itself, and sooner where it is needed.
import { expect, ready, test } from "./fixtures.mjs";
import { APP } from "./places.mjs";

const LATER = /\/(?:(?:sightline|engine)_later-[0-9a-f]+\.wasm|assets\/charts-more-[0-9A-Z]+\.js)$/;
const ALL = ["assets/charts-more", "engine_later", "sightline_later"];

function watched(context) {
  const seen = new Set();
  context.on("request", (request) => {
    const name = LATER.exec(request.url());
    if (name) seen.add(request.url().slice(APP.url.length).replace(/-[0-9A-Za-z]+\.\w+$/, ""));
  });
  return () => [...seen].sort();
}

test("a cold start draws the first dashboard without the page's later part", async ({ page, context }) => {
  const later = watched(context);
  // Both clocks are this machine's: what is asked for in the same task in which the page becomes ready comes after it.
  const askedAt = [];
  // The engine's part and the rarer charts come sooner than they should: docs/decisions/parts-that-come-later.md.
  context.on("request", (request) => /sightline_later/.test(request.url()) && askedAt.push(Date.now()));
  await page.addInitScript(() => {
    new MutationObserver(() => {
      if (document.documentElement.hasAttribute("data-ready")) window.drawnAt ??= Date.now();
    }).observe(document, { attributes: true, subtree: true, attributeFilter: ["data-ready"] });
  });
  await page.goto(APP.url);
  await ready(page);
  // Then they come without being asked for.
  await expect.poll(later).toEqual(ALL);
  const drawnAt = await page.evaluate(() => window.drawnAt);
  expect(askedAt.filter((at) => at < drawnAt)).toEqual([]);
});

test("an address with a query brings both programs whole", async ({ page, context }) => {
  const later = watched(context);
  await page.goto(`${APP.url}?role=ml-engineer`);
  await ready(page);
  expect(later()).toEqual(expect.arrayContaining(["engine_later", "sightline_later"]));
  await expect(page.locator("#failure")).toHaveCount(0);
});

test.describe("when the later part does not come", () => {
  test.use({ tolerated: [/.*/] });

  test("in the background, a click waits for it", async ({ page }) => {
    // In the background it never arrives; a call must fetch it.
    await page.route(/_later-[0-9a-f]+\.wasm$/, (route) => (route.request().resourceType() === "fetch" ? route.abort() : route.continue()));
    await page.goto(APP.url);
    await ready(page);
    await page.keyboard.press("Control+k");
    await expect(page.getByRole("dialog")).toBeVisible();
  });

  test("at all, the page says so and offers a reload", async ({ page }) => {
    await page.route(/sightline_later-[0-9a-f]+\.wasm$/, (route) => route.fulfill({ status: 404, body: "not found" }));
    await page.goto(APP.url);
    await ready(page);
    await page.keyboard.press("Control+k");
    await expect(page.locator("#failure")).toContainText("A part of the program could not be loaded");
    await expect(page.getByRole("button", { name: "Reload" })).toBeFocused();
  });
});
