//! The two-sample Kolmogorov-Smirnov test.
//!
//! Without ties: exact where affordable, else the limit with a finite-sample correction. With ties: a seeded permutation p.
//! Rows are taken as independent; non-finite values are left out.

use super::dist;
use super::finite;
use super::permutation::{affordable_draws, permutation_p};

/// Largest sample for which the exact p is computed, as in scipy's `ks_2samp`.
const MAX_EXACT_ROWS: usize = 10_000;

/// Rows above which ties are not permuted if the bound has settled the matter.
const MANY_ROWS: usize = 5_000;

/// The bound that settles it.
const SETTLED_P: f64 = 0.001;

/// A bound below this part of the smallest p that drawing can give settles it for any number of rows.
const FAR_BELOW: f64 = 0.1;

/// Share of the bound above which the true p must lie for the bound to be given for it: as near as drawing would come.
const NEARLY: f64 = 0.9;

/// How a p value was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KsMethod {
    /// Counting lattice paths.
    Exact,
    /// Kolmogorov's limit, corrected for finite samples.
    Asymptotic,
    /// Permuting the sample labels, as there are ties.
    Permutation {
        /// Permutations drawn.
        n_drawn: usize,
    },
}

/// The result of a two-sample test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ks {
    /// Largest distance of the two empirical distribution functions.
    pub statistic: f64,
    /// Two-sided p value.
    pub p: f64,
    /// How `p` was found.
    pub method: KsMethod,
    /// Whether `p` takes no account of ties that there are, and is then at most too high.
    pub is_bound: bool,
}

/// Tests whether two samples come from one distribution; `None` if either has no finite value.
///
/// The statistic is scipy's `ks_2samp`; without ties so is the p value (`method="auto"`, exact up to 10,000 rows a side
/// and 10 million pairs, where scipy goes on to count).
/// With ties that p is an upper bound, so a permutation p is drawn instead. The bound itself is given where it settles the matter:
/// far below the smallest p that drawing can give; and with more than 5,000 rows, which take long to permute, where it is at most
/// 0.001 or ties are so few that it is right to a tenth;
/// and where no permutation was as extreme as the data and the bound is smaller than the drawing can resolve.
pub fn ks_two_sample(reference: &[f64], current: &[f64], seed: u64) -> Option<Ks> {
    let pooled = Pooled::new(&finite::sorted_present(reference), &finite::sorted_present(current))?;
    let distance = pooled.distance(&pooled.current, pooled.n_current);
    let statistic = distance as f64 / (pooled.n_reference as f64 * pooled.n_current as f64);
    let (p, method) = untied_p(pooled.n_reference, pooled.n_current, statistic);
    let n_rows = pooled.n_reference + pooled.n_current;
    let max_draws = affordable_draws(n_rows);
    let is_out_of_reach = p * (max_draws as f64 + 1.0) <= FAR_BELOW;
    let is_settled = is_out_of_reach || n_rows > MANY_ROWS && (p <= SETTLED_P || pooled.is_nearly_untied(p, statistic));
    if !pooled.has_ties() || is_settled {
        return Some(Ks { statistic, p, method, is_bound: pooled.has_ties() });
    }
    // The smaller sample is drawn, the larger one is what is left.
    let n_drawn = pooled.n_reference.min(pooled.n_current);
    let mut rows = pooled.places();
    let mut counts = vec![0; pooled.sizes.len()];
    let drawn = permutation_p(max_draws, seed, |rng| {
        counts.fill(0);
        for next in 0..n_drawn {
            rows.swap(next, next + rng.below(n_rows - next));
            if let Some(count) = rows.get(next).and_then(|&place| counts.get_mut(place)) {
                *count += 1;
            }
        }
        pooled.distance(&counts, n_drawn) >= distance
    });
    let p = if drawn.n_exceeding == 0 { drawn.p.min(p) } else { drawn.p };
    Some(Ks { statistic, p, method: KsMethod::Permutation { n_drawn: drawn.n_drawn }, is_bound: false })
}

fn untied_p(n: usize, m: usize, statistic: f64) -> (f64, KsMethod) {
    let exact = if n.max(m) > MAX_EXACT_ROWS {
        None
    } else if n == m {
        Some(equal_sizes_p(n, (statistic * n as f64).round() as usize))
    } else {
        dist::ks_two_sample_exact_p(n, m, statistic)
    };
    exact.map_or_else(|| (asymptotic_p(n, m, statistic), KsMethod::Asymptotic), |p| (p, KsMethod::Exact))
}

/// P(D >= steps / n) for two samples of `n`, by Gnedenko and Korolyuk's alternating sum in a form that does not cancel.
fn equal_sizes_p(n: usize, steps: usize) -> f64 {
    if steps == 0 {
        return 1.0;
    }
    let (n, h) = (n as f64, steps as f64);
    let ratio = |k: f64| (0..steps).map(|j| (n - k * h - j as f64) / (n + k * h + j as f64 + 1.0)).product::<f64>();
    let n_terms = (n / h).floor() as usize;
    let sum = (0..=n_terms).rev().fold(0.0, |sum, k| ratio(k as f64) * (1.0 - sum));
    (2.0 * sum).clamp(0.0, 1.0)
}

/// The limit at an argument corrected for finite samples: Vrbik, *Pioneer J. Theor. Appl. Stat.* 15 (2018) 15.
fn asymptotic_p(n: usize, m: usize, statistic: f64) -> f64 {
    let size = n as f64 * m as f64 / (n as f64 + m as f64);
    let z = size.sqrt() * statistic;
    dist::kolmogorov_sf(z + 1.0 / (6.0 * size.sqrt()) + (z - 1.0) / (4.0 * size))
}

