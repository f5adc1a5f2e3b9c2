//! The conversation with an SQL server: the table's columns first, then the statements.

use super::answer::{groups_frame, rows_frame};
use super::{Answer, Columns, Dialect, Known, Statement};
use crate::frame::{Column, Frame, Table, Values};
use crate::query::Query;
use crate::source::outbox::Outbox;
use crate::source::read::Cell;
use crate::source::{Cause, Exchange, Failure, Request, Response};

/// What one kind of server adds to the shared conversation.
pub trait Server {
    /// Its words.
    fn dialect(&self) -> &dyn Dialect;
    /// Path and query string that ask a statement.
    fn path(&self, statement: &Statement) -> String;
    /// Reads an answer to a statement with so many columns.
    ///
    /// # Errors
    /// The server's own message, or where the answer is not the expected format.
    fn read(&self, response: &Response) -> Result<Answer, Failure>;
    /// Reads the list of columns.
    fn columns(&self, answer: &Answer) -> Columns;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Columns,
    Direct,
    Moments,
}

/// One query's conversation.
pub struct SqlExchange<S> {
    server: S,
    known: Known,
    query: Query,
    table: String,
    columns: Option<Columns>,
    direct: Option<Answer>,
    moments: Option<Answer>,
    outbox: Outbox<Part>,
}

impl<S: Server> SqlExchange<S> {
    /// Starts the conversation about a query on a table.
    ///
    /// # Errors
    /// [`Cause::Unsupported`] if databases cannot answer such a query.
    pub fn new(server: S, known: &Known, query: &Query) -> Result<Self, Failure> {
        let table = match query {
            Query::Groups(q) => &q.table,
            Query::Rows(q) => &q.table,
            Query::LabelNames(q) => &q.metric,
            // For a picker: values of the first table asked so far that has the column.
            Query::LabelValues(q) => &known.table_with(&q.label).ok_or_else(|| {
                Failure::new(Cause::Unsupported, format!("no table asked so far has a column {:?}", q.label))
            })?,
            _ => {
                let text = "a database answers questions for tables only";
                let hint = "name a source of another kind for this panel in the workspace";
                return Err(Failure::new(Cause::Unsupported, text).with_hint(hint));
            }
        };
        let mut exchange = Self {
            server,
            known: known.clone(),
            query: query.clone(),
            table: table.clone(),
            columns: known.columns(table),
            direct: None,
            moments: None,
            outbox: Outbox::default(),
        };
        if exchange.columns.is_some() {
            exchange.ask_statements()?;
        } else {
            let statement = exchange.server.dialect().columns(&exchange.table);
            exchange.ask(&statement, Part::Columns);
        }
        Ok(exchange)
    }

    fn ask(&mut self, statement: &Statement, part: Part) {
        let mut shown = statement.text.clone();
        for (name, value) in &statement.parameters {
            shown = format!("{shown}\n-- {name} = {value:?}");
        }
        self.outbox.get(self.server.path(statement), shown, part);
    }

    fn ask_statements(&mut self) -> Result<(), Failure> {
        let Some(columns) = self.columns.clone() else { return Ok(()) };
        let (direct, moments) = match &self.query {
            Query::Groups(query) => {
                let dialect = self.server.dialect();
                (Some(Statement::groups(dialect, &columns, query)?), Statement::moments(dialect, &columns, query)?)
            }
            Query::Rows(query) => (Some(Statement::rows(self.server.dialect(), &columns, query)?), None),
            Query::LabelValues(query) => {
                (Some(Statement::values(self.server.dialect(), &columns, &self.table, query)?), None)
            }
            _ => (None, None),
        };
        if let Some(statement) = direct {
            self.ask(&statement, Part::Direct);
        }
        if let Some(statement) = moments {
            self.ask(&statement, Part::Moments);
        }
        Ok(())
    }
}

impl<S: Server> Exchange for SqlExchange<S> {
    fn next_requests(&mut self) -> Vec<Request> {
        self.outbox.take()
    }

    fn receive(&mut self, tag: u32, response: Response) -> Result<(), Failure> {
        let Some(part) = self.outbox.answered(tag) else { return Ok(()) };
        let answer = self.server.read(&response)?;
        match part {
            Part::Columns => {
                let columns = self.server.columns(&answer);
                if columns.0.is_empty() {
                    let text = format!("the database has no table {:?}", self.table);
                    return Err(
                        Failure::new(Cause::NotFound, text).with_hint("check the metric's table in the workspace")
                    );
                }
                self.known.learn(&self.table, columns.clone());
                self.columns = Some(columns);
                self.ask_statements()?;
            }
            Part::Direct => self.direct = Some(answer),
            Part::Moments => self.moments = Some(answer),
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Frame, Failure> {
        let columns = self.columns.clone().unwrap_or_default();
        let unanswered = || Failure::new(Cause::Malformed, "the database left a statement unanswered");
        match &self.query {
            Query::Groups(query) => {
                let direct = self.direct.as_ref().ok_or_else(unanswered)?;
                Ok(groups_frame(query, direct, self.moments.as_ref()))
            }
            Query::Rows(query) => {
                let direct = self.direct.as_ref().ok_or_else(unanswered)?;
                Ok(rows_frame(query, &columns, direct))
            }
            Query::LabelValues(_) => {
                let direct = self.direct.as_ref().ok_or_else(unanswered)?;
                let values = direct.rows.iter().filter_map(|row| row.first().and_then(Cell::text));
                let table = Table::new(vec![Column::new("value", Values::text(values.map(Some)))]).unwrap_or_default();
                Ok(Frame::from_table(table))
            }
            _ => {
                let names = columns.0.iter().map(|(name, _)| Some(name.as_str()));
                let table = Table::new(vec![Column::new("name", Values::text(names))]).unwrap_or_default();
                Ok(Frame::from_table(table))
            }
        }
    }

    fn progress(&self) -> Option<(u32, u32)> {
        Some(self.outbox.progress())
    }
}

/// Rows of cells, as JSON writes them.
pub fn rows_of(cells: &[Cell]) -> Vec<Vec<Cell>> {
    cells.iter().map(|row| row.elements().to_vec()).collect()
}
