//! Conditions evaluated here, for sources that cannot filter by themselves.
//!
//! Regular expressions are Prometheus' (RE2, fully anchored), of which a small safe part is known: alternatives of plain
//! characters, escaped characters, classes such as `[45a-f]`, `.`, and `.` or a character followed by `*` or `+`. All else is refused.

use crate::query::{MatchOp, Matcher};
use crate::source::{Cause, Failure};

/// A matcher, compiled.
#[derive(Clone, Debug)]
pub struct Condition {
    /// Label or column.
    pub label: String,
    test: Test,
    negated: bool,
}

#[derive(Clone, Debug)]
enum Test {
    AnyOf(Vec<String>),
    Pattern(Vec<Vec<Piece>>),
}

/// One position of a pattern and how often it may repeat.
#[derive(Clone, Debug)]
struct Piece {
    class: Class,
    repeat: Repeat,
}

#[derive(Clone, Debug)]
enum Class {
    Any,
    Ranges { ranges: Vec<(char, char)>, negated: bool },
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Repeat {
    Once,
    Optional,
    Star,
    Plus,
}

impl Condition {
    /// Compiles a matcher.
    ///
    /// # Errors
    /// [`Cause::Unsupported`] for a regular expression outside the known part.
    pub fn compile(matcher: &Matcher) -> Result<Self, Failure> {
        let test = match matcher.op {
            MatchOp::In | MatchOp::NotIn => Test::AnyOf(matcher.values.clone()),
            MatchOp::Regex | MatchOp::NotRegex => {
                let source = matcher.values.first().map_or("", String::as_str);
                Test::Pattern(parse_pattern(source).ok_or_else(|| {
                    let text = format!("this source cannot evaluate the regular expression {source:?}");
                    Failure::new(Cause::Unsupported, text).with_hint(
                        "alternatives, classes, \".\", \"*\", \"+\" and \"?\" work; groups and counts do not",
                    )
                })?)
            }
        };
        let negated = matches!(matcher.op, MatchOp::NotIn | MatchOp::NotRegex);
        Ok(Self { label: matcher.label.clone(), test, negated })
    }

    /// Compiles all.
    ///
    /// # Errors
    /// As [`Condition::compile`].
    pub fn compile_all<'a>(matchers: impl IntoIterator<Item = &'a Matcher>) -> Result<Vec<Self>, Failure> {
        matchers.into_iter().map(Self::compile).collect()
    }

    /// Whether the value passes; an absent label is passed as the empty text.
    pub fn accepts(&self, value: &str) -> bool {
        let holds = match &self.test {
            Test::AnyOf(values) => values.iter().any(|v| v == value),
            Test::Pattern(alternatives) => {
                let text: Vec<char> = value.chars().collect();
                alternatives.iter().any(|pieces| pieces_match(pieces, &text))
            }
        };
        holds != self.negated
    }
}

fn parse_pattern(source: &str) -> Option<Vec<Vec<Piece>>> {
    let mut alternatives = vec![Vec::new()];
    let mut chars = source.chars().peekable();
    while let Some(c) = chars.next() {
        let class = match c {
            '|' => {
                alternatives.push(Vec::new());
                continue;
            }
            '.' => Class::Any,
            '[' => parse_class(&mut chars)?,
            '\\' => {
                let escaped = chars.next()?;
                if escaped.is_ascii_alphanumeric() && escaped != 'd' {
                    return None;
                }
                if escaped == 'd' { one_of('0', '9') } else { one_of(escaped, escaped) }
            }
            '(' | ')' | '{' | '}' | '*' | '+' | '?' | '^' | '$' | ']' => return None,
            plain => one_of(plain, plain),
        };
        let repeat = match chars.peek() {
            Some('*') => Repeat::Star,
            Some('+') => Repeat::Plus,
            Some('?') => Repeat::Optional,
            _ => Repeat::Once,
        };
        if repeat != Repeat::Once {
            chars.next();
            if matches!(chars.peek(), Some('?' | '*' | '+')) {
                return None;
            }
        }
        alternatives.last_mut()?.push(Piece { class, repeat });
    }
    Some(alternatives)
}

fn one_of(first: char, last: char) -> Class {
    Class::Ranges { ranges: vec![(first, last)], negated: false }
}

