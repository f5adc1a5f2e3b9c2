//! The worst slices of a prediction table: parts by one or two features on which a model errs more than elsewhere.
//!
//! Every slice is tested against the rest of the rows by Welch's test, corrected over all slices tried (Benjamini-Hochberg).
//! Found by searching, so a slice is a question to ask of new data, not a finding. Rows are taken as independent.

use super::finite;
use super::forest::Input;
use super::interval::{Interval, Sample, welch};
use super::multiplicity::benjamini_hochberg;
use super::quantile::quantile_sorted;
use crate::order::Order;

/// Settings of a search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// Bins of a numeric feature, by quantiles; default is 4.
    pub n_bins: usize,
    /// Least rows in a slice and in the rest; default is 30.
    pub min_rows: usize,
    /// Whether pairs of features are tried; default is true. Takes O(features squared x rows).
    pub with_pairs: bool,
    /// False discovery rate of what is reported; default is 0.05.
    pub max_q: f64,
    /// Confidence level of the intervals; default is 0.95.
    pub level: f64,
}

impl Default for Config {
    fn default() -> Self {
        Self { n_bins: 4, min_rows: 30, with_pairs: true, max_q: 0.05, level: 0.95 }
    }
}

/// What a feature is in a slice.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// A number in this range, both ends included unless it adjoins a higher bin.
    Range {
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
    },
    /// A category.
    Category(String),
    /// No value.
    Missing,
}

/// A part of the rows on which the loss is higher.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    /// The place of each feature that defines it, with the part.
    pub conditions: Vec<(usize, Part)>,
    /// Rows in it.
    pub n: usize,
    /// Mean loss in it.
    pub loss: f64,
    /// Mean loss minus that of all other rows.
    pub difference: f64,
    /// The interval of the difference, not corrected.
    pub interval: Interval,
    /// The p value corrected over all slices tried.
    pub q: f64,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// The slices with a higher loss, worst first.
    pub slices: Vec<Slice>,
    /// Slices tested.
    pub n_tested: usize,
}

/// Searches slices of `features` with a higher mean `loss` (0 or 1 for an error, or any number, less is better).
///
/// Rows with a missing or non-finite loss are left out. A pair of features is reported only if it is worse than either alone.
/// Features shorter than `losses` are missing for the further rows.
pub fn worst_slices(features: &[Input], losses: &[f64], config: Config) -> Search {
    let rows: Vec<usize> = finite::present_indexed(losses).map(|(row, _)| row).collect();
    let losses: Vec<f64> = rows.iter().map(|&row| losses[row]).collect();
    let parted: Vec<Parted> = features.iter().map(|feature| Parted::new(feature, &rows, config.n_bins)).collect();
    let all = Moments::of(losses.iter().copied());
    let mut tested: Vec<Candidate> = Vec::new();
    let mut single_losses: Vec<Vec<f64>> = Vec::new();
    for (feature, parted) in parted.iter().enumerate() {
        let moments = moments(&parted.places, parted.parts.len(), &losses);
        single_losses.push(moments.iter().map(Moments::mean).collect());
        let candidate =
            |(place, moments): (usize, &Moments)| Candidate::test(vec![(feature, place)], moments, &all, config, true);
        tested.extend(moments.iter().enumerate().filter_map(candidate));
    }
    let n_paired = if config.with_pairs { parted.len() } else { 0 };
    for first in 0..n_paired {
        for second in first + 1..n_paired {
            let (a, b) = (&parted[first], &parted[second]);
            let n_second = b.parts.len();
            let places: Vec<usize> = a.places.iter().zip(&b.places).map(|(x, y)| x * n_second + y).collect();
            let moments = moments(&places, a.parts.len() * n_second, &losses);
            let candidate = |(place, moments): (usize, &Moments)| {
                let (x, y) = (place / n_second, place % n_second);
                let is_worse = moments.mean() > single_losses[first][x].max(single_losses[second][y]);
                Candidate::test(vec![(first, x), (second, y)], moments, &all, config, is_worse)
            };
            tested.extend(moments.iter().enumerate().filter_map(candidate));
        }
    }
    let p_values: Vec<f64> = tested.iter().map(|candidate| candidate.p).collect();
    let n_tested = tested.len();
    let judged = tested.into_iter().zip(benjamini_hochberg(&p_values));
    let mut slices: Vec<Slice> = judged
        .filter(|(candidate, q)| candidate.is_reported && *q <= config.max_q)
        .map(|(candidate, q)| candidate.into_slice(&parted, q))
        .collect();
    slices.order_by(|a, b| b.difference.total_cmp(&a.difference));
    Search { slices, n_tested }
}

