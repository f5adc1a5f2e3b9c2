// A source behind a portal's session: no token is typed in or kept, the browser's cookie goes along, and an end of the session is told.
import { expect, GATEWAY, lamp, ORIGIN, ORIGINS, panel, REQUEST_ERRORS, test } from "./setup.mjs";

test.use({ origins: [...ORIGINS, GATEWAY], tolerated: REQUEST_ERRORS });

const GIVEN_UP = { timeout: 60_000 };
/** What the portal's own page does; it is of the same site. */
const at = (page, door) =>
  page.evaluate(async (url) => (await fetch(url, { method: "POST", credentials: "include" })).status, `${GATEWAY}/session/${door}`);

test("without a session the panel says where to log in, with one it reads, and when it ends it says so again", async ({ page, app }) => {
  await app("panel=revenue-impact&from=now-30d", "session");
  const revenue = panel(page, "revenue-impact");
  await expect(revenue).toHaveAttribute("data-state", "failed", GIVEN_UP);
  await expect(revenue).toContainText(`Log in at ${GATEWAY} in another tab`);

  const warehouse = lamp(page, "Warehouse (ClickHouse)");
  await expect(warehouse).toContainText("log in");
  await warehouse.click();
  const door = page.getByRole("link", { name: "Log in in a new tab" });
  await expect(door).toHaveAttribute("href", `${GATEWAY}/session/clickhouse`);
  await expect(door).toHaveAttribute("rel", "noopener noreferrer");
  expect(await at(page, "login")).toBe(204);
  await page.locator("[data-source=warehouse]").getByRole("button", { name: "Try again" }).click();
  await expect(revenue).toHaveAttribute("data-state", "fresh", GIVEN_UP);
  await expect(warehouse).toContainText("up");
  // The cookie is the browser's alone.
  expect(await page.evaluate(() => document.cookie)).toBe("");

  await at(page, "logout");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Refresh", exact: true }).click();
  await expect(warehouse).toContainText("log in", GIVEN_UP);
});
