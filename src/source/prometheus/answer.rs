//! From an HTTP answer to data or to a failure that a person can act on.

use super::matrix::{self, Matrix};
use super::scan::Bad;
use crate::source::read::{excerpt, looks_like_html};
use crate::source::{Cause, Failure, Response};

/// How much of a body that is not ours is quoted.
const MAX_QUOTED_CHARS: usize = 200;

/// A query's answer as columns.
pub(super) fn read_matrix(response: &Response) -> Result<Matrix, Failure> {
    if !response.is_ok() {
        return Err(failure_of(response));
    }
    let matrix = matrix::parse(&response.body).map_err(|bad| malformed(bad, &response.body))?;
    match matrix.error {
        Some((kind, text)) => Err(server_failure(Cause::Rejected, &kind, text)),
        None => Ok(matrix),
    }
}

/// A small answer's `data`.
pub(super) fn read_data(response: &Response) -> Result<serde_json::Value, Failure> {
    if !response.is_ok() {
        return Err(failure_of(response));
    }
    let mut value: serde_json::Value = serde_json::from_slice(&response.body).map_err(|error| {
        let at = offset_of(&response.body, error.line(), error.column());
        malformed(Bad { at, expected: "JSON" }, &response.body)
    })?;
    let text = |name: &str| value.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    match text("status").as_str() {
        "success" => Ok(value.get_mut("data").map(serde_json::Value::take).unwrap_or_default()),
        "error" => Err(server_failure(Cause::Rejected, &text("errorType"), text("error"))),
        _ => Err(malformed(Bad { at: 0, expected: "a Prometheus answer with `status`" }, &response.body)),
    }
}

/// Whether the server refused because a step of that length gives too many points per series: Prometheus in 400,
/// `VictoriaMetrics` in 422, which also names the step, since that may be one of a subquery in the expression.
pub(super) fn is_too_many_points(failure: &Failure, step_ms: i64) -> bool {
    failure.text.contains("exceeded maximum resolution")
        || failure.text.contains(&format!("too many points for the given step={step_ms},"))
}

/// Why a status outside 2xx was given, in the server's words where there are any.
fn failure_of(response: &Response) -> Failure {
    let cause = Cause::from_status(response.status);
    if let Ok(Matrix { error: Some((kind, text)), .. }) = matrix::parse(&response.body) {
        return server_failure(cause, &kind, text);
    }
    let is_page = looks_like_html(&response.body);
    let body = if is_page { excerpt(&response.body) } else { beginning(&response.body) };
    let said = if body.is_empty() { String::new() } else { format!(": {body}") };
    Failure::new(cause, format!("the server answered {}{said}", response.status))
}

/// The server's `errorType` is finer than the status: a query that ran out of time is 503 as well.
fn server_failure(cause: Cause, kind: &str, text: String) -> Failure {
    let cause = match kind {
        "timeout" => Cause::Timeout,
        "unavailable" | "too_many_requests" => Cause::Overloaded,
        "internal" => Cause::ServerError,
        "not_found" => Cause::NotFound,
        _ => cause,
    };
    let text = if text.is_empty() { format!("the server reports \"{kind}\"") } else { text };
    let failure = Failure::new(cause, text);
    match kind {
        "timeout" => failure.with_hint("ask for a shorter range or fewer series"),
        "bad_data" => failure.with_hint("check the metric's query in the workspace"),
        _ => failure,
    }
}

fn malformed(bad: Bad, body: &[u8]) -> Failure {
    let text = format!("expected {} at byte {} of {}", bad.expected, bad.at, body.len());
    let found = beginning(body.get(bad.at..).unwrap_or_default());
    let text = if found.is_empty() { text } else { format!("{text}, found: {found}") };
    Failure::new(Cause::Malformed, text).with_hint("check that the address is a Prometheus API and no login page")
}

/// The first characters of a body as one line of text.
fn beginning(body: &[u8]) -> String {
    let head = body.get(..body.len().min(MAX_QUOTED_CHARS * 4)).unwrap_or_default();
    let text = String::from_utf8_lossy(head);
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().filter(|c| !c.is_control()).take(MAX_QUOTED_CHARS).collect()
}

/// The byte offset of a line and column as `serde_json` counts them, both from one.
fn offset_of(body: &[u8], line: usize, column: usize) -> usize {
    let before: usize = body.split(|&b| b == b'\n').take(line.saturating_sub(1)).map(|l| l.len() + 1).sum();
    (before + column.saturating_sub(1)).min(body.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, body: &str, cause: Cause, text: &str) {
        let failure = read_matrix(&Response { status, body: body.into() }).unwrap_err();
        assert_eq!((failure.cause, failure.text.as_str()), (cause, text));
    }

    #[test]
    fn the_servers_message_is_kept() {
        let body = r#"{"status":"error","errorType":"bad_data","error":"1:6: parse error: unclosed \"(\""}"#;
        check(400, body, Cause::Rejected, "1:6: parse error: unclosed \"(\"");
        check(200, body, Cause::Rejected, "1:6: parse error: unclosed \"(\"");
        let body = r#"{"status":"error","errorType":"timeout","error":"query timed out in expression evaluation"}"#;
        check(503, body, Cause::Timeout, "query timed out in expression evaluation");
        check(503, r#"{"status":"error","error":"busy"}"#, Cause::Overloaded, "busy");
    }

    #[test]
    fn pages_of_others_are_quoted_as_text() {
        check(
            401,
            "<html><head><title>401 Authorization Required</title></head></html>",
            Cause::Unauthorized,
            "the server answered 401: 401 Authorization Required",
        );
        check(502, "<h1>Bad\n gateway</h1>", Cause::ServerError, "the server answered 502: <h1>Bad gateway</h1>");
        check(401, "", Cause::Unauthorized, "the server answered 401");
        check(200, "<html>log in", Cause::Malformed, "expected an object at byte 0 of 12, found: <html>log in");
    }

    #[test]
    fn long_pages_are_cut() {
        let failure = failure_of(&Response { status: 500, body: "é".repeat(5_000).into_bytes() });
        assert_eq!(failure.text.chars().filter(|&c| c == 'é').count(), MAX_QUOTED_CHARS);
    }
}
