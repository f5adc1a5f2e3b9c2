//! Reduction of a long series to one column of extremes per pixel, in one pass.
//!
//! No extreme is lost: each column keeps the least and the greatest present value of its rows.
//! A missing value never becomes a number, and its column says that it holds one.
//! Must not know what the rows mean; the edges of the columns are row numbers.

use super::finite::is_present;
use std::ops::Range;

/// What is left of the rows of one pixel column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Column {
    /// First row of the column.
    pub start: usize,
    /// One past its last row; equal to `start` for a column without rows.
    pub end: usize,
    /// First present value; `NaN` if none is.
    pub first: f64,
    /// Last present value; `NaN` if none is.
    pub last: f64,
    /// Least present value; `NaN` if none is.
    pub min: f64,
    /// Greatest present value; `NaN` if none is.
    pub max: f64,
    /// Rows whose value is missing.
    pub n_missing: usize,
}

impl Column {
    /// Number of rows, missing ones included.
    pub fn n(&self) -> usize {
        self.end - self.start
    }

    /// Whether no sample falls on the column: a line may pass over it.
    pub fn is_empty(&self) -> bool {
        self.n() == 0
    }

    /// Whether there are rows and all are missing: a line must break here.
    pub fn is_gap(&self) -> bool {
        !self.is_empty() && self.n_missing == self.n()
    }

    /// Whether some row is missing, so that the column shows only part of its time.
    pub fn has_missing(&self) -> bool {
        self.n_missing > 0
    }
}

/// Row numbers that bound the columns: column i holds rows `edges[i]..edges[i + 1]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edges(Vec<usize>);

impl Edges {
    /// Splits the rows of `range` into `n_columns` columns of nearly equal length; none if `n_columns` is 0 or the range is reversed.
    pub fn by_row(range: Range<usize>, n_columns: usize) -> Self {
        let n = range.end.saturating_sub(range.start);
        // Through u128, since rows times columns passes 2^32 on wasm32.
        let edge = |column: usize| range.start + (n as u128 * column as u128 / n_columns as u128) as usize;
        Self(if n_columns == 0 { Vec::new() } else { (0..=n_columns).map(edge).collect() })
    }

    /// Splits `from..=to` into `n_columns` columns of equal width in x, the last closed; `xs` must be ascending and finite.
    ///
    /// Rows outside are in no column. No columns if `n_columns` is 0 or `from` < `to` does not hold.
    pub fn by_x(xs: &[f64], from: f64, to: f64, n_columns: usize) -> Self {
        let is_valid = n_columns > 0 && from < to && is_present(to - from);
        if !is_valid {
            return Self(Vec::new());
        }
        let width = (to - from) / n_columns as f64;
        let first_row = |column: usize| xs.partition_point(|&x| x < from + width * column as f64);
        let end = xs.partition_point(|&x| x <= to);
        Self((0..n_columns).map(first_row).chain([end]).collect())
    }

    /// The rows of each column, in order.
    pub fn columns(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        self.0.iter().zip(self.0.iter().skip(1)).map(|(&start, &end)| start..end.max(start))
    }
}

/// Reduces `values` to the extremes of each column; rows past the end are left out.
///
/// ```
/// use sightline::stats::reduce::{columns, Edges};
/// let values = [1.0, 9.0, f64::NAN, f64::NAN, f64::NAN, 2.0];
/// let reduced = columns(&values, &Edges::by_row(0..6, 3));
/// assert_eq!((reduced[0].min, reduced[0].max), (1.0, 9.0));
/// assert!(reduced[1].is_gap());
/// assert_eq!(reduced[2].n_missing, 1);
/// ```
pub fn columns(values: &[f64], edges: &Edges) -> Vec<Column> {
    edges.columns().map(|rows| column(values, rows, Extremes::of)).collect()
}

/// One column, with its extremes found by `extremes`.
pub(super) fn column(values: &[f64], rows: Range<usize>, extremes: impl Fn(&[f64]) -> Extremes) -> Column {
    column_with(values, rows, |rows| extremes(values.get(rows).unwrap_or_default()))
}

/// As [`column`], for a search that knows the rows by number.
pub(super) fn column_with(values: &[f64], rows: Range<usize>, extremes: impl Fn(Range<usize>) -> Extremes) -> Column {
    let start = rows.start.min(values.len());
    let end = rows.end.clamp(start, values.len());
    let inside = values.get(start..end).unwrap_or_default();
    let found = extremes(start..end);
    let or_nan = |value: Option<&f64>| value.copied().unwrap_or(f64::NAN);
    let has_present = found.n_missing < inside.len();
    Column {
        start,
        end,
        first: or_nan(inside.iter().find(|&&value| is_present(value))),
        last: or_nan(inside.iter().rev().find(|&&value| is_present(value))),
        min: if has_present { found.min } else { f64::NAN },
        max: if has_present { found.max } else { f64::NAN },
        n_missing: found.n_missing,
    }
}

