// Writes .br and .gz beside every file worth compressing, so that the host spends no time on it.
import { readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import zlib from "node:zlib";

const brotli = promisify(zlib.brotliCompress);
const gzip = promisify(zlib.gzip);
const TEXT_LIKE = /\.(html|css|m?js|json|wasm|svg|webmanifest|txt|csv)$/;
const WORTH_BYTES = 512;
// Quality 11 costs a second per megabyte: fine for code, not for large recordings.
const LARGE_BYTES = 8 << 20;

async function compressFile(path) {
  const data = await readFile(path);
  if (data.length < WORTH_BYTES) return;
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT, BROTLI_PARAM_LGWIN } = zlib.constants;
  const br = await brotli(data, {
    params: {
      [BROTLI_PARAM_QUALITY]: data.length > LARGE_BYTES ? 9 : 11,
      [BROTLI_PARAM_SIZE_HINT]: data.length,
      [BROTLI_PARAM_LGWIN]: 22,
    },
  });
  const gz = await gzip(data, { level: 9 });
  await Promise.all([writeFile(`${path}.br`, br), writeFile(`${path}.gz`, gz)]);
}

export async function compressTree(folder) {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && TEXT_LIKE.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  await Promise.all(paths.map(compressFile));
}
