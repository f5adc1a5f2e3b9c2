//! JSON in the shapes in which tables are written: a list of objects, pandas' split orientation, and one object a line.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::infer::{Cells, Tally};
use super::parsed::{BadRows, Parsed, unique_names};
use super::seen::Seen;
use crate::frame::Table;
use crate::source::read::{Cell, Warnings, from_json};
use crate::source::{Cause, Failure};

/// A row as it is written.
#[derive(Clone, Debug, PartialEq)]
enum Row {
    Object(Vec<(String, Cell)>),
    List(Vec<Cell>),
    /// No row at all.
    Other,
}

/// A file: rows, and the columns' names where rows are lists.
#[derive(Clone, Debug, Default, PartialEq)]
struct Document {
    columns: Vec<Cell>,
    rows: Option<Vec<Row>>,
}

/// Reads a file that is one JSON value: `[{..}, ..]`, `{"columns": [..], "data": [[..], ..]}` or `{"rows": [..]}`.
///
/// # Errors
/// [`Cause::Malformed`] if it is no JSON, or JSON of another shape.
pub fn parsed(text: &[u8], what: &str) -> Result<Parsed, Failure> {
    let document: Document = from_json(text, what)?;
    let Some(rows) = document.rows else {
        let text = format!("{what} is JSON without rows");
        let hint = "a list of objects, {\"columns\": [..], \"data\": [[..]]} and {\"rows\": [..]} are read";
        return Err(Failure::new(Cause::Malformed, text).with_hint(hint));
    };
    let rows = rows.into_iter().zip(1..).map(|(row, place)| (place, row));
    Ok(table(&document.columns, rows.collect(), &BadRows::default(), "row"))
}

/// Reads a file with one JSON value a line. Lines that are no JSON are counted.
///
/// # Errors
/// [`Cause::Malformed`] if no line is JSON.
pub fn lines(text: &[u8], what: &str) -> Result<Parsed, Failure> {
    let (mut rows, mut bad) = (Vec::new(), BadRows::default());
    let mut first = None;
    for (line, place) in text.split(|b| *b == b'\n').zip(1..) {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match from_json::<Row>(line, what) {
            Ok(row) => rows.push((place, row)),
            Err(failure) => {
                bad.add(place);
                first.get_or_insert(failure);
            }
        }
    }
    match first {
        Some(failure) if rows.is_empty() => Err(failure),
        _ => Ok(table(&[], rows, &bad, "line")),
    }
}

fn table(columns: &[Cell], rows: Vec<(u64, Row)>, broken: &BadRows, unit: &str) -> Parsed {
    let mut warnings = Warnings::default();
    broken.warn("lines were no JSON", unit, &mut warnings);
    if rows.is_empty() && broken.n() == 0 && columns.is_empty() {
        warnings.add("the file has no rows", 1);
    }
    let header = columns.iter().map(|c| c.text().map_or_else(String::new, |t| t.to_string()));
    let mut names = unique_names(header, &mut warnings);
    let n_listed = names.len();
    let mut slots: HashMap<String, usize> = names.iter().cloned().zip(0..).collect();
    let (mut bad, mut good) = (BadRows::default(), Vec::with_capacity(rows.len()));
    for (place, row) in rows {
        match row {
            Row::List(cells) if cells.len() == n_listed && n_listed > 0 => {
                good.push(cells.into_iter().enumerate().collect::<Vec<_>>());
            }
            Row::Object(fields) => {
                let mut slot = |name: String| {
                    *slots.entry(name).or_insert_with_key(|name| {
                        names.push(name.clone());
                        names.len() - 1
                    })
                };
                good.push(fields.into_iter().map(|(name, cell)| (slot(name), cell)).collect());
            }
            Row::List(_) | Row::Other => bad.add(place),
        }
    }
    bad.warn("rows are no objects, or had the wrong number of cells", unit, &mut warnings);

    let mut tallies = vec![Tally::default(); names.len()];
    for (slot, cell) in good.iter().flatten() {
        if let Some(tally) = tallies.get_mut(*slot) {
            tally.add(Seen::typed(cell));
        }
    }
    let kinds = names.iter().zip(&tallies).map(|(name, tally)| tally.kind(name, &mut warnings)).collect::<Vec<_>>();
    let mut columns: Vec<Cells> = names.iter().zip(kinds).map(|(name, kind)| Cells::new(name.clone(), kind)).collect();
    let mut line: Vec<Cell> = Vec::new();
    for row in good {
        line.clear();
        line.resize(columns.len(), Cell::Missing);
        for (slot, cell) in row {
            if let Some(place) = line.get_mut(slot) {
                *place = cell;
            }
        }
        for (column, cell) in columns.iter_mut().zip(&line) {
            let text = cell.text();
            column.push(Seen::typed(cell), text.as_deref().map(Cow::Borrowed));
        }
    }
    let columns = columns.into_iter().map(|column| column.into_column(&mut warnings)).collect();
    Parsed::whole(Table::new(columns).unwrap_or_default(), warnings)
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RowVisitor)
    }
}

