// The page's end of an embedding; js/embed.js is the host's.
// Imported as a wasm-bindgen snippet, so it must not import anything itself. Whoever sends a message is a stranger until the
// browser says that it is our parent, of an origin that the workspace names.

const VERSION = 1;
const HIDEABLE = ["bar", "filters", "rail", "notice"];

let port = null;
const latest = new Map();

/** Whether this document is the one that is made to be shown in frames, and is in one. */
export const isEmbedded = () => window.parent !== window && document.documentElement.hasAttribute("data-embedded");

/** Waits for a host of one of `origins`; each of its messages comes to `take` as JSON. */
export function listen(origins, take) {
  window.addEventListener("message", ({ data, origin, ports, source }) => {
    if (source !== window.parent || !origins.includes(origin) || data?.sightline !== "hello" || ports.length !== 1) return;
    const [theirs] = ports;
    if (data.version !== VERSION) {
      theirs.postMessage({ type: "error", message: `the page speaks version ${VERSION} of these messages, the host ${Number(data.version)}` });
      return;
    }
    port?.close();
    port = theirs;
    port.postMessage({ type: "welcome", version: VERSION });
    port.onmessage = (event) => take(asText(event.data));
    const hidden = Array.isArray(data.hide) ? data.hide.filter((part) => HIDEABLE.includes(part)) : [];
    document.documentElement.dataset.hide = hidden.join(" ");
    for (const [type, detail] of latest) port.postMessage({ type, ...detail });
    followHeight();
  });
  // It says nothing but that it is there, so it may go to whoever is the parent.
  window.parent.postMessage({ sightline: "listening", version: VERSION }, "*");
}

function asText(data) {
  try {
    return JSON.stringify(data) ?? "";
  } catch {
    return "";
  }
}

/** Tells the host something; what was told last of each type is told again to a host that comes later. */
export function tell(type, detail) {
  const known = JSON.parse(detail);
  if (type !== "result" && type !== "refused") latest.set(type, known);
  port?.postMessage({ type, ...known });
}

let watched = false;

function followHeight() {
  const page = document.getElementById("page");
  if (watched || !page) return;
  watched = true;
  const told = () => tell("height", JSON.stringify({ height: Math.ceil(page.getBoundingClientRect().bottom + window.scrollY) }));
  new ResizeObserver(told).observe(page);
}
