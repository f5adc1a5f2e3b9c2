//! Judged experiments as sentences and charts.

use std::collections::BTreeMap;

use super::counts::Counts;
use super::guard::{Fare, GuardRail};
use super::judge::{Decision, Judged, MIXING_VARIANCE, Rival, SplitState, by_segment};
use crate::derive::shared::{block, lines};
use crate::frame::Labels;
use crate::query::TimeRange;
use crate::spec::MetricSpec;
use crate::units::{Direction, Unit};
use crate::view::{AxisSpec, Block, BlockBody, Callout, Line, Lines, Reading, Summary, Tone};

/// What a panel shows besides the counts.
pub(super) struct Scene<'a> {
    pub(super) exposures: &'a MetricSpec,
    pub(super) conversions: &'a MetricSpec,
    pub(super) guards: &'a [GuardRail<'a>],
    pub(super) period: TimeRange,
    /// Name and counts by experiment of the other side of a comparison.
    pub(super) other: Option<(String, BTreeMap<String, Counts>)>,
}

pub(super) fn share() -> Unit {
    Unit::from("percentunit")
}

pub(super) fn short() -> Unit {
    Unit::from("short")
}

/// Shares in words, such as "53.1 / 46.9".
pub(super) fn split_text(shares: &[f64]) -> String {
    let text = |share: &f64| {
        if share.is_nan() { "-".to_owned() } else { format!("{}", (share * 1_000.0).round() / 10.0) }
    };
    shares.iter().map(text).collect::<Vec<_>>().join("/")
}

impl Scene<'_> {
    pub(super) fn direction(&self) -> Direction {
        self.conversions.direction
    }

    pub(super) fn fares(&self, experiment: &Judged, rival: &Rival) -> Vec<(&MetricSpec, Fare)> {
        let named = |g: &&GuardRail<'_>| experiment.plan.guard_rails.contains(&g.metric.id);
        self.guards.iter().filter(named).map(|g| (g.metric, g.fare(experiment, rival))).collect()
    }

    pub(super) fn decision(&self, experiment: &Judged, rival: &Rival) -> Decision {
        let is_harmful =
            self.fares(experiment, rival).iter().any(|(_, fare)| matches!(fare, Fare::Known { is_worse: true, .. }));
        experiment.decision(rival, self.direction(), is_harmful)
    }

    /// What can be decided, in one plain sentence.
    pub(super) fn sentence(&self, experiment: &Judged) -> (Tone, Summary) {
        let title = experiment.title();
        let Some(rival) = experiment.foremost(self.direction()) else {
            let text = format!("{title}: only one variant was seen in this time range, so nothing can be compared");
            return (Tone::Unknown, Summary::text(text));
        };
        let variant = experiment.variant(rival.arm);
        let baseline = experiment.variant(0);
        let n = experiment.n();
        let change = |said: Summary| {
            let said = said.value(rival.difference.unwrap_or(f64::NAN), &share());
            match rival.sequence() {
                Some(i) => said.then(" (").value(i.low, &share()).then(" to ").value(i.high, &share()).then(")"),
                None => said,
            }
        };
        match self.decision(experiment, rival) {
            Decision::NotExposed => (
                Tone::Unknown,
                Summary::text(format!("{title}: {baseline} or {variant} has no exposures in this time range")),
            ),
            Decision::BrokenSplit => (
                Tone::Bad,
                Summary::text(format!(
                    "{title}: do not trust it, the split is broken, {} instead of {}, over ",
                    split_text(&experiment.shares()),
                    split_text(&experiment.split.planned)
                ))
                .value(n, &short())
                .then(" exposures"),
            ),
            Decision::CheckSplit => (
                Tone::Warning,
                Summary::text(format!(
                    "{title}: check the split before deciding, it is {} instead of {}",
                    split_text(&experiment.shares()),
                    split_text(&experiment.split.planned)
                )),
            ),
            Decision::TooFew => (
                Tone::Neutral,
                Summary::text(format!("{title}: keep running, too few to say anything after "))
                    .value(n, &short())
                    .then(" exposures"),
            ),
            Decision::Ship => (
                Tone::Good,
                change(Summary::text(format!(
                    "{title}: ship {variant}, the conversion rate differs from {baseline} by "
                ))),
            ),
            Decision::KeepBaseline => (
                Tone::Bad,
                change(Summary::text(format!(
                    "{title}: keep {baseline}, with {variant} the conversion rate differs by "
                ))),
            ),
            Decision::GuardRail => (
                Tone::Warning,
                change(Summary::text(format!(
                    "{title}: do not ship {variant} yet, a guard rail got worse; the conversion rate differs by "
                ))),
            ),
            Decision::KeepRunning => {
                let said = Summary::text(format!("{title}: keep running, no clear change after ")).value(n, &short());
                let said = match experiment.plan.horizon {
                    Some(horizon) => said.then(" of ").value(horizon, &short()).then(" planned exposures"),
                    None => said.then(" exposures"),
                };
                (Tone::Neutral, change(said.then(": the conversion rate differs by ")))
            }
            Decision::NoChangeAtHorizon => {
                let said = Summary::text(format!("{title}: no clear change after ")).value(n, &short());
                let said = said.then(" exposures, more than were planned, so nothing here speaks for shipping");
                (Tone::Neutral, change(said.then(": the conversion rate differs by ")))
            }
        }
    }

    pub(super) fn callout(&self, experiment: &Judged) -> Block {
        let (tone, text) = self.sentence(experiment);
        block("decision", "", BlockBody::Callout(Callout { tone, text }))
    }

    /// The confidence sequence of each rival over the looks.
    pub(super) fn sequence(&self, experiment: &Judged) -> Option<Block> {
        let line = |rival: &Rival| {
            let end = |pick: fn(&crate::stats::interval::Interval) -> f64| -> Vec<f64> {
                rival.looks.iter().map(|(_, look)| look.interval.as_ref().map_or(f64::NAN, pick)).collect()
            };
            Line {
                title: format!("{} less {}", experiment.variant(rival.arm), experiment.variant(0)),
                series: labels(experiment, rival.arm),
                entity: experiment.variant(rival.arm).to_owned(),
                x: rival.looks.iter().map(|(at, _)| *at).collect(),
                // Before the least number of units a difference without a band would only mislead.
                y: rival.looks.iter().map(|(_, look)| look.interval.and(look.difference).unwrap_or(f64::NAN)).collect(),
                low: end(|i| i.low),
                high: end(|i| i.high),
                ..Line::default()
            }
        };
        let drawn: Vec<Line> = experiment.rivals.iter().map(line).filter(|l| !l.x.is_empty()).collect();
        if drawn.is_empty() {
            return None;
        }
        let body = Lines {
            metric: "conversion-change".to_owned(),
            x: lines::time_axis(self.period),
            y: AxisSpec { unit: share(), ..AxisSpec::default() },
            lines: drawn,
            readings: vec![Reading { value: 0.0, title: "no change".to_owned(), tone: Tone::Neutral }],
            ..Lines::default()
        };
        let level = (1.0 - experiment.plan.alpha) * 100.0;
        let title = format!("{}, change with its {level} % confidence sequence", experiment.title());
        Some(block("sequence", &title, BlockBody::Lines(body)))
    }

    /// What only the panel's own page shows: variants, segments, guard rails.
    pub(super) fn details(&self, experiment: &Judged) -> Vec<Block> {
        let mut blocks = vec![block("variants", "Variants", BlockBody::Grid(self.variants(experiment))).in_details()];
        for rival in &experiment.rivals {
            let (rows, interaction) = by_segment(&experiment.counts, rival.arm);
            if rows.is_empty() {
                continue;
            }
            let name = format!("By segment, {}", experiment.variant(rival.arm));
            let id = format!("segments-{}", experiment.variant(rival.arm));
            blocks.push(block(&id, &name, BlockBody::Grid(self.segments(&rows))).in_details());
            let text = match (experiment.split.state, interaction) {
                (SplitState::Broken, _) => "The split is broken: differences by segment mean nothing".to_owned(),
                (_, Some(p)) if p < 0.05 => {
                    format!("The change differs between segments (test of interaction, Cochran's Q, p {})", p_text(p))
                }
                (_, Some(p)) => format!(
                    "The segments do not clearly differ in their change (test of interaction, Cochran's Q, p {})",
                    p_text(p)
                ),
                (_, None) => "With fewer than two segments there is nothing to compare between them".to_owned(),
            };
            let callout = Callout { tone: Tone::Neutral, text: Summary::text(text) };
            blocks.push(block(&format!("interaction-{id}"), "", BlockBody::Callout(callout)).in_details());
            let guards = self.guard_table(experiment, rival);
            if !guards.rows.is_empty() {
                let id = format!("guard-rails-{}", experiment.variant(rival.arm));
                blocks.push(block(&id, "Guard rails", BlockBody::Grid(guards)).in_details());
            }
        }
        blocks
    }
}

