//! Instants and local times as text: RFC 3339, and what ISO 8601 allows beyond it in the extended form.

use super::{DAY_MS, Date, Local};

/// What is written of an instant must be read again, whatever its offset: hence a day less than the calendar has.
const INSTANTS_MS: std::ops::RangeInclusive<i64> = -377_705_023_201_000..=253_402_207_200_999;

/// An instant in UTC such as `2026-11-18T13:14:15.678Z`, with the fraction that it has; `None` outside the calendar.
pub fn instant_text(at_ms: i64) -> Option<String> {
    let local = Local::in_utc(at_ms).filter(|_| INSTANTS_MS.contains(&at_ms))?;
    let mut text = format!("{}T{:02}:{:02}:{:02}", local.date(), local.hour(), local.minute(), local.second());
    let fraction = local.ms_of_day() % 1_000;
    if fraction != 0 {
        text.push_str(format!(".{fraction:03}").trim_end_matches('0'));
    }
    text.push('Z');
    Some(text)
}

/// The instant that a date, a time and an offset name: `2026-11-18T13:14:15.678Z`, `2026-11-18 13:14+01:00`.
///
/// The seconds may be left out, a leap second is the one before it, and what is finer than a millisecond is cut off.
/// `None` without an offset, for other text, and outside the calendar.
pub fn parse_instant(text: &str) -> Option<i64> {
    let mut rest = Rest(text.as_bytes());
    let local = rest.local()?;
    let offset_s = rest.offset()?;
    let at_ms = local.utc_ms() - offset_s * 1_000;
    (rest.0.is_empty() && INSTANTS_MS.contains(&at_ms)).then_some(at_ms)
}

/// A date, or a date and a time, without an offset: `2026-11-18`, `2026-11-18 13:14`, `2026-11-18T13:14:15.678`.
pub fn parse_local(text: &str) -> Option<Local> {
    let mut rest = Rest(text.as_bytes());
    let local = if text.len() <= "YYYY-MM-DD".len() { Local::midnight(rest.date()?) } else { rest.local()? };
    rest.0.is_empty().then_some(local)
}

