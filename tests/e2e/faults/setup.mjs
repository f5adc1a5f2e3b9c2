// The app on the lab's workspace with the fault proxy between it and the servers.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FaultProxy } from "../../lab/fault_proxy.mjs";
import { expect, ready, test as base } from "../fixtures.mjs";
import { LAB_WORKSPACE, ROOT } from "../places.mjs";

export { expect, ready };

const PORT = 8099;
const URL_OF_APP = `http://127.0.0.1:${PORT}/`;

/** A panel that asks one source only, for each. */
export const PANELS = { prometheus: "latency-throughput", mlflow: "hyperparameter-tuning" };

/** The lab's workspace as an object, for a test to change. */
export function labWorkspace() {
  return JSON.parse(readFileSync(LAB_WORKSPACE, "utf8"));
}

/** The lab's workspace with its sources behind the proxy and little patience. */
function behind(proxy) {
  const document = labWorkspace();
  const [prometheus, mlflow] = proxy.origins;
  const urls = { prometheus, mlflow };
  document.metadata.name = "faults";
  // A panel of each source beside each other, so that little is asked.
  const placements = Object.values(PANELS).map((panel) => ({ panel, width: 12, height: 5 }));
  document.spec.dashboards = [{ id: "faults", title: "Faults", sections: [{ panels: placements }] }];
  document.spec.sources = document.spec.sources.map((source) => ({ ...source, url: urls[source.kind], timeoutSeconds: 5 }));
  return document;
}

/** `faults`: the proxy, mended before each test. `app`: opens a view of its workspace and does not wait. */
export const test = base.extend({
  faultyApp: [
    async ({}, use) => {
      const proxy = await new FaultProxy().start();
      const folder = mkdtempSync(join(tmpdir(), "sightline-faults-"));
      const file = join(folder, "faults.json");
      writeFileSync(file, JSON.stringify(behind(proxy)));
      const server = spawn("node", ["scripts/serve.mjs", "--port", PORT, "--workspace", file], { cwd: ROOT });
      await new Promise((started, failed) => {
        server.stdout.once("data", started);
        server.stderr.once("data", (text) => failed(new Error(String(text))));
      });
      await use(proxy);
      server.kill();
      await proxy.stop();
      rmSync(folder, { recursive: true });
    },
    { scope: "worker" },
  ],
  faults: async ({ faultyApp }, use) => {
    await faultyApp.mend();
    await use(faultyApp);
  },
  app: async ({ page, faults }, use) => {
    await use(async (query) => {
      await page.goto(`${URL_OF_APP}?workspace=faults&${query}`);
      return page;
    });
    await faults.mend();
  },
});

/** The app's own, the proxy's two, and where its redirect leads: the browser tells of that request and the policy stops it. */
export const ORIGINS = [
  new URL(URL_OF_APP).origin, "http://127.0.0.1:18700", "http://127.0.0.1:18701", "http://localhost:18700", "http://localhost:18701",
];
/** What a browser writes to the console about failed requests. */
export const REQUEST_ERRORS = [
  /Failed to load resource|ERR_|blocked by CORS policy|Cross-Origin Request Blocked|NetworkError|Content.Security.Policy|policy violation/,
];

export const panel = (page, id) => page.locator(`[data-panel="${id}"]`);
export const lamp = (page, title) => page.getByRole("group", { name: "Health of the sources" }).getByRole("button", { name: title });

/** Asks again as a person does. */
export async function refresh(page) {
  await page.getByRole("button", { name: "Refresh", exact: true }).click();
}
