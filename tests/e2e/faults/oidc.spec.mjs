// Signing in at a real OpenID provider by a window of its own, and reading through a gateway that verifies each token.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test as base } from "../fixtures.mjs";
import { ofLab, ROOT } from "../places.mjs";
import { GATEWAY, labWorkspace, lamp, panel, REQUEST_ERRORS } from "./setup.mjs";

/** Tests run side by side, each process with an app of its own. */
const SLOT = Number(process.env.TEST_PARALLEL_INDEX ?? 0);
const PORT = 8098 - 2 * SLOT;
const FRAME_PORT = 8398 - 2 * SLOT;
const APP = `http://127.0.0.1:${PORT}/`;
const ISSUER = ofLab(13005);
const HOST = new URL(ISSUER).host;
const PANEL = "latency-throughput";
const SIGN_IN = `Sign in with ${HOST}`;
const SLOW = { timeout: 60_000 };

/** The lab's Prometheus behind the gateway, and nothing else. */
function workspace(name, issuer) {
  const document = labWorkspace();
  const { spec } = document;
  const login = { issuer, clientId: "sightline", scopes: ["openid", "profile", "offline_access"] };
  const source = { ...spec.sources.find(({ id }) => id === "prom"), title: "Metrics", url: `${GATEWAY}/bearer/prometheus`, auth: "oidc", login };
  const trimmed = spec.models.map((model) => ({ ...model, identity: model.identity?.prom ? { prom: model.identity.prom } : {} }));
  const dashboards = [{ id: "one", title: "One", sections: [{ panels: [{ panel: PANEL, width: 12, height: 5 }] }] }];
  return {
    ...document,
    metadata: { ...document.metadata, name },
    spec: { ...spec, sources: [source], models: trimmed, metrics: spec.metrics.filter(({ query }) => query.source === "prom"), dashboards },
  };
}

const test = base.extend({
  server: [
    async ({}, use) => {
      const folder = mkdtempSync(join(tmpdir(), "sightline-oidc-"));
      const flags = [workspace("oidc", ISSUER), workspace("away", ofLab(13999))].flatMap((document) => {
        const file = join(folder, `${document.metadata.name}.json`);
        writeFileSync(file, JSON.stringify(document));
        return ["--workspace", file];
      });
      const all = ["scripts/serve.mjs", "--port", PORT, "--frame-host", FRAME_PORT, ...flags];
      const server = spawn("node", all, { cwd: ROOT });
      await new Promise((started, failed) => {
        server.stdout.once("data", started);
        server.stderr.once("data", (text) => failed(new Error(String(text))));
      });
      await use(server);
      server.kill();
      rmSync(folder, { recursive: true });
    },
    { scope: "worker" },
  ],
  /** Every token that the gateway was shown, and in Chromium every one that the provider handed out. */
  tokens: async ({ context, browserName }, use) => {
    const tokens = [];
    const note = (...more) => tokens.push(...more.filter((token) => token && !tokens.includes(token)));
    context.on("request", async (request) => {
      if (!request.url().startsWith(`${GATEWAY}/bearer/`)) return;
      const { authorization } = await request.allHeaders().catch(() => ({}));
      note(authorization?.replace("Bearer ", ""));
    });
    // Read on the way: a browser does not keep the answers that a worker got. Firefox's driver cannot hand them on.
    if (browserName === "chromium") {
      await context.route(`${ISSUER}/token`, async (route) => {
        const response = await route.fetch();
        if (response.ok() && route.request().method() === "POST") {
          const { access_token, refresh_token, id_token } = await response.json();
          note(access_token, refresh_token, id_token);
        }
        await route.fulfill({ response });
      });
    }
    await use(tokens);
  },
  app: async ({ page, server }, use) => {
    if (server.exitCode !== null) throw new Error("the app's server has ended");
    await use(async (name = "oidc") => {
      await page.goto(`${APP}?workspace=${name}&d=one&from=now-7d`);
      return page;
    });
  },
});

test.use({
  origins: [new URL(APP).origin, `http://localhost:${FRAME_PORT}`, GATEWAY, ISSUER, ofLab(13999)],
  tolerated: [new RegExp([...REQUEST_ERRORS.map(({ source }) => source), "a message could not be read"].join("|"))],
});

/** The door to the provider, on the panel that was refused. */
const door = (scope) => panel(scope, PANEL).getByRole("button", { name: SIGN_IN });

/** What a person does in the provider's window. */
async function logIn(popup, name = "ada") {
  await popup.waitForURL((url) => url.origin === ISSUER);
  // The address names the challenge and nothing that opens anything.
  await popup.locator("[name=login]").fill(name);
  await popup.locator("[name=password]").fill("any");
  const closed = popup.waitForEvent("close");
  await popup.locator("button[type=submit]").click();
  await popup.getByRole("button", { name: "Continue" }).click();
  await closed;
}

