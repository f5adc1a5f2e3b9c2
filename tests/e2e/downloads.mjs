// The files that the page saves. Playwright hears of downloads in Chromium; an installed Firefox only puts them into the folder
// that it was given, where they are found.
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect } from "@playwright/test";

/** Where Firefox saves, for each of the processes that run tests side by side. */
export const DOWNLOADS = resolve(import.meta.dirname, "../../test-results", `downloads-${process.env.TEST_PARALLEL_INDEX ?? 0}`);

/** The `n` files that `act` makes the page save: `{name, bytes}` each. */
export async function saved(page, act, n = 1) {
  const isFirefox = page.context().browser().browserType().name() === "firefox";
  return isFirefox ? fromFolder(act, n) : fromEvents(page, act, n);
}

async function fromEvents(page, act, n) {
  const files = [];
  const take = (file) => files.push(file);
  page.on("download", take);
  await act();
  await expect.poll(() => files.length, "saved files").toBe(n);
  page.off("download", take);
  return Promise.all(files.map(async (file) => ({ name: file.suggestedFilename(), bytes: readFileSync(await file.path()) })));
}

async function fromFolder(act, n) {
  rmSync(DOWNLOADS, { recursive: true, force: true });
  mkdirSync(DOWNLOADS, { recursive: true });
  await act();
  // The name is taken first, by an empty file, and the rest moved there once it is whole.
  const isWhole = (name) => !name.endsWith(".part") && statSync(join(DOWNLOADS, name)).size > 0;
  await expect.poll(() => readdirSync(DOWNLOADS).filter(isWhole).length, "saved files").toBe(n);
  await expect.poll(() => readdirSync(DOWNLOADS).length, "nothing is left over").toBe(n);
  return readdirSync(DOWNLOADS).map((name) => ({ name, bytes: readFileSync(join(DOWNLOADS, name)) }));
}