fn parse_class(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<Class> {
    let negated = chars.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    loop {
        match chars.next()? {
            ']' if !ranges.is_empty() => return Some(Class::Ranges { ranges, negated }),
            '[' | ']' | '\\' => return None,
            first => {
                let last = if chars.next_if_eq(&'-').is_some() { chars.next()? } else { first };
                if last == ']' || last < first {
                    return None;
                }
                ranges.push((first, last));
            }
        }
    }
}

/// Runs all positions of the pattern side by side over the text: time is the product of both lengths, whatever the pattern.
fn pieces_match(pieces: &[Piece], text: &[char]) -> bool {
    let mut here = vec![false; pieces.len() + 1];
    if let Some(start) = here.first_mut() {
        *start = true;
    }
    skip_optional(pieces, &mut here);
    for &c in text {
        let mut next = vec![false; pieces.len() + 1];
        for (at, piece) in pieces.iter().enumerate() {
            if !here.get(at).copied().unwrap_or(false) || !piece.class.contains(c) {
                continue;
            }
            let stays = matches!(piece.repeat, Repeat::Star | Repeat::Plus);
            if let Some(slot) = next.get_mut(at + 1) {
                *slot = true;
            }
            // A repeated piece that has matched once may match again: from its own position, as if it were a star.
            if stays && let Some(slot) = next.get_mut(at) {
                *slot = true;
            }
        }
        skip_optional(pieces, &mut next);
        here = next;
    }
    here.last().copied().unwrap_or(false)
}

fn skip_optional(pieces: &[Piece], here: &mut [bool]) {
    for (at, piece) in pieces.iter().enumerate() {
        let skippable = matches!(piece.repeat, Repeat::Star | Repeat::Optional);
        if skippable
            && here.get(at).copied().unwrap_or(false)
            && let Some(slot) = here.get_mut(at + 1)
        {
            *slot = true;
        }
    }
}

impl Class {
    fn contains(&self, c: char) -> bool {
        match self {
            Self::Any => c != '\n',
            Self::Ranges { ranges, negated } => ranges.iter().any(|&(first, last)| first <= c && c <= last) != *negated,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, accepted: &[&str], refused: &[&str]) {
        let matcher = Matcher { label: "a".into(), op: MatchOp::Regex, values: vec![pattern.into()] };
        let condition = Condition::compile(&matcher).unwrap();
        for value in accepted {
            assert!(condition.accepts(value), "{pattern} should accept {value:?}");
        }
        for value in refused {
            assert!(!condition.accepts(value), "{pattern} should refuse {value:?}");
        }
    }

    #[test]
    fn patterns_are_anchored() {
        check("eu|us", &["eu", "us"], &["eus", "", "xus"]);
        check("eu-.*", &["eu-", "eu-west"], &["eu", "xeu-west"]);
        check(".+", &["a", "ab"], &[""]);
        check(".*", &["", "abc"], &["a\nb"]);
        check("5..", &["500", "503"], &["50", "5000"]);
        check("[45]..", &["404", "500"], &["304"]);
        check("[^4].*", &["500"], &["404", ""]);
        check("a\\.b|c\\|d", &["a.b", "c|d"], &["axb", "c"]);
        check("ab*c?d+", &["ad", "abbcddd"], &["abc", "acc"]);
        check("a.*b.*c", &["abc", "axbxc", "abcbc"], &["acb"]);
        check("", &[""], &["a"]);
        check("\\d+", &["12"], &["", "a"]);
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for pattern in ["(a|b)c", "a{2}", "^a", "a**", "[a", "[]", "\\w", "a\\", "*"] {
            let matcher = Matcher { label: "a".into(), op: MatchOp::NotRegex, values: vec![pattern.into()] };
            assert_eq!(Condition::compile(&matcher).unwrap_err().cause, Cause::Unsupported, "{pattern}");
        }
    }

    #[test]
    fn an_absent_label_is_the_empty_text() {
        assert!(Condition::compile(&Matcher::none_of("a", ["x"])).unwrap().accepts(""));
        assert!(!Condition::compile(&Matcher::any_of("a", ["x"])).unwrap().accepts(""));
    }

    #[test]
    fn hostile_patterns_take_no_exponential_time() {
        let text = "a".repeat(5_000);
        check(&format!("{}b", "a*".repeat(30)), &[], &[&text]);
    }
}
