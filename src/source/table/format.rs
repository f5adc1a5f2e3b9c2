//! Which form a file has: by its ending, and by what it begins with.

use super::parsed::Parsed;
use super::{csv, json};
use crate::frame::Table;
use crate::source::read::{Warnings, looks_like_html};
use crate::source::{Cause, Columnar, Failure};

const BOM: &[u8] = b"\xef\xbb\xbf";

/// The columnar form that a file's ending names.
pub fn columnar_by_name(file: &str) -> Option<Columnar> {
    match ending(file).as_str() {
        "parquet" | "pq" => Some(Columnar::Parquet),
        "arrow" | "arrows" | "feather" | "ipc" => Some(Columnar::Arrow),
        _ => None,
    }
}

/// The columnar form of a file that begins with these bytes.
pub fn columnar_by_content(body: &[u8]) -> Option<Columnar> {
    if body.starts_with(b"PAR1") {
        return Some(Columnar::Parquet);
    }
    body.starts_with(b"ARROW1").then_some(Columnar::Arrow)
}

/// Reads a file of text: JSON and one JSON value a line where it looks so or its ending says so, else CSV.
///
/// # Errors
/// [`Cause::Malformed`] if it is a web page, of another encoding, or not of the form that its ending names.
pub fn parsed(file: &str, body: &[u8]) -> Result<Parsed, Failure> {
    let what = format!("the file {file:?}");
    let text = body.strip_prefix(BOM).unwrap_or(body);
    if looks_like_html(text) {
        let failure = Failure::new(Cause::Malformed, format!("{what} is a web page"));
        return Err(failure.with_hint(
            "the file may be missing, and a log-in page, or the host's page for what it does not have, come in its place",
        ));
    }
    if body.starts_with(b"\xff\xfe") || body.starts_with(b"\xfe\xff") {
        let failure = Failure::new(Cause::Malformed, format!("{what} is written in UTF-16"));
        return Err(failure.with_hint("save it as UTF-8"));
    }
    let first = text.iter().find(|b| !b.is_ascii_whitespace()).copied();
    let ending = ending(file);
    if first.is_none() {
        let mut warnings = Warnings::default();
        warnings.add("the file is empty", 1);
        return Ok(Parsed::whole(Table::default(), warnings));
    }
    match ending.as_str() {
        "csv" | "tsv" => Ok(csv::parsed(text)),
        "ndjson" | "jsonl" => json::lines(text, &what),
        "json" => json_or_lines(text, &what),
        _ if matches!(first, Some(b'[' | b'{')) => json_or_lines(text, &what),
        _ => Ok(csv::parsed(text)),
    }
}

/// One JSON value, or one a line: what is no JSON as a whole but has rows in its lines is the latter.
fn json_or_lines(text: &[u8], what: &str) -> Result<Parsed, Failure> {
    json::parsed(text, what).or_else(|failure| {
        let first = text.split(|b| *b == b'\n').find(|line| !line.iter().all(u8::is_ascii_whitespace));
        let starts_with_object = first.is_some_and(|line| json::lines(line, what).is_ok());
        if starts_with_object && text.contains(&b'\n') && first.is_some_and(|line| line.len() < text.trim_ascii().len())
        {
            json::lines(text, what)
        } else {
            Err(failure)
        }
    })
}

fn ending(file: &str) -> String {
    file.rsplit('/')
        .next()
        .and_then(|name| name.rsplit_once('.'))
        .map_or_else(String::new, |(_, e)| e.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_and_content_tell_the_form() {
        assert_eq!(columnar_by_name("a/b.v1/Rows.PARQUET"), Some(Columnar::Parquet));
        assert_eq!(columnar_by_name("rows.feather"), Some(Columnar::Arrow));
        assert_eq!(columnar_by_name("parquet/rows"), None);
        assert_eq!(columnar_by_content(b"ARROW1\0\0"), Some(Columnar::Arrow));
        let numbers = |file, body: &[u8]| parsed(file, body).unwrap().table.numbers("a").unwrap_or_default();
        assert_eq!(numbers("x.csv", b"\xef\xbb\xbfa\n1\n"), [1.0]);
        assert_eq!(numbers("x", b" [{\"a\": 1}]"), [1.0]);
        assert_eq!(numbers("x", b"{\"a\": 1}\n{\"a\": 2}\n"), [1.0, 2.0]);
        assert_eq!(numbers("x.json", b"{\"a\": 1}\n{\"a\": 2}\n"), [1.0, 2.0]);
        assert_eq!(numbers("x.jsonl", b"{\"a\": 1}"), [1.0]);
        assert_eq!(numbers("x", b"a;b\n1;2\n"), [1.0]);
    }

    #[test]
    fn what_is_no_table_is_refused_by_name() {
        let text = |file, body: &[u8]| parsed(file, body).unwrap_err().text;
        assert_eq!(text("x.csv", b"\xef\xbb\xbf\n<!DOCTYPE html>"), "the file \"x.csv\" is a web page");
        assert_eq!(text("x.csv", b"\xff\xfea\0"), "the file \"x.csv\" is written in UTF-16");
        assert!(text("x.json", b"[1,\n oops]").contains("line 2"), "{}", text("x.json", b"[1,\n oops]"));
        assert!(text("x.json", b"a,b\n1,2\n").contains("as JSON"));
    }

    #[test]
    fn an_empty_file_says_so_whatever_its_form() {
        for file in ["x.csv", "x.json", "x.ndjson", "x"] {
            let parsed = parsed(file, b"\xef\xbb\xbf\n").unwrap();
            assert_eq!(parsed.warnings.first().map(|w| w.text.as_str()), Some("the file is empty"), "{file}");
        }
    }
}
