// Builds what Trunk cannot: one style sheet with its font, the lazy JavaScript chunks, and the outlines of the world map.
// Output: dist-js/app.css, dist-js/assets/* (hashed names), dist-js/chunks.json (name -> file), dist-js/inputs (of what).
import { build } from "esbuild";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import subsetFont from "subset-font";
import { inputsDigest } from "./lib/inputs.mjs";
import { worldAsset } from "./lib/world.mjs";

const OUT = "dist-js";
const CHUNKS = {
  charts: "js/charts/index.mjs",
  promql: "js/promql.mjs",
  parquet: "js/tables/parquet.mjs",
  arrow: "js/tables/arrow.mjs",
};
// Cascade order: definitions first, the app's sheets by name, print last. A new sheet in style/ is found by itself.
const FIRST = ["fonts.css", "tokens.css", "boot.css", "base.css", "shell.css"];
const LAST = ["print.css"];

const debug = process.env.TRUNK_PROFILE === "debug";
rmSync(OUT, { recursive: true, force: true });
mkdirSync(`${OUT}/assets`, { recursive: true });
// Taken before anything is read: what is edited during the build then makes the bundle stale.
writeFileSync(`${OUT}/inputs`, inputsDigest());

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

// The typeface with the characters that style/fonts.css names and the weights between its two: 48 -> 30 KB.
const lightFont = {
  name: "light-font",
  setup(bundle) {
    bundle.onLoad({ filter: /inter-latin-wght-normal\.woff2$/ }, async ({ path }) => {
      const [face] = readFileSync("style/fonts.css", "utf8").match(/@font-face \{[^}]*unicode-range[^}]*\}/) ?? [""];
      const [, min, max] = /font-weight: (\d+) (\d+)/.exec(face).map(Number);
      const ranges = [...face.matchAll(/U\+([0-9A-F]+)(?:-([0-9A-F]+))?/g)].map(([, from, to]) => [parseInt(from, 16), parseInt(to ?? from, 16)]);
      const characters = ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => String.fromCodePoint(from + i)));
      const options = { targetFormat: "woff2", variationAxes: { wght: { min, max } } };
      return { contents: await subsetFont(await readFile(path), characters.join(""), options), loader: "file" };
    });
  },
};

await build({
  ...shared,
  plugins: [lightFont],
  stdin: { contents: ordered.map((name) => `@import "./style/${name}";`).join("\n"), loader: "css", resolveDir: "." },
  outfile: `${OUT}/app.css`,
  loader: { ".woff2": "file", ".svg": "file" },
  assetNames: "assets/[name]-[hash]",
});

const chunks = {};
for (const [name, input] of Object.entries(CHUNKS)) {
  const { metafile } = await build({
    ...shared,
    entryPoints: { [name]: input },
    outdir: `${OUT}/assets`,
    entryNames: "[name]-[hash]",
    chunkNames: `${name}-[name]-[hash]`,
    format: "esm",
    splitting: true,
    define: { "process.env.NODE_ENV": '"production"' },
    metafile: true,
  });
  const [file] = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === input);
  chunks[name] = `assets/${basename(file)}`;
}
const world = worldAsset();
writeFileSync(`${OUT}/assets/${world.name}`, world.text);
chunks.world = `assets/${world.name}`;
writeFileSync(`${OUT}/chunks.json`, `${JSON.stringify(chunks, null, 2)}\n`);
