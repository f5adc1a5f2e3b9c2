//! What is looked at and what it is compared with, as two selections over two ranges.
//!
//! Every kind of comparison comes down to asking the same question twice: of another range, of another model, or of everybody else.

use crate::derive::{Context, ReferenceKind};
use crate::query::TimeRange;
use crate::state::{Filter, Selection};

/// What is looked at, and the first thing that the selection compares it with.
#[derive(Clone, Debug)]
pub(in crate::derive) struct Sides {
    pub(in crate::derive) main: Side,
    pub(in crate::derive) reference: Option<Side>,
}

/// A selection over a range.
#[derive(Clone, Debug)]
pub(in crate::derive) struct Side {
    /// Shown name; empty for what is looked at, unless only a part of it is.
    pub(in crate::derive) title: String,
    pub(in crate::derive) selection: Selection,
    pub(in crate::derive) range: TimeRange,
}

impl Sides {
    /// The sides of a context. Against the rest, what is looked at is narrowed to the chosen value.
    pub(in crate::derive) fn of(context: &Context<'_>) -> Self {
        let same =
            |title: &str| Side { title: title.to_owned(), selection: context.selection.clone(), range: context.range };
        let mut main = same("");
        let reference = context.references.first().map(|found| {
            let mut side = same(&found.title);
            match &found.kind {
                ReferenceKind::Range(range) => side.range = *range,
                ReferenceKind::Model { id, version } => {
                    side.only("model", id);
                    match version {
                        Some(version) => side.only("version", version),
                        None => {
                            side.selection.filters.remove("version");
                        }
                    }
                }
                ReferenceKind::Rest { dimension, value } => {
                    main.only(dimension, value);
                    main.title.clone_from(value);
                    side.without(dimension, value);
                }
            }
            side
        });
        Self { main, reference }
    }
}

impl Side {
    /// The context with this side's selection and range.
    pub(in crate::derive) fn context<'s>(&'s self, context: &Context<'s>) -> Context<'s> {
        Context { selection: &self.selection, range: self.range, ..context.clone() }
    }

    fn only(&mut self, dimension: &str, value: &str) {
        let filter = Filter { include: vec![value.to_owned()], exclude: Vec::new() };
        self.selection.filters.insert(dimension.to_owned(), filter);
    }

    fn without(&mut self, dimension: &str, value: &str) {
        let filter = self.selection.filters.entry(dimension.to_owned()).or_default();
        filter.include.retain(|included| included != value);
        if filter.exclude.iter().all(|excluded| excluded != value) {
            filter.exclude.push(value.to_owned());
        }
    }
}
