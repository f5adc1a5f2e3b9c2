//! Requests over time by who or what they belong to, summed from series.
//!
//! A missing point of a table is no request; of a counter it is not known, and stays out.

use std::collections::BTreeMap;

use crate::frame::Frame;
use crate::order::Order;
use crate::stats::bootstrap::{Config, Design, block_length, bootstrap};
use crate::stats::finite::is_present;
use crate::stats::interval::Interval;

/// Fewer points of time than this have no interval: their blocks would be the series itself.
const MIN_POINTS: usize = 8;
/// From this many days on, blocks are at least a week.
const MIN_WEEKLY: usize = 28;
const WEEK: usize = 7;

/// Numbers by instant in milliseconds.
pub(super) type Points = BTreeMap<i64, f64>;

/// Requests of one model, team, feature or caller.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stream {
    /// What the label says; empty where it says nothing.
    pub(super) name: String,
    /// Requests by start of the step; only finite ones.
    pub(super) points: Points,
}

impl Stream {
    /// Requests over all points.
    pub(super) fn total(&self) -> f64 {
        self.points.values().sum()
    }

    /// The last instant with a request.
    pub(super) fn last(&self) -> Option<f64> {
        self.points.iter().rev().find(|(_, n)| **n > 0.0).map(|(at, _)| *at as f64)
    }

    /// Shown name.
    pub(super) fn title(&self) -> &str {
        if self.name.is_empty() { "(none)" } else { &self.name }
    }
}

/// The series of a frame by the value of a label, those with the most requests first.
pub(super) fn streams(frame: &Frame, label: &str) -> Vec<Stream> {
    let mut found: BTreeMap<String, Points> = BTreeMap::new();
    for series in frame.series() {
        let points = found.entry(series.labels.get(label).unwrap_or_default().to_owned()).or_default();
        for (x, y) in series.points().filter(|(x, y)| is_present(*x) && is_present(*y)) {
            *points.entry(x as i64).or_default() += y;
        }
    }
    let mut streams: Vec<Stream> = found.into_iter().map(|(name, points)| Stream { name, points }).collect();
    streams.order_by(|a, b| b.total().total_cmp(&a.total()));
    streams
}

/// All streams together.
pub(super) fn summed<'a>(streams: impl IntoIterator<Item = &'a Stream>) -> Points {
    let mut sum = Points::new();
    for (at, n) in streams.into_iter().flat_map(|stream| &stream.points) {
        *sum.entry(*at).or_default() += n;
    }
    sum
}

/// The points whose whole step lies in a range; where every step is cut, all of them.
pub(super) fn whole(points: &Points, (from_ms, to_ms): (i64, i64), step_ms: i64) -> Points {
    let inside = |at: &i64| *at >= from_ms && at + step_ms <= to_ms;
    let kept: Points = points.iter().filter(|(at, _)| inside(at)).map(|(at, n)| (*at, *n)).collect();
    if kept.is_empty() { points.clone() } else { kept }
}

/// Zero for every step without a point between the ends of a range, where the steps begin at multiples of `step_ms`.
pub(super) fn filled(points: &Points, (from_ms, to_ms): (i64, i64), step_ms: i64) -> Points {
    let first = from_ms.div_euclid(step_ms) + i64::from(from_ms.rem_euclid(step_ms) > 0);
    let starts = (first..).map(|i| i * step_ms).take_while(|at| at + step_ms <= to_ms);
    let mut all: Points = starts.map(|at| (at, 0.0)).collect();
    all.extend(points.iter().map(|(at, n)| (*at, *n)));
    all
}

/// A number over a series of steps, with the interval that the swings of the series allow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Measured {
    pub(super) estimate: f64,
    /// Moving-block bootstrap; `None` for few steps.
    pub(super) interval: Option<Interval>,
    /// Steps behind it.
    pub(super) n_steps: usize,
}

impl Measured {
    pub(super) fn with_interval(&self) -> Option<(f64, Interval)> {
        self.interval.map(|interval| (self.estimate, interval))
    }
}

