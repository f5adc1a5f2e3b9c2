//! Datasette: `SQLite` over HTTP.
//!
//! A table is `<database>.<table>`. Filters are bound parameters (`:p0`); the server cuts answers at its `max_returned_rows`, which is a warning.

use serde::Deserialize;

use super::outbox::percent_encoded;
use super::read::{Cell, excerpt, from_json};
use super::sql::{self, Answer, ColumnKind, Columns, Dialect, Known, Server, SqlExchange, Statement};
use super::{Body, Cause, Exchange, Failure, Request, Response, Source};
use crate::query::{Bucket, Query};
use crate::spec::SourceSpec;

const DAY_MS: i64 = 86_400_000;

/// A Datasette server.
#[derive(Clone, Debug, Default)]
pub struct Datasette {
    known: Known,
}

impl Datasette {
    /// The server of a workspace's source.
    pub fn new(_spec: &SourceSpec) -> Self {
        Self::default()
    }
}

impl Source for Datasette {
    fn open(&self, query: &Query) -> Result<Box<dyn Exchange>, Failure> {
        let known;
        let table = match query {
            Query::LabelValues(q) => {
                known = self.known.table_with(&q.label).unwrap_or_default();
                known.as_str()
            }
            Query::Groups(q) => q.table.as_str(),
            Query::Rows(q) => q.table.as_str(),
            Query::LabelNames(q) => q.metric.as_str(),
            _ => "",
        };
        let Some((database, _)) = table.split_once('.').filter(|_| !table.is_empty()) else {
            let text = format!("{table:?} names no table of a Datasette server");
            return Err(Failure::new(Cause::Configuration, text).with_hint("\"table\": \"<database>.<table>\""));
        };
        let server = Database { name: database.to_owned() };
        Ok(Box::new(SqlExchange::new(server, &self.known, query)?))
    }

    fn probe(&self) -> Request {
        Request {
            tag: 0,
            path: "/-/versions.json".into(),
            body: Body::None,
            shown: "Datasette /-/versions.json".into(),
        }
    }
}

/// One database of a server.
struct Database {
    name: String,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Arrays {
    rows: Vec<Cell>,
    truncated: bool,
    error: Option<String>,
}

impl Server for Database {
    fn dialect(&self) -> &dyn Dialect {
        self
    }

    fn path(&self, statement: &Statement) -> String {
        let database = percent_encoded(&self.name);
        let mut path = format!("/{database}.json?_shape=arrays&sql={}", percent_encoded(&statement.text));
        for (name, value) in &statement.parameters {
            path = format!("{path}&{name}={}", percent_encoded(value));
        }
        path
    }

    fn read(&self, response: &Response) -> Result<Answer, Failure> {
        let arrays: Arrays = match from_json(&response.body, "Datasette's answer") {
            Ok(arrays) => arrays,
            Err(_) if !response.is_ok() => {
                return Err(Failure::new(Cause::from_status(response.status), excerpt(&response.body)));
            }
            Err(malformed) => return Err(malformed),
        };
        if !response.is_ok() || arrays.error.is_some() {
            let message = arrays.error.unwrap_or_else(|| format!("Datasette answered {}", response.status));
            let is_slow = message.contains("took too long") || message.contains("interrupted");
            let cause = if is_slow { Cause::Timeout } else { Cause::from_status(response.status.max(400)) };
            let failure = Failure::new(cause, message);
            return Err(if is_slow {
                failure.with_hint("raise sql_time_limit_ms on the server, or add an index")
            } else {
                failure
            });
        }
        Ok(Answer { rows: sql::rows_of(&arrays.rows), is_cut: arrays.truncated })
    }

    fn columns(&self, answer: &Answer) -> Columns {
        let text = |row: &Vec<Cell>, at: usize| row.get(at).and_then(Cell::text).unwrap_or_default();
        Columns(answer.rows.iter().map(|row| (text(row, 0).to_string(), kind_of(&text(row, 1)))).collect())
    }
}

impl Dialect for Database {
    fn identifier(&self, name: &str) -> String {
        format!("\"{}\"", name.replace('"', "\"\""))
    }

    fn table(&self, table: &str) -> String {
        self.identifier(table.split_once('.').map_or(table, |(_, name)| name))
    }

    fn value(&self, text: &str, parameters: &mut Vec<(String, String)>) -> String {
        let name = format!("p{}", parameters.len());
        let holder = format!(":{name}");
        parameters.push((name, text.to_owned()));
        holder
    }

    fn text(&self, column: &str) -> String {
        format!("CAST({column} AS TEXT)")
    }

    fn number(&self, column: &str, _kind: ColumnKind) -> String {
        format!("CASE WHEN typeof({column}) IN ('integer', 'real') AND abs({column}) < 9e999 THEN {column} END")
    }

    fn millis(&self, column: &str, kind: ColumnKind) -> String {
        if kind == ColumnKind::Text {
            // Days since the Julian epoch; the Unix epoch is day 2,440,587.5.
            return format!("CAST(round((julianday({column}) - 2440587.5) * {DAY_MS}.0) AS INTEGER)");
        }
        format!("CAST({column} AS INTEGER)")
    }

    fn within(&self, column: &str, kind: ColumnKind, from_ms: i64, to_ms: i64) -> String {
        let instant = if kind == ColumnKind::Text { self.millis(column, kind) } else { column.to_owned() };
        format!("{instant} >= {from_ms} AND {instant} < {to_ms}")
    }

    fn bucket(&self, millis: &str, bucket: Bucket) -> String {
        let day = format!("({millis}) / {DAY_MS}");
        match bucket {
            Bucket::Hour => format!("({millis}) / 3600000 * 3600000"),
            Bucket::Day => format!("{day} * {DAY_MS}"),
            Bucket::Week => format!("({day} - ({day} + 3) % 7) * {DAY_MS}"),
            Bucket::Month => {
                format!("CAST(strftime('%s', ({millis}) / 1000, 'unixepoch', 'start of month') AS INTEGER) * 1000")
            }
        }
    }

    fn matches(&self, _text: &str, _pattern: &str) -> Option<String> {
        None
    }

    fn columns(&self, table: &str) -> Statement {
        let name = table.split_once('.').map_or(table, |(_, name)| name);
        let mut parameters = Vec::new();
        let holder = self.value(name, &mut parameters);
        Statement { text: format!("SELECT name, type FROM pragma_table_info({holder})"), parameters }
    }
}

/// The affinity of a declared type, by `SQLite`'s rules.
fn kind_of(declared: &str) -> ColumnKind {
    let upper = declared.to_ascii_uppercase();
    if upper.contains("INT") {
        ColumnKind::Integer
    } else if ["REAL", "FLOA", "DOUB", "NUM", "DEC"].iter().any(|part| upper.contains(part)) {
        ColumnKind::Number
    } else {
        ColumnKind::Text
    }
}
