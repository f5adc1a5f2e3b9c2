//! Frames: immutable columnar results, the only shape in which data leaves a source.
//!
//! Invariants: `x` is sorted and free of duplicates within a series; columns of a table have equal length;
//! a missing or non-finite number is `NaN` (or an infinity) and stays where it is.
//! Knows no chart and no backend.

mod labels;
mod series;
mod table;

pub use labels::Labels;
pub use series::{Envelope, Series, XKind};
pub use table::{Column, Table, Values};

use serde::{Deserialize, Serialize};

/// The result of one query.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// What was answered.
    pub body: Body,
    /// What is less than perfect about it, counted.
    pub warnings: Vec<Warning>,
    /// Set when the source thinned the data: what is shown is a sample.
    pub sampled: Option<Sampled>,
    /// Where the source itself says that what lies before is simulated, in milliseconds.
    pub simulated_before_ms: Option<f64>,
}

/// Series over an axis, or rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Body {
    /// Numbers over time, step or another axis, one series per label set.
    Series(Vec<Series>),
    /// Rows under named, typed columns.
    Table(Table),
}

impl Default for Body {
    fn default() -> Self {
        Self::Series(Vec::new())
    }
}

/// Something a reader of the data must know, with how often it happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// What happened, in lower case, such as "values were not numbers".
    pub text: String,
    /// How often.
    pub count: u64,
    /// Whether data are missing or could not be used, so that a picture made of the rest is partial.
    pub is_gap: bool,
    /// Whether the text has words of the source in it, which may quote its data.
    pub is_quote: bool,
}

impl Warning {
    /// Data that are missing or could not be used: what is made of the rest is partial.
    pub fn gap(text: impl Into<String>, count: u64) -> Self {
        Self { text: text.into(), count, is_gap: true, is_quote: false }
    }

    /// Worth knowing, and nothing is missing.
    pub fn note(text: impl Into<String>, count: u64) -> Self {
        Self { text: text.into(), count, is_gap: false, is_quote: false }
    }
}

impl Warning {
    /// The same, of a text that has words of the source in it.
    #[must_use]
    pub fn quoting(self) -> Self {
        Self { is_quote: true, ..self }
    }

    /// A filter on the label found no place in an expression, so that the answer is not narrowed by it.
    pub fn not_filtered(label: &str) -> Self {
        Self::note(format!("not filtered by {label}: no part of the expression carries it"), 1)
    }
}

/// How far a source thinned its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sampled {
    /// In words a reader understands: "every 40 s", "1,000 of 10,000 steps".
    pub how: String,
}

impl Frame {
    /// A frame of series without warnings.
    pub fn from_series(series: Vec<Series>) -> Self {
        Self { body: Body::Series(series), ..Self::default() }
    }

    /// A frame of rows without warnings.
    pub fn from_table(table: Table) -> Self {
        Self { body: Body::Table(table), ..Self::default() }
    }

    /// The series; empty for a table.
    pub fn series(&self) -> &[Series] {
        match &self.body {
            Body::Series(series) => series,
            Body::Table(_) => &[],
        }
    }

    /// The rows; `None` for series.
    pub fn table(&self) -> Option<&Table> {
        match &self.body {
            Body::Series(_) => None,
            Body::Table(table) => Some(table),
        }
    }

    /// Whether there is not one point and not one row.
    pub fn is_empty(&self) -> bool {
        match &self.body {
            Body::Series(series) => series.iter().all(|s| s.x.is_empty()),
            Body::Table(table) => table.n_rows() == 0,
        }
    }

    /// Approximate size in bytes, for the cache's budget.
    pub fn n_bytes(&self) -> usize {
        match &self.body {
            Body::Series(series) => series.iter().map(Series::n_bytes).sum(),
            Body::Table(table) => table.n_bytes(),
        }
    }
}
