// The page's side of a sign-in: the window of the provider's log-in page, and the way back from it.
// What passes here is a code that only the engine can use. Imported as a wasm-bindgen snippet, so it must not import anything itself.

const WATCH_MS = 500;
/** A window that closes itself has sent its answer just before. */
const GRACE_MS = 1_500;
let attempt = null;

/** Forgets the window of an earlier attempt and closes it. */
function end() {
  if (!attempt) return;
  removeEventListener("message", attempt.hear);
  clearInterval(attempt.watch);
  attempt.channel?.close();
  attempt.popup?.close();
  attempt = null;
}

/**
 * Opens an empty window for the sign-in of a source; to be called in a click. `tell(what, query)` hears `blocked`, `closed`
 * (the answer may still come: some providers only seem to be closed from here) and, once, `back`.
 */
export function openWindow(source, tell) {
  end();
  const current = { source, popup: null, channel: null, watch: 0, hear: null };
  current.answer = (query) => {
    if (attempt !== current || typeof query !== "string") return;
    end();
    tell("back", query);
  };
  current.hear = ({ origin, source, data }) => {
    if (origin !== location.origin || data?.kind !== "sightline-signed-in") return;
    if (current.popup && source !== current.popup) return;
    current.answer(data.query);
  };
  attempt = current;
  addEventListener("message", current.hear);
  // Not `noopener`: the way back is by the opener, the only one that leads out of a partition of a frame.
  current.popup = window.open("", "_blank", "popup,width=520,height=720");
  if (!current.popup) {
    tell("blocked", "");
    return;
  }
  try {
    current.popup.document.title = "Signing in";
    current.popup.document.body.textContent = "Opening the log-in page...";
  } catch {
    // A frame whose storage is denied may not write into an empty window either; it stays empty for a moment.
  }
  current.watch = setInterval(() => {
    if (!current.popup.closed) return;
    clearInterval(current.watch);
    setTimeout(() => attempt === current && tell("closed", ""), GRACE_MS);
  }, WATCH_MS);
}

/** Leads the window to the provider, if it was opened for one of these sources. The channel by the sign-in's own name is for providers that cut the tie to the opener. */
export function leadWindow(sources, url) {
  const current = attempt;
  if (!current || !sources.includes(current.source)) return;
  current.channel?.close();
  const state = new URL(url).searchParams.get("state");
  try {
    current.channel = new BroadcastChannel(`sightline-signed-in:${state}`);
    current.channel.onmessage = ({ data }) => current.answer(data);
  } catch {
    // Denied in some frames; the opener is there.
  }
  if (current.popup && !current.popup.closed) current.popup.location.replace(url);
}

/** Closes the window that was opened for one of these sources, and hears nothing of it any more. */
export function endWindow(sources) {
  if (attempt && sources.includes(attempt.source)) end();
}
