// Workspaces of the benchmarks' own, in a folder of their own. `--workspace` flags make scripts/serve.mjs serve them.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const N_PANELS = 200;
/** The end of the 1,000 series, as fill.py writes them, and their length. */
export const SERIES_END_MS = 1_767_225_600_000;
export const SERIES_MS = 3_600_000;
/** The metrics of the long histories. */
export const CURVES = [
  "train_loss", "val_loss", "train_accuracy", "val_accuracy", "grad_norm", "update_norm", "weight_norm", "margin_mean", "val_brier", "learning_rate",
];
/** What the lab plants into `val_loss` of one run. */
export const SPIKE = { metric: "val_loss", step: 7303, value: 25 };

const KINDS = [
  "model-performance", "feature-importance", "training-curves", "hyperparameter-tuning", "drift", "confusion-matrix",
  "deployment-status", "latency-throughput", "resources", "scalability", "ab-tests", "errors",
];

const demo = () => JSON.parse(readFileSync("public/workspaces/default.json", "utf8"));
const laid = (ids, width, height) => [{ panels: ids.map((panel) => ({ panel, width, height })) }];
const alone = (name, spec, ids, width, height) => ({
  apiVersion: "sightline.dev/v1",
  kind: "Workspace",
  metadata: { name, title: name },
  spec: {
    ...spec,
    dashboards: [{ id: "bench", title: "Bench", sections: laid(ids, width, height) }],
    roles: [{ id: "bench", title: "Bench", dashboards: ["bench"] }],
  },
});

/** 200 panels on one dashboard of the demo's source. */
function many() {
  const document = demo();
  const kinds = ["latency-throughput", "resources", "scalability", "deployment-status"];
  const ids = Array.from({ length: N_PANELS }, (_, i) => `bench-${i}`);
  document.metadata.name = "bench-many";
  document.spec.panels = Object.fromEntries(ids.map((id, i) => [id, { kind: kinds[i % kinds.length] }]));
  document.spec.dashboards = [{ id: "many", title: "Many", sections: laid(ids, 12, 5) }];
  document.spec.roles = [{ id: "bench", title: "Bench", dashboards: ["many"] }];
  return document;
}

/** Two roles, each with a dashboard of all twelve panels, on the demo's source. */
function twelve() {
  const document = demo();
  document.metadata.name = "bench-twelve";
  document.spec.dashboards = [
    { id: "first", title: "First", sections: laid(KINDS, 12, 5) },
    { id: "second", title: "Second", sections: laid(KINDS.toReversed(), 12, 5) },
  ];
  document.spec.roles = [
    { id: "first", title: "First", dashboards: ["first"] },
    { id: "second", title: "Second", dashboards: ["second"] },
  ];
  return document;
}

const tracked = (url, experiment) => ({
  sources: [{ id: "mlflow", kind: "mlflow", url }],
  models: [{ id: "bench", title: "Bench", task: "regression", identity: { mlflow: { experiments: [experiment] } } }],
});

/** Ten charts of training curves, one a metric, ten runs each. */
function curves(mlflow) {
  const document = alone("bench-curves", tracked(mlflow, "long-history"), CURVES, 8, 6);
  document.spec.panels = Object.fromEntries(
    CURVES.map((metric) => [metric, { kind: "training-curves", title: metric, options: { metric, runs: 10 } }]),
  );
  return document;
}

/** The sweep of 10,000 runs. */
function sweep(mlflow) {
  const document = alone("bench-runs", tracked(mlflow, "bench-runs"), ["sweep"], 24, 8);
  document.spec.panels = { sweep: { kind: "hyperparameter-tuning" } };
  return document;
}

/** One chart of 1,000 series. */
function series(prometheus) {
  const spec = {
    sources: [{ id: "prom", kind: "prometheus", url: prometheus, scrapeIntervalSeconds: 15 }],
    metrics: [{ id: "cpu", unit: "suffix:cores", query: { type: "counter", source: "prom", metric: "bench_cpu_seconds_total" } }],
    panels: { many: { kind: "resources" } },
  };
  return alone("bench-series", spec, ["many"], 24, 8);
}

/** A few light panels on both servers, for refreshing as often as can be. */
function soak(mlflow, prometheus) {
  const pods = { pod: "~bench-000." };
  const spec = {
    sources: [...tracked(mlflow, "").sources, { id: "prom", kind: "prometheus", url: prometheus, scrapeIntervalSeconds: 15 }],
    models: [{ id: "breast-cancer", task: "binary", identity: { mlflow: { experiments: ["breast-cancer-sgd"] } } }],
    metrics: [
      { id: "cpu", unit: "suffix:cores", query: { type: "counter", source: "prom", metric: "bench_cpu_seconds_total", matchers: pods } },
    ],
  };
  return alone("bench-soak", spec, ["resources", "training-curves", "deployment-status"], 8, 6);
}

/** Writes those whose servers run. */
export function benchWorkspaces({ mlflow, prometheus }) {
  const documents = [many(), twelve()];
  if (mlflow && prometheus) documents.push(soak(mlflow, prometheus));
  if (mlflow) documents.push(curves(mlflow), sweep(mlflow));
  if (prometheus) documents.push(series(prometheus));
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  const flags = documents.flatMap((document) => {
    const path = join(folder, `${document.metadata.name}.json`);
    writeFileSync(path, JSON.stringify(document));
    return ["--workspace", path];
  });
  return { flags, remove: () => rmSync(folder, { recursive: true }) };
}
