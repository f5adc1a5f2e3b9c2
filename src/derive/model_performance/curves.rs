//! The curves of a classifier under one threshold: ROC, precision-recall and reliability; and its accuracy over time.

use crate::derive::shared::labelled::DEFAULT_THRESHOLD;
use crate::derive::shared::{LEVEL, block, lines};
use crate::frame::Labels;
use crate::query::TimeRange;
use crate::stats::calibration::{Forecasts, N_BINS};
use crate::stats::curves::Scores;
use crate::stats::interval::{Proportion, wilson};
use crate::stats::lttb::lttb;
use crate::units::Unit;
use crate::view::{AxisSpec, Block, BlockBody, Event, Line, LineRole, Lines, ThresholdCursor, XScale};

use super::side::Side;

/// Points of a drawn curve; the shape of more is kept by largest triangles.
const MAX_POINTS: usize = 300;
const HOUR_MS: i64 = 3_600_000;

/// A side with the name and colour of its line.
pub(super) struct Named<'a> {
    /// Shown name.
    pub(super) title: String,
    /// Its rows.
    pub(super) side: &'a Side,
    /// Identity.
    pub(super) series: Labels,
    /// What its line is.
    pub(super) role: LineRole,
}

impl Named<'_> {
    fn line(&self, points: Vec<(f64, f64)>) -> Line {
        let (x, y) = thinned(points);
        Line {
            title: self.title.clone(),
            series: self.series.clone(),
            entity: lines::entity(&self.series),
            role: self.role,
            x,
            y,
            ..Line::default()
        }
    }
}

/// At most [`MAX_POINTS`] points of a curve, its ends among them.
fn thinned(points: Vec<(f64, f64)>) -> (Vec<f64>, Vec<f64>) {
    let (x, y): (Vec<f64>, Vec<f64>) = points.into_iter().unzip();
    if x.len() <= MAX_POINTS {
        return (x, y);
    }
    let kept = lttb(&x, &y, MAX_POINTS);
    let pick = |values: &[f64]| kept.iter().filter_map(|&i| values.get(i).copied()).collect();
    (pick(&x), pick(&y))
}

/// An axis of shares from 0 to 1.
pub(super) fn share_axis(title: &str) -> AxisSpec {
    AxisSpec {
        title: title.to_owned(),
        unit: Unit::from("percentunit"),
        scale: XScale::Linear,
        min: Some(0.0),
        max: Some(1.0),
        ..AxisSpec::default()
    }
}

/// A line that names no thing of its own.
pub(super) fn guide(x: Vec<f64>, y: Vec<f64>) -> Line {
    Line { role: LineRole::Guide, x, y, ..Line::default() }
}