struct RowVisitor;

impl<'de> Visitor<'de> for RowVisitor {
    type Value = Row;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_unit<E>(self) -> Result<Row, E> {
        Ok(Row::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Row, E> {
        Ok(Row::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Row, E> {
        Ok(Row::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Row, E> {
        Ok(Row::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Row, E> {
        Ok(Row::Other)
    }

    fn visit_str<E>(self, _: &str) -> Result<Row, E> {
        Ok(Row::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Row, A::Error> {
        let mut cells = Vec::new();
        while let Some(cell) = seq.next_element()? {
            cells.push(cell);
        }
        Ok(Row::List(cells))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry()? {
            fields.push(field);
        }
        Ok(Row::Object(fields))
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DocumentVisitor)
    }
}

struct DocumentVisitor;

impl<'de> Visitor<'de> for DocumentVisitor {
    type Value = Document;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rows, or an object with rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Document, A::Error> {
        let mut rows = Vec::new();
        while let Some(row) = seq.next_element()? {
            rows.push(row);
        }
        Ok(Document { rows: Some(rows), ..Document::default() })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
        let mut document = Document::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "columns" => {
                    let columns: Cell = map.next_value()?;
                    document.columns = columns.elements().to_vec();
                }
                "data" | "rows" => document.rows = Some(map.next_value()?),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(document)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn read(text: &str) -> (Table, Vec<String>) {
        let parsed = parsed(text.as_bytes(), "the file").unwrap();
        let said = parsed.warnings.iter().map(|w| format!("{} {}", w.count, w.text)).collect();
        (parsed.table, said)
    }

    #[test]
    fn each_shape_is_read() {
        for text in [
            r#"[{"a": 1, "b": "x"}, {"b": "y", "a": null}]"#,
            r#"{"columns": ["a", "b"], "index": [0, 1], "data": [[1, "x"], [null, "y"]]}"#,
            r#"{"rows": [{"a": 1, "b": "x"}, {"b": "y"}], "note": {"data": 1}}"#,
            r#"{"rows": [[1, "x"], [NaN, "y"]], "columns": ["a", "b"]}"#,
        ] {
            let (table, said) = read(text);
            assert_eq!(table.number("a", 0), 1.0, "{text}");
            assert!(table.number("a", 1).is_nan(), "{text}");
            assert_eq!(table.text("b", 1).as_deref(), Some("y"), "{text}");
            assert_eq!(said, Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn what_is_no_row_is_counted() {
        let (table, said) = read(r#"[{"a": 1}, 5, "x", null, {"a": 2}]"#);
        assert_eq!(table.numbers("a").unwrap(), [1.0, 2.0]);
        assert_eq!(said, ["3 rows are no objects, or had the wrong number of cells (rows 2, 3, 4)"]);
        let (table, said) = read(r#"{"columns": ["a"], "data": [[1], [2, 3]]}"#);
        assert_eq!(table.n_rows(), 1);
        assert_eq!(said, ["1 rows are no objects, or had the wrong number of cells (row 2)"]);
    }

    #[test]
    fn columns_keep_the_order_in_which_they_come_and_nested_cells_are_counted() {
        let (table, said) = read(r#"[{"z": 1, "a": [1, 2]}, {"m": "2024-01-01T00:00:00Z"}]"#);
        let names: Vec<&str> = table.columns().iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["z", "a", "m"]);
        assert_eq!(table.number("m", 1), 1_704_067_200_000.0);
        assert_eq!(said, [r#"1 cells of the column "a" hold lists or objects"#]);
    }

    #[test]
    fn lines_that_are_no_json_are_counted() {
        let text = b"{\"a\": 1}\n\nnonsense\n{\"a\": NaN}\r\n{\"a\": 3";
        let parsed = lines(text, "the file").unwrap();
        assert_eq!(parsed.table.n_rows(), 2);
        assert!(parsed.table.number("a", 1).is_nan());
        let said: Vec<String> = parsed.warnings.iter().map(|w| format!("{} {}", w.count, w.text)).collect();
        assert_eq!(said, ["2 lines were no JSON (lines 3, 5)"]);
        assert_eq!(lines(b"a,b\n1,2\n", "the file").unwrap_err().cause, Cause::Malformed);
    }

    #[test]
    fn other_json_is_refused_with_the_shapes_that_are_read() {
        let failure = parsed(br#"{"status": "ok"}"#, "the file").unwrap_err();
        assert_eq!(failure.cause, Cause::Malformed);
        assert!(failure.hint.unwrap().contains("rows"));
        assert_eq!(read("[]").1, ["1 the file has no rows"]);
    }
}
