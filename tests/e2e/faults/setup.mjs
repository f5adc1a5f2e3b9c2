// The app on the lab's workspace with the fault proxy between it and the servers.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FaultProxy } from "../../lab/fault_proxy.mjs";
import { expect, ready, test as base } from "../fixtures.mjs";
import { LAB_WORKSPACE, ofLab, ROOT } from "../places.mjs";

export { expect, ready };

/** Tests run side by side, each process with an app and a proxy of its own. */
const SLOT = Number(process.env.TEST_PARALLEL_INDEX ?? 0);
const PORT = 8099 - 2 * SLOT;
const PROXY_PORT = 18700 + 10 * SLOT;
const URL_OF_APP = `http://127.0.0.1:${PORT}/`;

/** The app's own origin, as the servers' flags name it. */
export const ORIGIN = new URL(URL_OF_APP).origin;

/** How long each workspace waits for an answer: what is not about waiting must not depend on a quick machine. */
const PATIENCE_SECONDS = { faults: 60, impatient: 5 };

/** A panel that asks one source only, for each. */
export const PANELS = { prometheus: "latency-throughput", mlflow: "hyperparameter-tuning" };

/** What the workspaces behind the proxy show: a panel of each source, so that little is asked, and those of one page. */
const DASHBOARDS = {
  faults: Object.values(PANELS),
  operations: ["resources", "scalability", "ab-tests", "deployment-status", "errors"],
  product: ["business-impact", "utilization", "user-feedback", "revenue-impact", "time-to-value", "segments"],
};

/** The lab's workspace as an object, for a test to change. */
export function labWorkspace() {
  return JSON.parse(readFileSync(LAB_WORKSPACE, "utf8"));
}

/** The lab's workspace with its sources behind the proxy. */
function behind(proxy, name, timeoutSeconds) {
  const document = labWorkspace();
  // The business data's sources are named as their servers are, the others by what they are.
  const behindGate = ({ id, kind, url }) => {
    const { origin } = new URL(url);
    return (proxy.origins[id] ?? proxy.origins[kind] ?? origin) + url.slice(origin.length);
  };
  document.metadata.name = name;
  document.spec.dashboards = Object.entries(DASHBOARDS).map(([id, panels]) => {
    const placements = panels.map((panel) => ({ panel, width: 12, height: 5 }));
    return { id, title: id, sections: [{ panels: placements }] };
  });
  document.spec.sources = document.spec.sources.map((source) => ({ ...source, url: behindGate(source), timeoutSeconds }));
  return document;
}

/** The lab's gateway that wants a session's cookie. */
export const GATEWAY = ofLab(18090);

/** The same with the warehouse behind the gateway. */
function withSession(proxy) {
  const document = behind(proxy, "session", PATIENCE_SECONDS.faults);
  const gated = (source) => ({ ...source, url: `${GATEWAY}/session/clickhouse`, auth: "cookie" });
  document.spec.sources = document.spec.sources.map((source) => (source.id === "warehouse" ? gated(source) : source));
  return document;
}

/** `faults`: the proxy, mended before each test. `app`: opens a view of a workspace behind it and does not wait. */
export const test = base.extend({
  faultyApp: [
    async ({}, use) => {
      const proxy = await new FaultProxy({ port: PROXY_PORT }).start();
      const folder = mkdtempSync(join(tmpdir(), "sightline-faults-"));
      const workspaces = Object.entries(PATIENCE_SECONDS).map(([name, seconds]) => behind(proxy, name, seconds));
      const flags = [...workspaces, withSession(proxy)].flatMap((document) => {
        const file = join(folder, `${document.metadata.name}.json`);
        writeFileSync(file, JSON.stringify(document));
        return ["--workspace", file];
      });
      const server = spawn("node", ["scripts/serve.mjs", "--port", PORT, ...flags], { cwd: ROOT });
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
    await use(async (query, workspace = "faults") => {
      await page.goto(`${URL_OF_APP}?workspace=${workspace}&${query}`);
      return page;
    });
    await faults.mend();
  },
});

/** The app's own, the proxy's, and where its redirect leads: the browser tells of that request and the policy stops it. */
export const ORIGINS = [
  // No panel reads the newer ClickHouse here: it is asked for its health only, past the proxy.
  new URL(labWorkspace().spec.sources.find(({ id }) => id === "chdb").url).origin,
  ORIGIN, ...["127.0.0.1", "localhost"].flatMap((host) => [0, 1, 3, 4, 5].map((at) => `http://${host}:${PROXY_PORT + at}`)),
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