/// A feature cut into parts.
struct Parted {
    parts: Vec<Part>,
    /// The part of each row.
    places: Vec<usize>,
}

impl Parted {
    fn new(feature: &Input, rows: &[usize], n_bins: usize) -> Self {
        match feature {
            Input::Numeric(values) => Self::numeric(values, rows, n_bins.max(1)),
            Input::Categorical(values) => Self::categorical(values, rows),
        }
    }

    fn numeric(values: &[f64], rows: &[usize], n_bins: usize) -> Self {
        let values: Vec<f64> = rows.iter().map(|&row| values.get(row).copied().unwrap_or(f64::NAN)).collect();
        let sorted = finite::sorted_present(&values);
        let quantile = |bin: usize| quantile_sorted(&sorted, bin as f64 / n_bins as f64);
        let mut edges: Vec<f64> = (0..=n_bins).filter_map(quantile).collect();
        edges.dedup();
        let n_ranges = edges.len().saturating_sub(1).max(usize::from(!edges.is_empty()));
        let edge = |place: usize| edges.get(place).or(edges.last()).copied().unwrap_or(f64::NAN);
        let mut parts: Vec<Part> =
            (0..n_ranges).map(|place| Part::Range { low: edge(place), high: edge(place + 1) }).collect();
        parts.push(Part::Missing);
        let place = |value: &f64| {
            let n_passed = edges.partition_point(|edge| edge <= value);
            let is_present = finite::is_present(*value);
            if is_present { n_passed.saturating_sub(1).min(n_ranges.saturating_sub(1)) } else { n_ranges }
        };
        Self { places: values.iter().map(place).collect(), parts }
    }

    fn categorical(values: &[Option<String>], rows: &[usize]) -> Self {
        let of_row = |row: usize| values.get(row).and_then(Option::as_deref);
        let mut distinct: Vec<&str> = rows.iter().filter_map(|&row| of_row(row)).collect();
        distinct.sort_unstable();
        distinct.dedup();
        let place = |&row: &usize| {
            let found = of_row(row).and_then(|value| distinct.binary_search(&value).ok());
            found.unwrap_or(distinct.len())
        };
        let places = rows.iter().map(place).collect();
        let mut parts: Vec<Part> = distinct.iter().map(|value| Part::Category((*value).to_owned())).collect();
        parts.push(Part::Missing);
        Self { parts, places }
    }
}

/// Count, sum and sum of squares of the losses of some rows.
#[derive(Clone, Copy, Default)]
struct Moments {
    n: usize,
    sum: f64,
    squares: f64,
}

impl Moments {
    fn of(losses: impl Iterator<Item = f64>) -> Self {
        let mut moments = Self::default();
        losses.for_each(|loss| moments.add(loss));
        moments
    }

    fn add(&mut self, loss: f64) {
        self.n += 1;
        self.sum += loss;
        self.squares += loss * loss;
    }

    fn mean(&self) -> f64 {
        self.sum / self.n as f64
    }

    fn sample(&self) -> Sample {
        let mean = self.mean();
        let squares = (self.squares - self.sum * mean).max(0.0);
        Sample { n: self.n as u64, mean, variance: squares / (self.n as f64 - 1.0) }
    }
}

