// Deployment status: replicas and traffic are those of Prometheus at the window's end, aliases those of the registry.
import { expect, test } from "../fixtures.mjs";
import { asTables, block, expectShown, figure, openPanel, sentence, table, tableFrom } from "../shown.mjs";
import { planted, prom, registered, windows } from "../truth.mjs";

const window = windows().days;
const TITLES = { "breast-cancer": "Breast cancer", digits: "Digits", diabetes: "Diabetes" };
const rowOf = (rows, { model, version, environment }) =>
  rows.find((row) => row.Version.text === heading(model, version, environment) && row.Environment.text === environment);

/** What serves people goes without saying; any other environment is named. */
const heading = (model, version, environment) =>
  `${TITLES[model]} v${version}${environment === "production" ? "" : `, ${environment}`}`;

test("[deployment-status:ready] [deployment-status:desired] [deployment-status:traffic] [deployment-status:version] [deployment-status:state] every deployment's replicas and share of traffic", async ({ open }) => {
  const panel = await openPanel(open, "deployment-status", window);
  const rows = await table(block(panel, "versions"));
  for (const [metric, heading] of [
    ["kube_deployment_status_replicas_ready", "Ready"], ["kube_deployment_spec_replicas", "Desired"], ["model_version_info", "Traffic"],
  ]) {
    const found = await prom(metric, window.to);
    expect(found.length, metric).toBeGreaterThan(4);
    for (const { labels, value } of found) {
      const row = rowOf(rows, labels);
      expect(row, `a row of ${labels.model} ${labels.version} in ${labels.environment}`).toBeDefined();
      expectShown(row[heading].shown, value, { what: `${heading} of ${row.Version.text}` });
      if (labels.state === "deployed") expect(row.State.text).toMatch(/^(deployed|replicas missing)$/);
    }
  }
});

test("[deployment-status:alias] the aliases are the registry's", async ({ open }) => {
  const panel = await openPanel(open, "deployment-status", window);
  const rows = await table(block(panel, "versions"));
  for (const model of Object.keys(TITLES)) {
    const { aliases } = await registered(model);
    for (const { alias, version } of aliases) {
      const mine = rows.filter((row) => row.Version.text.split(",")[0] === `${TITLES[model]} v${version}`);
      expect(mine.length, `${model} ${version}`).toBeGreaterThan(0);
      for (const row of mine) expect(row.Alias.text).toContain(alias);
    }
  }
});

test("[deployment-status:trouble] [truth:missing-replica] the deployment that lacks a replica is named", async ({ open }) => {
  const panel = await openPanel(open, "deployment-status", window);
  const short = (await prom("kube_deployment_status_replicas_ready < kube_deployment_spec_replicas", window.to)).map(({ labels }) => labels.deployment);
  expect(short).toEqual([planted().missingReplica.deployment]);
  expect(await sentence(panel)).toMatch(/1 of \d+ deployments .*Digits v3/);
  expectShown((await figure(panel, "deployments-in-trouble")).value, short.length, { what: "deployments in trouble" });
  const row = rowOf(await table(block(panel, "versions")), { model: "digits", version: "3", environment: "production" });
  expect(row.State.text).toBe("replicas missing");
});

test("[deployment-status:timeline] [truth:rollout] the steps of the rollout are on the timeline of versions", async ({ open }) => {
  const { model, version, steps } = planted().rollout;
  const panel = await openPanel(open, "deployment-status", { from: steps[0].time - 86_400_000, to: steps[2].time + 86_400_000 }, `var-model=${model}`);
  await asTables(panel);
  const rows = (await table(block(panel, `timeline-${model}`))).filter((row) => row.Line.text.includes(`v${version}`));
  expect(rows.length).toBeGreaterThan(20);
  const shareAt = (time) => rows.filter((row) => Date.parse(`${row.Time.text} UTC`) <= time).at(-1)?.Value.value;
  for (const [at, { time, share }] of steps.entries()) {
    const middle = at + 1 < steps.length ? (time + steps[at + 1].time) / 2 : time + 43_200_000;
    expect(shareAt(middle), `share after step ${at + 1}`).toBeCloseTo(share, 9);
  }
  expect((await tableFrom(block(panel, `timeline-${model}`), "Value"))[0].Value.value).toBeLessThanOrEqual(1 + 1e-9);
});
