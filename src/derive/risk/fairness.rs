//! Fairness between groups: who is chosen how often (demographic parity), and who of those that should be is (equal opportunity).
//!
//! Only of models that decide for or against. Each measure compares the group with the highest rate and the one with the lowest, by
//! Newcombe's interval at a level corrected for all pairs of groups (Bonferroni), and each group with all others.
//! A rate from a count from 1 to k - 1 of the workspace's policy is hidden, and the group is in no comparison of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::measured::Measured;
use crate::derive::portfolio::table::{column, measured};
use crate::derive::shared::classes::positive_class;
use crate::derive::shared::{LEVEL, block, figures as shown};
use crate::derive::{Ask, Context, Stop, Wanted};
use crate::frame::{Frame, Labels};
use crate::order::Order;
use crate::query::Measure;
use crate::spec::{ModelSpec, PanelKind, Task};
use crate::stats::interval::{Interval, Proportion, newcombe, wilson};
use crate::units::Direction;
use crate::view::{Block, BlockBody, Cell, Figure, Grid, Tone};

/// The groups that are compared, unless the panel's option `groups` names another dimension.
const GROUPS: &str = "segment";

/// One measure of one model.
#[derive(Clone, Debug)]
pub(super) struct Fairness {
    model: String,
    title: String,
    dimension: String,
    kind: Kind,
    groups: Vec<Group>,
    gap: Option<Gap>,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Share of all that are chosen.
    Parity,
    /// Share of those to be chosen that are.
    Opportunity,
}

/// One group; without a rate where it is hidden or there is nothing to divide by.
#[derive(Clone, Debug)]
struct Group {
    name: String,
    rate: Option<Proportion>,
    is_hidden: bool,
}

/// The group with the highest rate against the one with the lowest.
#[derive(Clone, Debug)]
struct Gap {
    high: String,
    low: String,
    n: u64,
    estimate: f64,
    interval: Interval,
    n_pairs: usize,
}

/// Counts of one group by what is true and what was decided.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    hits: f64,
    misses: f64,
    false_alarms: f64,
    passes: f64,
}

/// Asks for the counts of all models by group; `None` without a model that decides, or without the metric.
pub(super) fn ask(context: &Context<'_>, ask: &mut Ask<'_>) -> Option<Result<Arc<Frame>, Stop>> {
    let metric = context.metric("confusion-counts")?;
    context.models().iter().find(|model| model.task == Task::Binary)?;
    let by = ["model", dimension(context), "actual", "predicted"];
    Some(ask.series(context, &Wanted::whole(metric, Measure::Increase, &by)))
}

fn dimension<'a>(context: &Context<'a>) -> &'a str {
    context.option("groups").unwrap_or(GROUPS)
}

impl Fairness {
    /// Both measures of every model with at least two groups.
    pub(super) fn read(context: &Context<'_>, ask: &mut Ask<'_>, frame: Result<Arc<Frame>, Stop>) -> Vec<Self> {
        let frame = match frame {
            Ok(frame) => frame,
            Err(stop) => {
                ask.excuse(stop);
                return Vec::new();
            }
        };
        let dimension = dimension(context);
        let k = context.workspace.privacy.small_cells.smallest();
        let mut found = Vec::new();
        let models = context.models();
        for model in models.iter().filter(|model| model.task == Task::Binary) {
            let counts = counts(&frame, model, dimension, models.len() == 1);
            if counts.len() >= 2 {
                found.extend(
                    [Kind::Parity, Kind::Opportunity].map(|kind| Self::new(model, dimension, kind, &counts, k)),
                );
            }
        }
        if found.is_empty() && !frame.is_empty() {
            ask.remark(format!("fairness is not known: the counts do not tell two groups by {dimension} apart"));
        }
        if found.iter().flat_map(|of| &of.groups).any(|group| group.is_hidden) {
            ask.remark(format!("rates of small groups are hidden, and compared with nothing ({dimension})"));
        }
        if !found.is_empty() {
            ask.remark("fairness counts predictions as independent; a person with several counts as often");
        }
        found
    }

