// No accessibility violation while panels wait, and when they have failed or are stale.
import { expectAccessible } from "../fixtures.mjs";
import { expect, ORIGINS, panel, PANELS, ready, refresh, REQUEST_ERRORS, test } from "../faults/setup.mjs";

test.use({ origins: ORIGINS, tolerated: REQUEST_ERRORS });

for (const theme of ["light", "dark"]) {
  test(`${theme}: loading, failed and stale`, async ({ page, app, faults }) => {
    const changing = panel(page, PANELS.prometheus);
    await faults.set("prometheus", "header-hang");
    await app(`d=faults&from=now-6h&theme=${theme}`, "impatient");
    await expect(changing.locator(".skeleton")).toBeVisible();
    await expect(changing).toHaveAttribute("data-state", "loading");
    await expectAccessible(page);
    await expect(changing).toHaveAttribute("data-state", "failed");
    await ready(page);
    await expectAccessible(page);

    await faults.mend();
    await refresh(page);
    await expect(changing).toHaveAttribute("data-state", "fresh");
    await faults.set("prometheus", "500");
    await refresh(page);
    await expect(changing).toHaveAttribute("data-state", "stale");
    await expectAccessible(page);
  });
}