/// ROC, precision-recall and reliability side by side, with the threshold's place on the first side.
pub(super) fn curves(model: &str, threshold: Option<f64>, sides: &[Named<'_>]) -> Vec<Block> {
    let Some(first) = sides.first() else { return Vec::new() };
    let threshold = threshold.unwrap_or(DEFAULT_THRESHOLD);
    let scores = Scores::new(&first.side.labelled.scores, &first.side.positives);
    let cursor = |x: f64, y: f64| ThresholdCursor { model: model.to_owned(), threshold, x, y };
    let counts = scores.at(threshold);
    let at = counts.scores();
    let mut blocks = Vec::new();
    if scores.roc().is_some() {
        let false_alarms = counts.false_positives as f64 / scores.n_negative().max(1) as f64;
        let body = Lines {
            metric: "roc".to_owned(),
            x: share_axis("false positive rate"),
            y: share_axis("true positive rate"),
            lines: drawn(sides, roc).into_iter().chain([guide(vec![0.0, 1.0], vec![0.0, 1.0])]).collect(),
            threshold: Some(cursor(false_alarms, at.recall)),
            ..Lines::default()
        };
        blocks.push(block("roc", "ROC", BlockBody::Lines(body)).of_width(4));
    }
    if scores.precision_recall().is_some() {
        let share = scores.n_positive() as f64 / scores.n().max(1) as f64;
        let body = Lines {
            metric: "precision-recall".to_owned(),
            x: share_axis("recall"),
            y: share_axis("precision"),
            lines: drawn(sides, precision_recall)
                .into_iter()
                .chain([guide(vec![0.0, 1.0], vec![share, share])])
                .collect(),
            threshold: Some(cursor(at.recall, at.precision)),
            ..Lines::default()
        };
        blocks.push(block("precision-recall", "Precision and recall", BlockBody::Lines(body)).of_width(4));
    }
    if scores.n() > 0 {
        let lines = drawn(sides, |named| Some(reliability(named, &named.side.labelled.scores, &named.side.positives)));
        let height = lines.first().map_or(threshold, |line| interpolated(&line.x, &line.y, threshold));
        let body = reliability_body(lines, "predicted", "share positive", Some(cursor(threshold, height)));
        blocks.push(block("reliability", "Reliability", BlockBody::Lines(body)).of_width(4));
    }
    blocks
}

/// Reliability of a multiclass model's own confidence: how often it is right when it is that sure.
pub(super) fn confidence(sides: &[Named<'_>]) -> Option<Block> {
    let lines = drawn(sides, |named| {
        let has_scores = named.side.labelled.scores.iter().any(|score| score.is_finite());
        has_scores.then(|| reliability(named, &named.side.labelled.scores, &named.side.hits()))
    });
    if lines.is_empty() {
        return None;
    }
    let body = reliability_body(lines, "confidence", "share right", None);
    Some(block("reliability", "Reliability of the chosen class", BlockBody::Lines(body)).of_width(6))
}

/// The frame of a reliability curve, with its diagonal.
pub(super) fn reliability_body(mut lines: Vec<Line>, x: &str, y: &str, threshold: Option<ThresholdCursor>) -> Lines {
    lines.push(guide(vec![0.0, 1.0], vec![0.0, 1.0]));
    Lines { metric: "reliability".to_owned(), x: share_axis(x), y: share_axis(y), lines, threshold, ..Lines::default() }
}

fn drawn(sides: &[Named<'_>], line: impl Fn(&Named<'_>) -> Option<Line>) -> Vec<Line> {
    sides.iter().filter_map(line).collect()
}

fn sorted_scores(named: &Named<'_>) -> Scores {
    Scores::new(&named.side.labelled.scores, &named.side.positives)
}

fn roc(named: &Named<'_>) -> Option<Line> {
    let points = sorted_scores(named).roc()?;
    Some(named.line(points.iter().map(|p| (p.false_positive_rate, p.true_positive_rate)).collect()))
}

fn precision_recall(named: &Named<'_>) -> Option<Line> {
    let points = sorted_scores(named).precision_recall()?;
    Some(named.line(points.iter().rev().map(|p| (p.recall, p.precision)).collect()))
}

fn reliability(named: &Named<'_>, probabilities: &[f64], labels: &[bool]) -> Line {
    let bins = Forecasts::new(probabilities, labels).reliability(N_BINS, LEVEL);
    let mut line = named.line(bins.iter().map(|bin| (bin.predicted, bin.observed)).collect());
    if named.role == LineRole::Main {
        line.low = bins.iter().map(|bin| bin.interval.map_or(f64::NAN, |i| i.low)).collect();
        line.high = bins.iter().map(|bin| bin.interval.map_or(f64::NAN, |i| i.high)).collect();
    }
    line
}

/// The curve's height at `x`, straight between its points and level beyond its ends; `x` itself for no points.
pub(super) fn interpolated(xs: &[f64], ys: &[f64], x: f64) -> f64 {
    let after = xs.partition_point(|&p| p < x);
    let point = |i: usize| xs.get(i).copied().zip(ys.get(i).copied());
    match (after.checked_sub(1).and_then(point), point(after)) {
        (Some((x0, y0)), Some((x1, y1))) if x1 > x0 => y0 + (y1 - y0) * (x - x0) / (x1 - x0),
        (_, Some((_, y))) | (Some((_, y)), None) => y,
        (None, None) => x,
    }
}

/// Share of right decisions step by step, with Wilson's band; lines of another range are moved onto `range`.
pub(super) fn accuracy_over_time(
    sides: impl Iterator<Item = (Line, TimeRange)>,
    range: TimeRange,
    step_ms: i64,
    events: &[Event],
) -> Option<Block> {
    let moved = |(line, of): (Line, TimeRange)| {
        if of == range { line } else { lines::shifted(line, of, range, "before") }
    };
    let drawn: Vec<Line> = sides.filter(|(line, _)| !line.x.is_empty()).map(moved).collect();
    if drawn.is_empty() {
        return None;
    }
    let body = Lines {
        metric: "accuracy".to_owned(),
        x: lines::time_axis(range),
        y: AxisSpec { unit: Unit::from("percentunit"), ..AxisSpec::default() },
        lines: drawn,
        events: events.to_vec(),
        ..Lines::default()
    };
    let title = if step_ms > HOUR_MS { "Accuracy by day" } else { "Accuracy by hour" };
    Some(block("accuracy-over-time", title, BlockBody::Lines(body)))
}

/// The line of a side's rows by hour or day (UTC). Rows without a time are not drawn; a step without rows is a gap.
pub(super) fn accuracy_line(named: &Named<'_>, step_ms: f64) -> Line {
    let mut steps: std::collections::BTreeMap<i64, (u64, u64)> = std::collections::BTreeMap::new();
    for (&at, hit) in named.side.labelled.times.iter().zip(named.side.hits()) {
        if at.is_finite() {
            let step = steps.entry((at / step_ms).floor() as i64).or_default();
            *step = (step.0 + u64::from(hit), step.1 + 1);
        }
    }
    let ends = steps.first_key_value().zip(steps.last_key_value()).map(|(a, b)| (*a.0, *b.0));
    // A table with one wrong clock must not make a million empty steps.
    let every: Vec<i64> = match ends {
        Some((first, last)) if last - first <= 5_000 => (first..=last).collect(),
        _ => steps.keys().copied().collect(),
    };
    let counted = |step: i64| {
        let (hits, n) = steps.get(&step).copied().unwrap_or_default();
        ((step as f64 + 0.5) * step_ms, hits, n)
    };
    rate_line(&named.title, named.series.clone(), named.role, every.into_iter().map(counted))
}

/// A line of rates with Wilson's band, from instants with hits and totals; a total of 0 is a gap.
pub(super) fn rate_line(
    title: &str,
    series: Labels,
    role: LineRole,
    counted: impl Iterator<Item = (f64, u64, u64)>,
) -> Line {
    let mut line = Line { title: title.to_owned(), entity: lines::entity(&series), series, role, ..Line::default() };
    for (at, hits, n) in counted {
        let rate = Proportion::new(hits, n).filter(|rate| rate.n() > 0);
        let interval = rate.and_then(|rate| wilson(rate, LEVEL));
        line.x.push(at);
        line.y.push(rate.map_or(f64::NAN, Proportion::rate));
        line.low.push(interval.map_or(f64::NAN, |i| i.low));
        line.high.push(interval.map_or(f64::NAN, |i| i.high));
    }
    line
}
