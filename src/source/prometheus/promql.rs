//! Writing PromQL: the only place where a label value becomes query text.

use std::fmt::Write as _;

use crate::query::{Aggregate, MatchOp, Matcher};
use crate::source::{Cause, Failure};

/// Words that do not read as a metric name everywhere.
const RESERVED: [&str; 22] = [
    "inf",
    "nan",
    "and",
    "or",
    "unless",
    "atan2",
    "bool",
    "by",
    "without",
    "on",
    "ignoring",
    "group_left",
    "group_right",
    "offset",
    "start",
    "end",
    "default",
    "if",
    "ifnot",
    "limit",
    "with",
    "keep_metric_names",
];

/// A text as a double-quoted literal.
///
/// Control characters and U+FFFD (which Prometheus takes for broken UTF-8) are escaped, all else stays.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() || c == char::REPLACEMENT_CHARACTER => {
                let _ = write!(out, "\\u{:04X}", u32::from(c)); // every control character is below U+FFFF
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Conditions as the text between braces.
///
/// # Errors
/// [`Cause::Configuration`] for an empty label name.
pub fn conditions<'a>(matchers: impl IntoIterator<Item = &'a Matcher>) -> Result<String, Failure> {
    let mut parts = Vec::new();
    for matcher in matchers {
        let label = label_name(&matcher.label)?;
        let mut push = |op: &str, value: &str| parts.push(format!("{label}{op}{}", quoted(value)));
        match (matcher.op, matcher.values.as_slice()) {
            // RE2's class without members: one of no values.
            (MatchOp::In, []) => push("=~", r"[^\x00-\x{10FFFF}]"),
            (MatchOp::In, [value]) => push("=", value),
            (MatchOp::In, values) => push("=~", &alternatives(values)),
            (MatchOp::NotIn, []) => {}
            (MatchOp::NotIn, [value]) => push("!=", value),
            (MatchOp::NotIn, values) => push("!~", &alternatives(values)),
            (MatchOp::Regex, values) => values.iter().for_each(|v| push("=~", v)),
            (MatchOp::NotRegex, values) => values.iter().for_each(|v| push("!~", v)),
        }
    }
    Ok(parts.join(","))
}

fn alternatives(values: &[String]) -> String {
    values.iter().map(|v| regex_literal(v)).collect::<Vec<_>>().join("|")
}

/// A text as an RE2 expression that matches just that text (Go's `QuoteMeta`).
fn regex_literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if r"\.+*?()|[]{}^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A selector of a metric by its name.
///
/// # Errors
/// [`Cause::Configuration`] for an empty metric or label name.
pub fn selector<'a>(name: &str, matchers: impl IntoIterator<Item = &'a Matcher>) -> Result<String, Failure> {
    if name.is_empty() {
        return Err(Failure::new(Cause::Configuration, "the metric has no name"));
    }
    let conditions = conditions(matchers)?;
    let is_plain = is_identifier(name, true) && !RESERVED.contains(&name.to_lowercase().as_str());
    Ok(match (is_plain, conditions.is_empty()) {
        (true, true) => name.to_owned(),
        (true, false) => format!("{name}{{{conditions}}}"),
        (false, true) => format!("{{__name__={}}}", quoted(name)),
        (false, false) => format!("{{__name__={},{conditions}}}", quoted(name)),
    })
}

/// A label name where `PromQL` wants one: quoted, as Prometheus 3 reads it, only if it is not a classic name.
fn label_name(name: &str) -> Result<String, Failure> {
    if name.is_empty() {
        return Err(Failure::new(Cause::Configuration, "a condition has no label name"));
    }
    Ok(if is_identifier(name, false) { name.to_owned() } else { quoted(name) })
}

/// Whether a name is one of the classic data model: letters, digits, `_`, and `:` in metric names.
pub fn is_identifier(name: &str, with_colon: bool) -> bool {
    let is_start = |c: char| c.is_ascii_alphabetic() || c == '_' || (with_colon && c == ':');
    name.starts_with(is_start) && name.chars().all(|c| is_start(c) || c.is_ascii_digit())
}

/// `inner` folded to the labels in `by`; as it is where `by` is `None`.
///
/// # Errors
/// [`Cause::Configuration`] for an empty label name.
pub fn folded(inner: &str, aggregate: Aggregate, by: Option<&[String]>) -> Result<String, Failure> {
    let Some(by) = by else { return Ok(inner.to_owned()) };
    let function = match aggregate {
        Aggregate::Sum => "sum",
        Aggregate::Avg => "avg",
        Aggregate::Min => "min",
        Aggregate::Max => "max",
    };
    let labels = by.iter().map(|l| label_name(l)).collect::<Result<Vec<_>, _>>()?.join(",");
    Ok(if labels.is_empty() { format!("{function}({inner})") } else { format!("{function} by ({labels}) ({inner})") })
}

/// A length of time as `PromQL` writes it; at least one millisecond.
pub fn duration(millis: i64) -> String {
    let millis = millis.max(1);
    if millis % 1_000 == 0 { format!("{}s", millis / 1_000) } else { format!("{millis}ms") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(matcher: &Matcher, expected: &str) {
        assert_eq!(conditions([matcher]).unwrap(), expected);
    }

    #[test]
    fn matchers_take_their_shortest_form() {
        check(&Matcher::any_of("a", ["x"]), r#"a="x""#);
        check(&Matcher::any_of("a", ["x.y", "z|"]), r#"a=~"x\\.y|z\\|""#);
        check(&Matcher::none_of("a", ["x"]), r#"a!="x""#);
        check(&Matcher::none_of("a", ["x", "y"]), r#"a!~"x|y""#);
        check(&Matcher { label: "a".into(), op: MatchOp::Regex, values: vec!["b.*".into()] }, r#"a=~"b.*""#);
        check(&Matcher::none_of("a", [] as [&str; 0]), "");
    }

    #[test]
    fn values_cannot_leave_their_quotes() {
        check(&Matcher::any_of("a", ["\"} or up{b=\"\\"]), r#"a="\"} or up{b=\"\\""#);
        check(&Matcher::any_of("a", ["1\n2\r\u{0}\u{fffd}é"]), r#"a="1\n2\r\u0000\uFFFDé""#);
    }

    #[test]
    fn names_outside_the_classic_model_are_quoted() {
        assert_eq!(selector("a:b", []).unwrap(), "a:b");
        assert_eq!(selector("my.metric", []).unwrap(), r#"{__name__="my.metric"}"#);
        assert_eq!(selector("inf", &[Matcher::any_of("x", ["1"])]).unwrap(), r#"{__name__="inf",x="1"}"#);
        check(&Matcher::any_of("k8s.pod", ["x"]), r#""k8s.pod"="x""#);
        assert!(selector("", []).is_err());
        assert!(conditions(&[Matcher::any_of("", ["x"])]).is_err());
    }

    #[test]
    fn folding_names_the_labels_that_stay() {
        let by = ["a".to_owned(), "b.c".to_owned()];
        assert_eq!(folded("m", Aggregate::Avg, Some(&by)).unwrap(), r#"avg by (a,"b.c") (m)"#);
        assert_eq!(folded("m", Aggregate::Sum, Some(&[])).unwrap(), "sum(m)");
        assert_eq!(folded("m", Aggregate::Sum, None).unwrap(), "m");
    }
}
