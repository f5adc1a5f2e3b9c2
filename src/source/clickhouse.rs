//! ClickHouse by its HTTP interface.
//!
//! Values are bound parameters (`{p0:String}`) on servers from 2019 on, and literals through one escaper on older ones; which it is,
//! the first answer says. Statements are sent by GET, which the server treats as read-only and browsers send without a preflight.
//! Integers of 64 bits come quoted or bare, by version, and are read exactly either way.

use std::cell::Cell as Shared;
use std::rc::Rc;

use serde::Deserialize;

use super::outbox::percent_encoded;
use super::read::{Cell, excerpt, from_json};
use super::sql::{self, Answer, ColumnKind, Columns, Dialect, Known, Server, SqlExchange, Statement};
use super::{Body, Cause, Exchange, Failure, Request, Response, Source};
use crate::query::{Bucket, Query};
use crate::spec::SourceSpec;

/// First release with bound parameters over HTTP (19.14).
const BINDS_SINCE: (u32, u32) = (19, 14);
const DAY_MS: i64 = 86_400_000;

/// A ClickHouse server.
#[derive(Clone, Debug, Default)]
pub struct ClickHouse {
    known: Known,
    binds: Rc<Shared<bool>>,
}

impl ClickHouse {
    /// The server of a workspace's source.
    pub fn new(_spec: &SourceSpec) -> Self {
        Self::default()
    }
}

impl Source for ClickHouse {
    fn open(&self, query: &Query) -> Result<Box<dyn Exchange>, Failure> {
        Ok(Box::new(SqlExchange::new(self.clone(), &self.known, query)?))
    }

    fn probe(&self) -> Request {
        let statement = Statement { text: "SELECT 1".to_owned(), parameters: Vec::new() };
        Request { tag: 0, path: self.path(&statement), body: Body::None, shown: statement.text }
    }
}

#[derive(Deserialize)]
struct Compact {
    data: Vec<Cell>,
}

impl Server for ClickHouse {
    fn dialect(&self) -> &dyn Dialect {
        self
    }

    fn path(&self, statement: &Statement) -> String {
        let mut path = format!("/?default_format=JSONCompact&query={}", percent_encoded(&statement.text));
        for (name, value) in &statement.parameters {
            // Values of parameters are read as a field of tab-separated text.
            let field = value.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r");
            path = format!("{path}&param_{name}={}", percent_encoded(&field));
        }
        path
    }

    fn read(&self, response: &Response) -> Result<Answer, Failure> {
        let body = &response.body;
        if body.starts_with(b"Code:") || !response.is_ok() {
            return Err(refusal(response.status, body));
        }
        match from_json::<Compact>(body, "ClickHouse's answer") {
            Ok(compact) => Ok(Answer { rows: sql::rows_of(&compact.data), is_cut: false }),
            // A statement that fails after the first rows ends with the message inside the answer.
            Err(malformed) => {
                let text = String::from_utf8_lossy(body);
                Err(text.find("Code: ").map_or(malformed, |at| refusal(500, text[at..].as_bytes())))
            }
        }
    }

    fn columns(&self, answer: &Answer) -> Columns {
        let text = |row: &Vec<Cell>, at: usize| row.get(at).and_then(Cell::text).unwrap_or_default();
        if let Some(row) = answer.rows.first() {
            let mut parts = text(row, 2).split('.').map(|p| p.parse().unwrap_or(0)).collect::<Vec<u32>>().into_iter();
            self.binds.set((parts.next().unwrap_or(0), parts.next().unwrap_or(0)) >= BINDS_SINCE);
        }
        Columns(answer.rows.iter().map(|row| (text(row, 0).to_string(), kind_of(&text(row, 1)))).collect())
    }
}

impl Dialect for ClickHouse {
    fn identifier(&self, name: &str) -> String {
        format!("`{}`", name.replace('\\', "\\\\").replace('`', "\\`"))
    }

    fn value(&self, text: &str, parameters: &mut Vec<(String, String)>) -> String {
        if !self.binds.get() {
            return literal(text);
        }
        let name = format!("p{}", parameters.len());
        let holder = format!("{{{name}:String}}");
        parameters.push((name, text.to_owned()));
        holder
    }

    fn text(&self, column: &str) -> String {
        format!("toString({column})")
    }

    fn number(&self, column: &str, kind: ColumnKind) -> String {
        let number = if kind == ColumnKind::Text {
            format!("toFloat64OrNull({column})")
        } else {
            format!("toFloat64({column})")
        };
        format!("if(isFinite({number}), {number}, NULL)")
    }

    fn millis(&self, column: &str, kind: ColumnKind) -> String {
        match kind {
            ColumnKind::Seconds => format!("toInt64(toUnixTimestamp({column})) * 1000"),
            ColumnKind::Fine => format!("toUnixTimestamp64Milli({column})"),
            ColumnKind::Day => format!("toInt64(toUnixTimestamp(toDateTime({column}, 'UTC'))) * 1000"),
            ColumnKind::Text => format!("toInt64OrNull({column})"),
            ColumnKind::Number | ColumnKind::Integer => format!("toInt64({column})"),
        }
    }

    fn within(&self, column: &str, kind: ColumnKind, from_ms: i64, to_ms: i64) -> String {
        let seconds_up = |ms: i64| (ms + 999).div_euclid(1000).max(0);
        match kind {
            ColumnKind::Seconds => {
                let (from, to) = (seconds_up(from_ms), seconds_up(to_ms));
                format!("{column} >= toDateTime({from}) AND {column} < toDateTime({to})")
            }
            ColumnKind::Fine => format!(
                "{column} >= fromUnixTimestamp64Milli(toInt64({from_ms})) AND {column} < fromUnixTimestamp64Milli(toInt64({to_ms}))"
            ),
            _ => {
                let millis = self.millis(column, kind);
                format!("{millis} >= {from_ms} AND {millis} < {to_ms}")
            }
        }
    }

