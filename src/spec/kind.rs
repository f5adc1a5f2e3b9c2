//! The kinds of panel: their names and the slots that metrics feed.

use serde::{Deserialize, Serialize};

/// What a panel shows. The names are those of the built-in panels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)] // the titles say what they are
pub enum PanelKind {
    ModelPerformance,
    FeatureImportance,
    TrainingCurves,
    HyperparameterTuning,
    Drift,
    ConfusionMatrix,
    DeploymentStatus,
    LatencyThroughput,
    Resources,
    Scalability,
    AbTests,
    Errors,
    BusinessImpact,
    Utilization,
    UserFeedback,
    RevenueImpact,
    TimeToValue,
    Segments,
    Roi,
    StrategicGoals,
    Portfolio,
    MarketAdoption,
    Risk,
    Compliance,
    Headline,
}

/// A place in a panel that a metric feeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Name, as in the panel's `metrics`.
    pub name: &'static str,
    /// What belongs there, for the panel that lacks it.
    pub description: &'static str,
    /// Whether few set-ups have it, so that a workspace is complete without.
    pub is_rare: bool,
}

const fn slot(name: &'static str, description: &'static str) -> Slot {
    Slot { name, description, is_rare: false }
}

/// A bound that few set-ups export.
const fn bound(name: &'static str, description: &'static str) -> Slot {
    Slot { name, description, is_rare: true }
}

const LATENCY: Slot = slot("latency", "a histogram of request durations");
const REQUESTS: Slot = slot("requests", "a counter of requests");
const CONFUSION_COUNTS: Slot = slot("confusion-counts", "a counter of predictions by actual and predicted class");
const ERRORS: Slot = slot("errors", "a counter of failed requests");
const DESIRED: Slot = slot("replicas-desired", "a gauge of wanted replicas");
const READY: Slot = slot("replicas-ready", "a gauge of ready replicas");

impl PanelKind {
    /// Every kind, in the order of the roles' dashboards.
    pub const ALL: [Self; 25] = [
        Self::ModelPerformance,
        Self::FeatureImportance,
        Self::TrainingCurves,
        Self::HyperparameterTuning,
        Self::Drift,
        Self::ConfusionMatrix,
        Self::DeploymentStatus,
        Self::LatencyThroughput,
        Self::Resources,
        Self::Scalability,
        Self::AbTests,
        Self::Errors,
        Self::BusinessImpact,
        Self::Utilization,
        Self::UserFeedback,
        Self::RevenueImpact,
        Self::TimeToValue,
        Self::Segments,
        Self::Roi,
        Self::StrategicGoals,
        Self::Portfolio,
        Self::MarketAdoption,
        Self::Risk,
        Self::Compliance,
        Self::Headline,
    ];

