//! Masks of single values: a token of the session, the last four characters, the year.
//!
//! A token is HMAC-SHA-256 (RFC 2104, FIPS 180-4) under a random key that is made anew for each session and never leaves the engine, cut to
//! 48 bits. Without the key a token cannot be tried out against a list of names; equal values have equal tokens, in every field, so that rows
//! can still be counted and joined.

use std::fmt;
use std::fmt::Write;

use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::calendar::{self, Date, Local};

/// Values of fewer characters would be given away by their last four.
const FEWEST_FOR_LAST_FOUR: usize = 8;
/// Bytes of a token: among 20,000 values two share one in 1 of 1.4 million sessions.
const TOKEN_BYTES: usize = 6;

/// The random key of a session. Without `Display`; its `Debug` hides the value.
#[derive(Clone)]
pub struct SessionKey(Hmac<Sha256>);

impl SessionKey {
    /// A key from random bytes; `None` where they are missing, as all zero.
    pub fn new(random: [u8; 32]) -> Option<Self> {
        if random == [0; 32] {
            return None;
        }
        Hmac::new_from_slice(&random).ok().map(Self)
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(..)")
    }
}

/// The token of a value.
pub fn token(key: &SessionKey, value: &str) -> String {
    let mut mac = key.0.clone();
    mac.update(value.as_bytes());
    let mut token = "masked-".to_owned();
    for byte in mac.finalize().into_bytes().iter().take(TOKEN_BYTES) {
        // Writing to a text cannot fail.
        let _ = write!(token, "{byte:02x}");
    }
    token
}

/// The last four characters of eight or more after dots; only dots of less.
pub fn last_four(value: &str) -> String {
    let n = value.chars().count();
    let kept = if n < FEWEST_FOR_LAST_FOUR { n } else { n - 4 };
    format!("...{}", value.chars().skip(kept).collect::<String>())
}

/// The year of a date, or of a date and a time with or without an offset; `None` for other text.
pub fn year(value: &str) -> Option<String> {
    let value = value.trim();
    let at_ms = calendar::parse_instant(value).or_else(|| calendar::parse_local(value).map(Local::utc_ms))?;
    Local::in_utc(at_ms).map(|local| local.date().year().to_string())
}

/// The first instant of the year that holds an instant, in UTC; `NaN` for `NaN` and outside the calendar.
pub fn year_start(at_ms: f64) -> f64 {
    if !at_ms.is_finite() {
        return f64::NAN;
    }
    let year = Local::in_utc(at_ms as i64).map(|local| local.date().year());
    let first = year.and_then(|year| Date::new(year, 1, 1));
    first.map_or(f64::NAN, |date| Local::midnight(date).utc_ms() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_the_hmac_of_the_value() {
        // The first six bytes as Python's hmac module gives them.
        let key = &SessionKey::new([7; 32]).unwrap();
        assert_eq!(token(key, "what do ya want for nothing?"), "masked-37853aff7df2");
        assert_ne!(token(key, "a"), token(key, "b"));
        assert_ne!(token(key, "a"), token(&SessionKey::new([8; 32]).unwrap(), "a"));
    }

    #[test]
    fn without_random_bytes_there_is_no_key() {
        assert!(SessionKey::new([0; 32]).is_none());
    }

    #[test]
    fn a_key_is_never_printed() {
        assert_eq!(format!("{:?}", SessionKey::new([7; 32]).unwrap()), "SessionKey(..)");
    }

    #[test]
    fn the_last_four_of_a_short_value_would_be_most_of_it() {
        assert_eq!(
            ["4111111111111234", "12345678", "1234567", "", "ÄÖÜßäöüß"].map(last_four),
            ["...1234", "...5678", "...", "...", "...äöüß"]
        );
    }

    #[test]
    fn a_year_is_read_from_dates_and_from_nothing_else() {
        let years =
            ["1987-03-04", "1987-03-04 10:00", "2024-12-31T23:30:00-01:00", "1987", "4 March 1987", ""].map(year);
        assert_eq!(years, [Some("1987".into()), Some("1987".into()), Some("2025".into()), None, None, None]);
        assert_eq!(year_start(1_709_211_600_000.0), 1_704_067_200_000.0);
        assert_eq!(year_start(-1.0), -31_536_000_000.0);
        assert!(year_start(f64::NAN).is_nan() && year_start(f64::INFINITY).is_nan() && year_start(1e300).is_nan());
    }
}
