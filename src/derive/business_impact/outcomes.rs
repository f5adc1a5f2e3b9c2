//! Exposed and converted users by experiment and variant, in all or by group, and what their difference is.

use std::sync::Arc;

use crate::derive::shared::LEVEL;
use crate::derive::{Ask, By, Context, Stop};
use crate::frame::Frame;
use crate::order::Order;
use crate::query::{Fold, GroupMeasure};
use crate::source::Cause;
use crate::spec::{ExperimentSpec, MetricQuerySpec, MetricSpec, PanelKind, PanelSpec};
use crate::stats::interval::{Interval, Proportion, Uplift, newcombe, relative_uplift, two_rates_p};
use crate::stats::sample_ratio::{SampleRatio, sample_ratio};

const EXPERIMENT: &str = "experiment";
const VARIANT: &str = "variant";
const CONVERTED: &str = "converted";
const NEWEST: &str = "newest";

/// Asks for exposed and converted users of the context's side by experiment, variant and `by`.
///
/// A table without a column for the experiment holds one.
///
/// # Errors
/// As [`Ask::groups`].
pub(in crate::derive) fn ask(
    context: &Context<'_>,
    ask: &mut Ask<'_>,
    metric: &MetricSpec,
    by: &[By<'_>],
) -> Result<Arc<Frame>, Stop> {
    let range = context.range;
    let converted = metric.query.column(CONVERTED);
    let MetricQuerySpec::Table { value, time, .. } = &metric.query else {
        return ask.groups(context, metric, range, by, &[]); // says what a table is
    };
    let mut measures = Vec::new();
    if value.as_deref() != Some(converted) {
        measures.push(GroupMeasure { name: CONVERTED.to_owned(), fold: Fold::Moments(converted.to_owned()) });
    }
    measures.extend(time.iter().map(|at| GroupMeasure { name: NEWEST.to_owned(), fold: Fold::Max(at.clone()) }));
    let whole = [&[By::Part(EXPERIMENT), By::Part(VARIANT)][..], by].concat();
    let column = format!("{:?}", metric.query.column(EXPERIMENT));
    match ask.groups(context, metric, range, &whole, &measures) {
        Err(Stop::Failed(failure)) if failure.cause == Cause::Configuration && failure.text.contains(&column) => {
            ask.groups(context, metric, range, &[&[By::Part(VARIANT)][..], by].concat(), &measures)
        }
        answer => answer,
    }
}

/// Exposed and converted users of a variant. `NaN` where a small count is hidden: both, or how many converted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::derive) struct Arm {
    pub(in crate::derive) n: f64,
    pub(in crate::derive) hits: f64,
}

impl Arm {
    /// The rate; `None` where the counts are hidden or are none.
    pub(in crate::derive) fn proportion(self) -> Option<Proportion> {
        let is_count = |v: f64| v.is_finite() && v >= 0.0;
        (is_count(self.n) && is_count(self.hits))
            .then(|| Proportion::new(self.hits.round() as u64, self.n.round() as u64))
            .flatten()
    }

    /// The rate; `NaN` where there is none.
    pub(in crate::derive) fn rate(self) -> f64 {
        self.proportion().map_or(f64::NAN, Proportion::rate)
    }
}

/// A row of the answer: a variant of an experiment within a group.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::derive) struct Row {
    pub(in crate::derive) experiment: String,
    pub(in crate::derive) variant: String,
    /// Value of the group's column; `None` for a missing cell, and where there is no such column.
    pub(in crate::derive) group: Option<String>,
    pub(in crate::derive) arm: Arm,
}

