// No accessibility violation, in whatever state the page is.
import { expect, expectAccessible, ready, test } from "../fixtures.mjs";

const VIEWS = {
  "demo, data scientist": "role=data-scientist",
  "demo, ML engineer": "role=ml-engineer",
  "demo, product manager": "role=product-manager",
  "demo, executive": "role=executive",
  "lab, data scientist": "workspace=workspace&role=data-scientist",
  "lab, ML engineer": "workspace=workspace&role=ml-engineer",
  "lab, product manager": "workspace=workspace&role=product-manager",
  "lab, executive": "workspace=workspace&role=executive",
};

/** Brings every panel onto the page, as a reader who scrolls. */
async function showAll(page) {
  for (const panel of await page.locator("[data-panel]").all()) {
    await panel.scrollIntoViewIfNeeded();
    await expect(panel).not.toHaveAttribute("data-state", "loading", { timeout: 60_000 });
  }
  await ready(page);
}

for (const theme of ["light", "dark"]) {
  test.describe(theme, () => {
    for (const [name, query] of Object.entries(VIEWS)) {
      test(name, async ({ page, open }) => {
        await open(`${query}&theme=${theme}`);
        await showAll(page);
        await expectAccessible(page);
      });
    }

    test("a panel of its own, as picture and as table", async ({ page, open }) => {
      // Six hours: a table of hundreds of rows holds what one of thousands does.
      await open(`role=ml-engineer&panel=latency-throughput&theme=${theme}&from=now-6h`);
      await expectAccessible(page);
      await page.locator("[data-panel]").hover();
      await page.keyboard.press("x");
      await expect(page.locator("[data-panel] canvas")).toHaveCount(0);
      expect(await page.locator("[data-panel] td").count()).toBeGreaterThan(100);
      await expectAccessible(page);
    });

    test("menus and dialogs", async ({ page, open }) => {
      await open(`role=ml-engineer&panel=latency-throughput&theme=${theme}&var-model=digits&compare=previous`);
      const panel = page.locator("[data-panel]");
      const bar = page.locator("header.bar");
      for (const button of [
        bar.locator(".time-button"), bar.getByRole("button", { name: "Refresh period" }),
        bar.getByRole("button", { name: "Share and more" }), bar.getByRole("button", { name: "Model" }),
        bar.locator(".filters").getByRole("button", { name: "vs " }), bar.getByRole("button", { name: "Recording of the lab" }),
        panel.getByRole("button", { name: "Panel menu" }),
      ]) {
        await panel.hover();
        await button.click();
        await expect(page.locator(".popover:popover-open")).toHaveCount(1);
        await expectAccessible(page);
        await page.keyboard.press("Escape");
      }
      for (const key of ["?", "i", "Control+k"]) {
        await panel.hover();
        await page.keyboard.press(key);
        await expect(page.locator("dialog[open]")).toHaveCount(1);
        await expectAccessible(page);
        await page.keyboard.press("Escape");
        await expect(page.locator("dialog[open]")).toHaveCount(0);
      }
    });
  });
}

test.describe("with a workspace that does not fit", () => {
  test.use({ tolerated: [/404/] });
  test("the page that says so", async ({ page, open }) => {
    await open("workspace=missing");
    await expect(page.getByRole("alert")).toContainText("cannot be shown");
    await expectAccessible(page);
  });
});
