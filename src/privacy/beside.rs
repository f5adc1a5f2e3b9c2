//! What is known of a table's counts from what is shown beside it.

use std::collections::BTreeSet;

use super::cells::Place;

/// What other tables of the same view say about a table's cells and totals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    /// Places that must be hidden, though they may be large: hidden elsewhere, or few people more or less than what is shown elsewhere.
    pub forced: BTreeSet<Place>,
    /// Places that are shown elsewhere: no way out may change them.
    pub fixed: BTreeSet<Place>,
    /// Whether no total is shown but those that are fixed. Else every total that is not hidden is taken to be.
    pub hides_totals: bool,
}

impl Beside {
    /// Whether a reader is taken to see a place that is not hidden.
    pub(super) fn is_shown(&self, place: &Place) -> bool {
        !self.hides_totals || self.fixed.contains(place) || place.iter().all(Option::is_some)
    }
}
