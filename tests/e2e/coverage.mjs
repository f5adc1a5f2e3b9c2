// What an end-to-end test must cover: for every panel its required numbers and its states. Tests say what they cover in their
// titles, as `[panel:number]` or `[panel:state]`, so that the table is made from the tests and cannot drift from them.
//   node tests/e2e/coverage.mjs            prints the table
//   import { cells, covered } from "..."   tests/js/coverage.test.mjs fails on an empty cell
import { execFileSync } from "node:child_process";
import { resolve } from "node:path";

const ROOT = resolve(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "../..");

/** The panels of each role, in the order of its dashboard. */
export const PANELS = {
  "data-scientist": ["model-performance", "feature-importance", "training-curves", "hyperparameter-tuning", "drift", "confusion-matrix"],
  "ml-engineer": ["deployment-status", "latency-throughput", "resources", "scalability", "ab-tests", "errors"],
  "product-manager": ["business-impact", "utilization", "user-feedback", "revenue-impact", "time-to-value", "segments"],
  executive: ["headline", "roi", "strategic-goals", "portfolio", "market-adoption", "risk", "compliance"],
};

/** The numbers that a panel must show rightly. */
export const NUMBERS = {
  "model-performance": [
    "accuracy", "precision", "recall", "f1", "roc-auc", "pr-auc", "log-loss", "brier", "interval", "per-class", "roc", "delta",
  ],
  "feature-importance": ["importance", "spread", "gain", "comparison"],
  "training-curves": ["best", "last", "lowest", "highest", "points", "spike", "non-finite"],
  "hyperparameter-tuning": ["best", "n", "runs", "objective", "brush"],
  drift: ["ks", "psi", "jensen-shannon", "wasserstein", "p", "q", "n", "share", "no-false-alarm"],
  "confusion-matrix": ["counts", "accuracy", "expected-cost", "best-threshold", "counters", "difference"],
  "deployment-status": ["version", "state", "ready", "desired", "traffic", "alias", "trouble", "timeline"],
  "latency-throughput": ["p50", "p95", "p99", "n", "error-budget", "requests", "errors", "p95-over-time"],
  resources: ["cpu", "memory", "gpu", "gpu-memory", "disk", "network", "limit", "peak"],
  scalability: ["ready", "desired", "queue", "restarts", "headroom", "spike"],
  "ab-tests": ["exposures", "conversions", "rate", "change", "split", "decision"],
  errors: ["by-kind", "total", "share", "alerts", "traces", "spike"],
  "business-impact": [
    "conversion", "uplift", "interval", "active", "stickiness", "sessions", "active-over-time", "retention", "retention-split", "funnel",
  ],
  utilization: ["requests", "callers", "by", "eligible-share", "idle", "filter"],
  "user-feedback": ["rating", "thumbs", "csat", "nps", "people", "interval", "over-time", "by-version", "comments", "prediction", "masked"],
  "revenue-impact": ["model-revenue", "share", "plan", "customers", "interval", "waterfall", "steps", "cumulative", "threshold", "filter", "per-prediction"],
  "time-to-value": ["medians", "whole-way", "interval", "n", "by-model", "waiting"],
  segments: ["n", "rate", "uplift", "interval", "q", "interaction", "small-cells"],
  headline: ["roi", "revenue", "satisfaction", "adoption-growth", "quality", "risks", "sentence", "contribution", "evidence"],
  roi: ["benefit", "cost", "roi", "interval", "payback", "cumulative", "parts", "by-model", "what-if", "threshold", "per-request"],
  "strategic-goals": ["target", "progress", "now", "n", "forecast", "status", "due", "owner", "metric", "on-track"],
  portfolio: ["accuracy", "drift", "reliability", "latency", "freshness", "attention", "evidence"],
  "market-adoption": ["accounts", "penetration", "growth", "curve", "new", "by-region", "by-segment", "by-country"],
  risk: ["open", "matrix", "register", "incidents", "degradation", "drift", "demographic-parity", "equal-opportunity"],
  compliance: ["status", "rating", "owner", "next-review", "controls", "overdue", "met", "evidence", "frameworks"],
};

/** What the lab hid on purpose. */
export const TRUTHS = [
  "shifted-feature", "degraded-version", "breaking-point", "broken-split", "experiments", "curve-spike", "gauge-spike",
  "missing-replica", "rollout", "incident", "uplift", "bad-cohort", "idle-model", "missing-caller", "worse-version", "stuck", "segments",
  "dip", "registers",
];

/** What must not leave a panel by any way, and what the app says of it. */
export const PRIVACY = ["numerator", "derived", "funnel", "off", "said", "fields", "fields-role"];

/** Every state of every panel. `fresh` is what each test of a number waits for. */
export const STATES = ["fresh", "loading", "empty", "partial", "failed", "stale"];

/** States that a panel cannot be in, with the reason. */
export const IMPOSSIBLE = {
  "errors:empty": "alerts are counted now, whatever the range and the filters: none is a count of zero",
  "strategic-goals:empty": "goals are of the whole business and of no time: neither the range nor a filter leaves them out",
  "compliance:partial": "it asks one file, which is read whole or not at all; rows that name no model are remarked",
  "risk:empty": "incidents are counted: none is a count of zero, with the interval of one",
};

/** Every cell that a test must name: `panel:number`, `panel:state`, `truth:name`, `privacy:way`, `demo:role`. */
export function cells() {
  const panels = Object.values(PANELS).flat();
  return [
    ...panels.flatMap((panel) => NUMBERS[panel].map((number) => `${panel}:${number}`)),
    ...TRUTHS.map((truth) => `truth:${truth}`),
    ...PRIVACY.map((what) => `privacy:${what}`),
    ...Object.keys(PANELS).map((role) => `demo:${role}`),
    ...panels.flatMap((panel) => STATES.map((state) => `${panel}:${state}`)),
  ].filter((cell) => !(cell in IMPOSSIBLE));
}

/** Each tag of the suite in one browser with the tests that carry it, as `file:line`. */
export function covered(project = "chromium") {
  const out = execFileSync(
    process.execPath,
    [resolve(ROOT, "node_modules/@playwright/test/cli.js"), "test", "--config", "tests/e2e/playwright.config.mjs", "--list", "--reporter=json", `--project=${project}`],
    { cwd: ROOT, encoding: "utf8", maxBuffer: 64 << 20 },
  );
  const found = new Map();
  const take = (suite) => {
    for (const { title, file, line } of suite.specs ?? []) {
      for (const [, tag] of title.matchAll(/\[([a-z0-9-]+:[a-z0-9-]+)\]/g)) {
        found.set(tag, [...(found.get(tag) ?? []), `${file}:${line}`]);
      }
    }
    (suite.suites ?? []).forEach(take);
  };
  JSON.parse(out).suites.forEach(take);
  // A test of a panel's number has seen the panel fresh.
  for (const panel of Object.values(PANELS).flat()) {
    const fresh = NUMBERS[panel].flatMap((number) => found.get(`${panel}:${number}`) ?? []);
    if (fresh.length > 0) found.set(`${panel}:fresh`, [...new Set(fresh)]);
  }
  return found;
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const found = covered();
  console.log("| cell | tests |\n|---|---|");
  for (const cell of cells()) console.log(`| ${cell} | ${(found.get(cell) ?? ["**none**"]).join(", ")} |`);
}
