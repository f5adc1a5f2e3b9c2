// What is measured inside a page of its own, ours beside its peer. Called by kernels.mjs; times are in milliseconds.
// The engine's part runs in a worker, as in the product; where a peer has no worker both run on the page.
import { longValues } from "./series-data.mjs";
import init, { Long, Picture, loadCharts, parseMatrix } from "./bench.js";

const N_SERIES = 200;
const N_POINTS = 5_000;
const STEP_S = 15;
const END_S = 1_767_225_600;
const WIDTH_PX = 1600;
const HEIGHT_PX = 400;
const COLOURS = ["#2f6fd6", "#c2571a"];
const THEME = {
  surface: "#fff", text: "#111", muted: "#777", hairline: "#eee", accent: "#06c", selection: "#06c2", categorical: COLOURS,
  sequential: COLOURS, diverging: COLOURS, good: "#080", warning: "#a80", bad: "#c00", font: "sans-serif", entities: [],
};

/** Resolves after the next frame is painted. */
const painted = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
const timed = (work) => {
  const start = performance.now();
  const result = work();
  return { ms: performance.now() - start, result };
};

/** An answer of `query_range` as Prometheus writes it, about 32 MB. */
function matrixText() {
  const series = Array.from({ length: N_SERIES }, (_, s) => {
    const values = Array.from({ length: N_POINTS }, (_, i) => {
      const value = Math.sin(i / 50 + s) * 100 + ((i * 7919 + s * 104729) % 1000) / 1000;
      return `[${END_S - (N_POINTS - 1 - i) * STEP_S},"${value}"]`;
    });
    const metric = `{"__name__":"bench","instance":"host-${s}:9100","job":"node","mode":"user"}`;
    return `{"metric":${metric},"values":[${values.join(",")}]}`;
  });
  return `{"status":"success","data":{"resultType":"matrix","result":[${series.join(",")}]}}`;
}

function parsedByJson(bytes) {
  const answer = JSON.parse(new TextDecoder().decode(bytes));
  let n = 0;
  for (const { values } of answer.data.result) {
    const x = new Float64Array(values.length);
    const y = new Float64Array(values.length);
    for (let i = 0; i < values.length; i += 1) {
      x[i] = values[i][0] * 1000;
      y[i] = Number(values[i][1]);
    }
    n += x.length && y.length;
  }
  return n;
}

/** The same bytes by the product's source and by JSON.parse, in turns. */
async function parse(rounds) {
  const bytes = new TextEncoder().encode(matrixText());
  const ours = [];
  const peer = [];
  for (let round = 0; round < rounds; round += 1) {
    const wasm = timed(() => parseMatrix(bytes, END_S * 1000, N_POINTS, STEP_S * 1000));
    const json = timed(() => parsedByJson(bytes));
    if (wasm.result[0] !== N_SERIES || wasm.result[1] !== json.result) throw new Error(`read ${wasm.result}, JSON.parse ${json.result}`);
    ours.push(wasm.ms);
    peer.push(json.ms);
    await painted();
  }
  return { bytes: bytes.length, ours, peer };
}

/** All points to one least and one greatest per pixel column in one pass, beside a plain loop of JavaScript, in turns. */
async function reduce(n, rounds) {
  const values = longValues(n);
  const long = new Long(values);
  const ours = [];
  const peer = [];
  for (let round = 0; round < rounds; round += 1) {
    const wasm = timed(() => long.reduce(WIDTH_PX));
    const loop = timed(() => reducedByLoop(values));
    if (wasm.result.some((value, i) => value !== loop.result[i])) throw new Error("the columns differ");
    ours.push(wasm.ms);
    peer.push(loop.ms);
    await painted();
  }
  long.free();
  return { ours, peer };
}

