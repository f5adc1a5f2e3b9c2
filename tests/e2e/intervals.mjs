// Intervals of rates by their textbook formulas, to hold the shown ones against.

/** Of the standard normal: what leaves 2.5 % above it. */
const Z = 1.959963984540054;
/** The same at a level corrected for three comparisons (Bonferroni): 0.8333 %. */
export const Z_OF_THREE = 2.3939797998185104;

/** Wilson's interval of a rate of `n`. */
export function wilson(rate, n, z = Z) {
  const scale = 1 + z ** 2 / n;
  const middle = (rate + z ** 2 / (2 * n)) / scale;
  const half = (z / scale) * Math.sqrt((rate * (1 - rate)) / n + z ** 2 / (4 * n ** 2));
  return { low: middle - half, high: middle + half };
}

/** Newcombe's interval of the difference of two independent rates (his method 10), `a` less `b`. */
export function newcombe(a, b, z = Z) {
  const [of, than] = [a, b].map(({ rate, n }) => wilson(rate, n, z));
  const value = a.rate - b.rate;
  return {
    value,
    low: value - Math.hypot(a.rate - of.low, than.high - b.rate),
    high: value + Math.hypot(of.high - a.rate, b.rate - than.low),
  };
}