    fn new(model: &ModelSpec, dimension: &str, kind: Kind, counts: &BTreeMap<String, Counts>, k: Option<u32>) -> Self {
        let is_small = |n: f64| k.is_some_and(|k| n >= 1.0 && n < f64::from(k));
        let group = |(name, counts): (&String, &Counts)| {
            let (chosen, left) = match kind {
                Kind::Parity => (counts.hits + counts.false_alarms, counts.misses + counts.passes),
                Kind::Opportunity => (counts.hits, counts.misses),
            };
            let is_hidden = is_small(chosen) || is_small(left);
            let rate = Proportion::new(chosen.round() as u64, (chosen.round() + left.round()) as u64);
            Group { name: name.clone(), rate: rate.filter(|_| !is_hidden), is_hidden }
        };
        let groups: Vec<Group> = counts.iter().map(group).collect();
        Self {
            model: model.id.clone(),
            title: model.title.clone().unwrap_or_else(|| model.id.clone()),
            dimension: dimension.to_owned(),
            kind,
            gap: gap(&groups),
            groups,
        }
    }

    /// A clear difference as a risk.
    pub(super) fn as_risk(&self) -> Option<Measured> {
        let gap = self.gap.as_ref().filter(|gap| gap.interval.low > 0.0)?;
        let what = match self.kind {
            Kind::Parity => "is chosen",
            Kind::Opportunity => "is found where it should be",
        };
        let points = |share: f64| format!("{:.1}", share * 100.0);
        let text = format!(
            "{}: {} {} {what} {} points ({} to {}) more often than {}",
            self.title,
            self.dimension,
            gap.high,
            points(gap.estimate),
            points(gap.interval.low),
            points(gap.interval.high),
            gap.low
        );
        Some(Measured {
            model: self.model.clone(),
            model_title: self.title.clone(),
            text,
            tone: Tone::Warning,
            word: "groups differ",
            evidence: PanelKind::ConfusionMatrix,
        })
    }

    fn figure(&self) -> Option<Figure> {
        let gap = self.gap.as_ref()?;
        let (id, name) = self.names();
        let mut figure = shown::named(id, &format!("{}, {name}", self.title), "percentunit", Direction::Lower);
        figure.series = Labels::new().with("model", self.model.clone()).with("groups", self.dimension.clone());
        figure.value = Some(gap.estimate);
        (figure.low, figure.high) = (Some(gap.interval.low), Some(gap.interval.high));
        figure.n = Some(gap.n as f64);
        let correction = match gap.n_pairs {
            1 => String::new(),
            n => format!(", corrected for {n} pairs of groups"),
        };
        figure.method = Some(format!(
            "{} against {}; Newcombe interval{correction}; counts of the range, not causal",
            gap.high, gap.low
        ));
        Some(figure)
    }

    /// Id and name of the difference.
    fn names(&self) -> (&'static str, &'static str) {
        match self.kind {
            Kind::Parity => ("demographic-parity-difference", "demographic parity difference"),
            Kind::Opportunity => ("equal-opportunity-difference", "equal opportunity difference"),
        }
    }

