// The app in a frame of a host page that speaks with it by embed.js: what a host can do, what it hears, and that nobody else can.
import { readFileSync } from "node:fs";
import { expect, ready, test } from "./fixtures.mjs";
import { FRAME_HOST, FRAMED } from "./places.mjs";

const HOST = new URL(FRAME_HOST.url).origin;
const STRANGERS = Array.from({ length: 20 }, (_, nth) => `http://stranger-${nth}.localhost:${FRAME_HOST.port}`);

test.use({ origins: STRANGERS });

const demo = () => JSON.parse(readFileSync(new URL("../../dist/workspaces/default.json", import.meta.url)));

/** Opens a host page that embeds the demo with these options; the workspace names `origins` as hosts. */
async function host(page, options, origins = [HOST]) {
  const workspace = demo();
  workspace.spec.embed = { origins };
  await page.route("**/workspaces/default.json", (route) => route.fulfill({ json: workspace }));
  await page.goto(`${HOST}/host.html?options=${encodeURIComponent(JSON.stringify(options))}`);
  return page.frameLocator("iframe[title=Sightline]");
}

const heard = (page, type) => page.evaluate((wanted) => window.events.filter(({ type }) => type === wanted), type);
const addressOf = (page) => new URL(page.frames().find((frame) => frame.url().startsWith(FRAMED.url)).url());

test("a host sets time, filters, role and theme, and hears what the viewer does", async ({ page }) => {
  const app = await host(page, { role: "ml-engineer", theme: "light", vars: { model: "digits" }, hide: ["rail"] });
  await ready(app);
  await expect.poll(async () => (await heard(page, "ready")).length).toBeGreaterThan(0);
  expect(addressOf(page).pathname).toMatch(/embed\.html$/);
  await expect(app.locator(".rail")).toBeHidden();
  await expect(app.locator(".bar")).toBeVisible();
  expect((await heard(page, "vars")).at(-1).vars).toEqual({ model: { include: ["digits"], exclude: [] } });
  expect((await heard(page, "height")).at(-1).height).toBeGreaterThan(900);

  await page.evaluate(() => window.view.setTime({ from: "now-7d", to: "now" }));
  await expect.poll(() => addressOf(page).searchParams.get("from")).toBe("now-7d");
  const days = async () => {
    const { fromMs, toMs } = (await heard(page, "range")).at(-1);
    return (toMs - fromMs) / 86_400_000;
  };
  await expect.poll(days).toBe(7);
  await page.evaluate(() => window.view.setVars({ model: ["digits", "breast-cancer"] }));
  await expect.poll(() => addressOf(page).searchParams.getAll("var-model")).toEqual(["digits", "breast-cancer"]);
  await page.evaluate(() => window.view.setTheme("dark"));
  await expect(app.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.evaluate(() => window.view.setRole("executive"));
  await expect(app.getByRole("heading", { name: "ROI and savings" })).toBeVisible();
  await expect.poll(async () => (await heard(page, "select")).at(-1).role).toBe("executive");

  // The viewer's own acts. Firefox's driver brings no pointer into a frame of another site.
  await app.getByRole("radio", { name: "ML engineer" }).evaluate((segment) => segment.click());
  await expect.poll(async () => (await heard(page, "select")).at(-1).role).toBe("ml-engineer");
  // A form, which a sandbox may forbid.
  await app.getByRole("button", { name: /^Last 7 days/ }).evaluate((face) => face.click());
  await app.getByRole("textbox", { name: "From" }).fill("now-3h");
  await app.locator(".time-picker form").evaluate((form) => form.requestSubmit());
  await expect.poll(() => addressOf(page).searchParams.get("from")).toBe("now-3h");
});

test("a host takes a panel's table and picture, and is told what cannot be", async ({ page }) => {
  const app = await host(page, { role: "ml-engineer" });
  await ready(app);
  const csv = await page.evaluate(() => window.view.export("latency-throughput", "csv"));
  expect(csv).toContain("p95");
  const png = await page.evaluate(() => window.view.export("latency-throughput", "png"));
  expect(png).toMatch(/^data:image\/png;base64,/);
  const refused = (call) => page.evaluate((code) => new Function("view", `return ${code}`)(window.view).then(() => "", (error) => error.message), call);
  expect(await refused(`view.export("no-such-panel", "csv")`)).toContain("nothing to export");
  expect(await refused(`view.setTheme("pink")`)).toContain("theme");
  expect(await refused(`view.setTime({ from: "yesteryear" })`)).toContain("from");
  const before = addressOf(page).href;
  await page.evaluate(() => window.view.unmount());
  await expect(page.locator("iframe")).toHaveCount(0);
  expect(before).toContain("embed.html");
});

test("a host that the workspace does not name is not answered", async ({ page }) => {
  const app = await host(page, { role: "ml-engineer", timeout: 3_000 }, ["https://portal.example"]);
  await ready(app);
  await expect.poll(async () => (await heard(page, "error")).map(({ message }) => message).join()).toContain("did not answer");
  expect((await heard(page, "ready")).length).toBe(0);
});

test("1,000 fuzzed messages of the host and 20 strangers change nothing", async ({ page }) => {
  const app = await host(page, { role: "ml-engineer", theme: "light" });
  await ready(app);
  const before = addressOf(page).href;
  await page.evaluate((strangers) => {
    window.answered = 0;
    window.addEventListener("message", ({ data }) => { window.answered += data === "answered" ? 1 : 0; });
    return Promise.all(
      strangers.map((origin) => new Promise((done) => {
        const frame = document.createElement("iframe");
        frame.onload = done;
        frame.src = `${origin}/stranger.html`;
        document.body.append(frame);
      })),
    );
  }, STRANGERS);
  // The host itself, through the window and not its port, and with things that cannot be read through a second port.
  await page.evaluate((target) => {
    let seed = 7;
    const random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    const pick = (list) => list[Math.floor(random() * list.length)];
    const value = (depth) =>
      depth > 3
        ? pick([null, true, 1e308, -0, "now-1h", "\u0000<b>", "x".repeat(2_000)])
        : pick([() => value(9), () => [value(depth + 1), value(depth + 1)], () => ({ id: value(9), type: pick(["set-time", "set-workspace", "export", "", value(9)]), [pick(["from", "vars", "workspace", "__proto__", "panel"])]: value(depth + 1) })])();
    const frame = document.querySelector("iframe[title=Sightline]").contentWindow;
    for (let nth = 0; nth < 1_000; nth += 1) frame.postMessage(value(0), target);
  }, new URL(FRAMED.url).origin);
  await page.evaluate(() => window.view.export("latency-throughput", "csv"));
  expect(await page.evaluate(() => window.answered)).toBe(0);
  expect(addressOf(page).href).toBe(before);
  await expect(app.locator("html")).toHaveAttribute("data-theme", "light");
});
