//! The words of an expression, each with its place.

use super::Mistake;

/// Longest expression, in characters.
const MAX_CHARS: usize = 500;

/// One word of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Number(f64),
    /// A metric, or the unit of the number before it.
    Name(String),
    /// One of `+ - * / ( )`.
    Sign(char),
}

impl Token {
    /// The word as a reader sees it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Number(value) => value.to_string(),
            Self::Name(name) => format!("\"{name}\""),
            Self::Sign(sign) => format!("\"{sign}\""),
        }
    }
}

/// A word and how many characters stand before it.
pub(super) type Placed = (usize, Token);

/// The words in order.
///
/// # Errors
/// On a text that is too long, and at the first character that begins no word.
pub(super) fn scan(text: &str) -> Result<Vec<Placed>, Mistake> {
    let chars: Vec<char> = text.chars().take(MAX_CHARS + 1).collect();
    if chars.len() > MAX_CHARS {
        return Err(Mistake::at(0, "a longer expression", format!("at most {MAX_CHARS} characters")));
    }
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let rest = chars.get(at..).unwrap_or_default();
        let (length, token) = match c {
            c if c.is_whitespace() => {
                at += 1;
                continue;
            }
            '+' | '-' | '*' | '/' | '(' | ')' => (1, Token::Sign(c)),
            '`' => quoted(rest).ok_or_else(|| Mistake::at(at, "\"`\"", "a name between two backquotes"))?,
            '0'..='9' | '.' => {
                number(rest).ok_or_else(|| Mistake::at(at, format!("\"{c}\""), "a number such as 0.5"))?
            }
            c if c.is_alphabetic() || c == '_' => {
                let name = name(rest);
                (name.chars().count(), Token::Name(name))
            }
            other => {
                let expected = "a number, the id of a metric, + - * / or parentheses";
                return Err(Mistake::at(at, format!("\"{other}\""), expected));
            }
        };
        tokens.push((at, token));
        at += length;
    }
    Ok(tokens)
}

/// Letters, digits, `_`, `.`, `:` and hyphens between them.
fn name(rest: &[char]) -> String {
    let belongs = |c: &&char| c.is_alphanumeric() || "_.:-".contains(**c);
    let name: String = rest.iter().take_while(belongs).collect();
    // A hyphen at the end is a minus that stands too close.
    name.trim_end_matches('-').to_owned()
}

fn quoted(rest: &[char]) -> Option<(usize, Token)> {
    let name: String = rest.iter().skip(1).take_while(|c| **c != '`').collect();
    let length = name.chars().count() + 2;
    (length <= rest.len() && length > 2).then_some((length, Token::Name(name)))
}

/// Digits with at most one point and an exponent.
fn number(rest: &[char]) -> Option<(usize, Token)> {
    let digits = |from: usize| rest.iter().skip(from).take_while(|c| c.is_ascii_digit()).count();
    let mut length = digits(0);
    if rest.get(length) == Some(&'.') {
        length += 1 + digits(length + 1);
    }
    if matches!(rest.get(length), Some('e' | 'E')) {
        let sign = usize::from(matches!(rest.get(length + 1), Some('+' | '-')));
        let n = digits(length + 1 + sign);
        length += if n > 0 { 1 + sign + n } else { 0 };
    }
    let text: String = rest.iter().take(length).collect();
    let value: f64 = text.parse().ok()?;
    value.is_finite().then_some((length, Token::Number(value)))
}
