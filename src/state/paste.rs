//! A time range from the clipboard: Grafana's copied range, a link to a view, or two times in words.

use super::zone::ZoneRules;
use super::{TimeInput, parse, resolve_time};

/// The range that `text` holds: `{"from": ..., "to": ...}` as Grafana copies it, an address with `from` and `to`, or `from to to`.
///
/// `None` where there is none, or where an end is not in the time grammar.
pub fn range_from_text(text: &str, now_ms: i64, rules: &dyn ZoneRules) -> Option<(TimeInput, TimeInput)> {
    let text = text.trim();
    let (from, to) = from_json(text).or_else(|| from_link(text)).or_else(|| from_words(text))?;
    let is_time = |input: &TimeInput, end| resolve_time(&input.0, end, now_ms, rules).is_ok();
    (is_time(&from, false) && is_time(&to, true)).then_some((from, to))
}

fn from_json(text: &str) -> Option<(TimeInput, TimeInput)> {
    let object: serde_json::Value = serde_json::from_str(text).ok()?;
    let end = |name: &str| match object.get(name)? {
        serde_json::Value::String(text) => Some(TimeInput(text.clone())),
        serde_json::Value::Number(number) => Some(TimeInput(number.to_string())),
        _ => None,
    };
    Some((end("from")?, end("to")?))
}

fn from_link(text: &str) -> Option<(TimeInput, TimeInput)> {
    let (_, query) = text.split_once('?')?;
    let selection = parse(query.split_once('#').map_or(query, |(query, _)| query)).0;
    Some((selection.from?, selection.to.unwrap_or_else(|| TimeInput("now".to_owned()))))
}

fn from_words(text: &str) -> Option<(TimeInput, TimeInput)> {
    let (from, to) = text.split_once(" to ")?;
    Some((TimeInput(from.trim().to_owned()), TimeInput(to.trim().to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::FixedZone;

    #[track_caller]
    fn check(text: &str, expected: Option<(&str, &str)>) {
        let found = range_from_text(text, 1_767_225_600_000, &FixedZone::utc());
        assert_eq!(found.as_ref().map(|(from, to)| (from.0.as_str(), to.0.as_str())), expected, "{text}");
    }

    #[test]
    fn ranges_are_read_from_what_people_copy() {
        check(r#"{"from":"now-6h","to":"now"}"#, Some(("now-6h", "now")));
        check(r#"{"from":1767225600000,"to":1767229200000}"#, Some(("1767225600000", "1767229200000")));
        check("https://a.example/x/?d=a&from=now-2d&to=now-1d#top", Some(("now-2d", "now-1d")));
        check("https://a.example/?from=now-2d", Some(("now-2d", "now")));
        check(" 2026-01-01 10:00 to 2026-01-01 12:00\n", Some(("2026-01-01 10:00", "2026-01-01 12:00")));
    }

    #[test]
    fn other_text_is_no_range() {
        for text in
            ["", "hello", "https://a.example/?d=a", "welcome to now", r#"{"from":"now-6h"}"#, r#"{"from":{},"to":1}"#]
        {
            check(text, None);
        }
    }
}