/// Least and greatest present value of some rows, and how many are missing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Extremes {
    /// `+inf` if none is present.
    pub(super) min: f64,
    /// `-inf` if none is present.
    pub(super) max: f64,
    pub(super) n_missing: usize,
}

/// Independent accumulators, enough to fill two vector registers of any target and hide their latency.
const LANES: usize = 8;

/// Rows per step of [`Extremes::of`]: short enough to be read a second time from the nearest cache.
const STRIDE: usize = 256;

impl Extremes {
    pub(super) const NONE: Self = Self { min: f64::INFINITY, max: f64::NEG_INFINITY, n_missing: 0 };

    pub(super) fn merge(self, other: Self) -> Self {
        Self {
            min: if other.min < self.min { other.min } else { self.min },
            max: if other.max > self.max { other.max } else { self.max },
            n_missing: self.n_missing + other.n_missing,
        }
    }

    /// Of plain rows. A stride without missing values takes three instructions per vector; only others are looked at twice.
    pub(super) fn of(values: &[f64]) -> Self {
        let strides =
            values.chunks(STRIDE).map(|stride| Self::of_complete(stride).unwrap_or_else(|| Self::of_any(stride)));
        strides.fold(Self::NONE, Self::merge)
    }

    /// `None` if the sum of the values is not finite, as it is when one is missing (and, harmlessly, when they overflow).
    fn of_complete(values: &[f64]) -> Option<Self> {
        let (whole, rest) = values.as_chunks::<LANES>();
        let [low, high, sum] = kernel::low_high_sum(whole);
        let sum: f64 = sum.iter().chain(rest).sum();
        let ends = low.iter().chain(rest).zip(high.iter().chain(rest));
        let all = |(&min, &max): (&f64, &f64)| Self { min, max, n_missing: 0 };
        is_present(sum).then(|| ends.map(all).fold(Self::NONE, Self::merge))
    }

    /// The same with missing values counted and passed over, without a branch.
    fn of_any(values: &[f64]) -> Self {
        let (mut low, mut high, mut missing) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES], [0_u64; LANES]);
        for lanes in values.chunks(LANES) {
            for (((&value, low), high), missing) in lanes.iter().zip(&mut low).zip(&mut high).zip(&mut missing) {
                let present = is_present(value);
                *low = if present && value < *low { value } else { *low };
                *high = if present && value > *high { value } else { *high };
                *missing += u64::from(!present);
            }
        }
        let n_missing = missing.iter().sum::<u64>() as usize;
        let lanes = low.iter().zip(&high).map(|(&min, &max)| Self { min, max, n_missing: 0 });
        lanes.fold(Self { n_missing, ..Self::NONE }, Self::merge)
    }
}

/// Lane by lane: least, greatest and sum of the chunks, in a form that the compiler turns into vectors by itself.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod kernel {
    use super::LANES;

    pub(super) fn low_high_sum(chunks: &[[f64; LANES]]) -> [[f64; LANES]; 3] {
        let (mut low, mut high, mut sum) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES], [0.0; LANES]);
        for chunk in chunks {
            for (((&value, low), high), sum) in chunk.iter().zip(&mut low).zip(&mut high).zip(&mut sum) {
                *low = if value < *low { value } else { *low };
                *high = if value > *high { value } else { *high };
                *sum += value;
            }
        }
        [low, high, sum]
    }
}

