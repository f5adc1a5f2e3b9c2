//! Panel data and a theme to a chart description: total and deterministic.
//!
//! charming describes what it has types for; the few fields that it lacks are merged in by [`Sketch`].
//! Functions never travel as text: a formatter is named as `fn:NAME:ARG` from the fixed list in `js/charts`.
//! Numbers travel as columns beside the option, so that the bridge hands them over as typed arrays.

mod bars;
mod bytes;
mod contrast;
mod ends;
mod events;
mod lines;
pub mod map;
mod matrix;
mod parallel;
mod parts;
mod scatter;
mod simulated;
mod theme;
mod world;

pub use theme::Theme;
pub use world::{Country, World};

use serde_json::Value;

use crate::view::{Block, BlockBody};

/// A compiled chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    /// The ECharts option, without data.
    pub option: Value,
    /// Columns of each dataset.
    pub datasets: Vec<Vec<DataColumn>>,
    /// What each series stands for, to read events.
    pub series: Vec<SeriesHit>,
    /// Whether a drag over the chart selects a span of its x axis.
    pub zooms: bool,
    /// Height that the chart wants, in CSS pixels.
    pub height_px: u32,
    /// Names that the chart itself has no room for; empty where it names everything.
    pub legend: Vec<LegendEntry>,
}

/// A line's name beside its colour.
#[derive(Clone, Debug, PartialEq)]
pub struct LegendEntry {
    /// The name.
    pub title: String,
    /// CSS colour.
    pub colour: String,
    /// Whether the line is dashed or dotted.
    pub dashed: bool,
}

/// One column of a dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct DataColumn {
    /// Name, as series refer to it.
    pub id: String,
    /// Numbers; `NaN` is a gap.
    pub values: Vec<f64>,
}

/// What a series of the chart stands for in the block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SeriesHit {
    /// Bands, flags, hatches: not for the pointer.
    Decoration,
    /// The line of that number; the item is its point.
    Line(usize),
    /// The items are the bars in order.
    Bars,
    /// The items are these cells of the matrix, counted row by row.
    Cells(Vec<usize>),
    /// The items are these points of the scatter.
    Points(Vec<usize>),
    /// The items are these runs.
    Runs(Vec<usize>),
}

/// Compiles a block; `None` for tables and texts, which are no charts, and for maps.
///
/// `width_px` is the width of the chart in CSS pixels.
pub fn compile(block: &Block, theme: &Theme, width_px: u32) -> Option<Drawing> {
    match &block.body {
        BlockBody::Lines(body) => Some(lines::compile(body, theme, width_px)),
        BlockBody::Bars(body) => Some(bars::compile(body, theme, width_px)),
        BlockBody::Matrix(body) => Some(matrix::compile(body, theme, width_px)),
        BlockBody::Scatter(body) => Some(scatter::compile(body, theme, width_px)),
        BlockBody::Parallel(body) => Some(parallel::compile(body, theme, width_px)),
        // A map is drawn without the library: see `map`.
        BlockBody::Map(_) | BlockBody::Grid(_) | BlockBody::Feed(_) | BlockBody::Callout(_) => None,
    }
}
