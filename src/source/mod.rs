//! Sources: one file per backend, without I/O.
//!
//! A [`Source`] opens an [`Exchange`] per query: a state machine that says which requests to send and is given the answers.
//! The engine does the sending, so that every backend is tested natively on recorded answers.
//! Only these files know a backend's syntax; a label value enters a query only through that language's own escaping.

pub mod clickhouse;
pub mod datasette;
mod failure;
mod http;
pub mod metabase;
pub mod mlflow;
mod outbox;
pub mod prometheus;
mod read;
pub mod recording;
mod sql;
pub mod table;

pub use failure::{Cause, Failure};
pub use http::{Body, Columnar, ColumnsRead, Request, Response};
pub use prometheus::SelectorSpan;

use crate::frame::Frame;
use crate::query::Query;
use crate::spec::{SourceKind, SourceSpec};

/// The source that a workspace describes. `now_ms` is where a recording is moved to.
pub fn open_source(spec: &SourceSpec, now_ms: i64) -> Box<dyn Source> {
    match spec.kind {
        SourceKind::Prometheus => Box::new(prometheus::Prometheus::new(spec)),
        SourceKind::Mlflow => Box::new(mlflow::Mlflow::new(spec)),
        SourceKind::Clickhouse => Box::new(clickhouse::ClickHouse::new(spec)),
        SourceKind::Datasette => Box::new(datasette::Datasette::new(spec)),
        SourceKind::Metabase => Box::new(table::TableFiles::on(metabase::Questions)),
        SourceKind::Table => Box::new(table::TableFiles::new(spec)),
        SourceKind::Recording => Box::new(recording::Recording::new(spec, now_ms)),
    }
}

/// An expression that must be parsed before filters can be placed in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unparsed {
    /// The expression as the workspace has it.
    pub expression: String,
    /// The same with its variables made parsable, every other byte in its place.
    pub parsable: String,
}

/// A backend that can be asked.
pub trait Source {
    /// Starts the conversation that answers `query`.
    ///
    /// # Errors
    /// [`Cause::Unsupported`] if this kind of source cannot answer such a query: the text says what and why.
    fn open(&self, query: &Query) -> Result<Box<dyn Exchange>, Failure>;

    /// An expression of the query whose selectors must be known before it can be asked (see [`Source::learn`]); usually none.
    fn unknown_expression(&self, query: &Query) -> Option<Unparsed> {
        let _ = query;
        None
    }

    /// Takes the selectors that a parser of the source's language found in an expression.
    fn learn(&self, expression: &str, spans: Vec<SelectorSpan>) {
        let _ = (expression, spans);
    }

    /// What the source keeps of its backend's answers is old: it is read again when it is next asked for.
    fn refresh(&self) {}

    /// A cheap request that tells whether the source is alive, for the health strip.
    fn probe(&self) -> Request;
}

/// One query's conversation with its backend.
///
/// The engine calls [`next_requests`](Exchange::next_requests) first and after each answer, sends what it returns (several at once
/// within the source's limit), and hands each answer to [`receive`](Exchange::receive) under the request's `tag`.
/// When nothing is outstanding and nothing more is wanted, it calls [`finish`](Exchange::finish).
pub trait Exchange {
    /// Requests to send now; each is returned once.
    fn next_requests(&mut self) -> Vec<Request>;

    /// Takes one answer. Answers come in any order.
    ///
    /// # Errors
    /// When the answer makes the whole query fail; the exchange is then over.
    fn receive(&mut self, tag: u32, response: Response) -> Result<(), Failure>;

    /// The whole answer.
    ///
    /// # Errors
    /// When the answers do not add up to a frame.
    fn finish(&mut self) -> Result<Frame, Failure>;

    /// Paths of requests whose answers this one is computed from, by whomever they were sent. Empty where each exchange asks for all
    /// that it needs itself.
    fn rests_on(&self) -> Vec<String> {
        Vec::new()
    }

    /// Parts done and parts in all, where that is known.
    fn progress(&self) -> Option<(u32, u32)> {
        None
    }
}
