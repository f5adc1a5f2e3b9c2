//! Frames to panel data, one file per panel kind.
//!
//! A derivation is a pure function of a [`Context`] and the answers so far. It *asks* for what it needs through [`Ask`]; what it asked
//! is the plan. While answers are missing it stops with [`Stop::Pending`], is run again when they arrive, and so works
//! in as many rounds as it needs (runs first, then the histories of the best runs). Equal questions of several panels are one query.
//! Knows no chart, no colour and no backend.

mod ab_tests;
mod ask;
mod confusion_matrix;
mod context;
mod deployment_status;
mod drift;
mod errors;
mod feature_importance;
#[cfg(test)]
#[allow(dead_code)] // each panel's tests use a part of it
mod fixture;
mod hyperparameter_tuning;
mod latency_throughput;
mod model_performance;
mod resources;
mod scalability;
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
    derivation(context.panel.kind)(context, ask)
}

type Derivation = fn(&Context<'_>, &mut Ask<'_>) -> Result<View, Stop>;

/// A pointer and not a call, so that the panel kinds stay functions of their own and those that the first dashboard
/// does not show can arrive later (docs/decisions/parts-that-come-later.md).
#[inline(never)]
fn derivation(kind: PanelKind) -> Derivation {
    match kind {
        PanelKind::ModelPerformance => model_performance::derive,
        PanelKind::FeatureImportance => feature_importance::derive,
        PanelKind::ConfusionMatrix => confusion_matrix::derive,
        PanelKind::LatencyThroughput => latency_throughput::derive,
        PanelKind::DeploymentStatus => deployment_status::derive,
        PanelKind::Resources => resources::derive,
        PanelKind::Drift => drift::derive,
        PanelKind::HyperparameterTuning => hyperparameter_tuning::derive,
        PanelKind::TrainingCurves => training_curves::derive,
        PanelKind::Scalability => scalability::derive,
        PanelKind::AbTests => ab_tests::derive,
        PanelKind::Errors => errors::derive,
    }
}
