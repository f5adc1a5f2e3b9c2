//! Values, axes and changes as text.

use std::fmt;

use super::scale::{Ladder, Scale};
use super::{Formatter, TimeStyle, duration};
use crate::units::Unit;

const MISSING: &str = "–";
const MINUS: &str = "−";
const MAX_DECIMALS: i32 = 12;

/// A value as text, in parts, so that the page can set the suffix in a lighter tone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// Sign, currency sign and digits.
    pub number: String,
    /// Unit, such as `ms` or `%`; empty for none. A thin space stands before it.
    pub suffix: String,
}

impl fmt::Display for Text {
    /// Both parts with a thin space between them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.number)?;
        if self.suffix.is_empty() { Ok(()) } else { write!(f, "\u{2009}{}", self.suffix) }
    }
}

/// How exactly a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// At most this many significant digits, but whole numbers are never cut; trailing zeros fall away. Headlines use 3.
    Significant(u8),
    /// Exactly this many decimals.
    Decimals(u8),
}

impl Default for Precision {
    fn default() -> Self {
        Self::Significant(3)
    }
}

/// A value in its unit as text, at the scale that suits its size.
///
/// `NaN` is "–", infinities are "∞" and "−∞", all without a suffix.
/// `dateTime...` units take milliseconds; `dateTimeFromNow` is written as a date, since the clock is not known here.
pub fn format_value(value: f64, unit: &Unit, precision: Precision, formatter: &dyn Formatter) -> Text {
    if let Some(text) = special(value, unit, formatter) {
        return text;
    }
    let ladder = Ladder::of(unit);
    scaled(value, &scale_of(&ladder, value.abs(), precision), precision, formatter)
}

/// How many decimals [`format_value`] writes of a value by default, and its suffix; `None` for what is no scaled number.
///
/// With it a column can give all its numbers as many, so that their decimal marks stand in a line.
pub fn decimals_shown(value: f64, unit: &Unit, formatter: &dyn Formatter) -> Option<(u8, String)> {
    if special(value, unit, formatter).is_some() {
        return None;
    }
    let precision = Precision::default();
    let scale = scale_of(&Ladder::of(unit), value.abs(), precision);
    let shown = value.abs() / scale.factor;
    let (_, mut decimals) = decimals_of(shown, precision);
    while decimals > 0 && (shown * 10_f64.powi(i32::from(decimals))).round() % 10.0 == 0.0 {
        decimals -= 1;
    }
    Some((decimals, scale.suffix))
}

/// The scale of a value after rounding, so that 999.96 ms is 1 s and not 1,000 ms.
fn scale_of(ladder: &Ladder, magnitude: f64, precision: Precision) -> Scale {
    let first = ladder.scale(magnitude);
    if ladder.is_flat() {
        return first;
    }
    let shown = magnitude / first.factor;
    let (_, decimals) = decimals_of(shown, precision);
    let unit = 10_f64.powi(i32::from(decimals));
    let rounded = (shown * unit).round() / unit;
    if rounded > shown { ladder.scale(rounded * first.factor) } else { first }
}

fn scaled(value: f64, scale: &Scale, precision: Precision, formatter: &dyn Formatter) -> Text {
    let shown = value.abs() / scale.factor;
    let (min, max) = decimals_of(shown, precision);
    let digits = formatter.number(shown, min, max);
    // The sign of what is shown, not of what was rounded away.
    let is_zero = (shown * 10_f64.powi(i32::from(max))).round() == 0.0;
    let sign = if value < 0.0 && !is_zero { MINUS } else { "" };
    Text { number: format!("{sign}{}{digits}", scale.prefix), suffix: scale.suffix.clone() }
}

/// Fewest and most decimals of a shown number (not negative).
fn decimals_of(shown: f64, precision: Precision) -> (u8, u8) {
    match precision {
        Precision::Decimals(decimals) => (decimals, decimals),
        Precision::Significant(_) if shown == 0.0 => (0, 0),
        Precision::Significant(digits) => {
            let magnitude = shown.log10().floor() as i32;
            let decimals = (i32::from(digits.max(1)) - 1 - magnitude).clamp(0, MAX_DECIMALS);
            (0, u8::try_from(decimals).unwrap_or(0))
        }
    }
}

/// Values and units that are not a scaled number.
fn special(value: f64, unit: &Unit, formatter: &dyn Formatter) -> Option<Text> {
    let bare = |number: String| Some(Text { number, suffix: String::new() });
    if value.is_nan() {
        return bare(MISSING.to_owned());
    }
    if value.is_infinite() {
        return bare(if value > 0.0 { "∞".to_owned() } else { format!("{MINUS}∞") });
    }
    let id = unit.id();
    if let Some(style) = time_style(id) {
        return bare(formatter.time(value as i64, style));
    }
    match id {
        "dtdurationms" => bare(duration(value)),
        "dtdurations" => bare(duration(value * 1_000.0)),
        "dthms" => bare(clock(value, false)),
        "dtdhms" => bare(clock(value, true)),
        "hex" if value.fract() == 0.0 && value.abs() < 9e15 => {
            bare(format!("{}{:x}", if value < 0.0 { MINUS } else { "" }, value.abs() as u64))
        }
        "sci" => bare(format!("{value:.3e}").replace('-', MINUS)),
        // Very small and very large plain numbers would be all zeros.
        _ if value != 0.0 && !(1e-9..1e15).contains(&value.abs()) && Ladder::of(unit).is_flat() => {
            let scale = Ladder::of(unit).scale(value.abs());
            let number = format!("{:.2e}", value / scale.factor).replace('-', MINUS);
            Some(Text { number: format!("{}{number}", scale.prefix), suffix: scale.suffix })
        }
        _ => None,
    }
}

