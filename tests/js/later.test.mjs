// A program that is split does what it did whole, and fetches its later part when that is called and not before.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { beforeEach, test } from "node:test";
import binaryen from "binaryen";
import { instrumented } from "../../scripts/lib/instrument.mjs";
import { functionsNamed, keyOf, laterNames, split } from "../../scripts/lib/split.mjs";

// `add` calls `rare` by name, `pick` calls through the table, `rare` calls back and uses memory, a global and an import.
const PROGRAM = `(module
  (import "js" "note" (func $note (param i32)))
  (memory $m 1) (export "memory" (memory $m))
  (global $g (mut i32) (i32.const 7))
  (table $t 2 2 funcref) (table $js 1 externref)
  (data (i32.const 16) "\\2a\\00\\00\\00")
  (elem $e (table $t) (i32.const 0) func $common $other)
  (func $common (param i64) (result i64) (i64.add (local.get 0) (i64.const 1)))
  (func $other (param i64) (result i64) (call $common (i64.mul (local.get 0) (i64.const 2))))
  (func $rare (param i32) (result i32)
    (call $note (local.get 0))
    (global.set $g (i32.add (global.get $g) (i32.const 1)))
    (i32.add (global.get $g) (i32.add (call $twice (local.get 0)) (i32.load (i32.const 16)))))
  (func $rarer (export "rarer") (result i32) (i32.const 5))
  (func $twice (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
  (func $add (export "add") (param i32) (result i32) (if (result i32) (i32.gt_s (local.get 0) (i32.const 9))
    (then (call $rare (local.get 0))) (else (global.get $g))))
  (func $pick (export "pick") (param i32 i64) (result i64) (call_indirect $t (param i64) (result i64) (local.get 1) (local.get 0))))`;
const LATER = new Set(["rare", "rarer", "other"]);

function program() {
  const module = binaryen.parseText(PROGRAM);
  module.setFeatures(binaryen.Features.All);
  binaryen.setDebugInfo(true);
  const sized = (bytes) => [bytes.length, ...bytes];
  const text = (string) => sized(Buffer.from(string));
  // As the compiler says what it used; binaryen holds a program without that to the first version of Wasm.
  const features = ["mutable-globals", "reference-types", "bulk-memory"].flatMap((feature) => [0x2b, ...text(feature)]);
  return Uint8Array.from([...module.emitBinary(), 0, ...sized([...text("target_features"), 3, ...features])]);
}

let parts;
let requests;
let served;
let loader;

beforeEach(async () => {
  parts = split(program(), LATER);
  requests = 0;
  served = parts.later;
  globalThis.self = { location: { search: "" } };
  globalThis.XMLHttpRequest = class {
    open() {}
    overrideMimeType() {}
    send() {
      requests += 1;
      this.status = served ? 200 : 404;
      this.responseText = String.fromCharCode(...(served ?? []).map((byte) => (byte > 127 ? 0xf700 + byte : byte)));
    }
  };
  // The query makes it a fresh module for each test.
  loader = await import(`../../js/later.js?${Math.random()}`);
});

async function start(notes = []) {
  const digest = createHash("sha256").update(parts.later).digest("base64");
  const imports = { js: { note: (value) => notes.push(value) } };
  loader.register("https://example.test/later.wasm", digest, imports);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(parts.first), imports);
  await loader.ready(instance);
  return instance.exports;
}

test("calls within the first part fetch nothing", async () => {
  const { add, pick } = await start();
  assert.equal(add(1), 7);
  assert.equal(pick(0, 41n), 42n);
  assert.equal(requests, 0);
});

test("a call by name, one through the table and one of an export reach the later part", async () => {
  const notes = [];
  const { add, pick, rarer } = await start(notes);
  assert.equal(add(10), 8 + 20 + 42);
  assert.equal(add(1), 8, "both parts share the globals");
  assert.equal(pick(1, 20n), 41n);
  assert.equal(rarer(), 5);
  assert.deepEqual(notes, [10]);
  assert.equal(requests, 1);
});

test("what was fetched in the background is not fetched again", async () => {
  let integrity;
  globalThis.fetch = (_, options) => {
    integrity = options.integrity;
    return Promise.resolve(new Response(parts.later, { headers: { "Content-Type": "application/wasm" } }));
  };
  self.location.search = "?role=executive";
  const { pick } = await start();
  assert.equal(pick(1, 20n), 41n);
  assert.equal(requests, 0);
  assert.equal(integrity, `sha256-${createHash("sha256").update(parts.later).digest("base64")}`);
});

for (const [what, answer] of [["a part that is missing", () => null], ["a part with a flipped bit", (data) => data.map((byte, nth) => (nth === 40 ? byte ^ 1 : byte))]]) {
  test(`${what} stops the program as a trap does`, async () => {
    const { add } = await start();
    served = answer(parts.later);
    assert.throws(() => add(10), WebAssembly.RuntimeError);
  });
}

test("digests are those of the platform", () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 5_000]) {
    const data = randomBytes(length);
    assert.equal(loader.sha256(data), createHash("sha256").update(data).digest("base64"), `${length} bytes`);
  }
});

test("the later part brings no memory, no table and no data", () => {
  const module = new WebAssembly.Module(parts.later);
  assert.deepEqual(WebAssembly.Module.exports(module), []);
  const owned = WebAssembly.Module.imports(module).filter(({ kind }) => kind !== "function").map(({ kind }) => kind);
  assert.deepEqual(owned.sort(), ["global", "memory", "table"]);
  assert.ok(!Buffer.from(parts.later).includes(Buffer.from([0x2a, 0, 0, 0])));
});

test("without a list the program stays whole", () => {
  const bytes = program();
  const whole = split(bytes, new Set());
  assert.equal(whole.later, null);
  assert.equal(whole.first, bytes);
});

test("names keep their key when the code around them changes", () => {
  assert.equal(keyOf("<a[0123456789abcdef]::B>::c::{closure#1}.12"), keyOf("<a[fedcba9876543210]::B>::c::{closure#3}"));
  assert.notEqual(keyOf("a::b"), keyOf("a::c"));
  const named = functionsNamed(program());
  assert.deepEqual([...laterNames(named, new Set([keyOf("rare"), keyOf("note"), keyOf("no such")]))], ["rare"]);
});

test("an instrumented program tells once which of its functions ran", () => {
  const { bytes, names } = instrumented(program());
  const ran = [];
  const imports = { js: { note() {} }, profile: { ran: (nth) => ran.push(names[nth]) } };
  const { add } = new WebAssembly.Instance(new WebAssembly.Module(bytes), imports).exports;
  add(10);
  add(11);
  assert.deepEqual(ran, ["add", "rare", "twice"]);
});
