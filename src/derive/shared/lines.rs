//! Series of frames as lines of a chart.

use crate::derive::{Context, Other};
use crate::frame::{Labels, Series};
use crate::query::TimeRange;
use crate::view::{AxisSpec, Line, LineRole, XScale};

/// The time axis of a range.
pub(crate) fn time_axis(range: TimeRange) -> AxisSpec {
    AxisSpec {
        scale: XScale::Time,
        min: Some(range.from_ms as f64),
        max: Some(range.to_ms as f64),
        ..AxisSpec::default()
    }
}

/// A series as a line, with its envelope as the band.
pub(crate) fn line(context: &Context<'_>, series: &Series) -> Line {
    let (low, high) = match &series.envelope {
        Some(envelope) => (envelope.low.to_vec(), envelope.high.to_vec()),
        None => (Vec::new(), Vec::new()),
    };
    Line {
        title: title(context, &series.labels),
        series: series.labels.clone(),
        entity: entity(&series.labels),
        x: series.x.to_vec(),
        y: series.y.to_vec(),
        low,
        high,
        ..Line::default()
    }
}

/// A line of the compared range, drawn over the present one as a reference.
pub(crate) fn shifted(mut line: Line, from: TimeRange, onto: TimeRange, title: &str) -> Line {
    let by = (onto.from_ms - from.from_ms) as f64;
    for x in &mut line.x {
        *x += by;
    }
    line.title = if line.title.is_empty() { title.to_owned() } else { format!("{}, {title}", line.title) };
    line.role = LineRole::Reference;
    line.low = Vec::new();
    line.high = Vec::new();
    line
}

/// A line of the other side of a comparison, drawn over the present as a reference.
///
/// Its handle has `side=reference` where its labels may be those of a line of the own side.
pub(crate) fn ghost(context: &Context<'_>, other: &Other<'_>, line: Line) -> Line {
    let title = if other.is_earlier() { "before" } else { other.title };
    let mut line = shifted(line, other.context.range, context.range, title);
    if other.is_rest() {
        line.series.set("side", "reference");
    }
    line
}

/// The entity whose hue a series takes: its model and version, else whatever tells it apart.
pub(crate) fn entity(labels: &Labels) -> String {
    match (labels.get("model"), labels.get("version")) {
        (Some(model), Some(version)) => format!("{model}@{version}"),
        (Some(model), None) => model.to_owned(),
        _ => labels.iter().map(|(_, value)| value).collect::<Vec<_>>().join(" "),
    }
}

/// A short name: model title and version first, then the other labels' values.
pub(crate) fn title(context: &Context<'_>, labels: &Labels) -> String {
    let mut parts = Vec::new();
    if let Some(model) = labels.get("model") {
        let known = context.workspace.models.iter().find(|m| m.id == model);
        parts.push(known.and_then(|m| m.title.clone()).unwrap_or_else(|| model.to_owned()));
    }
    if let Some(version) = labels.get("version") {
        parts.push(format!("v{version}"));
    }
    let others = labels.iter().filter(|(name, _)| *name != "model" && *name != "version");
    parts.extend(others.map(|(_, value)| value.to_owned()).filter(|v| !v.is_empty()));
    parts.join(" ")
}

/// At most 60 points of a line for a sparkline, extremes kept: the lowest and highest value of each of 30 stretches.
pub(crate) fn spark(x: &[f64], y: &[f64]) -> Vec<(f64, f64)> {
    const STRETCHES: usize = 30;
    let n = x.len().min(y.len());
    let points = || x.iter().copied().zip(y.iter().copied()).take(n);
    if n <= 2 * STRETCHES {
        return points().collect();
    }
    let all: Vec<(f64, f64)> = points().collect();
    let mut kept = Vec::with_capacity(2 * STRETCHES);
    for stretch in all.chunks(n.div_ceil(STRETCHES)) {
        let finite = || stretch.iter().copied().filter(|(_, v)| v.is_finite());
        let low = finite().min_by(|a, b| a.1.total_cmp(&b.1));
        let high = finite().max_by(|a, b| a.1.total_cmp(&b.1));
        match (low, high) {
            (Some(low), Some(high)) if low.0 <= high.0 => kept.extend([low, high]),
            (Some(low), Some(high)) => kept.extend([high, low]),
            _ => kept.extend(stretch.first().map(|&(x, _)| (x, f64::NAN))),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spark_keeps_a_lone_spike() {
        let x: Vec<f64> = (0..1_000).map(f64::from).collect();
        let y: Vec<f64> = (0..1_000).map(|i| if i == 617 { 9.0 } else { 1.0 }).collect();
        let kept = spark(&x, &y);
        assert!(kept.len() <= 60 && kept.iter().any(|p| p.1 == 9.0));
    }
}
