// What is measured inside one page, ours beside its peer. Called by run.mjs; times are in milliseconds.
import init, { Long, parseMatrix } from "./bench.js";

const N_SERIES = 200;
const N_POINTS = 5_000;
const STEP_S = 15;
const END_S = 1_767_225_600;
const WIDTH_PX = 1600;

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

let long = null;
let xs = null;
let ys = null;

/** A noisy series with one spike. */
function makeLong(n) {
  long?.free();
  xs = new Float64Array(n);
  ys = new Float64Array(n);
  let level = 0;
  for (let i = 0; i < n; i += 1) {
    level = level * 0.999 + (((i * 2654435761) >>> 0) / 4294967296 - 0.5);
    xs[i] = i;
    ys[i] = level;
  }
  ys[Math.trunc(n * 0.7)] = 1e3;
  long = new Long(ys);
}

/** All points to one least and one greatest per pixel column, without the pyramid. */
async function reduce(n, rounds) {
  makeLong(n);
  const ours = [];
  for (let round = 0; round < rounds; round += 1) {
    const { ms, result } = timed(() => long.reduce(WIDTH_PX));
    if (Math.max(...result) !== 1e3) throw new Error("the spike is lost");
    ours.push(ms);
    await painted();
  }
  return { ours };
}

/** Windows of a zoom into the spike and pans beside it, as shares of the series. */
const windows = (rounds) =>
  Array.from({ length: rounds }, (_, i) => {
    const width = i % 2 ? 0.9 : Math.max(1 - i / rounds, 0.001);
    const from = Math.min(Math.max(0.7 - width / 2 + ((i % 7) - 3) * width * 0.02, 0), 1 - width);
    return [from, from + width];
  });

/** From the call to the frame after it was drawn: our pyramid with a line on a canvas; uPlot with all points. */
async function zoom(n, rounds) {
  makeLong(n);
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: WIDTH_PX, height: 400 });
  document.querySelector("#plot").replaceChildren(canvas);
  const pen = canvas.getContext("2d");
  const ours = [];
  for (const [from, to] of windows(rounds)) {
    const start = performance.now();
    const ends = long.zoom(Math.trunc(from * n), Math.trunc(to * n), WIDTH_PX);
    let [low, high] = [Infinity, -Infinity];
    for (let i = 0; i < ends.length; i += 2) {
      if (ends[i] < low) low = ends[i];
      if (ends[i + 1] > high) high = ends[i + 1];
    }
    const y = (value) => 400 - ((value - low) / (high - low)) * 400;
    pen.clearRect(0, 0, WIDTH_PX, 400);
    pen.beginPath();
    for (let column = 0; column < WIDTH_PX; column += 1) {
      pen.lineTo(column, y(ends[2 * column]));
      pen.lineTo(column, y(ends[2 * column + 1]));
    }
    pen.stroke();
    await painted();
    ours.push(performance.now() - start);
  }
  const { default: uPlot } = await import("./uPlot.esm.js");
  document.querySelector("#plot").replaceChildren();
  const series = [{}, { stroke: "black" }];
  const plot = new uPlot({ width: WIDTH_PX, height: 400, scales: { x: { time: false } }, series }, [xs, ys], document.querySelector("#plot"));
  await painted();
  const peer = [];
  for (const [from, to] of windows(rounds)) {
    const start = performance.now();
    plot.setScale("x", { min: from * n, max: to * n });
    await painted();
    peer.push(performance.now() - start);
  }
  plot.destroy();
  return { ours, peer };
}

await init();
window.bench = { parse, reduce, zoom };
document.documentElement.dataset.ready = "";
