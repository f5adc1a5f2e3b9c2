//! Frames to panel data, one file per panel kind.
//!
//! A derivation is a pure function of a [`Context`] and the answers so far. It *asks* for what it needs through [`Ask`]; what it asked
//! is the plan. While answers are missing it stops with [`Stop::Pending`], is run again when they arrive, and so works
//! in as many rounds as it needs (runs first, then the histories of the best runs). Equal questions of several panels are one query.
//! Knows no chart, no colour and no backend.

mod ab_tests;
mod ask;
mod business_impact;
mod compared;
mod compliance;
mod confusion_matrix;
mod context;
mod deployment_status;
mod derived;
mod drift;
#[cfg(test)]
mod engineering_tests;
mod errors;
mod feature_importance;
#[cfg(test)]
#[allow(dead_code)] // each panel's tests use a part of it
mod fixture;
mod headline;
mod hyperparameter_tuning;
mod latency_throughput;
mod market_adoption;
mod memo;
mod model_performance;
#[cfg(test)]
mod pictures;
mod portfolio;
mod resources;
mod revenue_impact;
mod risk;
mod roi;
mod scalability;
mod segments;
mod series;
mod shared;
mod simulated;
mod strategic_goals;
mod tables;
mod time_to_value;
mod training_curves;
mod user_feedback;
mod utilization;

pub use ask::{Answer, Answers, Ask, Notes, Stop};
pub use compared::{Other, Rest, Side};
pub use context::{Context, Reference, ReferenceKind};
pub use derived::{Derived, DerivedSeries, Estimate};
pub use memo::Memo;
pub use series::Wanted;
pub use tables::{By, aggregate_at};

use crate::spec::PanelKind;
use crate::view::View;

/// Derives the panel of `context`.
///
/// # Errors
/// [`Stop`] while answers are missing, or when there is nothing to show, with the reason.
pub fn derive(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    let mut view = derivation(context.panel.kind)(context, ask)?;
    simulated::mark(context, ask, &mut view);
    Ok(view)
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
        PanelKind::BusinessImpact => business_impact::derive,
        PanelKind::Utilization => utilization::derive,
        PanelKind::UserFeedback => user_feedback::derive,
        PanelKind::TimeToValue => time_to_value::derive,
        PanelKind::MarketAdoption => market_adoption::derive,
        PanelKind::RevenueImpact => revenue_impact::derive,
        PanelKind::Roi => roi::derive,
        PanelKind::StrategicGoals => strategic_goals::derive,
        PanelKind::Headline => headline::derive,
        PanelKind::Segments => segments::derive,
        PanelKind::Compliance => compliance::derive,
        PanelKind::Risk => risk::derive,
        PanelKind::Portfolio => portfolio::derive,
    }
}
