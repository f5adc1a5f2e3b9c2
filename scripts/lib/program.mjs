// Finishes a release's Wasm programs: splits off what comes later, optimises, and teaches the glue to fetch it.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { transform } from "esbuild";

const run = promisify(execFile);

// Judged by bytes after Brotli, see docs/decisions/parts-that-come-later.md.
const OPTIONS = ["-Oz"];

/** `bytes` by wasm-opt, without names. */
export async function optimised(bytes) {
  const folder = mkdtempSync(join(tmpdir(), "sightline-"));
  const [from, to] = [join(folder, "in.wasm"), join(folder, "out.wasm")];
  try {
    writeFileSync(from, bytes);
    await run("wasm-opt", [...OPTIONS, from, "-o", to]);
    return readFileSync(to);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Splits and optimises the program of that name; `later` is null where nothing comes later. */
export async function finished(program, bytes) {
  // Not at the head of this file: a development build needs none of it, and it takes a second to load.
  const { functionsNamed, laterKeys, laterNames, split } = await import("./split.mjs");
  const keys = laterKeys(program);
  const parts = split(bytes, laterNames(functionsNamed(bytes), keys));
  const [first, later] = await Promise.all([parts.first, parts.later].map((part) => part && optimised(part)));
  return { first, later, counts: parts.counts };
}

/** The glue without what only people read; names that the program asks for stay. */
export async function minified(glue) {
  return (await transform(glue, { minify: true, format: "esm", target: "es2022", legalComments: "none" })).code;
}

/** The glue of a split program: `module` is the address of js/later.js as the glue sees it, `address` that of the later part. */
export function glueOfSplit(glue, module, address, later) {
  const digest = createHash("sha256").update(later).digest("base64");
  const replace = (text, from, to) => {
    if (!text.includes(from)) throw new Error(`expected ${from} in the glue; has wasm-bindgen changed its output?`);
    return text.replaceAll(from, to);
  };
  const imports = "const imports = __wbg_get_imports();";
  const load = "const { instance, module } = await __wbg_load(await module_or_path, imports);";
  let result = replace(glue, imports, `${imports}\n    laterRegister(new URL("${address}", import.meta.url).href, "${digest}", imports);`);
  result = replace(result, load, `${load}\n    await laterReady(instance);`);
  return `import { ready as laterReady, register as laterRegister } from "${module}";\n${result}`;
}
