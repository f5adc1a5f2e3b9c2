//! Recordings: series and rows with all their labels in static files, as the demo has.
//!
//! Answers are computed from them as a live source computes its own, never replayed. Only the files that a query needs are read, each
//! once: exchanges share what was parsed. What a recording cannot answer it says.
//!
//! Everything recorded is moved by whole days, so that it reaches the present: what a query selects by time (series, rows, traces) by
//! as many days as make it cover now, and alerts with the series that they speak of; runs and versions by one day less at most, so that
//! nothing lies in the future. Of the alerts, those are answered that stand now.

mod evaluate;
mod files;
mod history;
mod labels;
mod registry;
mod rows;
mod runs;
mod samples;
mod signals;
mod store;
mod version;

use std::cell::RefCell;
use std::rc::Rc;

use store::Store;

use super::outbox::Outbox;
use super::read::Condition;
use super::{Body, Cause, Exchange, Failure, Request, Response, Source};
use crate::frame::Frame;
use crate::query::{Query, Selector};
use crate::spec::SourceSpec;

/// The file that lists all others.
const MANIFEST: &str = "manifest.json";

/// A recording below a source's address.
#[derive(Clone, Debug)]
pub struct Recording {
    store: Rc<RefCell<Store>>,
}

impl Recording {
    /// The recording of a workspace's source, moved to end at `now_ms` or within a day of it.
    pub fn new(_spec: &SourceSpec, now_ms: i64) -> Self {
        Self { store: Rc::new(RefCell::new(Store::new(now_ms))) }
    }
}

impl Source for Recording {
    fn open(&self, query: &Query) -> Result<Box<dyn Exchange>, Failure> {
        let conditions = match query {
            Query::Series(q) => match &q.selector {
                Selector::Named { matchers, .. } => Condition::compile_all(matchers.iter().chain(&q.matchers))?,
                Selector::Expression(_) => {
                    return Err(Failure::new(Cause::Unsupported, "the demo cannot evaluate PromQL")
                        .with_hint("connect a Prometheus source to see this metric"));
                }
            },
            Query::Rows(q) => Condition::compile_all(&q.matchers)?,
            _ => Vec::new(),
        };
        let mut exchange = RecordingExchange {
            store: Rc::clone(&self.store),
            query: query.clone(),
            conditions,
            asked: Vec::new(),
            outbox: Outbox::default(),
        };
        exchange.ask_needed();
        Ok(Box::new(exchange))
    }

    fn probe(&self) -> Request {
        Request { tag: 0, path: format!("/{MANIFEST}"), body: Body::None, shown: "recording, list of files".into() }
    }
}

/// Where a file lies below the source's address.
fn path_of(file: &str) -> String {
    format!("/{file}")
}

/// One query's conversation: asks for files until what is parsed suffices.
struct RecordingExchange {
    store: Rc<RefCell<Store>>,
    query: Query,
    conditions: Vec<Condition>,
    asked: Vec<String>,
    outbox: Outbox<String>,
}

impl RecordingExchange {
    /// Queues the files that are needed, not parsed, and not asked by this exchange. Another exchange may ask for the same; the first
    /// that is parsed counts.
    fn ask_needed(&mut self) {
        let needed = files::needed(&self.store.borrow(), &self.query);
        for file in needed {
            if !self.asked.contains(&file) {
                self.outbox.get(path_of(&file), format!("recording, file {file}"), file.clone());
                self.asked.push(file);
            }
        }
    }
}

impl Exchange for RecordingExchange {
    fn next_requests(&mut self) -> Vec<Request> {
        self.outbox.take()
    }

    fn receive(&mut self, tag: u32, response: Response) -> Result<(), Failure> {
        let Some(file) = self.outbox.answered(tag) else { return Ok(()) };
        if !self.store.borrow().is_parsed(&file) {
            if !response.is_ok() {
                let cause = Cause::from_status(response.status);
                let text = format!("the recording's file {file:?} was answered with {}", response.status);
                return Err(Failure::new(cause, text));
            }
            self.store.borrow_mut().parse(&file, &response.body)?;
        }
        self.ask_needed();
        Ok(())
    }

    fn finish(&mut self) -> Result<Frame, Failure> {
        let store = self.store.borrow();
        let missing = files::needed(&store, &self.query);
        if let Some(file) = missing.first() {
            return Err(Failure::new(Cause::Malformed, format!("the recording's file {file:?} was not answered")));
        }
        match &self.query {
            Query::Series(query) => evaluate::series(&store, query, &self.conditions),
            Query::LabelValues(query) => Ok(labels::values(&store, query)),
            Query::LabelNames(query) => Ok(labels::names(&store, query)),
            Query::Runs(query) => Ok(runs::runs(&store, query)),
            Query::History(query) => Ok(history::history(&store, query)),
            Query::Versions(query) => Ok(registry::versions(&store, query)),
            Query::Artifact(query) => registry::artifact(&store, query),
            Query::Rows(query) => rows::rows(&store, query, &self.conditions),
            Query::Alerts(_) => Ok(signals::alerts(&store)),
            Query::Traces(query) => Ok(signals::traces(&store, query)),
        }
    }

    fn rests_on(&self) -> Vec<String> {
        let store = self.store.borrow();
        let files = files::answering(&store, &self.query).into_iter().filter(|file| store.is_parsed(file));
        files.map(|file| path_of(&file)).collect()
    }

    fn progress(&self) -> Option<(u32, u32)> {
        Some(self.outbox.progress())
    }
}
