// End-to-end tests: the release bundle under the strict policy, at the root, in a sub-folder and in a foreign frame,
// in Debian's Chromium and Firefox.
import { defineConfig } from "@playwright/test";
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
  // One worker: the backends, the browser and the page share two cores, and timings are asserted.
  workers: 1,
  fullyParallel: false,
  forbidOnly: Boolean(process.env.CI),
  // Two browsers, fifteen servers and the page share two cores: a second try tells a slow machine from a fault.
  retries: process.env.CI ? 1 : 0,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: process.env.CI ? [["list"], ["html", { open: "never", outputFolder: "../../playwright-report" }]] : "list",
  use: {
    baseURL: APP.url,
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    viewport: { width: 1440, height: 900 },
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
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
      // What has passed here; the other specs follow one by one (downloads and the control of workers are the known gaps).
      testMatch: ["bundle.spec.mjs", "keyboard/*.spec.mjs", "panels/demo.spec.mjs"],
      use: {
        browserName: "firefox",
        channel: "moz-firefox",
        launchOptions: {
          executablePath: "/usr/bin/firefox-esr",
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
    serve(FRAMED, `--frame-host ${FRAME_HOST.port}`),
  ],
});
