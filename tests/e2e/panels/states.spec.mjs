// Every panel in every state: waiting, failed, recovered without a reload, stale, and empty with the reason.
import { expect, LAB_ORIGINS, ready, test } from "../fixtures.mjs";
import { IMPOSSIBLE, PANELS } from "../coverage.mjs";
import { LAB } from "../shown.mjs";
import { DAY, inAddress, planted, windows } from "../truth.mjs";

// Requests are held and refused on purpose here.
test.use({ tolerated: [/.*/], viewport: { width: 1440, height: 5000 } });

const isSource = (url) => LAB_ORIGINS.includes(url.origin);
const tags = (panels, states) => panels.flatMap((panel) => states.map((state) => `[${panel}:${state}]`)).join(" ");

/** What a role's panels are asked about: business is counted by weeks and months. */
const WINDOWS = { "product-manager": windows().year };
const windowOf = (role) => WINDOWS[role] ?? windows().days;

/** Waits until every panel of the role is in the state. */
async function expectAll(page, panels, state, timeout = 60_000) {
  for (const id of panels) await expect(page.locator(`[data-panel="${id}"]`), id).toHaveAttribute("data-state", state, { timeout });
}

const refresh = (page) => page.getByRole("button", { name: "Refresh", exact: true }).click();

for (const [role, panels] of Object.entries(PANELS)) {
  test(`${tags(panels, ["loading", "failed", "stale"])} the ${role}'s panels wait, fail, recover and grow stale`, async ({ page, baseURL }) => {
    test.setTimeout(240_000);
    const held = [];
    let isOpen = false;
    await page.route(isSource, (route) => (isOpen ? route.continue() : new Promise((go) => held.push(go)).then(() => route.abort())));
    await page.goto(`${baseURL}?${LAB}&role=${role}&${inAddress(windowOf(role))}`);
    await expectAll(page, panels, "loading");
    await expect(page.locator("html")).not.toHaveAttribute("data-ready");
    held.splice(0).forEach((go) => go());
    const letGo = setInterval(() => held.splice(0).forEach((go) => go()), 50);
    await expectAll(page, panels, "failed");
    await ready(page);

    isOpen = true;
    await refresh(page);
    await expectAll(page, panels, "fresh", 90_000);
    isOpen = false;
    await refresh(page);
    await expectAll(page, panels, "stale");
    clearInterval(letGo);
    await page.unrouteAll({ behavior: "ignoreErrors" });
  });

  const emptied = panels.filter((panel) => !(`${panel}:empty` in IMPOSSIBLE));
  test(`${tags(emptied, ["empty"])} the ${role}'s panels say why there is nothing`, async ({ open }) => {
    // Long before there was anything, and a model that nobody registered or served.
    const { anchor } = planted();
    const page = await open(`${LAB}&role=${role}&${inAddress({ from: anchor - 400 * DAY, to: anchor - 399 * DAY })}&var-model=nobody`);
    await expectAll(page, emptied, "empty");
    for (const id of emptied) await expect(page.locator(`[data-panel="${id}"] .panel-body`)).toContainText(/\w+ \w+ \w+/);
  });
}
