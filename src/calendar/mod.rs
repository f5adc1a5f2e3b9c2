//! The proleptic Gregorian calendar and instants as text (RFC 3339): dates, local times, and nothing about zones.
//!
//! Instants are milliseconds since the Unix epoch. Years run from -9999 to 9999; what leaves them is `None`.
//! Why this is not a library is told in docs/decisions/a-small-calendar.md; the tests compare it with one.

mod text;

use std::fmt;

pub use text::{instant_text, parse_instant, parse_local};

/// Milliseconds of a day without a switch.
pub const DAY_MS: i64 = 86_400_000;
const YEARS: std::ops::RangeInclusive<i64> = -9_999..=9_999;
/// Days of the 400 years after which the calendar repeats.
const ERA_DAYS: i64 = 146_097;
/// Days from 0000-03-01 to 1970-01-01.
const EPOCH_DAYS: i64 = 719_468;

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: i64,
    month: i64,
    day: i64,
}

impl Date {
    /// The day of that year, month (1 to 12) and day of the month; `None` where the calendar has no such day.
    pub fn new(year: i64, month: i64, day: i64) -> Option<Self> {
        let exists = YEARS.contains(&year) && (1..=12).contains(&month) && (1..=length_of(year, month)).contains(&day);
        exists.then_some(Self { year, month, day })
    }

    /// The day that is `days` after 1970-01-01.
    ///
    /// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
    pub fn from_days(days: i64) -> Option<Self> {
        let since = days.checked_add(EPOCH_DAYS)?;
        let (era, day_of_era) = (since.div_euclid(ERA_DAYS), since.rem_euclid(ERA_DAYS));
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self::new(year, month, day)
    }

    /// Days since 1970-01-01, negative before.
    ///
    /// Source: as [`Date::from_days`], `days_from_civil`.
    pub fn days(self) -> i64 {
        let year = self.year - i64::from(self.month <= 2);
        let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let from_march = (self.month + 9) % 12;
        let day_of_year = (153 * from_march + 2) / 5 + self.day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * ERA_DAYS + day_of_era - EPOCH_DAYS
    }

    /// Year, with 0 for 1 BC.
    pub fn year(self) -> i64 {
        self.year
    }

    /// Month, 1 to 12.
    pub fn month(self) -> i64 {
        self.month
    }

    /// Days since Monday, 0 to 6.
    pub fn days_since_monday(self) -> i64 {
        (self.days() + 3).rem_euclid(7)
    }

    /// The day `count` days later; earlier where negative.
    pub fn plus_days(self, count: i64) -> Option<Self> {
        Self::from_days(self.days().checked_add(count)?)
    }

    /// The same day `count` months later, or the last of a month that is shorter.
    pub fn plus_months(self, count: i64) -> Option<Self> {
        let months = (self.year * 12 + self.month - 1).checked_add(count)?;
        let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
        Self::new(year, month, self.day.min(length_of(year, month)))
    }
}

/// As ISO 8601 writes it; years before 0 have a sign and six digits.
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day } = self;
        if *year < 0 {
            write!(f, "-{:06}-{month:02}-{day:02}", -year)
        } else {
            write!(f, "{year:04}-{month:02}-{day:02}")
        }
    }
}

/// A day and a time of it, of no zone in particular.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Local {
    date: Date,
    ms: i64,
}

impl Local {
    /// The time `ms` milliseconds after the midnight that begins `date`; `None` outside the day.
    pub fn new(date: Date, ms: i64) -> Option<Self> {
        (0..DAY_MS).contains(&ms).then_some(Self { date, ms })
    }

    /// The midnight that begins `date`.
    pub fn midnight(date: Date) -> Self {
        Self { date, ms: 0 }
    }

    /// The time that UTC's clock shows at an instant.
    pub fn in_utc(at_ms: i64) -> Option<Self> {
        Some(Self { date: Date::from_days(at_ms.div_euclid(DAY_MS))?, ms: at_ms.rem_euclid(DAY_MS) })
    }

