//! Conversion by variant: the rates, and each variant's difference to the baseline.

use super::outcomes::{self, Arm, Effect, Experiment};
use crate::derive::shared::links;
use crate::derive::shared::{block, figures};
use crate::derive::{Ask, Context, Other, Stop};
use crate::frame::Labels;
use crate::spec::{MetricSpec, PanelKind};
use crate::stats::interval::Interval;
use crate::stats::mover;
use crate::units::{Direction, Unit};
use crate::view::{
    AxisSpec, Bar, Bars, Block, BlockBody, Callout, Cell, Control, ControlKind, Figure, Grid, GridColumn, Summary,
    Tone, Verdict,
};

/// More experiments than this are not drawn side by side.
const MAX_DRAWN: usize = 3;
/// Why there is no number.
const HIDDEN: &str = "not shown: too few people converted, or did not";
/// Place of the difference's column.
const DIFFERENCE: usize = 5;

/// The experiments with their counts, and which of them is shown.
pub(in crate::derive) struct Conversion<'a> {
    pub(in crate::derive) metric: &'a MetricSpec,
    pub(in crate::derive) experiments: Vec<Experiment>,
    pub(in crate::derive) chosen: Experiment,
    pub(in crate::derive) newest: Option<f64>,
    /// What is looked at, if it is a part of the selection.
    part: String,
    before: Option<(String, Vec<Experiment>)>,
}

impl<'a> Conversion<'a> {
    /// Asks for the counts of the context's side and of another.
    ///
    /// # Errors
    /// As [`Ask::groups`]; [`Stop::Empty`] if nobody was exposed.
    pub(in crate::derive) fn ask(
        context: &Context<'_>,
        ask: &mut Ask<'_>,
        other: Option<&Other<'_>>,
        metric: &'a MetricSpec,
    ) -> Result<Self, Stop> {
        let main = outcomes::ask(context, ask, metric, &[]);
        let reference = other.map(|other| (other.title, outcomes::ask(&other.context, ask, metric, &[])));
        let main = main?;
        let (rows, n_without) = outcomes::rows(metric, &main, "");
        if n_without > 0.0 {
            ask.remark(format!("{n_without} users have no variant and are left out"));
        }
        let experiments = Experiment::all(context, metric, &rows);
        let before = match reference {
            Some((title, answer)) => ask.spare(answer)?.map(|frame| {
                let (rows, _) = outcomes::rows(metric, &frame, "");
                (title.to_owned(), Experiment::all(context, metric, &rows))
            }),
            None => None,
        };
        let chosen = context.setting("experiment");
        let found = experiments.iter().find(|e| Some(e.id.as_str()) == chosen).or(experiments.first());
        let Some(chosen) = found.cloned() else {
            return Err(Stop::empty("nobody was exposed to an experiment in this time range"));
        };
        for warning in experiments.iter().filter_map(Experiment::warning) {
            ask.remark(warning);
        }
        ask.remark("conversions are those known now: users exposed last had less time for one, with and without alike");
        let newest = outcomes::newest(&main);
        Ok(Self { metric, experiments, chosen, newest, part: part(context).to_owned(), before })
    }

    /// The variant to speak of, against the baseline: the one with the greatest difference in the good direction.
    pub(in crate::derive) fn foremost(&self) -> Option<(&str, Effect)> {
        let sign = if self.metric.direction == Direction::Lower { -1.0 } else { 1.0 };
        let gain = |effect: &Effect| {
            let gain = sign * effect.difference;
            if gain.is_nan() { f64::NEG_INFINITY } else { gain }
        };
        self.chosen.rivals().into_iter().max_by(|a, b| gain(&a.1).total_cmp(&gain(&b.1)))
    }

    /// The same variant on the other side: of the same experiment, or of the one with the most users where that is not there.
    pub(in crate::derive) fn effect_before(&self, variant: &str) -> Option<(&str, Effect)> {
        let (title, experiments) = self.before.as_ref()?;
        let same = experiments.iter().find(|e| e.id == self.chosen.id).or(experiments.first())?;
        let (_, effect) = same.rivals().into_iter().find(|(name, _)| *name == variant)?;
        Some((title.as_str(), effect))
    }

    fn arm_before(&self, experiment: &str, variant: &str) -> Option<Arm> {
        let (_, experiments) = self.before.as_ref()?;
        let same = experiments.iter().find(|e| e.id == experiment)?;
        same.arms.iter().find(|(name, _)| name == variant).map(|(_, arm)| *arm)
    }

    /// What is looked at, if it is a part of the selection: the value that is compared with the rest.
    pub(in crate::derive) fn part(&self) -> &str {
        &self.part
    }

