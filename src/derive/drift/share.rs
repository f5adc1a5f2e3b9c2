//! How much of a model drifted, for panels that name drift among other things: the judgement of the drift panel without its intervals.

use super::compare::{self, THRESHOLD};
use super::windows::Windows;
use crate::derive::shared::tracking::Tracked;
use crate::derive::{Ask, Context, Stop};
use crate::spec::PanelKind;

/// The columns of a model that drifted.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::derive) struct DriftShare {
    /// Features that drifted, in the table's order.
    pub(in crate::derive) drifted: Vec<String>,
    /// Features that were compared.
    pub(in crate::derive) n_features: usize,
    /// Whether what the model gives out drifted.
    pub(in crate::derive) is_output_drifted: bool,
    /// Rows of the reference and now.
    pub(in crate::derive) n_rows: (usize, usize),
    /// What the reference is, in words.
    pub(in crate::derive) reference: String,
    /// The newest prediction, milliseconds.
    pub(in crate::derive) newest_ms: Option<f64>,
}

/// The share of a model's features that drifted; `None` for a model without logged predictions.
///
/// The options `features` and `threshold` are those of the workspace's drift panel, so that both say the same.
///
/// # Errors
/// As [`Ask::frame`]; a sentence where a window is empty.
pub(in crate::derive) fn of(
    context: &Context<'_>,
    ask: &mut Ask<'_>,
    model: &Tracked<'_>,
) -> Result<Option<DriftShare>, Stop> {
    if model.source.is_none() || model.identity.predictions.is_none() {
        return Ok(None);
    }
    let panels = &context.workspace.panels;
    let panel = panels.values().find(|panel| panel.kind == PanelKind::Drift);
    let context = Context { panel: panel.unwrap_or(context.panel), ..context.clone() };
    let windows = Windows::ask(&context, ask, model)?;
    let threshold = context.number("threshold").filter(|_| panel.is_some()).unwrap_or(THRESHOLD);
    let found = compare::Question::new(&context, model, &windows, threshold).flagged(ask, &windows);
    let features = || found.iter().filter(|c| !c.is_output);
    Ok((features().count() > 0).then(|| DriftShare {
        drifted: features().filter(|c| c.is_drifted).map(|c| c.name.clone()).collect(),
        n_features: features().count(),
        is_output_drifted: found.iter().any(|c| c.is_output && c.is_drifted),
        n_rows: (windows.reference.n_all, windows.current.n_all),
        reference: windows.reference_title.clone(),
        newest_ms: windows.current.newest_ms(),
    }))
}
