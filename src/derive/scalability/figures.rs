//! Replicas, queue, restarts and failures as figures, and their change against the other side.

use super::frames::{Frames, Sides, of_model};
use super::replicas::Replicas;
use super::{Scene, load, queue, replicas};
use crate::derive::Context;
use crate::derive::shared::{figures, lines};
use crate::frame::{Frame, Labels, Series};
use crate::stats::headroom::Headroom;
use crate::stats::interval::mcnemar_exact_p;
use crate::units::Unit;
use crate::view::{Figure, Verdict};

pub(super) fn all(
    context: &Context<'_>,
    sides: &Sides<'_>,
    scene: &Scene<'_>,
    found: Option<&Headroom>,
    other: Option<&Headroom>,
) -> Vec<Figure> {
    let mut all = Vec::new();
    all.extend(found.map(|found| {
        let mut figure = load::figure(found, scene.model, scene.basis);
        if let (Some(other), Some((side, _))) = (other, &sides.other) {
            compare_headroom(&mut figure, &load::figure(other, scene.other_model, scene.basis), side.title);
        }
        figure
    }));
    all.extend(ready(context, sides, scene));
    all.extend(longest_queue(context, sides, scene));
    all.extend(events(context, sides, scene, "restarts"));
    if context.details {
        all.extend(events(context, sides, scene, "errors"));
    }
    all
}

/// Two breaking loads differ for certain only if their intervals do not meet.
fn compare_headroom(figure: &mut Figure, reference: &Figure, title: &str) {
    let ends = figure.low.zip(figure.high).zip(reference.low.zip(reference.high));
    let interval = ends.map(|((low, high), (ref_low, ref_high))| (low - ref_high, high - ref_low));
    figures::compare(figure, reference.value.unwrap_or(f64::NAN), interval, title);
    if figure.verdict == Verdict::None && figure.delta.is_some() {
        figure.verdict = Verdict::NoClearChange;
    }
}

fn ready(context: &Context<'_>, sides: &Sides<'_>, scene: &Scene<'_>) -> Option<Figure> {
    let mut figure = figures::of_metric(context.metric("replicas-ready")?);
    figure.unit = Unit::from("short");
    figure.series = Labels::new().with("model", scene.model);
    figure.value = replicas::now(sides.own.ready_now.as_deref(), scene.model);
    figure.target = replicas::now(sides.own.desired_now.as_deref(), scene.model);
    let n_short = Replicas::of(&sides.own).shortages(scene.model).len();
    figure.method = Some(format!(
        "counted, not estimated: no interval; the target is the desired number; short {n_short} times in this range"
    ));
    if let Some((side, frames)) = &sides.other
        && let Some(reference) = replicas::now(frames.ready_now.as_deref(), scene.other_model)
    {
        figures::compare(&mut figure, reference, None, side.title);
    }
    figure.value.is_some().then_some(figure)
}

fn longest_queue(context: &Context<'_>, sides: &Sides<'_>, scene: &Scene<'_>) -> Option<Figure> {
    let own = of_model(sides.own.queue.as_deref()?, scene.model);
    let (at, peak) = queue::peak(&own)?;
    let mut figure = figures::of_metric(context.metric("queue-depth")?);
    "Longest queue".clone_into(&mut figure.title);
    figure.series = Labels::new().with("model", scene.model);
    figure.value = Some(peak);
    figure.method = Some("the highest sample: no interval".to_owned());
    figure.n = Some(own.series().iter().map(|s| s.x.len()).sum::<usize>() as f64);
    if let Some(line) = own.series().iter().find(|s| s.x.contains(&at)) {
        let high = line.envelope.as_ref().map_or(&line.y, |e| &e.high);
        figure.spark = lines::spark(&line.x, high);
    }
    if let Some((side, frames)) = &sides.other
        && let Some((_, reference)) = frames.queue.as_ref().and_then(|f| queue::peak(&of_model(f, scene.other_model)))
    {
        figures::compare(&mut figure, reference, None, side.title);
    }
    Some(figure)
}

/// Restarts or failed requests in the range. A change over time is judged by the exact conditional test of two Poisson counts;
/// against another model or the rest, which bear other loads, it has no test.
fn events(context: &Context<'_>, sides: &Sides<'_>, scene: &Scene<'_>, slot: &str) -> Option<Figure> {
    let metric = context.metric(slot)?;
    let of = |frames: &Frames, model: &str| {
        let frame = if slot == "restarts" { &frames.restarts } else { &frames.failures };
        counted(frame.as_deref(), model)
    };
    let mut figure = figures::of_metric(metric);
    figure.unit = Unit::from("short");
    figure.series = Labels::new().with("model", scene.model);
    figure.value = Some(of(&sides.own, scene.model)?);
    figure.method = Some("counted from the counter's differences, not estimated: no interval".to_owned());
    if let Some((side, frames)) = &sides.other
        && let Some(reference) = of(frames, scene.other_model)
    {
        figures::compare(&mut figure, reference, None, side.title);
        // Failed requests come in bursts: they are no Poisson count.
        figure.p =
            poisson_p(figure.value.unwrap_or(0.0), reference).filter(|_| side.is_earlier() && slot == "restarts");
    }
    Some(figure)
}

/// Events of a model over the whole range; `None` without a series.
pub(super) fn counted(frame: Option<&Frame>, model: &str) -> Option<f64> {
    let own = of_model(frame?, model);
    let values: Vec<f64> =
        own.series().iter().filter_map(Series::last).map(|(_, y)| y).filter(|y| y.is_finite()).collect();
    (!values.is_empty()).then(|| values.iter().sum())
}

/// Two-sided p that two counts over equal spans have one rate: binomial at one half given their sum.
fn poisson_p(a: f64, b: f64) -> Option<f64> {
    let is_count = |v: f64| v.is_finite() && v >= 0.0;
    (is_count(a) && is_count(b)).then(|| mcnemar_exact_p(a.round() as u64, b.round() as u64))
}
