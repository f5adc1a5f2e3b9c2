//! Tables for tests, grouped in the plainest way: an answer that shares no code with the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::chart::{Theme, compile};
use crate::derive::fixture::{self, Bench};
use crate::derive::{Answer, Answers, Ask, Notes, Stop, derive};
use crate::frame::{Frame, Values};
use crate::query::{Fold, GroupsQuery, MatchOp, Query};
use crate::source::{Cause, Failure};
use crate::view::{Bars, Block, BlockBody, Figure, Grid, View};

/// A row: column to text. An absent column is a missing cell.
pub(in crate::derive) type Record = BTreeMap<String, String>;

/// A row from pairs.
pub(in crate::derive) fn record(cells: &[(&str, &str)]) -> Record {
    cells.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn text<'a>(row: &'a Record, column: &str) -> &'a str {
    row.get(column).map_or("", String::as_str)
}

fn number(row: &Record, column: &str) -> Option<f64> {
    row.get(column).and_then(|cell| cell.parse().ok())
}

/// The answer to a question for groups.
pub(in crate::derive) fn answer(rows: &[Record], query: &GroupsQuery) -> Frame {
    let is_asked = |row: &&Record| {
        let at = query.time.as_ref().and_then(|column| number(row, column)).map(|at| at as i64);
        let in_time = query.time.is_none() || at.is_some_and(|at| at >= query.range.from_ms && at < query.range.to_ms);
        let fits = query.matchers.iter().all(|m| {
            let is_one = m.values.iter().any(|value| value == text(row, &m.label));
            match m.op {
                MatchOp::In => is_one,
                MatchOp::NotIn => !is_one,
                _ => panic!("no regular expressions here"),
            }
        });
        in_time && fits
    };
    let mut groups: BTreeMap<Vec<Option<String>>, Vec<&Record>> = BTreeMap::new();
    if query.keys.is_empty() {
        groups.insert(Vec::new(), Vec::new());
    }
    for row in rows.iter().filter(is_asked) {
        let key = query.keys.iter().map(|key| match key.bucket {
            Some(bucket) => number(row, &key.column).map(|at| bucket.start_ms(at as i64).to_string()),
            None => row.get(&key.column).cloned(),
        });
        groups.entry(key.collect()).or_default().push(row);
    }
    let mut columns: Vec<(&str, Values)> = Vec::new();
    for (at, key) in query.keys.iter().enumerate() {
        let cells: Vec<Option<String>> = groups.keys().map(|values| values[at].clone()).collect();
        let values = if key.bucket.is_some() {
            Values::Time(cells.iter().map(|cell| cell.as_ref().map_or(f64::NAN, |c| c.parse().unwrap())).collect())
        } else {
            Values::text(cells)
        };
        columns.push((&key.name, values));
    }
    let of = |count: &dyn Fn(&[&Record]) -> f64| Values::numbers(groups.values().map(|rows| count(rows)));
    columns.push(("rows", of(&|rows| rows.len() as f64)));
    if let Some(unit) = &query.unit {
        let units = |rows: &[&Record]| rows.iter().filter_map(|row| row.get(unit)).collect::<BTreeSet<_>>().len();
        columns.push(("units", of(&|rows| units(rows) as f64)));
    }
    let squares: Vec<String> = query.measures.iter().map(|m| format!("{}.squares", m.name)).collect();
    for (measure, squares) in query.measures.iter().zip(&squares) {
        match &measure.fold {
            Fold::Moments(column) => {
                let sums = |rows: &[&Record]| {
                    let mut sums: BTreeMap<String, f64> = BTreeMap::new();
                    for row in rows {
                        let unit = query.unit.as_ref().map_or("", |unit| text(row, unit));
                        *sums.entry(unit.to_owned()).or_default() += number(row, column).unwrap_or(0.0);
                    }
                    sums
                };
                columns.push((&measure.name, of(&|rows| sums(rows).values().sum())));
                columns.push((squares, of(&|rows| sums(rows).values().map(|v| v * v).sum())));
            }
            Fold::Min(column) | Fold::Max(column) => {
                let is_min = matches!(measure.fold, Fold::Min(_));
                let extreme = |rows: &[&Record]| {
                    let all = rows.iter().filter_map(|row| number(row, column));
                    all.reduce(if is_min { f64::min } else { f64::max }).unwrap_or(f64::NAN)
                };
                columns.push((&measure.name, of(&extreme)));
            }
            _ => panic!("not folded here"),
        }
    }
    fixture::rows(columns)
}

