// Shows a Sightline in a frame of a host page and speaks with it. A module without dependencies:
//   import { embed } from "https://sightline.example/embed.js";
//   const view = embed({ src: "https://sightline.example/", mount: "#here", role: "executive", onEvent: console.log });
// The workspace must name the host's origin in `embed.origins`. docs/hosting.md has the rest.
const VERSION = 1;

export function embed({ src, mount, role, panel, vars = {}, time = {}, theme, hide = [], getToken, onEvent = () => {}, title = "Sightline", timeout = 30_000 }) {
  const address = new URL("embed.html", new URL(src, location.href));
  address.search = new URL(src, location.href).search;
  const put = (name, value) => value != null && address.searchParams.set(name, value);
  put("role", role);
  put("panel", panel);
  put("theme", theme);
  for (const [name, value] of Object.entries(time)) put(name, value);
  for (const [name, values] of Object.entries(vars)) for (const value of [values].flat()) address.searchParams.append(`var-${name}`, value);

  const frame = document.createElement("iframe");
  frame.title = title;
  frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-forms allow-downloads allow-modals allow-popups allow-popups-to-escape-sandbox");
  frame.allow = "fullscreen; clipboard-write";
  frame.referrerPolicy = "no-referrer";
  frame.style.cssText = "border:0;width:100%;height:100%";
  frame.src = address.href;

  const waiting = new Map();
  let queue = [];
  let port = null;
  let count = 0;

  const call = (type, detail) =>
    new Promise((resolve, reject) => {
      const message = { ...detail, type, id: ++count };
      const timer = setTimeout(() => settle({ id: message.id, error: `no answer to ${type}` }), timeout);
      waiting.set(message.id, { resolve, reject, timer });
      if (port) port.postMessage(message);
      else queue.push(message);
    });

  function settle({ id, error, value }) {
    const call = waiting.get(id);
    if (!call) return;
    waiting.delete(id);
    clearTimeout(call.timer);
    if (error == null) call.resolve(value);
    else call.reject(new Error(error));
  }

  async function lendToken(source) {
    try {
      const token = await Promise.race([
        getToken(source),
        new Promise((_, reject) => setTimeout(() => reject(new Error("getToken took too long")), timeout)),
      ]);
      if (token) await call("token", { source, token });
    } catch (error) {
      onEvent("error", { message: String(error?.message ?? error) });
    }
  }

  function hear({ data }) {
    clearTimeout(silence);
    if (data.type === "welcome") return;
    if (data.type === "result") return settle(data);
    const { type, ...detail } = data;
    onEvent(type, detail);
    if (type === "auth-required" && getToken) for (const source of detail.sources) lendToken(source);
  }

  function greet({ source, origin, data }) {
    if (source !== frame.contentWindow || origin !== address.origin || data?.sightline !== "listening") return;
    port?.close();
    const channel = new MessageChannel();
    port = channel.port1;
    port.onmessage = hear;
    frame.contentWindow.postMessage({ sightline: "hello", version: VERSION, hide }, address.origin, [channel.port2]);
    for (const message of queue) port.postMessage(message);
    queue = [];
  }

  const silence = setTimeout(
    () => onEvent("error", { message: `${address.origin} did not answer: is this page's origin in its workspace's embed.origins and frame-ancestors?` }),
    timeout,
  );
  window.addEventListener("message", greet);
  (typeof mount === "string" ? document.querySelector(mount) : mount).append(frame);

  return {
    frame,
    setTime: (range) => call("set-time", range),
    setVars: (values) => call("set-vars", { vars: values }),
    setRole: (name, ofPanel) => call("set-role", { role: name, panel: ofPanel }),
    setTheme: (name) => call("set-theme", { theme: name }),
    export: (ofPanel, format = "csv") => call("export", { panel: ofPanel, format }),
    unmount() {
      clearTimeout(silence);
      window.removeEventListener("message", greet);
      port?.close();
      frame.remove();
      for (const id of [...waiting.keys()]) settle({ id, error: "unmounted" });
    },
  };
}
