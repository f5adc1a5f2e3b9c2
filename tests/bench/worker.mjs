// The engine's part of the measuring page, in a worker as in the product.
import { longValues } from "./series-data.mjs";
import init, { Long, Predictions } from "./bench.js";

const isReady = init();
let long = null;
let predictions = null;

const CALLS = {
  long(n) {
    long?.free();
    long = new Long(longValues(n));
  },
  block: (from, to, nColumns) => long.block(from, to, nColumns),
  predictions(nRows, nFeatures) {
    predictions?.free();
    predictions = new Predictions(nRows, nFeatures);
  },
  search() {
    const start = performance.now();
    const answer = predictions.search();
    return { ms: performance.now() - start, answer };
  },
};

self.onmessage = async ({ data: [call, ...given] }) => {
  try {
    await isReady;
    self.postMessage({ answer: CALLS[call](...given) });
  } catch (error) {
    self.postMessage({ error: String(error.message ?? error) });
  }
};
