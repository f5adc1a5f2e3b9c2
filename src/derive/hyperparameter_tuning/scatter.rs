//! The objective against one parameter, and two objectives against each other.

use super::axes;
use super::importance::Importance;
use super::study::Study;
use crate::derive::Context;
use crate::derive::shared::block;
use crate::derive::shared::sweep::{Objective, Param};
use crate::frame::Labels;
use crate::order::Order;
use crate::stats::pareto::pareto_front;
use crate::view::{AxisSpec, Block, BlockBody, Brush, Line, LineRole, Scatter};

/// The objective against the chosen parameter, else the most important, else the first that varies; `None` if none does.
pub(super) fn by_param(context: &Context<'_>, study: &Study<'_>, importance: Option<&Importance>) -> Option<Block> {
    let param = axes::ranked(context, study, importance).into_iter().next()?;
    let title = format!("{} by {}", study.objective.key, param.key);
    Some(block("scatter", &title, BlockBody::Scatter(scatter(context, study, param))).of_width(6))
}

/// Runs without either value have no point.
fn scatter(context: &Context<'_>, study: &Study<'_>, param: &Param) -> Scatter {
    let point = |(run, x): (usize, f64)| {
        let y = study.objective.values.get(run).copied().unwrap_or(f64::NAN);
        (x.is_finite() && y.is_finite()).then(|| study.point(run, x, y))
    };
    Scatter {
        metric: study.objective.key.clone(),
        x: axes::scatter_axis(context, param),
        y: objective_axis(study.objective),
        points: param.positions().into_iter().enumerate().filter_map(point).collect(),
        target: Some("run".to_owned()),
        x_key: param.key.clone(),
        x_brush: brush(context, &param.key),
        ..Scatter::default()
    }
}

/// Two objectives against each other, with the runs within the brushes that no other of them beats in both.
pub(super) fn pareto(context: &Context<'_>, study: &Study<'_>, second: &Objective) -> Block {
    let first = study.objective;
    let pair = |run: usize| -> (f64, f64) {
        let of = |objective: &Objective| objective.values.get(run).copied().unwrap_or(f64::NAN);
        (of(first), of(second))
    };
    let held: Vec<usize> = (0..study.sweep.len()).filter(|&run| study.is_held(run)).collect();
    let pairs: Vec<(f64, f64)> = held.iter().map(|&run| pair(run)).collect();
    let mut front: Vec<(f64, f64)> = pareto_front(&pairs, (first.improves(), second.improves()))
        .into_iter()
        .filter_map(|place| pairs.get(place).copied())
        .collect();
    front.order_by(|a, b| a.0.total_cmp(&b.0));
    front.dedup();
    let point = |run: usize| {
        let (x, y) = pair(run);
        (x.is_finite() && y.is_finite()).then(|| study.point(run, x, y))
    };
    let body = Scatter {
        metric: second.key.clone(),
        x: objective_axis(first),
        y: objective_axis(second),
        points: (0..study.sweep.len()).filter_map(point).collect(),
        lines: vec![Line {
            title: "Pareto front".to_owned(),
            series: Labels::new().with("front", format!("{},{}", first.key, second.key)),
            role: LineRole::Main,
            x: front.iter().map(|p| p.0).collect(),
            y: front.iter().map(|p| p.1).collect(),
            ..Line::default()
        }],
        target: Some("run".to_owned()),
        x_key: first.key.clone(),
        x_brush: brush(context, &first.key),
        ..Scatter::default()
    };
    let title = format!("Trade-off of {} and {}", first.key, second.key);
    block("pareto", &title, BlockBody::Scatter(body)).of_width(6)
}

fn objective_axis(objective: &Objective) -> AxisSpec {
    AxisSpec { title: objective.key.clone(), unit: objective.unit.clone(), ..AxisSpec::default() }
}

fn brush(context: &Context<'_>, key: &str) -> Option<Brush> {
    context.selection.brushes.get(key).map(|&(low, high)| Brush { low, high })
}
