//! Frames to panel data, one file per panel kind.
//!
//! A derivation is a pure function of a [`Context`] and the answers so far. It *asks* for what it needs through [`Ask`]; what it asked
//! is the plan. While answers are missing it stops with [`Stop::Pending`], is run again when they arrive, and so works
//! in as many rounds as it needs (runs first, then the histories of the best runs). Equal questions of several panels are one query.
//! Knows no chart, no colour and no backend.

mod ask;
mod context;
mod deployment_status;
mod drift;
#[cfg(test)]
#[allow(dead_code)] // each panel's tests use a part of it
mod fixture;
mod hyperparameter_tuning;
mod latency_throughput;
mod resources;
mod shared;
mod training_curves;

pub use ask::{Answer, Answers, Ask, Notes, Stop};
pub use context::{Context, Reference, ReferenceKind};

use crate::spec::PanelKind;
use crate::view::View;

/// Derives the panel of `context`.
///
/// # Errors
/// [`Stop`] while answers are missing, or when there is nothing to show, with the reason.
pub fn derive(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    match context.panel.kind {
        PanelKind::LatencyThroughput => latency_throughput::derive(context, ask),
        PanelKind::DeploymentStatus => deployment_status::derive(context, ask),
        PanelKind::Resources => resources::derive(context, ask),
        PanelKind::Drift => drift::derive(context, ask),
        PanelKind::HyperparameterTuning => hyperparameter_tuning::derive(context, ask),
        PanelKind::TrainingCurves => training_curves::derive(context, ask),
        _ => Err(Stop::empty("this panel is not built yet")),
    }
}
