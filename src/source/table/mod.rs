//! Files of rows below an address: CSV, JSON, NDJSON, Parquet and Arrow IPC, beside the app or on an object store.
//!
//! A table is the path of a file. A file of text is read whole, once, and shared until the next refresh; of a columnar file the shell reads
//! the columns that a question needs. Groups and filters are computed here. Bad rows are counted with their places, never silently dropped.

mod answer;
mod columnar;
mod csv;
mod format;
mod infer;
mod json;
mod parsed;
mod seen;
mod shelf;
mod store;

use std::cell::RefCell;
use std::rc::Rc;

use parsed::Parsed;
use shelf::Folder;
pub use shelf::Shelf;
use store::{Part, Store};

use super::outbox::Outbox;
use super::read::Condition;
use super::{Body, Cause, Columnar, ColumnsRead, Exchange, Failure, Request, Response, Source};
use crate::calendar;
use crate::frame::Frame;
use crate::query::Query;
use crate::spec::SourceSpec;

/// Whole tables, grouped and filtered here: files, or what another server hands out like files.
#[derive(Clone, Debug)]
pub struct TableFiles {
    store: Rc<RefCell<Store>>,
    shelf: Rc<dyn Shelf>,
}

impl TableFiles {
    /// The files below a source's address.
    pub fn new(_spec: &SourceSpec) -> Self {
        Self::on(Folder)
    }

    /// The tables that stand on a shelf.
    pub fn on(shelf: impl Shelf + 'static) -> Self {
        Self { store: Rc::default(), shelf: Rc::new(shelf) }
    }

    fn exchange(&self, query: &Query) -> FileExchange {
        FileExchange {
            store: self.store.clone(),
            shelf: self.shelf.clone(),
            query: query.clone(),
            conditions: Vec::new(),
            parsed: None,
            path: None,
            outbox: Outbox::default(),
        }
    }
}

impl Source for TableFiles {
    fn open(&self, query: &Query) -> Result<Box<dyn Exchange>, Failure> {
        let (file, conditions) = match query {
            Query::Groups(q) => (&q.table, Condition::compile_all(&q.matchers)?),
            Query::Rows(q) => (&q.table, Condition::compile_all(&q.matchers)?),
            Query::LabelNames(q) => (&q.metric, Vec::new()),
            Query::LabelValues(_) => {
                return Ok(Box::new(self.exchange(query)));
            }
            _ => {
                let text = "files answer questions for tables only";
                let hint = "name a source of another kind for this panel in the workspace";
                return Err(Failure::new(Cause::Unsupported, text).with_hint(hint));
            }
        };
        self.shelf.check(file)?;
        let mut exchange = FileExchange { conditions, ..self.exchange(query) };
        exchange.want(file, format::columnar_by_name(file));
        Ok(Box::new(exchange))
    }

    fn refresh(&self) {
        self.store.borrow_mut().refresh();
    }

    fn probe(&self) -> Request {
        let (path, shown) = self.shelf.probe();
        Request { tag: 0, path, body: Body::None, shown }
    }
}

/// One query's conversation: at most one file, asked again by its columns where it turns out to be columnar.
struct FileExchange {
    store: Rc<RefCell<Store>>,
    shelf: Rc<dyn Shelf>,
    query: Query,
    conditions: Vec<Condition>,
    parsed: Option<Rc<Parsed>>,
    /// What `parsed` was read from.
    path: Option<String>,
    outbox: Outbox<Part>,
}

impl FileExchange {
    /// Takes the file, or its part, from what was read before, or asks for it.
    fn want(&mut self, file: &str, form: Option<Columnar>) {
        let part = Part { file: file.to_owned(), read: form.map(|form| columnar::read_for(form, &self.query)) };
        let path = self.shelf.path(file);
        self.parsed = self.store.borrow_mut().current(&part);
        self.path = Some(path.clone());
        if self.parsed.is_some() {
            return;
        }
        match &part.read {
            None => self.outbox.ask(path, self.shelf.body(file), self.shelf.shown(file), part),
            Some(read) => {
                let shown = format!("{}, {}", self.shelf.shown(file), described(read));
                self.outbox.columns(path, read.clone(), shown, part);
            }
        }
    }
}

/// What is read of a columnar file, for a person.
fn described(read: &ColumnsRead) -> String {
    let instant = |ms: i64| calendar::instant_text(ms).unwrap_or_else(|| ms.to_string());
    let columns = match &read.columns {
        None => "all columns".to_owned(),
        Some(columns) if columns.is_empty() => "the names of its columns".to_owned(),
        Some(columns) => format!("columns {}", columns.join(", ")),
    };
    match &read.within {
        None => columns,
        Some((time, from, to)) => {
            format!("{columns}; groups of rows with {time} from {} to {}", instant(*from), instant(*to))
        }
    }
}

impl Exchange for FileExchange {
    fn next_requests(&mut self) -> Vec<Request> {
        self.outbox.take()
    }

    fn receive(&mut self, tag: u32, response: Response) -> Result<(), Failure> {
        let Some(part) = self.outbox.answered(tag) else { return Ok(()) };
        let file = &part.file;
        if let Some(failure) = self.shelf.refused(file, &response) {
            return Err(failure);
        }
        let body = response.body.as_slice();
        if part.read.is_none()
            && let Some(form) = format::columnar_by_content(body)
        {
            self.want(file, Some(form));
            return Ok(());
        }
        let parse = || match &part.read {
            None => format::parsed(file, body),
            Some(_) => columnar::parsed(body, &format!("the columns of the file {file:?}")),
        };
        self.parsed = Some(self.store.borrow_mut().take(&part, body, parse)?);
        Ok(())
    }

    fn finish(&mut self) -> Result<Frame, Failure> {
        if let Query::LabelValues(query) = &self.query {
            return Ok(answer::values(self.store.borrow().all(), &query.label));
        }
        let Some(parsed) = &self.parsed else {
            return Err(Failure::new(Cause::Malformed, "the file was not answered"));
        };
        Ok(match &self.query {
            Query::Groups(query) => answer::groups(parsed, query, &self.conditions),
            Query::Rows(query) => answer::rows(parsed, query, &self.conditions),
            _ => answer::names(parsed),
        })
    }

    fn rests_on(&self) -> Vec<String> {
        self.path.iter().filter(|_| self.parsed.is_some()).cloned().collect()
    }

    fn progress(&self) -> Option<(u32, u32)> {
        Some(self.outbox.progress())
    }
}
