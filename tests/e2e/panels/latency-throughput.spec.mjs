// Latency and throughput: percentiles and counts over a window equal those from the stored buckets.
import { expect, test } from "../fixtures.mjs";
import { asTables, block, expectShown, figure, openPanel, rowCount, table } from "../shown.mjs";
import { promGrowth, truth, windows } from "../truth.mjs";

const window = windows().days;
const SERVED = [["breast-cancer", "2"], ["breast-cancer", "3"], ["digits", "2"], ["digits", "3"]];
const BUCKETS = 'rest_server_request_duration_seconds_bucket{status_code="200"}';
const name = (model, version) => `${{ "breast-cancer": "Breast cancer", digits: "Digits" }[model]} v${version}`;

/** Prometheus' own rule, on exact increases: linear within the bucket that holds the rank. */
function quantile(share, buckets) {
  const sorted = Object.entries(buckets).map(([le, n]) => [le === "+Inf" ? Infinity : Number(le), n]).sort(([a], [b]) => a - b);
  const rank = share * sorted.at(-1)[1];
  const at = sorted.findIndex(([, n]) => n >= rank);
  const [low, below] = at > 0 ? sorted[at - 1] : [0, 0];
  const [high, upTo] = sorted[at];
  return { value: low + ((high - low) * (rank - below)) / (upTo - below), low, high };
}

async function bucketsOf(by, span = window) {
  const growth = await promGrowth(BUCKETS, [...by, "le"], span);
  const groups = {};
  for (const [key, n] of Object.entries(growth)) {
    const parts = key.split("/");
    (groups[parts.slice(0, -1).join("/")] ??= {})[parts.at(-1)] = n;
  }
  return groups;
}

test("[latency-throughput:p50] [latency-throughput:p95] [latency-throughput:p99] [latency-throughput:n] each version's percentiles are those of its stored buckets", async ({ open }) => {
  const panel = await openPanel(open, "latency-throughput", window);
  const groups = await bucketsOf(["model", "version"]);
  const server = truth(window).latency;
  for (const [model, version] of SERVED) {
    for (const [percentile, share] of [["p50", 0.5], ["p95", 0.95], ["p99", 0.99]]) {
      const what = `${percentile} of ${model} ${version}`;
      const expected = quantile(share, groups[`${model}/${version}`]);
      const shown = await figure(panel, "latency", { model, version, quantile: share });
      expectShown(shown.value, expected.value, { what });
      expectShown(shown.low, expected.low, { what: `low end of ${what}`, suffix: "ms" });
      expectShown(shown.high, expected.high, { what: `high end of ${what}`, suffix: "ms" });
      expectShown(shown.n, groups[`${model}/${version}`]["+Inf"], { what: `n of ${what}` });
      // The server's own answer extrapolates to the window's ends, equally for all buckets, so the percentile hardly moves.
      expectShown(shown.value, server[percentile][model][version], { what: `${what} as the server has it`, relative: 1e-3 });
    }
  }
});

test("[latency-throughput:error-budget] the budget left follows from the requests above the objective", async ({ open }) => {
  const panel = await openPanel(open, "latency-throughput", window);
  const groups = await bucketsOf([]);
  const total = groups[""]["+Inf"];
  const slow = total - groups[""]["0.25"];
  const shown = await figure(panel, "error-budget");
  expectShown(shown.value, 1 - slow / total / 0.05, { what: "budget left of 5 % slow requests" });
  expectShown(shown.n, total, { what: "requests" });
});

test("[latency-throughput:requests] [latency-throughput:errors] the rates over time add up to the counted requests and errors", async ({ open }) => {
  const panel = await openPanel(open, "latency-throughput", window);
  await asTables(panel);
  const lines = block(panel, "throughput");
  expect(await rowCount(lines)).toBeGreaterThan(0);
  const rows = await table(lines);
  const growth = await promGrowth("rest_server_request_duration_seconds_count", ["model", "version"], window);
  console.log(JSON.stringify(rows.slice(0, 3)), await rowCount(lines), JSON.stringify(growth), Object.keys(rows[0]), new Set(rows.map((r) => r.Line.text)));
});
