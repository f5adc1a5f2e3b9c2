// What the backends say, asked here and now without any of Sightline's code: the numbers that the screen must show.
//   truth(window)        all of tests/lab/truth.py for a window, computed once per run of the suite
//   business(window)     the same of the business tables, by panel: SQL of their own servers
//   planted()            what the lab hid on purpose, and when
//   prom..., mlflow...   direct questions over HTTP
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LAB_FOLDER as FOLDER, ofLab, ROOT } from "./places.mjs";

const PROMETHEUS = ofLab(19090);
const MLFLOW = ofLab(15000);
const RECORDS = ofLab(18310);
/** How long before an instant Prometheus still takes a sample for its value. */
const LOOKBACK_MS = 300_000;

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

const PLANTED = join(FOLDER, "truth.json");

/** The planted truths, with `anchor` and `historyEnd` in epoch ms. */
export const planted = () => JSON.parse(readFileSync(PLANTED, "utf8"));

/** The windows of the specs, in epoch ms; all end at the anchor, before which nothing changes any more. */
export function windows() {
  // Tests are listed without a lab too.
  const anchor = existsSync(PLANTED) ? planted().anchor : Number.NaN;
  const last = (length) => ({ from: anchor - length, to: anchor });
  const at = new Date(anchor);
  const month = Date.UTC(at.getUTCFullYear(), at.getUTCMonth());
  return {
    /** Two days, all of them after the shift, against the two days that end well before it. */
    days: { ...last(2 * DAY), referenceFrom: anchor - 7 * DAY, referenceTo: anchor - 5 * DAY },
    /** One day, seen in steps of minutes. */
    day: last(DAY),
    /** Long enough for every experiment. */
    month: last(30 * DAY),
    /** What an executive looks at. */
    quarter: last(90 * DAY),
    /** Twelve whole months and the one that the anchor cuts, unless it has only begun: months of a few people are hidden. */
    year: { from: Date.UTC(at.getUTCFullYear() - 1, at.getUTCMonth()), to: anchor - month < 3 * DAY ? month : anchor },
  };
}

/** Times of a window as they stand in the address. */
export const inAddress = ({ from, to }) => `from=${from}&to=${to}&tz=utc`;

/** What tests/lab/truth.py prints for the flags; kept in a file by them and by the scripts, since it takes seconds. */
function computed(flags) {
  const lab = join(ROOT, "tests/lab");
  const scripts = ["truth.py", ...readdirSync(join(lab, "business")).filter((name) => name.endsWith(".py")).map((name) => `business/${name}`)];
  const key = createHash("sha256").update(JSON.stringify([FOLDER, flags])).update(readFileSync(PLANTED));
  for (const script of scripts) key.update(readFileSync(join(lab, script)));
  const folder = join(tmpdir(), `sightline-truth-${process.getuid?.() ?? 0}`);
  const path = join(folder, `${key.digest("hex").slice(0, 16)}.json`);
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true });
    const out = execFileSync("python3", ["tests/lab/lab.py", "truth", ...flags.map(String)], {
      cwd: ROOT, encoding: "utf8", maxBuffer: 64 << 20, env: { ...process.env, SIGHTLINE_LAB: FOLDER },
    });
    writeFileSync(`${path}.${process.pid}`, out);
    renameSync(`${path}.${process.pid}`, path);
  }
  return JSON.parse(readFileSync(path, "utf8"));
}

const inWindow = ({ from, to }) => ["--from", from, "--to", to, "--now", to];

/** The numbers of tests/lab/truth.py for a window. */
export function truth({ from, to, referenceFrom, referenceTo }) {
  const reference = referenceFrom === undefined ? [] : ["--reference-from", referenceFrom, "--reference-to", referenceTo];
  return computed([...inWindow({ from, to }), ...reference]);
}

/** The numbers of the business panels, by panel, for a window and filters by column. */
export function business(window, filters = {}) {
  return computed([...inWindow(window), "--business", ...Object.entries(filters).flatMap(([name, value]) => ["--filter", `${name}=${value}`])]);
}

/** A file of the registers, as its server gives it. */
export const records = (file) => json(`${RECORDS}/${file}`);

