// Finishes Trunk's output so that a static host can serve it for ever under a strict policy:
// no inline script, content-hashed names also for the engine and the bridge, integrity of every reference,
// a build id, the licences of what we ship, and precompressed copies.
import { createHash } from "node:crypto";
import {
  copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { transform } from "esbuild";
import { compressTree } from "./lib/compress.mjs";
import { finished, glueOfSplit, minified } from "./lib/program.mjs";

const stage = process.env.TRUNK_STAGING_DIR ?? "dist";
const release = process.env.TRUNK_PROFILE === "release";
const at = (name) => join(stage, name);
const text = (name) => readFileSync(at(name), "utf8");
const shortHash = (data) => createHash("sha256").update(data).digest("hex").slice(0, 16);
const integrity = (data) => `sha384-${createHash("sha384").update(data).digest("base64")}`;

function fail(message) {
  console.error(`post-build: ${message}`);
  process.exit(1);
}

function replaceAll(haystack, from, to, where) {
  if (!haystack.includes(from)) fail(`expected ${from} in ${where}; has Trunk or wasm-bindgen changed its output?`);
  return haystack.replaceAll(from, to);
}

function only(pattern, what) {
  const found = readdirSync(stage).filter((name) => pattern.test(name));
  if (found.length !== 1) fail(`expected one ${what}, found ${found.length ? found.join(", ") : "none"}`);
  return found[0];
}

// Snippets are our own modules that the glue imports; their folder's name does not follow their content.
function hashSnippets() {
  const renamed = new Map();
  if (!existsSync(at("snippets"))) return renamed;
  for (const entry of readdirSync(at("snippets"), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const target = `assets/${entry.name.replace(/\.js$/, "")}-${shortHash(readFileSync(path))}.js`;
    mkdirSync(at("assets"), { recursive: true });
    copyFileSync(path, at(target));
    renamed.set(`./${path.slice(stage.length).replace(/^\/+/, "")}`, `./${target}`);
  }
  rmSync(at("snippets"), { recursive: true });
  return renamed;
}

function pointToSnippets(glue, snippets) {
  let result = glue;
  // Only the module's address: the same text is also the key under which the binary asks for its imports.
  for (const [from, to] of snippets) {
    for (const quote of ['"', "'"]) result = result.replaceAll(`from ${quote}${from}${quote}`, `from "${to}"`);
  }
  if (/from ["']\.\/snippets\//.test(result)) fail("a snippet import was not rewritten");
  return result;
}

// Splits a release's program in two. The part that comes later is named after its content, as all files are.
async function splitProgram(program, wasm, glue, snippets) {
  if (!release) return glue;
  if (process.env.SIGHTLINE_PROFILE) return instrumentProgram(program, wasm, glue);
  const { first, later, counts } = await finished(program, readFileSync(at(wasm)));
  writeFileSync(at(wasm), first);
  if (!later) return minified(glue);
  const name = `${program}_later-${shortHash(later)}.wasm`;
  writeFileSync(at(name), later);
  console.log(`post-build: ${program} has ${counts.first} functions at first and ${counts.later} later`);
  const [module] = [...snippets.values()].filter((address) => /\/later-[0-9a-f]+\.js$/.test(address));
  if (!module) fail("js/later.js is not among the snippets");
  return minified(glueOfSplit(glue, module, `./${name}`, later));
}

async function instrumentProgram(program, wasm, glue) {
  const { glueOfInstrumented, instrumented } = await import("./lib/instrument.mjs");
  const { bytes, names } = instrumented(readFileSync(at(wasm)));
  writeFileSync(at(wasm), bytes);
  writeFileSync(at(`${program}.functions.json`), JSON.stringify(names));
  return glueOfInstrumented(glue);
}

// The page's glue keeps Trunk's naming, but its content has changed and so must its name.
async function renamePage(snippets) {
  const wasm = only(/^sightline-[0-9a-f]+_bg\.wasm$/, "page binary");
  const oldGlue = wasm.replace("_bg.wasm", ".js");
  const glue = await splitProgram("sightline", wasm, pointToSnippets(text(oldGlue), snippets), snippets);
  const newWasm = `sightline-${shortHash(readFileSync(at(wasm)))}_bg.wasm`;
  renameSync(at(wasm), at(newWasm));
  const body = glue.replaceAll(wasm, newWasm);
  const newGlue = `sightline-${shortHash(body)}.js`;
  rmSync(at(oldGlue));
  writeFileSync(at(newGlue), body);
  const starter = only(/^[0-9a-f]+-boot\.mjs$/, "initializer");
  const newStarter = `initializer-${shortHash(readFileSync(at(starter)))}.js`;
  renameSync(at(starter), at(newStarter));
  return { wasm: newWasm, names: new Map([[wasm, newWasm], [oldGlue, newGlue], [starter, newStarter]]) };
}

// Trunk gives a worker's files no hash at all.
async function renameEngine(snippets) {
  const split = await splitProgram("engine", "engine_bg.wasm", pointToSnippets(text("engine.js"), snippets), snippets);
  const wasmData = readFileSync(at("engine_bg.wasm"));
  const wasm = `engine-${shortHash(wasmData)}_bg.wasm`;
  renameSync(at("engine_bg.wasm"), at(wasm));
  const glueBody = replaceAll(split, "engine_bg.wasm", wasm, "engine.js");
  const glue = `engine-${shortHash(glueBody)}.js`;
  rmSync(at("engine.js"));
  writeFileSync(at(glue), glueBody);
  // Trunk's own loader passes absolute paths that follow public_url; ours is relative to itself.
  const loaderBody =
    `import init from "./${glue}";\n` +
    `const options = { integrity: "${integrity(wasmData)}" };\n` +
    `await init({ module_or_path: fetch(new URL("./${wasm}", import.meta.url), options) });\n`;
  const loader = `engine_loader-${shortHash(loaderBody)}.js`;
  rmSync(at("engine_loader.js"), { force: true });
  writeFileSync(at(loader), loaderBody);
  return loader;
}

// Browsers ignore integrity on a preload of data, so the fetch itself asks for it.
function pinned(body, wasm) {
  if (!body.includes("__trunkInitializer")) return body;
  const data = readFileSync(at(wasm));
  const fetched = replaceAll(body, "fetch(source)", `fetch(source, { integrity: "${integrity(data)}" })`, "the boot script");
  // Trunk measured before wasm-opt; the progress bar wants the size that arrives.
  return fetched.replace(/(_bg\.wasm', )\d+/, (_, before) => before + data.length);
}

function externalBoot(html, wasm) {
  const scripts = [...html.matchAll(/<script(?![^>]*\ssrc=)([^>]*)>([\s\S]*?)<\/script>/g)];
  if (release && scripts.length !== 1) fail(`expected one inline script from Trunk, found ${scripts.length}`);
  let result = html;
  for (const [whole, , inline] of scripts) {
    // The reload script of `trunk serve`, which fills it in at each request.
    if (!release && inline.includes("__TRUNK_ADDRESS__")) continue;
    const body = pinned(inline, wasm);
    const name = `boot-${shortHash(body)}.js`;
    writeFileSync(at(name), `${body.trim()}\n`);
    result = result.replace(whole, () => `<script type="module" src="./${name}"></script>`);
  }
  return result;
}

// Every script, sheet and preload that the document names is pinned to its content.
function withIntegrity(html) {
  return html.replace(/<(script|link)\b([^>]*)>/g, (tag, kind, attributes) => {
    const address = /\s(?:src|href)="?([^"\s>]+)"?/.exec(attributes)?.[1];
    const rel = /\srel="?([^"\s>]+)"?/.exec(attributes)?.[1];
    const pinnable = kind === "script" || ["stylesheet", "modulepreload"].includes(rel);
    if (!address || !existsSync(at(address)) || (!pinnable && rel !== "preload")) return tag;
    const bare = attributes.replace(/\s(?:integrity|nonce)="[^"]*"/g, "").replace(/\s*\/$/, "");
    const pin = pinnable ? ` integrity="${integrity(readFileSync(at(address)))}"` : "";
    return `<${kind}${bare}${pin}${kind === "link" ? " /" : ""}>`;
  });
}

function setMeta(html, name, value) {
  const pattern = new RegExp(`<meta\\s+name="?${name}"?\\s+content="[^"]*"\\s*/?>`);
  if (!pattern.test(html)) fail(`index.html has no <meta name="${name}">`);
  const escaped = value.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  return html.replace(pattern, () => `<meta name="${name}" content="${escaped}" />`);
}

// Licences that ask to travel with the files they cover.
function writeNotices() {
  const parts = [
    ["Apache ECharts", "echarts", ["LICENSE", "NOTICE"]],
    ["ZRender", "zrender", ["LICENSE"]],
    ["lezer-promql", "@prometheus-io/lezer-promql", ["LICENSE"]],
    ["Lezer", "@lezer/lr", ["LICENSE"]],
    ["hyparquet", "hyparquet", ["LICENSE"]],
    ["hyparquet-compressors", "hyparquet-compressors", ["LICENSE"]],
    ["fzstd", "fzstd", ["LICENSE"]],
    ["Apache Arrow", "apache-arrow", ["LICENSE.txt", "NOTICE.txt"]],
    ["FlatBuffers", "flatbuffers", ["LICENSE"]],
    ["tslib", "tslib", ["LICENSE.txt"]],
    ["json-with-bigint", "json-with-bigint", ["LICENSE", "LICENSE.md"]],
    ["oauth4webapi", "oauth4webapi", ["LICENSE.md"]],
    ["world-atlas (outlines of the world map)", "world-atlas", ["LICENSE"]],
    ["Inter", "@fontsource-variable/inter", ["LICENSE"]],
  ].map(([title, module, files]) => {
    const found = files.map((file) => join("node_modules", module, file)).filter(existsSync);
    if (found.length === 0) fail(`no licence found for ${module}`);
    return `${title}\n${"=".repeat(title.length)}\n\n${found.map((file) => readFileSync(file, "utf8")).join("\n")}`;
  });
  parts.push("Natural Earth\n=============\n\nThe outlines are made with Natural Earth, free vector and raster map data of the public domain: naturalearthdata.com.\n");
  writeFileSync(at("THIRD-PARTY-NOTICES.txt"), parts.join("\n\n"));
}

// The page to which a log-in comes back: it stands alone, so that it works before and without the app.
function writeWayBack() {
  const script = readFileSync("js/signed-in.js");
  const name = `signed-in-${shortHash(script)}.js`;
  writeFileSync(at(name), script);
  const page = replaceAll(readFileSync("js/signed-in.html", "utf8"), "signed-in.js", `./${name}`, "js/signed-in.html");
  writeFileSync(at("signed-in.html"), withIntegrity(page));
}

if (existsSync("public")) cpSync("public", stage, { recursive: true });
const snippets = hashSnippets();
const [page, loader] = await Promise.all([renamePage(snippets), renameEngine(snippets)]);
const chunks = { ...JSON.parse(readFileSync("dist-js/chunks.json", "utf8")), engine: loader };
const digest = readFileSync("dist-js/inputs", "utf8");

let html = text("index.html");
for (const [from, to] of page.names) html = replaceAll(html, from, to, "index.html");
for (const [from, to] of snippets) html = html.replaceAll(from, to).replaceAll(from.slice(2), to.slice(2));
html = externalBoot(html, page.wasm);
html = setMeta(html, "sightline-build", digest.slice(0, 12));
html = setMeta(html, "sightline-chunks", JSON.stringify(chunks));
html = withIntegrity(html);
if (/<style|\sstyle=|\son[a-z]+=/i.test(html)) fail("index.html has an inline style or handler");
writeFileSync(at("index.html"), html);
// The same page under another name, since who may show it in a frame is decided by address; and the host's end.
writeFileSync(at("embed.html"), replaceAll(html, '<html lang="en"', '<html lang="en" data-embedded', "index.html"));
const { code } = await transform(readFileSync("js/embed.js", "utf8"), { minify: true, format: "esm", target: "es2022" });
writeFileSync(at("embed.js"), code);
for (const name of Object.values(chunks)) if (!existsSync(at(name))) fail(`chunk ${name} is missing`);

writeWayBack();
writeNotices();
writeFileSync(at("build.json"), `${JSON.stringify({ build: digest.slice(0, 12), inputs: digest, release, chunks }, null, 2)}\n`);
if (release && !process.env.SIGHTLINE_PROFILE) await compressTree(stage);
