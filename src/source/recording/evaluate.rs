//! Series queries over recorded samples: matchers, measures, folding and the grid of points, as a live Prometheus answers them.
//!
//! The envelope of folded series is made of their extremes within the recording's own spacing, so that a spike of one series shows.

use std::collections::BTreeMap;

use super::files;
use super::samples::{Extent, Samples};
use super::store::Store;
use crate::frame::{Envelope, Frame, Labels, Sampled, Series, XKind};
use crate::query::{Aggregate, Measure, Selector, SeriesQuery};
use crate::source::read::Condition;
use crate::source::{Cause, Failure};
use crate::units::Unit;

/// Windows within one step that an envelope is made of, at most.
const MAX_PARTS: i64 = 48;
/// Points of one series, at most, as Prometheus has it.
const MAX_POINTS: i64 = 11_000;

/// Answers a query for series from what is parsed.
///
/// # Errors
/// [`Cause::NotFound`] if no file of the recording has the metric, [`Cause::Rejected`] for more points than Prometheus would give.
pub fn series(store: &Store, query: &SeriesQuery, conditions: &[Condition]) -> Result<Frame, Failure> {
    let Selector::Named { name, .. } = &query.selector else { return Ok(Frame::default()) };
    let is_recorded = store.manifest().is_some_and(|m| m.series.iter().any(|f| f.names.contains(name)));
    if !is_recorded {
        return Err(Failure::new(Cause::NotFound, format!("the recording has no metric {name:?}")));
    }
    let chosen: Vec<(&Labels, &Samples)> = store
        .series(name)
        .filter(|(labels, _)| conditions.iter().all(|c| c.accepts(labels.get(&c.label).unwrap_or(""))))
        .collect();
    let grid = Grid::new(query, files::spacing_ms(store, name, query.range), store.shift_ms());
    if grid.n_points > MAX_POINTS {
        let text = format!("{} points were asked, at most {MAX_POINTS} are given", grid.n_points);
        return Err(Failure::new(Cause::Rejected, text));
    }
    let by = query.by.as_ref().map(|by| {
        let mut by = by.clone();
        if query.measure == Measure::Buckets && !by.iter().any(|l| l == "le") {
            by.push("le".into());
        }
        by
    });
    let mut groups: BTreeMap<Labels, Vec<&Samples>> = BTreeMap::new();
    for (labels, samples) in chosen {
        groups.entry(by.as_ref().map_or_else(|| labels.clone(), |by| labels.only(by))).or_default().push(samples);
    }
    let answered = groups.into_iter().filter_map(|(labels, group)| folded(&grid, query, labels, &group)).collect();
    let sampled = (grid.step_ms > query.step_ms).then(|| Sampled { how: format!("every {}", duration(grid.step_ms)) });
    Ok(Frame { sampled, simulated_before_ms: store.simulated_before_ms(), ..Frame::from_series(answered) })
}

/// The points of an answer and the windows that they describe, in recorded time.
struct Grid {
    first_ms: i64,
    step_ms: i64,
    n_points: i64,
    n_parts: i64,
    shift_ms: i64,
}

impl Grid {
    /// The asked grid, or one with the recording's spacing where the asked one is finer.
    fn new(query: &SeriesQuery, spacing_ms: i64, shift_ms: i64) -> Self {
        let range = query.range.shifted(-shift_ms);
        let asked = query.step_ms.max(1);
        let step_ms = asked.max(spacing_ms);
        Self {
            first_ms: range.from_ms,
            step_ms,
            n_points: range.width_ms() / step_ms + 1,
            n_parts: (step_ms / spacing_ms.max(1)).clamp(1, MAX_PARTS),
            shift_ms,
        }
    }

    /// The windows of the grid, each as its start and end.
    fn windows(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        (0..self.n_points).map(|i| {
            let end = self.first_ms.saturating_add(i.saturating_mul(self.step_ms));
            ((end - self.step_ms) as f64, end as f64)
        })
    }

    /// The parts of a window.
    fn parts(&self, (from, to): (f64, f64)) -> impl Iterator<Item = (f64, f64)> {
        let n = self.n_parts as f64;
        let edge = move |i: i64| from + (to - from) * i as f64 / n;
        (0..self.n_parts).map(move |i| (edge(i), edge(i + 1)))
    }
}