    /// The kind's name in the workspace, and the id of its built-in panel.
    pub fn id(self) -> &'static str {
        match self {
            Self::ModelPerformance => "model-performance",
            Self::FeatureImportance => "feature-importance",
            Self::TrainingCurves => "training-curves",
            Self::HyperparameterTuning => "hyperparameter-tuning",
            Self::Drift => "drift",
            Self::ConfusionMatrix => "confusion-matrix",
            Self::DeploymentStatus => "deployment-status",
            Self::LatencyThroughput => "latency-throughput",
            Self::Resources => "resources",
            Self::Scalability => "scalability",
            Self::AbTests => "ab-tests",
            Self::Errors => "errors",
            Self::BusinessImpact => "business-impact",
            Self::Utilization => "utilization",
            Self::UserFeedback => "user-feedback",
            Self::RevenueImpact => "revenue-impact",
            Self::TimeToValue => "time-to-value",
            Self::Segments => "segments",
            Self::Roi => "roi",
            Self::StrategicGoals => "strategic-goals",
            Self::Portfolio => "portfolio",
            Self::MarketAdoption => "market-adoption",
            Self::Risk => "risk",
            Self::Compliance => "compliance",
            Self::Headline => "headline",
        }
    }

    /// Shown name of a panel that has none of its own.
    pub fn title(self) -> &'static str {
        match self {
            Self::ModelPerformance => "Model performance",
            Self::FeatureImportance => "Feature importance",
            Self::TrainingCurves => "Training and validation curves",
            Self::HyperparameterTuning => "Hyperparameter tuning",
            Self::Drift => "Drift",
            Self::ConfusionMatrix => "Confusion matrix",
            Self::DeploymentStatus => "Deployment status",
            Self::LatencyThroughput => "Latency and throughput",
            Self::Resources => "Resources",
            Self::Scalability => "Scalability",
            Self::AbTests => "A/B tests",
            Self::Errors => "Errors",
            Self::BusinessImpact => "Business impact",
            Self::Utilization => "Utilisation",
            Self::UserFeedback => "User feedback",
            Self::RevenueImpact => "Revenue impact",
            Self::TimeToValue => "Time to value",
            Self::Segments => "Segments",
            Self::Roi => "ROI and savings",
            Self::StrategicGoals => "Strategic goals",
            Self::Portfolio => "Portfolio",
            Self::MarketAdoption => "Market adoption",
            Self::Risk => "Risk",
            Self::Compliance => "Compliance",
            Self::Headline => "In short",
        }
    }

    /// What metrics can feed it. Empty for the kinds that read a tracking source by the models' identity.
    pub fn slots(self) -> &'static [Slot] {
        match self {
            Self::FeatureImportance | Self::TrainingCurves | Self::HyperparameterTuning | Self::Drift => &[],
            Self::ModelPerformance | Self::ConfusionMatrix => const { &[CONFUSION_COUNTS] },
            Self::DeploymentStatus => {
                const { &[slot("traffic-share", "a gauge of the share of traffic, 0 to 1"), DESIRED, READY] }
            }
            Self::LatencyThroughput => const { &[LATENCY, REQUESTS, ERRORS] },
            Self::Resources => {
                const {
                    &[
                        slot("cpu", "a counter of CPU seconds, or a gauge of cores"),
                        slot("cpu-limit", "a gauge of allowed cores"),
                        slot("cpu-request", "a gauge of requested cores"),
                        slot("memory", "a gauge of bytes in use"),
                        slot("memory-limit", "a gauge of allowed bytes"),
                        slot("memory-request", "a gauge of requested bytes"),
                        slot("gpu", "a gauge of GPU utilisation in percent"),
                        slot("gpu-memory", "a gauge of GPU memory in use"),
                        slot("gpu-memory-free", "a gauge of GPU memory that is free"),
                        slot("disk", "a counter of bytes read or written"),
                        slot("network", "a counter of bytes sent or received"),
                        bound("gpu-limit", "a gauge of allowed GPU utilisation, in the unit of `gpu`"),
                        bound("gpu-request", "a gauge of requested GPU utilisation, in the unit of `gpu`"),
                        bound("gpu-memory-limit", "a gauge of allowed GPU memory"),
                        bound("gpu-memory-request", "a gauge of requested GPU memory"),
                        bound("disk-limit", "a gauge of allowed bytes a second"),
                        bound("disk-request", "a gauge of requested bytes a second"),
                        bound("network-limit", "a gauge of allowed bytes a second, as `node_network_speed_bytes`"),
                        bound("network-request", "a gauge of requested bytes a second"),
                    ]
                }
            }
            Self::Scalability => {
                const {
                    &[
                        DESIRED,
                        READY,
                        slot("replicas-min", "a gauge of the fewest replicas allowed"),
                        slot("replicas-max", "a gauge of the most replicas allowed"),
                        slot("queue-depth", "a gauge of waiting requests"),
                        slot("restarts", "a counter of container restarts"),
                        REQUESTS,
                        ERRORS,
                        LATENCY,
                    ]
                }
            }
            Self::AbTests => {
                const {
                    &[
                        slot("exposures", "a counter of exposed units by experiment and variant"),
                        slot("conversions", "a counter of converted units by experiment and variant"),
                    ]
                }
            }
            Self::Errors => const { &[slot("errors-by-kind", "a counter of errors, with the label kind"), REQUESTS] },
            Self::BusinessImpact => {
                const {
                    &[
                        slot(
                            "outcomes",
                            "a table of exposed units: one row a unit, with its variant and whether it converted",
                        ),
                        slot("activity", "a table of what users did and when, with the user as unit"),
                        slot("funnel", "a table of the steps that users reached, with the column step"),
                    ]
                }
            }
            Self::Utilization => {
                const {
                    &[
                        slot("usage", "a table or counter of requests by model, team, feature and caller"),
                        slot("eligible", "a table or counter of decisions that a model could have made"),
                    ]
                }
            }
            Self::UserFeedback => const { &[slot("feedback", "a table of ratings, thumbs, scores and comments")] },
            Self::RevenueImpact => {
                const {
                    &[
                        slot("revenue", "a table of amounts, with the column kind: baseline or model"),
                        slot("revenue-plan", "a table of planned amounts"),
                        slot("revenue-per-prediction", "a derived metric: revenue by prediction"),
                        CONFUSION_COUNTS,
                    ]
                }
            }
            Self::TimeToValue => const { &[slot("milestones", "a table of stages that models reached and when")] },
            Self::Segments => const { &[slot("outcomes", "a table of exposed units by segment and region")] },
            Self::Roi => {
                const {
                    &[
                        slot("revenue", "a table of amounts, with the column kind: baseline or model"),
                        slot("savings", "a table of amounts saved"),
                        slot("costs", "a table of amounts spent, with the column category"),
                        slot("cost-per-request", "a derived metric: costs by request"),
                        CONFUSION_COUNTS,
                    ]
                }
            }
            Self::StrategicGoals => const { &[slot("goals", "a table of goals: metric, target, due, owner")] },
            Self::Portfolio => {
                const { &[LATENCY, REQUESTS, slot("errors", "a counter of failed requests"), CONFUSION_COUNTS] }
            }
            Self::MarketAdoption => {
                const {
                    &[
                        slot("adoption", "a table of users and when each began, by region and segment"),
                        slot("market", "a table of how many could, by region and segment"),
                    ]
                }
            }
            Self::Risk => {
                const {
                    &[
                        slot("risks", "a table of risks with likelihood and impact, 1 to 5"),
                        slot("incidents", "a table of incidents"),
                        CONFUSION_COUNTS,
                    ]
                }
            }
            Self::Headline => {
                const {
                    &[
                        slot("revenue", "a table of amounts, with the column kind: baseline or model"),
                        slot("costs", "a table of amounts spent"),
                        slot("savings", "a table of amounts saved"),
                        slot("feedback", "a table of ratings"),
                        slot("adoption", "a table of users and when each began"),
                        slot("risks", "a table of risks"),
                        CONFUSION_COUNTS,
                    ]
                }
            }
            Self::Compliance => {
                const { &[slot("governance", "a table of the models' records: status, rating, owner, review")] }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_the_names_in_the_workspace() {
        for kind in PanelKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.id());
        }
    }
}
