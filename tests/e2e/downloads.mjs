// The files that the page saves. Playwright hears of downloads in Chromium; an installed Firefox only puts them into the folder
// that it was given, where they are found.
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect } from "@playwright/test";

/** Where Firefox saves, for each of the processes that run tests side by side. */
export const DOWNLOADS = resolve(import.meta.dirname, "../../test-results", `downloads-${process.env.TEST_PARALLEL_INDEX ?? 0}`);

/** The file that `act` makes the page save: `{name, bytes}`. */
export async function saved(page, act) {
  const isFirefox = page.context().browser().browserType().name() === "firefox";
  return isFirefox ? fromFolder(act) : fromEvent(page, act);
}

async function fromEvent(page, act) {
  const download = page.waitForEvent("download");
  await act();
  const file = await download;
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) };
}

async function fromFolder(act) {
  rmSync(DOWNLOADS, { recursive: true, force: true });
  mkdirSync(DOWNLOADS, { recursive: true });
  await act();
  // The name is taken first, by an empty file, and the rest moved there once it is whole.
  const whole = () => {
    const names = readdirSync(DOWNLOADS);
    return names.length === 1 && statSync(join(DOWNLOADS, names[0])).size > 0 ? names[0] : undefined;
  };
  await expect.poll(whole, "a saved file").toBeDefined();
  const name = whole();
  return { name, bytes: readFileSync(join(DOWNLOADS, name)) };
}
