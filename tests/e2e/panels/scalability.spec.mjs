// Scalability: replicas, queue and restarts are the stored ones, and the head-room finds the law that the lab planted.
import { expect, test } from "../fixtures.mjs";
import { asTables, block, expectRounded, expectShown, figure, openPanel, sentence, tableFrom } from "../shown.mjs";
import { planted, prom, promGrowth, promSamples, windows } from "../truth.mjs";

const window = windows().days;
const sum = (list) => list.reduce((total, one) => total + one, 0);

test("[scalability:ready] [scalability:desired] [scalability:queue] [scalability:restarts] replicas, the longest queue and restarts", async ({ open }) => {
  const panel = await openPanel(open, "scalability", window, "var-model=digits");
  const of = { model: "digits" };
  const total = async (metric) => sum((await prom(`${metric}{model="digits"}`, window.to)).map(({ value }) => value));
  const ready = await figure(panel, "replicas-ready", of);
  expectShown(ready.value, await total("kube_deployment_status_replicas_ready"), { what: "ready replicas" });
  expectShown(ready.target, await total("kube_deployment_spec_replicas"), { what: "desired replicas" });
  const queues = await promSamples('inference_queue_depth{model="digits"}', window);
  const longest = Math.max(...queues.flatMap(({ samples }) => samples.map(([, value]) => value)));
  expectShown((await figure(panel, "queue-depth", of)).value, longest, { what: "longest queue" });
  const restarts = await promGrowth('kube_pod_container_status_restarts_total{model="digits"}', [], window);
  expectShown((await figure(panel, "restarts", of)).value, sum(Object.values(restarts)), { what: "restarts" });
});

const HOUR = 3_600_000;
const HEADROOM_HOURS = [6, 24, 48, 7 * 24, 14 * 24, 30 * 24];

test("[scalability:headroom] [truth:breaking-point] the load at which the objective breaks lies in its interval, whatever the range", async ({ open }) => {
  const { requestsPerSecond } = planted().breakingPoint;
  for (const hours of HEADROOM_HOURS) {
    const panel = await openPanel(open, "scalability", { from: window.to - hours * HOUR, to: window.to }, "var-model=digits");
    const text = await sentence(panel);
    const { value, low, high } = await figure(panel, "headroom", { model: "digits" });
    expectRounded(value, { what: `head-room of ${hours} hours` });
    if (/at least/.test(text)) {
      expect(value.value, `${hours} hours`).toBeLessThanOrEqual(requestsPerSecond);
      continue;
    }
    expect(text).toMatch(/Digits breaks its p95 objective of 250 ms at \d+(\.\d)? req\/s/);
    expect(low.value, `${hours} hours`).toBeLessThanOrEqual(requestsPerSecond);
    // Without an upper end the interval is open: a bucket from 100 to 250 ms tells little of where p95 lies in it.
    if (high) expect(high.value, `${hours} hours`).toBeGreaterThanOrEqual(requestsPerSecond);
    // In six hours of the day p95 stays within that one bucket, and no more is claimed than what was seen.
    if (hours < 24) continue;
    expect(low.value, "an interval that says something").toBeGreaterThan(0.9 * requestsPerSecond);
    expect(Math.abs(value.value / requestsPerSecond - 1), "an answer close by").toBeLessThan(0.02);
  }
});

test("[scalability:spike] [truth:gauge-spike] a queue that was long for one sample is visible over thirty days", async ({ open }) => {
  const { model, value, time } = planted().gaugeSpike;
  const panel = await openPanel(open, "scalability", windows().month, `var-model=${model}`);
  expectShown((await figure(panel, "queue-depth", { model })).value, value, { what: "longest queue of thirty days" });
  await asTables(panel);
  const rows = await tableFrom(block(panel, "queue"), "Value");
  const highest = rows.flatMap((row) => Object.values(row.Value.parts).map((one) => ({ ...one, at: Date.parse(`${row.Time.text} UTC`) })))
    .sort((a, b) => b.value - a.value)[0];
  expectShown(highest, value, { what: "the highest point drawn" });
  expect(Math.abs(highest.at - time)).toBeLessThan(6 * 3_600_000);
});
