// Latency and throughput: percentiles and counts over a window equal those from the stored buckets.
import { expect, test } from "../fixtures.mjs";
import { asTables, block, expectRounded, expectShown, figure, openPanel, table } from "../shown.mjs";
import { DAY, promGrowth, promSamples, truth, windows } from "../truth.mjs";

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

test("[latency-throughput:requests] [latency-throughput:errors] rates over time lie within those of the stored samples, and average to their total", async ({ open }) => {
  const [model, version] = ["digits", "2"];
  const panel = await openPanel(open, "latency-throughput", window, `var-model=${model}&var-version=${version}`);
  await asTables(panel);
  const rows = await table(block(panel, "throughput"));
  for (const [metric, matchers] of [["requests", ""], ["errors", ',status_code=~"5.."']]) {
    const points = rows.filter((row) => /error|failed/i.test(row.Line.text) === (metric === "errors") && row.Value.shown)
      .map((row) => ({ at: Date.parse(`${row.Time.text} UTC`), shown: row.Value.shown }));
    expect(points.length, metric).toBeGreaterThan(50);
    const step = points[1].at - points[0].at;
    const selector = `rest_server_request_duration_seconds_count{model="${model}",version="${version}"${matchers}}`;
    const series = (await promSamples(selector, { from: window.from - DAY / 24, to: window.to })).map(({ samples }) => samples);
    // The rate of all series within each pair of samples, as steps.
    const rateAt = (at) => series.reduce((sum, samples) => {
      const next = samples.findIndex(([time]) => time >= at);
      if (next < 1) return sum;
      const [[t0, v0], [t1, v1]] = [samples[next - 1], samples[next]];
      return sum + Math.max(0, v1 - v0) / ((t1 - t0) / 1000);
    }, 0);
    for (const { at, shown } of points) {
      const around = [];
      for (let time = at - 4 * step; time <= at + step; time += 60_000) around.push(rateAt(time));
      const slack = 0.1 * Math.max(...around) + 1e-9;
      expect(shown.value, `${metric} at ${at}`).toBeGreaterThanOrEqual(Math.min(...around) - slack);
      expect(shown.value, `${metric} at ${at}`).toBeLessThanOrEqual(Math.max(...around) + slack);
      expectRounded(shown, { what: `${metric} at ${at}` });
    }
    const total = Object.values(await promGrowth(selector, [], window))[0];
    const mean = points.reduce((sum, { shown }) => sum + shown.value, 0) / points.length;
    expect(Math.abs(mean / (total / ((window.to - window.from) / 1000)) - 1), `mean of ${metric}`).toBeLessThan(0.03);
  }
});

test("[latency-throughput:p95-over-time] each point of the latency over time lies in the bucket of the window's own requests", async ({ open }) => {
  const [model, version] = ["breast-cancer", "2"];
  const panel = await openPanel(open, "latency-throughput", window, `var-model=${model}&var-version=${version}`);
  await asTables(panel);
  const rows = (await table(block(panel, "latency"))).filter((row) => row.Labels.text.includes('quantile="0.95"'));
  const times = rows.map((row) => Date.parse(`${row.Time.text} UTC`));
  const step = times[1] - times[0];
  const samples = await promSamples(`rest_server_request_duration_seconds_bucket{status_code="200",model="${model}",version="${version}"}`, { from: window.from - DAY / 24, to: window.to });
  let checked = 0;
  for (let at = 10; at < rows.length; at += 37) {
    // Which samples a step takes in is the panel's choice; the answer lies between those of the narrowest and the widest one.
    const ends = [];
    for (const [before, after] of [[step, 0], [2 * step, 0], [step, step], [step / 2, step / 2]]) {
      const buckets = {};
      for (const { labels, samples: points } of samples) {
        const inside = points.filter(([time]) => time >= times[at] - before - 240_000 && time <= times[at] + after).map(([, value]) => value);
        buckets[labels.le] = (buckets[labels.le] ?? 0) + (inside.at(-1) - inside[0]);
      }
      if (buckets["+Inf"] > 0) ends.push(quantile(0.95, buckets).value);
    }
    const shown = rows[at].Value.shown;
    expect(shown.value).toBeGreaterThan(Math.min(...ends) * 0.9);
    expect(shown.value).toBeLessThan(Math.max(...ends) * 1.1);
    expectRounded(shown);
    checked += 1;
  }
  expect(checked).toBeGreaterThan(5);
});
