//! Grafana's variables for time in an expression: `$__interval`, `$__rate_interval`, `$__range`, with `_ms` and `_s`.
//!
//! Only whole names are replaced, written `$name` or `${name}`; any other `$` stays.

use super::promql::duration;

/// What the variables stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_field_names)] // units stand in names
pub(super) struct Intervals {
    /// `$__interval` in milliseconds.
    pub(super) step_ms: i64,
    /// `$__rate_interval` in milliseconds.
    pub(super) rate_ms: i64,
    /// `$__range` in milliseconds.
    pub(super) range_ms: i64,
}

impl Intervals {
    /// Grafana's: the rate interval holds four scrapes, and one more than the step.
    pub(super) fn new(step_ms: i64, scrape_ms: i64, range_ms: i64) -> Self {
        Self { step_ms, rate_ms: (step_ms + scrape_ms).max(4 * scrape_ms), range_ms }
    }

    fn value(self, name: &str) -> Option<String> {
        Some(match name {
            "__interval" => duration(self.step_ms),
            "__interval_ms" => self.step_ms.to_string(),
            "__rate_interval" => duration(self.rate_ms),
            "__rate_interval_ms" => self.rate_ms.to_string(),
            "__range" => duration(self.range_ms),
            "__range_s" => (self.range_ms / 1_000).to_string(),
            "__range_ms" => self.range_ms.to_string(),
            _ => return None,
        })
    }
}

/// The expression with its variables replaced.
pub(super) fn substituted(expr: &str, intervals: Intervals) -> String {
    replaced(expr, |name, _| intervals.value(name))
}

/// An expression of the same length that a `PromQL` parser reads: each variable is a number or a duration as long as its name.
///
/// Places found in it are places in the original.
pub fn parsable(expr: &str) -> String {
    replaced(expr, |name, n_bytes| {
        let is_number = name.ends_with("_ms") || name.ends_with("_s");
        let known = Intervals { step_ms: 1, rate_ms: 1, range_ms: 1 }.value(name).is_some();
        known.then(|| if is_number { "1".repeat(n_bytes) } else { format!("{}s", zeros_and_one(n_bytes - 1)) })
    })
}

fn zeros_and_one(n: usize) -> String {
    format!("{}1", "0".repeat(n.saturating_sub(1)))
}

/// Replaces each variable by what `value` gives for its name and its length in bytes.
fn replaced(expr: &str, value: impl Fn(&str, usize) -> Option<String>) -> String {
    let (mut out, mut rest) = (String::with_capacity(expr.len()), expr);
    while let Some(at) = rest.find('$') {
        let (before, from_dollar) = rest.split_at(at);
        out.push_str(before);
        let found = variable(from_dollar).and_then(|(name, n)| Some((value(name, n)?, n)));
        let n_used = if let Some((text, n)) = found {
            out.push_str(&text);
            n
        } else {
            out.push('$');
            1
        };
        rest = from_dollar.get(n_used..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// The name of the variable that a `$` starts and the bytes it takes.
fn variable(text: &str) -> Option<(&str, usize)> {
    let after = text.strip_prefix('$')?;
    if let Some(inner) = after.strip_prefix('{') {
        let name = inner.split_once('}')?.0;
        return Some((name, name.len() + 3));
    }
    let n = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
    Some((after.get(..n)?, n + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expr: &str, expected: &str) {
        assert_eq!(substituted(expr, Intervals::new(60_000, 15_000, 3_600_500)), expected);
    }

    #[test]
    fn whole_names_are_replaced() {
        check("rate(a[$__rate_interval])", "rate(a[75s])");
        check("a[${__interval}:$__interval] * $__interval_ms", "a[60s:60s] * 60000");
        check("$__range $__range_s $__range_ms", "3600500ms 3600 3600500");
        check("é$__interval", "é60s");
    }

    #[test]
    fn other_dollars_stay() {
        check("$__intervals $_ $ ${__interval $$x", "$__intervals $_ $ ${__interval $$x");
        check(r#"a{b=~"x$"}"#, r#"a{b=~"x$"}"#);
    }

    #[test]
    fn the_stand_in_has_the_same_length() {
        let expr = "rate(a[$__rate_interval]) * ${__range_s} # $__x";
        let stand_in = parsable(expr);
        assert_eq!(stand_in.len(), expr.len());
        assert_eq!(stand_in, "rate(a[000000000000001s]) * 111111111111 # $__x");
        assert!(promql_parser::parser::parse(&stand_in.replace("# $__x", "")).is_ok());
    }
}
