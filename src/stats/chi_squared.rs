//! Pearson's chi-squared test: homogeneity of two samples of categories, and goodness of fit.

use super::dist;
use super::permutation::{affordable_draws, permutation_p};

/// Expected counts below this make the chi-squared limit doubtful, so labels are permuted instead.
pub const LEAST_EXPECTED: f64 = 5.0;

/// The result of a chi-squared test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChiSquared {
    /// Pearson's statistic, without continuity correction.
    pub statistic: f64,
    /// Degrees of freedom.
    pub df: f64,
    /// p value.
    pub p: f64,
    /// Permutations drawn because an expected count was below [`LEAST_EXPECTED`]; 0 when the limit was used.
    pub n_permutations: usize,
}

/// Tests whether two samples share one distribution over categories, by counts in the same order.
///
/// Categories that neither sample has are left out. Rows are taken as independent.
/// `None` if a sample is empty or the slices differ in length; a single category gives p = 1.
pub fn homogeneity(reference: &[u64], current: &[u64], seed: u64) -> Option<ChiSquared> {
    if reference.len() != current.len() {
        return None;
    }
    let cells = reference.iter().zip(current).filter(|(a, b)| **a + **b > 0);
    let cells: Vec<(u64, u64)> = cells.map(|(a, b)| (*a, *b)).collect();
    let totals: Vec<u64> = cells.iter().map(|(a, b)| a + b).collect();
    let n_reference: u64 = cells.iter().map(|cell| cell.0).sum();
    let n_current: u64 = cells.iter().map(|cell| cell.1).sum();
    if n_reference == 0 || n_current == 0 {
        return None;
    }
    let n = (n_reference + n_current) as f64;
    let current_share = n_current as f64 / n;
    let statistic_of = |current: &[u64]| -> f64 {
        let cell = |(&total, &count): (&u64, &u64)| {
            let expected = total as f64 * current_share;
            // Both rows of the table at once: the deviations are equal and opposite.
            (count as f64 - expected).powi(2) * (1.0 / expected + 1.0 / (total as f64 - expected))
        };
        totals.iter().zip(current).map(cell).sum()
    };
    let observed: Vec<u64> = cells.iter().map(|cell| cell.1).collect();
    let statistic = statistic_of(&observed);
    let df = cells.len() as f64 - 1.0;
    if df == 0.0 {
        return Some(ChiSquared { statistic, df, p: 1.0, n_permutations: 0 });
    }
    let least = totals.iter().map(|&total| total as f64 * current_share.min(1.0 - current_share));
    if least.fold(f64::INFINITY, f64::min) >= LEAST_EXPECTED {
        return Some(ChiSquared { statistic, df, p: dist::chi_squared_sf(statistic, df), n_permutations: 0 });
    }
    let mut rows: Vec<usize> =
        totals.iter().enumerate().flat_map(|(category, &total)| (0..total).map(move |_| category)).collect();
    let n_drawn = n_reference.min(n_current) as usize;
    let drawn = permutation_p(affordable_draws(n_drawn), seed, |rng| {
        let mut counts = vec![0_u64; totals.len()];
        // Only the smaller sample is drawn; the other is what is left.
        for place in 0..n_drawn {
            let other = place + rng.below(rows.len() - place);
            rows.swap(place, other);
            counts[rows[place]] += 1;
        }
        if n_reference < n_current {
            for (count, total) in counts.iter_mut().zip(&totals) {
                *count = total - *count;
            }
        }
        // Rounding must not turn an equal table into a less extreme one.
        statistic_of(&counts) >= statistic * (1.0 - 1e-12)
    });
    Some(ChiSquared { statistic, df, p: drawn.p, n_permutations: drawn.n_drawn })
}

/// Tests counts against expected shares (which are scaled to sum to 1); the limit is used whatever the expected counts.
///
/// `None` without counts, with slices of different length, or with a share that is not positive and finite.
pub fn goodness_of_fit(counts: &[u64], shares: &[f64]) -> Option<ChiSquared> {
    let n: u64 = counts.iter().sum();
    let total: f64 = shares.iter().sum();
    let is_usable = counts.len() == shares.len() && shares.iter().all(|share| share.is_finite() && *share > 0.0);
    if n == 0 || !is_usable {
        return None;
    }
    let cell = |(&count, share): (&u64, &f64)| {
        let expected = n as f64 * share / total;
        (count as f64 - expected).powi(2) / expected
    };
    let statistic = counts.iter().zip(shares).map(cell).sum();
    let df = counts.len() as f64 - 1.0;
    let p = if df > 0.0 { dist::chi_squared_sf(statistic, df) } else { 1.0 };
    Some(ChiSquared { statistic, df, p, n_permutations: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_shares_are_no_evidence() {
        let test = homogeneity(&[10, 20, 0], &[20, 40, 0], 0).unwrap();
        assert_eq!((test.statistic, test.df, test.p), (0.0, 1.0, 1.0));
    }

    #[test]
    fn a_rare_category_is_permuted() {
        assert!(homogeneity(&[50, 1], &[40, 3], 0).unwrap().n_permutations > 0);
        assert_eq!(homogeneity(&[50, 50], &[40, 30], 0).unwrap().n_permutations, 0);
    }

    #[test]
    fn empty_samples_and_uneven_slices_are_none() {
        assert_eq!(homogeneity(&[0, 0], &[1, 2], 0), None);
        assert_eq!(homogeneity(&[1], &[1, 2], 0), None);
        assert_eq!(goodness_of_fit(&[], &[]), None);
        assert_eq!(goodness_of_fit(&[1, 2], &[0.0, 1.0]), None);
        assert_eq!(homogeneity(&[3], &[4], 0).unwrap().p, 1.0);
    }
}
