//! MLflow's error bodies: JSON with a code and a message, plain text from its guards, web pages from what is in front of it.

use serde::Deserialize;

use crate::source::read::{excerpt, looks_like_html};
use crate::source::{Cause, Failure, Response};

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    error_code: String,
    message: String,
}

/// The failure of an answer that is not 2xx.
pub fn failure_of(response: &Response) -> Failure {
    let status = response.status;
    let error: ErrorBody = serde_json::from_slice(&response.body).unwrap_or_default();
    let cause = match error.error_code.as_str() {
        "RESOURCE_DOES_NOT_EXIST" | "ENDPOINT_NOT_FOUND" => Cause::NotFound,
        "PERMISSION_DENIED" => Cause::Forbidden,
        "UNAUTHENTICATED" => Cause::Unauthorized,
        "REQUEST_LIMIT_EXCEEDED" | "TEMPORARILY_UNAVAILABLE" => Cause::Overloaded,
        _ => Cause::from_status(status),
    };
    if !error.message.is_empty() {
        let message: String = error.message.chars().take(500).collect();
        return Failure::new(cause, format!("MLflow answered {status}: {message}"));
    }
    if response.body.is_empty() || looks_like_html(&response.body) {
        let failure = Failure::new(cause, format!("MLflow answered {status} without a reason"));
        return match cause {
            Cause::NotFound => failure.with_hint("check the source's address: it is the root of the MLflow server"),
            _ => failure,
        };
    }
    let text = excerpt(&response.body);
    let hint = if text.starts_with("Invalid Host header") {
        Some("start MLflow with --allowed-hosts and the name in the source's address")
    } else if text.starts_with("Cross-origin request blocked") {
        Some("start MLflow with --cors-allowed-origins and the origin of this page")
    } else {
        None
    };
    let failure = Failure::new(cause, format!("MLflow answered {status}: {text}"));
    hint.map_or(failure.clone(), |hint| failure.with_hint(hint))
}

/// The body of a 2xx answer.
///
/// # Errors
/// [`failure_of`] for any other.
pub fn body_of(response: &Response) -> Result<&[u8], Failure> {
    if response.is_ok() { Ok(&response.body) } else { Err(failure_of(response)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, body: &str, cause: Cause, text: &str) {
        let failure = failure_of(&Response { status, body: body.as_bytes().to_vec() });
        assert_eq!((failure.cause, failure.text.as_str()), (cause, text));
    }

    #[test]
    fn the_servers_own_words_are_kept() {
        let json = r#"{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "Run with id=nope not found"}"#;
        check(404, json, Cause::NotFound, "MLflow answered 404: Run with id=nope not found");
        check(
            403,
            "Cross-origin request blocked",
            Cause::Forbidden,
            "MLflow answered 403: Cross-origin request blocked",
        );
        check(404, "<!doctype html><title>404</title>", Cause::NotFound, "MLflow answered 404 without a reason");
        check(502, "", Cause::ServerError, "MLflow answered 502 without a reason");
    }
}
