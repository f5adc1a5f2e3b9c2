//! Requests and answers as values.

use serde::{Deserialize, Serialize};

/// A request relative to its source's address. Credentials are added by the engine, never here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Names the request within its exchange.
    pub tag: u32,
    /// Path below the source's base address, starting with `/`, percent-encoded where needed, with its query string.
    pub path: String,
    /// What to send.
    pub body: Body,
    /// What a person reads in "inspect": the query in the backend's own language, with its range.
    pub shown: String,
}

/// The payload of a request; it fixes the method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// GET.
    None,
    /// POST as `application/x-www-form-urlencoded`: names and values, unencoded. A "simple" request without preflight.
    Form(Vec<(String, String)>),
    /// POST as `application/json`.
    Json(String),
}

/// An answer with its status; only 2xx answers are parsed as data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Response {
    /// Whether the status says success.
    pub fn is_ok(&self) -> bool {
        (200..300).contains(&self.status)
    }
}
