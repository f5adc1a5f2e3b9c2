//! The effect in each group of users, with what many looks take away from it.

use std::sync::Arc;

use crate::derive::business_impact::conversion::Conversion;
use crate::derive::business_impact::outcomes::{self, Effect, Row};
use crate::derive::{Ask, By, Context, Other, Stop};
use crate::frame::Frame;
use crate::order::Order;
use crate::source::Cause;
use crate::spec::MetricSpec;
use crate::stats::heterogeneity::{Heterogeneity, heterogeneity, log_ratio, rate_difference};
use crate::stats::interval::Interval;
use crate::stats::mover;
use crate::stats::multiplicity::holm;

/// Below this, corrected for every look on the panel, a difference is clear.
const MAX_Q: f64 = 0.05;

/// A group of users, such as a segment.
#[derive(Clone, Debug)]
pub(super) struct Look {
    /// Its value, such as `business`; `None` for users without one.
    pub(super) value: Option<String>,
    pub(super) effect: Effect,
    /// p of the difference, corrected by Holm over every group of every dimension.
    pub(super) q: f64,
    /// The same group on the other side of a comparison.
    pub(super) before: Option<Effect>,
}

impl Look {
    /// Shown name.
    pub(super) fn title(&self) -> &str {
        self.value.as_deref().filter(|v| !v.is_empty()).unwrap_or("(none)")
    }

    /// Whether a count is hidden since it is small, or would reveal one that is.
    pub(super) fn is_hidden(&self) -> bool {
        self.effect.is_hidden()
    }

    /// Whether the difference is more than noise: its interval excludes zero, and so many looks do not explain it.
    pub(super) fn is_clear(&self) -> bool {
        self.q < MAX_Q && self.effect.interval.is_some_and(|i| i.excludes_zero())
    }

    /// The difference's change against the other side, with its interval.
    pub(super) fn change(&self) -> Option<(f64, Interval)> {
        let (now, before) = (self.effect.measured()?, self.before?.measured()?);
        mover::difference(now, before).map(|interval| (now.0 - before.0, interval))
    }
}

/// The groups by one dimension, and whether they differ.
#[derive(Clone, Debug)]
pub(super) struct Dimension {
    /// Id or column, such as `segment`.
    pub(super) id: String,
    /// The greatest difference first, then the missing ones.
    pub(super) looks: Vec<Look>,
    /// Whether the differences differ, on the scale of points.
    pub(super) interaction: Option<Heterogeneity>,
    /// Whether the ratios differ.
    pub(super) interaction_of_ratios: Option<Heterogeneity>,
    /// p of the first, corrected by Holm over the dimensions.
    pub(super) interaction_q: f64,
}

/// Answers to be read once all are there.
pub(super) struct Asked<'b> {
    id: &'b str,
    now: Result<Arc<Frame>, Stop>,
    before: Option<Result<Arc<Frame>, Stop>>,
}

/// Asks for the counts by each dimension or column.
pub(super) fn ask<'b>(
    context: &Context<'_>,
    ask: &mut Ask<'_>,
    other: Option<&Other<'_>>,
    metric: &MetricSpec,
    by: &[&'b str],
) -> Vec<Asked<'b>> {
    let is_dimension = |id: &str| context.workspace.dimensions.iter().any(|d| d.id == id);
    let mut of = |side: &Context<'_>, id: &'b str| {
        let key = if is_dimension(id) { By::Dimension(id) } else { By::Part(id) };
        outcomes::ask(side, ask, metric, &[key])
    };
    let mut asked = Vec::new();
    for &id in by {
        let now = of(context, id);
        let before = other.map(|other| of(&other.context, id));
        asked.push(Asked { id, now, before });
    }
    asked
}

