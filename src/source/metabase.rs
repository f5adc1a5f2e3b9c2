//! Metabase: saved questions by their JSON export.
//!
//! Written from Metabase's documentation (API of versions 0.49 to 0.56) and untested against a live server. A table is the number of a
//! question, for which the viewer must be logged in to Metabase, or the identifier of its public link, for which nobody need be.
//! Metabase runs the question as it was saved; filters, time and groups are computed here.

use serde::Deserialize;

use super::outbox::percent_encoded;
use super::read::excerpt;
use super::table::Shelf;
use super::{Body, Cause, Failure, Response};

/// The questions of a Metabase server.
#[derive(Clone, Copy, Debug)]
pub struct Questions;

/// What a question that failed is answered with, under status 202 (or 200 from some versions).
#[derive(Deserialize)]
struct Refusal {
    error: Option<String>,
    message: Option<String>,
}

/// Whether the name is the identifier of a public link: a UUID.
fn is_public(table: &str) -> bool {
    let parts: Vec<usize> = table.split('-').map(str::len).collect();
    parts == [8, 4, 4, 4, 12] && table.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

impl Shelf for Questions {
    fn check(&self, table: &str) -> Result<(), Failure> {
        let is_number = !table.is_empty() && table.len() < 10 && table.bytes().all(|b| b.is_ascii_digit());
        if is_number || is_public(table) {
            return Ok(());
        }
        let failure = Failure::new(Cause::Configuration, format!("{table:?} names no question of Metabase"));
        Err(failure
            .with_hint("\"table\": \"42\", the number in the question's address, or the identifier in its public link"))
    }

    fn path(&self, table: &str) -> String {
        // Values as they are: formatted ones would be text in the server's language.
        let kind = if is_public(table) { "public/card" } else { "card" };
        format!("/api/{kind}/{}/query/json?format_rows=false", percent_encoded(table))
    }

    fn body(&self, table: &str) -> Body {
        if is_public(table) { Body::None } else { Body::Form(Vec::new()) }
    }

    fn shown(&self, table: &str) -> String {
        format!("Metabase question {table}")
    }

    fn refused(&self, table: &str, response: &Response) -> Option<Failure> {
        if !response.is_ok() {
            let text =
                format!("Metabase answered question {table} with {}: {}", response.status, excerpt(&response.body));
            let failure = Failure::new(Cause::from_status(response.status), text);
            return Some(match response.status {
                401 | 403 => failure.with_hint("log in to Metabase in this browser, or use the question's public link"),
                404 => failure.with_hint("the number stands in the question's address: /question/42"),
                _ => failure,
            });
        }
        // A table is an array; an object says what went wrong.
        let refusal: Refusal = serde_json::from_slice(&response.body).ok()?;
        let said = refusal.error.or(refusal.message).unwrap_or_else(|| "no rows".to_owned());
        Some(Failure::new(Cause::Rejected, format!("Metabase could not run question {table}: {said}")))
    }

    fn probe(&self) -> (String, String) {
        ("/api/health".to_owned(), "Metabase /api/health".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_numbers_or_public_links() {
        let uuid = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
        for (table, is_known) in [("42", true), (uuid, true), ("", false), ("42/../7", false), ("orders", false)] {
            assert_eq!(Questions.check(table).is_ok(), is_known, "{table:?}");
        }
        assert_eq!(Questions.path("42"), "/api/card/42/query/json?format_rows=false");
        assert_eq!(Questions.path(uuid), format!("/api/public/card/{uuid}/query/json?format_rows=false"));
        assert_eq!((Questions.body("42"), Questions.body(uuid)), (Body::Form(Vec::new()), Body::None));
    }

    #[test]
    fn an_object_is_a_refusal_and_an_array_is_none() {
        let of = |status, body: &str| Questions.refused("42", &Response { status, body: body.as_bytes().to_vec() });
        assert!(of(200, "[]").is_none() && of(202, r#"[{"a":1}]"#).is_none());
        let failure = of(202, r#"{"error":"column \"x\" does not exist","status":"failed"}"#).unwrap();
        assert_eq!(failure.cause, Cause::Rejected);
        assert!(failure.text.contains("column \"x\" does not exist"));
        assert_eq!(of(401, "Unauthenticated").unwrap().cause, Cause::from_status(401));
    }
}
