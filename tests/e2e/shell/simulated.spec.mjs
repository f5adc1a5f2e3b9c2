// Where simulated data ends: drawn on the chart, told in the sentence and in each row of the table.
import { saved } from "../downloads.mjs";
import { expect, ready, test } from "../fixtures.mjs";
import { LAB_ORIGINS } from "../fixtures.mjs";

const ID = "resources";
const panel = (page) => page.locator(`[data-panel="${ID}"]`);
const sentence = async (page) => page.locator(`#${await panel(page).getAttribute("aria-describedby")}`).textContent();

async function choose(page, item) {
  await panel(page).hover();
  await panel(page).getByRole("button", { name: "Panel menu" }).click();
  await page.getByRole("menuitem", { name: item }).click();
}

async function svgText(page) {
  await panel(page).locator("canvas").first().waitFor();
  const n = await panel(page).locator(".chart-canvas").count();
  const files = await saved(page, () => choose(page, "Export SVG"), n);
  return files.map(({ bytes }) => bytes.toString("utf8")).join("\n");
}

/** How many rows of the first table are of each origin. */
async function origins(page) {
  await choose(page, "Show as table");
  const table = panel(page).locator('[data-block="cpu"] table');
  await expect(table.locator("thead th").last()).toHaveText(/Origin/);
  return table.locator("tbody tr:not([aria-hidden]) td:last-child").evaluateAll((all) =>
    Object.fromEntries(["simulated", "measured"].map((word) => [word, all.filter((one) => one.textContent.trim() === word).length])),
  );
}

/** Serves the lab's workspace with another end of its simulated past. */
async function simulatedBefore(page, hoursAgo) {
  const instant = new Date(Math.floor((Date.now() - hoursAgo * 3_600_000) / 60_000) * 60_000);
  await page.route("**/workspaces/workspace.json", async (route) => {
    const answer = await route.fetch();
    const workspace = await answer.json();
    for (const source of workspace.spec.sources.filter(({ kind }) => kind === "prometheus")) source.simulatedBefore = instant.toISOString();
    await route.fulfill({ response: answer, json: workspace });
  });
  return instant;
}

test.describe("on the lab", () => {
  test.use({ origins: LAB_ORIGINS });
  const VIEW = `workspace=workspace&role=ml-engineer&panel=${ID}&from=now-6h&to=now&tz=utc`;

  test("[simulated] a border within the range is drawn in the viewer's zone, and both sides are named", async ({ page, open }) => {
    const instant = await simulatedBefore(page, 2);
    await open(VIEW, undefined, 45_000);
    const time = instant.toISOString().slice(11, 16);
    expect(await svgText(page)).toMatch(new RegExp(`simulated before ${time}|>simulated<`));
    expect(await sentence(page)).toContain(`${time}:00 is simulated`);
    const rows = await origins(page);
    expect(rows.simulated).toBeGreaterThan(rows.measured);
    expect(rows.measured).toBeGreaterThan(0);
  });

  test("[simulated] a range before the border says that all of it is simulated", async ({ page, open }) => {
    await simulatedBefore(page, -1);
    await open(VIEW, undefined, 45_000);
    expect(await svgText(page)).toMatch(/all of this is simulated|all simulated/);
    expect(await sentence(page)).toContain("all of this is simulated");
    expect((await origins(page)).measured).toBe(0);
  });

  test("[simulated] a range after the border says nothing", async ({ page, open }) => {
    await simulatedBefore(page, 48);
    await open(VIEW, undefined, 45_000);
    await ready(page);
    expect(await sentence(page)).not.toContain("simulated");
    expect(await svgText(page)).not.toContain("simulated");
  });
});

test("[simulated] the demo says it of its recording without the workspace naming a date", async ({ page, open }) => {
  await open(`role=ml-engineer&panel=${ID}`);
  expect(await sentence(page)).toMatch(/is simulated/);
  expect(await svgText(page)).toMatch(/simulated/);
});
