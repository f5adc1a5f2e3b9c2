// The first visit: what is transferred, and how long until the picture stands, beside the peers' pages.
import { countBytes, median, rounds, withPage } from "./browser.mjs";
import { row, times } from "./rows.mjs";

const BAR_KB = 700;

/** A fresh visit: milliseconds until `drawn`, and the bytes that came over the wire. */
async function visit(browser, url, drawn) {
  return withPage(browser, {}, async (page) => {
    const counted = await countBytes(page);
    const start = performance.now();
    await page.goto(url, { waitUntil: "commit" });
    await page.locator(drawn).first().waitFor({ state: "attached", timeout: 90_000 });
    return { ms: performance.now() - start, bytes: await counted() };
  });
}

const megabytes = ({ bytes }) => `${(bytes.code / 1e6).toFixed(1)} MB of code`;

export async function cold({ browser, app, peers }) {
  const pages = { ours: [app, "[data-ready] [data-panel] canvas"] };
  if (peers.mlflow) {
    const { experiments } = await (await fetch(`${peers.mlflow}/api/2.0/mlflow/experiments/search?max_results=100`)).json();
    const { experiment_id: id } = experiments.find(({ name }) => name === "long-history");
    pages.mlflow = [`${peers.mlflow}/#/experiments/${id}/runs?compareRunsMode=CHART`, ".js-plotly-plot .main-svg"];
  }
  // Its table beside the first chart is filled when the chart is.
  if (peers.tensorboard) pages.tensorboard = [`${peers.tensorboard}/`, "card-view tb-data-table-content-row"];
  const visits = Object.fromEntries(Object.keys(pages).map((name) => [name, []]));
  // In turns, so that all see the same load.
  for (const _ of rounds(2, 5, 90)) {
    for (const [name, [url, drawn]] of Object.entries(pages)) visits[name].push(await visit(browser, url, drawn));
  }
  const ours = visits.ours[0].bytes;
  const kb = ours.code / 1000;
  const rows = [
    row("cold start of the demo: code, style and font as transferred", {
      ours: `${kb.toFixed(0)} KB`,
      peer: [visits.mlflow && `MLflow ${megabytes(visits.mlflow[0])}`, visits.tensorboard && `TensorBoard ${megabytes(visits.tensorboard[0])}`].filter(Boolean).join(", "),
      bar: `at most ${BAR_KB} KB`, met: kb <= BAR_KB, note: `${(ours.all / 1000).toFixed(0)} KB with data`,
    }),
  ];
  const ms = median(visits.ours, (one) => one.ms);
  for (const [name, title, bar, share] of [["mlflow", "MLflow's chart page", "a quarter of it", 1 / 4], ["tensorboard", "TensorBoard", "", null]]) {
    if (!visits[name]) {
      rows.push(row(`cold start: time until drawn, beside ${title}`, { ours: `${ms.toFixed(0)} ms`, bar, met: null, note: "the peer does not run" }));
      continue;
    }
    const peer = median(visits[name], (one) => one.ms);
    rows.push(row(`cold start: time until drawn, beside ${title}`, {
      ours: `${ms.toFixed(0)} ms`, peer: `${peer.toFixed(0)} ms`, bar, met: share === null ? null : ms <= share * peer, note: times(peer, ms),
    }));
  }
  return rows;
}
