//! Blocks: the kinds of picture a panel is made of.

use serde::{Deserialize, Serialize};

use super::{Grid, WorldMap};
use crate::frame::Labels;
use crate::units::Unit;

/// One picture, table or text of a panel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// Id within the panel, such as `roc`; stable, so that a refresh keeps the chart.
    pub id: String,
    /// Small heading; empty for none.
    pub title: String,
    /// Whether it is shown only on the panel's own page.
    pub details: bool,
    /// Share of the panel's width in twelfths, so that several stand side by side. Default is 12.
    pub width: u8,
    /// What it is.
    pub body: BlockBody,
}

/// The kinds of block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum BlockBody {
    /// Lines over time, steps or numbers.
    Lines(Lines),
    /// Bars, dots or dumbbells by category.
    Bars(Bars),
    /// Values by region on a map of the world.
    Map(WorldMap),
    /// A heatmap or confusion matrix.
    Matrix(Matrix),
    /// Points in two dimensions.
    Scatter(Scatter),
    /// Parallel coordinates.
    Parallel(Parallel),
    /// A table.
    Grid(Grid),
    /// Log lines.
    Feed(Feed),
    /// A sentence that says what follows from the data.
    Callout(Callout),
}

/// Lines over a shared x axis.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lines {
    /// Metric id of the values, for the handle `data-metric`.
    pub metric: String,
    /// The x axis.
    pub x: AxisSpec,
    /// The y axis.
    pub y: AxisSpec,
    /// The lines, most important first.
    pub lines: Vec<Line>,
    /// Rollouts, incidents: vertical rules and spans on a time axis.
    pub events: Vec<Event>,
    /// Horizontal rules: objective, bounds, thresholds.
    pub readings: Vec<Reading>,
    /// Points worth a mark: best step, early stop.
    pub marks: Vec<PointMark>,
    /// A movable vertical cursor at a model's decision threshold.
    pub threshold: Option<ThresholdCursor>,
    /// Whether areas are stacked.
    pub stacked: bool,
    /// What lies before this instant is simulated, in milliseconds; `None` where all of the time axis is measured.
    pub simulated_before_ms: Option<f64>,
    /// Whether a drag zooms the x axis by the panel's setting `zoom`; a time axis zooms the selection.
    pub zooms_panel: bool,
}

/// An axis.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AxisSpec {
    /// What it counts; empty where the title says it.
    pub title: String,
    /// Unit of its numbers.
    pub unit: Unit,
    /// How positions are spaced.
    pub scale: XScale,
    /// Fixed ends where the data alone does not set them.
    pub min: Option<f64>,
    /// As `min`.
    pub max: Option<f64>,
    /// Names, for an axis of names: positions are indices into it. Empty for numbers.
    pub categories: Vec<String>,
}

/// How positions are spaced on an axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum XScale {
    /// Milliseconds since the Unix epoch; drag zooms the selection.
    Time,
    /// Evenly.
    #[default]
    Linear,
    /// By powers; values of zero and below are missing.
    Log,
}

/// One line.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Shown name.
    pub title: String,
    /// Identity, for the handle `data-series`.
    pub series: Labels,
    /// Metric id of its values, where it is another than that of all lines; else empty.
    pub metric: String,
    /// The entity that fixes its colour, such as a model id; lines of one entity share a hue.
    pub entity: String,
    /// What it is.
    pub role: LineRole,
    /// Positions, increasing.
    pub x: Vec<f64>,
    /// Values; `NaN` is a visible gap.
    pub y: Vec<f64>,
    /// Band or envelope around the values, `(low, high)` as long as `y`; empty for none.
    pub low: Vec<f64>,
    /// As `low`.
    pub high: Vec<f64>,
    /// Whether the area below is filled.
    pub area: bool,
}

/// What a line is, which fixes how it is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum LineRole {
    /// The thing itself: solid.
    #[default]
    Main,
    /// A validation curve beside a training curve: dashed is for training, so this is solid too; see `Training`.
    Validation,
    /// A training curve: dashed.
    Training,
    /// A reference, compared with: same hue, lighter, dotted.
    Reference,
    /// The raw values behind a smoothed line: faint.
    Raw,
    /// A bound or model curve: thin grey.
    Guide,
    /// One of many, not in focus: grey.
    Muted,
}