async function signIn(page, scope = page, click = (button) => button.click()) {
  // Of the context: Firefox's driver does not name a page as the opener when one of its frames is.
  const [popup] = await Promise.all([page.context().waitForEvent("page"), click(door(scope))]);
  await logIn(popup);
  await expect(panel(scope, PANEL)).toHaveAttribute("data-state", "fresh", SLOW);
}

/** Where in a page a secret can be found: its storage, its address, and whatever can be reached from its window, memory included. */
const found = (frame, secrets) =>
  frame.evaluate(async (secrets) => {
    const places = [];
    const look = (place, text) => {
      if (typeof text === "string" && secrets.some((secret) => text.includes(secret))) places.push(place);
    };
    const kept = (of) => JSON.stringify(Object.entries(of));
    look("localStorage", kept(localStorage));
    look("sessionStorage", kept(sessionStorage));
    look("cookie", document.cookie);
    look("address", location.href);
    look("history", JSON.stringify(history.state));
    look("document", document.documentElement.outerHTML);
    look("timings", JSON.stringify(performance.getEntries().map(({ name }) => name)));
    look("name", window.name);
    if ((await indexedDB.databases?.())?.length) places.push("indexedDB");
    if ((await globalThis.caches?.keys())?.length) places.push("caches");
    const decoder = new TextDecoder("latin1");
    const seen = new Set();
    const queue = [["window", window]];
    while (queue.length > 0 && seen.size < 200_000) {
      const [path, value] = queue.shift();
      if (typeof value === "string") look(path, value);
      if (value === null || !["object", "function"].includes(typeof value) || seen.has(value)) continue;
      seen.add(value);
      if (value instanceof ArrayBuffer) {
        look(path, decoder.decode(value));
        continue;
      }
      if (ArrayBuffer.isView(value)) {
        queue.push([`${path}.buffer`, value.buffer]);
        continue;
      }
      for (const key of Reflect.ownKeys(value)) {
        let member;
        try {
          member = value[key];
        } catch {
          continue;
        }
        // What a prototype promises without an object fails by itself.
        if (member instanceof Promise) member.catch(() => {});
        queue.push([`${path}.${String(key)}`, member]);
      }
      if (value instanceof WebAssembly.Memory) queue.push([`${path}.buffer`, value.buffer]);
    }
    return places;
  }, secrets);

test("a refused panel offers the sign-in, fills after it, and the tokens are nowhere in the page", async ({ page, app, tokens, browserName }) => {
  const said = [];
  page.on("console", (message) => said.push(message.text()));
  await app();
  await expect(panel(page, PANEL)).toHaveAttribute("data-state", "failed", SLOW);
  await expect(panel(page, PANEL)).toContainText(`Sign in with ${HOST}`);
  await expect(lamp(page, "Metrics")).toContainText("log in");
  const address = page.url();
  await signIn(page);
  await expect(lamp(page, "Metrics")).toContainText("up");

  await lamp(page, "Metrics").click();
  await expect(page.locator("[data-source=prom]")).toContainText(`Signed in as ada with ${HOST}.`);
  await expect.poll(() => tokens.length).toBeGreaterThanOrEqual(browserName === "chromium" ? 3 : 1);
  expect(await found(page, tokens)).toEqual([]);
  expect(page.url()).toBe(address);
  expect(said.filter((text) => tokens.some((token) => text.includes(token)))).toEqual([]);
  // The search does find what is there.
  await page.evaluate((token) => Object.assign(window, { planted: { deep: new TextEncoder().encode(`x${token}`) } }), tokens[0]);
  expect(await found(page, tokens)).toEqual(["window.planted.deep.buffer"]);
});

test("signing out forgets what was read, and the provider takes the tokens back", async ({ page, app, tokens, request }) => {
  await app();
  await signIn(page);
  const me = () => request.get(`${ISSUER}/me`, { headers: { Authorization: `Bearer ${tokens[0]}` } });
  await expect.poll(() => tokens.length).toBeGreaterThan(0);
  expect((await me()).status()).toBe(200);
  await lamp(page, "Metrics").click();
  await page.locator("[data-source=prom]").getByRole("button", { name: "Sign out" }).click();
  await page.keyboard.press("Escape");
  await expect(panel(page, PANEL)).toHaveAttribute("data-state", "failed", SLOW);
  await expect(lamp(page, "Metrics")).toContainText("log in");
  await expect.poll(async () => (await me()).status()).toBe(401);
  await expect(door(page)).toBeVisible();
});

test("a log-in that is cancelled, or a window that is closed, is told with another try", async ({ page, app }) => {
  await app();
  await expect(door(page)).toBeVisible(SLOW);
  const [popup] = await Promise.all([page.waitForEvent("popup"), door(page).click()]);
  await popup.waitForURL((url) => url.origin === ISSUER);
  await popup.getByRole("link", { name: "Cancel" }).click();
  await expect(panel(page, PANEL)).toContainText(`The sign-in at ${HOST} was refused or cancelled.`);

  const [second] = await Promise.all([page.waitForEvent("popup"), door(page).click()]);
  await second.waitForURL((url) => url.origin === ISSUER);
  await second.close();
  await expect(panel(page, PANEL)).toContainText("The window was closed before the sign-in was finished.");
  await signIn(page);
});