/// Exposures: `hits` of `n` users of a variant convert, named after what they are.
pub(in crate::derive) fn exposures(at_ms: i64, cells: &[(&str, &str)], n: usize, hits: usize) -> Vec<Record> {
    let tag: Vec<&str> = cells.iter().map(|(_, value)| *value).collect();
    let row = |i: usize| {
        let mut row = record(cells);
        row.insert("at".to_owned(), at_ms.to_string());
        row.insert("user_id".to_owned(), format!("{} {at_ms} {i}", tag.join(" ")));
        row.insert("converted".to_owned(), usize::from(i < hits).to_string());
        row
    };
    (0..n).map(row).collect()
}

/// Checks that a dashboard's panel reads at a glance, and that each of its pictures can be drawn, light and dark.
#[track_caller]
pub(in crate::derive) fn assert_calm(view: &View) {
    assert!(view.figures.len() <= 4, "{} figures", view.figures.len());
    let shown = || view.blocks.iter().filter(|block| !block.details);
    assert!(shown().count() <= 3, "{} blocks", shown().count());
    let has_n = |figure: &Figure| figure.value.is_none() || figure.n.is_some();
    assert!(view.figures.iter().all(|f| has_n(f) && f.method.is_some()), "a naked number: {:?}", view.figures);
    let dark = Theme { surface: "#111".into(), text: "#eee".into(), ..Theme::sample() };
    for theme in [&Theme::sample(), &dark] {
        // Grids and sentences are no charts.
        let heights: Vec<u32> =
            view.blocks.iter().filter_map(|b| compile(b, theme, 600)).map(|d| d.height_px).collect();
        assert!(!heights.is_empty() && heights.iter().all(|height| *height <= 420), "{heights:?}");
    }
    let ids: BTreeSet<&str> = view.blocks.iter().map(|block| block.id.as_str()).collect();
    assert_eq!(ids.len(), view.blocks.len(), "ids are unique");
}

/// Derives a panel over a table that lacks a column, as a database refuses to group by it.
pub(in crate::derive) fn derived_without(
    bench: &Bench,
    column: &str,
    rows: impl Fn(&GroupsQuery) -> Frame,
) -> (Result<View, Stop>, Notes) {
    let mut answers = Answers::new();
    for _ in 0..10 {
        let mut ask = Ask::new(&answers);
        let result = derive(&bench.context(), &mut ask);
        let notes = ask.into_notes();
        if notes.waiting.is_empty() {
            return (result, notes);
        }
        for query in notes.waiting {
            let Query::Groups(groups) = &query else { panic!("not a question for groups: {query:?}") };
            let is_refused = groups.keys.iter().any(|key| key.column == column);
            let text = format!("the table {:?} has no column {column:?}", groups.table);
            let known = if is_refused {
                Answer::Failed(Failure { cause: Cause::Configuration, text, hint: None })
            } else {
                Answer::Ready(Arc::new(rows(groups)))
            };
            answers.insert(query, known);
        }
    }
    panic!("the derivation asks without end");
}

/// The block of that id.
pub(in crate::derive) fn found<'a>(view: &'a View, id: &str) -> &'a Block {
    view.blocks.iter().find(|block| block.id == id).unwrap()
}

/// Its bars.
pub(in crate::derive) fn bars(block: &Block) -> &Bars {
    let BlockBody::Bars(bars) = &block.body else { panic!("no bars") };
    bars
}

/// Its table.
pub(in crate::derive) fn grid(block: &Block) -> &Grid {
    let BlockBody::Grid(grid) = &block.body else { panic!("no grid") };
    grid
}
