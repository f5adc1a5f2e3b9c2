//! Waiting requests over time, with lone spikes marked.

use crate::derive::shared::lines;
use crate::derive::{Context, Other};
use crate::frame::{Frame, Series};
use crate::order::Order;
use crate::spec::MetricSpec;
use crate::stats::finite::present;
use crate::stats::quantile::median;
use crate::view::{AxisSpec, Event, LineRole, Lines, Tone};

/// How many robust standard deviations above the median a value must lie to be a spike.
const SPIKE_SIGMAS: f64 = 8.0;
/// Spikes marked in one picture, the highest.
const MAX_MARKED: usize = 5;
/// Points of the envelope that make a median worth the name.
const LEAST_POINTS: usize = 10;

/// A value far above the others of its series.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Spike {
    pub(super) at_ms: f64,
    pub(super) value: f64,
    /// Which series, in words.
    pub(super) title: String,
}

/// The spikes of a frame, highest first: runs of points whose highest sample lies far above the median, robustly.
///
/// The deviation is 1.4826 times the median absolute deviation, but at least a tenth of the median and at least 1,
/// so that a quiet queue's single waiting request is none.
pub(super) fn spikes(context: &Context<'_>, frame: &Frame) -> Vec<Spike> {
    let mut found: Vec<Spike> = frame.series().iter().flat_map(|s| of_series(context, s)).collect();
    found.order_by(|a, b| b.value.total_cmp(&a.value));
    found
}

fn highest(series: &Series) -> &[f64] {
    series.envelope.as_ref().map_or(&series.y, |e| &e.high)
}

fn of_series(context: &Context<'_>, series: &Series) -> Vec<Spike> {
    let high = highest(series);
    let values: Vec<f64> = present(high).collect();
    if values.len() < LEAST_POINTS {
        return Vec::new();
    }
    let Some(middle) = median(&values) else { return Vec::new() };
    let deviations: Vec<f64> = values.iter().map(|v| (v - middle).abs()).collect();
    let sigma = (1.4826 * median(&deviations).unwrap_or(0.0)).max(0.1 * middle).max(1.0);
    let level = middle + SPIKE_SIGMAS * sigma;
    let mut found: Vec<Spike> = Vec::new();
    let mut is_open = false;
    for (&at_ms, &value) in series.x.iter().zip(high) {
        if value.is_finite() && value > level {
            match found.last_mut().filter(|_| is_open) {
                Some(spike) if spike.value < value => (spike.at_ms, spike.value) = (at_ms, value),
                Some(_) => {}
                None => found.push(Spike { at_ms, value, title: lines::title(context, &series.labels) }),
            }
        }
        is_open = value > level;
    }
    found
}

/// The highest sample of a frame, with the instant of its step.
pub(super) fn peak(frame: &Frame) -> Option<(f64, f64)> {
    let points = frame.series().iter().flat_map(|s| s.x.iter().copied().zip(highest(s).iter().copied()));
    points.filter(|(_, v)| v.is_finite()).max_by(|a, b| a.1.total_cmp(&b.1))
}

/// The queue of each version, what it is compared with behind it.
pub(super) fn lines(
    context: &Context<'_>,
    metric: &MetricSpec,
    frame: &Frame,
    other: Option<(&Other<'_>, &Frame)>,
) -> Lines {
    let mut drawn: Vec<_> = frame.series().iter().map(|s| lines::line(context, s)).collect();
    if let Some((other, frame)) = other {
        drawn.extend(frame.series().iter().map(|s| lines::ghost(context, other, lines::line(context, s))));
    }
    drawn.order_by_key(|line| line.role == LineRole::Reference);
    let event = |spike: &Spike| Event {
        from_ms: spike.at_ms,
        to_ms: None,
        title: format!("{}: {} waiting", spike.title, spike.value.round()),
        tone: Tone::Warning,
    };
    Lines {
        metric: metric.id.clone(),
        x: lines::time_axis(context.range),
        y: AxisSpec { unit: metric.unit.clone(), min: Some(0.0), ..AxisSpec::default() },
        lines: drawn,
        events: spikes(context, frame).iter().take(MAX_MARKED).map(event).collect(),
        ..Lines::default()
    }
}