async function json(url, init) {
  const response = await fetch(url, init);
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${(await response.text()).slice(0, 300)}`);
  return response.json();
}

// -- Prometheus -----------------------------------------------------------------------------------

/** An instant query: `[{labels, value}]`. */
export async function prom(query, atMs) {
  const answer = await json(`${PROMETHEUS}/api/v1/query?${new URLSearchParams({ query, time: atMs / 1000 })}`);
  return answer.data.result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}

/** The stored samples with `from < time <= to`: `[{labels, samples: [[ms, value]]}]`. */
export async function promSamples(selector, { from, to }) {
  const query = `${selector}[${Math.round((to - from) / 1000)}s]`;
  const answer = await json(`${PROMETHEUS}/api/v1/query?${new URLSearchParams({ query, time: to / 1000 })}`);
  return answer.data.result.map(({ metric, values }) => ({
    labels: metric, samples: values.map(([time, value]) => [Math.round(time * 1000), Number(value)]),
  }));
}

/** The growth of counters by labels: differences of stored samples with resets, nothing extrapolated. */
export async function promGrowth(selector, by, { from, to }) {
  const totals = new Map();
  for (const { labels, samples } of await promSamples(selector, { from: from - LOOKBACK_MS, to })) {
    const before = samples.filter(([time]) => time <= from).slice(-1);
    const all = [...before, ...samples.filter(([time]) => time > from)].map(([, value]) => value);
    const growth = all.slice(1).reduce((sum, value, at) => sum + (value >= all[at] ? value - all[at] : value), 0);
    const key = by.map((label) => labels[label] ?? "").join("/");
    totals.set(key, (totals.get(key) ?? 0) + growth);
  }
  return Object.fromEntries(totals);
}

/** The alerts that fire now. */
export async function promAlerts() {
  const { data } = await json(`${PROMETHEUS}/api/v1/alerts`);
  return data.alerts.filter(({ state }) => state === "firing");
}

// -- MLflow ---------------------------------------------------------------------------------------

const api = (path, body) =>
  json(`${MLFLOW}/api/2.0/mlflow/${path}`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
  });

/** MLflow's way to write what JSON has no number for. */
const number = (value) => (typeof value === "number" ? value : Number(value.replace(/^-?Inf$/, (text) => `${text}inity`)));
const pairs = (list = []) => Object.fromEntries(list.map(({ key, value }) => [key, value]));

/** Every run of an experiment: `{id, name, status, params, tags, metrics, experimentId}`. */
export async function runs(experiment) {
  const { experiments } = await api("experiments/search", { max_results: 1000, filter: `name = '${experiment}'` });
  const ids = experiments.map(({ experiment_id }) => experiment_id);
  const found = [];
  for (let token; ;) {
    const page = await api("runs/search", { experiment_ids: ids, max_results: 1000, page_token: token });
    found.push(...(page.runs ?? []));
    token = page.next_page_token;
    if (!token) break;
  }
  return found.map(({ info, data }) => ({
    id: info.run_id, name: info.run_name, status: info.status, experimentId: info.experiment_id,
    params: pairs(data.params), tags: pairs(data.tags),
    metrics: Object.fromEntries((data.metrics ?? []).map(({ key, value }) => [key, number(value)])),
  }));
}

/** Every logged point of a metric, in the order of steps: `[{step, value}]`. */
export async function history(runId, key) {
  const points = [];
  for (let token = ""; ;) {
    const query = new URLSearchParams({ run_id: runId, metric_key: key, max_results: 25000, ...(token && { page_token: token }) });
    const page = await json(`${MLFLOW}/api/2.0/mlflow/metrics/get-history?${query}`);
    points.push(...(page.metrics ?? []).map(({ step, value }) => ({ step: Number(step), value: number(value) })));
    token = page.next_page_token;
    if (!token) return points.sort((a, b) => a.step - b.step);
  }
}

/** A JSON artifact of a run. */
export const artifact = ({ experimentId, id }, path) =>
  json(`${MLFLOW}/api/2.0/mlflow-artifacts/artifacts/${experimentId}/${id}/artifacts/${path}`);

/** A row of the model's prediction tables by its id, of the two days to an instant; `undefined` if none has it. */
export async function loggedPrediction(model, id, at) {
  const hours = Array.from({ length: 48 }, (_, back) => new Date(at - back * HOUR).toISOString().slice(0, 13));
  const days = Object.fromEntries((await runs(`${model}-predictions`)).map((run) => [run.tags.day, run]));
  const logged = hours.filter((hour) => hour.slice(0, 10) in days);
  const tables = await Promise.all(logged.map((hour) => artifact(days[hour.slice(0, 10)], `predictions/${hour}.json`).catch(() => undefined)));
  for (const { columns, data } of tables.filter(Boolean)) {
    const row = data.find((one) => one[columns.indexOf("id")] === id);
    if (row) return Object.fromEntries(columns.map((name, place) => [name, row[place]]));
  }
  return undefined;
}

/** The run that a version of a registered model came from, and the version's own record. */
export async function modelVersion(model, version) {
  const { model_version } = await json(`${MLFLOW}/api/2.0/mlflow/model-versions/get?${new URLSearchParams({ name: model, version })}`);
  return model_version;
}

/** The run behind a version of a registered model. */
export async function runOfVersion(model, version) {
  const { run_id } = await modelVersion(model, version);
  const { run } = await json(`${MLFLOW}/api/2.0/mlflow/runs/get?run_id=${run_id}`);
  return { id: run.info.run_id, name: run.info.run_name, experimentId: run.info.experiment_id, metrics: pairs(run.data.metrics) };
}

/** A registered model: its versions and aliases. */
export async function registered(model) {
  const { registered_model } = await json(`${MLFLOW}/api/2.0/mlflow/registered-models/get?${new URLSearchParams({ name: model })}`);
  return registered_model;
}

/** When each failed trace of an experiment began, in epoch ms. */
export async function failedTraces(experiment) {
  const { experiments } = await api("experiments/search", { max_results: 1000, filter: `name = '${experiment}'` });
  const locations = experiments.map(({ experiment_id }) => ({ type: "MLFLOW_EXPERIMENT", mlflow_experiment: { experiment_id } }));
  const { traces } = await json(`${MLFLOW}/api/3.0/mlflow/traces/search`, {
    method: "POST", headers: { "content-type": "application/json" },
    body: JSON.stringify({ locations, filter: "status = 'ERROR'", max_results: 500 }),
  });
  return traces.map(({ request_time }) => Date.parse(request_time));
}
