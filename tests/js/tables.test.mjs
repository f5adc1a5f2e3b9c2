// Columnar files as pyarrow writes them (tests/recorded/table/make_files.py), read over HTTP with and without ranges.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import * as arrow from "../../js/tables/arrow.mjs";
import { column } from "../../js/tables/columns.mjs";
import { unframed } from "../../js/tables/lz4.mjs";
import * as parquet from "../../js/tables/parquet.mjs";

const folder = new URL("../recorded/table/", import.meta.url);
const truth = JSON.parse(readFileSync(new URL("truth.json", folder), "utf8"));
const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 1);

let server;
let base;
let asked = [];
/** How the server behaves: "ranges", "none" (ranges are ignored), "no head" (HEAD is refused), "truncated". */
let manner = "ranges";

before(async () => {
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.headers.range ?? ""}`.trim());
    if (manner === "no head" && request.method === "HEAD") return response.writeHead(405).end();
    let bytes;
    try {
      bytes = readFileSync(new URL(`.${request.url}`, folder));
    } catch {
      return response.writeHead(404).end();
    }
    if (manner === "truncated") bytes = bytes.subarray(0, bytes.length - 100);
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? "") ?? [];
    const isPart = from !== undefined && manner === "ranges";
    const part = isPart ? bytes.subarray(Number(from), Number(to) + 1) : bytes;
    response.writeHead(isPart ? 206 : 200, { "Content-Length": part.length });
    response.end(request.method === "HEAD" ? undefined : part);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  base = `http://127.0.0.1:${server.address().port}`;
});

after(() => server.close());

async function ask(reader, file, want = {}, how = "ranges") {
  manner = how;
  asked = [];
  const options = { columns: null, within: null, maxBytes: 2 ** 27, ...want };
  const answer = await reader.read(`${base}/${file}`, options);
  return { ...answer, ...(answer.body ? JSON.parse(answer.body) : {}) };
}

const values = (answer, name) => answer.columns.find((one) => one.name === name).values;
const sum = (cells) => cells.reduce((total, cell) => total + (cell ?? 0), 0);

const FILES = [
  [parquet, "orders-snappy.parquet"],
  [parquet, "orders-zstd.parquet"],
  [parquet, "orders-gzip.parquet"],
  [arrow, "orders.arrow"],
  [arrow, "orders-lz4.feather"],
  [arrow, "orders-zstd.feather"],
];

for (const [reader, file] of FILES) {
  test(`${file} is read with its types`, async () => {
    const answer = await ask(reader, file);
    assert.equal(answer.status, 200, answer.message);
    const kinds = Object.fromEntries(answer.columns.map(({ name, kind }) => [name, kind]));
    assert.deepEqual(kinds, {
      at: "instant", at_ms: "integer", day: "instant", order_id: "integer", user_id: "integer",
      region: "text", amount: "number", paid: "flag", note: "text", tags: "text",
    });
    assert.ok(answer.columns.every((one) => one.values.length === truth.rows));
    assert.ok(Math.abs(sum(values(answer, "amount")) - truth.sum) < 1e-6);
    assert.equal(values(answer, "amount")[0], null);
    for (const [region, { rows }] of Object.entries(truth.regions)) {
      assert.equal(values(answer, "region").filter((one) => one === region).length, rows);
    }
    assert.equal(values(answer, "paid").filter(Boolean).length, truth.paid);
    assert.equal(values(answer, "at")[25], START + 25 * 3_600_000);
    assert.equal(values(answer, "day")[25], START + DAY);
    assert.equal(values(answer, "order_id")[2], "9007199254740995");
    assert.equal(values(answer, "note")[1], null);
    assert.deepEqual(values(answer, "tags")[0], []);
  });
}

