//! The ML engineer's panels on frames made by hand, checked against arithmetic done by hand.

#![allow(missing_docs)] // a test's helpers, not an interface
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test's helpers fail loudly
#![allow(clippy::float_cmp, clippy::cast_precision_loss)] // whole numbers that are exact in a float

mod ab_tests;
mod deployment_status;
mod errors;
mod latency_throughput;
mod resources;
mod scalability;

use std::sync::Arc;

use sightline::derive::{Answer, Answers, Ask, Context, Notes, Reference, ReferenceKind, Side, Stop, derive};
use sightline::frame::{Column, Frame, Labels, Series, Table, Values, XKind};
use sightline::query::{Measure, Query, Selector, SeriesQuery, TimeRange};
use sightline::source::{Cause, Failure};
use sightline::spec::Workspace;
use sightline::state::Selection;
use sightline::units::Unit;
use sightline::view::{Block, BlockBody, Figure, Piece, View};

pub(crate) const HOUR_MS: i64 = 3_600_000;
pub(crate) const DAY_MS: i64 = 24 * HOUR_MS;
/// A full day of UTC.
pub(crate) const END_MS: i64 = 1_767_225_600_000;

/// Everything that a derivation is given.
pub(crate) struct Bench {
    pub(crate) workspace: Workspace,
    pub(crate) selection: Selection,
    pub(crate) range: TimeRange,
    pub(crate) references: Vec<Reference>,
    pub(crate) panel: String,
    pub(crate) details: bool,
}

impl Bench {
    /// The panel of that id over the day before [`END_MS`].
    pub(crate) fn new(spec: &str, panel: &str) -> Self {
        let workspace: Workspace = serde_json::from_str(spec).unwrap();
        Self {
            workspace: workspace.with_defaults(),
            selection: Selection::default(),
            range: TimeRange::new(END_MS - DAY_MS, END_MS),
            references: Vec::new(),
            panel: panel.to_owned(),
            details: false,
        }
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        let settings = self.selection.settings.entry(self.panel.clone()).or_default();
        settings.insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn compare_with_previous(&mut self) {
        let kind = ReferenceKind::Range(self.range.previous());
        self.references.push(Reference { title: "previous period".to_owned(), kind });
    }

    /// Derives in rounds, answering what is asked; `None` is a failure.
    pub(crate) fn derive(&self, answer: impl Fn(&Query) -> Option<Frame>) -> (Result<View, Stop>, Notes) {
        let context = Context {
            workspace: &self.workspace,
            panel_id: &self.panel,
            panel: &self.workspace.panels[&self.panel],
            selection: &self.selection,
            range: self.range,
            references: &self.references,
            side: Side::Own,
            width_px: 600,
            details: self.details,
            now_ms: self.range.to_ms,
        };
        let mut answers = Answers::new();
        for _ in 0..10 {
            let mut ask = Ask::new(&answers);
            let result = derive(&context, &mut ask);
            let notes = ask.into_notes();
            if result != Err(Stop::Pending) {
                return (result, notes);
            }
            assert!(!notes.waiting.is_empty(), "pending without a question");
            for query in notes.waiting {
                let frame = answer(&query).map(|frame| Answer::Ready(Arc::new(frame)));
                let failed = || Answer::Failed(Failure::new(Cause::ServerError, "no"));
                answers.insert(query, frame.unwrap_or_else(failed));
            }
        }
        panic!("still pending after ten rounds");
    }

    pub(crate) fn view(&self, answer: impl Fn(&Query) -> Option<Frame>) -> View {
        self.derive(answer).0.unwrap()
    }
}

/// Labels written as `a=1,b=x`.
pub(crate) fn labels(text: &str) -> Labels {
    let pair = |p: &str| p.split_once('=').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    text.split(',').filter(|p| !p.is_empty()).map(pair).collect()
}

pub(crate) fn series(text: &str, x: Vec<f64>, y: Vec<f64>) -> Series {
    Series::new(labels(text), Unit::default(), XKind::Time, x, y)
}

/// The instants at which an answer has points: the whole in one, or step by step from the beginning.
pub(crate) fn instants(query: &SeriesQuery) -> Vec<f64> {
    let range = query.range;
    if query.step_ms >= range.width_ms() {
        return vec![range.to_ms as f64];
    }
    (0..=range.width_ms() / query.step_ms).map(|i| (range.from_ms + i * query.step_ms) as f64).collect()
}

/// Name of the metric of a query for series, and what is measured of it.
pub(crate) fn metric(query: &Query) -> Option<(&str, Measure, &SeriesQuery)> {
    match query {
        Query::Series(q) => match &q.selector {
            Selector::Named { name, .. } => Some((name, q.measure, q)),
            Selector::Expression(_) => None,
        },
        _ => None,
    }
}

pub(crate) fn table(columns: Vec<(&str, Values)>) -> Frame {
    let columns = columns.into_iter().map(|(name, values)| Column::new(name, values)).collect();
    Frame::from_table(Table::new(columns).unwrap())
}

pub(crate) fn figure<'a>(view: &'a View, metric: &str) -> &'a Figure {
    view.figures.iter().find(|f| f.metric == metric).unwrap_or_else(|| panic!("no figure {metric} in {view:#?}"))
}

pub(crate) fn block<'a>(view: &'a View, id: &str) -> &'a Block {
    view.blocks.iter().find(|b| b.id == id).unwrap_or_else(|| panic!("no block {id}"))
}

pub(crate) fn grid<'a>(view: &'a View, id: &str) -> &'a sightline::view::Grid {
    match &block(view, id).body {
        BlockBody::Grid(grid) => grid,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn lines<'a>(view: &'a View, id: &str) -> &'a sightline::view::Lines {
    match &block(view, id).body {
        BlockBody::Lines(lines) => lines,
        other => panic!("{other:?}"),
    }
}

/// A summary as text, with plain numbers.
pub(crate) fn text(summary: &sightline::view::Summary) -> String {
    let piece = |p: &Piece| match p {
        Piece::Text(text) => text.clone(),
        Piece::Value(value, unit) => format!("{:.4} {}", value, unit.id()),
        Piece::Time(at) => at.to_string(),
        Piece::Change(value, unit) => format!("{:+.4} {}", value, unit.id()),
    };
    summary.0.iter().map(piece).collect()
}

#[track_caller]
pub(crate) fn near(value: f64, expected: f64, within: f64) {
    assert!((value - expected).abs() <= within, "{value} is not {expected} within {within}");
}
