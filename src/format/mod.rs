//! Numbers and times as text: what stands on the screen for a raw value and its unit.
//!
//! Grouping, decimal marks, and dates come from a [`Formatter`] (`Intl` with the viewer's locale in the browser, [`PlainFormatter`]
//! in native tests); scales and suffixes come from here. A missing value is "–", never zero; infinity is "∞".

mod plain;
mod scale;
mod span;
mod text;

pub use plain::PlainFormatter;
pub use scale::Scale;
pub use span::{age, duration};
pub use text::{
    AxisFormat, Precision, Text, decimals_shown, format_axis, format_delta, format_relative_delta, format_value,
};

/// How a date or time is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeStyle {
    /// Date and time to the second.
    DateTime,
    /// Date and time to the minute.
    DateMinute,
    /// Date.
    Date,
    /// Time of day to the minute.
    Minute,
    /// Time of day to the second.
    Second,
}

/// Writes numbers and times in the viewer's locale and zone.
pub trait Formatter {
    /// A finite, non-negative number with `min` to `max` decimals, grouped.
    fn number(&self, value: f64, min_decimals: u8, max_decimals: u8) -> String;

    /// An instant, in milliseconds since the Unix epoch, in the formatter's zone; "–" outside the calendar.
    fn time(&self, at_ms: i64, style: TimeStyle) -> String;
}
