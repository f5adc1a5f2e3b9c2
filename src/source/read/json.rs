//! JSON as servers really write it.
//!
//! Python's `json.dump` writes bare `NaN`, `Infinity` and `-Infinity`, which JSON does not have.
//! They are read as the texts of those names, which [`Cell`](super::Cell) understands as numbers.

use serde::de::DeserializeOwned;

use crate::source::{Cause, Failure};

/// Parses JSON; on failure once more with bare non-finite numbers in quotes.
///
/// # Errors
/// [`Cause::Malformed`] with the place and the start of the text; a web page is named as such.
pub fn from_json<T: DeserializeOwned>(body: &[u8], what: &str) -> Result<T, Failure> {
    let first = match serde_json::from_slice(body) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    if let Some(mended) = quoted_non_finite(body)
        && let Ok(value) = serde_json::from_slice(&mended)
    {
        return Ok(value);
    }
    if looks_like_html(body) {
        let text = format!("expected {what} as JSON, found a web page");
        let hint = "check the source's address: a log-in page or a proxy may be answering in its place";
        return Err(Failure::new(Cause::Malformed, text).with_hint(hint));
    }
    Err(Failure::new(Cause::Malformed, format!("expected {what} as JSON: {first}; it begins with {:?}", excerpt(body))))
}

/// The first characters of a body, for messages; of a web page, as proxies answer with, its title.
pub fn excerpt(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body.get(..400).unwrap_or(body)).into_owned();
    let text = if looks_like_html(body) { title_of(&text).unwrap_or("a web page") } else { text.trim() };
    text.chars().take(200).collect()
}

/// What stands between the first `<title>` and its end.
fn title_of(page: &str) -> Option<&str> {
    // As long as the page itself: the places are the same.
    let lower = page.to_ascii_lowercase();
    let from = lower.find("<title>")? + "<title>".len();
    let to = from + lower.get(from..)?.find("</title>")?;
    page.get(from..to).map(str::trim).filter(|title| !title.is_empty())
}

/// Whether a body is a web page.
pub fn looks_like_html(body: &[u8]) -> bool {
    let start: Vec<u8> =
        body.iter().skip_while(|b| b.is_ascii_whitespace()).take(9).map(u8::to_ascii_lowercase).collect();
    start.starts_with(b"<!doctype") || start.starts_with(b"<html")
}

/// The body with bare `NaN`, `Infinity` and `-Infinity` in quotes; `None` if there are none. Text in quotes stays as it is.
fn quoted_non_finite(body: &[u8]) -> Option<Vec<u8>> {
    const TOKENS: [&[u8]; 3] = [b"NaN", b"Infinity", b"-Infinity"];
    let mut out = Vec::new();
    let (mut at, mut copied, mut in_text) = (0, 0, false);
    while let Some(&byte) = body.get(at) {
        match byte {
            b'\\' if in_text => at += 1,
            b'"' => in_text = !in_text,
            b'N' | b'I' | b'-' if !in_text => {
                let rest = body.get(at..).unwrap_or_default();
                if let Some(token) = TOKENS.into_iter().find(|t| rest.starts_with(t)) {
                    out.extend_from_slice(body.get(copied..at).unwrap_or_default());
                    out.push(b'"');
                    out.extend_from_slice(token);
                    out.push(b'"');
                    at += token.len();
                    copied = at;
                    continue;
                }
            }
            _ => {}
        }
        at += 1;
    }
    if copied == 0 {
        return None;
    }
    out.extend_from_slice(body.get(copied..).unwrap_or_default());
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, expected: Option<&str>) {
        let mended = quoted_non_finite(input.as_bytes()).map(|b| String::from_utf8(b).unwrap());
        assert_eq!(mended.as_deref(), expected);
    }

    #[test]
    fn only_tokens_outside_texts_are_touched() {
        check("[1, -2, \"NaN\"]", None);
        check("[NaN,-Infinity,Infinity]", Some(r#"["NaN","-Infinity","Infinity"]"#));
        check(r#"{"a\"NaN":"Infinity NaN","b":NaN}"#, Some(r#"{"a\"NaN":"Infinity NaN","b":"NaN"}"#));
        check(r#"["\\",NaN]"#, Some(r#"["\\","NaN"]"#));
    }

    #[test]
    fn a_web_page_is_named() {
        let failure = from_json::<Vec<f64>>(b"\n<!DOCTYPE html><title>Sign in</title>", "runs").unwrap_err();
        assert_eq!(failure.text, "expected runs as JSON, found a web page");
    }

    #[test]
    fn of_a_web_page_the_title_is_quoted() {
        let refused = "<html>\r\n<head><TITLE>401 Authorization Required</TITLE></head>\r\n<body>nginx</body></html>";
        assert_eq!(excerpt(refused.as_bytes()), "401 Authorization Required");
        assert_eq!(excerpt(b"<!doctype html><title> </title>"), "a web page");
        assert_eq!(excerpt(b"<html><title>cut off"), "a web page");
        assert_eq!(excerpt(b" plain <title>words</title> "), "plain <title>words</title>");
    }

    #[test]
    fn the_place_of_a_mistake_is_told() {
        let failure = from_json::<Vec<f64>>(b"[1,\n oops]", "numbers").unwrap_err();
        assert!(failure.text.contains("line 2 column"), "{failure}");
    }
}
