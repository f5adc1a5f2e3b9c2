//! The formatter of native tests and of exported files: English grouping, ISO dates.

use super::{Formatter, TimeStyle};
use crate::state::{FixedZone, ZoneRules, civil_at};

/// Formats without a locale, in the zone of its rules.
pub struct PlainFormatter {
    rules: Box<dyn ZoneRules>,
}

impl PlainFormatter {
    /// Formats times in the zone of `rules`.
    pub fn new(rules: Box<dyn ZoneRules>) -> Self {
        Self { rules }
    }

    /// Formats times in UTC.
    pub fn utc() -> Self {
        Self::new(Box::new(FixedZone::utc()))
    }
}

impl Formatter for PlainFormatter {
    fn number(&self, value: f64, min_decimals: u8, max_decimals: u8) -> String {
        let text = format!("{value:.*}", usize::from(max_decimals.max(min_decimals)));
        let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
        let mut kept = decimals.trim_end_matches('0').to_owned();
        while kept.len() < usize::from(min_decimals) {
            kept.push('0');
        }
        let grouped = grouped(whole);
        if kept.is_empty() { grouped } else { format!("{grouped}.{kept}") }
    }

    fn time(&self, at_ms: i64, style: TimeStyle) -> String {
        let Some(local) = civil_at(at_ms, &*self.rules) else { return "–".to_owned() };
        let (date, hour, minute, second) = (local.date(), local.hour(), local.minute(), local.second());
        match style {
            TimeStyle::DateTime => format!("{date} {hour:02}:{minute:02}:{second:02}"),
            TimeStyle::DateMinute => format!("{date} {hour:02}:{minute:02}"),
            TimeStyle::Date => date.to_string(),
            TimeStyle::Minute => format!("{hour:02}:{minute:02}"),
            TimeStyle::Second => format!("{hour:02}:{minute:02}:{second:02}"),
        }
    }
}

fn grouped(digits: &str) -> String {
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::NativeZone;

    #[test]
    fn numbers_are_grouped_and_trimmed() {
        let plain = PlainFormatter::utc();
        for (value, min, max, expected) in [
            (0.0, 0, 2, "0"),
            (1.5, 0, 3, "1.5"),
            (1.5, 2, 3, "1.50"),
            (1_234_567.0, 0, 0, "1,234,567"),
            (999.0, 1, 1, "999.0"),
        ] {
            assert_eq!(plain.number(value, min, max), expected);
        }
    }

    #[test]
    fn times_are_local_on_both_sides_of_a_switch() {
        let plain = PlainFormatter::new(Box::new(NativeZone::new("Europe/Berlin").unwrap()));
        assert_eq!(plain.time(1_774_745_999_000, TimeStyle::DateTime), "2026-03-29 01:59:59");
        assert_eq!(plain.time(1_774_746_000_000, TimeStyle::DateTime), "2026-03-29 03:00:00");
        assert_eq!(plain.time(1_774_746_000_000, TimeStyle::Minute), "03:00");
        assert_eq!(plain.time(i64::MAX, TimeStyle::Date), "–");
    }
}
