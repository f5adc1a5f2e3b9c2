//! A cursor over JSON text that builds no tree.
//!
//! Never recurses, so depth cannot overflow the stack; every mistake carries its byte offset.
//! Knows JSON only, nothing of what it says.

use std::borrow::Cow;

/// Where the text stopped being what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bad {
    /// Byte offset.
    pub(super) at: usize,
    /// What was expected there.
    pub(super) expected: &'static str,
}

/// A position in JSON text.
#[derive(Clone)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// The beginning of a text.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// What is not read yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Moves on by `n` bytes that the caller has looked at.
    pub(super) fn advance(&mut self, n: usize) {
        self.at = (self.at + n).min(self.bytes.len());
    }

    /// A mistake here.
    pub(super) fn bad(&self, expected: &'static str) -> Bad {
        Bad { at: self.at, expected }
    }

    /// The next byte that is not white space, not consumed.
    pub(super) fn peek(&mut self) -> Option<u8> {
        while let Some(&byte) = self.bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
        None
    }

    /// Consumes `byte` if it is next.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    /// Consumes `byte`.
    pub(super) fn expect(&mut self, byte: u8, expected: &'static str) -> Result<(), Bad> {
        if self.eat(byte) { Ok(()) } else { Err(self.bad(expected)) }
    }

    /// The next member's name of an object whose `{` is consumed; `None` consumes the `}`.
    pub(super) fn next_member(&mut self, is_first: &mut bool) -> Result<Option<Cow<'a, str>>, Bad> {
        if !self.has_next(is_first, b'}')? {
            return Ok(None);
        }
        let name = self.string()?;
        self.expect(b':', "a colon")?;
        Ok(Some(name))
    }

    /// Whether an array whose `[` is consumed has another item; `false` consumes the `]`.
    pub(super) fn next_item(&mut self, is_first: &mut bool) -> Result<bool, Bad> {
        self.has_next(is_first, b']')
    }

    fn has_next(&mut self, is_first: &mut bool, close: u8) -> Result<bool, Bad> {
        if std::mem::take(is_first) {
            return Ok(!self.eat(close));
        }
        if self.eat(b',') {
            return Ok(true);
        }
        self.expect(close, "a comma or the end")?;
        Ok(false)
    }

    /// The text of a string between its quotes, escapes not undone, and whether there are any.
    pub(super) fn raw_string(&mut self) -> Result<(&'a [u8], bool), Bad> {
        self.expect(b'"', "a string")?;
        let from = self.at;
        let mut has_escapes = false;
        loop {
            match self.bytes.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    has_escapes = true;
                    self.at += 2;
                }
                Some(_) => self.at += 1,
                None => {
                    self.at = self.bytes.len();
                    return Err(self.bad("the end of a string"));
                }
            }
        }
        let text = self.bytes.get(from..self.at).unwrap_or_default();
        self.at += 1;
        Ok((text, has_escapes))
    }

    /// A string with its escapes undone. Bytes that are not UTF-8 become U+FFFD.
    pub(super) fn string(&mut self) -> Result<Cow<'a, str>, Bad> {
        let at = self.at;
        let (raw, has_escapes) = self.raw_string()?;
        if has_escapes {
            unescape(raw).map(Cow::Owned).ok_or(Bad { at, expected: "a string with valid escapes" })
        } else {
            Ok(String::from_utf8_lossy(raw))
        }
    }

    /// Skips one value of any kind and depth. Brackets inside are only counted.
    pub(super) fn skip_value(&mut self) -> Result<(), Bad> {
        let mut depth = 0_usize;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.raw_string()?;
                }
                Some(b'{' | b'[') => {
                    depth += 1;
                    self.at += 1;
                }
                Some(b'}' | b']') if depth > 0 => {
                    depth -= 1;
                    self.at += 1;
                }
                Some(b',' | b':') if depth > 0 => self.at += 1,
                Some(b'-' | b'+' | b'.' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z') => self.skip_word(),
                _ => return Err(self.bad("a value")),
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }

    /// The bare word here (a number, `true`, `null`), consumed; empty if there is none.
    pub(super) fn word(&mut self) -> &'a [u8] {
        self.peek();
        let from = self.at;
        self.skip_word();
        self.bytes.get(from..self.at).unwrap_or_default()
    }

    fn skip_word(&mut self) {
        while let Some(b'-' | b'+' | b'.' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z') = self.bytes.get(self.at) {
            self.at += 1;
        }
    }
}

/// Undoes JSON's escapes; lone surrogates become U+FFFD. `None` for an escape that JSON does not know.
fn unescape(raw: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(raw);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_ref();
    while let Some(at) = rest.find('\\') {
        out.push_str(rest.get(..at)?);
        let code = *rest.as_bytes().get(at + 1)?;
        let mut n_used = at + 2;
        match code {
            b'"' | b'\\' | b'/' => out.push(char::from(code)),
            b'b' => out.push('\u{8}'),
            b'f' => out.push('\u{c}'),
            b'n' => out.push('\n'),
            b'r' => out.push('\r'),
            b't' => out.push('\t'),
            b'u' => {
                let (c, n) = unicode(rest.get(at..)?)?;
                out.push(c);
                n_used = at + n;
            }
            _ => return None,
        }
        rest = rest.get(n_used..)?;
    }
    out.push_str(rest);
    Some(out)
}

/// The character of `\uXXXX` or of a surrogate pair at the start of `text`, and the bytes it took.
fn unicode(text: &str) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let hex = text.get(at..at + 4)?;
        hex.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(hex, 16).ok())?
    };
    let high = unit(2)?;
    if (0xD800..0xDC00).contains(&high)
        && text.get(6..8) == Some("\\u")
        && let Some(low) = unit(8).filter(|low| (0xDC00..0xE000).contains(low))
    {
        let code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
        return Some((char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12));
    }
    Some((char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER), 6))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_string(json: &str, expected: &str) {
        assert_eq!(Cursor::new(json.as_bytes()).string().unwrap(), expected);
    }

    #[test]
    fn escapes_are_undone() {
        check_string(r#""a\"b\\c\/\n""#, "a\"b\\c/\n");
        check_string(r#""\u00e9\ud83d\ude00""#, "é😀");
        check_string(r#""\ud83d!""#, "\u{fffd}!");
    }

    #[test]
    fn wrong_escapes_are_mistakes_with_their_place() {
        assert_eq!(Cursor::new(br#""\x""#).string().unwrap_err().at, 0);
        assert_eq!(Cursor::new(br#""\u12g4""#).string().unwrap_err().at, 0);
        assert_eq!(Cursor::new(br#""abc\"#).string().unwrap_err().at, 5);
    }

    #[test]
    fn a_million_brackets_do_not_overflow_the_stack() {
        let deep = "[".repeat(1_000_000);
        assert_eq!(Cursor::new(deep.as_bytes()).skip_value().unwrap_err().at, 1_000_000);
    }

    #[test]
    fn skipping_stops_behind_the_value() {
        let mut cursor = Cursor::new(br#" {"a":[1,{"b":"]}"}],"c":-1e5} ,"#);
        cursor.skip_value().unwrap();
        assert_eq!(cursor.rest(), b" ,");
    }
}
