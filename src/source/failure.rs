//! Why a question has no answer, in classes that a person can act on.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A failed query or request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The class.
    pub cause: Cause,
    /// What happened, neutral, in lower case, with the server's own message where there is one. Hostile text.
    pub text: String,
    /// What the reader can do about it.
    pub hint: Option<String>,
}

/// The classes that a browser can tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Cause {
    /// No answer that a script may read: refused, wrong name, CORS, mixed content or a denied prompt; a browser cannot tell.
    Unreachable,
    /// 401: no or wrong credentials.
    Unauthorized,
    /// 403: known but not allowed.
    Forbidden,
    /// 404: no such thing there.
    NotFound,
    /// Another 4xx: the server refused the question.
    Rejected,
    /// 429 or 503: asked too much; retried with backoff.
    Overloaded,
    /// Another 5xx.
    ServerError,
    /// No answer within the deadline.
    Timeout,
    /// More bytes than the budget.
    TooLarge,
    /// Not the expected format.
    Malformed,
    /// This kind of source cannot answer such a question.
    Unsupported,
    /// The workspace asks for something that does not exist.
    Configuration,
}

impl Cause {
    /// The class of an HTTP status outside 2xx.
    pub fn from_status(status: u16) -> Self {
        match status {
            401 => Self::Unauthorized,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            408 | 504 => Self::Timeout,
            413 => Self::TooLarge,
            429 | 503 => Self::Overloaded,
            400..=499 => Self::Rejected,
            _ => Self::ServerError,
        }
    }

    /// Whether asking again soon may help.
    pub fn is_transient(self) -> bool {
        matches!(self, Self::Unreachable | Self::Overloaded | Self::ServerError | Self::Timeout)
    }
}

impl Failure {
    /// A failure without a hint.
    pub fn new(cause: Cause, text: impl Into<String>) -> Self {
        Self { cause, text: text.into(), hint: None }
    }

    /// The failure with a hint.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