/// A thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When it began, milliseconds.
    pub from_ms: f64,
    /// When it ended, for a span.
    pub to_ms: Option<f64>,
    /// Flag text.
    pub title: String,
    /// What kind.
    pub tone: Tone,
}

/// How much something matters. Always shown with a shape and a word too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Tone {
    /// A fact.
    #[default]
    Neutral,
    /// All is well.
    Good,
    /// Worth a look.
    Warning,
    /// Needs action.
    Bad,
    /// Not known.
    Unknown,
}

/// A horizontal rule at a level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The level in the y axis' unit.
    pub value: f64,
    /// What it is.
    pub title: String,
    /// How much it matters.
    pub tone: Tone,
}

/// A marked point of a line.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PointMark {
    /// Position.
    pub x: f64,
    /// Value there.
    pub y: f64,
    /// What it is, such as "best, step 12".
    pub title: String,
    /// The entity of its line.
    pub entity: String,
    /// Its shape.
    pub shape: MarkShape,
}

/// The shape of a mark, so that marks are told apart without colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum MarkShape {
    /// The best point.
    #[default]
    Circle,
    /// Where something ended, such as an early stop.
    Square,
}

/// A movable cursor bound to a model's decision threshold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ThresholdCursor {
    /// Model id.
    pub model: String,
    /// The threshold, 0 to 1.
    pub threshold: f64,
    /// Where it stands in this chart.
    pub x: f64,
    /// Where it stands in this chart.
    pub y: f64,
}

/// Values by category, horizontal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bars {
    /// Metric id of the values.
    pub metric: String,
    /// The value axis.
    pub axis: AxisSpec,
    /// Categories from top to bottom.
    pub bars: Vec<Bar>,
    /// The dimension or target that a click filters by.
    pub target: Option<String>,
    /// How values are drawn.
    pub mark: BarMark,
    /// Vertical rules on the value axis.
    pub readings: Vec<Reading>,
}

/// How values by category are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum BarMark {
    /// Bars from zero with whiskers.
    #[default]
    Bar,
    /// Dots with whiskers, and a line to the reference (dumbbell).
    Dot,
    /// Upright bars side by side without gap: a distribution; the reference is an outline.
    Histogram,
    /// A waterfall: each bar runs from the reference to the value.
    Step,
}

/// One category.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// Shown name.
    pub title: String,
    /// What a click filters by.
    pub key: String,
    /// Identity, for the handle `data-series`.
    pub series: Labels,
    /// The entity that fixes its colour; empty for the accent.
    pub entity: String,
    /// The value; `NaN` where it is missing.
    pub value: f64,
    /// Whisker's ends; `NaN` for none.
    pub low: f64,
    /// As `low`.
    pub high: f64,
    /// The compared value; `NaN` for none.
    pub reference: f64,
    /// A mark beside the name, such as "▲ 2" for a change of rank.
    pub note: String,
}

/// Cells over two axes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Matrix {
    /// Metric id of the values.
    pub metric: String,
    /// Heading of the rows.
    pub row_title: String,
    /// Heading of the columns.
    pub column_title: String,
    /// Row names, top to bottom.
    pub rows: Vec<String>,
    /// Column names left to right; for a time axis, milliseconds as text in `column_times`.
    pub columns: Vec<String>,
    /// Instants of the columns in milliseconds, when they are times.
    pub column_times: Vec<f64>,
    /// Values row by row, `rows x columns`; `NaN` is an empty cell.
    pub values: Vec<f64>,
    /// Second reading of each cell, such as the count behind a percentage; empty for none.
    pub counts: Vec<f64>,
    /// Unit of the values.
    pub unit: Unit,
    /// Whether the scale runs both ways from zero (differences).
    pub diverging: bool,
    /// Whether the number is written into each cell.
    pub labelled: bool,
    /// What a click on a cell chooses: `cell` (its place), or what the row is named after, such as `feature`; `None` for nothing.
    pub target: Option<String>,
    /// The selected cell.
    pub selected: Option<(u32, u32)>,
    /// What lies before this instant is simulated, in milliseconds, when the columns are times.
    pub simulated_before_ms: Option<f64>,
}