test("every type of a file is one that the engine knows", async () => {
  const noon = Date.UTC(2026, 0, 1, 12, 0, 0, 123);
  for (const [reader, file] of [[parquet, "types.parquet"], [arrow, "types.arrows"]]) {
    const answer = await ask(reader, file);
    const found = Object.fromEntries(answer.columns.map(({ name, kind, values }) => [name, [kind, ...values]]));
    assert.deepEqual(found, {
      seconds: ["instant", noon - 123, null], ms: ["instant", noon, null], us: ["instant", noon, null], ns: ["instant", noon, null],
      day: ["instant", START, null], day64: ["instant", START, null], decimal: ["number", -12.34, null], text: ["text", "x", null],
      unsigned: ["text", "18446744073709551615", null], float: ["number", 1.5, null], nested: ["text", [], null],
    }, file);
  }
});

test("only the columns asked for come, and names alone without rows", async () => {
  for (const [reader, file] of FILES) {
    const some = await ask(reader, file, { columns: ["amount", "no such column", "at"] });
    assert.deepEqual(some.columns.map((one) => one.name), ["at", "amount"], file);
    assert.equal(some.names.length, 10, file);
    const none = await ask(reader, file, { columns: [] });
    assert.deepEqual([none.names.length, none.columns.length], [10, 0], file);
  }
});

test("groups of rows outside the time are not read, by instants and by whole numbers", async () => {
  for (const time of ["at", "at_ms"]) {
    const within = [time, START + 3 * DAY, START + 4 * DAY - 1];
    const answer = await ask(parquet, "orders-snappy.parquet", { columns: ["amount", time], within });
    assert.deepEqual(answer.groups, [1, 10]);
    assert.ok(Math.abs(sum(values(answer, "amount")) - truth.days[3]) < 1e-6);
    assert.equal(values(answer, time)[0], START + 3 * DAY);
  }
  const never = await ask(parquet, "orders-snappy.parquet", { columns: ["amount"], within: ["at", 0, 1] });
  assert.deepEqual([never.groups, values(never, "amount")], [[0, 10], []]);
  const unknown = await ask(parquet, "orders-snappy.parquet", { columns: ["amount"], within: ["nothing", 0, 1] });
  assert.equal(values(unknown, "amount").length, truth.rows);
});

test("a server without ranges or without HEAD is read whole", async () => {
  for (const how of ["none", "no head"]) {
    const answer = await ask(parquet, "orders-snappy.parquet", { columns: ["amount"] }, how);
    assert.ok(Math.abs(sum(values(answer, "amount")) - truth.sum) < 1e-6, how);
    assert.equal(asked.filter((one) => one.startsWith("GET")).length, 1, asked.join(", "));
  }
});

test("what goes wrong is told by its kind", async () => {
  assert.equal((await ask(parquet, "nothing.parquet")).status, 404);
  assert.equal((await ask(arrow, "nothing.arrow")).status, 404);
  assert.equal((await ask(parquet, "orders-snappy.parquet", {}, "truncated")).error, "malformed");
  assert.equal((await ask(arrow, "orders.json")).error, "malformed");
  assert.equal((await ask(parquet, "orders-snappy.parquet", { maxBytes: 1_000 })).error, "too large");
  const nobody = await parquet.read("http://127.0.0.1:9/x.parquet", { columns: null, within: null, maxBytes: 1 });
  assert.equal(nobody.error, "unreachable");
});

test("numbers that JSON or a double cannot hold are kept as text", () => {
  assert.deepEqual(column("n", "integer", [1n, null, -(2n ** 60n), 5]).values, [1, null, "-1152921504606846976", 5]);
  assert.deepEqual(column("n", "integer", [2n ** 63n, 1n]), { name: "n", kind: "text", values: ["9223372036854775808", "1"] });
  assert.deepEqual(column("n", "number", [Number.NaN, -Infinity, 1.5]).values, [null, "-Infinity", 1.5]);
});

test("an LZ4 frame that is cut off or refers outside is refused", () => {
  assert.throws(() => unframed(new Uint8Array([1, 2, 3, 4, 5, 6, 7])), /no LZ4 frame/);
  const frame = new Uint8Array([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0, 3, 0, 0, 0, 0x00, 0x05, 0x00, 0, 0, 0, 0]);
  assert.throws(() => unframed(frame), /not there/);
});
