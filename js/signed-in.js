// The page to which an OpenID provider sends the viewer back: passes the answer to the page that asked, and closes.
// Keeps nothing; the answer's code is of use to that page's engine only.
(() => {
  const query = location.search;
  const state = new URLSearchParams(query).get("state");
  const note = document.getElementById("note");
  if (!state) {
    note.textContent = "Log-ins come back to this page. You can close it.";
    return;
  }
  // Nor does the history of this window keep it.
  history.replaceState(null, "", location.pathname);
  try {
    new BroadcastChannel(`sightline-signed-in:${state}`).postMessage(query);
  } catch {
    // Denied here; the opener is asked too.
  }
  window.opener?.postMessage({ kind: "sightline-signed-in", query }, location.origin);
  note.textContent = "Done. You can close this window.";
  setTimeout(() => window.close(), 100);
})();
