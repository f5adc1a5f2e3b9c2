//! Statements for the queries that tables answer.

use super::{ColumnKind, Columns, Dialect};
use crate::query::{Fold, GroupsQuery, LabelValuesQuery, MatchOp, Matcher, RowsQuery};
use crate::source::{Cause, Failure};

/// A statement with the values that it binds, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// The text.
    pub text: String,
    /// Names and values of the bound parameters.
    pub parameters: Vec<(String, String)>,
}

/// One statement in the making.
struct Maker<'a> {
    dialect: &'a dyn Dialect,
    columns: &'a Columns,
    table: &'a str,
    parameters: Vec<(String, String)>,
}

impl Statement {
    /// Rows, units and what can be computed from rows alone; without a unit the moments too.
    ///
    /// # Errors
    /// As [`Statement::moments`].
    pub fn groups(dialect: &dyn Dialect, columns: &Columns, query: &GroupsQuery) -> Result<Self, Failure> {
        let mut maker = Maker::new(dialect, columns, &query.table);
        let mut selected = maker.keys(query)?;
        let n_keys = selected.len();
        selected.push("count(*)".to_owned());
        if let Some(unit) = &query.unit {
            selected.push(format!("count(DISTINCT {})", maker.text(unit)?));
        }
        for measure in &query.measures {
            match &measure.fold {
                Fold::Moments(_) if query.unit.is_some() => {}
                Fold::Moments(column) => {
                    let value = maker.number(column)?;
                    selected.push(format!("count({value})"));
                    selected.push(format!("sum({value})"));
                    selected.push(format!("sum({value} * {value})"));
                }
                Fold::Present(column) => selected.push(format!("count({})", maker.text(column)?)),
                Fold::Distinct(column) => selected.push(format!("count(DISTINCT {})", maker.text(column)?)),
                Fold::Min(column) => selected.push(format!("min({})", maker.number(column)?)),
                Fold::Max(column) => selected.push(format!("max({})", maker.number(column)?)),
            }
        }
        let conditions =
            maker.conditions(query.time.as_deref(), (query.range.from_ms, query.range.to_ms), &query.matchers)?;
        let text = format!(
            "SELECT {} FROM {}{conditions}{} LIMIT {}",
            named(&selected),
            dialect.table(&query.table),
            grouped(n_keys),
            u64::from(query.limit) + 1,
        );
        Ok(Self { text, parameters: maker.parameters })
    }

    /// Moments of the units' sums: per unit first, then per group. `None` if the query has no unit or no moments.
    ///
    /// # Errors
    /// [`Cause::Configuration`] for a column that the table does not have, [`Cause::Unsupported`] for a condition that the server cannot check.
    pub fn moments(dialect: &dyn Dialect, columns: &Columns, query: &GroupsQuery) -> Result<Option<Self>, Failure> {
        let Some(unit) = &query.unit else { return Ok(None) };
        let mut maker = Maker::new(dialect, columns, &query.table);
        let mut inner = maker.keys(query)?;
        let n_keys = inner.len();
        inner.push(maker.text(unit)?);
        let mut outer: Vec<String> = (0..n_keys).map(|at| format!("c{at}")).collect();
        for measure in &query.measures {
            let Fold::Moments(column) = &measure.fold else { continue };
            let value = maker.number(column)?;
            let at = inner.len();
            inner.extend([format!("count({value})"), format!("sum({value})"), format!("sum({value} * {value})")]);
            // A row without a unit stands for itself.
            outer.push(format!("sum(c{at})"));
            outer.push(format!("sum(c{})", at + 1));
            outer.push(format!("sum(CASE WHEN c{n_keys} IS NULL THEN c{} ELSE c{} * c{} END)", at + 2, at + 1, at + 1));
        }
        if outer.len() == n_keys {
            return Ok(None);
        }
        let conditions =
            maker.conditions(query.time.as_deref(), (query.range.from_ms, query.range.to_ms), &query.matchers)?;
        let table = dialect.table(&query.table);
        let inner = format!("SELECT {} FROM {table}{conditions}{}", named(&inner), group_by(n_keys + 1));
        let outer: Vec<String> = outer.iter().enumerate().map(|(at, e)| format!("{e} AS o{at}")).collect();
        let keys: Vec<String> = (0..n_keys).map(|at| format!("c{at}")).collect();
        let tail = if keys.is_empty() { String::new() } else { format!(" GROUP BY {0} ORDER BY {0}", keys.join(", ")) };
        let limit = u64::from(query.limit) + 1;
        let text = format!("SELECT {} FROM ({inner}){tail} LIMIT {limit}", outer.join(", "));
        Ok(Some(Self { text, parameters: maker.parameters }))
    }

    /// The newest rows; instants in milliseconds.
    ///
    /// # Errors
    /// As [`Statement::moments`].
    pub fn rows(dialect: &dyn Dialect, columns: &Columns, query: &RowsQuery) -> Result<Self, Failure> {
        let mut maker = Maker::new(dialect, columns, &query.table);
        let wanted = rows_columns(columns, query);
        let mut selected = Vec::new();
        for column in &wanted {
            let kind = maker.kind(column)?;
            let is_time = kind.is_time() || query.time.as_deref() == Some(column.as_str());
            selected.push(if is_time {
                dialect.millis(&dialect.identifier(column), kind)
            } else {
                dialect.identifier(column)
            });
        }
        let to_ms = query.range.to_ms.saturating_add(1); // both ends of the range are included
        let conditions = maker.conditions(query.time.as_deref(), (query.range.from_ms, to_ms), &query.matchers)?;
        let order = match &query.time {
            Some(time) => format!(" ORDER BY {} DESC", dialect.identifier(time)),
            None => String::new(),
        };
        let text = format!(
            "SELECT {} FROM {}{conditions}{order} LIMIT {}",
            named(&selected),
            dialect.table(&query.table),
            u64::from(query.limit) + 1,
        );
        Ok(Self { text, parameters: maker.parameters })
    }

