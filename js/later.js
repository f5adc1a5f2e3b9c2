// The part of a program that comes later: what the first dashboard does not run is a Wasm module of its own
// (scripts/lib/split.mjs), fetched once the dashboard is drawn, or at once by the first call of a function in it.
// One copy of this module serves each program: the page's and the engine's. A build that is not split never registers.

let part = null;

/**
 * Names the later part and gives the imports of the first what it needs to call for it.
 * `digest` is the SHA-256 of the file in base64.
 */
export function register(address, digest, imports) {
  part = { address, digest, imports, exports: null, module: null, fetched: null, linked: false };
  imports.later = { bring };
  // An address that says more than "the first dashboard" may open anything: then both parts load side by side.
  if (self.location.search !== "") fetchLater();
  return imports;
}

/** Links the later part before the program starts, if it is wanted from the start. */
export async function ready(instance) {
  part.exports = instance.exports;
  await part.fetched;
}

/** Fetches the later part in the background. A failure is not one yet: the call that needs the part tries again. */
export function loadLater() {
  if (part && !part.linked) (self.requestIdleCallback ?? setTimeout)(fetchLater);
}

function fetchLater() {
  part.fetched ??= WebAssembly.compileStreaming(fetch(part.address, { integrity: `sha256-${part.digest}`, priority: "low" })).then(
    (module) => {
      if (part.exports) link(module);
      else part.module = module;
    },
    () => {
      part.fetched = null;
    },
  );
}

// Its instance fills the places that the first part keeps free in the table of functions.
function link(module) {
  if (part.linked) return;
  new WebAssembly.Instance(module, { ...part.imports, first: part.exports });
  part.linked = true;
}

// Called by the first part, and so without a chance to wait: the request is a synchronous one.
// It cannot name an integrity, so the digest is taken here.
function bring() {
  if (part.linked) return;
  if (part.module) return link(part.module);
  const data = fetchNow(part.address);
  if (!data || sha256(data) !== part.digest) {
    // As after a trap, the program's memory is in an unknown state; the supervisor and the page's watch treat it as one.
    throw new WebAssembly.RuntimeError("A part of the program could not be loaded.");
  }
  link(new WebAssembly.Module(data));
}

function fetchNow(address) {
  try {
    const request = new XMLHttpRequest();
    request.open("GET", address, false);
    // A document may not ask for bytes here, but text of this character set has one per character.
    request.overrideMimeType("text/plain; charset=x-user-defined");
    request.send();
    return request.status === 200 ? Uint8Array.from(request.responseText, (character) => character.charCodeAt(0) & 255) : null;
  } catch {
    return null;
  }
}

const SMALLEST_PRIMES = [];
for (let n = 2; SMALLEST_PRIMES.length < 64; n++) if (SMALLEST_PRIMES.every((prime) => n % prime)) SMALLEST_PRIMES.push(n);
const fraction = (x) => ((x - Math.floor(x)) * 2 ** 32) | 0;

/** SHA-256 (FIPS 180-4) in base64: the browser's own cannot be had without waiting. */
export function sha256(data) {
  const k = SMALLEST_PRIMES.map((prime) => fraction(Math.cbrt(prime)));
  const state = SMALLEST_PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
  const padded = new Uint8Array(((data.length + 8) >> 6) * 64 + 64);
  padded.set(data);
  padded[data.length] = 128;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(data.length / 2 ** 29));
  view.setUint32(padded.length - 4, data.length * 8);
  const turned = (x, by) => (x >>> by) | (x << (32 - by));
  const w = new Int32Array(64);
  for (let block = 0; block < padded.length; block += 64) {
    for (let t = 0; t < 64; t++) {
      if (t < 16) {
        w[t] = view.getInt32(block + 4 * t);
        continue;
      }
      const [early, late] = [w[t - 15], w[t - 2]];
      w[t] =
        w[t - 16] + (turned(early, 7) ^ turned(early, 18) ^ (early >>> 3)) +
        w[t - 7] + (turned(late, 17) ^ turned(late, 19) ^ (late >>> 10));
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let t = 0; t < 64; t++) {
      const first = (h + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + ((e & f) ^ (~e & g)) + k[t] + w[t]) | 0;
      const second = ((turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((word, nth) => (state[nth] = (state[nth] + word) | 0));
  }
  const digest = new DataView(new ArrayBuffer(32));
  state.forEach((word, nth) => digest.setInt32(4 * nth, word));
  return btoa(String.fromCharCode(...new Uint8Array(digest.buffer)));
}
