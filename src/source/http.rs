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
    /// GET of parts of a columnar file, which the shell reads by ranges of bytes: it answers with the columns as JSON
    /// (`source/table/columnar.rs`), whatever the file's own form.
    Columns(ColumnsRead),
}

impl Body {
    /// Whether the request reads and has no payload, so that equal ones can share an answer.
    pub fn is_read(&self) -> bool {
        matches!(self, Self::None | Self::Columns(_))
    }
}

/// What is wanted of a columnar file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ColumnsRead {
    /// The file's form.
    pub form: Columnar,
    /// The columns wanted; `None` for all, none for their names only. A column that the file does not have is left out.
    pub columns: Option<Vec<String>>,
    /// A column of times and the first and last instant in milliseconds: groups of rows that lie outside by their statistics are not read.
    pub within: Option<(String, i64, i64)>,
}

/// Forms of columnar files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Columnar {
    /// Apache Parquet.
    Parquet,
    /// Apache Arrow IPC: a file (Feather 2) or a stream.
    Arrow,
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
