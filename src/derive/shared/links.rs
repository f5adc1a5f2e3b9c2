//! Where cells lead: the panels that explain a number, filtered to what the row is of.

use crate::derive::Context;
use crate::spec::PanelKind;
use crate::view::Evidence;

/// The panel of a kind, filtered; `None` where the workspace has none of that kind.
pub(in crate::derive) fn evidence(
    context: &Context<'_>,
    kind: PanelKind,
    filters: &[(&str, &str)],
) -> Option<Evidence> {
    let panels = &context.workspace.panels;
    let is_kind = |id: &&String| panels.get(*id).is_some_and(|panel| panel.kind == kind);
    let built_in = panels.keys().filter(is_kind).find(|id| *id == kind.id());
    let panel = built_in.or_else(|| panels.keys().find(is_kind))?;
    let filters = filters.iter().map(|(dimension, value)| ((*dimension).to_owned(), (*value).to_owned()));
    Some(Evidence { panel: panel.clone(), filters: filters.collect() })
}

/// The links of a row: each at the place of its column, nothing elsewhere.
pub(in crate::derive) fn row(n_columns: usize, links: Vec<(usize, Option<Evidence>)>) -> Vec<Option<Evidence>> {
    let mut row = vec![None; n_columns];
    for (column, link) in links {
        if let Some(place) = row.get_mut(column) {
            *place = link;
        }
    }
    row
}
