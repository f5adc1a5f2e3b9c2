// A file on a server, read by ranges of bytes where the server has them, whole where not.

/** Why a file could not be read: `kind` is "status", "unreachable", "too large" or "malformed". */
export class Trouble extends Error {
  constructor(kind, message, status = 0) {
    super(message);
    this.kind = kind;
    this.status = status;
  }
}

/**
 * The file at an address: `byteLength` and `slice(start, end)`, as hyparquet wants it, and `whole()`.
 * `options`: `authorization` (a header's value or null), `hasCookies`, `signal`, `maxBytes` for all that is read of it.
 */
export async function openFile(url, options) {
  const file = new RemoteFile(url, options);
  // HEAD is a simple request, and the length is among the headers that every origin may read. A range from the end is neither.
  const head = await file.ask({ method: "HEAD" }).catch(() => null);
  const length = head?.ok ? Number.parseInt(head.headers.get("content-length") ?? "", 10) : Number.NaN;
  const isPacked = head?.headers.get("content-encoding") != null;
  if (Number.isSafeInteger(length) && length > 0 && !isPacked) {
    file.byteLength = length;
  } else {
    await file.whole();
  }
  return file;
}

class RemoteFile {
  constructor(url, { authorization = null, hasCookies = false, signal, maxBytes }) {
    this.url = url;
    this.maxBytes = maxBytes;
    this.init = { signal, credentials: hasCookies ? "include" : "same-origin", headers: authorization ? { Authorization: authorization } : {} };
    if (authorization) Object.assign(this.init, { redirect: "error", cache: "no-store" });
    this.parts = [];
    this.bytesRead = 0;
  }

  async ask({ method = "GET", range = null }) {
    const headers = range ? { ...this.init.headers, Range: range } : this.init.headers;
    return fetch(this.url, { ...this.init, method, headers });
  }

  /** The bytes from `start` to before `end`; those that were read before are not asked for again. */
  async slice(start, end = this.byteLength) {
    const kept = this.parts.find((part) => part.start <= start && end <= part.start + part.bytes.byteLength);
    if (kept) return copy(kept.bytes, start - kept.start, end - kept.start);
    const answer = await this.body({ range: `bytes=${start}-${end - 1}` });
    if (answer.status === 206) {
      if (answer.bytes.byteLength !== end - start) throw new Trouble("malformed", "the server answered another range than the one asked for");
      this.parts.push({ start, bytes: answer.bytes });
      return copy(answer.bytes, 0, end - start);
    }
    this.keepWhole(answer.bytes);
    return copy(answer.bytes, start, end);
  }

  /** All bytes of the file. */
  async whole() {
    const kept = this.parts.find((part) => part.start === 0 && part.bytes.byteLength === this.byteLength);
    if (kept) return kept.bytes;
    const { bytes } = await this.body({});
    this.keepWhole(bytes);
    return bytes;
  }

  keepWhole(bytes) {
    this.byteLength = bytes.byteLength;
    this.parts = [{ start: 0, bytes }];
  }

  async body(request) {
    let answer;
    try {
      answer = await this.ask(request);
    } catch (error) {
      throw new Trouble("unreachable", String(error?.message ?? error));
    }
    if (!answer.ok) throw new Trouble("status", `the server answered ${answer.status}`, answer.status);
    const chunks = [];
    let length = 0;
    const reader = answer.body?.getReader();
    for (;;) {
      const { done, value } = (await reader?.read().catch((error) => { throw new Trouble("unreachable", String(error?.message ?? error)); })) ?? { done: true };
      if (done) break;
      length += value.byteLength;
      this.bytesRead += value.byteLength;
      if (this.bytesRead > this.maxBytes) {
        await reader.cancel().catch(() => {});
        throw new Trouble("too large", `more than ${Math.floor(this.maxBytes / 2 ** 20)} MB would have to be read`);
      }
      chunks.push(value);
    }
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, at);
      at += chunk.byteLength;
    }
    return { status: answer.status, bytes };
  }
}

function copy(bytes, from, to) {
  return bytes.buffer.slice(bytes.byteOffset + from, bytes.byteOffset + to);
}
