// Reads columns of an Arrow IPC file (Feather 2) or stream. The file is read whole; only the columns asked for are unpacked for the engine.
// Of the package only the reader: the whole package writes too, with code made from strings.
import { CompressionType } from "apache-arrow/fb/compression-type";
import { compressionRegistry } from "apache-arrow/ipc/compression/registry";
import { RecordBatchReader } from "apache-arrow/ipc/reader";
import { DataType } from "apache-arrow/type";
import { decompress } from "fzstd";
import { answer, column } from "./columns.mjs";
import { unframed } from "./lz4.mjs";
import { openFile } from "./ranges.mjs";

// Arrow wants buffers that begin on a multiple of eight bytes, as copies and new ones do.
compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: unframed });
compressionRegistry.set(CompressionType.ZSTD, { decode: (bytes) => decompress(bytes).slice() });

/** `{ status, body }` or `{ error, message }`; see js/tables/parquet.mjs. A span of time is not used: the engine filters. */
export function read(url, want) {
  return answer(() => readColumns(url, want));
}

/** As `read`, as an object. */
export async function readColumns(url, { columns: wanted, ...options }) {
  const file = await openFile(url, options);
  const reader = RecordBatchReader.from(await file.whole()).open();
  const fields = reader.schema.fields;
  const names = fields.map((field) => field.name);
  const places = [...names.keys()].filter((place) => wanted === null || wanted.includes(names[place]));
  const readings = new Map(places.map((place) => [place, reading(fields[place].type)]));
  const cells = new Map(places.map((place) => [place, []]));
  for (const batch of places.length > 0 ? reader : []) {
    for (const place of places) {
      const [vector, [, cell], found] = [batch.getChildAt(place), readings.get(place), cells.get(place)];
      for (let row = 0; row < batch.numRows; row++) {
        const value = vector.get(row);
        found.push(value == null ? null : cell(value));
      }
    }
  }
  return { names, columns: places.map((place) => column(names[place], readings.get(place)[0], cells.get(place))) };
}

/** The kind of a type, and how one of its values is read. */
function reading(type) {
  const same = (value) => value;
  if (DataType.isDictionary(type)) return reading(type.dictionary);
  if (DataType.isInt(type)) return ["integer", same];
  if (DataType.isFloat(type)) return ["number", same];
  if (DataType.isDecimal(type)) return ["number", (value) => decimal(value, type.scale)];
  if (DataType.isBool(type)) return ["flag", same];
  // Milliseconds already, whatever the unit of the file.
  if (DataType.isDate(type) || DataType.isTimestamp(type)) return ["instant", Number];
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isBinary(type) || DataType.isLargeBinary(type)) return ["text", same];
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
