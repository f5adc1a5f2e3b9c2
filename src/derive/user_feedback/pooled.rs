//! Scores of many people as one number with an interval over people.

use std::collections::{BTreeMap, BTreeSet};

use super::answers::{Answer, Score};
use crate::derive::shared::LEVEL;
use crate::frame::{Column, Frame, Table, Values};
use crate::privacy::Release;
use crate::stats::interval::{
    Interval, PairedCounts, Proportion, Sample, mean_interval, newcombe, newcombe_paired, welch, wilson,
};
use crate::stats::mover;

/// A score over the answers of some people.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pooled {
    /// The number, in the unit of the score; `NaN` where too few people answered to show it.
    pub(super) value: f64,
    pub(super) interval: Option<Interval>,
    /// People who answered; `NaN` where hidden.
    pub(super) n_people: f64,
    /// Their answers; `NaN` where hidden.
    pub(super) n_answers: f64,
    /// People who answered so that it counts for the score, and against it: those that a share or NPS is a share of. `NaN` of a rating.
    n_for: f64,
    n_against: f64,
    basis: Basis,
}

/// What differences are judged by.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Basis {
    Mean(Sample),
    Rate(Proportion),
    Other,
}

impl Pooled {
    /// The answers' score; `None` where nobody answered.
    ///
    /// A rating is the mean over people of each one's mean, with Student's t interval. Shares are of answers, with Wilson's interval
    /// as if the answers of a person were one. NPS is the share of promoters less that of detractors times 100, with Newcombe's
    /// interval for two shares of the same people.
    pub(super) fn of<'a>(score: Score, answers: impl Iterator<Item = &'a Answer>) -> Option<Self> {
        let mut people: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
        let (mut n_up, mut n_down) = (0.0, 0.0);
        let (mut people_for, mut people_against) = (BTreeSet::new(), BTreeSet::new());
        for answer in answers {
            let (Some(user), Some(counted)) = (answer.user.as_deref(), answer.counted(score)) else { continue };
            let (sum, n) = people.entry(user).or_default();
            (*sum, *n) = (*sum + counted, *n + 1.0);
            if counted > 0.0 {
                people_for.insert(user);
            } else if counted < 0.0 || score != Score::Nps {
                people_against.insert(user);
            }
            n_up += f64::from(u8::from(counted > 0.0));
            n_down += f64::from(u8::from(counted < 0.0));
        }
        let n_answers: f64 = people.values().map(|(_, n)| n).sum();
        if people.is_empty() {
            return None;
        }
        let n_people = people.len() as f64;
        let (value, interval, basis) = match score {
            Score::Rating => {
                let means: Vec<f64> = people.values().map(|(sum, n)| sum / n).collect();
                let sample = Sample::of(&means)?;
                // People who all say the same have no spread to measure by.
                let interval = mean_interval(&sample, LEVEL).filter(|_| sample.variance > 0.0);
                (sample.mean, interval, Basis::Mean(sample))
            }
            Score::Thumbs | Score::Csat => {
                let share = n_up / n_answers;
                let rate = Proportion::new((share * n_people).round() as u64, people.len() as u64)?;
                (share, wilson(rate, LEVEL).map(|i| around(share, i)), Basis::Rate(rate))
            }
            Score::Nps => {
                let of = |n: f64| (n / n_answers * n_people).round() as u64;
                let (promoters, detractors) = (of(n_up), of(n_down));
                let neither = (people.len() as u64).saturating_sub(promoters + detractors);
                let counts = PairedCounts { both: 0, first_only: promoters, second_only: detractors, neither };
                let value = 100.0 * (n_up - n_down) / n_answers;
                let interval = newcombe_paired(counts, LEVEL)
                    .and_then(|i| Interval::new(100.0 * i.low.max(-1.0), 100.0 * i.high.min(1.0)))
                    .map(|i| around(value, i));
                (value, interval, Basis::Other)
            }
        };
        let count = |people: &BTreeSet<&str>| if score == Score::Rating { f64::NAN } else { people.len() as f64 };
        let (n_for, n_against) = (count(&people_for), count(&people_against));
        Some(Self { value, interval, n_people, n_answers, n_for, n_against, basis })
    }

    /// A group whose every number is missing.
    pub(super) fn hidden() -> Self {
        let nan = f64::NAN;
        let basis = Basis::Other;
        Self { value: nan, interval: None, n_people: nan, n_answers: nan, n_for: nan, n_against: nan, basis }
    }

    pub(super) fn is_hidden(&self) -> bool {
        self.n_people.is_nan()
    }

    /// Interval of `self` less `other` at a level: Welch's for ratings, Newcombe's for shares, MOVER for NPS (at 95 % only).
    pub(super) fn difference(&self, other: &Self, level: f64) -> Option<Interval> {
        match (self.basis, other.basis) {
            (Basis::Mean(a), Basis::Mean(b)) => welch(&a, &b, level).map(|found| found.interval),
            (Basis::Rate(a), Basis::Rate(b)) => {
                let interval = newcombe(a, b, level)?;
                Some(around(self.value - other.value, interval))
            }
            _ => mover::difference((self.value, self.interval?), (other.value, other.interval?)),
        }
    }
}