    fn bucket(&self, millis: &str, bucket: Bucket) -> String {
        let day = format!("intDiv({millis}, {DAY_MS})");
        match bucket {
            Bucket::Hour => format!("intDiv({millis}, 3600000) * 3600000"),
            Bucket::Day => format!("{day} * {DAY_MS}"),
            Bucket::Week => format!("({day} - ({day} + 3) % 7) * {DAY_MS}"),
            Bucket::Month => format!(
                "toInt64(toUnixTimestamp(toDateTime(toStartOfMonth(toDateTime(intDiv({millis}, 1000), 'UTC')), 'UTC'))) * 1000"
            ),
        }
    }

    fn matches(&self, text: &str, pattern: &str) -> Option<String> {
        Some(format!("match({text}, {pattern})"))
    }

    fn columns(&self, table: &str) -> Statement {
        let (database, name) = match table.split_once('.') {
            Some((database, name)) => (literal(database), name),
            None => ("currentDatabase()".to_owned(), table),
        };
        // The version comes with the first answer: only then is it known whether values can be bound, so this one has literals.
        let text = format!(
            "SELECT name, type, version() FROM system.columns WHERE database = {database} AND table = {}",
            literal(name)
        );
        Statement { text, parameters: Vec::new() }
    }
}

/// A text as a literal of ClickHouse's SQL: in quotes, with its escapes.
fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('\'');
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            '\0' => out.push_str("\\0"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            other => out.push(other),
        }
    }
    out.push('\'');
    out
}

fn kind_of(name: &str) -> ColumnKind {
    let inner = ["Nullable(", "LowCardinality("].iter().find_map(|wrapper| name.strip_prefix(wrapper));
    if let Some(inner) = inner {
        return kind_of(inner.strip_suffix(')').unwrap_or(inner));
    }
    match name {
        n if n.starts_with("DateTime64") => ColumnKind::Fine,
        n if n.starts_with("DateTime") => ColumnKind::Seconds,
        "Date" | "Date32" => ColumnKind::Day,
        "Int64" | "UInt64" => ColumnKind::Integer,
        n if ["Int", "UInt", "Float", "Decimal"].iter().any(|start| n.starts_with(start)) => ColumnKind::Number,
        _ => ColumnKind::Text,
    }
}

/// Why the server refused, by its error code; it answers 500 to a mistyped column and 200 to a failure half way.
fn refusal(status: u16, body: &[u8]) -> Failure {
    let message = excerpt(body);
    let code: Option<u32> =
        message.strip_prefix("Code: ").and_then(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok());
    let cause = match code {
        Some(159 | 160 | 209) => Cause::Timeout,
        Some(158 | 241 | 396) => Cause::TooLarge,
        Some(202 | 252) => Cause::Overloaded,
        Some(192..=194 | 516) => Cause::Unauthorized,
        Some(164 | 291 | 497) => Cause::Forbidden,
        Some(60 | 81) => Cause::NotFound,
        Some(_) if status != 401 && status != 403 => Cause::Rejected,
        _ => Cause::from_status(status),
    };
    let text = if message.is_empty() { format!("ClickHouse answered {status}") } else { message };
    Failure::new(cause, text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Reads a literal as ClickHouse's lexer does; `None` if the text is not exactly one literal.
    fn lexed(literal: &str) -> Option<String> {
        let mut chars = literal.strip_prefix('\'')?.chars();
        let mut out = String::new();
        loop {
            match chars.next()? {
                '\'' => return chars.next().is_none().then_some(out),
                '\\' => out.push(match chars.next()? {
                    '0' => '\0',
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    other => other,
                }),
                other => out.push(other),
            }
        }
    }

    proptest! {
        #[test]
        fn a_literal_is_one_literal_and_means_its_text(text in any::<String>()) {
            prop_assert_eq!(lexed(&literal(&text)), Some(text));
        }

        #[test]
        fn hostile_text_stays_one_literal(text in "['\\\\;` \\-]{0,12}") {
            prop_assert_eq!(lexed(&literal(&text)), Some(text));
        }
    }

    #[test]
    fn types_are_told_apart_through_their_wrappers() {
        let kind = |name: &str| kind_of(name);
        assert_eq!(kind("LowCardinality(Nullable(String))"), ColumnKind::Text);
        assert_eq!(kind("Nullable(DateTime64(3, 'UTC'))"), ColumnKind::Fine);
        assert_eq!(kind("DateTime('Etc/UTC')"), ColumnKind::Seconds);
        assert_eq!(kind("UInt64"), ColumnKind::Integer);
        assert_eq!(kind("Decimal(18, 2)"), ColumnKind::Number);
    }

    #[test]
    fn refusals_are_told_apart_by_code_not_by_status() {
        let recorded = b"Code: 47, e.displayText() = DB::Exception: Unknown identifier: bogus.";
        assert_eq!(refusal(500, recorded).cause, Cause::Rejected);
        assert_eq!(refusal(404, recorded).cause, Cause::Rejected);
        assert_eq!(refusal(500, b"Code: 159. DB::Exception: Timeout exceeded").cause, Cause::Timeout);
        assert_eq!(refusal(401, b"").cause, Cause::Unauthorized);
    }
}
