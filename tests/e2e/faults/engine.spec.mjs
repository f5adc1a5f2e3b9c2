// The engine's end is not the page's end.
import { expect, ORIGINS, panel, PANELS, ready, refresh, test } from "./setup.mjs";

test.use({ origins: ORIGINS, tolerated: [/crashed by the test/] });

const NO_WORKERS = "an installed Firefox lets the test run nothing in a worker";

test("a crashed engine is started again, told on the page, and the panels recover", async ({ page, app, browserName }) => {
  test.skip(browserName !== "chromium", NO_WORKERS);
  await app("d=faults&from=now-6h");
  await ready(page);
  const [worker] = page.workers();
  const gone = worker.waitForEvent("close");
  await worker.evaluate(() => void setTimeout(() => { throw new Error("crashed by the test"); }, 0));
  await gone;
  await expect(page.locator(".notices")).toContainText("The engine stopped and is being started again");
  for (const id of Object.values(PANELS)) await expect(panel(page, id)).toHaveAttribute("data-state", "fresh");
  expect(page.workers()).toHaveLength(1);
  // The new one answers.
  await page.getByRole("button", { name: "Close message" }).click();
  await page.locator(".filters").getByRole("button", { name: "Model" }).click();
  await page.getByRole("option", { name: "Digits" }).click();
  await page.keyboard.press("Escape");
  await ready(page);
  await refresh(page);
  await expect(panel(page, PANELS.prometheus)).toHaveAttribute("data-state", "fresh");
});

test("an engine that hangs is replaced", async ({ page, app, browserName }) => {
  test.skip(browserName !== "chromium", NO_WORKERS);
  await app("d=faults&from=now-6h");
  await ready(page);
  const [worker] = page.workers();
  worker.evaluate(() => { for (;;); }).catch(() => {});
  // It is missed after fifteen seconds of silence.
  await expect(page.locator(".notices")).toContainText("The engine stopped", { timeout: 40_000 });
  await refresh(page);
  for (const id of Object.values(PANELS)) await expect(panel(page, id)).toHaveAttribute("data-state", "fresh");
});
