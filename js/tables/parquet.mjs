// Reads columns of a Parquet file, by ranges of bytes: the footer first, then the columns asked for, in the groups of rows whose statistics
// overlap the time asked for.
import { parquetMetadataAsync, parquetRead, parquetSchema } from "hyparquet";
import { decompressBrotli, decompressGzip, decompressLz4, decompressLz4Raw, decompressZstd } from "hyparquet-compressors";
import { answer, column } from "./columns.mjs";
import { openFile } from "./ranges.mjs";

// Snappy, which most files have, hyparquet knows itself.
const compressors = {
  GZIP: decompressGzip,
  BROTLI: decompressBrotli,
  ZSTD: (input) => decompressZstd(input),
  LZ4: decompressLz4,
  LZ4_RAW: decompressLz4Raw,
};

/** `{ status, body }` or `{ error, message }`. `want`: `columns` (null for all), `within` ([column, from, to] or null), and the options of `openFile`. */
export function read(url, want) {
  return answer(() => readColumns(url, want));
}

/** As `read`, as an object; `groups` says how many groups of rows were read, and of how many. */
export async function readColumns(url, { columns: wanted, within, ...options }) {
  let file = await openFile(url, options);
  let metadata;
  try {
    metadata = await parquetMetadataAsync(file, { geoparquet: false });
  } catch (error) {
    // The length may have been that of a packed answer, and ranges then those of the packed bytes.
    if (!/footer|metadata length/.test(String(error?.message))) throw error;
    const bytes = await file.whole();
    file = { byteLength: bytes.byteLength, slice: (start, end) => bytes.buffer.slice(start, end) };
    metadata = await parquetMetadataAsync(file, { geoparquet: false });
  }
  const fields = parquetSchema(metadata).children;
  const names = fields.map((field) => field.element.name);
  const kinds = new Map(fields.map((field) => [field.element.name, kindOf(field)]));
  const columns = names.filter((name) => wanted === null || wanted.includes(name));
  const all = spans(metadata);
  if (columns.length === 0) return { names, columns: [], groups: [0, all.length] };
  const groups = all.filter((group) => overlaps(group, within));

  const parts = new Map(columns.map((name) => [name, []]));
  for (const [rowStart, rowEnd] of joined(groups)) {
    const onChunk = (chunk) => parts.get(chunk.columnName)?.push(chunk);
    await parquetRead({ file, metadata, columns, rowStart, rowEnd, compressors, onChunk });
  }
  const built = columns.map((name) => {
    const chunks = parts.get(name).sort((a, b) => a.rowStart - b.rowStart);
    return column(name, kinds.get(name), chunks.flatMap((chunk) => Array.from(chunk.columnData)));
  });
  return { names, columns: built, groups: [groups.length, all.length] };
}

function kindOf({ element, children }) {
  if (children.length > 0 || element.repetition_type === "REPEATED") return "nested";
  const logical = element.logical_type?.type;
  const converted = element.converted_type;
  if (logical === "TIMESTAMP" || logical === "DATE" || element.type === "INT96") return "instant";
  if (converted === "DATE" || converted === "TIMESTAMP_MILLIS" || converted === "TIMESTAMP_MICROS") return "instant";
  if (logical === "DECIMAL" || converted === "DECIMAL" || logical === "FLOAT16") return "number";
  switch (element.type) {
    case "BOOLEAN":
      return "flag";
    case "INT32":
    case "INT64":
      return "integer";
    case "FLOAT":
    case "DOUBLE":
      return "number";
    default:
      return "text";
  }
}

/** The groups of rows with their places among all rows. */
function spans(metadata) {
  let at = 0;
  return metadata.row_groups.map((group) => {
    const start = at;
    at += Number(group.num_rows);
    return { start, end: at, columns: group.columns };
  });
}

/** Whether a group may hold rows within the time; without statistics it may. */
function overlaps(group, within) {
  if (!within) return true;
  const [name, from, to] = within;
  const found = group.columns.find(({ meta_data: meta }) => meta?.path_in_schema.length === 1 && meta.path_in_schema[0] === name);
  const { min_value: min, max_value: max } = found?.meta_data.statistics ?? {};
  const [first, last] = [instant(min), instant(max)];
  return !(last < from || first > to);
}

function instant(value) {
  return value instanceof Date || typeof value === "bigint" || typeof value === "number" ? Number(value) : Number.NaN;
}

/** Adjoining groups as one span, without those of no rows. */
function joined(groups) {
  const found = [];
  for (const { start, end } of groups) {
    const last = found.at(-1);
    if (start === end) continue;
    if (last && last[1] === start) last[1] = end;
    else found.push([start, end]);
  }
  return found;
}
