// Every required number and state of every panel has an end-to-end test that names it, in both browsers.
import assert from "node:assert/strict";
import test from "node:test";
import { cells, covered } from "../e2e/coverage.mjs";

test("no cell of the coverage table is empty, and no test names a cell that is not there", () => {
  const found = covered();
  assert.deepEqual(cells().filter((cell) => !found.has(cell)), [], "cells without a test");
  const known = new Set(cells());
  assert.deepEqual([...found.keys()].filter((tag) => !known.has(tag)), [], "tags without a cell");
});

test("both browsers run the same suite", () => {
  assert.deepEqual(covered("firefox"), covered("chromium"));
});
