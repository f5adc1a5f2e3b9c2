// What every panel does, on the demo: its own page, a table, what is behind it, and files that hold what is shown.
import { saved } from "../downloads.mjs";
import { expect, ready, test } from "../fixtures.mjs";

const ID = "latency-throughput";
const query = (page) => new URL(page.url()).searchParams;
const panel = (page) => page.locator(`[data-panel="${ID}"]`);
/** One panel alone: little to load. */
const ALONE = `role=ml-engineer&panel=${ID}`;

async function choose(page, item) {
  await panel(page).hover();
  await panel(page).getByRole("button", { name: "Panel menu" }).click();
  await page.getByRole("menuitem", { name: item }).click();
}

const exported = (page, item, n) => saved(page, () => choose(page, item), n);

test("the panel has a page of its own with an address, and a way back", async ({ page, open }) => {
  await open("role=ml-engineer");
  await choose(page, "View details");
  await expect.poll(() => query(page).get("panel")).toBe(ID);
  await expect(page.locator("[data-panel]")).toHaveCount(1);
  await ready(page);
  await page.keyboard.press("Escape");
  await expect(page.locator("[data-panel]")).not.toHaveCount(1);
  await page.goBack();
  await expect(page.locator("[data-panel]")).toHaveCount(1);
});

test("the table holds every point of the picture", async ({ page, open }) => {
  await open(ALONE);
  await panel(page).locator("canvas").first().waitFor();
  await choose(page, "Show as table");
  await expect(panel(page).locator("canvas")).toHaveCount(0);
  const cells = panel(page).locator("table [data-value]");
  await expect.poll(() => cells.count()).toBeGreaterThan(100);
  const headline = await panel(page).locator('[data-metric="latency"][data-part="value"]').first().getAttribute("data-value");
  expect(Number.isFinite(Number(headline))).toBe(true);
  await choose(page, "Show as picture");
  await expect(panel(page).locator("canvas").first()).toBeVisible();
});

test("inspect shows each request with its query and raw answer", async ({ page, open }) => {
  await open(ALONE);
  await choose(page, "Inspect...");
  const dialog = page.getByRole("dialog", { name: /^Inspect/ });
  const first = dialog.locator(".request").first();
  await expect(first.locator(".facts")).toContainText("200");
  await expect(first.locator("pre").first()).not.toBeEmpty();
  await first.getByText("Raw answer").click();
  await expect(first.locator("details pre")).not.toBeEmpty();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
});

test("inspect names the files of a recording that were read before", async ({ page, open }) => {
  await open(ALONE);
  await page.locator(".time-button").click();
  await page.getByRole("menuitemradio", { name: "Last 6 hours" }).click();
  await expect(page.locator(".time-button")).toContainText("Last 6 hours");
  await ready(page);
  await choose(page, "Inspect...");
  const dialog = page.getByRole("dialog", { name: /^Inspect/ });
  // By its address: the list of files names the others in its raw answer.
  const requestFor = (file) => dialog.locator(".request").filter({ has: page.locator(".facts", { hasText: file }) });
  // The last six hours lie in files that the last day needed already: none is asked again.
  const latency = requestFor("latency-recent.json");
  await expect(latency).toHaveCount(1);
  await expect(latency.locator(".facts")).toContainText("memory: read before");
  await expect(latency.locator(".facts")).toContainText("200");
  await expect(requestFor("manifest.json")).toHaveCount(1);
});

test("explain says what the metrics mean", async ({ page, open }) => {
  await open(ALONE);
  await choose(page, "Explain...");
  const dialog = page.getByRole("dialog", { name: "Latency and throughput" });
  await expect(dialog).toContainText("Request latency");
  await expect(dialog).toContainText("lower is better");
});

test("the CSV holds the numbers of the screen", async ({ page, open }) => {
  await open(ALONE);
  const shown = await panel(page).locator('[data-metric][data-part="value"]:visible').evaluateAll((all) => all.map((one) => one.dataset.value));
  const [{ name, bytes }] = await exported(page, "Export CSV");
  expect(name).toBe(`${ID}.csv`);
  const text = bytes.toString("utf8");
  const numbers = new Set(text.split(/[,\r\n]/).map((cell) => Number(cell.replaceAll('"', ""))));
  expect(shown.length).toBeGreaterThan(0);
  for (const value of shown) expect(numbers, `${value} is missing`).toContain(Number(value));
  expect(text.split("\n").length).toBeGreaterThan(100);
});

test("the PNG is a picture with ink on it, the SVGs are whole", async ({ page, open }) => {
  await open(ALONE);
  await panel(page).locator("canvas").first().waitFor();
  const [png] = await exported(page, "Export PNG");
  expect(png.name).toBe(`${ID}.png`);
  expect(png.bytes.subarray(1, 4).toString()).toBe("PNG");
  expect(png.bytes.readUInt32BE(16)).toBeGreaterThan(300);
  const colours = await page.evaluate(async (data) => {
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.width, image.height];
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    return new Set(new Uint32Array(context.getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size;
  }, png.bytes.toString("base64"));
  expect(colours).toBeGreaterThan(10);

  // One for each picture.
  const svgs = await exported(page, "Export SVG", await panel(page).locator(".chart-canvas").count());
  expect(svgs.length).toBeGreaterThan(1);
  // A page without the app's policy, which would complain of the styles in the picture.
  const blank = await page.context().newPage();
  for (const { name, bytes } of svgs) {
    expect(name).toMatch(new RegExp(`^${ID}-.+\\.svg$`));
    const parsed = await blank.evaluate((text) => {
      const root = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
      return { name: root.nodeName, paths: root.querySelectorAll("path").length, scripts: root.querySelectorAll("script").length };
    }, bytes.toString("utf8"));
    expect(parsed.name, name).toBe("svg");
    expect(parsed.paths, name).toBeGreaterThan(3);
    expect(parsed.scripts, name).toBe(0);
  }
});

test("the summary is copied as the sentence that is read out", async ({ page, open, context, browserName }) => {
  if (browserName === "chromium") await context.grantPermissions(["clipboard-write", "clipboard-read"]);
  await open(ALONE);
  const described = await panel(page).getAttribute("aria-describedby");
  const sentence = await page.locator(`#${described}`).textContent();
  await choose(page, "Copy summary");
  await expect(page.locator(".notices")).toContainText("Summary copied.");
  await page.keyboard.press("Control+k");
  const search = page.getByRole("combobox", { name: "Search and commands" });
  await search.press("Control+v");
  expect((await search.inputValue()).trim()).toBe(sentence.trim());
  expect(sentence).toContain("p95");
});
