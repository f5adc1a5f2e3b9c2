// The digest of everything a bundle is made from: tells whether dist/ is stale, and names a build reproducibly.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const INPUTS = [
  ".cargo", "Cargo.lock", "Cargo.toml", "Trunk.toml", "index.html", "js", "package-lock.json", "public",
  "scripts/bundle.mjs", "scripts/later", "scripts/lib", "scripts/post-build.mjs", "src", "style",
];

function* files(path) {
  if (!existsSync(path)) return;
  if (statSync(path).isFile()) {
    yield path;
    return;
  }
  for (const name of readdirSync(path).sort()) yield* files(join(path, name));
}

export function inputsDigest() {
  const hash = createHash("sha256");
  for (const input of INPUTS) {
    for (const path of files(input)) {
      hash.update(path).update("\0").update(readFileSync(path)).update("\0");
    }
  }
  return hash.digest("hex");
}

/** Whether dist/ is a release bundle of exactly the present inputs. */
export function distIsFresh() {
  try {
    const built = JSON.parse(readFileSync("dist/build.json", "utf8"));
    return built.release === true && built.inputs === inputsDigest();
  } catch {
    return false;
  }
}

// Run as a program: exit code 0 when fresh, 1 when stale.
if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(distIsFresh() ? 0 : 1);