/// The interval widened so that it holds the estimate, which whole people cannot always match.
fn around(value: f64, interval: Interval) -> Interval {
    Interval { low: interval.low.min(value), high: interval.high.max(value) }
}

/// Hides the groups of fewer than `k` people, those of whom fewer answered one way or the other, and those that would give them away
/// beside the score over everybody.
///
/// `names` are the keys of each group; totals over each key are taken to be public.
pub(super) fn guard(names: &[Vec<String>], groups: &mut [Pooled], whole: Option<Pooled>, k: Option<u32>) {
    let Some(k) = k else { return };
    let mut release = Release::default();
    let mut whole: Vec<Pooled> = whole.into_iter().collect();
    let unnamed = vec![Vec::new(); whole.len()];
    hide(&mut release, &unnamed, &mut whole, k);
    hide(&mut release, names, groups, k);
}

/// Hides what must be hidden beside what was shown before.
fn hide(release: &mut Release, names: &[Vec<String>], groups: &mut [Pooled], k: u32) {
    let n_keys = names.first().map_or(0, Vec::len);
    let titles: Vec<String> = (0..n_keys).map(|at| format!("key {at}")).collect();
    let mut columns: Vec<Column> = titles
        .iter()
        .enumerate()
        .map(|(at, title)| Column::new(title.clone(), Values::text(names.iter().map(|name| name.get(at)))))
        .collect();
    let count = |of: fn(&Pooled) -> f64| Values::numbers(groups.iter().map(of));
    columns.push(Column::new("units", count(|group| group.n_people)));
    columns.push(Column::new("for", count(|group| group.n_for)));
    columns.push(Column::new("against", count(|group| group.n_against)));
    let Some(table) = Table::new(columns) else { return };
    let keys: Vec<&str> = titles.iter().map(String::as_str).collect();
    let is_share = groups.iter().any(|group| group.n_for.is_finite());
    let ones: &[&str] = if is_share { &["for", "against"] } else { &[] };
    let (guarded, n_hidden) = release.guard_counts(&keys, ones, &Frame::from_table(table), k);
    if n_hidden == 0 {
        return;
    }
    for (row, group) in groups.iter_mut().enumerate() {
        let is_hidden = |column: &&str| guarded.table().is_none_or(|table| table.number(column, row).is_nan());
        if ["units"].iter().chain(ones).any(is_hidden) {
            *group = Pooled::hidden();
        }
    }
}

/// How many different people are among the answers.
pub(super) fn n_people(answers: &[Answer]) -> f64 {
    answers.iter().filter_map(|answer| answer.user.as_deref()).collect::<BTreeSet<_>>().len() as f64
}
