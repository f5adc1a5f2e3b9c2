// Reads columns of an Arrow IPC file (Feather 2) or stream. The file is read whole; only the columns asked for are unpacked for the engine.
import { compressionRegistry, CompressionType, DataType, DateUnit, tableFromIPC, TimeUnit } from "apache-arrow";
import { decompressZstd } from "hyparquet-compressors";
import { answer, column } from "./columns.mjs";
import { unframed } from "./lz4.mjs";
import { openFile } from "./ranges.mjs";

// Arrow wants buffers that begin on a multiple of eight bytes, as copies and new ones do.
compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: unframed });
compressionRegistry.set(CompressionType.ZSTD, { decode: (bytes) => decompressZstd(bytes).slice() });

/** `{ status, body }` or `{ error, message }`; see js/tables/parquet.mjs. A span of time is not used: the engine filters. */
export function read(url, want) {
  return answer(() => readColumns(url, want));
}

/** As `read`, as an object. */
export async function readColumns(url, { columns: wanted, ...options }) {
  const file = await openFile(url, options);
  const table = tableFromIPC(await file.whole());
  const names = table.schema.fields.map((field) => field.name);
  const columns = names.flatMap((name, place) => {
    if (wanted !== null && !wanted.includes(name)) return [];
    const vector = table.getChildAt(place);
    const [kind, cell] = reading(vector.type);
    const values = Array.from({ length: table.numRows }, (_, row) => {
      const value = vector.get(row);
      return value == null ? null : cell(value);
    });
    return [column(name, kind, values)];
  });
  return { names, columns };
}

/** The kind of a type, and how one of its values is read. */
function reading(type) {
  const same = (value) => value;
  if (DataType.isDictionary(type)) return reading(type.dictionary);
  if (DataType.isInt(type)) return ["integer", same];
  if (DataType.isFloat(type)) return ["number", same];
  if (DataType.isDecimal(type)) return ["number", (value) => decimal(value, type.scale)];
  if (DataType.isBool(type)) return ["flag", same];
  // Both are milliseconds already, as numbers or as Date.
  if (DataType.isDate(type) && (type.unit === DateUnit.DAY || type.unit === DateUnit.MILLISECOND)) return ["instant", Number];
  if (DataType.isTimestamp(type) && type.unit in TimeUnit) return ["instant", Number];
  if (DataType.isUtf8(type) || DataType.isLargeUtf8?.(type) || DataType.isBinary(type) || DataType.isLargeBinary?.(type)) return ["text", same];
  if (DataType.isNull(type)) return ["text", () => null];
  if (type.children?.length > 0) return ["nested", same];
  return ["text", String];
}

/** A decimal of 32-bit words, the lowest first, in two's complement. */
function decimal(words, scale) {
  let value = 0n;
  for (let i = words.length - 1; i >= 0; i--) value = (value << 32n) | BigInt(words[i] >>> 0);
  const bits = BigInt(words.length * 32);
  return Number(BigInt.asIntN(Number(bits), value)) / 10 ** scale;
}