/// Both samples by distinct value, ascending.
struct Pooled {
    /// Rows of either sample with each value.
    sizes: Vec<i64>,
    /// Rows of the current sample with each value.
    current: Vec<i64>,
    n_reference: usize,
    n_current: usize,
}

impl Pooled {
    fn new(reference: &[f64], current: &[f64]) -> Option<Self> {
        if reference.is_empty() || current.is_empty() {
            return None;
        }
        let labelled = |sample: &[f64], label: bool| sample.iter().map(|&value| (value, label)).collect::<Vec<_>>();
        let mut rows = labelled(reference, false);
        rows.extend(labelled(current, true));
        rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let (mut sizes, mut of_current) = (Vec::new(), Vec::new());
        let equal = rows.chunk_by(|a, b| a.0 == b.0);
        for rows in equal {
            sizes.push(rows.len() as i64);
            of_current.push(rows.iter().filter(|row| row.1).count() as i64);
        }
        Some(Self { sizes, current: of_current, n_reference: reference.len(), n_current: current.len() })
    }

    fn has_ties(&self) -> bool {
        self.sizes.iter().any(|&n| n > 1)
    }

    /// Whether `p` is right to a tenth: ties can hide no more of the distance than the rows with one value are.
    fn is_nearly_untied(&self, p: f64, statistic: f64) -> bool {
        let most = self.sizes.iter().copied().max().unwrap_or(0) as f64;
        let hidden = (most - 1.0) / self.n_reference.min(self.n_current) as f64;
        untied_p(self.n_reference, self.n_current, (statistic + hidden).min(1.0)).0 >= NEARLY * p
    }

    /// The place among the distinct values of each row.
    fn places(&self) -> Vec<usize> {
        self.sizes.iter().enumerate().flat_map(|(place, &n)| std::iter::repeat_n(place, n as usize)).collect()
    }

    /// n m D, a whole number, between a part of the pooled rows, counted by value, and the rest.
    fn distance(&self, part: &[i64], n_part: usize) -> u64 {
        let (all, part_rows) = ((self.n_reference + self.n_current) as i64, n_part as i64);
        let (mut at, mut farthest) = (0_i64, 0_i64);
        for (size, count) in self.sizes.iter().zip(part) {
            at += count * all - size * part_rows;
            farthest = farthest.max(at.abs());
        }
        farthest.unsigned_abs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separated_samples_have_distance_one() {
        let ks = ks_two_sample(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0], 0).unwrap();
        assert_eq!((ks.statistic, ks.method, ks.is_bound), (1.0, KsMethod::Exact, false));
        assert!((ks.p - 0.1).abs() < 1e-12);
    }

    #[test]
    fn equal_size_formula_equals_path_counting() {
        for (n, steps) in [(5, 3), (20, 6), (100, 25)] {
            let counted = dist::ks_two_sample_exact_p(n, n, steps as f64 / n as f64).unwrap();
            assert!((equal_sizes_p(n, steps) / counted - 1.0).abs() < 1e-9, "{n} {steps}");
        }
    }

    #[test]
    fn asymptotic_is_close_to_exact_for_large_samples() {
        for statistic in [0.02, 0.03, 0.05] {
            let exact = equal_sizes_p(5_000, (statistic * 5_000.0) as usize);
            assert!((asymptotic_p(5_000, 5_000, statistic) / exact - 1.0).abs() < 0.1);
        }
    }

    #[test]
    fn same_values_are_no_evidence_and_ties_are_permuted() {
        let values = [1.0, 1.0, 2.0, 2.0, f64::NAN];
        let ks = ks_two_sample(&values, &values, 0).unwrap();
        assert_eq!((ks.statistic, ks.p), (0.0, 1.0));
        assert!(matches!(ks.method, KsMethod::Permutation { .. }));
    }

    #[test]
    fn many_tied_rows_far_apart_are_settled_without_drawing() {
        let rounded = |n: u32, high: u32| (0..n).map(|row| f64::from(row % high)).collect::<Vec<f64>>();
        let apart = ks_two_sample(&rounded(15_000, 50), &rounded(15_000, 60), 0).unwrap();
        assert!(apart.method == KsMethod::Asymptotic && apart.p < 1e-9, "{apart:?}");
        let few = ks_two_sample(&rounded(500, 50), &rounded(500, 90), 0).unwrap();
        assert!(few.method == KsMethod::Exact && few.p < 1e-9, "{few:?}");
        let alike = ks_two_sample(&rounded(15_000, 50), &rounded(15_050, 50), 0).unwrap();
        assert!(matches!(alike.method, KsMethod::Permutation { .. }) && alike.p > 0.5);
    }

    #[test]
    fn a_few_ties_among_many_rows_leave_the_untied_p() {
        let pairs = |n: u32, shift: f64| (0..n).map(|row| f64::from(row / 2) + shift).collect::<Vec<f64>>();
        let apart = ks_two_sample(&pairs(9_000, 0.0), &pairs(9_000, 0.5 + 60.0), 0).unwrap();
        assert!(apart.method == KsMethod::Exact && apart.is_bound);
        let untied = ks_two_sample(
            &(0..9_000).map(f64::from).collect::<Vec<_>>(),
            &(0..9_000).map(|row| f64::from(row) + 121.5).collect::<Vec<_>>(),
            0,
        );
        assert!((apart.statistic - untied.unwrap().statistic).abs() < 3e-4);
    }

    #[test]
    fn nothing_finite_is_none() {
        assert_eq!(ks_two_sample(&[f64::NAN], &[1.0], 0), None);
    }
}
