// The contact sheet: each role at 1440 and 390 pixels, light and dark, in one picture.
//   node scripts/shots.mjs [workspace.json] [--roles a,b] [--widths 1440,390] [--themes light,dark] [--out shots] [--dir dist]
// The default is the workspace of the bundle. The README's pictures:
//   node scripts/shots.mjs --widths 1440 --themes light --out docs/shots --no-sheet
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "@playwright/test";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    roles: { type: "string", default: "data-scientist,ml-engineer,product-manager,executive" },
    widths: { type: "string", default: "1440,390" },
    themes: { type: "string", default: "light,dark" },
    out: { type: "string", default: "shots" },
    dir: { type: "string", default: "dist" },
    "no-sheet": { type: "boolean", default: false },
    port: { type: "string", default: "8095" },
    chromium: { type: "string", default: "/usr/bin/chromium" },
  },
});
const HEIGHTS = { 1440: 900, 390: 844 };
const origin = `http://127.0.0.1:${options.port}`;

rmSync(options.out, { recursive: true, force: true });
mkdirSync(options.out, { recursive: true });
const workspace = positionals[0];
const flags = ["--quiet", "--port", options.port, "--dir", options.dir, ...(workspace ? ["--workspace", workspace] : [])];
const server = spawn(process.execPath, ["scripts/serve.mjs", ...flags], { stdio: "inherit" });
const browser = await chromium.launch({ executablePath: options.chromium, args: ["--no-sandbox", "--disable-gpu"] });
const stop = async () => {
  await browser.close();
  server.kill();
};

async function reachable() {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    if (await fetch(origin).then(({ ok }) => ok, () => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the server at ${origin} does not answer`);
}

async function shoot(role, width, theme) {
  const context = await browser.newContext({
    viewport: { width, height: HEIGHTS[width] ?? 900 },
    colorScheme: theme,
    reducedMotion: "reduce",
    deviceScaleFactor: 1,
    locale: "en-GB",
  });
  const page = await context.newPage();
  const query = new URLSearchParams({ role, theme });
  if (workspace) query.set("workspace", basename(workspace, ".json"));
  await page.goto(`${origin}/?${query}`);
  // A view that never gets ready is worth seeing too.
  const ready = () => page.locator("[data-ready]").first().waitFor({ state: "attached", timeout: 60_000 }).then(() => true, () => false);
  await ready();
  await page.evaluate(() => document.fonts.ready);
  // Panels are drawn while they are near the screen: a screen as high as the page shows all at once.
  // What is drawn then may make the page higher, hence twice.
  let settled = false;
  for (let round = 0; round < 2; round += 1) {
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ width, height: Math.min(Math.max(height, HEIGHTS[width] ?? 900), 8000) });
    await page.waitForTimeout(500);
    settled = await ready();
  }
  await page.waitForTimeout(1000);
  const name = `${role}-${width}-${theme}`;
  await page.screenshot({ path: `${options.out}/${name}.png`, fullPage: true });
  console.log(`${name}${settled ? "" : "  (never ready)"}`);
  await context.close();
  return { name, settled };
}

async function sheet(shots) {
  const figures = shots.map(({ name, settled }) => {
    const data = readFileSync(`${options.out}/${name}.png`).toString("base64");
    const width = name.includes("-390-") ? 195 : 720;
    return `<figure><figcaption>${name}${settled ? "" : ": never ready"}</figcaption><img width="${width}" src="data:image/png;base64,${data}"></figure>`;
  });
  const html = `<!doctype html><title>Contact sheet</title><style>
    body { font: 12px sans-serif; background: #888; margin: 16px; display: flex; flex-wrap: wrap; gap: 16px; align-items: flex-start; width: 1920px }
    figure { margin: 0 } figcaption { margin-bottom: 4px; color: #fff }</style>${figures.join("\n")}`;
  writeFileSync(`${options.out}/sheet.html`, html);
  const page = await browser.newPage({ viewport: { width: 1960, height: 1000 } });
  await page.setContent(html);
  await page.screenshot({ path: `${options.out}/sheet.png`, fullPage: true });
}

try {
  await reachable();
  const shots = [];
  for (const role of options.roles.split(",")) {
    for (const width of options.widths.split(",").map(Number)) {
      for (const theme of options.themes.split(",")) shots.push(await shoot(role, width, theme));
    }
  }
  if (!options["no-sheet"]) {
    await sheet(shots);
    console.log(`${options.out}/sheet.png`);
  }
} finally {
  await stop();
}
