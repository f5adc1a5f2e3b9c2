//! What is asked of the engine: the part of the selection that changes answers.

use crate::derive::Reference;
use crate::query::TimeRange;
use crate::state::{Resolved, Selection, TimeInput};

/// The question that every visible panel answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The selection without what only the page cares for.
    pub selection: Selection,
    /// The role whose list of fields holds; `None` where the policy has no lists.
    pub role: Option<String>,
    /// The time range as written, which a refresh does not change.
    pub written: (TimeInput, TimeInput),
    /// The time range.
    pub range: TimeRange,
    /// The comparisons.
    pub references: Vec<Reference>,
}

impl Question {
    /// The question of a selection, by a viewer whose fields are those of `role`.
    pub fn new(selection: &Selection, resolved: &Resolved, role: Option<String>) -> Self {
        let selection = Selection {
            role: None,
            dashboard: None,
            refresh_seconds: None,
            kiosk: false,
            theme: None,
            unknown: Vec::new(),
            ..selection.clone()
        };
        Self {
            selection,
            role,
            written: (resolved.from.clone(), resolved.to.clone()),
            range: resolved.range,
            references: resolved.references.clone(),
        }
    }

    /// Whether the viewer asks the same, only later.
    pub fn is_refresh_of(&self, earlier: &Self) -> bool {
        self.selection == earlier.selection && self.role == earlier.role && self.written == earlier.written
    }
}
