//! Text inside an address: percent-coding of parameters, and backslashes before characters that separate parts of a value.

use std::fmt::Write as _;

/// `text` with everything percent-coded that a query string cannot hold or that pasting into a chat would break.
pub(crate) fn percent_encode(text: &str) -> String {
    let mut coded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~:/@,!".contains(&byte) {
            coded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(coded, "%{byte:02X}");
        }
    }
    coded
}

/// The text behind a percent-coded one; `+` is a space, a stray `%` stands for itself, invalid UTF-8 becomes U+FFFD.
pub(crate) fn percent_decode(coded: &str) -> String {
    let mut bytes = Vec::with_capacity(coded.len());
    let mut rest = coded.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let (byte, next) = match (first, after) {
            (b'%', &[high, low, ref next @ ..]) => match (hex(high), hex(low)) {
                (Some(high), Some(low)) => (high * 16 + low, next),
                _ => (first, after),
            },
            (b'+', _) => (b' ', after),
            _ => (first, after),
        };
        bytes.push(byte);
        rest = next;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|d| u8::try_from(d).ok())
}

/// `text` with a backslash before each `separator` and each backslash.
pub(super) fn escape(text: &str, separator: char) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c == separator || c == '\\' {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// The parts before and after the first bare `separator`, both without their backslashes; `None` after it if there is none.
pub(super) fn split_escaped(text: &str, separator: char) -> (String, Option<String>) {
    let (mut before, mut after) = (String::new(), None::<String>);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == separator && after.is_none() {
            after = Some(String::new());
            continue;
        }
        let kept = if c == '\\' { chars.next().unwrap_or(c) } else { c };
        after.as_mut().unwrap_or(&mut before).push(kept);
    }
    (before, after)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_codings() {
        assert_eq!(percent_encode("a b+c&d=é\\"), "a%20b%2Bc%26d%3D%C3%A9%5C");
        assert_eq!(percent_encode("now-1d/d"), "now-1d/d");
        assert_eq!(percent_decode("a+b%20c%2bd"), "a b c+d");
        assert_eq!(percent_decode("100%"), "100%");
        assert_eq!(percent_decode("%zz%4"), "%zz%4");
        assert_eq!(percent_decode("%ff"), "\u{fffd}");
    }

    #[test]
    fn splits_at_the_first_bare_separator() {
        assert_eq!(split_escaped(r"a\@b@c@d", '@'), ("a@b".to_owned(), Some("c@d".to_owned())));
        assert_eq!(split_escaped(r"a\", '@'), (r"a\".to_owned(), None));
    }

    proptest! {
        #[test]
        fn percent_coding_comes_back(text in any::<String>()) {
            prop_assert_eq!(percent_decode(&percent_encode(&text)), text);
        }

        #[test]
        fn escaped_parts_come_back(a in any::<String>(), b in any::<String>()) {
            let joined = format!("{}@{}", escape(&a, '@'), escape(&b, '@'));
            prop_assert_eq!(split_escaped(&joined, '@'), (a, Some(b)));
        }
    }
}
