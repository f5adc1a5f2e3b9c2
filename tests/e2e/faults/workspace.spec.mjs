// Workspaces with mistakes: a readable page, or a card where the mistake is and all else working.
import { readFileSync } from "node:fs";
import { expect, expectAccessible, ready, test } from "../fixtures.mjs";

test.use({ tolerated: [/404/] });

const demo = () => JSON.parse(readFileSync(new URL("../../../public/workspaces/default.json", import.meta.url), "utf8"));
const panel = (page, id) => page.locator(`[data-panel="${id}"]`);

/** Opens a view of a workspace that the test wrote. */
async function openWorkspace(page, open, body, query = "") {
  const text = typeof body === "string" ? body : JSON.stringify(body, null, 2);
  await page.route("**/workspaces/mistaken.json", (route) => route.fulfill({ contentType: "application/json", body: text }));
  await open(`workspace=mistaken&${query}`);
}

test("a document that is no JSON is told with line and column", async ({ page, open }) => {
  await openWorkspace(page, open, '{\n  "apiVersion": "sightline.dev/v1",\n  "kind": "Workspace",\n  "spec": ,\n}', "role=ml-engineer&panel=latency-throughput");
  const alert = page.getByRole("alert");
  await expect(alert).toContainText("This workspace cannot be shown");
  await expect(alert).toContainText("line 4, column 11");
  await expectAccessible(page);
  // Mended and tried again without typing anything.
  await page.unroute("**/workspaces/mistaken.json");
  await page.route("**/workspaces/mistaken.json", (route) => route.fulfill({ contentType: "application/json", body: JSON.stringify(demo()) }));
  await alert.getByRole("button", { name: "Try again" }).click();
  await expect(page.locator("[data-panel]").first()).toBeVisible();
  await ready(page);
});

test("a document of another kind and a missing one are told", async ({ page, open }) => {
  await openWorkspace(page, open, { ...demo(), kind: "Dashboard" });
  await expect(page.getByRole("alert")).toContainText(/kind \(line \d+, column \d+\).*"Dashboard".*"Workspace"/);
  await open("workspace=nowhere");
  await expect(page.getByRole("alert")).toContainText("cannot be shown");
});

test("a link names a workspace beside the page and no other place", async ({ page, open }) => {
  for (const name of ["..%2Fsecret", "https:%2F%2Felsewhere"]) {
    await open(`workspace=${name}&role=ml-engineer&panel=latency-throughput`);
    await expect(page.locator(".notices")).toContainText("is not a workspace's name");
    await expect(panel(page, "latency-throughput")).toHaveAttribute("data-state", "fresh");
  }
});

test("a panel of an unknown kind is a card with its place and the nearest kind; the rest works", async ({ page, open }) => {
  const document = demo();
  document.spec.panels.odd = { kind: "latency-througput" };
  const placements = ["odd", "latency-throughput"].map((panel) => ({ panel, width: 12, height: 5 }));
  document.spec.dashboards = [{ id: "mixed", title: "Mixed", sections: [{ panels: placements }] }];
  await openWorkspace(page, open, document, "d=mixed");
  await expect(panel(page, "odd")).toHaveAttribute("data-state", "failed");
  await expect(panel(page, "odd")).toContainText(/Spec\.panels\.odd.*line \d+|spec\.panels\.odd.*line \d+/);
  await expect(panel(page, "odd")).toContainText('did you mean "latency-throughput"');
  await expect(panel(page, "latency-throughput")).toHaveAttribute("data-state", "fresh");
  await expectAccessible(page);
});

test("a panel without its metrics teaches the lines to add", async ({ page, open }) => {
  const document = demo();
  document.spec.metrics = [];
  await openWorkspace(page, open, document, "role=ml-engineer&panel=latency-throughput");
  await expect(panel(page, "latency-throughput")).toHaveAttribute("data-state", "empty");
  const lines = panel(page, "latency-throughput").locator("pre");
  await expect(lines).toContainText('"query"');
  await expect(panel(page, "latency-throughput").getByRole("button", { name: "Copy lines" })).toBeVisible();
  await expectAccessible(page);
});
