//! What all parts of a derived metric can be narrowed and split by.
//!
//! A filter that reaches one part alone would hold the revenue of everybody against the predictions of some: it reaches none.

use crate::derive::{Ask, Context, Reference, ReferenceKind, Side, Stop};
use crate::query::TimeRange;
use crate::spec::MetricSpec;
use crate::state::Selection;

/// The side of a context as far as all parts can follow it.
pub(super) struct Reach<'w> {
    /// The dimensions and labels that all parts are split by.
    pub(super) by: Vec<&'w str>,
    selection: Selection,
    /// The other side without a version that a part does not carry.
    reference: Option<Reference>,
    keeps_references: bool,
}

impl Reach<'_> {
    /// The context in which every part is asked.
    pub(super) fn context<'b>(&'b self, of: &Context<'b>) -> Context<'b> {
        let side = match (&self.reference, of.side) {
            (Some(reference), Side::Other(_)) => Side::Other(reference),
            (_, side) => side,
        };
        let references = if self.keeps_references { of.references } else { &[] };
        Context { selection: &self.selection, side, references, ..of.clone() }
    }
}

impl Ask<'_> {
    /// Finds out what all parts carry, and says in remarks what one does not.
    ///
    /// # Errors
    /// As [`Ask::frame`]; [`Stop::Empty`] for the other side of a comparison that a part cannot tell apart.
    pub(super) fn reach<'w>(
        &mut self,
        context: &Context<'_>,
        parts: &[&MetricSpec],
        by: &[&'w str],
        range: TimeRange,
    ) -> Result<Reach<'w>, Stop> {
        let asked: Vec<_> = parts.iter().map(|part| self.carried_labels(context, part, range)).collect();
        let mut carried = Vec::new();
        for (part, answer) in parts.iter().zip(asked) {
            carried.push((*part, answer?));
        }
        let without = |dimension: &str| {
            let lacks = |(part, labels): &&(&MetricSpec, Option<Vec<String>>)| {
                let label = part.query.source().and_then(|source| context.label_of(source, dimension));
                label.is_none_or(|label| labels.as_ref().is_some_and(|known| !known.contains(&label)))
            };
            carried.iter().find(lacks).map(|(part, _)| part.title().to_owned())
        };
        if let Some(part) = context.told_apart_by().and_then(without) {
            return Err(Stop::empty(format!("{part} cannot tell this comparison apart")));
        }
        let is_dimension = |name: &str| context.workspace.dimensions.iter().any(|d| d.id == name);
        let mut kept = Vec::new();
        for name in by {
            match without(name).filter(|_| is_dimension(name)) {
                Some(part) => self.remark(format!("not by {name}: {part} does not carry it")),
                None => kept.push(*name),
            }
        }
        let mut selection = context.selection.clone();
        let rest = context.rest().filter(|rest| without(rest.dimension).is_some());
        for dimension in context.filters().keys() {
            let Some(part) = without(dimension) else { continue };
            selection.filters.remove(dimension);
            self.remark(match rest {
                Some(rest) if rest.dimension == dimension => {
                    format!("not compared by {dimension}: {part} does not carry it")
                }
                _ => format!("not filtered by {dimension}: {part} does not carry it"),
            });
        }
        let reference = match context.side {
            Side::Other(Reference { title, kind: ReferenceKind::Model { id, version: Some(_) } })
                if without("version").is_some() =>
            {
                let kind = ReferenceKind::Model { id: id.clone(), version: None };
                Some(Reference { title: title.clone(), kind })
            }
            _ => None,
        };
        Ok(Reach { by: kept, selection, reference, keeps_references: rest.is_none() })
    }
}
