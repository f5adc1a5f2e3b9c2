//! Binned distances of two samples: PSI and the Jensen-Shannon distance, binned as Evidently 0.7.23 bins.
//!
//! Its `get_binned_data` (`evidently/legacy/calculations/stattests/utils.py`): a numeric feature with more than 20 distinct
//! reference values is cut by Sturges' rule over *both* samples together, into bins of equal width; anything else is compared
//! value by value. For PSI (`psi.py`, natural logarithm) an empty bin is given the share 0.0001, or a millionth of the
//! smallest share if that is 0.0001 or less, without scaling the rest; for Jensen-Shannon (`jensenshannon.py`, natural
//! logarithm, the square root of the divergence) empty bins stay empty.
//! Missing and non-finite values are left out beforehand, as Evidently leaves them out.

use super::finite;

/// Distinct reference values up to which a numeric feature is compared value by value.
const MAX_VALUES_AS_CATEGORIES: usize = 20;

/// Two distributions over the same bins.
#[derive(Clone, Debug, PartialEq)]
pub struct Binned {
    /// The bins.
    pub bins: Bins,
    /// Rows of the reference in each bin.
    pub reference: Vec<f64>,
    /// Rows of the current sample in each bin.
    pub current: Vec<f64>,
}

/// What a numeric feature's bins are.
#[derive(Clone, Debug, PartialEq)]
pub enum Bins {
    /// Ascending edges, one more than bins; each bin holds its lower edge, the last one both.
    Edges(Vec<f64>),
    /// One bin for each distinct value, ascending.
    Values(Vec<f64>),
}

impl Bins {
    /// The bins for two samples in any order; `None` if either has no finite value.
    pub fn of(reference: &[f64], current: &[f64]) -> Option<Self> {
        let mut distinct = finite::sorted_present(reference);
        let n_reference = distinct.len();
        distinct.dedup();
        let current = finite::sorted_present(current);
        let (low, high) = (distinct.first()?.min(*current.first()?), distinct.last()?.max(*current.last()?));
        if distinct.len() > MAX_VALUES_AS_CATEGORIES {
            return Some(Self::Edges(sturges_edges(low, high, n_reference + current.len())));
        }
        distinct.extend(current);
        // Minus zero is zero, also to the binary search.
        for value in &mut distinct {
            *value += 0.0;
        }
        distinct.sort_unstable_by(f64::total_cmp);
        distinct.dedup();
        Some(Self::Values(distinct))
    }

    /// Number of bins.
    pub fn len(&self) -> usize {
        match self {
            Self::Edges(edges) => edges.len().saturating_sub(1),
            Self::Values(values) => values.len(),
        }
    }

    /// Whether there is no bin; never for bins made by [`Bins::of`].
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bin of a finite value within the range of both samples; `None` outside.
    pub fn place(&self, value: f64) -> Option<usize> {
        match self {
            Self::Values(values) => values.binary_search_by(|bin| bin.total_cmp(&(value + 0.0))).ok(),
            Self::Edges(edges) => {
                let inside = *edges.first()? <= value && value <= *edges.last()?;
                let n_passed = edges.partition_point(|edge| *edge <= value);
                inside.then(|| n_passed.saturating_sub(1).min(self.len().saturating_sub(1)))
            }
        }
    }
}

/// Edges of equal bins by Sturges' rule, with numpy's arithmetic (`histogram_bin_edges`, `linspace`) so that edges agree.
fn sturges_edges(low: f64, high: f64, n: usize) -> Vec<f64> {
    let range = high - low;
    let width = range / ((n as f64).log2() + 1.0);
    let n_bins = (range / width).ceil().max(1.0) as usize;
    let step = range / n_bins as f64;
    let mut edges: Vec<f64> = (0..n_bins).map(|bin| bin as f64 * step + low).collect();
    edges.push(high);
    edges
}

impl Binned {
    /// Counts the finite values of two samples, in any order, in common bins; `None` if either has none.
    pub fn of(reference: &[f64], current: &[f64]) -> Option<Self> {
        let bins = Bins::of(reference, current)?;
        let (reference, current) = (counts(&bins, reference), counts(&bins, current));
        Some(Self { bins, reference, current })
    }
}

