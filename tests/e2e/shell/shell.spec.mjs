// The shell on the demo, which needs no backend: one selection under all roles, kept in the address. And its width, on the lab.
import { expect, ready, test } from "../fixtures.mjs";
import { LAB } from "../shown.mjs";
import { inAddress, windows } from "../truth.mjs";

const query = (page) => new URL(page.url()).searchParams;
const panel = (page, id) => page.locator(`[data-panel="${id}"]`);
const role = (page, name) => page.getByRole("radiogroup", { name: "Role" }).getByRole("radio", { name });
const chip = (page, name) => page.locator(".bar .filters").getByRole("button", { name });
const metric = (page, id) => page.locator(`[data-panel="${id}"] [data-metric][data-part="value"]:visible`);

test("a change of role keeps the selection, and Back undoes it", async ({ page, open }) => {
  await open("role=ml-engineer&from=now-2d&to=now&var-model=digits&compare=previous");
  await role(page, "Data scientist").click();
  await expect(role(page, "Data scientist")).toBeChecked();
  await expect(panel(page, "model-performance")).toBeVisible();
  await expect.poll(() => ["from", "var-model", "compare"].map((name) => query(page).get(name))).toEqual(["now-2d", "digits", "previous"]);
  await expect(chip(page, "Model")).toContainText("Digits");
  await page.goBack();
  await expect(role(page, "ML engineer")).toBeChecked();
  await expect(panel(page, "latency-throughput")).toBeVisible();
});

test("the time range takes quick ranges, typed ranges and zones, and refuses nonsense", async ({ page, open }) => {
  await open("role=ml-engineer");
  await page.locator(".time-button").click();
  await page.getByRole("menuitemradio", { name: "Last 6 hours" }).click();
  await expect(page.locator(".time-button")).toContainText("Last 6 hours");
  await expect.poll(() => query(page).get("from")).toBe("now-6h");

  await page.locator(".time-button").click();
  const picker = page.locator(".time-picker");
  await picker.getByLabel("From").fill("yesterday-ish");
  await expect(picker.getByRole("button", { name: "Use range" })).toBeDisabled();
  await expect(picker.locator(".error-text").first()).not.toBeEmpty();
  await picker.getByLabel("From").fill("now-3h");
  await picker.getByLabel("To", { exact: true }).fill("now-1h");
  await picker.getByRole("button", { name: "Use range" }).click();
  await expect.poll(() => [query(page).get("from"), query(page).get("to")]).toEqual(["now-3h", "now-1h"]);

  await page.locator(".time-button").click();
  await page.locator(".time-picker").getByLabel("Time zone").selectOption("Asia/Tokyo");
  await page.keyboard.press("Escape");
  await expect(page.locator(".time-button")).toContainText("Asia/Tokyo");
  await expect.poll(() => query(page).get("tz")).toBe("Asia/Tokyo");

  await page.getByRole("button", { name: "Zoom out" }).click();
  await page.getByRole("button", { name: "Range back" }).click();
  await ready(page);
  await page.goBack();
  await page.goBack();
  await expect.poll(() => [query(page).get("from"), query(page).get("to")]).toEqual(["now-3h", "now-1h"]);
});

test("a drag on a chart zooms every panel, and Back undoes it", async ({ page, open }) => {
  await open("role=ml-engineer");
  const chart = panel(page, "latency-throughput").locator(".chart-canvas").first();
  await chart.locator("canvas").first().waitFor();
  await chart.scrollIntoViewIfNeeded();
  const box = await chart.boundingBox();
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * 0.4, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.55, y, { steps: 5 });
  await page.mouse.move(box.x + box.width * 0.7, y, { steps: 5 });
  await page.mouse.up();
  await expect.poll(() => query(page).get("from")).toMatch(/^\d{4}-|^\d{12,}$/);
  await ready(page);
  await page.goBack();
  await expect(page.locator(".time-button")).toContainText("Last 24 hours");
  await expect.poll(() => query(page).has("from")).toBe(false);
});

test("a filter is a chip, an address and what every panel shows", async ({ page, open }) => {
  await open("role=ml-engineer");
  const figures = panel(page, "latency-throughput").locator('[data-part="value"][data-series*="breast-cancer"]');
  await expect(figures).not.toHaveCount(0);
  await chip(page, "Model").click();
  await page.getByRole("combobox", { name: "Search Model" }).fill("dig");
  await page.getByRole("option", { name: "Digits" }).click();
  await page.keyboard.press("Escape");
  await expect.poll(() => query(page).getAll("var-model")).toEqual(["digits"]);
  await expect(chip(page, "Model")).toContainText("Digits");
  await expect(figures).toHaveCount(0);
  await ready(page);

  await chip(page, "Model").click();
  await page.getByRole("option", { name: "Breast cancer" }).click({ modifiers: ["Alt"] });
  await expect(page.getByRole("option", { name: "Breast cancer" })).toContainText("left out");
  await expect.poll(() => query(page).getAll("var-model")).toContain("!breast-cancer");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Clear filters" }).click();
  await expect.poll(() => query(page).has("var-model")).toBe(false);
  await expect(figures).not.toHaveCount(0);
});

test("a filter that cannot reach a panel is told there, and the panel is not emptied", async ({ page, open }) => {
  await open("role=ml-engineer&var-region=eu-west&panel=resources");
  await expect(panel(page, "resources")).toHaveAttribute("data-state", /fresh|partial/);
  await expect(panel(page, "resources").locator(".remarks")).toContainText(/region/i);
  await expect(metric(page, "resources")).not.toHaveCount(0);
});

