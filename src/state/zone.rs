//! Time zones: the rules of one zone, and the way between local time and instants across daylight-saving switches.
//!
//! The rules come from outside: from `Intl` in the browser, from the bundled database in native tests.

use crate::calendar::{DAY_MS, Local};

/// The rules of one time zone.
pub trait ZoneRules {
    /// Seconds to add to UTC for the local time at that instant (milliseconds since the Unix epoch).
    fn offset_seconds(&self, at_ms: i64) -> i32;

    /// Name shown next to the range, such as `Europe/Berlin` or `UTC`.
    fn name(&self) -> &str;
}

/// A zone with one offset for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixedZone {
    name: String,
    offset_seconds: i32,
}

impl FixedZone {
    /// UTC.
    pub fn utc() -> Self {
        Self { name: "UTC".to_owned(), offset_seconds: 0 }
    }

    /// A zone that is always `offset_seconds` ahead of UTC.
    pub fn new(name: impl Into<String>, offset_seconds: i32) -> Self {
        Self { name: name.into(), offset_seconds }
    }
}

impl ZoneRules for FixedZone {
    fn offset_seconds(&self, _at_ms: i64) -> i32 {
        self.offset_seconds
    }

    fn name(&self) -> &str {
        &self.name
    }
}

/// A zone of the bundled IANA database; native builds only.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Clone, Debug)]
pub struct NativeZone {
    name: String,
    zone: jiff::tz::TimeZone,
}

#[cfg(not(target_arch = "wasm32"))]
impl NativeZone {
    /// The zone of that IANA name; `None` if the database does not have it.
    pub fn new(name: &str) -> Option<Self> {
        jiff::tz::TimeZone::get(name).ok().map(|zone| Self { name: name.to_owned(), zone })
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl ZoneRules for NativeZone {
    fn offset_seconds(&self, at_ms: i64) -> i32 {
        jiff::Timestamp::from_millisecond(at_ms).map_or(0, |at| self.zone.to_offset(at).seconds())
    }

    fn name(&self) -> &str {
        &self.name
    }
}

/// Local time at an instant; `None` outside the years -9999 to 9999.
pub fn civil_at(at_ms: i64, rules: &dyn ZoneRules) -> Option<Local> {
    Local::in_utc(at_ms.checked_add(offset_ms(rules, at_ms))?)
}

/// The instant of a local time.
///
/// A time that a switch repeats is its first occurrence.
/// A time that a switch leaves out is as far after the switch as it would have been after the start of the gap (RFC 5545).
pub fn instant_of(local: Local, rules: &dyn ZoneRules) -> i64 {
    let local_ms = local.utc_ms();
    let before = offset_ms(rules, local_ms - DAY_MS);
    let after = offset_ms(rules, local_ms + DAY_MS);
    let candidates = [local_ms - before, local_ms - after];
    let holds = |at: &i64| at + offset_ms(rules, *at) == local_ms;
    candidates.into_iter().filter(holds).min().unwrap_or(local_ms - before)
}

fn offset_ms(rules: &dyn ZoneRules, at_ms: i64) -> i64 {
    i64::from(rules.offset_seconds(at_ms)) * 1_000
}

#[cfg(test)]
mod tests {
    use jiff::civil::DateTime;
    use jiff::{SignedDuration, Timestamp};

    use super::*;
    use crate::calendar::parse_local;

    #[track_caller]
    fn check(zone: &str, local: &str, expected_utc: &str) {
        let rules = NativeZone::new(zone).unwrap();
        let at_ms = instant_of(parse_local(local).unwrap(), &rules);
        assert_eq!(Timestamp::from_millisecond(at_ms).unwrap().to_string(), expected_utc, "{local} in {zone}");
    }

    #[test]
    fn switches_forward_leave_a_gap_and_switches_back_repeat() {
        // Expected instants by `date -u -d 'TZ="zone" ...'` and, in the gaps, by RFC 5545 3.3.5.
        check("Europe/Berlin", "2026-03-29T01:59:59", "2026-03-29T00:59:59Z");
        check("Europe/Berlin", "2026-03-29T02:30:00", "2026-03-29T01:30:00Z");
        check("Europe/Berlin", "2026-03-29T03:00:00", "2026-03-29T01:00:00Z");
        check("Europe/Berlin", "2026-10-25T02:30:00", "2026-10-25T00:30:00Z");
        check("Europe/Berlin", "2026-10-25T03:00:00", "2026-10-25T02:00:00Z");
        check("America/New_York", "2026-03-08T02:30:00", "2026-03-08T07:30:00Z");
        check("America/New_York", "2026-03-08T03:00:00", "2026-03-08T07:00:00Z");
        check("America/New_York", "2026-11-01T01:30:00", "2026-11-01T05:30:00Z");
        check("America/New_York", "2026-11-01T02:00:00", "2026-11-01T07:00:00Z");
        check("Australia/Lord_Howe", "2026-10-04T02:15:00", "2026-10-03T15:45:00Z");
        check("Australia/Lord_Howe", "2026-10-04T02:30:00", "2026-10-03T15:30:00Z");
        check("Australia/Lord_Howe", "2026-04-05T01:45:00", "2026-04-04T14:45:00Z");
        check("Australia/Lord_Howe", "2026-04-05T02:00:00", "2026-04-04T15:30:00Z");
        check("UTC", "2026-03-29T02:30:00", "2026-03-29T02:30:00Z");
        check("UTC", "2026-10-25T02:30:00", "2026-10-25T02:30:00Z");
    }

    #[test]
    fn agrees_with_the_zone_library_around_every_switch() {
        for zone in ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "UTC"] {
            let rules = NativeZone::new(zone).unwrap();
            let library = jiff::tz::TimeZone::get(zone).unwrap();
            let mut local: DateTime = "2026-01-01T00:07:00".parse().unwrap();
            while local.year() == 2026 {
                let expected = library.to_timestamp(local).unwrap().as_millisecond();
                assert_eq!(instant_of(parse_local(&local.to_string()).unwrap(), &rules), expected, "{local} in {zone}");
                local = local.checked_add(SignedDuration::from_mins(15)).unwrap();
            }
        }
    }

    #[test]
    fn local_time_of_an_instant_comes_back() {
        let rules = NativeZone::new("Europe/Berlin").unwrap();
        let at_ms = 1_774_746_000_123; // 2026-03-29T01:00:00.123Z, the first instant of summer time
        let local = civil_at(at_ms, &rules).unwrap();
        assert_eq!(Some(local), parse_local("2026-03-29T03:00:00.123"));
        assert_eq!(instant_of(local, &rules), at_ms);
    }

    #[test]
    fn instants_beyond_the_calendar_are_none() {
        assert_eq!(civil_at(i64::MAX, &FixedZone::utc()), None);
        assert_eq!(civil_at(i64::MIN, &FixedZone::new("odd", -60)), None);
    }
}