    /// What tells a variant of the chosen experiment apart.
    pub(in crate::derive) fn labels(&self, variant: &str) -> Labels {
        series(&self.chosen, variant)
    }

    /// The rate with the model against the rate without, and the relative uplift.
    pub(super) fn figures(&self) -> Vec<Figure> {
        let Some((variant, effect)) = self.foremost() else { return Vec::new() };
        let base = self.chosen.base().map_or("", |(name, _)| name);
        let mut rate = figures::of_metric(self.metric);
        rate.title = titled(&format!("Conversion, {variant}"), &self.part);
        rate.unit = Unit::from("percentunit");
        rate.series = self.labels(variant);
        rate.n = Some(effect.treated.n).filter(|n| n.is_finite());
        if let Some((treated, untreated)) = effect.treated.proportion().zip(effect.base.proportion()) {
            figures::fill_rate(&mut rate, treated);
            figures::compare_rates(&mut rate, treated, untreated, base);
        }
        rate.method = Some(format!(
            "Wilson interval; the {} against {base} by Newcombe's interval, for one look: to decide while it runs, see the A/B tests",
            self.chosen.word()
        ));
        if effect.treated.proportion().is_none() && effect.treated.n > 0.0 {
            rate.method = Some(HIDDEN.to_owned());
        }
        let uplift = self.uplift_figure(variant, &effect);
        let mut all = vec![rate, uplift];
        if self.chosen.is_broken() {
            for figure in &mut all {
                figure.verdict = Verdict::None;
            }
        }
        all
    }

    fn uplift_figure(&self, variant: &str, effect: &Effect) -> Figure {
        let title = if self.chosen.is_broken() { "Relative difference, not causal" } else { "Relative uplift" };
        let mut figure =
            figures::named("relative-uplift", &titled(title, &self.part), "percentunit", self.metric.direction);
        figure.series = self.labels(variant);
        figure.n = Some(effect.n()).filter(|n| n.is_finite());
        let Some(uplift) = effect.uplift else {
            let why = if effect.is_hidden() { HIDDEN } else { "none: it needs conversions in both variants" };
            figure.method = Some(why.to_owned());
            return figure;
        };
        figure.value = Some(uplift.estimate);
        (figure.low, figure.high) = (Some(uplift.interval.low), Some(uplift.interval.high));
        figure.method = Some("delta method on the log ratio (Katz), for one look".to_owned());
        if let Some((title, before)) = self.effect_before(variant)
            && let Some(before) = before.uplift
        {
            let of = mover::difference((uplift.estimate, uplift.interval), (before.estimate, before.interval));
            figures::compare(&mut figure, before.estimate, of.map(|i| (i.low, i.high)), title);
            figure.method = Some(
                "delta method on the log ratio (Katz), for one look; the change by MOVER, both taken as independent"
                    .to_owned(),
            );
        }
        figure
    }

    /// The rates of every experiment, or of the chosen one where there are many.
    pub(super) fn bars(&self) -> Block {
        let drawn: Vec<&Experiment> =
            if self.experiments.len() <= MAX_DRAWN { self.experiments.iter().collect() } else { vec![&self.chosen] };
        let bar = |experiment: &Experiment, variant: &str, arm: Arm| {
            let mut rate = Figure::default();
            if let Some(proportion) = arm.proportion() {
                figures::fill_rate(&mut rate, proportion);
            }
            let end = |end: Option<f64>| end.unwrap_or(f64::NAN);
            Bar {
                title: if drawn.len() > 1 { format!("{}, {variant}", experiment.title) } else { variant.to_owned() },
                key: experiment.id.clone(),
                series: series(experiment, variant),
                entity: variant.to_owned(),
                value: end(rate.value),
                low: end(rate.low),
                high: end(rate.high),
                reference: self.arm_before(&experiment.id, variant).map_or(f64::NAN, Arm::rate),
                note: if rate.value.is_none() { "not shown".to_owned() } else { String::new() },
            }
        };
        let of = |experiment: &&Experiment| {
            experiment.arms.iter().map(|(variant, arm)| bar(experiment, variant, *arm)).collect::<Vec<_>>()
        };
        let body = Bars {
            metric: self.metric.id.clone(),
            axis: AxisSpec { unit: Unit::from("percentunit"), min: Some(0.0), ..AxisSpec::default() },
            bars: drawn.iter().flat_map(of).collect(),
            target: (drawn.len() > 1).then(|| "experiment".to_owned()),
            ..Bars::default()
        };
        block("conversion", "Conversion by variant", BlockBody::Bars(body))
    }

