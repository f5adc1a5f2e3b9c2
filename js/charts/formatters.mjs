// The fixed list of functions that an option may name as "fn:NAME:ARG" under `formatter` or `symbolSize`.
// Text comes from one function that Rust sets: the same code formats axes, labels, tables and numbers.

let format = (_unit, value) => String(value);

/** `(unit, value, context) => string`; context is "axis" or "label". */
export function setFormatter(given) {
  format = given;
}

/** An instant in words, as Rust writes it. */
export const instantText = (ms) => format("time", ms, "label");

const isMissing = (value) => value === null || value === undefined || Number.isNaN(value);

// A label's value is a row when the data comes from a dataset; the series' `encode` says which cell is meant.
function labelValue(params) {
  const { value, encode } = params;
  if (!Array.isArray(value)) return value;
  const dimension = (encode?.value ?? encode?.y ?? encode?.x)?.[0];
  return value[dimension ?? value.length - 1];
}

const FORMATTERS = {
  // Axis ticks call with (value, index), labels with one object.
  unit: (unit) => (given) =>
    typeof given === "object" && given !== null ? labelText(unit, given) : format(unit, given, "axis"),
  time: (zone) => (value) => format("time", value, zone ? `axis:${zone}` : "axis"),
  name: () => (params) => params.seriesName ?? params.name ?? "",
  item: () => (params) => params.name ?? "",
  nameValue: (unit) => (params) => `${params.seriesName} ${labelText(unit, params)}`.trim(),
  text: (text) => () => text,
  none: () => () => "",
};

function labelText(unit, params) {
  const value = labelValue(params);
  return isMissing(value) ? "" : format(unit, value, "label");
}

const number = (text, fallback) => (Number.isFinite(Number.parseFloat(text)) ? Number.parseFloat(text) : fallback);

const SYMBOL_SIZES = {
  // Area proportional to the row's last cell.
  sqrt: (scale) => (value) => Math.min(64, Math.max(2, number(scale, 1) * Math.sqrt(Math.max(0, Number(value?.at?.(-1)) || 0)))),
  // The cell of that index, in pixels.
  column: (index) => (value) => Math.max(0, Number(value?.[number(index, 0)]) || 0),
};

/** Splits "fn:NAME:ARG"; ARG may hold colons. `null` for any other text. */
export function parseCall(text) {
  const match = typeof text === "string" ? /^fn:([A-Za-z-]+)(?::([\s\S]*))?$/.exec(text) : null;
  return match ? { name: match[1], argument: match[2] ?? "" } : null;
}

export const formatterNamed = (name, argument) => FORMATTERS[name]?.(argument);
export const symbolSizeNamed = (name, argument) => SYMBOL_SIZES[name]?.(argument);
