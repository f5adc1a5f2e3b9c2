// Resources: use, limits and peaks are those of the stored samples.
import { expect, test } from "../fixtures.mjs";
import { asTables, block, expectRounded, expectShown, figure, openPanel, PERCENT, table } from "../shown.mjs";
import { promSamples, windows } from "../truth.mjs";

const window = windows().days;
const mean = (list) => list.reduce((sum, one) => sum + one, 0) / list.length;
/** As tests/lab/workspace.json says. */
const SCRAPE_MS = 240_000;
const timeOf = (row) => Date.parse(`${row.Time.text} UTC`);

/** The mean of the samples of the step that ends at `at`, or of two scrapes where those are longer, so that a missed one leaves
 * no hole. Both ends belong to it, as in Prometheus 2. */
const meanWithin = (samples, at, step) => {
  const from = at - Math.max(step, 2 * SCRAPE_MS);
  return mean(samples.filter(([time]) => time >= from && time <= at).map(([, value]) => value));
};

test("[resources:gpu] [resources:gpu-memory] gauges over time are the means of the samples of each step", async ({ open }) => {
  const panel = await openPanel(open, "resources", window);
  const hottest = await figure(panel, "gpu");
  await asTables(panel);
  for (const [id, selector, by, options] of [
    ["gpu", "DCGM_FI_DEV_GPU_UTIL", ["gpu"], PERCENT],
    ["gpu-memory", "DCGM_FI_DEV_FB_USED", ["gpu"], {}],
  ]) {
    const series = await promSamples(selector, { from: window.from - 3_600_000, to: window.to });
    // GPU memory is a share of what is used and free together.
    const free = id === "gpu-memory" ? await promSamples("DCGM_FI_DEV_FB_FREE", window) : [];
    const whole = ({ labels, samples }) => free.filter((one) => one.labels.gpu === labels.gpu)
      .reduce((sum, one) => sum + one.samples.at(-1)[1], id === "gpu-memory" ? samples.at(-1)[1] : 0) || 1;
    const rows = (await table(block(panel, id))).slice(1, 200);
    const step = timeOf(rows[1]) - timeOf(rows[0]);
    for (const row of rows) {
      const mine = series.find(({ labels }) => by.every((label) => row.Labels.text.includes(`${label}="${labels[label]}"`)));
      expectShown(row.Value.parts.value, meanWithin(mine.samples, timeOf(row), step) / whole(mine), { what: `${id} at ${row.Time.text}`, ...options });
    }
    if (id === "gpu") {
      const now = Math.max(...series.map(({ samples }) => meanWithin(samples, window.to, step)));
      expectShown(hottest.value, now, { what: "the hottest GPU", ...PERCENT });
    }
  }
});

test("[resources:memory] [resources:limit] [resources:peak] shares of the limits, and the highest of the window", async ({ open }) => {
  const panel = await openPanel(open, "resources", window);
  const rows = await table(block(panel, "consumers"));
  const memory = await promSamples("container_memory_working_set_bytes", window);
  const limits = await promSamples('kube_pod_container_resource_limits{resource="memory"}', window);
  const TITLES = { "breast-cancer": "Breast cancer", digits: "Digits", diabetes: "Diabetes" };
  expect(memory.length).toBeGreaterThan(3);
  for (const { labels, samples } of memory) {
    const limit = limits.find((one) => one.labels.pod === labels.pod).samples.at(-1)[1];
    const row = rows.find((one) => one.Resource.text === "Memory" && one.Consumer.text === `${TITLES[labels.model]} v${labels.version}`);
    expectShown(row.Highest.shown, Math.max(...samples.map(([, value]) => value)) / limit, { what: `peak of ${labels.pod}` });
    const recent = samples.slice(-12).map(([, value]) => value / limit);
    expect(row["Share of limit"].value).toBeGreaterThanOrEqual(Math.min(...recent));
    expect(row["Share of limit"].value).toBeLessThanOrEqual(Math.max(...recent));
    expectRounded(row["Share of limit"].shown);
  }
  const gpu = await promSamples("DCGM_FI_DEV_GPU_UTIL", window);
  for (const { labels, samples } of gpu) {
    const row = rows.find((one) => one.Resource.text === "GPU" && one.Consumer.text === labels.gpu);
    expectShown(row.Highest.shown, Math.max(...samples.map(([, value]) => value)) / 100, { what: `peak of GPU ${labels.gpu}` });
  }
});

test("[resources:cpu] [resources:disk] [resources:network] rates over time lie within those of the stored samples", async ({ open }) => {
  const panel = await openPanel(open, "resources", window, "var-model=digits&var-version=2");
  await asTables(panel);
  for (const [id, selector, options] of [
    ["cpu", 'container_cpu_usage_seconds_total{model="digits",version="2"}', {}],
    ["disk", 'node_disk_written_bytes_total{instance="gpu-node-1"}', {}],
    ["network", 'node_network_receive_bytes_total{instance="gpu-node-1"}', {}],
  ]) {
    const [{ samples }] = await promSamples(selector, { from: window.from - 7_200_000, to: window.to });
    const scale = id === "cpu" ? (await promSamples('kube_pod_container_resource_limits{resource="cpu",model="digits",version="2"}', window))[0].samples.at(-1)[1] : 1;
    const rows = (await table(block(panel, id))).slice(1, 150);
    const step = timeOf(rows[1]) - timeOf(rows[0]);
    for (const row of rows) {
      const at = timeOf(row);
      const near = samples.filter(([time]) => time > at - Math.max(step, 4 * SCRAPE_MS) - SCRAPE_MS && time <= at + SCRAPE_MS);
      const rates = near.slice(1).map(([time, value], before) => ((value - near[before][1]) / ((time - near[before][0]) / 1000)) / scale);
      const shown = row.Value.parts.value;
      expect(shown.value, `${id} at ${row.Time.text}`).toBeGreaterThanOrEqual(Math.min(...rates) * 0.999);
      expect(shown.value, `${id} at ${row.Time.text}`).toBeLessThanOrEqual(Math.max(...rates) * 1.001);
      expectRounded(shown, { what: id, ...options });
    }
  }
});