    /// Every experiment and variant with its counts, differences and intervals; a difference leads to the test that is watched.
    pub(super) fn table(&self, context: &Context<'_>) -> Block {
        let mut grid = Grid {
            columns: vec![
                column("Experiment", None, "none"),
                column("Variant", None, "none"),
                column("Exposed", Some("exposed"), "short"),
                column("Converted", Some("converted"), "short"),
                column("Conversion", Some(&self.metric.id), "percentunit"),
                column("Difference, one look", Some("conversion-difference"), "percentunit"),
                column("Relative, one look", Some("relative-uplift"), "percentunit"),
                column("p, one look", None, "none"),
                column("Called", None, "none"),
            ],
            row_target: Some("experiment".to_owned()),
            ..Grid::default()
        };
        for experiment in &self.experiments {
            let rivals = experiment.rivals();
            for (at, (variant, arm)) in experiment.arms.iter().enumerate() {
                let effect = at.checked_sub(1).and_then(|rival| rivals.get(rival)).map(|(_, effect)| effect);
                grid.rows.push(row(experiment, variant, *arm, effect));
                grid.row_keys.push(experiment.id.clone());
                let watched = effect.and_then(|_| links::evidence(context, PanelKind::AbTests, &[]));
                grid.evidence.push(links::row(grid.columns.len(), vec![(DIFFERENCE, watched)]));
            }
        }
        let title = "Experiments: Wilson and Newcombe intervals, delta method on the log ratio";
        block("experiments", title, BlockBody::Grid(grid)).in_details()
    }

    /// What is wrong with the chosen experiment's split, if something is.
    pub(super) fn callout(&self) -> Option<Block> {
        let callout = Callout { tone: Tone::Bad, text: Summary::text(self.chosen.warning()?) };
        Some(block("split", "", BlockBody::Callout(callout)))
    }

    /// Which experiment is shown, where there are several.
    pub(in crate::derive) fn control(&self) -> Option<Control> {
        let options = self.experiments.iter().map(|e| (e.id.clone(), e.title.clone())).collect();
        (self.experiments.len() > 1).then(|| Control {
            name: "experiment".to_owned(),
            title: "Experiment".to_owned(),
            kind: ControlKind::Choice(options),
            value: self.chosen.id.clone(),
            details: false,
        })
    }
}

fn row(experiment: &Experiment, variant: &str, arm: Arm, effect: Option<&Effect>) -> Vec<Cell> {
    let mut rate = Figure::default();
    if let Some(proportion) = arm.proportion() {
        figures::fill_rate(&mut rate, proportion);
    }
    let relative = effect.and_then(|e| e.uplift);
    vec![
        Cell::Text(experiment.title.clone()),
        Cell::Text(variant.to_owned()),
        number(arm.n),
        number(arm.hits),
        match (rate.value, rate.low, rate.high) {
            (Some(value), Some(low), Some(high)) => Cell::Interval(value, low, high),
            _ => Cell::Missing,
        },
        measured(effect.and_then(Effect::measured)),
        measured(relative.map(|uplift| (uplift.estimate, uplift.interval))),
        number(effect.map_or(f64::NAN, |e| e.p)),
        match effect {
            Some(_) => Cell::Text(experiment.word().to_owned()),
            None => Cell::Text("baseline".to_owned()),
        },
    ]
}

/// The value that is compared with the rest, if what is looked at is only that.
pub(in crate::derive) fn part<'a>(context: &Context<'a>) -> &'a str {
    context.rest().map_or("", |rest| rest.value)
}

fn series(experiment: &Experiment, variant: &str) -> Labels {
    let labels = Labels::new().with("variant", variant);
    if experiment.id.is_empty() { labels } else { labels.with("experiment", &experiment.id) }
}

/// A title that says of whom, where it is not of everybody selected.
pub(in crate::derive) fn titled(title: &str, part: &str) -> String {
    if part.is_empty() { title.to_owned() } else { format!("{title}, {part}") }
}

/// A number, missing where there is none.
pub(in crate::derive) fn number(value: f64) -> Cell {
    if value.is_finite() { Cell::Number(value) } else { Cell::Missing }
}

/// An estimate with its interval.
pub(in crate::derive) fn measured(value: Option<(f64, Interval)>) -> Cell {
    value.map_or(Cell::Missing, |(value, interval)| Cell::Interval(value, interval.low, interval.high))
}

pub(in crate::derive) fn column(title: &str, metric: Option<&str>, unit: &str) -> GridColumn {
    GridColumn { title: title.to_owned(), metric: metric.map(str::to_owned), unit: Unit::from(unit) }
}
