// The long series that is reduced and zoomed.

/** `n` noisy values with one spike. */
export function longValues(n) {
  const values = new Float64Array(n);
  let level = 0;
  for (let i = 0; i < n; i += 1) {
    level = level * 0.999 + (((i * 2654435761) >>> 0) / 4294967296 - 0.5);
    values[i] = level;
  }
  values[Math.trunc(n * 0.7)] = 1e3;
  return values;
}
