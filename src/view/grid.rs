//! Tables of a panel: rich cells under typed columns.

use serde::{Deserialize, Serialize};

use super::Tone;
use crate::frame::Labels;
use crate::units::Unit;

/// A table with its rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Grid {
    /// Columns from left to right; the first is the row's heading.
    pub columns: Vec<GridColumn>,
    /// Cells row by row, each row as long as `columns`.
    pub rows: Vec<Vec<Cell>>,
    /// A key for each row (a run id, a feature), for clicks; empty if rows cannot be chosen.
    pub row_keys: Vec<String>,
    /// The dimension that a click on a row filters by, or a special target: `run`, `feature`, `prediction`.
    pub row_target: Option<String>,
    /// Number of rows there are in all, where only some are here.
    pub n_total: Option<u64>,
    /// How many of the first rows are pinned: they stay on top whatever the rest is sorted by.
    pub n_pinned: usize,
    /// The setting that lists the keys of pinned rows, comma-separated; `None` where rows cannot be pinned.
    pub pin_setting: Option<String>,
    /// Where each cell leads, row by row as `rows`; empty where none leads anywhere.
    pub evidence: Vec<Vec<Option<Evidence>>>,
}

/// Where a number leads: the panel that explains it, filtered to what the number is of. The time range stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Id of the panel.
    pub panel: String,
    /// Filters to set: dimension and value.
    pub filters: Vec<(String, String)>,
}

/// A column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GridColumn {
    /// Heading.
    pub title: String,
    /// Metric id of its numbers, for the handle `data-metric`.
    pub metric: Option<String>,
    /// Unit of its numbers.
    pub unit: Unit,
}

/// A cell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Cell {
    /// Nothing there, shown as a dash.
    #[default]
    Missing,
    /// Text.
    Text(String),
    /// A number in the column's unit.
    Number(f64),
    /// A number with its interval.
    Interval(f64, f64, f64),
    /// An instant in milliseconds.
    Time(f64),
    /// A state with shape, colour and word.
    Status(Tone, String),
    /// A small trend.
    Spark(Vec<f64>),
    /// A share from 0 to 1 drawn as a bar behind the number (in the column's unit).
    Share(f64, f64),
    /// Labels in canonical form.
    Series(Labels),
}
