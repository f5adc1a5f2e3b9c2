// The policy names the workspace's sources and nothing else.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { hostsOf, isImmutable, originsOf, policy } from "../../scripts/lib/policy.mjs";

function workspaceWith(sources) {
  const folder = mkdtempSync(join(tmpdir(), "sightline-"));
  const path = join(folder, "workspace.json");
  writeFileSync(path, JSON.stringify({ spec: { sources } }));
  try {
    return originsOf(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("origins are those of absolute addresses, once each", () => {
  const sources = [
    { id: "a", url: "https://prometheus.example/base/" },
    { id: "b", url: "https://prometheus.example" },
    { id: "c", url: "http://127.0.0.1:5000" },
    { id: "d", url: "demo/" },
    { id: "e" },
  ];
  assert.deepEqual(workspaceWith(sources), ["http://127.0.0.1:5000", "https://prometheus.example"]);
});

test("an issuer may be asked where a source is signed in to", () => {
  const login = { issuer: "https://login.example/realms/work", clientId: "sightline" };
  const sources = [{ id: "a", url: "https://a.example", auth: "oidc", login }, { id: "b", url: "https://b.example", auth: "oidc", login }];
  assert.deepEqual(workspaceWith(sources), ["https://a.example", "https://b.example", "https://login.example"]);
  assert.throws(() => workspaceWith([{ id: "a", url: "demo/", login: { issuer: "https://l.example; script-src *" } }]), /login\.issuer is not an address/);
});

test("an address cannot add a directive", () => {
  const [origin] = workspaceWith([{ id: "a", url: "https://a.example/; script-src *" }]);
  assert.equal(origin, "https://a.example");
  assert.throws(() => workspaceWith([{ id: "a", url: "https://a.example; script-src *" }]), /not an address/);
});

test("the policy allows no inline code", () => {
  const header = policy(["https://a.example"]);
  assert.match(header, /connect-src 'self' https:\/\/a\.example;/);
  assert.doesNotMatch(header, /unsafe-inline|'unsafe-eval'|\*/);
});

test("only names with a hash are kept for ever", () => {
  for (const name of ["sightline-0123456789abcdef_bg.wasm", "assets/charts-XXJJJXTH.js", "app-0123456789abcdef.css"]) {
    assert.ok(isImmutable(name), name);
  }
  for (const name of ["index.html", "workspaces/default.json", "demo/manifest.json", "build.json", "icons/favicon.svg"]) {
    assert.ok(!isImmutable(name), name);
  }
});

test("a hash without its leading zeros is one too", () => {
  for (const path of ["/app-9151588f9832793.css", "app-f9151588f9832793.css", "/sub/sightline-a7b68b332253bbac_bg.wasm"]) assert.ok(isImmutable(path), path);
  for (const path of ["/index.html", "/workspaces/default.json", "/app.css", "/demo/series-20261124.json"]) assert.ok(!isImmutable(path), path);
});

test("a host's origin cannot add a directive, nor stand for many", () => {
  const folder = mkdtempSync(join(tmpdir(), "sightline-"));
  const path = join(folder, "workspace.json");
  const origins = ["https://portal.example", "http://127.0.0.1:8080", "https://a;sandbox", "https://*.example", 'https://a"b', "*", 7];
  writeFileSync(path, JSON.stringify({ spec: { embed: { origins } } }));
  try {
    assert.deepEqual(hostsOf(path), ["https://portal.example", "http://127.0.0.1:8080"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
