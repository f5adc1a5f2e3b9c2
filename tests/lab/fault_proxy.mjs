// A proxy in front of the lab's real servers that breaks their answers on demand. Node only, no dependencies.
//   node tests/lab/fault_proxy.mjs [--port 18700] [--prometheus http://127.0.0.1:19090] [--mlflow http://127.0.0.1:15000] ...
// Prometheus is at the port, MLflow at the next, the business data's servers (SERVERS) from the third after it on; the one between
// takes orders:
//   curl -X POST 127.0.0.1:18702 -d '{"target": "prometheus", "kind": "500"}'     see KINDS; "none" ends it
// An order may narrow itself with "match", a pattern of the request's path and body, and "delay" in milliseconds.
// Tests start it in their own process: see FaultProxy.
import { createServer, request as ask } from "node:http";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const HOST = "127.0.0.1";
const HTML = "<!doctype html><title>Log in</title><h1>Log in to continue</h1>";
/** Beyond what the engine takes for one answer. */
const HUGE_BYTES = 136 << 20;

/** What `warned` adds to an answer. */
export const WARNING = "a store did not answer: the result is incomplete";

/** What can be ordered. */
export const KINDS = [
  "none", "refused", "connect-hang", "header-hang", "body-hang", "reset", "truncated", "400", "401", "403", "404", "413", "429",
  "500", "502-no-cors", "503", "no-cors", "html", "status-error", "huge", "huge-undeclared", "slow", "redirect", "warned",
];

const ofLab = (port) => `http://${HOST}:${port + Number(process.env.SIGHTLINE_PORT_SHIFT ?? 0)}`;
/** The servers, each at so many ports from the first. */
const SERVERS = {
  prometheus: { at: 0, url: ofLab(19090) },
  mlflow: { at: 1, url: ofLab(15000) },
  warehouse: { at: 3, url: ofLab(18123) },
  desk: { at: 4, url: ofLab(18001) },
  records: { at: 5, url: ofLab(18310) },
};
const ORDERS_AT = 2;

/** Questions that the real servers refuse, each with their own words. */
const REFUSED = {
  warehouse: () => ({ method: "GET", path: "/?query=SELECT+1+%2B" }),
  desk: () => ({ method: "GET", path: "/business.json?sql=SELECT+FROM" }),
  records: () => ({ method: "GET", path: "/no-such-file.json" }),
  prometheus: () => ({ method: "GET", path: "/api/v1/query_range?query=sum(&start=0&end=1&step=1" }),
  mlflow: () => ({
    method: "POST",
    path: "/api/2.0/mlflow/runs/search",
    type: "application/json",
    body: JSON.stringify({ experiment_ids: ["0"], filter: "not a filter" }),
  }),
};

class Gate {
  constructor(name, upstream, port) {
    Object.assign(this, { name, upstream: new URL(upstream), port, order: { kind: "none" }, sockets: new Set(), n: 0 });
    this.origin = `http://${HOST}:${port}`;
  }

  async open() {
    if (this.server) return;
    this.server = createServer((request, response) => this.#take(request, response));
    this.server.keepAliveTimeout = 60_000;
    this.server.on("connection", (socket) => {
      // A connection that is accepted and then never read from looks like one that hangs.
      if (this.order.kind === "connect-hang") socket.pause();
      this.sockets.add(socket);
      socket.on("close", () => this.sockets.delete(socket));
      socket.on("error", () => {});
    });
    await new Promise((resolve, reject) => this.server.on("error", reject).listen(this.port, HOST, resolve));
  }

  async close() {
    const { server } = this;
    if (!server) return;
    this.server = null;
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }

  async set(order) {
    if (!KINDS.includes(order.kind)) throw new Error(`no such fault: ${order.kind}`);
    this.order = order;
    this.n = 0;
    // What hangs is let go, and kept connections know nothing of the new order.
    for (const socket of this.sockets) socket.destroy();
    await (order.kind === "refused" ? this.close() : this.open());
  }

  async #take(request, response) {
    response.on("error", () => {});
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts);
    const { kind, match, delay = 0 } = this.order;
    const hits = request.method !== "OPTIONS" && (!match || new RegExp(match).test(`${request.url} ${body}`));
    if (hits) this.n += 1;
    const upstream = { method: request.method, path: request.url, body, type: request.headers["content-type"] };
    try {
      if (!hits && kind !== "no-cors") return await this.#pass(upstream, request, response);
      await this.#break(kind, delay, upstream, request, response);
    } catch (error) {
      if (!response.headersSent) response.writeHead(502, this.#cors(request));
      response.end(`the fault proxy could not reach ${this.upstream.origin}: ${error.message}`);
    }
  }