/// Mean requests a step; `None` without steps.
pub(super) fn mean(points: &Points) -> Option<Measured> {
    let values: Vec<f64> = points.values().copied().collect();
    let of = |rows: &[usize]| rows.iter().filter_map(|&row| values.get(row)).sum::<f64>() / rows.len() as f64;
    measured(&values, of)
}

/// Requests out of the decisions that could have asked: the ratio of the sums over all steps; `None` without decisions.
pub(super) fn share(requests: &Points, decisions: &Points) -> Option<Measured> {
    let at: std::collections::BTreeSet<i64> = requests.keys().chain(decisions.keys()).copied().collect();
    let pick = |points: &Points| at.iter().map(|at| points.get(at).copied().unwrap_or(0.0)).collect::<Vec<f64>>();
    let (asked, could) = (pick(requests), pick(decisions));
    let of = |rows: &[usize]| {
        let sum = |values: &[f64]| rows.iter().filter_map(|&row| values.get(row)).sum::<f64>();
        let n = sum(&could);
        if n > 0.0 { sum(&asked) / n } else { f64::NAN }
    };
    let ratios: Vec<f64> = asked.iter().zip(&could).map(|(a, b)| a / b).collect();
    measured(&ratios, of)
}

/// A statistic of steps with its moving-block bootstrap; `swings` sets the length of the blocks.
fn measured(swings: &[f64], statistic: impl Fn(&[usize]) -> f64) -> Option<Measured> {
    let n = swings.len();
    let all: Vec<usize> = (0..n).collect();
    let estimate = statistic(&all);
    if n == 0 || !is_present(estimate) {
        return None;
    }
    let least = if n >= MIN_WEEKLY { WEEK } else { 1 };
    let design = Design::Blocks { n, block_rows: block_length(swings).max(least) };
    let found = (n >= MIN_POINTS).then(|| bootstrap(design, Config::default(), statistic)).flatten();
    let interval = found.and_then(|f| f.interval).filter(|i| i.contains(estimate));
    Some(Measured { estimate, interval, n_steps: n })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(values: &[f64]) -> Points {
        values.iter().enumerate().map(|(at, n)| (at as i64 * 10, *n)).collect()
    }

    #[test]
    fn a_constant_has_a_mean_without_width() {
        let found = mean(&points(&[4.0; 30])).unwrap();
        let interval = found.interval.unwrap();
        assert_eq!((found.estimate, interval.low, interval.high, found.n_steps), (4.0, 4.0, 4.0, 30));
    }

    #[test]
    fn few_steps_have_no_interval_and_none_no_mean() {
        assert_eq!(mean(&points(&[1.0, 2.0])), Some(Measured { estimate: 1.5, interval: None, n_steps: 2 }));
        assert_eq!(mean(&Points::new()), None);
        assert_eq!(share(&points(&[1.0]), &Points::new()), None);
    }

    #[test]
    fn the_share_is_that_of_the_sums_and_its_interval_holds_it() {
        let asked: Vec<f64> = (0..40).map(|i| f64::from(60 + i % 7)).collect();
        let could: Vec<f64> = (0..40).map(|i| f64::from(100 + i % 5)).collect();
        let found = share(&points(&asked), &points(&could)).unwrap();
        let sums = asked.iter().sum::<f64>() / could.iter().sum::<f64>();
        assert!((found.estimate - sums).abs() < 1e-12);
        let interval = found.interval.unwrap();
        assert!(interval.contains(sums) && interval.width() > 0.0 && interval.width() < 0.1);
    }

    #[test]
    fn steps_without_a_row_are_zero_and_cut_ones_are_left_out() {
        let some = Points::from([(20, 5.0)]);
        assert_eq!(filled(&some, (5, 40), 10), Points::from([(10, 0.0), (20, 5.0), (30, 0.0)]));
        let cut = Points::from([(0, 1.0), (10, 2.0), (30, 3.0)]);
        assert_eq!(whole(&cut, (5, 35), 10), Points::from([(10, 2.0)]));
        assert_eq!(whole(&cut, (5, 9), 10), cut);
    }
}
