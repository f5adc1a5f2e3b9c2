// The host's script is small and alone.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { transform } from "esbuild";

test("embed.js needs nothing else and is at most 3 KB", async () => {
  const source = readFileSync(new URL("../../js/embed.js", import.meta.url), "utf8");
  assert.doesNotMatch(source, /^\s*import\s/m);
  const { code } = await transform(source, { minify: true, format: "esm", target: "es2022" });
  assert.ok(code.length <= 3 * 1_024, `${code.length} bytes`);
});
