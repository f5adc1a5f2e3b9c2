//! Columnar files: what to read of one, and the shell's answer.
//!
//! The answer is `{"names": [every column], "columns": [{"name", "kind", "values"}]}`; `kind` is `number`, `integer` (those beyond
//! 2^53 as text), `instant` (milliseconds), `flag` or `text`. `js/tables/columns.mjs` writes it.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::Deserialize;

use super::infer::{Cells, Kind};
use super::parsed::Parsed;
use super::seen::Seen;
use crate::frame::Table;
use crate::query::{Fold, Query, TimeRange};
use crate::source::read::{Cell, Warnings, from_json};
use crate::source::{Columnar, ColumnsRead, Failure};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    names: Vec<String>,
    columns: Vec<Answered>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answered {
    name: String,
    kind: String,
    values: Vec<Cell>,
}

/// What a query needs of a columnar file.
pub fn read_for(form: Columnar, query: &Query) -> ColumnsRead {
    let within = |time: Option<&String>, range: TimeRange| time.map(|time| (time.clone(), range.from_ms, range.to_ms));
    match query {
        Query::Groups(q) => {
            let folded = q.measures.iter().map(|measure| match &measure.fold {
                Fold::Moments(c) | Fold::Present(c) | Fold::Distinct(c) | Fold::Min(c) | Fold::Max(c) => c,
            });
            let keys = q.keys.iter().map(|key| &key.column);
            let tested = q.matchers.iter().map(|matcher| &matcher.label);
            let columns: BTreeSet<&String> =
                q.time.iter().chain(&q.unit).chain(keys).chain(folded).chain(tested).collect();
            // Rows are counted on some column, even where the question names none.
            let columns = (!columns.is_empty()).then(|| columns.into_iter().cloned().collect());
            ColumnsRead { form, columns, within: within(q.time.as_ref(), q.range) }
        }
        Query::Rows(q) => {
            let tested = q.matchers.iter().map(|matcher| &matcher.label);
            let columns: BTreeSet<&String> = q.columns.iter().chain(&q.time).chain(tested).collect();
            let columns = (!q.columns.is_empty()).then(|| columns.into_iter().cloned().collect());
            ColumnsRead { form, columns, within: within(q.time.as_ref(), q.range) }
        }
        _ => ColumnsRead { form, columns: Some(Vec::new()), within: None },
    }
}

/// Reads the shell's answer.
///
/// # Errors
/// If it is not what the shell writes.
pub fn parsed(body: &[u8], what: &str) -> Result<Parsed, Failure> {
    let answer: Answer = from_json(body, what)?;
    let mut warnings = Warnings::default();
    let n_rows = answer.columns.iter().map(|c| c.values.len()).max().unwrap_or(0);
    let columns = answer.columns.into_iter().map(|column| {
        let kind = match column.kind.as_str() {
            "integer" if column.values.iter().any(|v| matches!(v, Cell::Text(_))) => Kind::Integer,
            "integer" | "number" => Kind::Number,
            "instant" => Kind::Instant,
            "flag" => Kind::Flag,
            _ => Kind::Text,
        };
        let mut cells = Cells::new(column.name, kind);
        for cell in column.values.iter().chain(std::iter::repeat(&Cell::Missing)).take(n_rows) {
            let text = cell.text();
            cells.push(seen(kind, cell), text.as_deref().map(Cow::Borrowed));
        }
        cells.into_column(&mut warnings)
    });
    let table = Table::new(columns.collect()).unwrap_or_default();
    Ok(Parsed { table, names: answer.names, warnings: warnings.take() })
}

/// The file has said what its cells are: nothing is inferred.
fn seen(kind: Kind, cell: &Cell) -> Seen {
    match (kind, cell) {
        (_, Cell::Missing) => Seen::Missing,
        (Kind::Integer, Cell::Text(text)) => text.parse().map_or(Seen::Missing, Seen::Integer),
        (Kind::Instant, _) => Seen::Instant { ms: cell.number(), is_local: false },
        (Kind::Text, Cell::List(_) | Cell::Object) => Seen::Nested,
        (Kind::Text, _) => Seen::Text,
        _ => Seen::typed(cell),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Values;
    use crate::query::{Bucket, GroupKey, GroupMeasure, GroupsQuery, LabelNamesQuery, Matcher, RowsQuery, SourceId};

    #[test]
    fn the_answer_keeps_the_types_of_the_file() {
        let json = r#"{"names": ["n", "big", "at", "paid", "note", "more"], "columns": [
            {"name": "n", "kind": "number", "values": [1.5, null, "Infinity"]},
            {"name": "big", "kind": "integer", "values": ["9007199254740993", null, 1]},
            {"name": "at", "kind": "instant", "values": [1000, 2000.5, null]},
            {"name": "paid", "kind": "flag", "values": [true, false, null]},
            {"name": "note", "kind": "text", "values": ["2024-01-01", "7", null]}]}"#;
        let parsed = parsed(json.as_bytes(), "the answer").unwrap();
        let table = &parsed.table;
        assert_eq!(parsed.names.len(), 6);
        assert_eq!([table.number("n", 0), table.number("n", 2)], [1.5, f64::INFINITY]);
        assert_eq!(table.text("big", 0).as_deref(), Some("9007199254740993"));
        assert_eq!(table.text("big", 2).as_deref(), Some("1"));
        assert!(matches!(&table.column("at").unwrap().values, Values::Time(t) if t[1] == 2000.5));
        assert_eq!([table.number("paid", 0), table.number("paid", 1)], [1.0, 0.0]);
        assert_eq!(table.text("note", 0).as_deref(), Some("2024-01-01"));
    }

    fn source() -> SourceId {
        SourceId("files".into())
    }

    #[test]
    fn only_what_a_question_names_is_read() {
        let groups = Query::Groups(GroupsQuery {
            source: source(),
            table: "x.parquet".into(),
            time: Some("at".into()),
            may_lack_time: false,
            range: TimeRange::new(5, 9),
            unit: Some("user_id".into()),
            keys: vec![GroupKey { name: "day".into(), column: "at".into(), bucket: Some(Bucket::Day) }],
            measures: vec![GroupMeasure { name: "sum".into(), fold: Fold::Moments("amount".into()) }],
            matchers: vec![Matcher::any_of("region", ["eu"])],
            limit: 10,
        });
        let read = read_for(Columnar::Parquet, &groups);
        assert_eq!(read.columns.unwrap(), ["amount", "at", "region", "user_id"]);
        assert_eq!(read.within, Some(("at".into(), 5, 9)));

        let mut rows = RowsQuery {
            source: source(),
            table: "x.parquet".into(),
            time: None,
            range: TimeRange::new(5, 9),
            columns: vec!["b".into()],
            matchers: vec![Matcher::any_of("a", ["1"])],
            limit: 10,
        };
        assert_eq!(read_for(Columnar::Arrow, &Query::Rows(rows.clone())).columns.unwrap(), ["a", "b"]);
        rows.columns.clear();
        assert_eq!(read_for(Columnar::Arrow, &Query::Rows(rows)).columns, None);
        let names = LabelNamesQuery { source: source(), metric: "x".into(), range: TimeRange::new(5, 9) };
        assert_eq!(read_for(Columnar::Arrow, &Query::LabelNames(names)).columns, Some(Vec::new()));
    }
}
