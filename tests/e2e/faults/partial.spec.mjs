// Part of what a panel asks fails, or comes damaged: the panel shows the rest, says how much is missing and why, and is whole
// again at the next refresh. The faults sit in front of the real servers and meet the named questions only.
import { WARNING } from "../../lab/fault_proxy.mjs";
import { inAddress, registered, runOfVersion, windows } from "../truth.mjs";
import { expect, ORIGINS, panel, PANELS, ready, refresh, REQUEST_ERRORS, test } from "./setup.mjs";

test.use({ origins: ORIGINS, tolerated: REQUEST_ERRORS, viewport: { width: 1440, height: 4000 } });

/** Each server refuses a question in its own words. */
const REFUSED = { prometheus: /parse error/, mlflow: /Invalid clause/, warehouse: /Syntax error/, desk: /syntax error/, records: /404/ };
/** One table of predictions a day is cut in half. */
const CUT_TABLES = { target: "mlflow", kind: "truncated", match: "T07\\.json", says: /tables were not readable, one of them: expected a table.*: [1-9]\d*$/m };
const refused = (target, match) => ({ target, kind: "400", match, says: REFUSED[target] });

/** The run behind the champion of a model. */
async function championRun(model) {
  const { aliases } = await registered(model);
  return runOfVersion(model, aliases.find(({ alias }) => alias === "champion").version);
}

// What is opened, and for each panel the fault that meets it.
const CASES = [
  { view: "panel=model-performance&var-model=breast-cancer", panels: { "model-performance": CUT_TABLES } },
  { view: "panel=confusion-matrix&var-model=breast-cancer", panels: { "confusion-matrix": CUT_TABLES } },
  { view: "panel=drift&var-model=breast-cancer", panels: { drift: CUT_TABLES } },
  {
    view: "panel=feature-importance&var-model=breast-cancer&var-model=digits",
    panels: { "feature-importance": async () => refused("mlflow", `importance.*${(await championRun("digits")).id}`) },
  },
  {
    view: "panel=training-curves&var-model=breast-cancer",
    panels: { "training-curves": refused("mlflow", "metrics/get-history\\?") },
  },
  {
    view: "panel=hyperparameter-tuning&var-model=breast-cancer&compare=model:digits",
    panels: { "hyperparameter-tuning": refused("mlflow", "model-versions/search.*digits") },
  },
  { view: "panel=latency-throughput", panels: { "latency-throughput": refused("prometheus", "model_version_info") } },
  {
    view: "d=operations",
    panels: {
      resources: refused("prometheus", "DCGM_FI_DEV_GPU_UTIL"),
      scalability: refused("prometheus", "kube_pod_container_status_restarts_total"),
      "ab-tests": refused("prometheus", "status_code"),
      "deployment-status": refused("mlflow", "registered-models/search"),
      errors: refused("mlflow", "traces/search"),
    },
  },
  {
    view: "d=product&var-model=digits&compare=model:diabetes",
    range: windows().year,
    panels: {
      "business-impact": refused("warehouse", "activity"),
      utilization: refused("warehouse", "eligible"),
      "user-feedback": refused("desk", "feedback.*p0=diabetes"),
      "revenue-impact": refused("desk", "p0=plan"),
      "time-to-value": refused("desk", "milestones.*p0=diabetes"),
      segments: refused("warehouse", "country"),
    },
  },
  {
    view: "d=executive",
    range: windows().quarter,
    panels: {
      headline: refused("desk", "feedback"),
      "strategic-goals": refused("desk", "incidents"),
      portfolio: refused("prometheus", "_bucket"),
      "market-adoption": refused("records", "market"),
      risk: refused("desk", "incidents"),
    },
  },
  { view: "panel=roi", range: windows().quarter, panels: { roi: refused("desk", "model.*savings") } },
];

/** The remarks of a panel, one line each. */
async function remarks(one) {
  await one.getByRole("button", { name: /^\d+ remarks/ }).click();
  const lines = await one.locator(".popover:popover-open li").allTextContents();
  await one.page().keyboard.press("Escape");
  return lines;
}

for (const { view, range = windows().days, panels } of CASES) {
  const tags = Object.keys(panels).map((id) => `[${id}:partial]`).join(" ");
  test(`${tags} the rest is shown, with what is missing and why`, async ({ page, app, faults }) => {
    const met = await Promise.all(Object.entries(panels).map(async ([id, fault]) => [id, typeof fault === "function" ? await fault() : fault]));
    for (const target of new Set(met.map(([, fault]) => fault.target))) {
      const mine = met.map(([, fault]) => fault).filter((fault) => fault.target === target);
      await faults.set(target, mine[0].kind, { match: mine.map(({ match }) => match).join("|") });
    }
    await app(`${view}&${inAddress(range)}`);
    for (const [id, { says }] of met) {
      const one = panel(page, id);
      await expect(one, id).toHaveAttribute("data-state", "partial", { timeout: 60_000 });
      await expect(one.locator("[data-value]").first(), id).toBeAttached();
      const lines = await remarks(one);
      await expect(one.getByRole("button", { name: `${lines.length} remarks` })).toBeVisible();
      expect(lines.join("\n"), id).toMatch(says);
    }
    await faults.mend();
    await refresh(page);
    for (const [id] of met) await expect(panel(page, id), id).toHaveAttribute("data-state", "fresh", { timeout: 60_000 });
  });
}

test("an answer with a warning of the server is partial, and the warning is counted", async ({ page, app, faults }) => {
  await faults.set("prometheus", "warned", { match: "/api/v1/query" });
  await app("d=faults&from=now-6h");
  const one = panel(page, PANELS.prometheus);
  await expect(one).toHaveAttribute("data-state", "partial");
  await expect(one.locator("[data-value]").first()).toBeAttached();
  expect(await remarks(one)).toContainEqual(expect.stringMatching(new RegExp(`^${WARNING}: \\d+$`)));
  await faults.mend();
  await refresh(page);
  await expect(one).toHaveAttribute("data-state", "fresh");
  await expect(one.getByRole("button", { name: /remarks/ })).toHaveCount(0);
});
