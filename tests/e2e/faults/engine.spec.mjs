// The engine's end is not the page's end.
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, ORIGINS, panel, PANELS, ready, refresh, test as base } from "./setup.mjs";

const DIST = resolve(import.meta.dirname, "../../../dist");
const HANG = "let the engine hang";

/** `engine`: the page's worker in the hands of the test, the same in every browser. */
const test = base.extend({
  engine: async ({ page }, use) => {
    await page.addInitScript(() => {
      const Plain = window.Worker;
      window.engines = [];
      window.Worker = class extends Plain {
        constructor(...all) {
          super(...all);
          window.engines.push(this);
        }
      };
    });
    const send = (message) => page.evaluate((message) => window.engines.at(-1).postMessage(message), message);
    await use({
      /** A frame that is none: the program's own reader panics at it, as at any other mistake within. */
      crash: () => send("not a frame"),
      /** The first script of the worker is the bundle's own, and one line that obeys the test. */
      canHang: async () => {
        const name = readdirSync(DIST).find((one) => /^engine_loader-\w+\.js$/.test(one));
        const line = `addEventListener("message", ({ data }) => { while (data === ${JSON.stringify(HANG)}); });\n`;
        const body = line + readFileSync(resolve(DIST, name), "utf8");
        await page.route(`**/${name}*`, (route) => route.fulfill({ contentType: "text/javascript", body }));
      },
      /** The next engine starts from the bundle as it is. */
      hang: async () => {
        await page.unrouteAll();
        await send(HANG);
      },
      /** Workers started so far. */
      count: () => page.evaluate(() => window.engines.length),
    });
  },
});

test.use({ origins: ORIGINS, tolerated: [/a message could not be read/] });

/** The page works with the engine that is there now. */
async function expectAnswers(page) {
  await page.getByRole("button", { name: "Close message" }).click();
  await page.locator(".filters").getByRole("button", { name: "Model" }).click();
  await page.getByRole("option", { name: "Digits" }).click();
  await page.keyboard.press("Escape");
  await ready(page);
  await refresh(page);
  for (const id of Object.values(PANELS)) await expect(panel(page, id)).toHaveAttribute("data-state", "fresh");
}

test("a crashed engine is started again, told on the page, and the panels recover", async ({ page, app, engine }) => {
  await app("d=faults&from=now-6h");
  await ready(page);
  const [worker] = page.workers();
  const gone = worker.waitForEvent("close");
  await engine.crash();
  await gone;
  await expect(page.locator(".notices")).toContainText("The engine stopped and is being started again");
  for (const id of Object.values(PANELS)) await expect(panel(page, id)).toHaveAttribute("data-state", "fresh");
  expect(page.workers()).toHaveLength(1);
  expect(await engine.count()).toBe(2);
  await expectAnswers(page);
});

test("an engine that hangs is replaced", async ({ page, app, engine }) => {
  await engine.canHang();
  await app("d=faults&from=now-6h");
  await ready(page);
  await engine.hang();
  // It is missed after fifteen seconds of silence.
  await expect(page.locator(".notices")).toContainText("The engine stopped", { timeout: 40_000 });
  expect(await engine.count()).toBe(2);
  await expectAnswers(page);
});
