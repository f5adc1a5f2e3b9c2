//! The time grammar of Grafana: `now-6h`, `now/d`, `now-1d/d+8h`, `13h`, epoch numbers, ISO times and dates.
//!
//! Days, weeks, months, quarters and years are counted on the calendar of the zone; hours, minutes and seconds are exact.
//! Weeks start on Monday (ISO 8601). Fiscal quarters and years (`fQ`, `fy`) start in January.

use std::fmt;

use super::zone::{ZoneRules, civil_at, instant_of};
use crate::calendar::{self, Date, Local};

/// Why a time could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeError {
    /// What was written.
    pub found: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl fmt::Display for TimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "\"{}\" {}; write a time such as now-6h, now/d, 2026-03-01 or 2026-03-01 14:00:00",
            self.found, self.reason
        )
    }
}

impl std::error::Error for TimeError {}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CalendarUnit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl CalendarUnit {
    /// The unit at the start of `text`, and what follows it.
    fn strip(text: &str) -> Option<(Self, &str)> {
        let text = text.strip_prefix('f').filter(|t| t.starts_with(['Q', 'y', 'Y'])).unwrap_or(text);
        let mut rest = text.chars();
        let unit = match rest.next()? {
            's' => Self::Second,
            'm' => Self::Minute,
            'h' => Self::Hour,
            'd' => Self::Day,
            'w' => Self::Week,
            'M' => Self::Month,
            'Q' => Self::Quarter,
            'y' | 'Y' => Self::Year,
            _ => return None,
        };
        Some((unit, rest.as_str()))
    }

    /// Length in milliseconds, for the exact units.
    fn exact_ms(self) -> Option<i64> {
        match self {
            Self::Second => Some(1_000),
            Self::Minute => Some(60_000),
            Self::Hour => Some(3_600_000),
            _ => None,
        }
    }

    /// The day `count` units after `date`; `None` for the exact units.
    fn after(self, date: Date, count: i64) -> Option<Date> {
        match self {
            Self::Day => date.plus_days(count),
            Self::Week => date.plus_days(count.checked_mul(7)?),
            Self::Month => date.plus_months(count),
            Self::Quarter => date.plus_months(count.checked_mul(3)?),
            Self::Year => date.plus_months(count.checked_mul(12)?),
            Self::Second | Self::Minute | Self::Hour => None,
        }
    }

    fn shift(self, at_ms: i64, count: i64, rules: &dyn ZoneRules) -> Option<i64> {
        if let Some(unit_ms) = self.exact_ms() {
            return at_ms.checked_add(unit_ms.checked_mul(count)?);
        }
        let local = civil_at(at_ms, rules)?;
        Some(instant_of(local.on(self.after(local.date(), count)?), rules))
    }

    fn floor(self, at_ms: i64, rules: &dyn ZoneRules) -> Option<i64> {
        let local = civil_at(at_ms, rules)?;
        if let Some(unit_ms) = self.exact_ms() {
            return at_ms.checked_sub(local.ms_of_day() % unit_ms);
        }
        let day = local.date();
        let first = match self {
            Self::Week => day.plus_days(-day.days_since_monday())?,
            Self::Month => Date::new(day.year(), day.month(), 1)?,
            Self::Quarter => Date::new(day.year(), (day.month() - 1) / 3 * 3 + 1, 1)?,
            Self::Year => Date::new(day.year(), 1, 1)?,
            _ => day,
        };
        Some(instant_of(Local::midnight(first), rules))
    }

    /// The last millisecond of the unit that `at_ms` lies in.
    fn ceil(self, at_ms: i64, rules: &dyn ZoneRules) -> Option<i64> {
        let floor = self.floor(at_ms, rules)?;
        self.shift(floor, 1, rules)?.checked_sub(1)
    }
}

