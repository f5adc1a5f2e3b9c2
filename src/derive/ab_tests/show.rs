//! Judged experiments as sentences, figures, tables and charts.

use super::guard::{Fare, GuardRail};
use super::judge::{Decision, Judged, MIXING_VARIANCE, Rival, SplitState, by_segment};
use crate::derive::shared::{block, figures, lines};
use crate::frame::Labels;
use crate::query::TimeRange;
use crate::spec::MetricSpec;
use crate::units::{Direction, Unit};
use crate::view::{
    AxisSpec, Block, BlockBody, Callout, Cell, Figure, Grid, GridColumn, Line, Lines, Reading, Summary, Tone, Verdict,
};

/// What a panel shows besides the counts.
pub(super) struct Scene<'a> {
    pub(super) exposures: &'a MetricSpec,
    pub(super) conversions: &'a MetricSpec,
    pub(super) guards: &'a [GuardRail<'a>],
    pub(super) period: TimeRange,
}

fn share() -> Unit {
    Unit::from("percentunit")
}

fn short() -> Unit {
    Unit::from("short")
}

/// Shares in words, such as "53.1 / 46.9".
fn split_text(shares: &[f64]) -> String {
    shares.iter().map(|s| format!("{}", (s * 1_000.0).round() / 10.0)).collect::<Vec<_>>().join("/")
}

