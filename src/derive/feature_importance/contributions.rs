//! Contributions row by row: a beeswarm of the top features, and one feature's contribution over its value.

use std::collections::BTreeMap;

use super::ranking::Ranking;
use crate::derive::shared::block;
use crate::derive::shared::chosen::Chosen;
use crate::derive::shared::evaluated::RunName;
use crate::derive::shared::lines;
use crate::derive::{Ask, Context, Stop};
use crate::query::ArtifactShape;
use crate::stats::ranks::ranks;
use crate::units::Unit;
use crate::view::{AxisSpec, Block, BlockBody, Scatter, ScatterPoint};

/// Points of a drawn swarm; of more, every k-th row is taken.
const MAX_POINTS: usize = 3_000;
/// Columns that points are stacked in.
const STACKS: f64 = 60.0;
/// Farthest that a stack spreads from its row, so that neighbours do not touch.
const REACH: f64 = 0.4;
const STEP: f64 = 0.06;

/// One row's contribution of one feature.
struct Part {
    id: String,
    contribution: f64,
    value: f64,
}

/// The swarm, and the chosen feature's scatter; nothing where the run logged no contributions.
pub(super) fn blocks(
    context: &Context<'_>,
    ask: &mut Ask<'_>,
    shown: &Chosen<'_>,
    run: &RunName,
    ranking: &Ranking,
    top: usize,
) -> Result<Vec<Block>, Stop> {
    let frame = shown.tracked.artifact(ask, &run.id, "eval/contributions.json", ArtifactShape::Contributions)?;
    let Some(table) = frame.as_ref().and_then(|f| f.table()) else { return Ok(Vec::new()) };
    let mut parts: BTreeMap<String, Vec<Part>> = BTreeMap::new();
    for row in 0..table.n_rows() {
        let contribution = table.number("contribution", row);
        if let (Some(feature), true) = (table.text("feature", row), contribution.is_finite()) {
            let id = table.text("id", row).unwrap_or_default();
            parts.entry(feature).or_default().push(Part { id, contribution, value: table.number("value", row) });
        }
    }
    let shown_features: Vec<&str> =
        ranking.features.iter().map(|f| f.name.as_str()).filter(|name| parts.contains_key(*name)).take(top).collect();
    let entity = lines::entity(&shown.labels());
    let mut blocks: Vec<Block> =
        swarm(ask, &parts, &shown_features, &entity, context.setting("feature")).into_iter().collect();
    if let Some(feature) = context.setting("feature")
        && let Some(parts) = parts.get(feature)
    {
        blocks.push(dependence(feature, parts, &entity));
    }
    Ok(blocks)
}

fn swarm(
    ask: &mut Ask<'_>,
    parts: &BTreeMap<String, Vec<Part>>,
    features: &[&str],
    entity: &str,
    chosen: Option<&str>,
) -> Option<Block> {
    let all = || features.iter().filter_map(|name| parts.get(*name));
    let n: usize = all().map(Vec::len).sum();
    let (low, high) = all()
        .flatten()
        .map(|part| part.contribution)
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    if n == 0 {
        return None;
    }
    let every = n.div_ceil(MAX_POINTS);
    if every > 1 {
        ask.remark(format!("the swarm shows every {every}th row"));
    }
    let is_chosen = chosen.is_some_and(|name| features.contains(&name));
    let mut points = Vec::with_capacity(n / every + features.len());
    for (place, name) in features.iter().enumerate() {
        let Some(parts) = parts.get(*name) else { continue };
        let shades = shades(parts);
        let mut stacks: BTreeMap<i64, usize> = BTreeMap::new();
        for (part, shade) in parts.iter().zip(shades).step_by(every) {
            let column = if high > low { ((part.contribution - low) / (high - low) * STACKS) as i64 } else { 0 };
            let height = stacks.entry(column).or_default();
            points.push(ScatterPoint {
                x: part.contribution,
                y: place as f64 + offset(*height),
                shade,
                title: format!("{name} of row {}", part.id),
                key: part.id.clone(),
                entity: entity.to_owned(),
                focus: !is_chosen || chosen == Some(name),
            });
            *height += 1;
        }
    }
    let body = Scatter {
        metric: "contribution".to_owned(),
        x: AxisSpec { title: "contribution".to_owned(), unit: Unit::from("none"), ..AxisSpec::default() },
        y_names: features.iter().map(|name| (*name).to_owned()).collect(),
        points,
        target: Some("prediction".to_owned()),
        ..Scatter::default()
    };
    Some(
        block("contributions", "Contributions by row, shaded by the feature's value", BlockBody::Scatter(body))
            .in_details(),
    )
}

/// Stacked points alternate above and below their row; a full stack starts again.
fn offset(height: usize) -> f64 {
    let n_levels = (2.0 * REACH / STEP) as usize;
    let level = height % n_levels;
    let distance = level.div_ceil(2) as f64 * STEP;
    if level.is_multiple_of(2) { distance } else { -distance }
}

/// The share of rows below each value, 0 to 1; `NaN` for a missing value and for a constant feature.
fn shades(parts: &[Part]) -> Vec<f64> {
    let values: Vec<f64> = parts.iter().map(|part| part.value).collect();
    let present: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    let is_constant = present.iter().zip(present.iter().skip(1)).all(|(a, b)| a == b);
    let width = (present.len().max(2) - 1) as f64;
    let mut shares = ranks(&present).into_iter().map(|rank| (rank - 1.0) / width);
    let shade = |value: &f64| if value.is_finite() { shares.next().unwrap_or(f64::NAN) } else { f64::NAN };
    let shades: Vec<f64> = values.iter().map(shade).collect();
    if is_constant { vec![f64::NAN; values.len()] } else { shades }
}

fn dependence(feature: &str, parts: &[Part], entity: &str) -> Block {
    let point = |part: &Part| ScatterPoint {
        x: part.value,
        y: part.contribution,
        shade: f64::NAN,
        title: format!("row {}", part.id),
        key: part.id.clone(),
        entity: entity.to_owned(),
        focus: true,
    };
    let every = parts.len().div_ceil(MAX_POINTS).max(1);
    let axis = |title: &str| AxisSpec { title: title.to_owned(), unit: Unit::from("none"), ..AxisSpec::default() };
    let body = Scatter {
        metric: "contribution".to_owned(),
        x: axis(feature),
        y: axis("contribution"),
        points: parts.iter().filter(|part| part.value.is_finite()).step_by(every).map(point).collect(),
        target: Some("prediction".to_owned()),
        ..Scatter::default()
    };
    block("dependence", &format!("Contribution of {feature} over its value"), BlockBody::Scatter(body)).in_details()
}