    fn block(&self) -> Block {
        let (rate, of, id) = match self.kind {
            Kind::Parity => ("Chosen", "Decisions", "parity"),
            Kind::Opportunity => ("Found", "Should be found", "opportunity"),
        };
        let row = |group: &Group| {
            let Some(own) = group.rate else {
                let why = if group.is_hidden { "hidden: too few" } else { "none" };
                return vec![
                    Cell::Text(group.name.clone()),
                    Cell::Missing,
                    Cell::Missing,
                    Cell::Missing,
                    Cell::Status(Tone::Unknown, why.to_owned()),
                ];
            };
            let against = others(&self.groups, &group.name)
                .and_then(|others| Some((own.rate() - others.rate(), newcombe(own, others, LEVEL)?)));
            let state = match against {
                None => (Tone::Unknown, "nothing to compare with"),
                Some((_, i)) if i.excludes_zero() => (Tone::Warning, "differs"),
                Some(_) => (Tone::Neutral, "no clear difference"),
            };
            vec![
                Cell::Text(group.name.clone()),
                Cell::Number(own.n() as f64),
                measured(wilson(own, LEVEL).map(|interval| (own.rate(), interval))),
                measured(against),
                Cell::Status(state.0, state.1.to_owned()),
            ]
        };
        let grid = Grid {
            columns: vec![
                column(&self.dimension, None, "none"),
                column(of, Some("confusion-counts"), "short"),
                column(rate, Some(if self.kind == Kind::Parity { "selection-rate" } else { "recall" }), "percentunit"),
                column("Less the rate of all others", Some("group-difference"), "percentunit"),
                column("State", None, "none"),
            ],
            rows: self.groups.iter().map(row).collect(),
            row_keys: self.groups.iter().map(|group| group.name.clone()).collect(),
            row_target: Some(self.dimension.clone()),
            ..Grid::default()
        };
        let (_, name) = self.names();
        let title = format!("{}: {}", self.title, name.trim_end_matches(" difference"));
        block(&format!("{id}-{}", self.model), &title, BlockBody::Grid(grid)).of_width(6)
    }
}

/// The differences as headline numbers.
pub(super) fn figures(fairness: &[Fairness]) -> Vec<Figure> {
    fairness.iter().filter_map(Fairness::figure).collect()
}

/// The groups of each measure as tables.
pub(super) fn blocks(fairness: &[Fairness]) -> Vec<Block> {
    fairness.iter().map(Fairness::block).collect()
}

/// All shown groups but one, together.
fn others(groups: &[Group], name: &str) -> Option<Proportion> {
    let rates = || groups.iter().filter(|group| group.name != name).filter_map(|group| group.rate);
    Proportion::new(rates().map(Proportion::successes).sum(), rates().map(Proportion::n).sum())
}

fn gap(groups: &[Group]) -> Option<Gap> {
    let mut rated: Vec<(&str, Proportion)> =
        groups.iter().filter_map(|group| Some((group.name.as_str(), group.rate?))).collect();
    rated.order_by(|(_, a), (_, b)| b.rate().total_cmp(&a.rate()));
    let ((high, top), (low, bottom)) = (*rated.first()?, *rated.last()?);
    if rated.len() < 2 {
        return None;
    }
    let n_pairs = rated.len() * (rated.len() - 1) / 2;
    let interval = newcombe(top, bottom, 1.0 - (1.0 - LEVEL) / n_pairs as f64)?;
    Some(Gap {
        high: high.to_owned(),
        low: low.to_owned(),
        n: top.n() + bottom.n(),
        estimate: top.rate() - bottom.rate(),
        interval,
        n_pairs,
    })
}

/// A model's counts by group; series without a group are left out.
fn counts(frame: &Frame, model: &ModelSpec, dimension: &str, is_only_model: bool) -> BTreeMap<String, Counts> {
    let positive = positive_class(model);
    let mut counts: BTreeMap<String, Counts> = BTreeMap::new();
    for series in frame.series() {
        let label = |name: &str| series.labels.get(name).filter(|value| !value.is_empty());
        if !label("model").map_or(is_only_model, |id| id == model.id) {
            continue;
        }
        let (Some(group), Some(actual), Some(predicted)) = (label(dimension), label("actual"), label("predicted"))
        else {
            continue;
        };
        let n: f64 = series.y.iter().filter(|y| y.is_finite() && **y >= 0.0).sum();
        let of = counts.entry(group.to_owned()).or_default();
        *match (actual == positive, predicted == positive) {
            (true, true) => &mut of.hits,
            (true, false) => &mut of.misses,
            (false, true) => &mut of.false_alarms,
            (false, false) => &mut of.passes,
        } += n;
    }
    counts
}
