// Serves the bench page from several folders on loopback.
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".wasm": "application/wasm" };

export function serveFolder(folders, port) {
  const server = createServer((request, response) => {
    const name = normalize(new URL(request.url, "http://localhost").pathname).replace(/^\/+/, "");
    const path = folders.map((folder) => join(folder, name)).find((candidate) => existsSync(candidate));
    if (!path || !TYPES[extname(name)]) return response.writeHead(404).end();
    response.writeHead(200, { "Content-Type": TYPES[extname(name)] }).end(readFileSync(path));
  });
  return new Promise((resolve, reject) => {
    server.on("error", reject).listen(port, "127.0.0.1", () => resolve(server));
  });
}