    /// Distinct values of a column, for pickers.
    ///
    /// # Errors
    /// As [`Statement::moments`].
    pub fn values(
        dialect: &dyn Dialect,
        columns: &Columns,
        table: &str,
        query: &LabelValuesQuery,
    ) -> Result<Self, Failure> {
        let maker = Maker::new(dialect, columns, table);
        let value = maker.text(&query.label)?;
        let text = format!("SELECT DISTINCT {value} AS c0 FROM {} ORDER BY c0 LIMIT 1000", dialect.table(table));
        Ok(Self { text, parameters: Vec::new() })
    }
}

/// The columns that a query for rows selects, in order: those asked for that the table has, or all.
pub(super) fn rows_columns(columns: &Columns, query: &RowsQuery) -> Vec<String> {
    if query.columns.is_empty() {
        columns.0.iter().map(|(name, _)| name.clone()).collect()
    } else {
        query.columns.iter().filter(|name| columns.kind(name).is_some()).cloned().collect()
    }
}

impl<'a> Maker<'a> {
    fn new(dialect: &'a dyn Dialect, columns: &'a Columns, table: &'a str) -> Self {
        Self { dialect, columns, table, parameters: Vec::new() }
    }

    fn kind(&self, column: &str) -> Result<ColumnKind, Failure> {
        self.columns.kind(column).ok_or_else(|| {
            let names: Vec<&str> = self.columns.0.iter().map(|(name, _)| name.as_str()).collect();
            let text = format!("the table {:?} has no column {column:?}", self.table);
            Failure::new(Cause::Rejected, text).with_hint(format!("it has {}", names.join(", ")))
        })
    }

    fn text(&self, column: &str) -> Result<String, Failure> {
        self.kind(column).map(|_| self.dialect.text(&self.dialect.identifier(column)))
    }

    fn number(&self, column: &str) -> Result<String, Failure> {
        let kind = self.kind(column)?;
        let name = self.dialect.identifier(column);
        Ok(if kind.is_time() { self.dialect.millis(&name, kind) } else { self.dialect.number(&name, kind) })
    }

    fn keys(&self, query: &GroupsQuery) -> Result<Vec<String>, Failure> {
        let key = |key: &crate::query::GroupKey| match key.bucket {
            None => self.text(&key.column),
            Some(bucket) => {
                let kind = self.kind(&key.column)?;
                let millis = self.dialect.millis(&self.dialect.identifier(&key.column), kind);
                Ok(self.dialect.bucket(&millis, bucket))
            }
        };
        query.keys.iter().map(key).collect()
    }

    fn conditions(
        &mut self,
        time: Option<&str>,
        (from_ms, to_ms): (i64, i64),
        matchers: &[Matcher],
    ) -> Result<String, Failure> {
        let mut parts = Vec::new();
        if let Some(time) = time {
            let kind = self.kind(time)?;
            parts.push(self.dialect.within(&self.dialect.identifier(time), kind, from_ms, to_ms));
        }
        for matcher in matchers {
            // An absent label counts as the empty text.
            let text = format!("coalesce({}, '')", self.text(&matcher.label)?);
            parts.push(match matcher.op {
                MatchOp::In | MatchOp::NotIn if matcher.values.is_empty() => {
                    if matcher.op == MatchOp::In {
                        "1 = 0".to_owned()
                    } else {
                        "1 = 1".to_owned()
                    }
                }
                MatchOp::In | MatchOp::NotIn => {
                    let values: Vec<String> =
                        matcher.values.iter().map(|v| self.dialect.value(v, &mut self.parameters)).collect();
                    let not = if matcher.op == MatchOp::NotIn { "NOT " } else { "" };
                    format!("{text} {not}IN ({})", values.join(", "))
                }
                MatchOp::Regex | MatchOp::NotRegex => {
                    let pattern = format!("^(?:{})$", matcher.values.first().map_or("", String::as_str));
                    let pattern = self.dialect.value(&pattern, &mut self.parameters);
                    let holds = self.dialect.matches(&text, &pattern).ok_or_else(|| {
                        let text =
                            format!("this source cannot evaluate regular expressions, asked for {:?}", matcher.label);
                        Failure::new(Cause::Unsupported, text)
                            .with_hint("list the values in the workspace instead, or filter in a view of the database")
                    })?;
                    if matcher.op == MatchOp::NotRegex { format!("NOT ({holds})") } else { holds }
                }
            });
        }
        Ok(if parts.is_empty() { String::new() } else { format!(" WHERE {}", parts.join(" AND ")) })
    }
}

/// Expressions under the names `c0`, `c1`, ..., so that no name of the workspace is repeated.
fn named(expressions: &[String]) -> String {
    expressions.iter().enumerate().map(|(at, e)| format!("{e} AS c{at}")).collect::<Vec<_>>().join(", ")
}

fn group_by(n: usize) -> String {
    let names: Vec<String> = (0..n).map(|at| format!("c{at}")).collect();
    if names.is_empty() { String::new() } else { format!(" GROUP BY {}", names.join(", ")) }
}

fn grouped(n: usize) -> String {
    let names: Vec<String> = (0..n).map(|at| format!("c{at}")).collect();
    if names.is_empty() { String::new() } else { format!(" GROUP BY {0} ORDER BY {0}", names.join(", ")) }
}
