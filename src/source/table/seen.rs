//! What one cell looks like, before its column has a type.

use crate::source::read::Cell;

/// How files write that there is nothing, where a number or a time is expected.
const MISSING_WORDS: [&str; 8] = ["NA", "N/A", "NULL", "null", "None", "none", "-", "\\N"];

/// What one cell looks like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Seen {
    /// Nothing.
    Missing,
    /// A word for nothing, which may also be a text.
    Word,
    /// A whole number.
    Integer(i64),
    /// A number.
    Decimal(f64),
    /// Milliseconds since the Unix epoch; `is_local` where a time of day came without a zone and was read as UTC.
    Instant { ms: f64, is_local: bool },
    /// True or false.
    Flag(bool),
    /// Digits that are no quantity.
    Code,
    /// A list or an object within the cell.
    Nested,
    /// Anything else.
    Text,
}

impl Seen {
    /// A cell of a file that has texts only.
    pub fn plain(cell: &str) -> Self {
        let text = cell.trim();
        match text {
            "" => return Self::Missing,
            "NaN" | "nan" => return Self::Decimal(f64::NAN),
            "inf" | "Inf" | "Infinity" | "+Inf" => return Self::Decimal(f64::INFINITY),
            "-inf" | "-Inf" | "-Infinity" => return Self::Decimal(f64::NEG_INFINITY),
            _ => {}
        }
        if MISSING_WORDS.contains(&text) {
            return Self::Word;
        }
        if text.eq_ignore_ascii_case("true") {
            return Self::Flag(true);
        }
        if text.eq_ignore_ascii_case("false") {
            return Self::Flag(false);
        }
        number(text).or_else(|| instant(text)).unwrap_or(Self::Text)
    }

    /// A cell of a file that has types of its own: a text may be a time, and is no number.
    pub fn typed(cell: &Cell) -> Self {
        match cell {
            Cell::Missing => Self::Missing,
            Cell::Number(n) => Self::Decimal(*n),
            Cell::Integer(i) => Self::Integer(*i),
            Cell::Bool(flag) => Self::Flag(*flag),
            Cell::List(_) | Cell::Object => Self::Nested,
            // Names of non-finite numbers, which JSON cannot write otherwise.
            Cell::Text(_) if cell.is_numeric() => Self::Decimal(cell.number()),
            Cell::Text(text) => instant(text).unwrap_or(Self::Text),
        }
    }
}

fn number(text: &str) -> Option<Seen> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    if digits.bytes().all(|b| b.is_ascii_digit()) {
        let has_leading_zero = digits.len() > 1 && digits.starts_with('0');
        return Some(if has_leading_zero { Seen::Code } else { text.parse().map_or(Seen::Code, Seen::Integer) });
    }
    text.parse().ok().map(Seen::Decimal)
}

/// ISO 8601 and RFC 3339 with year, month and day in full: a day, or a day and a time with or without a zone.
fn instant(text: &str) -> Option<Seen> {
    let text = text.trim();
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let is_day = bytes.get(4) == Some(&b'-') && bytes.get(7) == Some(&b'-');
    if !is_day || ![0, 1, 2, 3, 5, 6, 8, 9].into_iter().all(is_digit) {
        return None;
    }
    if let Some(at_ms) = crate::calendar::parse_instant(text) {
        return Some(Seen::Instant { ms: at_ms as f64, is_local: false });
    }
    let local = crate::calendar::parse_local(text)?;
    Some(Seen::Instant { ms: local.utc_ms() as f64, is_local: bytes.len() > 10 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_told_apart() {
        let instant = |ms, is_local| Seen::Instant { ms, is_local };
        for (text, expected) in [
            ("", Seen::Missing),
            (" 12 ", Seen::Integer(12)),
            ("-0.5", Seen::Decimal(-0.5)),
            ("1e3", Seen::Decimal(1000.0)),
            ("0", Seen::Integer(0)),
            ("007", Seen::Code),
            ("99999999999999999999", Seen::Code),
            ("+4912345", Seen::Text),
            ("1,234", Seen::Text),
            ("12%", Seen::Text),
            ("-", Seen::Word),
            ("-x", Seen::Text),
            ("True", Seen::Flag(true)),
            ("1970-01-02", instant(86_400_000.0, false)),
            ("1970-01-01T00:00:01Z", instant(1000.0, false)),
            ("1970-01-01 02:00:00+02:00", instant(0.0, false)),
            ("1970-01-01 00:00:01", instant(1000.0, true)),
            ("1970-01-01T00:01", instant(60_000.0, true)),
            ("1970-13-01", Seen::Text),
            ("1970-01-01 afternoon", Seen::Text),
            ("eu-west-12", Seen::Text),
        ] {
            assert_eq!(Seen::plain(text), expected, "{text:?}");
        }
        assert_eq!(Seen::typed(&Cell::Text("12".into())), Seen::Text);
        assert_eq!(Seen::typed(&Cell::Text("1970-01-02".into())), instant(86_400_000.0, false));
        assert!(matches!(Seen::typed(&Cell::Text("NaN".into())), Seen::Decimal(n) if n.is_nan()));
    }
}
