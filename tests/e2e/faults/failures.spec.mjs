// Each class of failure, produced by a proxy in front of the real servers: the panel says what happened and what to do,
// the panels of the other source do not notice, and asking again is enough to recover.
import { expect, lamp, ORIGIN, ORIGINS, panel, PANELS, ready, refresh, REQUEST_ERRORS, test } from "./setup.mjs";

test.use({ origins: ORIGINS, tolerated: REQUEST_ERRORS });

const CORS = {
  prometheus: `--web.cors.origin='${ORIGIN.replaceAll(".", "\\.")}'`,
  mlflow: `--cors-allowed-origins ${ORIGIN}`,
};
const LAMPS = { prometheus: "Prometheus", mlflow: "MLflow" };
/** A source is asked more than once before it counts as failed, and 128 MB take their time to arrive. */
const GIVEN_UP = { timeout: 60_000 };
/** A panel of each source, little range. */
const VIEW = "d=faults&from=now-6h";

// What a panel says first, what it says in detail, and whether the source counts as down.
const unreachable = (target) => ["Unreachable or blocked", new RegExp("did not answer, or does not allow"), CORS[target], "down"];
const CASES = {
  refused: unreachable,
  "no-cors": unreachable,
  "502-no-cors": unreachable,
  redirect: unreachable,
  "connect-hang": () => ["No answer in time", /within 5 s/, "shorter time range", "down"],
  "header-hang": () => ["No answer in time", /within 5 s/, "shorter time range", "down"],
  "body-hang": () => ["No answer in time", /within 5 s/, "shorter time range", "down"],
  reset: () => ["Unreachable or blocked", /connection broke after \d+ bytes/, "gave up while answering", "down"],
  truncated: () => ["Not the expected format", /expected/, /check that|check the/, "up"],
  html: () => ["Not the expected format", /expected/, /log-?in/, "up"],
  "400": (target) => ["The server refused the question", target === "mlflow" ? /Invalid clause/ : /parse error/, "in the workspace", "up"],
  "401": () => ["Log in needed", /401/, "\"auth\"", "down"],
  "403": () => ["Not allowed", /403/, "right to read", "down"],
  "404": () => ["Not found", /404/, "address", "up"],
  "413": () => ["The answer is too large", /413/, "shorter range", "up"],
  "429": () => ["The server is overloaded", /429/, "asks less of it", "down"],
  huge: () => ["The answer is too large", /larger than 128 MB/, "shorter range", "up"],
  "huge-undeclared": () => ["The answer is too large", /larger than 128 MB/, "shorter range", "up"],
  "status-error": () => ["The server failed", /the storage is gone/, "log", "up"],
  "500": () => ["The server failed", /500/, "log", "down"],
  "503": () => ["The server is overloaded", /503/, "asks less of it", "down"],
};

/** What the two sources tell in words of their own. */
const OWN_WORDS = ["no-cors", "header-hang", "truncated", "html", "400", "401", "403", "500"];

for (const [target, other] of [["prometheus", "mlflow"], ["mlflow", "prometheus"]]) {
  test.describe(target, () => {
    for (const [kind, expected] of Object.entries(CASES)) {
      if (target === "mlflow" && !OWN_WORDS.includes(kind)) continue;
      test(`${kind}: told on first load and on refresh, and over without a reload`, async ({ page, app, faults }) => {
        const [headline, text, hint, stand] = expected(target);
        const broken = panel(page, PANELS[target]);
        await faults.set(target, kind);
        await app(VIEW, kind.endsWith("-hang") ? "impatient" : "faults");
        await expect(broken).toHaveAttribute("data-state", "failed", GIVEN_UP);
        await expect(broken).toContainText(headline);
        await expect(broken).toContainText(text, { ignoreCase: true });
        await expect(broken).toContainText(hint, { ignoreCase: true });
        await expect(panel(page, PANELS[other])).toHaveAttribute("data-state", "fresh");
        await expect(lamp(page, LAMPS[target])).toContainText(stand);
        await expect(lamp(page, LAMPS[other])).toContainText("up");

        await faults.mend();
        await refresh(page);
        await expect(broken).toHaveAttribute("data-state", "fresh");
        await expect(lamp(page, LAMPS[target])).toContainText("up");
        const before = await broken.locator("[data-value]").count();
        expect(before).toBeGreaterThan(0);

        // What was seen stays, with its age, and is not taken for new.
        await faults.set(target, kind);
        await refresh(page);
        await expect(broken).toHaveAttribute("data-state", "stale", GIVEN_UP);
        await expect(broken.locator(".panel-meta")).toContainText("stale");
        await expect(broken.locator("[data-value]")).not.toHaveCount(0);
        await broken.getByRole("button", { name: /remarks/ }).click();
        await expect(broken.locator(".popover:popover-open")).toContainText(text, { ignoreCase: true });
        await expect(broken.locator(".popover:popover-open")).toContainText(hint, { ignoreCase: true });
        await expect(panel(page, PANELS[other])).toHaveAttribute("data-state", "fresh");

        await faults.mend();
        await page.keyboard.press("Escape");
        await refresh(page);
        await expect(broken).toHaveAttribute("data-state", "fresh");
        await ready(page);
      });
    }
  });
}
