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
pub use tables::{By, aggregate_at};
pub use memo::Memo;
pub use series::Wanted;

use crate::spec::PanelKind;
use crate::view::View;

/// Derives the panel of `context`.
///
/// # Errors
/// [`Stop`] while answers are missing, or when there is nothing to show, with the reason.
pub fn derive(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    let mut view = of_kind(context, ask)?;
    simulated::mark(context, ask, &mut view);
    Ok(view)
}

fn of_kind(context: &Context<'_>, ask: &mut Ask<'_>) -> Result<View, Stop> {
    match context.panel.kind {
        PanelKind::ModelPerformance => model_performance::derive(context, ask),
        PanelKind::FeatureImportance => feature_importance::derive(context, ask),
        PanelKind::ConfusionMatrix => confusion_matrix::derive(context, ask),
        PanelKind::LatencyThroughput => latency_throughput::derive(context, ask),
        PanelKind::DeploymentStatus => deployment_status::derive(context, ask),
        PanelKind::Resources => resources::derive(context, ask),
        PanelKind::Drift => drift::derive(context, ask),
        PanelKind::HyperparameterTuning => hyperparameter_tuning::derive(context, ask),
        PanelKind::TrainingCurves => training_curves::derive(context, ask),
        PanelKind::Scalability => scalability::derive(context, ask),
        PanelKind::AbTests => ab_tests::derive(context, ask),
        PanelKind::Errors => errors::derive(context, ask),
        PanelKind::BusinessImpact => business_impact::derive(context, ask),
        PanelKind::Utilization => utilization::derive(context, ask),
        PanelKind::UserFeedback => user_feedback::derive(context, ask),
        PanelKind::TimeToValue => time_to_value::derive(context, ask),
        PanelKind::MarketAdoption => market_adoption::derive(context, ask),
        PanelKind::RevenueImpact => revenue_impact::derive(context, ask),
        PanelKind::Roi => roi::derive(context, ask),
        PanelKind::StrategicGoals => strategic_goals::derive(context, ask),
        PanelKind::Headline => headline::derive(context, ask),
        PanelKind::Segments => segments::derive(context, ask),
        PanelKind::Compliance => compliance::derive(context, ask),
        PanelKind::Risk => risk::derive(context, ask),
        PanelKind::Portfolio => portfolio::derive(context, ask),
    }
}
