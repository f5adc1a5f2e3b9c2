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
    pub const ALL: [Self; 12] = [
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