fn moments(places: &[usize], n_parts: usize, losses: &[f64]) -> Vec<Moments> {
    let mut moments = vec![Moments::default(); n_parts];
    for (place, loss) in places.iter().zip(losses) {
        moments[*place].add(*loss);
    }
    moments
}

struct Candidate {
    /// Feature and part.
    places: Vec<(usize, usize)>,
    n: usize,
    loss: f64,
    difference: f64,
    interval: Interval,
    p: f64,
    is_reported: bool,
}

impl Candidate {
    fn test(
        places: Vec<(usize, usize)>,
        inside: &Moments,
        all: &Moments,
        config: Config,
        is_reported: bool,
    ) -> Option<Self> {
        let rest = Moments { n: all.n - inside.n, sum: all.sum - inside.sum, squares: all.squares - inside.squares };
        if inside.n < config.min_rows.max(2) || rest.n < config.min_rows.max(2) {
            return None;
        }
        let test = welch(&inside.sample(), &rest.sample(), config.level)?;
        Some(Self {
            places,
            n: inside.n,
            loss: inside.mean(),
            difference: test.estimate,
            interval: test.interval,
            p: test.p,
            is_reported: is_reported && test.estimate > 0.0,
        })
    }

    fn into_slice(self, parted: &[Parted], q: f64) -> Slice {
        let named = |(feature, place): (usize, usize)| (feature, parted[feature].parts[place].clone());
        Slice {
            conditions: self.places.into_iter().map(named).collect(),
            n: self.n,
            loss: self.loss,
            difference: self.difference,
            interval: self.interval,
            q,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::rng::Rng;

    /// Errors of 10 %, and of 60 % where the region is north and the age above 0.75.
    fn table(bad_rate: f64) -> (Vec<Input>, Vec<f64>) {
        let mut rng = Rng::new(8);
        let age: Vec<f64> = (0..2_000).map(|_| rng.next_f64()).collect();
        let region: Vec<Option<String>> =
            (0..2_000).map(|_| Some(["north", "south", "west"][rng.below(3)].to_owned())).collect();
        let is_bad = |row: usize| age[row] > 0.75 && region[row].as_deref() == Some("north");
        let losses = (0..2_000)
            .map(|row| f64::from(u8::from(rng.bernoulli(if is_bad(row) { bad_rate } else { 0.1 }))))
            .collect();
        (vec![Input::Numeric(age), Input::Categorical(region)], losses)
    }

    #[test]
    fn a_planted_slice_is_the_worst() {
        let (features, losses) = table(0.6);
        let worst = &worst_slices(&features, &losses, Config::default()).slices[0];
        let [(0, Part::Range { low, .. }), (1, Part::Category(region))] = &worst.conditions[..] else {
            panic!("{worst:?}")
        };
        assert!((low - 0.75).abs() < 0.05 && region == "north" && worst.q < 1e-6 && worst.loss > 0.4);
    }

    #[test]
    fn nothing_is_found_where_nothing_is() {
        let (features, losses) = table(0.1);
        let search = worst_slices(&features, &losses, Config::default());
        assert!(search.slices.is_empty() && search.n_tested > 10, "{search:?}");
    }

    #[test]
    fn missing_values_are_a_part_of_their_own() {
        let mut values = vec![1.0; 100];
        values[..50].fill(f64::NAN);
        let losses: Vec<f64> = (0..100).map(|row| f64::from(row < 50) + f64::from(row % 3) * 0.01).collect();
        let search = worst_slices(&[Input::Numeric(values)], &losses, Config::default());
        assert_eq!(search.slices[0].conditions, [(0, Part::Missing)]);
        assert_eq!(search.slices[0].n, 50);
    }

    #[test]
    fn small_or_empty_tables_have_no_slices() {
        let few = worst_slices(&[Input::Numeric(vec![1.0; 10])], &[1.0; 10], Config::default());
        assert_eq!(few, Search { slices: vec![], n_tested: 0 });
        assert_eq!(worst_slices(&[], &[], Config::default()), few);
    }
}
