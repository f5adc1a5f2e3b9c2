//! What SQL sources share: the statements for groups, rows and columns, in the words of a [`Dialect`], and the conversation.
//!
//! Values reach a statement as bound parameters where the server has them, and otherwise through the dialect's one escaper of literals;
//! names of tables and columns through its one quoting of identifiers. Nothing else is ever pasted into a statement.

mod answer;
mod columns;
mod exchange;
mod statement;

pub(super) use answer::Answer;
pub(super) use columns::{ColumnKind, Columns, Known};
pub(super) use exchange::{Server, SqlExchange, rows_of};
pub(super) use statement::Statement;

use crate::query::Bucket;

/// How one database writes what a statement needs.
pub(super) trait Dialect {
    /// A name of a column or of a part of a table's name, quoted.
    fn identifier(&self, name: &str) -> String;
    /// A table's name, quoted: `a.b` is the table `b` of the database `a`.
    fn table(&self, table: &str) -> String {
        table.split('.').map(|part| self.identifier(part)).collect::<Vec<_>>().join(".")
    }
    /// A value given to the statement: the text that stands for it, after noting it in `parameters` where the server binds them.
    fn value(&self, text: &str, parameters: &mut Vec<(String, String)>) -> String;
    /// A column's value as text; missing stays missing.
    fn text(&self, column: &str) -> String;
    /// A column's value as a number; missing and non-finite ones are missing.
    fn number(&self, column: &str, kind: ColumnKind) -> String;
    /// A column's instant in whole milliseconds since the Unix epoch.
    fn millis(&self, column: &str, kind: ColumnKind) -> String;
    /// The condition that a column's instant lies in `[from_ms, to_ms)`, written so that an index on the column serves it.
    fn within(&self, column: &str, kind: ColumnKind, from_ms: i64, to_ms: i64) -> String;
    /// The start of the bucket in milliseconds, of an expression in milliseconds.
    fn bucket(&self, millis: &str, bucket: Bucket) -> String;
    /// The condition that a text matches a regular expression in full; `None` if the database has none.
    fn matches(&self, text: &str, pattern: &str) -> Option<String>;
    /// A list of the table's columns as rows of name and type.
    fn columns(&self, table: &str) -> Statement;
}
