// Columns as the engine reads them (src/source/table/columnar.rs): { names, columns: [{ name, kind, values }] }.
import { Trouble } from "./ranges.mjs";

const MOST_EXACT = BigInt(Number.MAX_SAFE_INTEGER);
const MOST_64 = 2n ** 63n - 1n;

/** A column of values of a kind: "number", "integer", "instant", "flag", "text" or "nested". */
export function column(name, kind, values) {
  switch (kind) {
    case "integer":
      return integers(name, values);
    case "number":
      return { name, kind, values: values.map((value) => (value == null ? null : finite(Number(value)))) };
    case "instant":
      return { name, kind, values: values.map((value) => (value == null ? null : finite(Number(value)))) };
    case "flag":
      return { name, kind, values: values.map((value) => (value == null ? null : Boolean(value))) };
    case "nested":
      // What is in lists and structures has no place in a table; the engine counts them.
      return { name, kind: "text", values: values.map((value) => (value == null ? null : [])) };
    default:
      return { name, kind: "text", values: values.map(text) };
  }
}

/** Whole numbers beyond 2^53 as text; beyond 64 bits the column is text. */
function integers(name, values) {
  const isBeyond = (value) => typeof value === "bigint" && (value > MOST_64 || value < -MOST_64);
  const kind = values.some(isBeyond) ? "text" : "integer";
  const cell = (value) => {
    if (value == null) return null;
    if (kind === "text") return String(value);
    if (typeof value !== "bigint") return value;
    return value > MOST_EXACT || value < -MOST_EXACT ? String(value) : Number(value);
  };
  return { name, kind, values: values.map(cell) };
}

/** JSON has no such numbers; the engine knows their names. */
function finite(value) {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? null : value > 0 ? "Infinity" : "-Infinity";
}

function text(value) {
  if (value == null) return null;
  if (value instanceof Uint8Array) return Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return String(value);
}

/** The answer to the engine: the columns as JSON under a status, or what went wrong. Never rejects. */
export async function answer(read) {
  try {
    return { status: 200, body: JSON.stringify(await read()) };
  } catch (error) {
    if (error instanceof Trouble && error.kind === "status") return { status: error.status, body: "" };
    const kind = error instanceof Trouble ? error.kind : "malformed";
    return { error: kind, message: String(error?.message ?? error) };
  }
}
