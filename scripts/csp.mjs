// Prints the headers for a workspace, for nginx, Caddy and hosts that read a `_headers` file.
//   node scripts/csp.mjs [workspace.json] [--ancestors "https://portal.example ..."]
import { existsSync } from "node:fs";
import { hostsOf, IMMUTABLE, originsOf, policy, SAFETY_HEADERS } from "./lib/policy.mjs";

const args = process.argv.slice(2);
const flag = args.indexOf("--ancestors");
const ancestors = flag >= 0 ? (args[flag + 1] ?? "").split(/\s+/).filter(Boolean) : ["'self'"];
const workspace = args.find((arg, index) => !arg.startsWith("--") && (flag < 0 || index !== flag + 1)) ?? "public/workspaces/default.json";
if (!existsSync(workspace)) {
  console.error(`no workspace at ${workspace}: make csp WORKSPACE=path/to/workspace.json`);
  process.exit(1);
}

let header;
try {
  header = policy(originsOf(workspace), ancestors.length > 0 ? ancestors : ["'none'"]);
} catch (error) {
  console.error(`cannot read ${workspace}: ${error.message}`);
  process.exit(1);
}
// embed.html is for the pages that the workspace names; embed.js is for them to fetch.
const hosts = hostsOf(workspace);
const framed = { "Content-Security-Policy": policy(originsOf(workspace), ["'self'", ...hosts]), ...SAFETY_HEADERS };
const all = { "Content-Security-Policy": header, ...SAFETY_HEADERS };
const FOREVER = "public, max-age=31536000, immutable";

console.log(`# ${workspace}\n\n# nginx\nlocation / {`);
for (const [name, value] of Object.entries(all)) console.log(`    add_header ${name} "${value}" always;`);
console.log(`    add_header Cache-Control "no-cache" always;
    gzip_static on;
    # with ngx_brotli: brotli_static on;
    types { text/html html; text/css css; text/javascript js mjs; application/wasm wasm; application/json json;
            application/manifest+json webmanifest; image/svg+xml svg; font/woff2 woff2; text/plain txt; }
${hosts.length === 0 ? "" : `    location = /embed.html {
${Object.entries(framed).map(([name, value]) => `        add_header ${name} "${value}" always;`).join("\n")}
        add_header Cache-Control "no-cache" always;
    }
    location = /embed.js {
        add_header Access-Control-Allow-Origin "*" always;
        add_header Cache-Control "no-cache" always;
    }
`}    location ~ "${IMMUTABLE}" {`);
for (const [name, value] of Object.entries(all)) console.log(`        add_header ${name} "${value}" always;`);
console.log(`        add_header Cache-Control "${FOREVER}" always;\n    }\n}`);

console.log(`\n# Caddy\n@hashed path_regexp ${IMMUTABLE}\nheader {`);
for (const [name, value] of Object.entries(all)) console.log(`    ${name} "${value}"`);
console.log(`    Cache-Control "no-cache"\n}\nheader @hashed Cache-Control "${FOREVER}"\n${hosts.length === 0 ? "" : `header /embed.html Content-Security-Policy "${framed["Content-Security-Policy"]}"\nheader /embed.js Access-Control-Allow-Origin *\n`}file_server {\n    precompressed br gzip\n}`);

console.log("\n# _headers\n/*");
for (const [name, value] of Object.entries(all)) console.log(`  ${name}: ${value}`);
console.log("  Cache-Control: no-cache");
if (hosts.length > 0) {
  console.log(`/embed.html\n  ! Content-Security-Policy\n  Content-Security-Policy: ${framed["Content-Security-Policy"]}`);
  console.log("/embed.js\n  Access-Control-Allow-Origin: *");
}
console.log(`/assets/*\n  ! Cache-Control\n  Cache-Control: ${FOREVER}`);
for (const name of ["app", "boot", "engine", "engine_later", "engine_loader", "initializer", "signed-in", "sightline", "sightline_later", "supervisor", "theme"]) {
  console.log(`/${name}-*\n  ! Cache-Control\n  Cache-Control: ${FOREVER}`);
}
