//! Panel data: what one panel shows, reduced and shaped for its width.
//!
//! The one shape in which data enters the page. Every panel is a list of figures and blocks, so that the table twin, the summary,
//! the export and the handles for tests come from one place for all panels.
//! Values are raw numbers with their unit; the page turns them into text. Knows neither charts nor colours.

mod block;
mod control;
mod csv_text;
pub mod figure;
mod grid;
mod hover;
mod map;
pub mod palette;
mod span;
pub mod twin;

pub use block::{
    AxisSpec, Bar, BarMark, Bars, Block, BlockBody, Brush, Callout, Event, Feed, FeedLine, Field, Line, LineRole,
    Lines, MarkShape, Matrix, Parallel, ParallelAxis, ParallelRun, PointMark, Reading, Scatter, ScatterPoint,
    ThresholdCursor, Tone, XScale,
};
pub use control::{Control, ControlKind};
pub use csv_text::{csv_line, csv_text};
pub use figure::{Figure, Verdict};
pub use grid::{Cell, Evidence, Grid, GridColumn};
pub use hover::{Heading, Hover, HoverRow, Item, hover, nearest};
pub use map::{MapPart, WorldMap};
pub use span::{half_around, shown_span, zoom_text};

use serde::{Deserialize, Serialize};

use crate::frame::Warning;

/// What one panel shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// One sentence that says what the panel shows, in words and formatted numbers, for screen readers and the chat.
    pub summary: Summary,
    /// Headline numbers, most important first.
    pub figures: Vec<Figure>,
    /// Charts, tables and texts from top to bottom; `details` ones only on the panel's own page.
    pub blocks: Vec<Block>,
    /// What the viewer may set on the panel.
    pub controls: Vec<Control>,
    /// What is less than perfect about the data, counted.
    pub warnings: Vec<Warning>,
    /// Remarks that belong on the panel: "sampled every 40 s", "simulated before 14 Nov", "cannot be filtered by region".
    pub remarks: Vec<String>,
    /// Size of what the panel rests on, such as 1,204 predictions.
    pub n: Option<(f64, String)>,
    /// The newest instant in the data, in milliseconds.
    pub as_of_ms: Option<f64>,
}

/// A sentence of text and values, so that the page formats the values in the viewer's locale.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary(pub Vec<Piece>);

/// A part of a sentence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Piece {
    /// Text as it is.
    Text(String),
    /// A number with its unit id.
    Value(f64, crate::units::Unit),
    /// An instant in milliseconds.
    Time(f64),
    /// A change with its unit id: shown with its sign, of shares in percentage points.
    Change(f64, crate::units::Unit),
}

impl Summary {
    /// A sentence of text only.
    pub fn text(text: impl Into<String>) -> Self {
        Self(vec![Piece::Text(text.into())])
    }

    /// Appends text.
    #[must_use]
    pub fn then(mut self, text: impl Into<String>) -> Self {
        self.0.push(Piece::Text(text.into()));
        self
    }

    /// Appends a number.
    #[must_use]
    pub fn value(mut self, value: f64, unit: &crate::units::Unit) -> Self {
        self.0.push(Piece::Value(value, unit.clone()));
        self
    }

    /// Appends a change.
    #[must_use]
    pub fn change(mut self, value: f64, unit: &crate::units::Unit) -> Self {
        self.0.push(Piece::Change(value, unit.clone()));
        self
    }

    /// Appends an instant in milliseconds.
    #[must_use]
    pub fn time(mut self, at_ms: f64) -> Self {
        self.0.push(Piece::Time(at_ms));
        self
    }
}
