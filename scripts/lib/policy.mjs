// The one Content-Security-Policy, for our own server and for every host that scripts/csp.mjs writes for.
import { readFileSync } from "node:fs";

/** Origins that the workspace's sources and their log-ins may be asked at. Relative addresses are covered by 'self'. */
export function originsOf(workspacePath) {
  const document = JSON.parse(readFileSync(workspacePath, "utf8"));
  const sources = document?.spec?.sources ?? {};
  const origins = new Set();
  for (const [name, source] of Array.isArray(sources) ? sources.entries() : Object.entries(sources)) {
    const addresses = { url: source?.url ?? source?.spec?.url, "login.issuer": source?.login?.issuer };
    for (const [member, address] of Object.entries(addresses)) {
      if (typeof address !== "string") continue;
      try {
        const url = new URL(address, "self:/");
        if (url.protocol === "http:" || url.protocol === "https:") origins.add(url.origin);
      } catch {
        throw new Error(`${workspacePath}: spec.sources.${source?.id ?? name}.${member} is not an address: ${address}`);
      }
    }
  }
  return [...origins].sort();
}

/** Origins of the pages that may show embed.html in a frame and speak with it. */
export function hostsOf(workspacePath) {
  const origins = JSON.parse(readFileSync(workspacePath, "utf8"))?.spec?.embed?.origins;
  // Compared as browsers write them: whatever else stands there could add a directive.
  return (Array.isArray(origins) ? origins : []).filter((origin) => /^https?:\/\/[a-z0-9.-]+(:\d+)?$/.test(origin));
}

/** The policy that allows requests to `origins` and framing by `ancestors`. */
export function policy(origins, ancestors = ["'self'"]) {
  return [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "worker-src 'self'",
    "manifest-src 'self'",
    ["connect-src 'self'", ...origins].join(" "),
    "base-uri 'self'",
    "form-action 'none'",
    `frame-ancestors ${ancestors.join(" ")}`,
  ].join("; ");
}

/** The other headers that every answer carries. */
export const SAFETY_HEADERS = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
};

/**
 * Names that carry a hash of their content, and so never change, as a pattern that nginx and Caddy read too.
 * Trunk writes the hash of a sheet as a number: without leading zeros, so one in sixteen is shorter.
 */
export const IMMUTABLE = String.raw`(-[0-9a-f]{8,16}(_bg)?\.(js|mjs|css|wasm)|(^|/)assets/[^/]+-[0-9A-Z]{8}\.[a-z0-9]+)$`;

const immutable = new RegExp(IMMUTABLE);

export const isImmutable = (path) => immutable.test(path);