/// The instant that `input` names, in milliseconds since the Unix epoch.
///
/// `end` says which end of the range it is: rounding such as `/d`, and a date without a time, go to the end of the unit then.
/// Numbers below 10^11 are seconds, larger ones milliseconds; eight digits are a date.
///
/// # Errors
/// When the text is not in the grammar, or the instant is outside the calendar (years -9999 to 9999).
pub fn resolve_time(input: &str, end: bool, now_ms: i64, rules: &dyn ZoneRules) -> Result<i64, TimeError> {
    let text = input.trim();
    let error = |reason| TimeError { found: input.to_owned(), reason };
    if text.is_empty() {
        return Err(error("is empty"));
    }
    let resolved = if let Some(steps) = text.strip_prefix("now") {
        resolve_steps(steps, end, now_ms, rules).map_err(error)?
    } else if text.bytes().all(|b| b.is_ascii_digit()) {
        resolve_number(text, end, rules).ok_or_else(|| error("is not a time"))?
    } else if text.starts_with(|c: char| c.is_ascii_digit())
        && CalendarUnit::strip(text.trim_start_matches(digit)).is_some()
    {
        resolve_steps(&format!("-{text}"), end, now_ms, rules).map_err(error)?
    } else {
        resolve_written(text, end, rules).ok_or_else(|| error("is not a time"))?
    };
    // The calendar's own bounds, so that whoever formats the instant can rely on them.
    let is_inside = calendar::instant_text(resolved).is_some();
    is_inside.then_some(resolved).ok_or_else(|| error("is outside the calendar"))
}

fn digit(c: char) -> bool {
    c.is_ascii_digit()
}

/// Applies `-6h/d+8h` to now. A space stands for `+`, which addresses decode to one.
fn resolve_steps(steps: &str, end: bool, now_ms: i64, rules: &dyn ZoneRules) -> Result<i64, &'static str> {
    const BEYOND: &str = "is outside the calendar";
    let mut at_ms = now_ms;
    let mut rest = steps;
    while let Some(operator) = rest.chars().next() {
        let after = rest.get(operator.len_utf8()..).unwrap_or_default();
        let after_digits = after.trim_start_matches(digit);
        let digits = after.get(..after.len() - after_digits.len()).unwrap_or_default();
        let (unit, next) = CalendarUnit::strip(after_digits).ok_or("has no known unit (s m h d w M Q y)")?;
        let count: i64 = if digits.is_empty() { 1 } else { digits.parse().map_err(|_| BEYOND)? };
        at_ms = match operator {
            '+' | ' ' => unit.shift(at_ms, count, rules),
            '-' => unit.shift(at_ms, -count, rules),
            '/' if !digits.is_empty() && count != 1 => return Err("can only be rounded to one unit"),
            '/' if end => unit.ceil(at_ms, rules),
            '/' => unit.floor(at_ms, rules),
            _ => return Err("has an unknown operator"),
        }
        .ok_or(BEYOND)?;
        rest = next;
    }
    Ok(at_ms)
}

fn resolve_number(text: &str, end: bool, rules: &dyn ZoneRules) -> Option<i64> {
    const FIRST_MILLIS: i64 = 100_000_000_000;
    if text.len() == 8
        && let Some(date) = compact_date(text)
    {
        return resolve_date(date, end, rules);
    }
    let number: i64 = text.parse().ok()?;
    if number < FIRST_MILLIS { number.checked_mul(1_000) } else { Some(number) }
}

