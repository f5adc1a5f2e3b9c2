// Portfolio: every model's accuracy, drift, failures, latency and age are those of the backends, and each cell opens its evidence.
import { expect, test } from "../fixtures.mjs";
import { block, expectInterval, expectShown, figure, LAB, openPanel, sentence, table } from "../shown.mjs";
import { wilson } from "../intervals.mjs";
import { DAY, inAddress, modelVersion, planted, promGrowth, registered, truth, windows } from "../truth.mjs";

const window = windows().days;
const more = `compare=window:${window.referenceFrom}..${window.referenceTo}`;
const MODELS = { "breast-cancer": "Breast cancer", digits: "Digits", diabetes: "Diabetes" };
const STATES = ["Accuracy", "Drift", "Reliability", "Freshness"];
const rowOf = (rows, id) => rows.find((row) => row.Model.text === MODELS[id]);
const percent = (share) => `${(100 * share).toFixed(1)} %`;

/** Version of the alias that serves people. */
async function champion(model) {
  const { aliases } = await registered(model);
  return aliases.find(({ alias }) => alias === "champion").version;
}

test("[portfolio:accuracy] [portfolio:drift] each model's share of right answers and of drifted features", async ({ open }) => {
  const panel = await openPanel(open, "portfolio", window, more);
  // Drift is compared behind the picture.
  await expect(block(panel, "models")).not.toContainText("being compared", { timeout: 60_000 });
  const { confusion_counters: counted } = truth(window);
  const [states, numbers] = [await table(block(panel, "models")), await table(block(panel, "evidence"))];
  for (const id of ["breast-cancer", "digits"]) {
    const version = await champion(id);
    const { accuracy, n } = counted[id][version];
    const row = rowOf(numbers, id);
    expect(row.Version.text, id).toBe(version);
    expectInterval(row.Accuracy.parts, { value: accuracy, ...wilson(accuracy, n) }, { what: `accuracy of ${id}` });
    expectShown(row["Predictions counted"].shown, n, { what: `predictions of ${id}` });
    expect(rowOf(states, id).Accuracy.text, id).toContain(percent(accuracy));
  }
  // What was shifted on purpose, and nothing beside it.
  const { model, feature } = planted().shiftedFeature;
  const { drift } = truth(window);
  const features = Object.keys(drift[model]).filter((name) => name !== "score");
  expect(features).toContain(feature);
  expectShown(rowOf(numbers, model)["Drifted features"].shown, 1 / features.length, { what: "drifted features" });
  expect(rowOf(states, model).Drift.text).toContain(`1 of ${features.length} features`);
});

test("[portfolio:reliability] [portfolio:latency] failed requests and p95 are those of the servers' counters", async ({ open }) => {
  const panel = await openPanel(open, "portfolio", window);
  const count = "rest_server_request_duration_seconds_count";
  const [requests, failures] = [await promGrowth(count, ["model"], window), await promGrowth(`${count}{status_code=~"5.."}`, ["model"], window)];
  const { latency } = truth(window);
  const numbers = await table(block(panel, "evidence"));
  for (const id of ["breast-cancer", "digits"]) {
    const row = rowOf(numbers, id);
    const n = Math.round(requests[id]);
    const share = Math.round(failures[id] ?? 0) / n;
    expectInterval(row["Failed requests"].parts, { value: share, ...wilson(share, n) }, { what: `failures of ${id}`, relative: 1e-6 });
    expectShown(row.Requests.shown, n, { what: `requests of ${id}` });
    // The server's quantile is of rates over the window, which extrapolate.
    expectShown(row.p95.shown, latency.p95[id].all, { what: `p95 of ${id}`, relative: 5e-3 });
  }
});

test("[portfolio:freshness] [portfolio:attention] the age of what serves is the registry's, and who needs a look is counted", async ({ open }) => {
  const panel = await openPanel(open, "portfolio", window);
  const [states, numbers] = [await table(block(panel, "models")), await table(block(panel, "evidence"))];
  for (const id of Object.keys(MODELS)) {
    const { creation_timestamp: created } = await modelVersion(id, await champion(id));
    const days = (Date.now() - Number(created)) / DAY;
    // Its run ended before the version was made of it; a day may end between the two looks.
    expect([Math.floor(days), Math.floor(days - 0.01)], id).toContain(rowOf(numbers, id)["Age in days"].value);
    expect(rowOf(states, id).Freshness.text, id).toMatch(/^\D*\d+ days?(, ageing|, old)?$/);
  }
  const shown = await figure(panel, "models-in-need");
  expectShown(shown.n, states.length, { what: "models" });
  const marks = panel.locator('[data-block="models"] tbody tr:has([data-tone="warning"], [data-tone="bad"])');
  expectShown(shown.value, await marks.count(), { what: "models in need" });
  expect(await sentence(panel)).toMatch(new RegExp(`(${await marks.count()}|none) of ${states.length} models`));
});

test("[portfolio:evidence] every cell opens the panel that explains it, filtered to its model and of the same time", async ({ open }) => {
  const page = await open(`${LAB}&role=executive&${inAddress(window)}`);
  const panel = page.locator('[data-panel="portfolio"]');
  await panel.scrollIntoViewIfNeeded();
  await expect(panel).toHaveAttribute("data-state", "fresh", { timeout: 60_000 });
  const rows = await table(block(panel, "models"));
  const LEADS = [/^model-performance$/, /^drift$/, /^(errors|latency-throughput)$/, /^deployment-status$/];
  for (const [id, title] of Object.entries(MODELS)) {
    expect(rows.map((row) => row.Model.text)).toContain(title);
    for (const [at, state] of STATES.entries()) {
      const cell = panel.getByRole("row").filter({ has: page.getByRole("rowheader", { name: title, exact: true }) }).locator("td").nth(at);
      await cell.getByRole("button").click();
      const opened = page.locator("[data-panel]");
      await expect(opened, `${state} of ${title}`).toHaveCount(1);
      expect(await opened.getAttribute("data-panel")).toMatch(LEADS[at]);
      const { searchParams } = new URL(page.url());
      expect(searchParams.getAll("var-model"), `${state} of ${title}`).toEqual([id]);
      expect([searchParams.get("from"), searchParams.get("to")]).toEqual([String(window.from), String(window.to)]);
      await page.goBack();
      await expect(panel).toHaveAttribute("data-state", "fresh", { timeout: 60_000 });
    }
  }
});
