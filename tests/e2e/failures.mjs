// Writes what failed, and what passed only the second time, to one short file: the last lines of a long run are what
// a person reads first, and often all that a CI service keeps.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "./places.mjs";

const LINES_OF_AN_ERROR = 12;
// What a terminal reads as colour.
const COLOUR = /\u001b\[[0-9;]*m/g;

export const FAILURES = join(ROOT, "test-results", "failures.txt");

export default class Failures {
  onBegin(_config, suite) {
    this.suite = suite;
  }

  onEnd() {
    const told = this.suite
      .allTests()
      .filter((test) => ["unexpected", "flaky"].includes(test.outcome()))
      .map(describe);
    mkdirSync(dirname(FAILURES), { recursive: true });
    writeFileSync(FAILURES, told.length ? `${told.join("\n\n")}\n` : "");
  }

  printsToStdio() {
    return false;
  }
}

function describe(test) {
  const [, project, file, ...title] = test.titlePath();
  const word = test.outcome() === "flaky" ? "passed only the second time" : "FAILED";
  const failed = test.results.filter((result) => result.status !== "passed" && result.status !== "skipped");
  const errors = failed.map((result) => {
    const text = result.errors.map((error) => error.message ?? String(error.value)).join("\n").replace(COLOUR, "");
    const lines = text.split("\n").filter((line) => line.trim()).slice(0, LINES_OF_AN_ERROR);
    return [`  try ${result.retry + 1}, ${result.duration} ms:`, ...lines.map((line) => `    ${line}`)].join("\n");
  });
  return [`${word}: [${project}] ${file} › ${title.join(" › ")}`, ...errors].join("\n");
}
