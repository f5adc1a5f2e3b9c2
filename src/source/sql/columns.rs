//! What is known of a table's columns.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// What a column holds, as far as a statement must know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColumnKind {
    /// Text, or anything that is shown as text.
    #[default]
    Text,
    /// Numbers.
    Number,
    /// 64-bit integers, which a double cannot hold.
    Integer,
    /// An instant in whole seconds.
    Seconds,
    /// An instant with parts of seconds.
    Fine,
    /// A day.
    Day,
}

impl ColumnKind {
    /// Whether the column holds instants by its type.
    pub fn is_time(self) -> bool {
        matches!(self, Self::Seconds | Self::Fine | Self::Day)
    }
}

/// The columns of one table in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns(pub Vec<(String, ColumnKind)>);

impl Columns {
    /// The kind of a column; `None` if the table has no such column.
    pub fn kind(&self, name: &str) -> Option<ColumnKind> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, kind)| *kind)
    }
}

/// What a source has learned of its server, shared by its conversations.
#[derive(Clone, Debug, Default)]
pub struct Known {
    columns: Rc<RefCell<HashMap<String, Columns>>>,
}

impl Known {
    /// The columns of a table that was asked before.
    pub fn columns(&self, table: &str) -> Option<Columns> {
        self.columns.borrow().get(table).cloned()
    }

    /// A table asked before that has the column; the first by name.
    pub fn table_with(&self, column: &str) -> Option<String> {
        let columns = self.columns.borrow();
        let having = columns.iter().filter(|(_, columns)| columns.kind(column).is_some());
        having.map(|(table, _)| table).min().cloned()
    }

    /// Remembers the columns of a table.
    pub fn learn(&self, table: &str, columns: Columns) {
        self.columns.borrow_mut().insert(table.to_owned(), columns);
    }
}
