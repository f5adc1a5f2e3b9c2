// Everything by keyboard alone: Tab, arrows, Enter and Escape.
import { expect, ready, test } from "../fixtures.mjs";

const query = (page) => new URL(page.url()).searchParams;
const focused = (page) => page.locator(":focus");

/** Presses Tab until `locator` has the focus. */
async function tabTo(page, locator, key = "Tab") {
  for (let n = 0; n < 120; n += 1) {
    if (await locator.evaluateAll((all) => all.some((one) => one === document.activeElement))) return;
    await page.keyboard.press(key);
  }
  throw new Error(`${locator} was not reached by ${key}`);
}

test("the first stop skips to the panels", async ({ page, open }) => {
  await open("role=ml-engineer");
  await page.keyboard.press("Tab");
  await expect(focused(page)).toHaveText("Skip to the panels");
  await page.keyboard.press("Enter");
  await expect(page.locator("main")).toBeFocused();
  await expect.poll(() => query(page).get("role")).toBe("ml-engineer");
});

test("arrow keys change the role", async ({ page, open }) => {
  await open("role=ml-engineer&panel=latency-throughput");
  await tabTo(page, page.getByRole("radio", { name: "ML engineer" }));
  await page.keyboard.press("ArrowLeft");
  await expect(page.getByRole("radio", { name: "Data scientist" })).toBeChecked();
  await expect(page.getByRole("radio", { name: "Data scientist" })).toBeFocused();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("radio", { name: "ML engineer" })).toBeChecked();
});

test("a filter is found by letters, chosen by Enter, and Escape gives the focus back", async ({ page, open }) => {
  await open("role=ml-engineer&panel=latency-throughput");
  const chip = page.locator(".bar .filters").getByRole("button", { name: "Model" });
  await tabTo(page, chip);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("combobox", { name: "Search Model" })).toBeFocused();
  await page.keyboard.type("i");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.type("gits");
  await page.keyboard.press("Enter");
  await expect.poll(() => query(page).getAll("var-model")).toEqual(["digits"]);
  await page.keyboard.press("Escape");
  await expect(chip).toBeFocused();
  await expect(page.locator(".popover:popover-open")).toHaveCount(0);
});

test("the panel menu opens, walks, acts and gives the focus back", async ({ page, open }) => {
  await open("role=ml-engineer&panel=latency-throughput");
  const button = page.locator('[data-panel="latency-throughput"]').getByRole("button", { name: "Panel menu" });
  await tabTo(page, button);
  await expect(button).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(focused(page)).toHaveRole("menuitem");
  const first = await focused(page).textContent();
  await page.keyboard.press("ArrowDown");
  expect(await focused(page).textContent()).not.toBe(first);
  await page.keyboard.press("End");
  await expect(focused(page)).toContainText("Copy summary");
  await page.keyboard.press("Home");
  expect(await focused(page).textContent()).toBe(first);
  await page.keyboard.press("Escape");
  await expect(button).toBeFocused();

  // A dialog from the menu keeps the focus inside and gives it back.
  await page.keyboard.press("Enter");
  while (!(await focused(page).textContent()).startsWith("Explain")) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await expect(dialog).toBeVisible();
  for (let n = 0; n < 8; n += 1) {
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement === document.body || Boolean(document.activeElement.closest("dialog")))).toBe(true);
  }
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(button).toBeFocused();
});

test("the cursor of a chart walks over its points and speaks their values", async ({ page, open }) => {
  await open("role=ml-engineer&panel=latency-throughput");
  const chart = page.locator('[data-panel="latency-throughput"] .chart').first();
  await chart.locator("canvas").first().waitFor();
  await tabTo(page, chart.getByRole("application"));
  const spoken = chart.locator("[aria-live]");
  await page.keyboard.press("End");
  await expect(spoken).toContainText(/p95 \d+(\.\d+)?\sm?s/);
  const last = await spoken.textContent();
  await page.keyboard.press("ArrowLeft");
  await expect(spoken).not.toHaveText(last);
  await page.keyboard.press("Home");
  const first = await spoken.textContent();
  expect(first).not.toBe(last);
  await page.keyboard.press("PageDown");
  await expect(spoken).not.toHaveText(first);
  await page.keyboard.press("Escape");
  await expect(spoken).toBeEmpty();
  // The focus is free to leave.
  await page.keyboard.press("Tab");
  await expect(chart.getByRole("application")).not.toBeFocused();
});

test("time, refresh, comparison, palette and help answer to keys", async ({ page, open }) => {
  await open("role=ml-engineer&panel=latency-throughput");
  await tabTo(page, page.locator(".time-button"));
  await page.keyboard.press("Enter");
  await expect(focused(page)).toHaveRole("menuitemradio");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page.locator(".time-picker")).toBeHidden();
  await expect.poll(() => query(page).has("from")).toBe(true);
  await expect(page.locator(".time-button")).toBeFocused();

  await tabTo(page, page.getByRole("button", { name: "Refresh period" }));
  await page.keyboard.press("Enter");
  await expect(focused(page)).toHaveRole("menuitemradio");
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await expect.poll(() => query(page).get("refresh")).toBe("1d");

  await tabTo(page, page.locator(".bar .filters").getByRole("button", { name: "Compare" }));
  await page.keyboard.press("Enter");
  await expect(focused(page)).toHaveRole("menuitemradio");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect.poll(() => query(page).getAll("compare")).toEqual(["previous"]);

  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.keyboard.press("v");
  await ready(page);
  await page.keyboard.press("Escape");
  await expect.poll(() => query(page).has("panel")).toBe(false);
});

test("a section folds and unfolds", async ({ page, open }) => {
  await open("role=ml-engineer");
  const capacity = page.locator("summary", { hasText: "Capacity" });
  await capacity.scrollIntoViewIfNeeded();
  await tabTo(page, capacity);
  await page.keyboard.press("Enter");
  await expect(page.locator('[data-panel="resources"]')).toHaveCount(0);
  await page.keyboard.press("Enter");
  await expect(page.locator('[data-panel="resources"]')).toHaveCount(1);
});
