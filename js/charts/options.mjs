// Turns what Rust sends into what ECharts takes: typed columns into datasets, a patch merged in, named functions put in.
import { formatterNamed, parseCall, symbolSizeNamed } from "./formatters.mjs";
import { renderItemNamed } from "./render-items.mjs";

const isPlain = (value) => typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** A new value: objects merged key by key, arrays place by place, everything else replaced by the patch. */
export function merged(base, patch) {
  if (patch === undefined) return base;
  if (Array.isArray(base) && Array.isArray(patch)) {
    return Array.from({ length: Math.max(base.length, patch.length) }, (_, i) => merged(base[i], patch[i]));
  }
  if (!isPlain(base) || !isPlain(patch)) return patch;
  const result = { ...base };
  for (const key of Object.keys(patch)) {
    if (key !== "__proto__") result[key] = merged(base[key], patch[key]);
  }
  return result;
}

const RESOLVERS = { formatter: formatterNamed, symbolSize: symbolSizeNamed, renderItem: renderItemNamed };

// An unknown name is an error of ours, not data: fail loudly where a test sees it.
function resolved(key, text, owner) {
  const call = parseCall(text);
  if (!call) return text;
  const found = RESOLVERS[key](call.name, call.argument, owner);
  if (!found) throw new Error(`no ${key} is called "${call.name}"`);
  return found;
}

function withFunctions(value) {
  if (Array.isArray(value)) return value.length > 0 && typeof value[0] === "number" ? value : value.map(withFunctions);
  if (!isPlain(value)) return value;
  const result = {};
  for (const [key, child] of Object.entries(value)) {
    result[key] = Object.hasOwn(RESOLVERS, key) && typeof child === "string" ? resolved(key, child, value) : withFunctions(child);
  }
  return result;
}

const asList = (value) => (value === undefined || value === null ? [] : Array.isArray(value) ? value : [value]);

/**
 * `columns[i]` are the columns of dataset i, each `{ id, values }` with a typed array (NaN is a gap) or an array of text.
 * Datasets that the option does not describe are added.
 */
function withColumns(option, columns) {
  const given = asList(columns);
  if (given.length === 0) return option;
  const described = asList(option.dataset);
  const dataset = Array.from({ length: Math.max(described.length, given.length) }, (_, i) => {
    if (!given[i]) return described[i];
    const source = Object.fromEntries(given[i].map(({ id, values }) => [id, values]));
    return { dimensions: given[i].map(({ id }) => id), ...described[i], source };
  });
  return { ...option, dataset };
}

/** The option as ECharts takes it; throws if it names a function that is not in the list. */
export function compile(option, columns, flags) {
  return withColumns(withFunctions(merged(option ?? {}, flags?.patch)), columns);
}

export const asArray = asList;
