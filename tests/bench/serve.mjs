// Serves the bench page from several folders on loopback, and the app on a port that is free.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".wasm": "application/wasm" };

/** Serves the first of the folders that has the name, on a port that is free: resolves with the server. */
export function serveFolder(folders) {
  const server = createServer((request, response) => {
    const name = normalize(new URL(request.url, "http://localhost").pathname).replace(/^\/+/, "");
    const path = folders.map((folder) => join(folder, name)).find((candidate) => existsSync(candidate));
    if (!path || !TYPES[extname(name)]) return response.writeHead(404).end();
    response.writeHead(200, { "Content-Type": TYPES[extname(name)] }).end(readFileSync(path));
  });
  return new Promise((resolve, reject) => {
    server.on("error", reject).listen(0, "127.0.0.1", () => resolve(server));
  });
}

const isFree = (port) =>
  new Promise((resolve) => {
    const server = createServer().on("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });

/** The ports of the app that the servers' CORS allows, the usual first. */
const APP_PORTS = [8096, 8097, 8094, 8093, 8092, 8091, 8090, 8099];

async function freePort() {
  for (const port of APP_PORTS) if (await isFree(port)) return port;
  throw new Error(`none of the ports ${APP_PORTS.join(", ")} is free`);
}

async function answers(url, seconds = 20) {
  for (const until = Date.now() + seconds * 1000; Date.now() < until; ) {
    if (await fetch(url).then(({ ok }) => ok, () => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${url} does not answer`);
}

/** Serves a bundle by scripts/serve.mjs with further flags: resolves with its address and how to end it. */
export async function serveApp(folder, flags) {
  const port = await freePort();
  const server = spawn(process.execPath, ["scripts/serve.mjs", "--quiet", "--dir", folder, "--port", String(port), ...flags], { stdio: "inherit" });
  const url = `http://127.0.0.1:${port}/`;
  await answers(url);
  return { url, end: () => server.kill() };
}