/// Reads the answers for the shown experiment and variant. A dimension that the table does not carry is left out, with a remark.
///
/// # Errors
/// Only [`Stop::Pending`]; a failure makes the panel partial.
pub(super) fn read(
    ask: &mut Ask<'_>,
    asked: Vec<Asked<'_>>,
    conversion: &Conversion<'_>,
    variant: &str,
) -> Result<Vec<Dimension>, Stop> {
    let mut found = Vec::new();
    for Asked { id, now, before } in asked {
        let frame = match now {
            Err(Stop::Failed(failure)) if failure.cause == Cause::Configuration => {
                ask.remark(format!("not by {id}: {}", failure.text));
                continue;
            }
            answer => ask.spare(answer)?,
        };
        let before = match before {
            Some(answer) => ask.spare(answer)?,
            None => None,
        };
        let Some(frame) = frame.filter(|frame| frame.table().is_some_and(|t| t.column(id).is_some())) else { continue };
        let (rows, _) = outcomes::rows(conversion.metric, &frame, id);
        let (before, _) = before.map(|frame| outcomes::rows(conversion.metric, &frame, id)).unwrap_or_default();
        let looks = looks(conversion, variant, &rows, &before);
        if !looks.is_empty() {
            found.push(dimension(id, looks));
        }
    }
    correct(&mut found);
    Ok(found)
}

fn looks(conversion: &Conversion<'_>, variant: &str, rows: &[Row], before: &[Row]) -> Vec<Look> {
    let own = |rows: &[Row]| -> Vec<Row> {
        rows.iter().filter(|row| row.experiment == conversion.chosen.id).cloned().collect()
    };
    let (rows, before) = (own(rows), own(before));
    let baseline = conversion.chosen.base().map_or("", |(name, _)| name);
    let mut values: Vec<Option<String>> = rows.iter().map(|row| row.group.clone()).collect();
    values.sort();
    values.dedup();
    let effect = |rows: &[Row], value: &Option<String>| {
        let arm = |name: &str| rows.iter().find(|row| row.variant == name && row.group == *value).map(|row| row.arm);
        let is_there = arm(variant).is_some() || arm(baseline).is_some();
        is_there.then(|| Effect::of(arm(variant).unwrap_or_default(), arm(baseline).unwrap_or_default()))
    };
    let look = |value: Option<String>| {
        let now = effect(&rows, &value)?;
        Some(Look { effect: now, q: f64::NAN, before: effect(&before, &value), value })
    };
    let mut looks: Vec<Look> = values.into_iter().filter_map(look).collect();
    let place = |look: &Look| if look.effect.difference.is_nan() { f64::INFINITY } else { -look.effect.difference };
    looks.order_by(|a, b| place(a).total_cmp(&place(b)));
    looks
}

fn dimension(id: &str, looks: Vec<Look>) -> Dimension {
    let rates = |look: &Look| look.effect.treated.proportion().zip(look.effect.base.proportion());
    let differences: Vec<_> = looks.iter().filter_map(rates).map(|(t, b)| rate_difference(t, b)).collect();
    let ratios: Vec<_> = looks.iter().filter_map(rates).filter_map(|(t, b)| log_ratio(t, b)).collect();
    Dimension {
        id: id.to_owned(),
        looks,
        interaction: heterogeneity(&differences),
        interaction_of_ratios: heterogeneity(&ratios),
        interaction_q: f64::NAN,
    }
}

/// Corrects the p of every look on the panel together, and those of the interactions.
fn correct(dimensions: &mut [Dimension]) {
    let p: Vec<f64> = dimensions.iter().flat_map(|d| &d.looks).map(|look| look.effect.p).collect();
    for (look, q) in dimensions.iter_mut().flat_map(|d| &mut d.looks).zip(holm(&p)) {
        look.q = q;
    }
    let p: Vec<f64> = dimensions.iter().map(|d| d.interaction.map_or(f64::NAN, |test| test.p)).collect();
    for (dimension, q) in dimensions.iter_mut().zip(holm(&p)) {
        dimension.interaction_q = q;
    }
}

/// How many differences were tested.
pub(super) fn n_tested(dimensions: &[Dimension]) -> usize {
    dimensions.iter().flat_map(|d| &d.looks).filter(|look| !look.effect.p.is_nan()).count()
}
