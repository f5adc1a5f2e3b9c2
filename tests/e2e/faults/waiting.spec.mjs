// While answers take long, and what is never asked.
import { expect, ORIGINS, panel, PANELS, ready, refresh, test } from "./setup.mjs";

test.use({ origins: ORIGINS });

test("a slow source shows the shape of what comes, and a refresh keeps the old picture under a thin bar", async ({ page, app, faults }) => {
  const slow = panel(page, PANELS.prometheus);
  await faults.set("prometheus", "slow", { delay: 2_000 });
  await app("d=faults&from=now-6h");
  await expect(slow).toHaveAttribute("data-state", "loading");
  await expect(slow).toHaveAttribute("aria-busy", "true");
  await expect(slow.locator(".skeleton")).toBeVisible();
  await expect(page.locator("html")).not.toHaveAttribute("data-ready", "");
  await expect(slow).toHaveAttribute("data-state", "fresh");
  await ready(page);

  await refresh(page);
  await expect(slow.locator(".panel-bar")).toBeVisible();
  await expect(slow).toHaveAttribute("data-state", "fresh");
  await expect(slow.locator(".skeleton")).toHaveCount(0);
  await expect(slow.locator('[data-part="value"]').first()).toBeVisible();
  await expect(slow.locator(".panel-bar")).toHaveCount(0);
});

test("a hidden page asks for nothing, and asks at once when it is seen again", async ({ page, app, faults }) => {
  await page.addInitScript(() => {
    window.pageIsHidden = false;
    Object.defineProperty(document, "hidden", { get: () => window.pageIsHidden });
  });
  const hide = (hidden) =>
    page.evaluate((hidden) => {
      window.pageIsHidden = hidden;
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  await page.clock.install();
  await app("d=faults&from=now-6h&refresh=10s");
  await ready(page);
  await hide(true);
  await faults.set("prometheus", "slow", { delay: 0 });
  for (let n = 0; n < 10; n += 1) await page.clock.fastForward(10_000);
  expect(faults.count("prometheus")).toBe(0);
  await hide(false);
  await page.clock.fastForward(1_100);
  await expect.poll(() => faults.count("prometheus")).toBeGreaterThan(0);
  await expect(panel(page, PANELS.prometheus)).toHaveAttribute("data-state", "fresh");
});
