//! Figures with their intervals and their change against a reference.

use super::LEVEL;
use crate::spec::MetricSpec;
use crate::stats::interval::{Proportion, newcombe, two_rates_p, wilson};
use crate::units::{Direction, Unit};
use crate::view::{Figure, Summary, Verdict};

/// A figure of a metric, without a value yet.
pub(crate) fn of_metric(metric: &MetricSpec) -> Figure {
    Figure {
        metric: metric.id.clone(),
        title: metric.title.clone().unwrap_or_else(|| metric.id.clone()),
        unit: metric.unit.clone(),
        direction: metric.direction,
        target: metric.target,
        ..Figure::default()
    }
}

/// A figure by its names, without a value yet.
pub(crate) fn named(metric: &str, title: &str, unit: &str, direction: Direction) -> Figure {
    Figure {
        metric: metric.to_owned(),
        title: title.to_owned(),
        unit: Unit::from(unit),
        direction,
        ..Figure::default()
    }
}

/// Fills a rate (0 to 1) with its Wilson interval.
pub(crate) fn fill_rate(figure: &mut Figure, rate: Proportion) {
    figure.value = (rate.n() > 0).then(|| rate.rate());
    figure.n = Some(rate.n() as f64);
    figure.method = Some("Wilson interval".to_owned());
    if let Some(interval) = wilson(rate, LEVEL) {
        figure.low = Some(interval.low);
        figure.high = Some(interval.high);
    }
}

/// Fills the change of a rate against an independent one, by Newcombe's interval.
pub(crate) fn compare_rates(figure: &mut Figure, rate: Proportion, reference: Proportion, title: &str) {
    if rate.n() == 0 || reference.n() == 0 {
        return;
    }
    let interval = newcombe(rate, reference, LEVEL).map(|i| (i.low, i.high));
    compare(figure, reference.rate(), interval, title);
    figure.p = Some(two_rates_p(rate, reference)).filter(|p| p.is_finite());
}

/// Fills the change against a reference value, with the interval of the difference where there is one.
pub(crate) fn compare(figure: &mut Figure, reference: f64, interval: Option<(f64, f64)>, title: &str) {
    let Some(value) = figure.value.filter(|v| v.is_finite() && reference.is_finite()) else { return };
    figure.reference = Some(reference);
    figure.reference_title = Some(title.to_owned());
    figure.delta = Some(value - reference);
    if let Some((low, high)) = interval {
        figure.delta_low = Some(low);
        figure.delta_high = Some(high);
        figure.verdict = Verdict::of(low, high, figure.direction);
    }
}

/// Ends a sentence with a figure's change against its reference, if it has one.
pub(crate) fn say_change(said: Summary, figure: &Figure) -> Summary {
    let (Some(delta), Some(reference)) = (figure.delta, figure.reference_title.as_deref()) else { return said };
    let how = match figure.verdict {
        Verdict::None => "against",
        Verdict::NoClearChange => "no clear change against",
        Verdict::Better => "better than",
        Verdict::Worse => "worse than",
        Verdict::Changed => "changed against",
    };
    let said = said.then(format!(", {how} {reference}: ")).change(delta, &figure.unit);
    match (figure.delta_low, figure.delta_high) {
        (Some(low), Some(high)) if low.is_finite() && high.is_finite() => {
            said.then(" (").change(low, &figure.unit).then(" to ").change(high, &figure.unit).then(")")
        }
        _ => said,
    }
}
