//! Sources, time ranges and label conditions.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The id of a source in the workspace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct SourceId(pub String);

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A closed range of milliseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TimeRange {
    /// First instant.
    pub from_ms: i64,
    /// Last instant; not before `from_ms`.
    pub to_ms: i64,
}

impl TimeRange {
    /// A range in order, whichever end is given first.
    pub fn new(a_ms: i64, b_ms: i64) -> Self {
        Self { from_ms: a_ms.min(b_ms), to_ms: a_ms.max(b_ms) }
    }

    /// Length in milliseconds.
    pub fn width_ms(self) -> i64 {
        self.to_ms.saturating_sub(self.from_ms)
    }

    /// The range moved by `by_ms` (negative is into the past).
    #[must_use]
    pub fn shifted(self, by_ms: i64) -> Self {
        Self { from_ms: self.from_ms.saturating_add(by_ms), to_ms: self.to_ms.saturating_add(by_ms) }
    }

    /// The range of the same length that ends where this one begins.
    #[must_use]
    pub fn previous(self) -> Self {
        self.shifted(-self.width_ms())
    }

    /// Whether the instant lies within.
    pub fn contains(self, at_ms: f64) -> bool {
        at_ms >= self.from_ms as f64 && at_ms <= self.to_ms as f64
    }
}

/// How a matcher compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum MatchOp {
    /// The value is one of the list.
    In,
    /// The value is none of the list.
    NotIn,
    /// The value matches the one regular expression in the list, fully anchored.
    Regex,
    /// The value does not match it.
    NotRegex,
}

/// A condition on a label or column. An absent label counts as the empty text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Matcher {
    /// Label or column name in the source.
    pub label: String,
    /// Comparison.
    pub op: MatchOp,
    /// Values; sorted, so that equal conditions are equal queries.
    pub values: Vec<String>,
}

impl Matcher {
    /// The value is one of `values`.
    pub fn any_of(label: impl Into<String>, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::new(label, MatchOp::In, values)
    }

    /// The value is none of `values`.
    pub fn none_of(label: impl Into<String>, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::new(label, MatchOp::NotIn, values)
    }

    fn new(label: impl Into<String>, op: MatchOp, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let mut values: Vec<String> = values.into_iter().map(Into::into).collect();
        values.sort();
        values.dedup();
        Self { label: label.into(), op, values }
    }
}
