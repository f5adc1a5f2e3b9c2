//! The quick ranges of the picker, and ranges in words.

use super::TimeInput;
use super::time::span_in_words;

/// A range that the picker offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuickRange {
    /// Shown name.
    pub title: &'static str,
    /// Where it begins.
    pub from: &'static str,
    /// Where it ends.
    pub to: &'static str,
}

const fn range(title: &'static str, from: &'static str, to: &'static str) -> QuickRange {
    QuickRange { title, from, to }
}

/// Grafana's quick ranges in its order.
pub const QUICK_RANGES: [QuickRange; 33] = [
    range("Last 5 minutes", "now-5m", "now"),
    range("Last 15 minutes", "now-15m", "now"),
    range("Last 30 minutes", "now-30m", "now"),
    range("Last 1 hour", "now-1h", "now"),
    range("Last 3 hours", "now-3h", "now"),
    range("Last 6 hours", "now-6h", "now"),
    range("Last 12 hours", "now-12h", "now"),
    range("Last 24 hours", "now-24h", "now"),
    range("Last 2 days", "now-2d", "now"),
    range("Last 7 days", "now-7d", "now"),
    range("Last 30 days", "now-30d", "now"),
    range("Last 90 days", "now-90d", "now"),
    range("Last 6 months", "now-6M", "now"),
    range("Last 1 year", "now-1y", "now"),
    range("Last 2 years", "now-2y", "now"),
    range("Last 5 years", "now-5y", "now"),
    range("Yesterday", "now-1d/d", "now-1d/d"),
    range("Day before yesterday", "now-2d/d", "now-2d/d"),
    range("This day last week", "now-7d/d", "now-7d/d"),
    range("Previous week", "now-1w/w", "now-1w/w"),
    range("Previous month", "now-1M/M", "now-1M/M"),
    range("Previous quarter", "now-1Q/Q", "now-1Q/Q"),
    range("Previous year", "now-1y/y", "now-1y/y"),
    range("Today", "now/d", "now/d"),
    range("Today so far", "now/d", "now"),
    range("This week", "now/w", "now/w"),
    range("This week so far", "now/w", "now"),
    range("This month", "now/M", "now/M"),
    range("This month so far", "now/M", "now"),
    range("This quarter", "now/Q", "now/Q"),
    range("This quarter so far", "now/Q", "now"),
    range("This year", "now/y", "now/y"),
    range("This year so far", "now/y", "now"),
];

/// The range in words, for a sentence or the picker's button: "last 24 hours", "yesterday", or both ends as written.
pub fn describe(from: &TimeInput, to: &TimeInput) -> String {
    let (from, to) = (from.0.trim(), to.0.trim());
    if let Some(quick) = QUICK_RANGES.iter().find(|q| q.from == from && q.to == to) {
        return quick.title.to_lowercase();
    }
    let back = from.strip_prefix("now-").unwrap_or(from);
    match span_in_words(back) {
        Some(words) if to == "now" => format!("last {words}"),
        _ => format!("{from} to {to}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{FixedZone, resolve_time};

    #[test]
    fn every_quick_range_is_a_range() {
        let now_ms = 1_767_225_600_123;
        for quick in QUICK_RANGES {
            let from = resolve_time(quick.from, false, now_ms, &FixedZone::utc()).unwrap();
            let to = resolve_time(quick.to, true, now_ms, &FixedZone::utc()).unwrap();
            assert!(from < to, "{}", quick.title);
        }
    }

    #[test]
    fn ranges_in_words() {
        let words = |from: &str, to: &str| describe(&TimeInput(from.to_owned()), &TimeInput(to.to_owned()));
        assert_eq!(words("now-24h", "now"), "last 24 hours");
        assert_eq!(words("now-45m", "now"), "last 45 minutes");
        assert_eq!(words("13h", "now"), "last 13 hours");
        assert_eq!(words("now-1d/d", "now-1d/d"), "yesterday");
        assert_eq!(words("2026-01-01", "now"), "2026-01-01 to now");
        assert_eq!(words("now-2h", "now-1h"), "now-2h to now-1h");
    }
}