test("an answer that belongs to no sign-in of this page opens nothing", async ({ page, app }) => {
  await app();
  await expect(door(page)).toBeVisible(SLOW);
  const [popup] = await Promise.all([page.waitForEvent("popup"), door(page).click()]);
  await popup.waitForURL((url) => url.origin === ISSUER);
  const forged = new URLSearchParams({ code: "stolen", state: "of-another-page", iss: ISSUER });
  await popup.goto(`${APP}signed-in.html?${forged}`).catch(() => {}); // it closes itself
  await expect(panel(page, PANEL)).toContainText("The answer that came back belongs to no sign-in of this page.");
  await expect(panel(page, PANEL)).toHaveAttribute("data-state", "failed");
});

test("where the browser blocks the window, a plain link leads the same way", async ({ page, app }) => {
  await page.addInitScript(() => {
    window.open = () => null;
  });
  await app();
  await door(page).click();
  await expect(panel(page, PANEL)).toContainText("The browser blocked the window.");
  const link = panel(page, PANEL).getByRole("link", { name: "Open the log-in page" });
  const [popup] = await Promise.all([page.waitForEvent("popup"), link.click()]);
  await logIn(popup);
  await expect(panel(page, PANEL)).toHaveAttribute("data-state", "fresh", SLOW);
});

test("a provider that does not answer is told with what to do", async ({ page, app }) => {
  await app("away");
  const host = new URL(ofLab(13999)).host;
  const [popup] = await Promise.all([
    page.waitForEvent("popup"),
    panel(page, PANEL).getByRole("button", { name: `Sign in with ${host}` }).click(),
  ]);
  await expect(panel(page, PANEL)).toContainText(`did not answer, or does not allow this page to read its answer`);
  await expect(panel(page, PANEL)).toContainText("CORS");
  await expect.poll(() => popup.isClosed()).toBe(true);
});

test("a planned restart keeps the sign-in, and a crash asks again", async ({ page, app, tokens }) => {
  await page.addInitScript(() => {
    const Plain = window.Worker;
    window.engines = [];
    window.Worker = class extends Plain {
      constructor(...all) {
        super(...all);
        window.engines.push(this);
      }
    };
  });
  let nExchanges = 0;
  page.context().on("request", (sent) => {
    if (sent.url() === `${ISSUER}/token` && sent.method() === "POST") nExchanges += 1;
  });
  await app();
  await signIn(page);
  await expect.poll(() => tokens.length).toBeGreaterThan(0);
  expect(nExchanges).toBe(1);
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Search and commands" }).fill("restart the engine");
  await page.keyboard.press("Enter");
  await expect.poll(() => page.evaluate(() => window.engines.length)).toBe(2);
  await lamp(page, "Metrics").click();
  await expect(page.locator("[data-source=prom]")).toContainText("Signed in as ada", SLOW);
  await page.keyboard.press("Escape");
  const read = page.waitForResponse((response) => response.url().startsWith(`${GATEWAY}/bearer/`) && response.status() === 200);
  await page.getByRole("button", { name: "Refresh", exact: true }).click();
  await read;
  await expect(panel(page, PANEL)).toHaveAttribute("data-state", "fresh", SLOW);
  expect(nExchanges, "the provider was asked for nothing").toBe(1);
  // The page made the channel; what went through it is not in its reach.
  expect(await found(page, tokens)).toEqual([]);

  await page.evaluate(() => window.engines.at(-1).postMessage("not a frame"));
  await expect.poll(() => page.evaluate(() => window.engines.length)).toBe(3);
  await expect(lamp(page, "Metrics")).toContainText("log in", SLOW);
  await lamp(page, "Metrics").click();
  await expect(page.locator("[data-source=prom]").getByRole("button", { name: SIGN_IN })).toBeVisible();
});

test("in a frame of another site the window opens too, and the way back leads into the frame", async ({ page, server, browserName }) => {
  expect(server.exitCode).toBe(null);
  await page.goto(`http://localhost:${FRAME_PORT}/?workspace=oidc&d=one&from=now-7d`);
  const frame = page.frameLocator("iframe");
  await expect(door(frame)).toBeVisible(SLOW);
  // Firefox's driver brings no pointer and no key into a frame of another site, which is a process of its own.
  await signIn(page, frame, (button) => (browserName === "firefox" ? button.evaluate((one) => one.click()) : button.click()));
  const inner = page.frames().find((one) => one.url().startsWith(APP));
  expect(await inner.evaluate(() => location.href)).not.toMatch(/code|state/);
});
