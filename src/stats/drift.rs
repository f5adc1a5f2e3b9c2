//! Drift of one feature between a reference and a current window: one test, three effect sizes, nulls and new categories.
//!
//! The p value comes from Kolmogorov-Smirnov or chi-squared; the caller corrects it over features with [`judge`].
//! A feature is flagged only when an effect passes its threshold *and* q < 0.05.
//! Rows are taken as independent. Missing and non-finite values are compared as the null rate and nowhere else.

use std::collections::BTreeMap;

use super::chi_squared::{ChiSquared, homogeneity};
use super::drift_bins::{Binned, jensen_shannon, psi};
use super::drift_resample::{Cells, Growth, distance_interval};
use super::finite;
use super::interval::{Interval, Proportion, newcombe};
use super::ks::{Ks, ks_two_sample};
use super::multiplicity::benjamini_hochberg;
use super::wasserstein::{wasserstein_in_reference_sd, wasserstein_of_counts};

/// Rows in either window below which a panel should warn that little can be seen.
pub const SMALL_N: usize = 100;

/// Cells that the values of both windows are put into for resampling, about.
const MAX_CELLS: usize = 1_000;

/// Settings of a comparison.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// Confidence level of the intervals; default is 0.95.
    pub level: f64,
    /// Bootstrap resamples of the effect sizes; default is 500; 0 for no intervals.
    pub n_resamples: usize,
    /// Seed of permutations and resamples; default is 0.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { level: 0.95, n_resamples: 500, seed: 0 }
    }
}

/// An effect size with its bootstrap interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// The distance; 0 for equal distributions.
    pub value: f64,
    /// Its interval, which holds `value` ([`distance_interval`]); `None` if it was not asked for or could not be computed.
    pub interval: Option<Interval>,
}

/// The share of missing values in both windows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NullChange {
    /// Missing and all rows of the reference.
    pub reference: (usize, usize),
    /// Missing and all rows of the current window.
    pub current: (usize, usize),
    /// Current rate minus reference rate; `None` if a window is empty.
    pub difference: Option<f64>,
    /// Newcombe's interval of the difference.
    pub interval: Option<Interval>,
}

/// Drift of a numeric feature.
#[derive(Clone, Debug, PartialEq)]
pub struct NumericDrift {
    /// The Kolmogorov-Smirnov test.
    pub ks: Ks,
    /// Population stability index.
    pub psi: Effect,
    /// Jensen-Shannon distance.
    pub jensen_shannon: Effect,
    /// Wasserstein distance in standard deviations of the reference.
    pub wasserstein: Effect,
    /// The binned distributions that PSI and Jensen-Shannon compare.
    pub binned: Binned,
    /// Change of the null rate.
    pub nulls: NullChange,
    /// Whether either window has fewer than [`SMALL_N`] values.
    pub is_small: bool,
}

/// Drift of a categorical feature.
#[derive(Clone, Debug, PartialEq)]
pub struct CategoricalDrift {
    /// The chi-squared test of homogeneity.
    pub chi_squared: ChiSquared,
    /// Population stability index.
    pub psi: Effect,
    /// Jensen-Shannon distance.
    pub jensen_shannon: Effect,
    /// Rows by category, in ascending order: reference and current.
    pub counts: Vec<(String, u64, u64)>,
    /// Categories that the reference does not have.
    pub new_categories: Vec<String>,
    /// Change of the null rate.
    pub nulls: NullChange,
    /// Whether either window has fewer than [`SMALL_N`] values.
    pub is_small: bool,
}

