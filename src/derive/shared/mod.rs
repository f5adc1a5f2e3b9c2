//! What several panels need: lines from series, figures with intervals, and a model's runs, versions and predictions.

pub(super) mod brushes;
pub(super) mod chosen;
pub(super) mod classes;
pub(super) mod evaluated;
pub(super) mod figures;
pub(super) mod histogram;
pub(super) mod labelled;
pub(super) mod lines;
pub(super) mod links;
pub(super) mod per_unit;
pub(super) mod places;
pub(super) mod rollouts;
pub(super) mod sweep;
pub(super) mod tally;
pub(super) mod tracking;

use crate::view::{Block, BlockBody};

/// A block over the whole width of the panel.
pub(super) fn block(id: &str, title: &str, body: BlockBody) -> Block {
    Block { id: id.to_owned(), title: title.to_owned(), details: false, width: 12, body }
}

impl Block {
    /// The block at a share of the width, in twelfths.
    #[must_use]
    pub(crate) fn of_width(mut self, twelfths: u8) -> Self {
        self.width = twelfths.clamp(1, 12);
        self
    }

    /// The block only on the panel's own page.
    #[must_use]
    pub(crate) fn in_details(mut self) -> Self {
        self.details = true;
        self
    }
}

/// The confidence of every interval on a page.
pub(super) const LEVEL: f64 = 0.95;

/// Lines of a workspace that would declare a metric, for empty panels.
pub(super) fn teach_metric(id: &str, query: &str) -> String {
    format!("\"metrics\": [\n  {{ \"id\": \"{id}\", \"query\": {query} }}\n]")
}
