// Serves dist/ as a good static host would: right types, precompressed copies, lasting caches for hashed names,
// true 404s and the strict policy. For looking and for tests, on loopback only.
//   node scripts/serve.mjs [--port 8080] [--dir dist] [--base /a/b/]
//     [--workspace path]...      serve it as workspaces/<its name>, and allow its sources
//     [--default path]           the same, and open it when the address names none
//     [--connect origin]...      allow further origins
//     [--ancestors "'self' ..."] who may frame the app
//     [--frame-host port]        a second origin that shows the app in a sandboxed iframe
//     [--frame-pages folder]     pages that the second origin has besides; %APP% in them is the app's address
//     [--frame-sandbox "..."]    its sandbox; without allow-same-origin the app has no storage
import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { basename, extname, join, normalize, resolve } from "node:path";
import { parseArgs } from "node:util";
import { hostsOf, isImmutable, originsOf, policy, SAFETY_HEADERS } from "./lib/policy.mjs";

const { values: options } = parseArgs({
  options: {
    port: { type: "string", default: "8080" },
    dir: { type: "string", default: "dist" },
    base: { type: "string", default: "/" },
    workspace: { type: "string", multiple: true, default: [] },
    default: { type: "string" },
    connect: { type: "string", multiple: true, default: [] },
    ancestors: { type: "string", default: "'self'" },
    "frame-host": { type: "string" },
    "frame-pages": { type: "string" },
    "frame-sandbox": { type: "string", default: "allow-scripts allow-same-origin allow-forms allow-downloads allow-popups allow-popups-to-escape-sandbox" },
    quiet: { type: "boolean", default: false },
  },
});

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".wasm": "application/wasm",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
  ".csv": "text/csv; charset=utf-8",
};
const HOST = "127.0.0.1";
const root = resolve(options.dir);
const port = Number(options.port);
const base = `/${options.base.replace(/^\/+|\/+$/g, "")}/`.replace("//", "/");
if (!existsSync(join(root, "index.html"))) {
  console.error(`no bundle in ${options.dir}: run make build first`);
  process.exit(1);
}

const workspaces = new Map();
for (const path of options.workspace) workspaces.set(`workspaces/${basename(path)}`, resolve(path));
if (options.default) workspaces.set("workspaces/default.json", resolve(options.default));
const shipped = join(root, "workspaces/default.json");
const named = [...workspaces.values()];
if (!options.default && existsSync(shipped)) named.push(shipped);
const ancestors = options["frame-host"]
  ? `${options.ancestors} http://localhost:${options["frame-host"]} http://${HOST}:${options["frame-host"]}`
  : options.ancestors;
// embed.html is for the pages that the workspaces name, everything else for whom the options allow.
const csp = (name) => {
  const hosts = name === "embed.html" ? named.flatMap(hostsOf) : [];
  return policy([...new Set([...named.flatMap(originsOf), ...options.connect])], [ancestors, ...new Set(hosts)]);
};
csp("embed.html"); // A workspace that cannot be read is an error now, not at the first request.

function variants(path, accepted) {
  const found = [];
  if (/\bbr\b/.test(accepted) && existsSync(`${path}.br`)) found.push([`${path}.br`, "br"]);
  if (/\bgzip\b/.test(accepted) && existsSync(`${path}.gz`)) found.push([`${path}.gz`, "gzip"]);
  return [...found, [path, null]];
}

function refuse(response, status, text) {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", ...SAFETY_HEADERS });
  response.end(`${text}\n`);
}

function answer(request, response) {
  if (request.method !== "GET" && request.method !== "HEAD") return refuse(response, 405, "only GET and HEAD");
  let path;
  try {
    path = decodeURIComponent(new URL(request.url, `http://${HOST}`).pathname);
  } catch {
    return refuse(response, 400, "not a valid address");
  }
  if (`${path}/` === base) {
    response.writeHead(308, { Location: base });
    return response.end();
  }
  if (!path.startsWith(base) || path.includes("\0")) return refuse(response, 404, "not found");
  const name = normalize(path.slice(base.length) || "index.html").replace(/^(\.\.(\/|$))+/, "");
  const file = workspaces.get(name) ?? join(root, name);
  if (!workspaces.has(name) && !file.startsWith(`${root}/`)) return refuse(response, 404, "not found");
  if (!existsSync(file) || !statSync(file).isFile()) return refuse(response, 404, "not found");

  const choices = workspaces.has(name) ? [[file, null]] : variants(file, String(request.headers["accept-encoding"] ?? ""));
  const [chosen, encoding] = choices[0];
  const stat = statSync(chosen);
  const tag = `"${stat.size.toString(36)}-${Math.trunc(stat.mtimeMs).toString(36)}"`;
  const headers = {
    "Content-Type": TYPES[extname(name)] ?? "application/octet-stream",
    "Cache-Control": isImmutable(name) ? "public, max-age=31536000, immutable" : "no-cache",
    "Content-Security-Policy": csp(name),
    Vary: "Accept-Encoding",
    ETag: tag,
    ...SAFETY_HEADERS,
  };
  // A sandboxed frame without its own origin asks for everything as a stranger, and a host page for its end of the embedding.
  if (options["frame-host"] || name === "embed.js") headers["Access-Control-Allow-Origin"] = "*";
  if (encoding) headers["Content-Encoding"] = encoding;
  if (request.headers["if-none-match"] === tag) {
    response.writeHead(304, headers);
    return response.end();
  }
  response.writeHead(200, { ...headers, "Content-Length": stat.size });
  if (request.method === "HEAD") return response.end();
  createReadStream(chosen).on("error", () => response.destroy()).pipe(response);
}

// The host page's own address passes its query on to the app, so that one test can open any view.
function hostPage(request, response) {
  const { pathname, search } = new URL(request.url, `http://${HOST}`);
  const page = options["frame-pages"] && join(options["frame-pages"], basename(pathname));
  if (page && pathname.endsWith(".html") && existsSync(page)) {
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
    return response.end(readFileSync(page, "utf8").replaceAll("%APP%", `http://${HOST}:${port}${base}`));
  }
  const query = search.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
  response.end(`<!doctype html><html lang="en"><title>Host portal</title><body style="margin:0">
<iframe title="Sightline" src="http://${HOST}:${port}${base}${query}" sandbox="${options["frame-sandbox"]}"
  allow="fullscreen; clipboard-write" referrerpolicy="no-referrer" style="border:0;width:100%;height:100vh"></iframe>`);
}

function listen(handler, at, what) {
  createServer(handler)
    .on("error", (error) => {
      console.error(error.code === "EADDRINUSE" ? `port ${at} is taken: choose another with PORT=` : error.message);
      process.exit(1);
    })
    .listen(at, HOST, () => options.quiet || console.log(what));
}

listen(answer, port, `Sightline is at http://${HOST}:${port}${base}`);
if (options["frame-host"]) {
  // By another host name, and so from another site: storage is partitioned or denied there.
  const at = Number(options["frame-host"]);
  listen(hostPage, at, `Framed by http://localhost:${at}/`);
}
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(0));
