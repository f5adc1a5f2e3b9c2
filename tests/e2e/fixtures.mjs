// What every end-to-end test gets: a page that fails the test on anything that should not happen, and an `open`.
//   import { expect, test } from "./fixtures.mjs";
//   test.use({ origins: [...], tolerated: [/refused/] });   further origins; console errors that the test provokes
import AxeBuilder from "@axe-core/playwright";
import { test as base, expect } from "@playwright/test";
import { APP, FRAMED, FRAME_HOST, ofLab, SUBFOLDER } from "./places.mjs";

export { expect };

/** The lab's backends, which the lab workspace names. */
export const LAB_ORIGINS = [19090, 18428, 15000, 15001, 18123, 18124, 18001, 18310].map(ofLab);
const OWN_ORIGINS = [APP, SUBFOLDER, FRAMED, FRAME_HOST].map(({ url }) => new URL(url).origin);

export const test = base.extend({
  /** Origins that a request may go to, besides our own servers. */
  origins: [LAB_ORIGINS, { option: true }],
  /** Patterns of console errors and page errors that this test causes on purpose. */
  tolerated: [[], { option: true }],

  /** What went wrong on the page so far; empty at the end of a test, or the test fails. */
  problems: [
    async ({ context, origins, tolerated }, use) => {
      const problems = [];
      const report = (kind, text) => {
        if (!tolerated.some((pattern) => pattern.test(text))) problems.push(`${kind}: ${text}`);
      };
      const allowed = new Set([...OWN_ORIGINS, ...origins]);
      context.on("console", (message) => {
        if (message.type() === "error") report("console", `${message.text()} ${message.location()?.url ?? ""}`.trim());
      });
      context.on("weberror", (error) => report("page error", error.error().message));
      context.on("request", (request) => {
        const url = new URL(request.url());
        if (/^https?:|^wss?:/.test(url.protocol) && !allowed.has(url.origin)) report("foreign request", request.url());
      });
      // Violations are reported by each document itself, in frames too.
      await context.exposeBinding("__reportViolation", (_source, text) => report("policy violation", text));
      await context.addInitScript(() => {
        document.addEventListener("securitypolicyviolation", (event) => {
          window.__reportViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
        });
      });
      await use(problems);
      expect(problems, "the page had problems").toEqual([]);
    },
    { auto: true },
  ],

  /** Opens a view, given as the address' query, and waits until every visible panel has left loading. */
  open: async ({ page }, use) => {
    await use(async (query = "", place = APP, timeout = undefined) => {
      await page.goto(new URL(query.startsWith("?") || query === "" ? query : `?${query}`, place.url).href);
      await ready(page, timeout);
      return page;
    });
  },
});

/** Waits until the app, or the frame it is in, has nothing left to load. */
export async function ready(pageOrFrame, timeout = 60_000) {
  await expect(pageOrFrame.locator("[data-ready]").first()).toBeAttached({ timeout });
}

/** The raw numbers of a metric on a panel, in the order of the page. */
export async function values(scope, metric, part = "value") {
  const cells = scope.locator(`[data-metric="${metric}"][data-part="${part}"]`);
  return cells.evaluateAll((all) =>
    all.map((one) => ({ series: one.dataset.series ?? "", value: Number(one.dataset.value), text: one.textContent.trim() })),
  );
}

/** No accessibility violation, in the whole page or within `selector`. */
export async function expectAccessible(page, selector) {
  // Only violations are carried out of the page, and from the page itself (it holds no frames): a tenth of the time in Firefox.
  const builder = new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ["violations"] })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]);
  const { violations } = await (selector ? builder.include(selector) : builder).analyze();
  const found = violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
  expect(found).toEqual([]);
}
