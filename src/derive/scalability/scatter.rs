//! Load against p95 as a picture: the steps, the law with its band, the objective, and where they meet.

use super::steps::{Basis, Step};
use crate::derive::Context;
use crate::derive::shared::{LEVEL, lines};
use crate::frame::Labels;
use crate::spec::MetricSpec;
use crate::stats::headroom::Headroom;
use crate::units::Unit;
use crate::view::{AxisSpec, Line, LineRole, Reading, Scatter, ScatterPoint, Tone};

/// Points of the drawn law.
const N_CURVE: usize = 48;

/// Load against p95, the law with its band, the objective, and where they meet.
pub(super) fn scatter(
    context: &Context<'_>,
    latency: &MetricSpec,
    model: &str,
    steps: &[Step],
    basis: Basis,
    found: Option<&Headroom>,
    other: Option<(&str, &Headroom)>,
) -> Scatter {
    let point = |step: &Step| ScatterPoint {
        x: step.load_by(basis),
        y: step.p95,
        shade: f64::NAN,
        title: lines::title(context, &Labels::new().with("model", model)),
        key: format!("{:.0}", step.at_ms),
        entity: model.to_owned(),
        focus: true,
    };
    let objective = latency.target;
    let mut drawn = Vec::new();
    if let Some(found) = found {
        drawn.push(curve(found, model, objective));
        drawn.extend(objective.and_then(|objective| meeting(found, objective)));
    }
    if let Some((title, other)) = other {
        let mut line = curve(other, model, objective);
        line.title = format!("law, {title}");
        line.series.set("side", "reference");
        line.role = LineRole::Reference;
        (line.low, line.high) = (Vec::new(), Vec::new());
        drawn.push(line);
    }
    Scatter {
        metric: latency.id.clone(),
        x: AxisSpec {
            title: match basis {
                Basis::All => "Requests a second".to_owned(),
                Basis::Replica => "Requests a second of a ready replica".to_owned(),
            },
            unit: Unit::from("reqps"),
            ..AxisSpec::default()
        },
        y: AxisSpec { title: "p95".to_owned(), unit: latency.unit.clone(), min: Some(0.0), ..AxisSpec::default() },
        points: steps.iter().filter(|s| s.load_by(basis).is_finite()).map(point).collect(),
        lines: drawn,
        readings: objective
            .map(|value| Reading { value, title: "objective".to_owned(), tone: Tone::Warning })
            .into_iter()
            .collect(),
        ..Scatter::default()
    }
}

/// The law up to the limit of what is claimed; the band is where 95 % of the steps are expected.
fn curve(found: &Headroom, model: &str, objective: Option<f64>) -> Line {
    let top = objective.map_or(f64::INFINITY, |o| o * 1.5);
    let x: Vec<f64> = (0..=N_CURVE).map(|i| found.limit() * i as f64 / N_CURVE as f64).collect();
    // Close to the capacity the law leaves every picture; it is drawn to half above the objective.
    let kept: Vec<f64> = x.into_iter().filter(|&load| found.law.latency(load) <= top).collect();
    let y: Vec<f64> = kept.iter().map(|&load| found.law.latency(load)).collect();
    let factor = (crate::stats::dist::z_of_level(LEVEL) * found.held_out_error).exp();
    Line {
        title: "fitted law".to_owned(),
        series: Labels::new().with("model", model).with("part", "law"),
        entity: model.to_owned(),
        low: y.iter().map(|v| v / factor).collect(),
        high: y.iter().map(|v| v * factor).collect(),
        x: kept,
        y,
        ..Line::default()
    }
}

/// The interval of the breaking load as a stretch of the objective.
fn meeting(found: &Headroom, objective: f64) -> Option<Line> {
    let interval = found.interval?;
    Some(Line {
        title: "objective breaks".to_owned(),
        series: Labels::new().with("part", "breaking-load"),
        role: LineRole::Guide,
        x: vec![interval.low, interval.high],
        y: vec![objective, objective],
        ..Line::default()
    })
}
