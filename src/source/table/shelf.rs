//! Where whole tables are asked for, and how: the one thing in which servers of rows differ.

use std::fmt::Debug;

use crate::source::outbox::percent_encoded;
use crate::source::{Body, Cause, Failure, Response};

/// A server that hands out whole tables as rows of text.
pub trait Shelf: Debug {
    /// Refuses a name that can be no table's, and says how one looks.
    ///
    /// # Errors
    /// [`Cause::Configuration`] with an example as its hint.
    fn check(&self, table: &str) -> Result<(), Failure>;

    /// Path of a table below the source's address.
    fn path(&self, table: &str) -> String;

    /// What is sent with the request.
    fn body(&self, _table: &str) -> Body {
        Body::None
    }

    /// The request in words.
    fn shown(&self, table: &str) -> String;

    /// Why the answer is no table; `None` if it may be one.
    fn refused(&self, table: &str, response: &Response) -> Option<Failure>;

    /// Path and words of a cheap request that tells whether the server is alive.
    fn probe(&self) -> (String, String);
}

/// Files below the source's address; a table is the path of its file.
#[derive(Clone, Copy, Debug)]
pub struct Folder;

impl Shelf for Folder {
    fn check(&self, file: &str) -> Result<(), Failure> {
        let is_plain = |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains('\\');
        if file.split('/').all(is_plain) {
            return Ok(());
        }
        let failure = Failure::new(Cause::Configuration, format!("{file:?} names no file below the source's address"));
        Err(failure.with_hint("\"table\": \"orders.csv\" or \"folder/orders.parquet\""))
    }

    fn path(&self, file: &str) -> String {
        file.split('/').map(|part| format!("/{}", percent_encoded(part))).collect()
    }

    fn shown(&self, file: &str) -> String {
        format!("file {file}")
    }

    fn refused(&self, file: &str, response: &Response) -> Option<Failure> {
        let text = || format!("the file {file:?} was answered with {}", response.status);
        (!response.is_ok()).then(|| Failure::new(Cause::from_status(response.status), text()))
    }

    fn probe(&self) -> (String, String) {
        ("/".to_owned(), "the folder of the files".to_owned())
    }
}