/// What is still to be read.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn take(&mut self, is_wanted: impl Fn(u8) -> bool) -> Option<u8> {
        let (&first, rest) = self.0.split_first().filter(|(first, _)| is_wanted(**first))?;
        self.0 = rest;
        Some(first)
    }

    fn byte(&mut self, wanted: u8) -> Option<()> {
        self.take(|b| b == wanted).map(|_| ())
    }

    fn digit(&mut self) -> Option<i64> {
        self.take(|b| b.is_ascii_digit()).map(|b| i64::from(b - b'0'))
    }

    fn digits(&mut self, count: usize) -> Option<i64> {
        (0..count).try_fold(0, |number, _| Some(number * 10 + self.digit()?))
    }

    fn date(&mut self) -> Option<Date> {
        let year = match self.take(|b| matches!(b, b'+' | b'-')) {
            Some(b'-') => -self.digits(6)?,
            Some(_) => self.digits(6)?,
            None => self.digits(4)?,
        };
        self.byte(b'-')?;
        let month = self.digits(2)?;
        self.byte(b'-')?;
        Date::new(year, month, self.digits(2)?)
    }

    fn local(&mut self) -> Option<Local> {
        let date = self.date()?;
        self.take(|b| matches!(b, b'T' | b't' | b' '))?;
        let hour = self.digits(2)?;
        self.byte(b':')?;
        let minute = self.digits(2)?;
        let (mut second, mut fraction) = (0, 0);
        if self.byte(b':').is_some() {
            second = self.digits(2)?;
            if self.take(|b| matches!(b, b'.' | b',')).is_some() {
                fraction = self.fraction()?;
            }
        }
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        // A leap second is the last second of its minute.
        Local::new(date, ((hour * 60 + minute) * 60 + second.min(59)) * 1_000 + fraction)
    }

    /// Milliseconds of one to nine decimals.
    fn fraction(&mut self) -> Option<i64> {
        let (mut fraction, mut unit) = (self.digit()? * 100, 10);
        for _ in 1..9 {
            let Some(digit) = self.digit() else { break };
            fraction += digit * unit;
            unit /= 10;
        }
        Some(fraction)
    }

    /// Seconds ahead of UTC.
    fn offset(&mut self) -> Option<i64> {
        let sign = match self.take(|b| matches!(b, b'Z' | b'z' | b'+' | b'-'))? {
            b'+' => 1,
            b'-' => -1,
            _ => return Some(0),
        };
        let hours = self.digits(2)?;
        // Also `+0100` and `+01`, which ISO 8601 has and Prometheus' and MLflow's clients write.
        let minutes = if self.byte(b':').is_some() || !self.0.is_empty() { self.digits(2)? } else { 0 };
        let seconds = (hours * 60 + minutes) * 60;
        (minutes < 60 && seconds < DAY_MS / 1_000).then_some(sign * seconds)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(parse_instant(text).and_then(instant_text).as_deref(), expected, "{text}");
    }

    #[test]
    fn instants_are_read_with_their_offset() {
        check("2026-11-18T13:14:15Z", Some("2026-11-18T13:14:15Z"));
        check("2026-11-18t13:14:15.25z", Some("2026-11-18T13:14:15.25Z"));
        check("2026-11-18 13:14:15.678901234+01:00", Some("2026-11-18T12:14:15.678Z"));
        check("2026-11-18T13:14-0530", Some("2026-11-18T18:44:00Z"));
        check("2026-11-18T13:14+05", Some("2026-11-18T08:14:00Z"));
        check("2016-12-31T23:59:60Z", Some("2016-12-31T23:59:59Z"));
        check("1969-12-31T23:59:59.9Z", Some("1969-12-31T23:59:59.9Z"));
        check("-000044-03-15T12:00:00Z", Some("-000044-03-15T12:00:00Z"));
    }

    #[test]
    fn what_names_no_instant_is_none() {
        for text in [
            "",
            "2026-11-18",
            "2026-11-18T13:14:15",
            "2026-11-18T13:14:15Zx",
            "2026-11-18T13:14:15Z[UTC]",
            "2026-11-18T24:00:00Z",
            "2026-11-18T13:60:00Z",
            "2026-11-18T13:14:15.Z",
            "2026-11-18T13:14:15.1234567890Z",
            "2026-11-18T13:14:15+24:00",
            "2026-11-18T13:14:15+01:60",
            "2026-11-18T13:14:15+1:00",
            "2026-02-30T13:14:15Z",
            "20261118T131415Z",
            "9999-12-31T23:59:59Z",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn local_times_have_no_offset() {
        let ms = |text: &str| parse_local(text).map(Local::utc_ms);
        assert_eq!(ms("1970-01-02"), Some(DAY_MS));
        assert_eq!(ms("1970-01-01 00:01"), Some(60_000));
        assert_eq!(ms("1970-01-01T00:00:00.250"), Some(250));
        for text in ["1970-01", "1970-01-01T", "1970-01-01T00:00Z", "1970-01-01 00:00:00 CET", "1970-1-1"] {
            assert_eq!(ms(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn instants_are_written_as_by_the_library(at_ms in INSTANTS_MS) {
            let expected = Timestamp::from_millisecond(at_ms).unwrap().to_string();
            prop_assert_eq!(instant_text(at_ms), Some(expected.clone()));
            prop_assert_eq!(parse_instant(&expected), Some(at_ms));
        }

        #[test]
        fn beyond_the_library_nothing_is_written(at_ms: i64) {
            let theirs = Timestamp::from_millisecond(at_ms).ok().map(|at| at.to_string());
            prop_assert_eq!(instant_text(at_ms), theirs);
        }

        #[test]
        fn what_is_read_is_read_alike_by_the_library(
            text in "(-00|\\+00)?[0-2][0-9]{3}-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-6][0-9](:[0-6][0-9]([.,][0-9]{1,10})?)?(Z|z|[+-][0-2][0-9](:?[0-9]{2})?)",
        ) {
            if let Some(ours) = parse_instant(&text) {
                let theirs: Timestamp = text.parse().unwrap();
                prop_assert_eq!(i128::from(ours), theirs.as_nanosecond().div_euclid(1_000_000));
            }
        }

        #[test]
        fn what_rfc_3339_allows_is_read(
            at_s in -30_000_000_000_i64..200_000_000_000, nanos in 0_i32..1_000_000_000, minutes in -1_439_i32..1_440,
        ) {
            prop_assume!((0..=9999).contains(&Timestamp::from_second(at_s).unwrap().strftime("%Y").to_string().parse::<i64>().unwrap()));
            let at = Timestamp::from_second(at_s).unwrap() + jiff::SignedDuration::from_nanos(nanos.into());
            let written = at.display_with_offset(jiff::tz::Offset::from_seconds(minutes * 60).unwrap()).to_string();
            prop_assume!(!written.starts_with('-'));
            prop_assert_eq!(parse_instant(&written).map(i128::from), Some(at.as_nanosecond().div_euclid(1_000_000)), "{}", written);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC*") {
            let _ = (parse_instant(&text), parse_local(&text));
        }
    }
}