fn counts(bins: &Bins, values: &[f64]) -> Vec<f64> {
    let mut counts = vec![0.0; bins.len()];
    for place in values.iter().filter_map(|&value| bins.place(value)) {
        counts[place] += 1.0;
    }
    counts
}

/// Population stability index of two distributions over the same bins, given as counts; natural logarithm.
///
/// 0 for equal shares, without upper limit. `NaN` if either has no counts.
pub fn psi(reference: &[f64], current: &[f64]) -> f64 {
    let (reference, current) = (filled_shares(reference), filled_shares(current));
    reference.iter().zip(&current).map(|(r, c)| (r - c) * (r / c).ln()).sum()
}

/// Jensen-Shannon distance of two distributions over the same bins, given as counts: the root of the divergence in nats.
///
/// 0 for equal shares, at most the root of ln 2 (0.833) for disjoint ones. `NaN` if either has no counts.
pub fn jensen_shannon(reference: &[f64], current: &[f64]) -> f64 {
    let (reference, current) = (shares(reference), shares(current));
    let relative_entropy = |p: f64, m: f64| if p == 0.0 { 0.0 } else { p * (p / m).ln() };
    let cell = |(&r, &c): (&f64, &f64)| {
        let middle = f64::midpoint(r, c);
        relative_entropy(r, middle) + relative_entropy(c, middle)
    };
    let divergence: f64 = reference.iter().zip(&current).map(cell).sum::<f64>() / 2.0;
    // Rounding can leave equal distributions a little below zero; `max` would also swallow NaN.
    if divergence < 0.0 { 0.0 } else { divergence.sqrt() }
}

fn shares(counts: &[f64]) -> Vec<f64> {
    let total: f64 = counts.iter().sum();
    counts.iter().map(|count| count / total).collect()
}

fn filled_shares(counts: &[f64]) -> Vec<f64> {
    let shares = shares(counts);
    let least = shares.iter().copied().filter(|share| *share > 0.0).fold(f64::INFINITY, f64::min);
    let fill = if least <= 0.0001 { least / 1e6 } else { 0.0001 };
    shares.into_iter().map(|share| if share == 0.0 { fill } else { share }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_are_compared_one_by_one() {
        let binned = Binned::of(&[1.0, 1.0, 2.0], &[2.0, 3.0]).unwrap();
        assert_eq!(binned.bins, Bins::Values(vec![1.0, 2.0, 3.0]));
        assert_eq!((binned.reference, binned.current), (vec![2.0, 1.0, 0.0], vec![0.0, 1.0, 1.0]));
    }

    #[test]
    fn many_values_are_cut_by_sturges_over_both_samples() {
        let reference: Vec<f64> = (0..24).map(f64::from).collect();
        let binned = Binned::of(&reference, &[0.0, 5.0, 20.0, 24.0, 24.0, 7.0, 7.0, 7.0]).unwrap();
        assert_eq!(binned.bins, Bins::Edges(vec![0.0, 4.0, 8.0, 12.0, 16.0, 20.0, 24.0]));
        assert_eq!(binned.reference, [4.0; 6]);
        assert_eq!(binned.current, [1.0, 4.0, 0.0, 0.0, 0.0, 3.0]);
    }

    #[test]
    fn equal_distributions_have_no_distance() {
        assert_eq!(psi(&[1.0, 3.0], &[2.0, 6.0]), 0.0);
        assert_eq!(jensen_shannon(&[1.0, 3.0], &[2.0, 6.0]), 0.0);
    }

    #[test]
    fn disjoint_distributions_are_root_ln_2_apart() {
        assert!((jensen_shannon(&[1.0, 0.0], &[0.0, 1.0]) - 2.0_f64.ln().sqrt()).abs() < 1e-15);
        assert!(psi(&[1.0, 0.0], &[0.0, 1.0]).is_finite());
    }

    #[test]
    fn no_counts_are_no_number() {
        assert!(psi(&[0.0], &[1.0]).is_nan() && jensen_shannon(&[0.0], &[1.0]).is_nan());
        assert_eq!(Binned::of(&[], &[1.0]), None);
    }
}
