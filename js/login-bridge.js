// The engine's door to the lazy sign-in, and to the port by which one engine hands its tokens to the next.
// Imported as a wasm-bindgen snippet, so it must not import anything itself.

const loading = new Map();
let port = null;

/** Runs a verb of js/login at an absolute address. Text in, text out: `{ ok }` or `{ trouble: { cause, text, hint } }`. Never rejects. */
export async function atIssuer(chunk, verb, config) {
  let login;
  try {
    if (!loading.has(chunk)) loading.set(chunk, import(chunk));
    login = await loading.get(chunk);
  } catch {
    loading.delete(chunk);
    return JSON.stringify({ trouble: { cause: "unreachable", text: "the part of this page that signs in could not be loaded", hint: "try again" } });
  }
  try {
    return JSON.stringify({ ok: await login[verb](JSON.parse(config)) });
  } catch (error) {
    return JSON.stringify({ trouble: error.trouble ?? { cause: "configuration", text: "the sign-in failed", hint: null } });
  }
}

/** Keeps the port that comes beside a message. To be called before anything else listens. */
export function watchPorts() {
  self.addEventListener("message", ({ ports }) => {
    if (ports?.length) [port] = ports;
  });
}

/** Sends a text through the kept port, and lets go of it. */
export function sendByPort(text) {
  port?.postMessage(text);
  port = null;
}

/** The text that comes through the kept port; `null` if none comes in time. */
export function receiveByPort(timeoutMs) {
  const own = port;
  port = null;
  return new Promise((resolve) => {
    if (!own) return resolve(null);
    const timer = setTimeout(() => resolve(null), timeoutMs);
    own.onmessage = ({ data }) => {
      clearTimeout(timer);
      own.close();
      resolve(data);
    };
  });
}