/// One series of the answer; `None` if it has no point.
fn folded(grid: &Grid, query: &SeriesQuery, labels: Labels, group: &[&Samples]) -> Option<Series> {
    let points: Vec<Extent> = grid.windows().map(|window| point(grid, query, group, window)).collect();
    if points.iter().all(|p| p.mean.is_nan() && p.high.is_nan()) && !has_value(grid, query, group) {
        return None;
    }
    let x = grid.windows().map(|(_, end)| end + grid.shift_ms as f64).collect();
    let y = points.iter().map(|p| p.mean).collect();
    let envelope = matches!(query.measure, Measure::Gauge | Measure::Rate).then(|| Envelope {
        low: points.iter().map(|p| p.low).collect(),
        high: points.iter().map(|p| p.high).collect(),
    });
    Some(Series { envelope, ..Series::new(labels, Unit::default(), XKind::Time, x, y) })
}

/// Whether the group has a value at any point, be it no number.
fn has_value(grid: &Grid, query: &SeriesQuery, group: &[&Samples]) -> bool {
    matches!(query.measure, Measure::Gauge | Measure::Instant)
        && grid.windows().any(|(_, end)| group.iter().any(|s| s.value_at(end).is_some()))
}

const NOTHING: Extent = Extent { mean: f64::NAN, low: f64::NAN, high: f64::NAN };

fn point(grid: &Grid, query: &SeriesQuery, group: &[&Samples], window: (f64, f64)) -> Extent {
    let (from, to) = window;
    let seconds = |(from, to): (f64, f64)| (to - from) / 1_000.0;
    // Counters always add up.
    let total = |window: (f64, f64)| {
        let parts = group.iter().filter_map(|s| s.increase(window.0, window.1));
        fold(Aggregate::Sum, parts).unwrap_or(f64::NAN)
    };
    match query.measure {
        Measure::Instant => {
            let mean = fold(query.aggregate, group.iter().filter_map(|s| s.value_at(to))).unwrap_or(f64::NAN);
            Extent { mean, ..NOTHING }
        }
        Measure::Increase | Measure::Buckets => Extent { mean: total(window), ..NOTHING },
        Measure::Rate => {
            let rates: Vec<f64> = grid.parts(window).map(|part| total(part) / seconds(part)).collect();
            Extent { mean: total(window) / seconds(window), low: least(&rates), high: greatest(&rates) }
        }
        Measure::Gauge => {
            let parts: Vec<Extent> =
                grid.parts((from, to)).filter_map(|p| gauge_part(query.aggregate, group, p)).collect();
            let of = |f: fn(&Extent) -> f64| -> Vec<f64> { parts.iter().map(f).collect() };
            let means = of(|e| e.mean);
            let mean = fold(Aggregate::Avg, means.into_iter().filter(|m| m.is_finite())).unwrap_or(f64::NAN);
            Extent { mean, low: least(&of(|e| e.low)), high: greatest(&of(|e| e.high)) }
        }
    }
}

/// Folded gauges over one part of a window: the extremes are those that the samples allow.
fn gauge_part(aggregate: Aggregate, group: &[&Samples], (from, to): (f64, f64)) -> Option<Extent> {
    let extents: Vec<Extent> = group.iter().filter_map(|s| s.gauge(from, to)).collect();
    let of = |f: fn(&Extent) -> f64| fold(aggregate, extents.iter().map(f));
    Some(Extent { mean: of(|e| e.mean)?, low: of(|e| e.low)?, high: of(|e| e.high)? })
}

/// Folds values; `None` without any. A value that is no number makes a sum or mean none, as in Prometheus.
fn fold(aggregate: Aggregate, values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut n, mut sum, mut low, mut high) = (0_u32, 0.0, f64::NAN, f64::NAN);
    for value in values {
        n += 1;
        sum += value;
        low = value.min(low);
        high = value.max(high);
    }
    (n > 0).then(|| match aggregate {
        Aggregate::Sum => sum,
        Aggregate::Avg => sum / f64::from(n),
        Aggregate::Min => low,
        Aggregate::Max => high,
    })
}

/// Lowest number; `NaN` if there is none.
fn least(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NAN, f64::min)
}

/// Highest number; `NaN` if there is none.
fn greatest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NAN, f64::max)
}

fn duration(ms: i64) -> String {
    match ms / 1_000 {
        s if s % 86_400 == 0 => format!("{} d", s / 86_400),
        s if s % 3_600 == 0 => format!("{} h", s / 3_600),
        s if s % 60 == 0 => format!("{} min", s / 60),
        s => format!("{s} s"),
    }
}