/// Compares two windows of a numeric feature; `None` if either has no finite value.
///
/// ```
/// use sightline::stats::drift::{Config, numeric_drift};
/// let before: Vec<f64> = (0..200).map(f64::from).collect();
/// let after: Vec<f64> = (60..260).map(f64::from).collect();
/// let drift = numeric_drift(&before, &after, Config::default()).unwrap();
/// assert_eq!(drift.ks.statistic, 0.3);
/// assert!(drift.ks.p < 1e-6 && drift.psi.value > 0.1);
/// assert_eq!(numeric_drift(&before, &[f64::NAN], Config::default()), None);
/// ```
pub fn numeric_drift(reference: &[f64], current: &[f64], config: Config) -> Option<NumericDrift> {
    let (old, new) = (finite::sorted_present(reference), finite::sorted_present(current));
    let ks = ks_two_sample(&old, &new, config.seed)?;
    let binned = Binned::of(&old, &new)?;
    let cells = ValueCells::new(&binned, &old, &new);
    let [mut of_psi, mut of_jensen_shannon, mut of_wasserstein] = [const { Vec::new() }; 3];
    cells.cells.resample(config.n_resamples, config.seed, |old, new| {
        let (old_bins, new_bins) = (cells.by_bin(old), cells.by_bin(new));
        of_psi.push(psi(&old_bins, &new_bins));
        of_jensen_shannon.push(jensen_shannon(&old_bins, &new_bins));
        of_wasserstein.push(wasserstein_of_counts(cells.counted(old, new)));
    });
    Some(NumericDrift {
        ks,
        psi: effect(psi(&binned.reference, &binned.current), &of_psi, Growth::Square, config),
        jensen_shannon: effect(
            jensen_shannon(&binned.reference, &binned.current),
            &of_jensen_shannon,
            Growth::Linear,
            config,
        ),
        wasserstein: effect(wasserstein_in_reference_sd(&old, &new), &of_wasserstein, Growth::Linear, config),
        nulls: null_change(
            (finite::n_missing(reference), reference.len()),
            (finite::n_missing(current), current.len()),
            config.level,
        ),
        is_small: old.len().min(new.len()) < SMALL_N,
        binned,
    })
}

/// Compares two windows of a categorical feature, `None` being missing; `None` if either has no value.
pub fn categorical_drift(
    reference: &[Option<&str>],
    current: &[Option<&str>],
    config: Config,
) -> Option<CategoricalDrift> {
    let mut counts: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    reference.iter().flatten().for_each(|category| counts.entry(category).or_default().0 += 1);
    current.iter().flatten().for_each(|category| counts.entry(category).or_default().1 += 1);
    let (old, new): (Vec<u64>, Vec<u64>) = counts.values().copied().unzip();
    let chi_squared = homogeneity(&old, &new, config.seed)?;
    let [mut of_psi, mut of_jensen_shannon] = [const { Vec::new() }; 2];
    Cells::of_counts(&old, &new).resample(config.n_resamples, config.seed, |old, new| {
        of_psi.push(psi(old, new));
        of_jensen_shannon.push(jensen_shannon(old, new));
    });
    let counted = |counts: &[u64]| -> Vec<f64> { counts.iter().map(|&count| count as f64).collect() };
    let (old_counts, new_counts) = (counted(&old), counted(&new));
    let n_null = |window: &[Option<&str>]| window.iter().filter(|value| value.is_none()).count();
    let is_new = |(category, counts): (&&str, &(u64, u64))| (counts.0 == 0).then(|| (*category).to_owned());
    Some(CategoricalDrift {
        chi_squared,
        psi: effect(psi(&old_counts, &new_counts), &of_psi, Growth::Square, config),
        jensen_shannon: effect(jensen_shannon(&old_counts, &new_counts), &of_jensen_shannon, Growth::Linear, config),
        new_categories: counts.iter().filter_map(is_new).collect(),
        nulls: null_change((n_null(reference), reference.len()), (n_null(current), current.len()), config.level),
        is_small: old.iter().sum::<u64>().min(new.iter().sum()) < SMALL_N as u64,
        counts: counts.iter().map(|(category, (a, b))| ((*category).to_owned(), *a, *b)).collect(),
    })
}

/// The change of the null rate between (missing, all) rows of two windows.
pub fn null_change(reference: (usize, usize), current: (usize, usize), level: f64) -> NullChange {
    let rate = |(missing, all): (usize, usize)| (all > 0).then(|| missing as f64 / all as f64);
    let difference = rate(current).zip(rate(reference)).map(|(now, before)| now - before);
    let proportion = |(missing, all): (usize, usize)| Proportion::new(missing as u64, all as u64);
    let pair = proportion(current).zip(proportion(reference));
    let interval = pair.and_then(|(now, before)| newcombe(now, before, level));
    NullChange { reference, current, difference, interval }
}