fn time_style(id: &str) -> Option<TimeStyle> {
    match id {
        "dateTimeAsIso" | "dateTimeAsLocal" | "dateTimeAsSystem" | "dateTimeFromNow" | "datetime-iso" => {
            Some(TimeStyle::DateTime)
        }
        _ => match id.strip_prefix("time:")? {
            "YYYY-MM-DD" => Some(TimeStyle::Date),
            "HH:mm" => Some(TimeStyle::Minute),
            "HH:mm:ss" => Some(TimeStyle::Second),
            "YYYY-MM-DD HH:mm" => Some(TimeStyle::DateMinute),
            _ => Some(TimeStyle::DateTime),
        },
    }
}

/// Seconds as on a stop-watch: `1:02:03`, with days `2 d 01:02:03`.
fn clock(seconds: f64, has_days: bool) -> String {
    let total = seconds.abs().round().min(9e15) as i64;
    let sign = if seconds < 0.0 && total > 0 { MINUS } else { "" };
    let (hours, minutes, rest) = (total / 3_600, total % 3_600 / 60, total % 60);
    if has_days && hours >= 24 {
        format!("{sign}{} d {:02}:{minutes:02}:{rest:02}", hours / 24, hours % 24)
    } else {
        format!("{sign}{hours:02}:{minutes:02}:{rest:02}")
    }
}

/// One scale for a whole axis, so that its labels can be compared by eye.
#[derive(Clone, Debug, PartialEq)]
pub struct AxisFormat {
    unit: Unit,
    scale: Scale,
    decimals: u8,
}

/// The format of an axis from `low` to `high` whose ticks are `step` apart, all in `unit`. Values that are not finite are ignored.
pub fn format_axis(low: f64, high: f64, step: f64, unit: &Unit) -> AxisFormat {
    let finite = |v: f64| if v.is_finite() { v.abs() } else { 0.0 };
    let scale = Ladder::of(unit).scale(finite(low).max(finite(high)));
    let shown_step = finite(step) / scale.factor;
    let decimals = (0..=9_u8).find(|&decimals| {
        let ticks = shown_step * 10_f64.powi(i32::from(decimals));
        (ticks - ticks.round()).abs() <= 1e-6 * ticks.max(1.0) && (ticks >= 1.0 || shown_step == 0.0)
    });
    AxisFormat { unit: unit.clone(), scale, decimals: decimals.unwrap_or(3) }
}

impl AxisFormat {
    /// What every label shares, for the axis's name: `ms`, `%`, or nothing.
    pub fn suffix(&self) -> &str {
        &self.scale.suffix
    }

    /// One label.
    pub fn text(&self, value: f64, formatter: &dyn Formatter) -> Text {
        let is_plain = time_style(self.unit.id()).is_none() && value.is_finite() && !self.unit.id().starts_with("dt");
        let special = if is_plain { None } else { special(value, &self.unit, formatter) };
        special.unwrap_or_else(|| scaled(value, &self.scale, Precision::Decimals(self.decimals), formatter))
    }
}

/// A change in its unit, with its sign: "+12 ms", "−3 req/s"; of percentages in percentage points: "+1.2 pp". No change has no sign.
pub fn format_delta(delta: f64, unit: &Unit, precision: Precision, formatter: &dyn Formatter) -> Text {
    let points = match unit.id() {
        "percent" => Some(1.0),
        "percentunit" | "percent-decimal" => Some(0.01),
        _ => None,
    };
    let text = match points {
        Some(factor) if delta.is_finite() => {
            let scale = Scale { factor, prefix: String::new(), suffix: "pp".to_owned() };
            scaled(delta, &scale, precision, formatter)
        }
        _ => format_value(delta, unit, precision, formatter),
    };
    with_plus(delta, text)
}

/// A change as a share of its reference: "+12 %". "–" where there is no reference to divide by.
pub fn format_relative_delta(delta: f64, reference: f64, formatter: &dyn Formatter) -> Text {
    let share = if reference == 0.0 { f64::NAN } else { delta / reference.abs() };
    with_plus(share, format_value(share, &Unit::new("percentunit"), Precision::Significant(2), formatter))
}

fn with_plus(change: f64, text: Text) -> Text {
    let is_shown_as_zero =
        !text.number.contains('∞') && !text.number.chars().any(|c| c.is_numeric() && c.to_digit(10) != Some(0));
    if change > 0.0 && !is_shown_as_zero { Text { number: format!("+{}", text.number), ..text } } else { text }
}

#[cfg(test)]
mod tests;
