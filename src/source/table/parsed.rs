//! A file that was read, and what its readers share.

use crate::frame::{Table, Warning};
use crate::source::read::Warnings;

/// How many places of bad rows are named.
const MOST_PLACES: usize = 3;

/// A file, or the part of it that was asked for, as typed columns.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The rows.
    pub table: Table,
    /// All columns of the file, also those that were not read.
    pub names: Vec<String>,
    /// What is less than perfect about it.
    pub warnings: Vec<Warning>,
}

impl Parsed {
    /// A file that was read whole.
    pub fn whole(table: Table, mut warnings: Warnings) -> Self {
        let names = table.columns().iter().map(|c| c.name.clone()).collect();
        Self { table, names, warnings: warnings.take() }
    }
}

/// Rows that could not be read: how many, and where the first of them are.
#[derive(Clone, Debug, Default)]
pub struct BadRows {
    n: usize,
    places: Vec<u64>,
}

impl BadRows {
    /// Adds the row at a line, or at a place in a list, from 1.
    pub fn add(&mut self, place: u64) {
        self.n += 1;
        if self.places.len() < MOST_PLACES {
            self.places.push(place);
        }
    }

    /// How many there are.
    pub fn n(&self) -> usize {
        self.n
    }

    /// Warns of them, as in "rows had the wrong number of cells (lines 3, 7, 9 and more)".
    pub fn warn(&self, what: &str, unit: &str, warnings: &mut Warnings) {
        let places: Vec<String> = self.places.iter().map(ToString::to_string).collect();
        let plural = if self.n == 1 { "" } else { "s" };
        let more = if self.n > places.len() { " and more" } else { "" };
        warnings.add(format!("{what} ({unit}{plural} {}{more})", places.join(", ")), self.n);
    }
}

/// The names of a header, made unique: a column without a name, or with one that is taken, is called by its place.
pub fn unique_names(header: impl IntoIterator<Item = String>, warnings: &mut Warnings) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (at, name) in header.into_iter().enumerate() {
        let name = name.trim().to_owned();
        if name.is_empty() || names.contains(&name) {
            let named = format!("column {}", at + 1);
            let what = if name.is_empty() { "no name".to_owned() } else { format!("the name {name:?} as well") };
            warnings.note(format!("a column has {what}, and is called {named:?}"), 1);
            names.push(named);
        } else {
            names.push(name);
        }
    }
    names
}
