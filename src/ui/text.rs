//! Values as text in the viewer's locale and zone.

use crate::state::Zone;
use crate::units::Unit;
use crate::view::{Piece, Summary};

/// How values are written now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Texts {
    zone: Zone,
}

/// A number and its unit, apart, so that the unit can stand in a lighter tone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumberText {
    /// Before the number, such as a currency sign.
    pub prefix: String,
    /// The number.
    pub number: String,
    /// After it, with its space if it has one.
    pub suffix: String,
}

impl std::fmt::Display for NumberText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}{}", self.prefix, self.number, self.suffix)
    }
}

impl Texts {
    /// Texts in a zone and the browser's locale.
    pub fn new(zone: Zone) -> Self {
        Self { zone }
    }

    /// A value in its unit.
    pub fn parts(&self, value: f64, unit: &Unit) -> NumberText {
        let (number, suffix) = match unit.id() {
            "percentunit" => (format!("{:.1}", value * 100.0), "\u{2009}%".to_owned()),
            "percent" => (format!("{value:.1}"), "\u{2009}%".to_owned()),
            "none" | "short" => (format!("{value:.3}"), String::new()),
            id => (format!("{value:.3}"), format!("\u{2009}{id}")),
        };
        NumberText { prefix: String::new(), number, suffix }
    }

    /// A value in its unit, as one text.
    pub fn value(&self, value: f64, unit: &Unit) -> String {
        self.parts(value, unit).to_string()
    }

    /// A change in a unit, with its sign; of shares in percentage points.
    pub fn change(&self, value: f64, unit: &Unit) -> String {
        let sign = if value > 0.0 {
            "+"
        } else if value < 0.0 {
            "\u{2212}"
        } else {
            ""
        };
        let text = self.value(value.abs(), unit);
        if matches!(unit.id(), "percent" | "percentunit") {
            return format!("{sign}{}", text.replace('%', "pp"));
        }
        format!("{sign}{text}")
    }

    /// A count, such as the size of a sample.
    pub fn count(&self, value: f64) -> String {
        self.value(value, &Unit::default())
    }

    /// An instant, to the second.
    pub fn instant(&self, at_ms: f64) -> String {
        let _ = &self.zone;
        jiff::Timestamp::from_millisecond(at_ms as i64).map_or_else(|_| String::new(), |t| t.to_string())
    }

    /// How long ago an instant was.
    pub fn age(&self, at_ms: f64, now_ms: i64) -> String {
        format!("{} ago", span((now_ms as f64 - at_ms) / 1_000.0))
    }

    /// A sentence of text and values.
    pub fn sentence(&self, summary: &Summary) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Value(value, unit) => self.value(*value, unit),
            Piece::Time(at_ms) => self.instant(*at_ms),
        };
        summary.0.iter().map(piece).collect()
    }
}

/// A length of time in its largest unit.
fn span(seconds: f64) -> String {
    let seconds = seconds.max(0.0);
    match seconds {
        s if s < 90.0 => format!("{s:.0}\u{2009}s"),
        s if s < 90.0 * 60.0 => format!("{:.0}\u{2009}min", s / 60.0),
        s if s < 36.0 * 3_600.0 => format!("{:.0}\u{2009}h", s / 3_600.0),
        s => format!("{:.0}\u{2009}d", s / 86_400.0),
    }
}

/// How values are written now, as a signal.
pub fn use_texts() -> leptos::prelude::Signal<Texts> {
    use leptos::prelude::*;
    let store = crate::ui::store::use_store();
    Signal::derive(move || store.selection.with(|s| Texts::new(s.zone.clone())))
}
