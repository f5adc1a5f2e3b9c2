//! Absolute times as a reader writes them: the local date and time instead of an instant or an epoch number.

use super::quick::describe;
use super::zone::{ZoneRules, civil_at, instant_of};
use super::{TimeInput, resolve_time};
use crate::calendar::Local;
use crate::query::TimeRange;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// An end of the range for a text field: relative times as they are, absolute ones as local date and time, which [`resolve_time`]
/// reads back as the same instant. What cannot be read so, as the second of two equal hours in autumn, stays as written.
pub fn readable_time(input: &str, end: bool, now_ms: i64, rules: &dyn ZoneRules) -> String {
    let local = || {
        let at_ms = resolve_time(input, end, now_ms, rules).ok().filter(|_| is_instant(input))?;
        let local = civil_at(at_ms, rules)?;
        (instant_of(local, rules) == at_ms).then(|| written(local, true))
    };
    local().unwrap_or_else(|| input.to_owned())
}

/// The range in few words: as [`describe`], with absolute ends as local times, as fine as the range is wide.
pub fn readable_range(from: &TimeInput, to: &TimeInput, range: TimeRange, rules: &dyn ZoneRules) -> String {
    let ends = (civil_at(range.from_ms, rules), civil_at(range.to_ms, rules));
    let (true, true, (Some(first), Some(last))) = (is_instant(&from.0), is_instant(&to.0), ends) else {
        return describe(from, to);
    };
    let is_fine = range.width_ms() < HOUR_MS;
    let (first_text, last_text) = (written(first, is_fine), written(last, is_fine));
    if first.date() == last.date() {
        let time = last_text.split_once(' ').map_or(last_text.as_str(), |(_, time)| time);
        return format!("{first_text} to {time}");
    }
    format!("{first_text} to {last_text}")
}

/// Whether it is an instant, not a relative time and not a plain date.
fn is_instant(input: &str) -> bool {
    let text = input.trim();
    let is_number = text.len() > 8 && text.bytes().all(|b| b.is_ascii_digit());
    is_number || text.len() > "YYYY-MM-DD".len() && text.as_bytes().get(4) == Some(&b'-')
}

fn written(local: Local, with_seconds: bool) -> String {
    let minutes = format!("{} {:02}:{:02}", local.date(), local.hour(), local.minute());
    match (with_seconds, local.second(), local.ms_of_day() % 1_000) {
        (false, ..) | (true, 0, 0) => minutes,
        (true, seconds, 0) => format!("{minutes}:{seconds:02}"),
        (true, seconds, millis) => format!("{minutes}:{seconds:02}.{millis:03}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::NativeZone;

    const NOW_MS: i64 = 1_767_225_600_000; // 2026-01-01T00:00:00Z

    #[test]
    fn absolute_times_become_local_and_read_back_as_themselves() {
        let berlin = NativeZone::new("Europe/Berlin").unwrap();
        for (input, expected) in [
            ("1767225600000", "2026-01-01 01:00"),
            ("2026-07-01T12:00:31Z", "2026-07-01 14:00:31"),
            ("2026-07-01T12:00:31.250Z", "2026-07-01 14:00:31.250"),
            ("2026-07-01 12:00", "2026-07-01 12:00"),
            // The second 02:30 of the night that leaves summer time.
            ("2026-10-25T01:30:00Z", "2026-10-25T01:30:00Z"),
            ("now-6h", "now-6h"),
            ("13h", "13h"),
            ("2026-07-01", "2026-07-01"),
            ("20260701", "20260701"),
            ("nonsense", "nonsense"),
        ] {
            let shown = readable_time(input, true, NOW_MS, &berlin);
            assert_eq!(shown, expected);
            let instant = |text: &str| resolve_time(text, true, NOW_MS, &berlin).ok();
            assert_eq!(instant(&shown), instant(input), "{input}");
        }
    }

    #[test]
    fn a_range_is_as_fine_as_it_is_wide() {
        let berlin = NativeZone::new("Europe/Berlin").unwrap();
        let words = |from: &str, to: &str| {
            let instant = |text: &str, end| resolve_time(text, end, NOW_MS, &berlin).unwrap();
            let range = TimeRange::new(instant(from, false), instant(to, true));
            readable_range(&TimeInput(from.to_owned()), &TimeInput(to.to_owned()), range, &berlin)
        };
        assert_eq!(words("2026-07-01T12:00:31Z", "2026-07-01T14:10:00Z"), "2026-07-01 14:00 to 16:10");
        assert_eq!(words("2026-07-01T12:00:31Z", "2026-07-01T12:10:00Z"), "2026-07-01 14:00:31 to 14:10");
        assert_eq!(words("1767225600000", "2026-01-02T00:00:00Z"), "2026-01-01 01:00 to 2026-01-02 01:00");
        assert_eq!(words("now-24h", "now"), "last 24 hours");
        assert_eq!(words("2026-01-01", "2026-01-02"), "2026-01-01 to 2026-01-02");
    }
}
