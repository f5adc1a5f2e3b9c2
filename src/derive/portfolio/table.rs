//! The models as tables: states that lead to their evidence, and the numbers behind them.

use super::misses::Misses;
use super::reliability::Reliability;
use super::row::{Goals, Row};
use super::{Drift, freshness};
use crate::derive::Context;
use crate::derive::shared::{LEVEL, links};
use crate::spec::PanelKind;
use crate::stats::interval::{Interval, Proportion, newcombe, wilson};
use crate::units::Unit;
use crate::view::{Cell, Grid, GridColumn};

/// All that the tables show.
pub(super) struct Scene<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) rows: &'a [Row],
    pub(super) goals: &'a Goals,
    /// Name of the other side, if there is one.
    pub(super) before: Option<&'a str>,
}

impl Scene<'_> {
    /// One row a model with its four states.
    pub(super) fn board(&self) -> Grid {
        let cells = |row: &Row| {
            let states = row.states(self.goals).into_iter().map(|(tone, word)| Cell::Status(tone, word));
            std::iter::once(Cell::Text(row.title.clone())).chain(states).collect()
        };
        let evidence = |row: &Row| {
            let (_, _, reliability) = row.reliability.state(self.goals.objectives);
            let kinds = [PanelKind::ModelPerformance, PanelKind::Drift, reliability, PanelKind::DeploymentStatus];
            std::iter::once(None)
                .chain(kinds.map(|kind| links::evidence(self.context, kind, &[("model", &row.id)])))
                .collect()
        };
        Grid {
            columns: ["Model", "Accuracy", "Drift", "Reliability", "Freshness"]
                .map(|title| column(title, None, "none"))
                .to_vec(),
            rows: self.rows.iter().map(cells).collect(),
            row_keys: self.rows.iter().map(|row| row.id.clone()).collect(),
            row_target: Some("model".to_owned()),
            evidence: self.rows.iter().map(evidence).collect(),
            ..Grid::default()
        }
    }

    /// The numbers behind the states.
    pub(super) fn numbers(&self) -> Grid {
        let mut columns = vec![
            column("Model", None, "none"),
            column("Version", None, "none"),
            column("Accuracy", Some("accuracy"), "percentunit"),
            column("Predictions counted", Some("confusion-counts"), "short"),
            column("Compared with", None, "none"),
            column("Change of accuracy", Some("accuracy-change"), "percentunit"),
            column("Drifted features", Some("drift-share"), "percentunit"),
            column("Rows compared", None, "none"),
            column("Failed requests", Some("error-share"), "percentunit"),
            column("Requests", Some("requests"), "short"),
            GridColumn { unit: self.latency_unit(), ..column("p95", Some("latency"), "none") },
            column("Made or evaluated", None, "none"),
            column("Age in days", Some("model-age"), "none"),
        ];
        if let Some(title) = self.before {
            columns.push(column(&format!("Failed requests, {title}"), Some("error-share-reference"), "percentunit"));
            columns.push(column("Change of failures", Some("error-share-change"), "percentunit"));
        }
        if self.has_misses() {
            columns.push(column("Mean absolute error", Some("mae"), "none"));
            columns.push(column("Predictions with a true value", Some("mae-n"), "short"));
            columns.push(column("Error compared with", None, "none"));
            columns.push(column("Change of the error", Some("mae-change"), "none"));
        }
        Grid {
            columns,
            rows: self.rows.iter().map(|row| self.numbers_of(row)).collect(),
            row_keys: self.rows.iter().map(|row| row.id.clone()).collect(),
            row_target: Some("model".to_owned()),
            ..Grid::default()
        }
    }

    fn numbers_of(&self, row: &Row) -> Vec<Cell> {
        let quality = &row.quality;
        let text = |text: Option<String>| text.map_or(Cell::Missing, Cell::Text);
        let mut cells = vec![
            Cell::Text(row.title.clone()),
            text(quality.version.as_ref().map(|version| version.name.clone())),
            rate(quality.now),
            quality.now.map_or(Cell::Missing, |now| Cell::Number(now.n() as f64)),
            text(quality.against.as_ref().map(|(title, _)| title.clone())),
            measured(quality.change()),
            match row.drift.share() {
                Some(share) => {
                    let part = share.drifted.len() as f64 / share.n_features.max(1) as f64;
                    Cell::Share(part, part)
                }
                None => Cell::Missing,
            },
            match &row.drift {
                Drift::Known(share) => {
                    Cell::Text(format!("{} against {}, {}", share.n_rows.1, share.n_rows.0, share.reference))
                }
                Drift::Pending => Cell::Missing,
                Drift::Unknown(why) => Cell::Text(why.clone()),
            },
            rate(row.reliability.failed),
            row.reliability.failed.map_or(Cell::Missing, |failed| Cell::Number(failed.n() as f64)),
            match row.reliability.p95 {
                Some((value, interval, _)) => measured(Some((value, interval))),
                None => Cell::Missing,
            },
            freshness::last_ms(quality).map_or(Cell::Missing, Cell::Time),
            freshness::days(quality, self.goals.now_ms).map_or(Cell::Missing, |days| Cell::Number(days.floor())),
        ];
        if self.before.is_some() {
            let before = row.before.as_ref().and_then(|before: &Reliability| before.failed);
            cells.push(rate(before));
            let change = row.reliability.failed.zip(before);
            cells.push(measured(
                change.and_then(|(now, then)| Some((now.rate() - then.rate(), newcombe(now, then, LEVEL)?))),
            ));
        }
        if self.has_misses() {
            cells.extend(match &row.misses {
                Some(misses) => misses_of(misses),
                None => vec![Cell::Missing; 4],
            });
        }
        cells
    }

    fn has_misses(&self) -> bool {
        self.rows.iter().any(|row| row.misses.is_some())
    }

    fn latency_unit(&self) -> Unit {
        self.context.metric("latency").map(|metric| metric.unit.clone()).unwrap_or_default()
    }
}

fn misses_of(misses: &Misses) -> Vec<Cell> {
    let (mean, interval) = misses.mean();
    vec![
        interval.map_or(Cell::Number(mean), |i| measured(Some((mean, i)))),
        Cell::Number(misses.n() as f64),
        misses.against().map_or(Cell::Missing, |title| Cell::Text(title.to_owned())),
        measured(misses.change().map(|change| (change.estimate, change.interval))),
    ]
}

fn rate(rate: Option<Proportion>) -> Cell {
    let with_interval = rate.and_then(|rate| Some((rate.rate(), wilson(rate, LEVEL)?)));
    measured(with_interval)
}

/// An estimate with its interval; ends that are not known are left out with it.
pub(in crate::derive) fn measured(estimate: Option<(f64, Interval)>) -> Cell {
    match estimate {
        Some((value, i)) if i.low.is_finite() && i.high.is_finite() => Cell::Interval(value, i.low, i.high),
        Some((value, _)) if value.is_finite() => Cell::Number(value),
        _ => Cell::Missing,
    }
}

pub(in crate::derive) fn column(title: &str, metric: Option<&str>, unit: &str) -> GridColumn {
    GridColumn { title: title.to_owned(), metric: metric.map(str::to_owned), unit: Unit::from(unit) }
}
