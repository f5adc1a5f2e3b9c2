//! Rows as typed columns.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::units::Unit;

/// Columns of equal length.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    columns: Vec<Column>,
}

/// One named column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Name, unique within the table.
    pub name: String,
    /// Unit of the numbers; `none` for text.
    pub unit: Unit,
    /// The cells.
    pub values: Values,
}

/// Cells of one type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Values {
    /// Numbers; `NaN` where one is missing.
    Number(Arc<[f64]>),
    /// Exact 64-bit integers (ids, counts beyond 2^53); `None` where one is missing.
    Integer(Arc<[Option<i64>]>),
    /// Milliseconds since the Unix epoch, UTC; `NaN` where one is missing.
    Time(Arc<[f64]>),
    /// Text; `None` where a cell is missing.
    Text(Arc<[Option<Arc<str>>]>),
}

impl Values {
    /// Number of cells.
    pub fn len(&self) -> usize {
        match self {
            Self::Number(v) | Self::Time(v) => v.len(),
            Self::Integer(v) => v.len(),
            Self::Text(v) => v.len(),
        }
    }

    /// Whether there are no cells.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Text cells from anything that may be missing.
    pub fn text<S: AsRef<str>>(cells: impl IntoIterator<Item = Option<S>>) -> Self {
        Self::Text(cells.into_iter().map(|cell| cell.map(|s| Arc::from(s.as_ref()))).collect())
    }

    /// Number cells.
    pub fn numbers(cells: impl IntoIterator<Item = f64>) -> Self {
        Self::Number(cells.into_iter().collect())
    }

    /// The cell as a number: an integer rounds beyond 2^53, text is `NaN`.
    pub fn number_at(&self, row: usize) -> f64 {
        match self {
            Self::Number(v) | Self::Time(v) => v.get(row).copied().unwrap_or(f64::NAN),
            Self::Integer(v) => v.get(row).copied().flatten().map_or(f64::NAN, |i| i as f64),
            Self::Text(_) => f64::NAN,
        }
    }

    /// The cell as text; `None` for a missing cell and for `NaN`.
    pub fn text_at(&self, row: usize) -> Option<String> {
        match self {
            Self::Number(v) | Self::Time(v) => v.get(row).filter(|n| !n.is_nan()).map(ToString::to_string),
            Self::Integer(v) => v.get(row).copied().flatten().map(|i| i.to_string()),
            Self::Text(v) => v.get(row).and_then(|cell| cell.as_deref().map(str::to_owned)),
        }
    }
}

impl Column {
    /// A column without a unit.
    pub fn new(name: impl Into<String>, values: Values) -> Self {
        Self { name: name.into(), unit: Unit::default(), values }
    }
}

impl Table {
    /// A table from columns. `None` if their lengths differ.
    pub fn new(columns: Vec<Column>) -> Option<Self> {
        let n = columns.first().map_or(0, |c| c.values.len());
        columns.iter().all(|c| c.values.len() == n).then_some(Self { columns })
    }

    /// The columns in order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }

    /// Numbers of a column; `None` if there is no such column, `NaN` for cells that are no numbers.
    pub fn numbers(&self, name: &str) -> Option<Vec<f64>> {
        let column = self.column(name)?;
        Some((0..self.n_rows()).map(|row| column.values.number_at(row)).collect())
    }

    /// The cell as text, if the column and the cell exist.
    pub fn text(&self, name: &str, row: usize) -> Option<String> {
        self.column(name)?.values.text_at(row)
    }

    /// The cell as a number; `NaN` if it is missing or no number.
    pub fn number(&self, name: &str, row: usize) -> f64 {
        self.column(name).map_or(f64::NAN, |c| c.values.number_at(row))
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.columns.first().map_or(0, |c| c.values.len())
    }

    /// The table with only the rows that `keep` accepts, by row number.
    #[must_use]
    pub fn filtered(&self, keep: impl Fn(usize) -> bool) -> Self {
        let rows: Vec<usize> = (0..self.n_rows()).filter(|&row| keep(row)).collect();
        self.taken(&rows)
    }

    /// The table with the given rows in the given order; rows out of range are skipped.
    #[must_use]
    pub fn taken(&self, rows: &[usize]) -> Self {
        let pick = |values: &Values| match values {
            Values::Number(v) => Values::Number(rows.iter().filter_map(|&r| v.get(r).copied()).collect()),
            Values::Time(v) => Values::Time(rows.iter().filter_map(|&r| v.get(r).copied()).collect()),
            Values::Integer(v) => Values::Integer(rows.iter().filter_map(|&r| v.get(r).copied()).collect()),
            Values::Text(v) => Values::Text(rows.iter().filter_map(|&r| v.get(r).cloned()).collect()),
        };
        let columns = self.columns.iter().map(|c| Column { values: pick(&c.values), ..c.clone() }).collect();
        Self { columns }
    }

    /// Approximate size in bytes.
    pub fn n_bytes(&self) -> usize {
        let per_cell = |c: &Column| match &c.values {
            Values::Number(v) | Values::Time(v) => v.len() * 8,
            Values::Integer(v) => v.len() * 16,
            Values::Text(v) => v.iter().map(|t| 24 + t.as_ref().map_or(0, |s| s.len())).sum(),
        };
        self.columns.iter().map(per_cell).sum()
    }
}