pub(super) fn labels(experiment: &Judged, arm: usize) -> Labels {
    Labels::new().with("experiment", &experiment.plan.id).with("variant", experiment.variant(arm))
}

/// What the plan leaves open and was assumed.
pub(super) fn assumptions(experiment: &Judged) -> Vec<String> {
    let title = experiment.title();
    let mut said = Vec::new();
    if !experiment.is_planned {
        said.push(format!(
            "{title}: no plan is set in the panel's option experiments; an equal split, alpha {} and the baseline {:?} are assumed",
            experiment.plan.alpha, experiment.plan.baseline
        ));
    } else if experiment.plan.split.is_empty() {
        said.push(format!("{title}: the plan names no split; an equal one is assumed"));
    }
    if experiment.plan.mixing_variance.is_none() {
        said.push(format!(
            "{title}: the plan fixes no mixing variance; {MIXING_VARIANCE} is used, most sensitive to one percentage point"
        ));
    }
    if experiment.split.planned.iter().any(|s| s.is_nan()) {
        said.push(format!("{title}: a variant was seen that the plan does not name"));
    }
    if experiment.counts.variants.first().is_some_and(|v| *v != experiment.plan.baseline) {
        said.push(format!(
            "{title}: the baseline {:?} was not seen; the first variant stands in",
            experiment.plan.baseline
        ));
    }
    said
}

pub(super) fn p_text(p: f64) -> String {
    match p {
        p if p.is_nan() => "unknown".to_owned(),
        p if p < 0.0001 => "< 0.0001".to_owned(),
        p => format!("{p:.4}"),
    }
}
