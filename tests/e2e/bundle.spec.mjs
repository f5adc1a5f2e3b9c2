// The bundle itself: it starts anywhere under the strict policy, and says so when it cannot.
import { readFileSync } from "node:fs";
import { expect, ready, test } from "./fixtures.mjs";
import { APP, FRAME_HOST, SUBFOLDER } from "./places.mjs";

test("starts at the root and in a sub-folder", async ({ page }) => {
  for (const place of [APP, SUBFOLDER]) {
    await page.goto(place.url);
    await ready(page);
    await expect(page.locator("#boot")).toHaveCount(0);
    await expect(page.locator("#failure")).toHaveCount(0);
  }
});

test("starts in a frame of another site", async ({ page }) => {
  await page.goto(FRAME_HOST.url);
  const frame = page.frameLocator("iframe");
  await ready(frame);
  await expect(frame.locator("#failure")).toHaveCount(0);
});

test("has the theme of the address before the first paint", async ({ page }) => {
  for (const theme of ["dark", "light"]) {
    await page.goto(`${APP.url}?theme=${theme}`, { waitUntil: "commit" });
    await expect(page.locator("html")).toHaveAttribute("data-theme", theme);
  }
});

test("answers with the policy, lasting caches and true 404s", async ({ request }) => {
  const document = await request.get(APP.url);
  const html = await document.text();
  expect(document.headers()["content-security-policy"]).toContain("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'");
  expect(document.headers()["cache-control"]).toBe("no-cache");
  expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=/);
  for (const [, address] of html.matchAll(/(?:src|href)="\.\/([^"]+)"/g)) {
    const file = await request.get(APP.url + address);
    expect(file.status(), address).toBe(200);
    if (address !== "") expect(file.headers()["cache-control"], address).toContain("immutable");
  }
  expect((await request.get(`${APP.url}no/such/file`)).status()).toBe(404);
  expect((await request.get(`${APP.url}..%2fCargo.toml`)).status()).toBe(404);
});

test.describe("when a file is damaged or missing", () => {
  test.use({ tolerated: [/.*/] });

  const flipped = (path) => {
    const data = readFileSync(new URL(`../../dist/${path}`, import.meta.url));
    data[Math.trunc(data.length / 2)] ^= 1;
    return data;
  };
  const types = { js: "text/javascript", wasm: "application/wasm" };

  for (const [what, pattern] of [
    ["the binary", /\/(sightline-[0-9a-f]+_bg\.wasm)$/],
    ["the glue", /\/(sightline-[0-9a-f]+\.js)$/],
    ["the boot script", /\/(boot-[0-9a-f]+\.js)$/],
  ]) {
    test(`${what} with a flipped bit is refused on a readable page`, async ({ page }) => {
      await page.route(pattern, (route) => {
        const name = pattern.exec(route.request().url())[1];
        return route.fulfill({ body: flipped(name), contentType: types[name.split(".").at(-1)] });
      });
      await page.goto(APP.url);
      await expect(page.locator("#failure")).toContainText("could not start");
      await expect(page.getByRole("button", { name: "Reload" })).toBeFocused();
    });

    test(`${what} that is missing is told on a readable page`, async ({ page }) => {
      await page.route(pattern, (route) => route.fulfill({ status: 404, body: "not found" }));
      await page.goto(APP.url);
      await expect(page.locator("#failure")).toContainText("could not start");
    });
  }
});
