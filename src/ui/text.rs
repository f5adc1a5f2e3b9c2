//! Values as text in the viewer's locale and zone.

use std::rc::Rc;

use leptos::prelude::*;

use super::store::use_store;
use crate::format::{self, Precision, Text, TimeStyle};
use crate::state::Zone;
use crate::units::Unit;
use crate::view::{Piece, Summary};
use crate::web::intl_format::{IntlFormatter, formatter};

/// How values are written now: the browser's locale in the viewer's zone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Texts {
    zone: Zone,
}

impl Texts {
    /// Texts in a zone.
    pub fn new(zone: Zone) -> Self {
        Self { zone }
    }

    fn formatter(&self) -> Rc<IntlFormatter> {
        formatter(&self.zone)
    }

    /// A value in its unit, number and suffix apart.
    pub fn parts(&self, value: f64, unit: &Unit) -> Text {
        format::format_value(value, unit, Precision::default(), &*self.formatter())
    }

    /// As [`Texts::parts`], with that many decimals.
    pub fn parts_to(&self, value: f64, unit: &Unit, decimals: u8) -> Text {
        format::format_value(value, unit, Precision::Decimals(decimals), &*self.formatter())
    }

    /// The decimals with which numbers of one column stand in a line: the most that one has, if all have one suffix and
    /// sizes that are not too far apart.
    pub fn common_decimals(&self, values: impl Iterator<Item = f64>, unit: &Unit) -> Option<u8> {
        const MOST: u8 = 4;
        const MOST_ADDED: u8 = 2;
        let formatter = self.formatter();
        let (mut least, mut most, mut common) = (u8::MAX, 0, None);
        for value in values.filter(|v| *v != 0.0) {
            let (decimals, suffix) = format::decimals_shown(value, unit, &*formatter)?;
            if *common.get_or_insert_with(|| suffix.clone()) != suffix {
                return None;
            }
            (least, most) = (least.min(decimals), most.max(decimals));
        }
        ((1..=MOST).contains(&most) && most - least <= MOST_ADDED).then_some(most)
    }

    /// A value in its unit, as one text.
    pub fn value(&self, value: f64, unit: &Unit) -> String {
        self.parts(value, unit).to_string()
    }

    /// The ends of an interval; the lower one leaves its suffix to the upper one where both have the same.
    pub fn ends(&self, low: f64, high: f64, unit: &Unit) -> (String, String) {
        let (low, high) = (self.parts(low, unit), self.parts(high, unit));
        let first = if low.suffix == high.suffix { low.number } else { low.to_string() };
        (first, high.to_string())
    }

    /// A change in a unit, with its sign; of shares in percentage points.
    pub fn change(&self, value: f64, unit: &Unit) -> String {
        format::format_delta(value, unit, Precision::default(), &*self.formatter()).to_string()
    }

    /// A count, such as the size of a sample.
    pub fn count(&self, value: f64) -> String {
        self.value(value, &Unit::default())
    }

    /// An instant, to the second; a dash if there is none.
    pub fn instant(&self, at_ms: f64) -> String {
        if !at_ms.is_finite() {
            return "–".to_owned();
        }
        format::Formatter::time(&*self.formatter(), at_ms as i64, TimeStyle::DateTime)
    }

    /// An instant in a cell: the date alone where it is the beginning of a day, as due dates are.
    pub fn date_or_instant(&self, at_ms: f64) -> String {
        let formatter = self.formatter();
        if at_ms.is_finite() && formatter.is_midnight(at_ms as i64) {
            return format::Formatter::time(&*formatter, at_ms as i64, TimeStyle::Date);
        }
        self.instant(at_ms)
    }

    /// A tick of a time axis: the time of day, and the day where it begins.
    pub fn tick(&self, at_ms: f64) -> String {
        if !at_ms.is_finite() {
            return String::new();
        }
        let formatter = self.formatter();
        if formatter.is_midnight(at_ms as i64) {
            formatter.day(at_ms as i64)
        } else {
            format::Formatter::time(&*formatter, at_ms as i64, TimeStyle::Minute)
        }
    }

    /// An instant beside a time axis of that width: the time of day, with the day before it where the axis holds several.
    pub fn moment(&self, at_ms: f64, width_ms: i64) -> String {
        const DAY_MS: i64 = 86_400_000;
        let formatter = self.formatter();
        let time = format::Formatter::time(&*formatter, at_ms as i64, TimeStyle::Minute);
        if width_ms <= DAY_MS { time } else { format!("{} {time}", formatter.day(at_ms as i64)) }
    }

    /// How long ago an instant was.
    pub fn age(&self, at_ms: f64, now_ms: i64) -> String {
        format::age(at_ms as i64, now_ms)
    }

    /// A sentence of text and values.
    pub fn sentence(&self, summary: &Summary) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Value(value, unit) => self.value(*value, unit),
            Piece::Time(at_ms) => self.instant(*at_ms),
            Piece::Change(value, unit) => self.change(*value, unit),
        };
        summary.0.iter().map(piece).collect()
    }
}

/// How values are written now, as a signal.
pub fn use_texts() -> Signal<Texts> {
    use_store().texts.into()
}
