// The engine's door to the lazy readers of columnar files. Imported as a wasm-bindgen snippet, so it must not import anything itself.

const loading = new Map();

/** Reads a file with the reader at an absolute address; see js/tables/parquet.mjs. Never rejects. */
export async function readColumns(chunk, url, want, authorization, hasCookies, signal) {
  let reader;
  try {
    if (!loading.has(chunk)) loading.set(chunk, import(chunk));
    reader = await loading.get(chunk);
  } catch {
    loading.delete(chunk);
    return { error: "unreachable", message: "the reader of such files could not be loaded" };
  }
  return reader.read(url, { ...JSON.parse(want), authorization: authorization ?? null, hasCookies, signal });
}