/// One feature's part in the judgement over all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judgement {
    /// The p value corrected over the features (Benjamini-Hochberg).
    pub q: f64,
    /// Whether q < 0.05 and the effect is at or above the threshold.
    pub is_drifted: bool,
}

/// Judges features together by (p, effect size); a `NaN` p was not tested and is never flagged.
pub fn judge(features: &[(f64, f64)], effect_threshold: f64) -> Vec<Judgement> {
    let p_values: Vec<f64> = features.iter().map(|feature| feature.0).collect();
    let judgement =
        |(q, (_, effect)): (f64, &(f64, f64))| Judgement { q, is_drifted: q < 0.05 && *effect >= effect_threshold };
    benjamini_hochberg(&p_values).into_iter().zip(features).map(judgement).collect()
}

fn effect(value: f64, replicates: &[f64], growth: Growth, config: Config) -> Effect {
    Effect { value, interval: distance_interval(value, replicates, growth, config.level) }
}

/// Cells of neighbouring values within a bin, so that one draw of rows serves all distances and takes little to weigh.
struct ValueCells {
    cells: Cells,
    /// Mean of the values of each cell, ascending.
    means: Vec<f64>,
    /// The bin of each cell.
    bins: Vec<usize>,
    n_bins: usize,
}

impl ValueCells {
    /// Of ascending, finite values: one cell for each distinct value, or for [`MAX_CELLS`]th parts where there are more rows.
    fn new(binned: &Binned, reference: &[f64], current: &[f64]) -> Self {
        let mut rows: Vec<(f64, bool)> = reference.iter().map(|&value| (value, false)).collect();
        rows.extend(current.iter().map(|&value| (value, true)));
        rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let full = rows.len().div_ceil(MAX_CELLS);
        let [mut old, mut new] = [const { Vec::new() }; 2];
        let mut sums: Vec<(f64, usize)> = Vec::new();
        let mut bins: Vec<usize> = Vec::new();
        let mut before = f64::NAN;
        for (value, is_current) in rows {
            if value != before {
                let bin = binned.bins.place(value).unwrap_or(0);
                if sums.last().is_none_or(|(_, n)| *n >= full) || bins.last() != Some(&bin) {
                    sums.push((0.0, 0));
                    bins.push(bin);
                }
                before = value;
            }
            if let Some((sum, n)) = sums.last_mut() {
                *sum += value;
                *n += 1;
            }
            let cell = u32::try_from(sums.len() - 1).unwrap_or(u32::MAX);
            if is_current { new.push(cell) } else { old.push(cell) }
        }
        let means = sums.iter().map(|(sum, n)| sum / *n as f64).collect();
        Self { cells: Cells::new(old, new, bins.len()), means, bins, n_bins: binned.bins.len() }
    }

    /// Counts by cell as counts by bin.
    fn by_bin(&self, counts: &[f64]) -> Vec<f64> {
        let mut by_bin = vec![0.0; self.n_bins];
        for (&bin, count) in self.bins.iter().zip(counts) {
            if let Some(sum) = by_bin.get_mut(bin) {
                *sum += count;
            }
        }
        by_bin
    }