/// The rows of an answer by the group in the column `group`; rows without a variant are left out, the second value counts their users.
pub(in crate::derive) fn rows(metric: &MetricSpec, frame: &Frame, group: &str) -> (Vec<Row>, f64) {
    let MetricQuerySpec::Table { unit, value, .. } = &metric.query else { return (Vec::new(), 0.0) };
    let Some(table) = frame.table() else { return (Vec::new(), 0.0) };
    let count = if unit.is_some() { "units" } else { "rows" };
    let is_value = value.as_deref() == Some(metric.query.column(CONVERTED));
    let hits = if is_value { "value" } else { CONVERTED };
    let mut n_without = 0.0;
    let mut rows = Vec::new();
    for row in 0..table.n_rows() {
        let arm = Arm { n: table.number(count, row), hits: table.number(hits, row) };
        let Some(variant) = table.text(VARIANT, row).filter(|v| !v.is_empty()) else {
            n_without += if arm.n.is_finite() { arm.n } else { 0.0 };
            continue;
        };
        let experiment = table.text(EXPERIMENT, row).unwrap_or_default();
        rows.push(Row { experiment, variant, group: table.text(group, row), arm });
    }
    (rows, n_without)
}

/// Instant of the newest exposure in an answer.
pub(in crate::derive) fn newest(frame: &Frame) -> Option<f64> {
    let instants = frame.table()?.numbers(NEWEST)?;
    instants.into_iter().filter(|at| at.is_finite()).reduce(f64::max)
}

/// An experiment with its counts.
#[derive(Clone, Debug)]
pub(in crate::derive) struct Experiment {
    pub(in crate::derive) id: String,
    pub(in crate::derive) title: String,
    /// Variants with their counts, the baseline first.
    pub(in crate::derive) arms: Vec<(String, Arm)>,
    /// Whether users were split as planned; `None` where that cannot be told.
    pub(in crate::derive) split: Option<SampleRatio>,
    /// Whether the plan says how to split; else equal shares are assumed.
    pub(in crate::derive) has_plan: bool,
}

impl Experiment {
    /// The experiments among the rows, the one with the most users first.
    pub(in crate::derive) fn all(context: &Context<'_>, metric: &MetricSpec, rows: &[Row]) -> Vec<Self> {
        let mut ids: Vec<&str> = rows.iter().map(|row| row.experiment.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut found: Vec<Self> = ids.into_iter().map(|id| Self::of(context, metric, id, rows)).collect();
        found.order_by(|a, b| b.n().total_cmp(&a.n()));
        found
    }

    fn of(context: &Context<'_>, metric: &MetricSpec, id: &str, rows: &[Row]) -> Self {
        let plan = plan(context, id);
        let baseline = plan.as_ref().map(|p| p.baseline.as_str()).or(context.option("baseline")).unwrap_or("control");
        let own = rows.iter().filter(|row| row.experiment == id);
        let mut arms: Vec<(String, Arm)> = own.map(|row| (row.variant.clone(), row.arm)).collect();
        arms.order_by_key(|(variant, _)| (variant != baseline, variant.clone()));
        let title = plan.as_ref().and_then(|p| p.title.clone());
        let named = if id.is_empty() { metric.title() } else { id };
        let split = split(plan.as_ref(), &arms);
        let has_plan = plan.as_ref().is_some_and(|p| !p.split.is_empty());
        Self { id: id.to_owned(), title: title.unwrap_or_else(|| named.to_owned()), arms, split, has_plan }
    }

    /// Exposed users over all variants, as far as they are shown.
    pub(in crate::derive) fn n(&self) -> f64 {
        self.arms.iter().map(|(_, arm)| arm.n).filter(|n| n.is_finite()).sum()
    }

    /// Exposed users over all variants, in words for a panel; `None` where a count is hidden.
    pub(in crate::derive) fn size(&self) -> Option<(f64, String)> {
        let n: f64 = self.arms.iter().map(|(_, arm)| arm.n).sum();
        n.is_finite().then(|| (n, "exposed users".to_owned()))
    }

    /// The variant that the others are compared with, and its counts.
    pub(in crate::derive) fn base(&self) -> Option<(&str, Arm)> {
        self.arms.first().map(|(variant, arm)| (variant.as_str(), *arm))
    }

    /// The other variants, each against the baseline.
    pub(in crate::derive) fn rivals(&self) -> Vec<(&str, Effect)> {
        let Some((_, base)) = self.base() else { return Vec::new() };
        self.arms.iter().skip(1).map(|(variant, arm)| (variant.as_str(), Effect::of(*arm, base))).collect()
    }

    /// Whether users reached the variants in other shares than planned, so that a difference is no uplift.
    pub(in crate::derive) fn is_broken(&self) -> bool {
        self.split.is_some_and(|split| split.is_broken)
    }

    /// What a difference is called: uplift only where exposure was random.
    pub(in crate::derive) fn word(&self) -> &'static str {
        if self.is_broken() { "difference, not causal" } else { "uplift" }
    }