  async #break(kind, delay, upstream, request, response) {
    const say = (status, type, text, headers = this.#cors(request)) => {
      response.writeHead(status, { ...headers, "content-type": type });
      response.end(text);
    };
    const hang = () => {};
    switch (kind) {
      case "none":
        return this.#pass(upstream, request, response);
      case "connect-hang":
      case "header-hang":
        return hang();
      case "slow":
        await new Promise((resolve) => setTimeout(resolve, delay));
        return this.#pass(upstream, request, response);
      case "body-hang":
      case "reset":
      case "truncated": {
        const real = await this.#ask(upstream, request);
        const half = real.body.subarray(0, Math.trunc(real.body.length / 2));
        const length = kind === "truncated" ? half.length : real.body.length;
        response.writeHead(real.status, { ...real.headers, "content-length": length });
        if (kind === "truncated") return response.end(half);
        response.write(half, () => kind === "reset" && setTimeout(() => response.destroy(), 20));
        return undefined;
      }
      case "warned": {
        // As a server in front of several stores answers when one of them is away.
        const real = await this.#ask(upstream, request);
        const answer = { ...JSON.parse(real.body.toString()), warnings: [WARNING] };
        response.writeHead(real.status, real.headers);
        return response.end(JSON.stringify(answer));
      }
      case "no-cors": {
        const real = await this.#ask(upstream, request);
        const kept = Object.entries(real.headers).filter(([name]) => !name.startsWith("access-control-"));
        response.writeHead(real.status, Object.fromEntries(kept));
        return response.end(real.body);
      }
      case "400":
        return this.#pass(REFUSED[this.name](), request, response);
      case "404":
        return say(404, "text/html", "<!doctype html><title>404</title><h1>Not found</h1>");
      case "502-no-cors":
        return say(502, "text/html", "<h1>Bad gateway</h1>", {});
      case "html":
        return say(200, "text/html", HTML);
      case "status-error":
        return say(200, "application/json", '{"status":"error","errorType":"internal","error":"the storage is gone"}');
      case "redirect":
        return say(302, "text/plain", "", { ...this.#cors(request), location: `http://localhost:${this.port}${request.url}` });
      case "huge":
      case "huge-undeclared":
        return this.#stream(request, response, kind === "huge");
      default:
        return say(Number(kind), "text/plain", "");
    }
  }

  /** As the real servers allow it. */
  #cors(request) {
    const { origin } = request.headers;
    return origin ? { "access-control-allow-origin": origin, vary: "Origin" } : {};
  }

  #stream(request, response, isDeclared) {
    const length = isDeclared ? { "content-length": HUGE_BYTES } : {};
    response.writeHead(200, { ...this.#cors(request), "content-type": "application/json", ...length });
    const chunk = Buffer.alloc(1 << 20, " ");
    let left = HUGE_BYTES;
    const more = () => {
      while (left > 0 && !response.destroyed) {
        left -= chunk.length;
        if (!response.write(chunk)) return response.once("drain", more);
      }
      return response.end();
    };
    more();
  }

  async #pass(upstream, request, response) {
    const real = await this.#ask(upstream, request);
    response.writeHead(real.status, { ...real.headers, "content-length": real.body.length });
    response.end(real.body);
  }

  /** The real server's answer, uncompressed and whole. */
  #ask({ method, path, body, type }, { headers }) {
    const sent = { origin: headers.origin, host: this.upstream.host, "content-type": type, authorization: headers.authorization };
    for (const name of ["access-control-request-method", "access-control-request-headers"]) sent[name] = headers[name];
    for (const [name, value] of Object.entries(sent)) if (value === undefined) delete sent[name];
    return new Promise((resolve, reject) => {
      const question = ask({ host: this.upstream.hostname, port: this.upstream.port, path, method, headers: sent }, (answer) => {
        const parts = [];
        answer.on("data", (part) => parts.push(part)).on("error", reject).on("end", () => {
          const kept = Object.entries(answer.headers).filter(([name]) => !/^(transfer-encoding|content-length|connection)$/.test(name));
          resolve({ status: answer.statusCode, headers: Object.fromEntries(kept), body: Buffer.concat(parts) });
        });
      });
      question.on("error", reject).end(body?.length ? body : undefined);
    });
  }
}

/** All servers behind gates: `set("prometheus", "500")`, `count("mlflow")` requests since, `origins` by server. */
export class FaultProxy {
  constructor({ port = 18700, ...urls } = {}) {
    const gates = Object.entries(SERVERS).map(([name, { at, url }]) => [name, new Gate(name, urls[name] ?? url, port + at)]);
    this.gates = Object.fromEntries(gates);
    this.origins = Object.fromEntries(gates.map(([name, { origin }]) => [name, origin]));
  }

  async start() {
    for (const gate of Object.values(this.gates)) await gate.open();
    return this;
  }

  async stop() {
    for (const gate of Object.values(this.gates)) await gate.close();
  }

  async set(target, kind, more = {}) {
    await this.gates[target].set({ kind, ...more });
  }

  async mend() {
    for (const gate of Object.values(this.gates)) await gate.set({ kind: "none" });
  }

  /** Requests that the present order has met. */
  count(target) {
    return this.gates[target].n;
  }
}

async function main() {
  const urls = Object.fromEntries(Object.keys(SERVERS).map((name) => [name, { type: "string" }]));
  const { values } = parseArgs({ options: { port: { type: "string", default: "18700" }, ...urls } });
  const port = Number(values.port);
  const proxy = await new FaultProxy({ ...values, port }).start();
  createServer(async (request, response) => {
    try {
      const parts = [];
      for await (const part of request) parts.push(part);
      const { target, kind, ...more } = JSON.parse(Buffer.concat(parts).toString());
      if (!proxy.gates[target]) throw new Error(`no such server: ${target}`);
      await proxy.set(target, kind, more);
      response.end("done\n");
    } catch (error) {
      response.writeHead(400).end(`${error.message}\n`);
    }
  }).listen(port + ORDERS_AT, HOST, () => console.log(`${Object.values(proxy.origins).join(", ")}; orders at http://${HOST}:${port + ORDERS_AT}`));
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