test("a comparison shows what it compares with", async ({ page, open }) => {
  await open("role=ml-engineer");
  await chip(page, "Compare").click();
  await page.getByRole("menuitemradio", { name: "Previous period" }).click();
  await expect.poll(() => query(page).getAll("compare")).toEqual(["previous"]);
  await ready(page);
  const compared = panel(page, "latency-throughput").locator('[data-part="delta"], [data-part="reference"]');
  await expect(compared).not.toHaveCount(0);
  await chip(page, "vs ").click();
  await page.getByRole("menuitemradio", { name: "Off" }).click();
  await expect.poll(() => query(page).has("compare")).toBe(false);
});

test("a copied link opens the same view", async ({ page, open, context, browserName }) => {
  if (browserName === "chromium") await context.grantPermissions(["clipboard-write", "clipboard-read"]);
  await open("role=ml-engineer&from=now-2d&to=now-1d&var-model=digits&tz=UTC");
  await page.getByRole("button", { name: "Share and more" }).click();
  await page.getByRole("menuitem", { name: "Copy link with absolute range" }).click();
  await expect(page.locator(".notices")).toContainText("Link copied.");
  // Pasted as a person would.
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Search and commands" }).press("Control+v");
  const link = await page.getByRole("combobox", { name: "Search and commands" }).inputValue();
  expect(new URL(link).searchParams.getAll("var-model")).toEqual(["digits"]);
  await page.keyboard.press("Escape");

  const figures = () => metric(page, "latency-throughput").evaluateAll((all) => all.map((one) => one.dataset.value));
  const before = await figures();
  expect(before.length).toBeGreaterThan(0);
  await page.goto(link);
  await ready(page);
  await expect(chip(page, "Model")).toContainText("Digits");
  await expect.poll(() => query(page).get("from")).toMatch(/^\d{4}-\d\d-\d\dT/);
  expect((await figures()).length).toBe(before.length);
});

test("the theme is chosen, in the address and kept", async ({ page, open }) => {
  await open("role=ml-engineer");
  for (const theme of ["Dark", "Light"]) {
    await page.getByRole("button", { name: "Theme" }).click();
    await page.getByRole("menuitemradio", { name: theme }).click();
    await expect(page.locator("html")).toHaveAttribute("data-theme", theme.toLowerCase());
    await expect.poll(() => query(page).get("theme")).toBe(theme.toLowerCase());
  }
  const paper = () => page.locator("body").evaluate((body) => getComputedStyle(body).backgroundColor);
  const light = await paper();
  await page.keyboard.press("c");
  await page.keyboard.press("t");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  expect(await paper()).not.toBe(light);
});

test("kiosk leaves only the panels, and Escape leaves kiosk", async ({ page, open }) => {
  await open("role=ml-engineer");
  await page.keyboard.press("d");
  await page.keyboard.press("k");
  await expect.poll(() => query(page).has("kiosk")).toBe(true);
  await expect(page.locator("header.bar")).toBeHidden();
  await expect(panel(page, "latency-throughput")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.locator("header.bar")).toBeVisible();
});

test("the palette finds panels, models, ranges and commands", async ({ page, open }) => {
  await open("role=ml-engineer");
  const search = page.getByRole("combobox", { name: "Search and commands" });
  const run = async (text) => {
    await page.keyboard.press("Control+k");
    await search.fill(text);
    await search.press("Enter");
    await expect(search).toBeHidden();
  };
  await run("last 7 days");
  await expect.poll(() => query(page).get("from")).toBe("now-7d");
  await run("digits");
  await expect.poll(() => query(page).getAll("var-model")).toEqual(["digits"]);
  await run("scalab");
  await expect.poll(() => query(page).get("panel")).toBe("scalability");
  await run("data scientist");
  await expect(role(page, "Data scientist")).toBeChecked();
  await page.keyboard.press("Control+k");
  await expect(search).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(search).toBeHidden();
});

test("the list of keys opens with a question mark and its switch turns single keys off", async ({ page, open }) => {
  await open("role=ml-engineer");
  await page.keyboard.press("?");
  const keys = page.getByRole("dialog", { name: "Keys" });
  await expect(keys).toContainText("Command palette");
  await keys.getByRole("checkbox").uncheck();
  await page.keyboard.press("Escape");
  await expect(keys).toBeHidden();
  await page.keyboard.press("?");
  await expect(keys).toBeHidden();
});

test("a value in the address that means nothing is told, and the view falls back", async ({ page, open }) => {
  await open("role=nobody&from=lunch&d=nowhere&refresh=often&unknown=kept");
  for (const found of ["role=nobody", "from=lunch", "d=nowhere", "refresh=often"]) {
    await expect(page.locator(".notices")).toContainText(found);
  }
  await expect(page.locator("[data-panel]").first()).toBeVisible();
  await page.getByRole("button", { name: "Close message" }).first().click();
  await role(page, "ML engineer").click();
  await expect.poll(() => query(page).get("unknown")).toBe("kept");
});

for (const width of [1440, 900, 390]) {
  test(`at ${width} pixels the page is no wider than its window, with the lamps of many sources`, async ({ page, open }) => {
    await page.setViewportSize({ width, height: 900 });
    await open(`${LAB}&role=product-manager&${inAddress(windows().year)}`);
    await expect(page.getByRole("group", { name: "Health of the sources" }).getByRole("button")).not.toHaveCount(0);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });
}
