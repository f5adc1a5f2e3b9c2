// Builds what Trunk cannot: one style sheet with its font, and the lazy JavaScript chunks.
// Output: dist-js/app.css, dist-js/assets/* (hashed names), dist-js/chunks.json (name -> file).
import { build } from "esbuild";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";

const OUT = "dist-js";
const CHUNKS = { charts: "js/charts/index.mjs", promql: "js/promql.mjs" };
// Cascade order: definitions first, the app's sheets by name, print last. A new sheet in style/ is found by itself.
const FIRST = ["fonts.css", "tokens.css", "boot.css", "base.css", "shell.css"];
const LAST = ["print.css"];

const debug = process.env.TRUNK_PROFILE === "debug";
rmSync(OUT, { recursive: true, force: true });
mkdirSync(`${OUT}/assets`, { recursive: true });

const sheets = readdirSync("style").filter((name) => name.endsWith(".css"));
const ordered = [
  ...FIRST.filter((name) => sheets.includes(name)),
  ...sheets.filter((name) => !FIRST.includes(name) && !LAST.includes(name)).sort(),
  ...LAST.filter((name) => sheets.includes(name)),
];

const shared = {
  bundle: true,
  minify: !debug,
  target: ["chrome120", "firefox121", "safari17.2"],
  legalComments: "none",
  logLevel: "warning",
};

await build({
  ...shared,
  stdin: { contents: ordered.map((name) => `@import "./style/${name}";`).join("\n"), loader: "css", resolveDir: "." },
  outfile: `${OUT}/app.css`,
  loader: { ".woff2": "file", ".svg": "file" },
  assetNames: "assets/[name]-[hash]",
});

const { metafile } = await build({
  ...shared,
  entryPoints: Object.entries(CHUNKS).map(([out, input]) => ({ in: input, out })),
  outdir: `${OUT}/assets`,
  entryNames: "[name]-[hash]",
  format: "esm",
  define: { "process.env.NODE_ENV": '"production"' },
  metafile: true,
});

const chunks = {};
for (const [file, output] of Object.entries(metafile.outputs)) {
  const name = Object.keys(CHUNKS).find((key) => CHUNKS[key] === output.entryPoint);
  if (name) chunks[name] = `assets/${basename(file)}`;
}
writeFileSync(`${OUT}/chunks.json`, `${JSON.stringify(chunks, null, 2)}\n`);
