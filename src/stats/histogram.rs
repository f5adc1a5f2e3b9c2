//! Bins, counts and the empirical distribution function of rows.
//!
//! Missing values are never binned; they are counted beside the bins.

use super::finite::{is_present, n_missing, present, sorted_present};
use super::quantile::quantile_sorted;

/// Most bins that [`freedman_diaconis`] makes: a far outlier would otherwise ask for millions.
pub const MAX_BINS: usize = 1_000;

/// Counts between ascending edges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// One per bin; a bin holds its lower edge, the last also its upper.
    pub bins: Vec<u64>,
    /// Present values below the first edge.
    pub n_below: u64,
    /// Present values above the last edge.
    pub n_above: u64,
    /// Missing values.
    pub n_missing: u64,
}

/// `n_bins + 1` equally spaced edges over the present values; empty if there are none or `n_bins` is 0.
///
/// A constant is put in the middle of a range of width 1, as numpy does.
pub fn equal_width_edges(values: &[f64], n_bins: usize) -> Vec<f64> {
    let (low, high) = present(values)
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if n_bins == 0 || low > high {
        return Vec::new();
    }
    let (low, high) = if low == high { (low - 0.5, high + 0.5) } else { (low, high) };
    let span = high - low;
    let step = span / n_bins as f64;
    let inner = (0..n_bins).map(|bin| {
        let share = bin as f64 / n_bins as f64;
        // The span of the largest numbers overflows.
        if is_present(span) { low + step * bin as f64 } else { low * (1.0 - share) + high * share }
    });
    inner.chain([high]).collect()
}

/// Edges at the quantiles, so that bins hold about equal numbers; equal edges are merged, so ties may leave fewer bins.
///
/// Empty if there is no present value or `n_bins` is 0; a constant gives one bin as in [`equal_width_edges`].
pub fn equal_mass_edges(values: &[f64], n_bins: usize) -> Vec<f64> {
    let sorted = sorted_present(values);
    if n_bins == 0 || sorted.first() == sorted.last() {
        return equal_width_edges(values, n_bins.min(1));
    }
    let mut edges: Vec<f64> =
        (0..=n_bins).filter_map(|bin| quantile_sorted(&sorted, bin as f64 / n_bins as f64)).collect();
    edges.dedup();
    edges
}

/// Equally spaced edges by the rule of Freedman and Diaconis (1981): bins at most 2 IQR / n^(1/3) wide.
///
/// One bin if the quartiles coincide, at most [`MAX_BINS`]; empty if no value is present.
pub fn freedman_diaconis_edges(values: &[f64]) -> Vec<f64> {
    let sorted = sorted_present(values);
    let quartile = |p: f64| quantile_sorted(&sorted, p).unwrap_or(f64::NAN);
    let width = 2.0 * (quartile(0.75) - quartile(0.25)) / (sorted.len() as f64).cbrt();
    let span = quartile(1.0) - quartile(0.0);
    // Not a number where the span overflows.
    let wanted = (span / width).ceil();
    let n_bins = if width > 0.0 && wanted >= 1.0 { wanted.min(MAX_BINS as f64) as usize } else { 1 };
    equal_width_edges(&sorted, n_bins)
}

/// Counts `values` between ascending `edges`, as numpy's `histogram`; with fewer than two edges there is no bin and every value is above.
pub fn counts(values: &[f64], edges: &[f64]) -> Counts {
    let n_bins = edges.len().saturating_sub(1);
    let mut result = Counts { bins: vec![0; n_bins], n_below: 0, n_above: 0, n_missing: n_missing(values) as u64 };
    let last = edges.last().copied().unwrap_or(f64::NEG_INFINITY);
    for value in present(values) {
        let n_up_to = edges.partition_point(|&edge| edge <= value);
        let bin = if value == last { n_bins } else { n_up_to };
        let slot = match bin.checked_sub(1) {
            None => &mut result.n_below,
            Some(index) => result.bins.get_mut(index).unwrap_or(&mut result.n_above),
        };
        *slot += 1;
    }
    result
}

/// The empirical distribution function.
#[derive(Clone, Debug, PartialEq)]
pub struct Ecdf {
    sorted: Vec<f64>,
}

