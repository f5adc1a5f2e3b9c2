// Splits a Wasm program into a part that the first dashboard runs and a part that comes later (js/later.js).
//
// Which function is which is known by its name: scripts/later/*.txt lists those that a cold start did not run.
// A function that comes later leaves a stub in the first part, which fetches the later part and calls on through the table.
// The later part has no memory, table or data of its own: it uses those of the first.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import binaryen from "binaryen";

const DIGITS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const { i32, none } = binaryen;

/** Short names for what the parts share. */
const short = (number) => (number < DIGITS.length ? "" : short(Math.trunc(number / DIGITS.length) - 1)) + DIGITS[number % DIGITS.length];

/** What stays the same of a function's name when the code around it changes, in eight characters. */
export function keyOf(name) {
  const lasting = name
    .replace(/\[[0-9a-f]{16}\]/g, "") // a crate's hash
    .replace(/\{(closure|shim|impl)[^{}]*#\d+\}/g, "{$1}") // a closure's number
    .replace(/\.\d+$/, ""); // what binaryen adds to names that occur twice
  return createHash("sha256").update(lasting).digest("base64url").slice(0, 8);
}

const functionsOf = (module) => Array.from({ length: module.getNumFunctions() }, (_, nth) => binaryen.getFunctionInfo(module.getFunctionByIndex(nth)));
const globalsOf = (module) => Array.from({ length: module.getNumGlobals() }, (_, nth) => binaryen.getGlobalInfo(module.getGlobalByIndex(nth)));

/** The functions of a program, imported ones included. */
export function functionsNamed(bytes) {
  const module = binaryen.readBinary(bytes);
  const functions = functionsOf(module);
  module.dispose();
  return functions;
}

/** The keys of the functions that come later, as `program` lists them; none where nothing is listed. */
export function laterKeys(program) {
  const path = new URL(`../later/${program}.txt`, import.meta.url);
  return new Set(existsSync(path) ? readFileSync(path, "utf8").split("\n").filter((line) => line && !line.startsWith("#")) : []);
}

/** The names of those of `functions` that come later. */
export function laterNames(functions, keys) {
  return new Set(functions.filter(({ module, name }) => !module && keys.has(keyOf(name))).map(({ name }) => name));
}

// The function table of the program: the one with a segment of functions. wasm-bindgen's other table holds JavaScript values.
function functionTable(module) {
  if (module.getNumElementSegments() !== 1) throw new Error(`expected one element segment, found ${module.getNumElementSegments()}`);
  const segment = binaryen.getElementSegmentInfo(module.getElementSegmentByIndex(0));
  return { segment: segment.name, table: segment.table, functions: segment.data, base: binaryen.getExpressionInfo(segment.offset).value };
}

// Functions that come later and that the first part calls by name, or exports.
function calledFromFirst(bytes, later, { segment }) {
  const module = binaryen.readBinary(bytes);
  for (const { name, module: from, params, results } of functionsOf(module)) {
    if (from) continue;
    if (!later.has(name)) {
      module.addFunctionExport(name, `keep ${name}`);
      continue;
    }
    module.removeFunction(name);
    module.addFunctionImport(name, "later", name, params, results);
  }
  module.removeElementSegment(segment);
  module.runPasses(["remove-unused-module-elements"]);
  const called = functionsOf(module).filter(({ module: from }) => from === "later");
  module.dispose();
  return called.map(({ name }) => name);
}

function widen(module, table, places) {
  const handle = module.getTable(table);
  binaryen._BinaryenTableSetInitial(handle, places);
  binaryen._BinaryenTableSetMax(handle, places);
}

function laterPart(bytes, later, table, memory, places, end) {
  const module = binaryen.readBinary(bytes);
  for (let nth = module.getNumExports() - 1; nth >= 0; nth--) module.removeExport(binaryen.getExportInfo(module.getExportByIndex(nth)).name);
  const first = functionsOf(module).filter(({ module: from, name }) => !from && !later.has(name));
  for (const { name, params, results } of first) {
    module.removeFunction(name);
    module.addFunctionImport(name, "first", name, params, results);
  }
  widen(module, table.table, end);
  module.removeElementSegment(table.segment);
  for (const [nth, { at, names }] of runs(places).entries()) {
    module.addActiveElementSegment(table.table, `later ${nth}`, names, module.i32.const(at));
  }
  for (const { name, type, mutable } of globalsOf(module)) {
    module.removeGlobal(name);
    module.addGlobalImport(name, "first", name, type, mutable);
  }
  // Only its data goes: that of the first part is there already.
  const { initial, max } = module.getMemoryInfo(memory.value);
  module.setMemory(initial, max ?? -1, null, [], false, false, memory.value);
  module.addMemoryImport(memory.value, "first", memory.name);
  for (let nth = 0; nth < module.getNumTables(); nth++) {
    const { name } = binaryen.getTableInfo(module.getTableByIndex(nth));
    module.addTableImport(name, "first", name);
  }
  module.runPasses(["remove-unused-module-elements"]);
  return module;
}

// Neighbouring places of the table, each run of them one segment.
function runs(places) {
  const found = [];
  for (const [at, name] of [...places].sort(([a], [b]) => a - b)) {
    const last = found.at(-1);
    if (last && last.at + last.names.length === at) last.names.push(name);
    else found.push({ at, names: [name] });
  }
  return found;
}

function firstPart(bytes, later, table, placeOf, end) {
  const module = binaryen.readBinary(bytes);
  widen(module, table.table, end);
  module.addFunctionImport("later bring", "later", "bring", none, none);
  module.addGlobal("later is here", i32, true, module.i32.const(0));
  module.addFunction("later ensure", none, none, [], module.if(
    module.i32.eqz(module.global.get("later is here", i32)),
    module.block(null, [module.call("later bring", [], none), module.global.set("later is here", module.i32.const(1))]),
  ));
  for (const { name, params, results } of functionsOf(module).filter(({ name }) => later.has(name))) {
    module.removeFunction(name);
    const passed = binaryen.expandType(params).map((type, nth) => module.local.get(nth, type));
    const call = placeOf.has(name)
      ? module.call_indirect(table.table, module.i32.const(placeOf.get(name)), passed, params, results)
      : module.unreachable(); // nothing in the first part refers to it: removed below
    module.addFunction(name, params, results, [], module.block(null, [module.call("later ensure", [], none), call], results));
  }
  return module;
}

/**
 * Splits the program `bytes`, which must have a name section, by `isLater`.
 * Returns both parts, with names, and the counts of functions; `later` is null where nothing comes later.
 */
export function split(bytes, laterSet) {
  const whole = binaryen.readBinary(bytes);
  const table = functionTable(whole);
  const functions = functionsOf(whole).filter(({ module }) => !module);
  const memory = Array.from({ length: whole.getNumExports() }, (_, nth) => binaryen.getExportInfo(whole.getExportByIndex(nth)))
    .find(({ kind }) => kind === binaryen.ExternalMemory);
  whole.dispose();
  const later = new Set(functions.map(({ name }) => name).filter((name) => laterSet.has(name)));
  if (later.size === 0) return { first: bytes, later: null, counts: { first: functions.length, later: 0 } };

  // A function that is already in the table is called by that place, any other gets a new one at the end.
  const [places, placeOf] = [new Map(), new Map()];
  const put = (name, at) => {
    places.set(at, name);
    if (!placeOf.has(name)) placeOf.set(name, at);
  };
  table.functions.forEach((name, nth) => later.has(name) && put(name, table.base + nth));
  let end = table.base + table.functions.length;
  for (const name of calledFromFirst(bytes, later, table)) if (!placeOf.has(name)) put(name, end++);

  const second = laterPart(bytes, later, table, memory, places, end);
  const first = firstPart(bytes, later, table, placeOf, end);
  share(first, second);
  first.runPasses(["remove-unused-module-elements"]);
  for (const [module, what] of [[first, "first"], [second, "later"]]) {
    if (!module.validate()) throw new Error(`the ${what} part is not valid`);
  }
  binaryen.setDebugInfo(true);
  const parts = { first: first.emitBinary(), later: second.emitBinary() };
  first.dispose();
  second.dispose();
  return { ...parts, counts: { first: functions.length - later.size, later: later.size } };
}

// Exports of the first part what the later one imports, by short names.
function share(first, second) {
  let nth = 0;
  const imported = functionsOf(second).filter(({ module }) => module === "first");
  for (const { name, params, results } of imported) {
    const as = short(nth++);
    second.addFunctionImport(name, "first", `f${as}`, params, results);
    first.addFunctionExport(name, `f${as}`);
  }
  for (const { name, module, type, mutable } of globalsOf(second)) {
    if (!module) continue;
    second.addGlobalImport(name, "first", `g ${name}`, type, mutable);
    first.addGlobalExport(name, `g ${name}`);
  }
  for (let index = 0; index < second.getNumTables(); index++) {
    const { name } = binaryen.getTableInfo(second.getTableByIndex(index));
    second.addTableImport(name, "first", `t ${name}`);
    first.addTableExport(name, `t ${name}`);
  }
}
