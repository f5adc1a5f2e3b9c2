//! Drift of one feature between a reference and a current window: one test, three effect sizes, nulls and new categories.
//!
//! The p value comes from Kolmogorov-Smirnov or chi-squared; the caller corrects it over features with [`judge`].
//! A feature is flagged only when an effect passes its threshold *and* q < 0.05.
//! Rows are taken as independent. Missing and non-finite values are compared as the null rate and nowhere else.

use std::collections::BTreeMap;

use super::bootstrap::{self, bootstrap};
use super::chi_squared::{ChiSquared, homogeneity};
use super::drift_bins::{Binned, Bins, jensen_shannon, psi};
use super::finite;
use super::interval::{Interval, Proportion, newcombe};
use super::ks::{Ks, ks_two_sample};
use super::multiplicity::benjamini_hochberg;
use super::wasserstein::{WeightedSamples, wasserstein_in_reference_sd};

/// Rows in either window below which a panel should warn that little can be seen.
pub const SMALL_N: usize = 100;

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
    /// Its interval; `None` if it was not asked for or could not be computed.
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
    let rows = BinnedRows::of_values(&binned.bins, &old, &new);
    let samples = WeightedSamples::new(&old, &new);
    let distance = |drawn: &[usize]| samples.distance_of(drawn);
    let distance = resampled(&rows.strata, config, wasserstein_in_reference_sd(&old, &new), distance);
    Some(NumericDrift {
        ks,
        psi: rows.effect(psi, config),
        jensen_shannon: rows.effect(jensen_shannon, config),
        wasserstein: distance,
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
    let rows = BinnedRows::of_counts(&old, &new);
    let n_null = |window: &[Option<&str>]| window.iter().filter(|value| value.is_none()).count();
    let is_new = |(category, counts): (&&str, &(u64, u64))| (counts.0 == 0).then(|| (*category).to_owned());
    Some(CategoricalDrift {
        chi_squared,
        psi: rows.effect(psi, config),
        jensen_shannon: rows.effect(jensen_shannon, config),
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

/// The rows of both windows as bin numbers, the reference first, for resampling within each window.
struct BinnedRows {
    bins: Vec<usize>,
    strata: Vec<u32>,
    n_bins: usize,
}

impl BinnedRows {
    fn of_values(bins: &Bins, reference: &[f64], current: &[f64]) -> Self {
        let place = |value: &f64| bins.place(*value).unwrap_or(0);
        let (old, new): (Vec<usize>, Vec<usize>) =
            (reference.iter().map(place).collect(), current.iter().map(place).collect());
        Self::new(old, new, bins.len())
    }

    fn of_counts(reference: &[u64], current: &[u64]) -> Self {
        let rows = |counts: &[u64]| -> Vec<usize> {
            let repeated = |(bin, &count): (usize, &u64)| std::iter::repeat_n(bin, count as usize);
            counts.iter().enumerate().flat_map(repeated).collect()
        };
        Self::new(rows(reference), rows(current), reference.len())
    }

    fn new(mut reference: Vec<usize>, current: Vec<usize>, n_bins: usize) -> Self {
        let mut strata = vec![0; reference.len()];
        strata.resize(reference.len() + current.len(), 1);
        reference.extend(current);
        Self { bins: reference, strata, n_bins }
    }

    fn effect(&self, distance: fn(&[f64], &[f64]) -> f64, config: Config) -> Effect {
        let of_rows = |rows: &[usize]| {
            let mut counts = [vec![0.0; self.n_bins], vec![0.0; self.n_bins]];
            for &row in rows {
                counts[self.strata[row] as usize][self.bins[row]] += 1.0;
            }
            distance(&counts[0], &counts[1])
        };
        let all: Vec<usize> = (0..self.bins.len()).collect();
        resampled(&self.strata, config, of_rows(&all), of_rows)
    }
}

/// `value` with the percentile interval of `statistic` over resamples within each window.
///
/// Percentiles and not `BCa`: a distance cannot fall below zero, and its bias near zero breaks the correction.
fn resampled(strata: &[u32], config: Config, value: f64, statistic: impl Fn(&[usize]) -> f64) -> Effect {
    let settings = bootstrap::Config {
        method: bootstrap::Method::Percentile,
        n_resamples: config.n_resamples,
        level: config.level,
        seed: config.seed,
    };
    let drawn =
        if config.n_resamples == 0 { None } else { bootstrap(bootstrap::Design::Strata(strata), settings, statistic) };
    Effect { value, interval: drawn.and_then(|result| result.interval) }
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