function reducedByLoop(values) {
  const ends = new Float64Array(2 * WIDTH_PX);
  for (let column = 0; column < WIDTH_PX; column += 1) {
    const end = Math.floor((values.length * (column + 1)) / WIDTH_PX);
    let [low, high] = [Infinity, -Infinity];
    for (let i = Math.floor((values.length * column) / WIDTH_PX); i < end; i += 1) {
      const value = values[i];
      if (value < low) low = value;
      if (value > high) high = value;
    }
    ends[2 * column] = low;
    ends[2 * column + 1] = high;
  }
  return ends;
}

/** A worker with the engine's part: `ask(call, ...given)` resolves with its answer. */
function engine() {
  const worker = new Worker("./worker.mjs", { type: "module" });
  let waiting = null;
  worker.onmessage = ({ data }) => {
    const { resolve, reject } = waiting;
    if (data.error) reject(new Error(data.error));
    else resolve(data.answer);
  };
  worker.onerror = ({ message }) => waiting?.reject(new Error(message));
  const ask = (call, ...given) =>
    new Promise((resolve, reject) => {
      waiting = { resolve, reject };
      worker.postMessage([call, ...given]);
    });
  return { ask, end: () => worker.terminate() };
}

/** Windows of a zoom into the spike and pans beside it, as shares of the series. */
const windows = (rounds) =>
  Array.from({ length: rounds }, (_, i) => {
    const width = i % 2 ? 0.9 : Math.max(1 - i / rounds, 0.001);
    const from = Math.min(Math.max(0.7 - width / 2 + ((i % 7) - 3) * width * 0.02, 0), 1 - width);
    return [from, from + width];
  });

function plotElement() {
  const element = document.createElement("div");
  Object.assign(element.style, { width: `${WIDTH_PX}px`, height: `${HEIGHT_PX}px` });
  document.querySelector("#plot").replaceChildren(element);
  return element;
}

/** From the call to the paint: the worker's pyramid answers with a block, the product's chart code and ECharts draw it. */
async function zoom(n, rounds, chartsUrl) {
  await loadCharts(chartsUrl);
  const { ask, end } = engine();
  await ask("long", n);
  const picture = new Picture(plotElement(), JSON.stringify(THEME));
  const draw = async (from, to) => picture.show(await ask("block", Math.trunc(from * n), Math.trunc(to * n), WIDTH_PX), WIDTH_PX);
  await draw(0, 1);
  await painted();
  const ours = [];
  const work = [];
  for (const [from, to] of windows(rounds)) {
    const start = performance.now();
    await draw(from, to);
    work.push(performance.now() - start);
    await painted();
    ours.push(performance.now() - start);
  }
  end();
  return { ours, work };
}

/** The peer: uPlot with all points. */
async function zoomByUplot(n, rounds) {
  const { default: UPlot } = await import("./uPlot.esm.js");
  const ys = longValues(n);
  const xs = Float64Array.from(ys, (_, i) => i);
  const series = [{}, { stroke: COLOURS[0] }];
  const plot = new UPlot({ width: WIDTH_PX, height: HEIGHT_PX, scales: { x: { time: false } }, series }, [xs, ys], plotElement());
  await painted();
  const peer = [];
  for (const [from, to] of windows(rounds)) {
    const start = performance.now();
    plot.setScale("x", { min: from * n, max: to * n });
    await painted();
    peer.push(performance.now() - start);
  }
  plot.destroy();
  return { peer };
}

/** The search in the worker, while the page counts its own tasks over 50 ms. */
async function slices(nRows, nFeatures, rounds) {
  const longTasks = [];
  new PerformanceObserver((list) => longTasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: "longtask" });
  const { ask, end } = engine();
  await ask("predictions", nRows, nFeatures);
  longTasks.length = 0;
  const ours = [];
  let found = null;
  for (let round = 0; round < rounds; round += 1) {
    const { ms, answer } = await ask("search");
    ours.push(ms);
    found = answer;
  }
  await painted();
  end();
  const [nFound, nTested, ...worst] = found;
  return { ours, nFound, nTested, worst, longTasks };
}

await init();
window.bench = { parse, reduce, zoom, zoomByUplot, slices };
document.documentElement.dataset.ready = "";