    /// The instant at which UTC's clock shows this time.
    pub fn utc_ms(self) -> i64 {
        self.date.days() * DAY_MS + self.ms
    }

    /// Its day.
    pub fn date(self) -> Date {
        self.date
    }

    /// Milliseconds since its midnight.
    pub fn ms_of_day(self) -> i64 {
        self.ms
    }

    /// Hour, 0 to 23.
    pub fn hour(self) -> i64 {
        self.ms / 3_600_000
    }

    /// Minute of the hour, 0 to 59.
    pub fn minute(self) -> i64 {
        self.ms / 60_000 % 60
    }

    /// Second of the minute, 0 to 59.
    pub fn second(self) -> i64 {
        self.ms / 1_000 % 60
    }

    /// The same time of another day.
    #[must_use]
    pub fn on(self, date: Date) -> Self {
        Self { date, ..self }
    }
}

fn length_of(year: i64, month: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use proptest::prelude::*;

    use super::*;

    fn known(date: jiff::civil::Date) -> Date {
        Date::new(date.year().into(), date.month().into(), date.day().into()).unwrap()
    }

    #[test]
    fn every_day_agrees_with_the_library() {
        let mut theirs = jiff::civil::Date::MIN;
        let first = known(theirs).days();
        for nth in 0.. {
            let ours = Date::from_days(first + nth).unwrap();
            assert_eq!(ours, known(theirs));
            assert_eq!(ours.days(), first + nth);
            assert_eq!(ours.days_since_monday(), i64::from(theirs.weekday().to_monday_zero_offset()));
            let Ok(next) = theirs.tomorrow() else { break };
            theirs = next;
        }
        assert_eq!(theirs, jiff::civil::Date::MAX);
        assert_eq!(Date::from_days(first - 1), None);
        assert_eq!(known(theirs).plus_days(1), None);
    }

    #[test]
    fn days_that_do_not_exist_are_none() {
        for (year, month, day) in
            [(2026, 2, 29), (2100, 2, 29), (2026, 4, 31), (2026, 0, 1), (2026, 13, 1), (10_000, 1, 1)]
        {
            assert_eq!(Date::new(year, month, day), None, "{year}-{month}-{day}");
        }
        assert!(Date::new(2000, 2, 29).is_some());
    }

    #[test]
    fn the_ends_of_the_numbers_are_none() {
        for end in [i64::MIN, i64::MAX] {
            assert_eq!(Date::from_days(end), None);
            assert_eq!(Local::in_utc(end), None);
            let day = Date::new(2026, 1, 31).unwrap();
            assert_eq!((day.plus_days(end), day.plus_months(end)), (None, None));
        }
    }

    proptest! {
        #[test]
        fn months_are_added_as_by_the_library(days in -4_000_000_i64..2_900_000, count in -400_000_i32..400_000) {
            let ours = Date::from_days(days);
            prop_assume!(ours.is_some());
            let ours = ours.unwrap();
            let theirs = jiff::civil::Date::new(ours.year as i16, ours.month as i8, ours.day as i8).unwrap();
            let expected = 0.months().try_months(count).ok().and_then(|span| theirs.checked_add(span).ok()).map(known);
            // The library's spans end at 239,976 months, which is all that its years can differ by.
            prop_assert_eq!(ours.plus_months(count.into()), expected);
        }

        #[test]
        fn a_local_time_comes_back(at_ms in -377_705_116_800_000_i64..253_402_300_800_000) {
            let local = Local::in_utc(at_ms).unwrap();
            prop_assert_eq!(local.utc_ms(), at_ms);
            let parts = ((local.hour() * 60 + local.minute()) * 60 + local.second()) * 1_000;
            prop_assert_eq!(parts, local.ms_of_day() / 1_000 * 1_000);
        }
    }
}
