// End-to-end tests: the release bundle under the strict policy, at the root, in a sub-folder and in a foreign frame,
// in Debian's Chromium and Firefox.
import { defineConfig } from "@playwright/test";
import { DOWNLOADS } from "./downloads.mjs";
import { APP, FRAME_HOST, FRAMED, LAB_WORKSPACE, ROOT, SUBFOLDER } from "./places.mjs";

const serve = (place, flags = "") => ({
  command: `node scripts/serve.mjs --quiet --port ${place.port} --base ${place.base} --workspace "${LAB_WORKSPACE}" ${flags}`,
  url: place.url,
  cwd: ROOT,
  reuseExistingServer: false,
  timeout: 20_000,
});

export default defineConfig({
  testDir: ".",
  outputDir: "../../test-results",
  // Two at a time: no test asserts a time, none changes a backend, and each process has its own fault proxy.
  workers: 2,
  fullyParallel: true,
  forbidOnly: Boolean(process.env.CI),
  // A test that passes only the second time is listed as flaky, and its cause is to be mended.
  retries: process.env.CI ? 1 : 0,
  // Limits, not expectations: a machine that is busy with something else must not look like a fault.
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: [
    ["list"],
    ["./failures.mjs"],
    ...(process.env.CI ? [["html", { open: "never", outputFolder: "../../playwright-report" }]] : []),
  ],
  use: {
    baseURL: APP.url,
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    viewport: { width: 1440, height: 900 },
    screenshot: "only-on-failure",
    // What was done, without pictures of the page at each step: those cost a third of the time.
    trace: { mode: "retain-on-failure", snapshots: false, screenshots: false, sources: true },
  },
  projects: [
    {
      name: "chromium",
      use: {
        browserName: "chromium",
        launchOptions: {
          executablePath: "/usr/bin/chromium",
          args: [
            "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync",
          ],
        },
      },
    },
    {
      name: "firefox",
      use: {
        browserName: "firefox",
        channel: "moz-firefox",
        launchOptions: {
          executablePath: "/usr/bin/firefox-esr",
          downloadsPath: DOWNLOADS,
          // The options for colour scheme and motion are ignored here, these are not.
          firefoxUserPrefs: {
            "ui.systemUsesDarkTheme": 0,
            "ui.prefersReducedMotion": 1,
            // Storage is denied to foreign frames: the app must do without.
            "network.cookie.cookieBehavior": 1,
          },
        },
      },
    },
  ],
  webServer: process.env.SIGHTLINE_APP_PORT ? [] : [
    serve(APP),
    serve(SUBFOLDER),
    serve(FRAMED, `--frame-host ${FRAME_HOST.port} --frame-pages tests/e2e/hosts`),
  ],
});
