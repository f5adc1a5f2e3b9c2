// Size per file as served, and the total of a cold start's code, style and font against its budget.
//   node scripts/size.mjs [--check]   with --check a miss is an error
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import zlib from "node:zlib";

const BUDGET_KB = 700;
const dist = "dist";
if (!existsSync(dist)) {
  console.error("no dist/: run make build first");
  process.exit(1);
}

const isCode = (name) => /\.(m?js|wasm|css|woff2|html)$/.test(name);
// Not part of a cold start: the grammar of filtered queries, columnar files, and what of charts and programs comes after the first dashboard
// (docs/decisions/parts-that-come-later.md; that it does is tested in tests/e2e/bundle.spec.mjs).
const isRare = (name) => /^assets\/((promql|parquet|arrow|charts-more)-|login-[0-9A-Z]{8}\.)|^(sightline|engine)_later-/.test(name);

function bytes(path, suffix) {
  return existsSync(path + suffix) ? readFileSync(path + suffix).length : readFileSync(path).length;
}

const rows = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && !/\.(br|gz)$/.test(entry.name))
  .map((entry) => {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const precompressed = existsSync(`${path}.br`);
    const raw = readFileSync(path);
    return {
      name: relative(dist, path),
      raw: raw.length,
      gz: precompressed ? bytes(path, ".gz") : raw.length > 512 && isCode(path) && !path.endsWith(".woff2") ? zlib.gzipSync(raw).length : raw.length,
      br: bytes(path, ".br"),
    };
  })
  .sort((a, b) => b.br - a.br);

const kb = (n) => (n / 1000).toFixed(1).padStart(9);
console.log(`${"file".padEnd(52)}${"raw KB".padStart(9)}${"gzip".padStart(9)}${"brotli".padStart(9)}`);
for (const { name, raw, gz, br } of rows.slice(0, 24)) {
  console.log(`${name.slice(0, 51).padEnd(52)}${kb(raw)}${kb(gz)}${kb(br)}`);
}
if (rows.length > 24) console.log(`... and ${rows.length - 24} smaller files`);
const total = rows.filter(({ name }) => isCode(name) && !isRare(name)).reduce((sum, { br }) => sum + br, 0) / 1000;
const met = total <= BUDGET_KB;
console.log(`\ncode, style and font of a cold start: ${total.toFixed(1)} KB brotli of ${BUDGET_KB} KB: ${met ? "met" : "MISSED"}`);
if (process.argv.includes("--check") && !met) process.exit(1);
