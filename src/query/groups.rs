//! Questions for aggregates of a table's rows.

use serde::{Deserialize, Serialize};

use super::{Matcher, SourceId, TimeRange};

/// Asks for aggregates of a table's rows, by group. Sources with a query language aggregate themselves; for files it is done here.
///
/// The frame is a table, one row a group, sorted by its keys: one column a key under the key's `name` (a time bucket is the start of the
/// bucket in milliseconds, everything else is text, `None` for a missing cell), then number columns:
/// `rows`, `units` (distinct non-missing units; only with a unit), and for each measure its `name`
/// and, where it asks for them, `<name>.squares`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GroupsQuery {
    /// Whom to ask.
    pub source: SourceId,
    /// The table in the source; the path of a file below the source's address.
    pub table: String,
    /// The column that says when a row happened; `None` for a table without time, and then `range` says nothing.
    pub time: Option<String>,
    /// Whether rows without that time are as they should be, such as customers that never left; otherwise they are counted and told.
    pub may_lack_time: bool,
    /// When: rows from `from_ms` on and before `to_ms`, half open, so that adjoining ranges share no row.
    pub range: TimeRange,
    /// What a row is about, such as the column `user_id`. With a unit, values are summed per group and unit first,
    /// and `squares` are those of the units' sums: a person with a hundred orders counts once.
    pub unit: Option<String>,
    /// The groups' keys; none gives one row over everything, also when no row matches.
    pub keys: Vec<GroupKey>,
    /// What to compute.
    pub measures: Vec<GroupMeasure>,
    /// Conditions on columns.
    pub matchers: Vec<Matcher>,
    /// At most this many groups, the first in order; reaching it is a warning.
    pub limit: u32,
}

impl GroupsQuery {
    /// Whether the answer tells how many rows have a value of the column: whoever asks that knows of those that have none, such as
    /// answers without a rating, and needs no warning.
    pub fn counts_present(&self, column: &str) -> bool {
        self.measures.iter().any(|measure| matches!(&measure.fold, Fold::Present(of) if of == column))
    }
}

/// One key of the groups.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GroupKey {
    /// Name of the key's column in the frame.
    pub name: String,
    /// Column in the source.
    pub column: String,
    /// For a column of times, the bucket that it is put in; `None` takes the value as text.
    pub bucket: Option<Bucket>,
}

/// Buckets of the calendar, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Bucket {
    /// Hours.
    Hour,
    /// Days.
    Day,
    /// Weeks from Monday on (ISO 8601).
    Week,
    /// Months.
    Month,
}

/// One number of each group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GroupMeasure {
    /// Name of its column in the frame.
    pub name: String,
    /// How rows become a number.
    pub fold: Fold,
}

/// How the rows of a group become a number. Missing and non-finite cells are left out, and counted in a warning.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Fold {
    /// Sum of a column, and as `<name>.squares` the sum of the squares of the units' sums (of the rows without a unit). `NaN` for no cell.
    Moments(String),
    /// Number of rows with a cell in the column.
    Present(String),
    /// Number of distinct values of a column.
    Distinct(String),
    /// Lowest value of a column of numbers or times. `NaN` for no cell.
    Min(String),
    /// Highest value of a column of numbers or times. `NaN` for no cell.
    Max(String),
}