    /// What is wrong with the split, as a sentence.
    pub(in crate::derive) fn warning(&self) -> Option<String> {
        let split = self.split.filter(|split| split.is_broken)?;
        let n: f64 = self.n();
        let share = |(variant, arm): &(String, Arm)| format!("{variant} {:.1} %", 100.0 * arm.n / n);
        let shares: Vec<String> = self.arms.iter().map(share).collect();
        let planned = if self.has_plan { "the planned shares" } else { "equal shares (no plan is set)" };
        Some(format!(
            "{}: users reached the variants as {} instead of {planned}, chi-squared p {:.2e}: differences are not causal",
            self.title,
            shares.join(", "),
            split.test.p
        ))
    }
}

/// The experiment's plan: of this panel, else of any A/B panel of the workspace.
fn plan(context: &Context<'_>, id: &str) -> Option<ExperimentSpec> {
    let of_tests = context.workspace.panels.values().filter(|panel| panel.kind == PanelKind::AbTests);
    let mut plans = std::iter::once(context.panel).chain(of_tests).flat_map(PanelSpec::experiments);
    plans.find(|plan| plan.id == id)
}

fn split(plan: Option<&ExperimentSpec>, arms: &[(String, Arm)]) -> Option<SampleRatio> {
    if arms.len() < 2 || arms.iter().any(|(_, arm)| !arm.n.is_finite()) {
        return None;
    }
    let planned = plan.map(|p| &p.split).filter(|split| !split.is_empty());
    let share = |(variant, _): &(String, Arm)| planned.map_or(Some(1.0), |split| split.get(variant).copied());
    let shares: Option<Vec<f64>> = arms.iter().map(share).collect();
    sample_ratio(&arms.iter().map(|(_, arm)| arm.n.max(0.0).round() as u64).collect::<Vec<_>>(), &shares?)
}

/// A variant against the baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::derive) struct Effect {
    pub(in crate::derive) base: Arm,
    pub(in crate::derive) treated: Arm,
    /// Rate less the baseline's; `NaN` where one is missing.
    pub(in crate::derive) difference: f64,
    /// Newcombe's interval of the difference.
    pub(in crate::derive) interval: Option<Interval>,
    /// Relative uplift with its interval on the log ratio.
    pub(in crate::derive) uplift: Option<Uplift>,
    /// Two-sided p that the rates are equal, for one look.
    pub(in crate::derive) p: f64,
}

impl Effect {
    pub(in crate::derive) fn of(treated: Arm, base: Arm) -> Self {
        let both = treated.proportion().zip(base.proportion());
        Self {
            base,
            treated,
            difference: both.map_or(f64::NAN, |(t, b)| t.rate() - b.rate()),
            interval: both.and_then(|(t, b)| newcombe(t, b, LEVEL)),
            uplift: both.and_then(|(t, b)| relative_uplift(t, b, LEVEL)),
            p: both.map_or(f64::NAN, |(t, b)| two_rates_p(t, b)),
        }
    }

    /// The difference with its interval, where it has both.
    pub(in crate::derive) fn measured(&self) -> Option<(f64, Interval)> {
        self.interval.map(|interval| (self.difference, interval))
    }

    /// Whether a count is hidden, since it is small or would reveal one that is: of the users, or of those who converted.
    pub(in crate::derive) fn is_hidden(&self) -> bool {
        [self.base, self.treated].iter().any(|arm| arm.n.is_nan() || arm.hits.is_nan())
    }

    /// Users in both variants; `NaN` where one is hidden.
    pub(in crate::derive) fn n(&self) -> f64 {
        self.base.n + self.treated.n
    }
}