/// The same in vectors by name: the bundle is built for size, at which the compiler makes none by itself and unrolls no loop.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod kernel {
    use super::LANES;
    use std::arch::wasm32::{f64x2, f64x2_add, f64x2_extract_lane, f64x2_pmax, f64x2_pmin, f64x2_splat, v128};

    #[derive(Clone, Copy)]
    struct Running {
        low: v128,
        high: v128,
        sum: v128,
    }

    impl Running {
        #[allow(clippy::inline_always, reason = "a call per vector would cost more than the vector saves")]
        #[inline(always)]
        fn with(self, pair: v128) -> Self {
            Self { low: f64x2_pmin(self.low, pair), high: f64x2_pmax(self.high, pair), sum: f64x2_add(self.sum, pair) }
        }
    }

    pub(super) fn low_high_sum(chunks: &[[f64; LANES]]) -> [[f64; LANES]; 3] {
        let start =
            Running { low: f64x2_splat(f64::INFINITY), high: f64x2_splat(f64::NEG_INFINITY), sum: f64x2_splat(0.0) };
        let [mut p, mut q, mut r, mut s] = [start; LANES / 2];
        for &[a, b, c, d, e, f, g, h] in chunks {
            p = p.with(f64x2(a, b));
            q = q.with(f64x2(c, d));
            r = r.with(f64x2(e, f));
            s = s.with(f64x2(g, h));
        }
        [
            lanes([p.low, q.low, r.low, s.low]),
            lanes([p.high, q.high, r.high, s.high]),
            lanes([p.sum, q.sum, r.sum, s.sum]),
        ]
    }

    fn lanes([a, b, c, d]: [v128; LANES / 2]) -> [f64; LANES] {
        let [low, high] = [f64x2_extract_lane::<0>, f64x2_extract_lane::<1>];
        [low(a), high(a), low(b), high(b), low(c), high(c), low(d), high(d)]
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn infinities_are_missing_not_extremes() {
        let reduced = columns(&[f64::NEG_INFINITY, 2.0, f64::INFINITY], &Edges::by_row(0..3, 1));
        assert_eq!((reduced[0].min, reduced[0].max, reduced[0].n_missing), (2.0, 2.0, 2));
    }

    #[test]
    fn a_pixel_without_samples_is_empty_not_a_gap() {
        let (xs, ys) = ([0.0, 1.0, 9.0], [5.0, 6.0, 7.0]);
        let reduced = columns(&ys, &Edges::by_x(&xs, 0.0, 10.0, 5));
        assert!(reduced[1].is_empty() && !reduced[1].is_gap() && reduced[1].min.is_nan());
        assert_eq!((reduced[0].first, reduced[0].last, reduced[4].max), (5.0, 6.0, 7.0));
    }

    #[test]
    fn the_last_column_holds_its_right_edge() {
        let edges = Edges::by_x(&[0.0, 1.0, 2.0], 0.0, 2.0, 2);
        assert_eq!(edges.columns().collect::<Vec<_>>(), [0..1, 1..3]);
    }

    #[test]
    fn impossible_requests_give_no_columns() {
        let (xs, ys) = ([0.0, 1.0], [1.0, 2.0]);
        for edges in [Edges::by_x(&xs, 1.0, 1.0, 4), Edges::by_x(&xs, 0.0, f64::NAN, 4), Edges::by_row(0..2, 0)] {
            assert!(columns(&ys, &edges).is_empty());
        }
        assert!(columns(&ys, &Edges::by_row(5..9, 2)).iter().all(Column::is_empty));
    }

    /// What [`columns`] must equal, written without tricks.
    pub(in crate::stats) fn plain(values: &[f64], edges: &Edges) -> Vec<(usize, f64, f64)> {
        let of = |rows: Range<usize>| {
            let present: Vec<f64> = values[rows.clone()].iter().copied().filter(|value| value.is_finite()).collect();
            let min = present.iter().copied().fold(f64::INFINITY, f64::min);
            (rows.len() - present.len(), min, present.iter().copied().fold(f64::NEG_INFINITY, f64::max))
        };
        edges.columns().map(of).collect()
    }

    /// Values with a missing one here and there.
    pub(in crate::stats) fn patchy(max: usize) -> impl Strategy<Value = Vec<f64>> {
        let value = prop_oneof![20 => -1e6..1e6_f64, 1 => Just(f64::NAN), 1 => Just(f64::INFINITY), 1 => Just(f64::NEG_INFINITY)];
        prop::collection::vec(value, 0..max)
    }

    proptest! {
        #[test]
        fn columns_equal_the_plain_search(values in patchy(3_000), n_columns in 1..40_usize) {
            let edges = Edges::by_row(0..values.len(), n_columns);
            for (found, (n_missing, min, max)) in columns(&values, &edges).iter().zip(plain(&values, &edges)) {
                prop_assert_eq!(found.n_missing, n_missing);
                prop_assert!(found.min == min || (found.min.is_nan() && min.is_infinite()));
                prop_assert!(found.max == max || (found.max.is_nan() && max.is_infinite()));
            }
        }

        #[test]
        fn every_row_is_in_one_column(n in 0..10_000_usize, n_columns in 1..100_usize) {
            let edges = Edges::by_row(0..n, n_columns);
            prop_assert_eq!(edges.columns().map(|rows| rows.len()).sum::<usize>(), n);
        }
    }
}