impl Scene<'_> {
    fn direction(&self) -> Direction {
        self.conversions.direction
    }

    fn fares(&self, experiment: &Judged, rival: &Rival) -> Vec<(&MetricSpec, Fare)> {
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

    /// The decision as a state of few words.
    fn state(&self, experiment: &Judged, rival: &Rival) -> Cell {
        let variant = experiment.variant(rival.arm);
        let (tone, word) = match self.decision(experiment, rival) {
            Decision::NotExposed => (Tone::Unknown, "no exposures".to_owned()),
            Decision::BrokenSplit => (Tone::Bad, "do not trust".to_owned()),
            Decision::CheckSplit => (Tone::Warning, "check the split".to_owned()),
            Decision::TooFew => (Tone::Neutral, "too few".to_owned()),
            Decision::Ship => (Tone::Good, format!("ship {variant}")),
            Decision::KeepBaseline => (Tone::Bad, format!("keep {}", experiment.variant(0))),
            Decision::KeepRunning => (Tone::Neutral, "keep running".to_owned()),
            Decision::NoChangeAtHorizon => (Tone::Neutral, "no clear change".to_owned()),
            Decision::GuardRail => (Tone::Warning, "guard rail worse".to_owned()),
        };
        Cell::Status(tone, word)
    }

    pub(super) fn callout(&self, experiment: &Judged) -> Block {
        let (tone, text) = self.sentence(experiment);
        block("decision", "", BlockBody::Callout(Callout { tone, text }))
    }

    /// One row for each variant against its baseline.
    pub(super) fn table(&self, experiments: &[Judged]) -> Grid {
        let mut rows = Vec::new();
        let mut keys = Vec::new();
        for experiment in experiments {
            for rival in &experiment.rivals {
                let several = experiment.rivals.len() > 1;
                let name = if several {
                    format!("{}, {}", experiment.title(), experiment.variant(rival.arm))
                } else {
                    experiment.title().to_owned()
                };
                let change = match (rival.difference, rival.sequence()) {
                    (Some(value), Some(i)) => Cell::Interval(value, i.low, i.high),
                    (Some(value), None) => Cell::Number(value),
                    _ => Cell::Missing,
                };
                rows.push(vec![
                    Cell::Text(name),
                    self.state(experiment, rival),
                    Cell::Number(experiment.n()),
                    change,
                    rival.uplift.map_or(Cell::Missing, Cell::Number),
                    split_cell(experiment),
                    number(rival.q),
                ]);
                keys.push(experiment.plan.id.clone());
            }
        }
        Grid {
            columns: vec![
                column("Experiment", None, "none"),
                column("Decision", None, "none"),
                column("Exposed", Some(&self.exposures.id), "short"),
                column("Change, valid at every look", Some(&self.conversions.id), "percentunit"),
                column("Uplift", Some("uplift"), "percentunit"),
                column("Split", None, "none"),
                column("p, watched, corrected", None, "none"),
            ],
            rows,
            row_keys: keys,
            row_target: Some("experiment".to_owned()),
            ..Grid::default()
        }
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

    /// Exposures, the change of the rate, the uplift, and the probability to be best; the rest only in details.
    pub(super) fn figures(&self, experiment: &Judged, details: bool) -> Vec<Figure> {
        let mut all = vec![self.exposure_figure(experiment)];
        let foremost = experiment.foremost(self.direction()).map(|r| r.arm);
        let shown = experiment.rivals.iter().filter(|r| details || Some(r.arm) == foremost);
        for rival in shown {
            all.extend(self.rate_figure(experiment, rival));
            all.extend(uplift_figure(experiment, rival));
            all.extend(best_figure(experiment, rival));
            if details {
                all.extend(fixed_figures(experiment, rival));
            }
        }
        all
    }

    fn exposure_figure(&self, experiment: &Judged) -> Figure {
        let mut figure = figures::of_metric(self.exposures);
        figure.unit = short();
        figure.direction = Direction::Neutral;
        figure.series = Labels::new().with("experiment", &experiment.plan.id);
        figure.value = Some(experiment.n());
        figure.n = Some(experiment.n());
        figure.target = experiment.plan.horizon;
        let split = &experiment.split;
        figure.p = Some(split.watched_p).filter(|p| p.is_finite());
        figure.method = Some(format!(
            "counted: no interval. Split {} planned {}, {}; p of the split when watched (sequential multinomial), {} for one look (chi-squared)",
            split_text(&experiment.shares()),
            split_text(&split.planned),
            match split.state {
                SplitState::Fine => "as planned",
                SplitState::Suspicious => "doubtful",
                SplitState::Broken => "broken",
                SplitState::Unknown => "not checked",
            },
            p_text(split.one_look_p),
        ));
        figure
    }

    fn rate_figure(&self, experiment: &Judged, rival: &Rival) -> Option<Figure> {
        let treated = experiment.totals(rival.arm).proportion()?;
        let base = experiment.totals(0).proportion()?;
        let mut figure = figures::named(
            "conversion-rate",
            &format!("Conversion rate, {}", experiment.variant(rival.arm)),
            "percentunit",
            self.direction(),
        );
        figure.series = labels(experiment, rival.arm);
        figures::fill_rate(&mut figure, treated);
        let sequence = rival.sequence().map(|i| (i.low, i.high));
        figures::compare(&mut figure, base.rate(), sequence, experiment.variant(0));
        figure.p = Some(rival.p).filter(|p| p.is_finite());
        figure.q = Some(rival.q).filter(|q| q.is_finite());
        let level = (1.0 - experiment.plan.alpha) * 100.0;
        figure.method = Some(format!(
            "Wilson interval of the rate; the interval of the change is its {level} % confidence sequence (mixture sequential test), {}; so is p, q is by Holm over the panel; coloured by q",
            if sequence.is_some() {
                "valid at every look"
            } else {
                "not given before 100 exposures and 5 of either outcome in each variant"
            },
        ));
        let called = self.decision(experiment, rival);
        figure.verdict = match called {
            Decision::Ship | Decision::KeepBaseline | Decision::GuardRail => {
                let delta = figure.delta.unwrap_or(f64::NAN);
                Verdict::of(delta, delta, self.direction())
            }
            Decision::BrokenSplit | Decision::CheckSplit | Decision::NotExposed => Verdict::None,
            _ => Verdict::NoClearChange,
        };
        Some(figure)
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

    fn variants(&self, experiment: &Judged) -> Grid {
        let shares = experiment.shares();
        let row = |arm: usize| {
            let totals = experiment.totals(arm);
            let mut rate = Figure::default();
            if let Some(proportion) = totals.proportion() {
                figures::fill_rate(&mut rate, proportion);
            }
            let at = |values: &[f64]| values.get(arm).copied().unwrap_or(f64::NAN);
            vec![
                Cell::Text(experiment.variant(arm).to_owned()),
                number(totals.n),
                number(at(&experiment.split.planned)),
                number(at(&shares)),
                number(totals.hits),
                match (rate.value, rate.low, rate.high) {
                    (Some(value), Some(low), Some(high)) => Cell::Interval(value, low, high),
                    _ => Cell::Missing,
                },
                number(experiment.best.as_deref().map_or(f64::NAN, at)),
            ]
        };
        Grid {
            columns: vec![
                column("Variant", None, "none"),
                column("Exposed", Some(&self.exposures.id), "short"),
                column("Planned share", None, "percentunit"),
                column("Share", None, "percentunit"),
                column("Converted", Some(&self.conversions.id), "short"),
                column("Conversion rate", Some("conversion-rate"), "percentunit"),
                column("Probability best", Some("probability-best"), "percentunit"),
            ],
            rows: (0..experiment.counts.variants.len()).map(row).collect(),
            ..Grid::default()
        }
    }

    fn segments(&self, rows: &[super::judge::SegmentRow]) -> Grid {
        let row = |r: &super::judge::SegmentRow| {
            vec![
                Cell::Text(r.name.clone()),
                number(r.base.n),
                number(r.treated.n),
                number(r.base.hits / r.base.n),
                number(r.treated.hits / r.treated.n),
                match r.interval {
                    Some(i) => Cell::Interval(r.difference, i.low, i.high),
                    None => Cell::Missing,
                },
                number(r.p),
                number(r.q),
            ]
        };
        Grid {
            columns: vec![
                column("Segment", None, "none"),
                column("Exposed, baseline", Some(&self.exposures.id), "short"),
                column("Exposed", Some(&self.exposures.id), "short"),
                column("Rate, baseline", Some("conversion-rate"), "percentunit"),
                column("Rate", Some("conversion-rate"), "percentunit"),
                column("Change, one look", Some("conversion-change"), "percentunit"),
                column("p, one look", None, "none"),
                column("p, corrected by Holm", None, "none"),
            ],
            rows: rows.iter().map(row).collect(),
            row_keys: rows.iter().map(|r| r.name.clone()).collect(),
            row_target: Some("segment".to_owned()),
            ..Grid::default()
        }
    }

    fn guard_table(&self, experiment: &Judged, rival: &Rival) -> Grid {
        let row = |(metric, fare): (&MetricSpec, Fare)| {
            let name = Cell::Text(metric.title.clone().unwrap_or_else(|| metric.id.clone()));
            match fare {
                Fare::Unknown(why) => {
                    vec![name, Cell::Missing, Cell::Status(Tone::Unknown, format!("not known: {why}"))]
                }
                Fare::Known { difference, interval, is_worse } => vec![
                    name,
                    match interval {
                        Some(i) => Cell::Interval(difference, i.low, i.high),
                        None => number(difference),
                    },
                    match (is_worse, interval) {
                        (true, _) => Cell::Status(Tone::Bad, "worse".to_owned()),
                        (false, Some(_)) => Cell::Status(Tone::Good, "no harm seen".to_owned()),
                        (false, None) => Cell::Status(Tone::Unknown, "too few".to_owned()),
                    },
                ],
            }
        };
        Grid {
            columns: vec![
                column("Guard rail", None, "none"),
                column("Change for each exposed", None, "percentunit"),
                column("State", None, "none"),
            ],
            rows: self.fares(experiment, rival).into_iter().map(row).collect(),
            ..Grid::default()
        }
    }
}

fn labels(experiment: &Judged, arm: usize) -> Labels {
    Labels::new().with("experiment", &experiment.plan.id).with("variant", experiment.variant(arm))
}

fn uplift_figure(experiment: &Judged, rival: &Rival) -> Option<Figure> {
    let mut figure = figures::named("uplift", "Relative uplift", "percentunit", Direction::Neutral);
    figure.series = labels(experiment, rival.arm);
    figure.value = Some(rival.uplift?);
    figure.n = Some(experiment.totals(0).n + experiment.totals(rival.arm).n);
    figure.method = Some(
        "ratio of the rates less 1; no interval while the experiment is watched, as it holds for one look only: the change has one that holds at every look"
            .to_owned(),
    );
    Some(figure)
}

/// Not shown where the split is broken: it would read as a decision.
fn best_figure(experiment: &Judged, rival: &Rival) -> Option<Figure> {
    if experiment.split.state == SplitState::Broken {
        return None;
    }
    let probability = *experiment.best.as_ref()?.get(rival.arm)?;
    let title = format!("Probability that {} is best", experiment.variant(rival.arm));
    let mut figure = figures::named("probability-best", &title, "percentunit", Direction::Neutral);
    figure.series = labels(experiment, rival.arm);
    figure.value = Some(probability);
    figure.n = Some(experiment.n());
    figure.method = Some("prior Beta(1, 1) for each variant; a belief, not a test: it has no interval".to_owned());
    Some(figure)
}

/// The one planned test: its p, and with the planned number reached the change and the uplift at that look.
fn fixed_figures(experiment: &Judged, rival: &Rival) -> Vec<Figure> {
    let variant = experiment.variant(rival.arm);
    let figure = |metric: &str, title: &str, unit: &str| {
        let mut figure =
            figures::named(metric, &format!("{title} at the planned number, {variant}"), unit, Direction::Neutral);
        figure.series = labels(experiment, rival.arm);
        figure.n = rival.fixed.map(|fixed| fixed.n);
        figure
    };
    let mut p = figure("fixed-horizon-p", "p", "none");
    p.value = rival.fixed.map(|fixed| fixed.p);
    p.p = p.value;
    p.method = Some(
        match (rival.fixed, experiment.plan.horizon) {
            (Some(_), _) => "two-rate score test, made once, at the first look with the planned number of exposures",
            (None, Some(_)) => "not given before the planned number of exposures is reached",
            (None, None) => "no number of exposures was planned: there is no fixed-horizon test",
        }
        .to_owned(),
    );
    let Some(fixed) = rival.fixed else { return vec![p] };
    let mut change = figure("fixed-horizon-change", "Change", "percentunit");
    change.value = Some(fixed.difference);
    (change.low, change.high) = (fixed.interval.map(|i| i.low), fixed.interval.map(|i| i.high));
    change.method = Some("Newcombe interval, for this one look".to_owned());
    let mut uplift = figure("fixed-horizon-uplift", "Relative uplift", "percentunit");
    uplift.value = fixed.uplift.map(|u| u.estimate);
    (uplift.low, uplift.high) = (fixed.uplift.map(|u| u.interval.low), fixed.uplift.map(|u| u.interval.high));
    uplift.method = Some("delta method on the log ratio, for this one look".to_owned());
    vec![p, change, uplift]
}

fn split_cell(experiment: &Judged) -> Cell {
    let text = split_text(&experiment.shares());
    match experiment.split.state {
        SplitState::Fine => Cell::Status(Tone::Good, text),
        SplitState::Suspicious => Cell::Status(Tone::Warning, format!("{text}, doubtful")),
        SplitState::Broken => Cell::Status(Tone::Bad, format!("{text}, broken")),
        SplitState::Unknown => Cell::Status(Tone::Unknown, "not checked".to_owned()),
    }
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

fn p_text(p: f64) -> String {
    match p {
        p if p.is_nan() => "unknown".to_owned(),
        p if p < 0.0001 => "< 0.0001".to_owned(),
        p => format!("{p:.4}"),
    }
}

fn number(value: f64) -> Cell {
    if value.is_finite() { Cell::Number(value) } else { Cell::Missing }
}

fn column(title: &str, metric: Option<&str>, unit: &str) -> GridColumn {
    GridColumn { title: title.to_owned(), metric: metric.map(str::to_owned), unit: Unit::from(unit) }
}
