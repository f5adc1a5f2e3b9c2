// The demo: every panel of every role has something to show, from the recording alone.
import { expect, ready, test } from "../fixtures.mjs";
import { PANELS } from "../coverage.mjs";

test.use({ origins: [] });

for (const [role, panels] of Object.entries(PANELS)) {
  test(`[demo:${role}] the demo fills every panel of the ${role}`, async ({ open }) => {
    const page = await open(`role=${role}`);
    for (const id of panels) {
      const panel = page.locator(`[data-panel="${id}"]`);
      await panel.scrollIntoViewIfNeeded();
      await expect(panel, id).toHaveAttribute("data-state", "fresh", { timeout: 60_000 });
      await expect(panel.locator("[data-value], canvas, svg").first()).toBeAttached();
    }
    await ready(page);
  });
}
