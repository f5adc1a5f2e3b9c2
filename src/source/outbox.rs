//! The requests of one exchange: numbered, handed out once, counted when answered.

use super::{Body, ColumnsRead, Request};

/// Numbers requests and remembers what each one was for.
#[derive(Debug)]
pub struct Outbox<T> {
    waiting: Vec<Request>,
    /// Purposes by tag; taken when the answer comes.
    purposes: Vec<Option<T>>,
    n_answered: u32,
}

impl<T> Default for Outbox<T> {
    fn default() -> Self {
        Self { waiting: Vec::new(), purposes: Vec::new(), n_answered: 0 }
    }
}

impl<T> Outbox<T> {
    /// Queues a GET.
    pub fn get(&mut self, path: impl Into<String>, shown: impl Into<String>, purpose: T) {
        self.push(path.into(), Body::None, shown.into(), purpose);
    }

    /// Queues a POST of JSON.
    pub fn post_json(
        &mut self,
        path: impl Into<String>,
        json: &serde_json::Value,
        shown: impl Into<String>,
        purpose: T,
    ) {
        self.push(path.into(), Body::Json(json.to_string()), shown.into(), purpose);
    }

    /// Queues a read of parts of a columnar file.
    pub fn columns(&mut self, path: impl Into<String>, read: ColumnsRead, shown: impl Into<String>, purpose: T) {
        self.push(path.into(), Body::Columns(read), shown.into(), purpose);
    }

    /// Queues a request.
    pub fn ask(&mut self, path: impl Into<String>, body: Body, shown: impl Into<String>, purpose: T) {
        self.push(path.into(), body, shown.into(), purpose);
    }

    fn push(&mut self, path: String, body: Body, shown: String, purpose: T) {
        let tag = self.purposes.len() as u32;
        self.waiting.push(Request { tag, path, body, shown });
        self.purposes.push(Some(purpose));
    }

    /// The requests to send now.
    pub fn take(&mut self) -> Vec<Request> {
        std::mem::take(&mut self.waiting)
    }

    /// What the answered request was for; `None` for a tag that is unknown or already answered.
    pub fn answered(&mut self, tag: u32) -> Option<T> {
        let purpose = self.purposes.get_mut(tag as usize)?.take()?;
        self.n_answered += 1;
        Some(purpose)
    }

    /// Requests answered and made so far.
    pub fn progress(&self) -> (u32, u32) {
        (self.n_answered, self.purposes.len() as u32)
    }
}

/// Percent-encodes a value for a query string or a path segment: all but unreserved characters (RFC 3986, section 2.3).
pub fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            use std::fmt::Write as _;
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_encoded_as_utf8() {
        assert_eq!(percent_encoded("a b/ü'~"), "a%20b%2F%C3%BC%27~");
    }

    #[test]
    fn an_answer_is_taken_once() {
        let mut outbox = Outbox::default();
        outbox.get("/a", "a", 'a');
        assert_eq!(outbox.take().len(), 1);
        assert!(outbox.take().is_empty());
        assert_eq!(outbox.answered(0), Some('a'));
        assert_eq!(outbox.answered(0), None);
        assert_eq!(outbox.answered(9), None);
        assert_eq!(outbox.progress(), (1, 1));
    }
}
