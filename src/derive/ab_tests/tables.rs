//! Judged experiments as tables: all of them, and the variants, segments and guard rails of one.

use std::collections::BTreeMap;

use super::counts::Counts;
use super::guard::Fare;
use super::judge::{Decision, Judged, Rival, SegmentRow, SplitState};
use super::show::{Scene, split_text};
use crate::derive::shared::{LEVEL, figures};
use crate::spec::MetricSpec;
use crate::stats::interval::newcombe;
use crate::units::Unit;
use crate::view::{Cell, Figure, Grid, GridColumn, Tone};

impl Scene<'_> {
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
                let mut cells = vec![
                    Cell::Text(name),
                    self.state(experiment, rival),
                    number(experiment.n()),
                    change,
                    rival.uplift.map_or(Cell::Missing, Cell::Number),
                    split_cell(experiment),
                    number(rival.q),
                ];
                cells.extend(self.other.as_ref().map(|(_, counts)| other_cell(counts, experiment, rival)));
                rows.push(cells);
                keys.push(experiment.plan.id.clone());
            }
        }
        let mut columns = vec![
            column("Experiment", None, "none"),
            column("Decision", None, "none"),
            column("Exposed", Some(&self.exposures.id), "short"),
            column("Change, valid at every look", Some(&self.conversions.id), "percentunit"),
            column("Uplift", Some("uplift"), "percentunit"),
            column("Split", None, "none"),
            column("p, watched, corrected", None, "none"),
        ];
        columns.extend(self.other.as_ref().map(|(title, _)| {
            column(&format!("Change, {title}, one look"), Some("conversion-change-reference"), "percentunit")
        }));
        Grid { columns, rows, row_keys: keys, row_target: Some("experiment".to_owned()), ..Grid::default() }
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

    pub(super) fn variants(&self, experiment: &Judged) -> Grid {
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

    pub(super) fn segments(&self, rows: &[SegmentRow]) -> Grid {
        let row = |r: &SegmentRow| {
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

    pub(super) fn guard_table(&self, experiment: &Judged, rival: &Rival) -> Grid {
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

/// The change of the same variant on the other side, for one look.
fn other_cell(counts: &BTreeMap<String, Counts>, experiment: &Judged, rival: &Rival) -> Cell {
    let of = |variant: &str| {
        let counts = counts.get(&experiment.plan.id)?;
        let place = counts.variants.iter().position(|v| v == variant)?;
        counts.totals.get(place)?.proportion().filter(|rate| rate.n() > 0)
    };
    let Some((treated, base)) = of(experiment.variant(rival.arm)).zip(of(experiment.variant(0))) else {
        return Cell::Missing;
    };
    let difference = treated.rate() - base.rate();
    newcombe(treated, base, LEVEL).map_or(Cell::Number(difference), |i| Cell::Interval(difference, i.low, i.high))
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

fn number(value: f64) -> Cell {
    if value.is_finite() { Cell::Number(value) } else { Cell::Missing }
}

fn column(title: &str, metric: Option<&str>, unit: &str) -> GridColumn {
    GridColumn { title: title.to_owned(), metric: metric.map(str::to_owned), unit: Unit::from(unit) }
}