/// A date such as `20260301`.
fn compact_date(text: &str) -> Option<Date> {
    let (year, month, day) = (text.get(..4)?, text.get(4..6)?, text.get(6..)?);
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

fn resolve_written(text: &str, end: bool, rules: &dyn ZoneRules) -> Option<i64> {
    if let Some(at_ms) = calendar::parse_instant(text) {
        return Some(at_ms);
    }
    let local = calendar::parse_local(text)?;
    if text.len() <= "YYYY-MM-DD".len() {
        return resolve_date(local.date(), end, rules);
    }
    Some(instant_of(local, rules))
}

fn resolve_date(date: Date, end: bool, rules: &dyn ZoneRules) -> Option<i64> {
    let start = instant_of(Local::midnight(date), rules);
    if end { CalendarUnit::Day.ceil(start, rules) } else { Some(start) }
}

/// The instant moved back by a span such as `1w`; `None` if it is not a span or leaves the calendar.
pub(super) fn moved_back(at_ms: i64, span: &str, rules: &dyn ZoneRules) -> Option<i64> {
    let (count, unit) = parse_span(span)?;
    unit.shift(at_ms, -count, rules)
}

/// A span such as `1w` in words: "1 week"; `None` if it is not a span.
pub(super) fn span_in_words(span: &str) -> Option<String> {
    let (count, unit) = parse_span(span)?;
    let name = match unit {
        CalendarUnit::Second => "second",
        CalendarUnit::Minute => "minute",
        CalendarUnit::Hour => "hour",
        CalendarUnit::Day => "day",
        CalendarUnit::Week => "week",
        CalendarUnit::Month => "month",
        CalendarUnit::Quarter => "quarter",
        CalendarUnit::Year => "year",
    };
    Some(format!("{count} {name}{}", if count == 1 { "" } else { "s" }))
}

fn parse_span(span: &str) -> Option<(i64, CalendarUnit)> {
    let unit_text = span.trim_start_matches(digit);
    let count = span.get(..span.len() - unit_text.len())?.parse().ok().filter(|&n: &i64| n > 0)?;
    match CalendarUnit::strip(unit_text)? {
        (unit, "") => Some((count, unit)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::state::{FixedZone, NativeZone};

    #[track_caller]
    fn check(zone: &str, now: &str, input: &str, end: bool, expected: &str) {
        let rules = NativeZone::new(zone).unwrap();
        let now_ms = now.parse::<Timestamp>().unwrap().as_millisecond();
        let resolved = resolve_time(input, end, now_ms, &rules);
        let shown = resolved.map(|at| Timestamp::from_millisecond(at).unwrap().to_string());
        assert_eq!(shown.as_deref().map_err(|e| e.reason), Ok(expected), "{input} in {zone} at {now}");
    }

    #[track_caller]
    fn check_refused(input: &str) {
        assert!(resolve_time(input, false, 0, &FixedZone::utc()).is_err(), "{input} was accepted");
    }

    const NOW: &str = "2026-11-18T13:14:15.678Z"; // a Wednesday

    #[test]
    fn relative_times() {
        for (input, expected) in [
            ("now", "2026-11-18T13:14:15.678Z"),
            ("now-6h", "2026-11-18T07:14:15.678Z"),
            ("6h", "2026-11-18T07:14:15.678Z"),
            ("now+90m", "2026-11-18T14:44:15.678Z"),
            ("now 90m", "2026-11-18T14:44:15.678Z"),
            ("now-30s", "2026-11-18T13:13:45.678Z"),
            ("now-1M", "2026-10-18T13:14:15.678Z"),
            ("now-1m", "2026-11-18T13:13:15.678Z"),
            ("now-1Q", "2026-08-18T13:14:15.678Z"),
            ("now-1y", "2025-11-18T13:14:15.678Z"),
            ("now-1Y", "2025-11-18T13:14:15.678Z"),
            ("now-1fy", "2025-11-18T13:14:15.678Z"),
            ("now-d", "2026-11-17T13:14:15.678Z"),
            ("now-1d/d+8h", "2026-11-17T08:00:00Z"),
        ] {
            check("UTC", NOW, input, false, expected);
        }
    }

    #[test]
    fn rounding_goes_to_the_start_or_the_end() {
        for (input, start, last) in [
            ("now/s", "2026-11-18T13:14:15Z", "2026-11-18T13:14:15.999Z"),
            ("now/m", "2026-11-18T13:14:00Z", "2026-11-18T13:14:59.999Z"),
            ("now/h", "2026-11-18T13:00:00Z", "2026-11-18T13:59:59.999Z"),
            ("now/d", "2026-11-18T00:00:00Z", "2026-11-18T23:59:59.999Z"),
            ("now/w", "2026-11-16T00:00:00Z", "2026-11-22T23:59:59.999Z"),
            ("now/M", "2026-11-01T00:00:00Z", "2026-11-30T23:59:59.999Z"),
            ("now/Q", "2026-10-01T00:00:00Z", "2026-12-31T23:59:59.999Z"),
            ("now/fQ", "2026-10-01T00:00:00Z", "2026-12-31T23:59:59.999Z"),
            ("now/y", "2026-01-01T00:00:00Z", "2026-12-31T23:59:59.999Z"),
            ("now-1w/w", "2026-11-09T00:00:00Z", "2026-11-15T23:59:59.999Z"),
            ("2026-11-18", "2026-11-18T00:00:00Z", "2026-11-18T23:59:59.999Z"),
            ("20261118", "2026-11-18T00:00:00Z", "2026-11-18T23:59:59.999Z"),
        ] {
            check("UTC", NOW, input, false, start);
            check("UTC", NOW, input, true, last);
        }
    }

    #[test]
    fn absolute_times_are_local_unless_they_name_an_offset() {
        check("Europe/Berlin", NOW, "2026-07-01 12:00:00", false, "2026-07-01T10:00:00Z");
        check("Europe/Berlin", NOW, "2026-07-01 12:00", true, "2026-07-01T10:00:00Z");
        check("Europe/Berlin", NOW, "2026-07-01T12:00:00.250", true, "2026-07-01T10:00:00.25Z");
        check("Europe/Berlin", NOW, "2026-07-01T12:00:00Z", false, "2026-07-01T12:00:00Z");
        check("Europe/Berlin", NOW, "2026-07-01T12:00:00-05:00", false, "2026-07-01T17:00:00Z");
        check("Europe/Berlin", NOW, "1767225600000", false, "2026-01-01T00:00:00Z");
        check("Europe/Berlin", NOW, "1767225600", false, "2026-01-01T00:00:00Z");
    }

    #[test]
    fn days_follow_the_calendar_and_hours_do_not() {
        // Berlin leaves summer time on 2026-10-25, New York on 2026-11-01, Lord Howe (by half an hour) on 2026-04-05.
        check("Europe/Berlin", "2026-10-25T11:00:00Z", "now-1d", false, "2026-10-24T10:00:00Z");
        check("Europe/Berlin", "2026-10-25T11:00:00Z", "now-24h", false, "2026-10-24T11:00:00Z");
        check("Europe/Berlin", "2026-10-25T11:00:00Z", "now/d", false, "2026-10-24T22:00:00Z");
        check("Europe/Berlin", "2026-10-25T11:00:00Z", "now/d", true, "2026-10-25T22:59:59.999Z");
        check("Europe/Berlin", "2026-03-29T10:00:00Z", "now-1d", false, "2026-03-28T11:00:00Z");
        check("America/New_York", "2026-11-01T17:00:00Z", "now-1d", false, "2026-10-31T16:00:00Z");
        check("America/New_York", "2026-03-08T16:00:00Z", "now/d", true, "2026-03-09T03:59:59.999Z");
        check("Australia/Lord_Howe", "2026-04-05T01:30:00Z", "now-1d", false, "2026-04-04T01:00:00Z");
        check("Australia/Lord_Howe", "2026-10-04T01:00:00Z", "now-1d", false, "2026-10-03T01:30:00Z");
        check("UTC", "2026-10-25T11:00:00Z", "now-1d", false, "2026-10-24T11:00:00Z");
    }

    #[test]
    fn hours_round_on_the_local_clock() {
        check("Asia/Kolkata", "2026-11-18T13:14:15Z", "now/h", false, "2026-11-18T12:30:00Z");
    }

    #[test]
    fn what_is_not_a_time_is_refused() {
        for input in [
            "",
            " ",
            "yesterday",
            "now-",
            "now-6",
            "now-6x",
            "now/2d",
            "now*2h",
            "now-99999999999999999999h",
            "now+9999999y",
            "2026-13-01",
            "2026-02-30",
            "2026-07-01T12:00:00[Europe/Berlin]",
            "2026-07-01 12:00:00 CET",
            "99999999999999999999",
        ] {
            check_refused(input);
        }
    }

    #[test]
    fn spans_in_words() {
        assert_eq!(span_in_words("1w").as_deref(), Some("1 week"));
        assert_eq!(span_in_words("30m").as_deref(), Some("30 minutes"));
        assert_eq!(span_in_words("2M").as_deref(), Some("2 months"));
        for wrong in ["", "w", "0d", "1", "1w2d", "1x", "-1d"] {
            assert_eq!(span_in_words(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(input in "\\PC*", end: bool, now_ms: i64) {
            let _ = resolve_time(&input, end, now_ms, &FixedZone::utc());
        }

        #[test]
        fn any_chain_is_read_or_refused(input in "now([+-/ ][0-9]{0,19}[smhdwMQyf]{1,2}){0,4}", end: bool, now_ms: i64) {
            let _ = resolve_time(&input, end, now_ms, &FixedZone::new("odd", 5_400));
        }

        #[test]
        fn the_start_of_a_unit_is_not_after_its_end(unit in "[smhdwMQy]", now_ms in -62_000_000_000_000_i64..250_000_000_000_000) {
            let rules = NativeZone::new("America/New_York").unwrap();
            let input = format!("now/{unit}");
            let start = resolve_time(&input, false, now_ms, &rules).unwrap();
            let last = resolve_time(&input, true, now_ms, &rules).unwrap();
            prop_assert!(start <= now_ms && now_ms <= last);
        }
    }
}
