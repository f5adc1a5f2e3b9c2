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

/// Where a figure leads: the engineer's or data scientist's panel of a kind, filtered to the figure's model. That is `model` where the
/// caller knows it, else the one model that the selection lets through; of several models the filters stay as they are.
pub(in crate::derive) fn of_figure(context: &Context<'_>, kind: PanelKind, model: Option<&str>) -> Option<Evidence> {
    let filters = context.filters();
    let chosen =
        filters.get("model").filter(|filter| filter.exclude.is_empty()).map(|filter| filter.include.as_slice());
    let model = match (chosen, model) {
        (Some([only]), _) => Some(only.as_str()),
        (_, model) => model,
    };
    let filters: Vec<(&str, &str)> = model.iter().map(|model| ("model", *model)).collect();
    evidence(context, kind, &filters)
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
