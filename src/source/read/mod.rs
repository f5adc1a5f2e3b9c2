//! Reading what several sources share: lenient JSON, tables, artifacts and conditions.
//!
//! Bad data yields a partial result with counted warnings; only a body that is not the expected format at all is a failure.

mod artifact;
mod cell;
mod condition;
mod groups;
mod json;
mod rows;

pub use artifact::artifact_table;
pub use cell::Cell;
pub use condition::Condition;
pub use groups::grouped;
pub use json::{excerpt, from_json, looks_like_html};
pub use rows::{RowSet, Split};

use crate::frame::Warning;

/// Counts what happened, by text.
#[derive(Clone, Debug, Default)]
pub struct Warnings(Vec<Warning>);

impl Warnings {
    /// Adds `count` gaps in the data; none adds nothing.
    pub fn add(&mut self, text: impl Into<String>, count: usize) {
        self.push(Warning::gap(text, count as u64));
    }

    /// Adds what happened `count` times and took nothing away; none adds nothing.
    pub fn note(&mut self, text: impl Into<String>, count: usize) {
        self.push(Warning::note(text, count as u64));
    }

    /// Adds a warning; one that counts none adds nothing.
    pub fn push(&mut self, warning: Warning) {
        if warning.count == 0 {
            return;
        }
        match self.0.iter_mut().find(|w| w.text == warning.text) {
            Some(known) => known.count += warning.count,
            None => self.0.push(warning),
        }
    }

    /// The warnings in the order in which they first occurred.
    pub fn take(&mut self) -> Vec<Warning> {
        std::mem::take(&mut self.0)
    }
}