    /// Values with their counts in both windows.
    fn counted<'a>(&'a self, old: &'a [f64], new: &'a [f64]) -> impl Iterator<Item = (f64, f64, f64)> + Clone + 'a {
        self.means.iter().zip(old).zip(new).map(|((&mean, &old), &new)| (mean, old, new))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::rng::Rng;

    fn normal(n: usize, shift: f64, seed: u64) -> Vec<f64> {
        let mut rng = Rng::new(seed);
        (0..n).map(|_| shift + rng.normal()).collect()
    }

    #[test]
    fn a_shifted_feature_drifts_and_its_intervals_hold_the_distances() {
        let drift = numeric_drift(&normal(500, 0.0, 1), &normal(400, 0.7, 2), Config::default()).unwrap();
        assert!(drift.ks.p < 1e-9 && !drift.is_small);
        assert!(drift.wasserstein.interval.unwrap().contains(0.7));
        assert!(drift.psi.interval.unwrap().low > 0.1 && drift.jensen_shannon.value > 0.1);
    }

    #[test]
    fn intervals_hold_their_estimates_and_no_distance_of_what_has_not_changed() {
        let config = Config { n_resamples: 200, ..Config::default() };
        let mut n_holding_zero = 0;
        for seed in 0..40 {
            let n = if seed % 4 == 0 { 3_000 } else { 200 };
            let drift = numeric_drift(&normal(n, 0.0, 300 + seed), &normal(n, 0.0, 400 + seed), config).unwrap();
            for effect in [drift.psi, drift.jensen_shannon, drift.wasserstein] {
                let interval = effect.interval.unwrap();
                assert!(interval.contains(effect.value) && interval.low >= 0.0, "{effect:?}");
                n_holding_zero += usize::from(interval.low == 0.0);
            }
        }
        assert!(n_holding_zero >= 110, "{n_holding_zero} of 120");
    }

    #[test]
    fn intervals_hold_a_true_shift_about_as_often_as_they_say() {
        let config = Config { n_resamples: 200, ..Config::default() };
        let holds = |seed: u64| {
            let drift = numeric_drift(&normal(400, 0.0, 500 + seed), &normal(400, 0.3, 700 + seed), config).unwrap();
            assert!(drift.wasserstein.interval.unwrap().contains(drift.wasserstein.value));
            drift.wasserstein.interval.unwrap().contains(0.3)
        };
        let n_holding = (0..100).filter(|&seed| holds(seed)).count();
        assert!(n_holding >= 88, "{n_holding} of 100");
    }

    #[test]
    fn categories_that_have_not_changed_have_no_certain_distance() {
        let window = |shares: [usize; 3]| -> Vec<Option<&str>> {
            ["a", "b", "c"].iter().zip(shares).flat_map(|(name, n)| std::iter::repeat_n(Some(*name), n)).collect()
        };
        let drift = categorical_drift(&window([50, 30, 20]), &window([48, 33, 19]), Config::default()).unwrap();
        for effect in [drift.psi, drift.jensen_shannon] {
            let interval = effect.interval.unwrap();
            assert!(interval.low == 0.0 && interval.contains(effect.value), "{effect:?}");
        }
    }

    #[test]
    fn an_unchanged_feature_is_not_flagged_among_many() {
        let drifts = (0..20).map(|seed| {
            let shift = if seed == 0 { 0.7 } else { 0.0 };
            let quick = Config { n_resamples: 0, ..Config::default() };
            numeric_drift(&normal(300, 0.0, 100 + seed), &normal(300, shift, 200 + seed), quick).unwrap()
        });
        let features: Vec<(f64, f64)> = drifts.map(|drift| (drift.ks.p, drift.wasserstein.value)).collect();
        let judged = judge(&features, 0.1);
        assert!(judged[0].is_drifted);
        assert_eq!(judged.iter().filter(|judgement| judgement.is_drifted).count(), 1);
    }

    #[test]
    fn a_small_effect_is_not_flagged_however_sure() {
        assert!(!judge(&[(1e-9, 0.05)], 0.1)[0].is_drifted);
        assert!(!judge(&[(f64::NAN, 0.5)], 0.1)[0].is_drifted);
    }

    #[test]
    fn missing_values_change_the_null_rate_and_nothing_else() {
        let full = normal(200, 0.0, 3);
        let mut gaps = full.clone();
        gaps.extend([f64::NAN; 50]);
        let drift = numeric_drift(&full, &gaps, Config::default()).unwrap();
        assert_eq!((drift.ks.statistic, drift.psi.value, drift.wasserstein.value), (0.0, 0.0, 0.0));
        assert_eq!((drift.nulls.reference, drift.nulls.current), ((0, 200), (50, 250)));
        assert!(drift.nulls.interval.unwrap().excludes_zero());
    }

    #[test]
    fn new_categories_and_small_windows_are_named() {
        let window = [Some("a"), Some("b"), None];
        let drift = categorical_drift(&window[..2], &[Some("c"), None], Config::default()).unwrap();
        assert_eq!((drift.new_categories, drift.is_small), (vec!["c".to_owned()], true));
        assert_eq!(drift.nulls.difference, Some(0.5));
        assert!(categorical_drift(&window, &[None], Config::default()).is_none());
        assert!(numeric_drift(&[], &[1.0], Config::default()).is_none());
    }
}
