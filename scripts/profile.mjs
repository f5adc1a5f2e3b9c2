// Writes scripts/later/*.txt: which functions a cold start to the demo's first dashboard does not run.
//   SIGHTLINE_PROFILE=yes trunk build --release --dist dist-profile && node scripts/profile.mjs      (make profile)
// Run it when scripts/size.mjs says that the start has grown. A stale list costs bytes and nothing else: a function that
// is not listed is there from the start, and one that is listed by mistake is fetched when it is called.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { chromium } from "@playwright/test";
import { keyOf } from "./lib/split.mjs";

const DIST = "dist-profile";
const PORT = 8390;
const APP = `http://127.0.0.1:${PORT}/`;
const DESK = { width: 1440, height: 900 };
// What a first visit looks like: on a desk, on a telephone, in the dark, and when data come late, one file after the other.
const VISITS = [
  { viewport: DESK, colorScheme: "light" },
  { viewport: DESK, colorScheme: "light", lateMs: 400 },
  { viewport: DESK, colorScheme: "dark", lateMs: 50 },
  { viewport: { width: 390, height: 844 }, colorScheme: "light" },
  { viewport: DESK, colorScheme: "light" },
];
// Other zones than UTC take code of their own.
const ZONES = ["UTC", "Europe/Berlin"];
let zone = 0;
const PROGRAMS = ["sightline", "engine"];
// Charts are drawn a moment after the last panel has its data; clocks and signs of life come every few seconds.
const SETTLED_MS = 12_000;

const server = spawn("node", ["scripts/serve.mjs", "--quiet", "--port", PORT, "--dir", DIST], { stdio: "inherit" });
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
const ran = { sightline: new Set(), engine: new Set() };
try {
  for (const { lateMs, ...visit } of VISITS) {
    const page = await browser.newPage({ ...visit, locale: "en-GB", timezoneId: ZONES[(zone += 1) % ZONES.length] });
    let nth = 0;
    const late = (route) => setTimeout(() => route.continue(), lateMs * (nth += 1));
    if (lateMs) await page.route("**/demo/**", late);
    page.on("pageerror", (error) => console.error(error.message));
    await page.goto(APP);
    await page.locator("[data-ready]").waitFor({ state: "attached", timeout: 120_000 });
    await page.waitForTimeout(SETTLED_MS);
    const gather = () => self.__profile;
    for (const nth of await page.evaluate(gather)) ran.sightline.add(nth);
    for (const nth of await page.workers()[0].evaluate(gather)) ran.engine.add(nth);
    await page.close();
  }
} finally {
  await browser.close();
  server.kill();
}

mkdirSync("scripts/later", { recursive: true });
for (const program of PROGRAMS) {
  const names = JSON.parse(readFileSync(`${DIST}/${program}.functions.json`, "utf8"));
  const atFirst = new Set(names.filter((_, nth) => ran[program].has(nth)).map(keyOf));
  const later = [...new Set(names.map(keyOf).filter((key) => !atFirst.has(key)))].sort();
  const head = `# Functions of the program "${program}" that a cold start does not run, by keyOf in scripts/lib/split.mjs.\n# Written by scripts/profile.mjs.\n`;
  writeFileSync(`scripts/later/${program}.txt`, `${head}${later.join("\n")}\n`);
  console.log(`${program}: ${names.length} functions, ${ran[program].size} ran, ${later.length} keys come later`);
}