impl Ecdf {
    /// Of the present values; `None` if there are none.
    pub fn new(values: &[f64]) -> Option<Self> {
        let sorted = sorted_present(values);
        (!sorted.is_empty()).then_some(Self { sorted })
    }

    /// Share of values that are at most `x`; `NaN` for `NaN`.
    pub fn at(&self, x: f64) -> f64 {
        if x.is_nan() {
            return f64::NAN;
        }
        self.sorted.partition_point(|&value| value <= x) as f64 / self.sorted.len() as f64
    }

    /// The values, ascending.
    pub fn sorted(&self) -> &[f64] {
        &self.sorted
    }

    /// At most `n_points` steps `(x, share)` for drawing, first and last value included; `n_points` is taken as at least 2.
    pub fn steps(&self, n_points: usize) -> Vec<(f64, f64)> {
        let (n, wanted) = (self.sorted.len(), n_points.max(2).min(self.sorted.len()));
        let index = |point: usize| point * (n - 1) / (wanted - 1).max(1);
        let step = |point: usize| self.sorted.get(index(point)).map(|&x| (x, self.at(x)));
        let mut steps: Vec<(f64, f64)> = (0..wanted).filter_map(step).collect();
        steps.dedup();
        steps
    }
}

/// Share of rows in each bin and missing, which together are 1; empty counts give `NaN`.
pub fn shares(counts: &Counts) -> (Vec<f64>, f64) {
    let total = (counts.bins.iter().sum::<u64>() + counts.n_below + counts.n_above + counts.n_missing) as f64;
    let share = |count: u64| {
        if is_present(1.0 / total) { count as f64 / total } else { f64::NAN }
    };
    (counts.bins.iter().map(|&count| share(count)).collect(), share(counts.n_missing))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_last_bin_holds_its_upper_edge() {
        let result = counts(&[0.0, 1.0, 2.0, -1.0, 3.0, f64::NAN], &[0.0, 1.0, 2.0]);
        assert_eq!(result, Counts { bins: vec![1, 2], n_below: 1, n_above: 1, n_missing: 1 });
    }

    #[test]
    fn nothing_present_makes_no_bins() {
        assert!(equal_width_edges(&[f64::NAN], 5).is_empty() && equal_mass_edges(&[], 5).is_empty());
        assert!(freedman_diaconis_edges(&[]).is_empty() && equal_width_edges(&[1.0], 0).is_empty());
    }

    #[test]
    fn ties_merge_equal_mass_bins() {
        assert_eq!(equal_mass_edges(&[1.0, 1.0, 1.0, 1.0, 2.0], 4), [1.0, 2.0]);
        assert_eq!(equal_mass_edges(&[3.0, 3.0], 4), [2.5, 3.5]);
    }

    #[test]
    fn an_outlier_does_not_make_a_million_bins() {
        let values: Vec<f64> = (0..100).map(f64::from).chain([1e12]).collect();
        assert_eq!(freedman_diaconis_edges(&values).len(), MAX_BINS + 1);
    }

    #[test]
    fn ecdf_steps_keep_both_ends() {
        let ecdf = Ecdf::new(&[3.0, 1.0, 2.0, f64::NAN]).unwrap();
        assert_eq!((ecdf.at(0.0), ecdf.at(3.0)), (0.0, 1.0));
        assert_eq!(ecdf.steps(2), [(1.0, 1.0 / 3.0), (3.0, 1.0)]);
        assert_eq!(Ecdf::new(&[f64::INFINITY]), None);
    }

    proptest! {
        #[test]
        fn every_row_is_counted_once(values in prop::collection::vec(prop::num::f64::ANY, 0..60), n_bins in 1..9_usize) {
            for edges in [equal_width_edges(&values, n_bins), equal_mass_edges(&values, n_bins), freedman_diaconis_edges(&values)] {
                let result = counts(&values, &edges);
                let total = result.bins.iter().sum::<u64>() + result.n_below + result.n_above + result.n_missing;
                prop_assert_eq!(total, values.len() as u64);
                prop_assert!(edges.windows(2).all(|pair| pair[0] <= pair[1]));
                prop_assert!(edges.is_empty() || result.n_below + result.n_above == 0);
            }
        }
    }
}
