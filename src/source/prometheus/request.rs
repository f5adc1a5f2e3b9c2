//! Requests of Prometheus' HTTP API.
//!
//! Queries are posted as a form: a "simple" request, which a browser sends without asking first.

use std::fmt::Write as _;

use super::grid::Grid;
use crate::calendar;
use crate::source::{Body, Request};

/// What every query passes on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Distance of scrapes in milliseconds.
    pub(super) scrape_ms: i64,
    /// The server gives up after this many seconds.
    pub(super) timeout_seconds: u32,
}

/// Asks for an expression's values on the grid.
pub(super) fn range_query(tag: u32, promql: &str, grid: Grid, limits: Limits) -> Request {
    let (start, end) = (grid.first_ms, grid.last_ms());
    let form = vec![
        field("query", promql),
        field("start", seconds(start)),
        field("end", seconds(end)),
        field("step", seconds(grid.step_ms)),
        // Prometheus' own default, which it does not read here; VictoriaMetrics would repeat a sample for a whole step.
        field("max_lookback", "5m"),
        field("timeout", format!("{}s", limits.timeout_seconds.max(1))),
    ];
    let shown = format!("{promql}\n{} to {} every {} s", instant(start), instant(end), seconds(grid.step_ms));
    Request { tag, path: "/api/v1/query_range".to_owned(), body: Body::Form(form), shown }
}

/// Asks for an expression's value at one instant.
pub(super) fn instant_query(tag: u32, promql: &str, at_ms: i64, limits: Limits) -> Request {
    let form = vec![
        field("query", promql),
        field("time", seconds(at_ms)),
        field("timeout", format!("{}s", limits.timeout_seconds.max(1))),
    ];
    let shown = format!("{promql}\nat {}", instant(at_ms));
    Request { tag, path: "/api/v1/query".to_owned(), body: Body::Form(form), shown }
}

/// A GET with parameters.
pub(super) fn get(tag: u32, path: &str, parameters: &[(&str, String)]) -> Request {
    let query: Vec<_> =
        parameters.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
    let path = if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) };
    let shown =
        parameters.iter().fold(path.split('?').next().unwrap_or_default().to_owned(), |shown, (name, value)| {
            format!("{shown}\n{name} {value}")
        });
    Request { tag, path, body: Body::None, shown }
}

fn field(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

/// Milliseconds as decimal seconds, exact.
pub(super) fn seconds(millis: i64) -> String {
    let (sign, millis) = (if millis < 0 { "-" } else { "" }, millis.unsigned_abs());
    match millis % 1_000 {
        0 => format!("{sign}{}", millis / 1_000),
        rest => format!("{sign}{}.{rest:03}", millis / 1_000),
    }
}

fn instant(millis: i64) -> String {
    calendar::instant_text(millis).unwrap_or_else(|| seconds(millis))
}

/// Percent-encodes all but RFC 3986's unreserved characters.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}"); // writing to a string cannot fail
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_escaped() {
        let request = get(0, "/api/v1/labels", &[("match[]", "up{a=\"é&\"}".to_owned())]);
        assert_eq!(request.path, "/api/v1/labels?match%5B%5D=up%7Ba%3D%22%C3%A9%26%22%7D");
    }

    #[test]
    fn seconds_are_exact() {
        assert_eq!([1_500, 2_000, -1_001].map(seconds), ["1.500", "2", "-1.001"]);
    }
}