/// Points in two dimensions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scatter {
    /// Metric id of the y values.
    pub metric: String,
    /// The x axis.
    pub x: AxisSpec,
    /// The y axis.
    pub y: AxisSpec,
    /// Names of the whole positions of the y axis, the first (position 0) on top; empty for an axis of numbers.
    pub y_names: Vec<String>,
    /// The points.
    pub points: Vec<ScatterPoint>,
    /// A line through or beside the points: a fit, a Pareto front.
    pub lines: Vec<Line>,
    /// Vertical and horizontal rules.
    pub readings: Vec<Reading>,
    /// What a click on a point opens: `run`, `prediction`.
    pub target: Option<String>,
    /// A value beside the position of each point, as long as `points`; empty for none.
    pub values: Vec<f64>,
    /// What these values are.
    pub value_title: String,
    /// Their unit.
    pub value_unit: Unit,
    /// A surface behind the points.
    pub field: Option<Box<Field>>,
    /// The parameter or metric that a drag along the x axis brushes; empty for none.
    pub x_key: String,
    /// The brushed interval of the x axis.
    pub x_brush: Option<Brush>,
}

/// A surface of values over both axes, in cells.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Lower end of each cell along the x axis; equal to the upper end on an axis of names, where a cell is a name's place.
    pub x_low: Vec<f64>,
    /// Upper end of each.
    pub x_high: Vec<f64>,
    /// Lower end of each cell along the y axis, as along x.
    pub y_low: Vec<f64>,
    /// Upper end of each.
    pub y_high: Vec<f64>,
    /// Values cell by cell, along x first, from the lowest y on; `NaN` is an empty cell.
    pub values: Vec<f64>,
    /// The value of the lightest shade, which points with a `shade` share.
    pub low: f64,
    /// The value of the darkest.
    pub high: f64,
}

/// One point.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ScatterPoint {
    /// Position.
    pub x: f64,
    /// Position.
    pub y: f64,
    /// Value that sets the shade, 0 to 1; `NaN` for none.
    pub shade: f64,
    /// Shown name.
    pub title: String,
    /// What a click opens.
    pub key: String,
    /// The entity that fixes its colour.
    pub entity: String,
    /// Whether it is in focus; the others are grey.
    pub focus: bool,
}

/// Runs as lines over many axes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Parallel {
    /// The axes from left to right.
    pub axes: Vec<ParallelAxis>,
    /// The runs.
    pub runs: Vec<ParallelRun>,
    /// The axis whose value sets the colour.
    pub colour_axis: usize,
}

/// One axis of parallel coordinates.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ParallelAxis {
    /// Key of the parameter or metric.
    pub key: String,
    /// Shown name.
    pub title: String,
    /// Unit of its numbers.
    pub unit: Unit,
    /// Spacing.
    pub scale: XScale,
    /// Whether it runs downwards.
    pub flipped: bool,
    /// Names, for a categorical axis: values are indices into it.
    pub categories: Vec<String>,
    /// The brushed interval.
    pub brush: Option<Brush>,
}

/// A brushed interval of an axis.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Brush {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// One run in parallel coordinates.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ParallelRun {
    /// Run id.
    pub key: String,
    /// Shown name.
    pub title: String,
    /// A value per axis; `NaN` where it is missing.
    pub values: Vec<f64>,
    /// Whether every brush holds it.
    pub focus: bool,
}

/// Log lines and templates.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Feed {
    /// Newest first.
    pub lines: Vec<FeedLine>,
    /// How many there are in all.
    pub n_total: u64,
}

/// One log line, alert or failed trace.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FeedLine {
    /// When, milliseconds.
    pub at_ms: f64,
    /// How grave.
    pub tone: Tone,
    /// A word for it: the level, the alert's state.
    pub level: String,
    /// The text, hostile.
    pub text: String,
    /// Where from and of what: model, version, request id.
    pub labels: Labels,
    /// What Enter opens, such as a prediction's id.
    pub key: Option<String>,
}

/// A sentence that says what follows from the data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Callout {
    /// How much it matters.
    pub tone: Tone,
    /// The sentence.
    pub text: super::Summary,
}
