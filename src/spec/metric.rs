//! Metrics: named measurements and where each comes from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::query::{Aggregate, SourceId};
use crate::units::{Direction, Unit};

/// A named measurement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct MetricSpec {
    /// Short id, used by panels.
    pub id: String,
    /// Shown name. Default is the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Unit of the value as the source gives it; for a counter that of its rate per second, such as `reqps` or `Bps`. Default is `none`.
    #[serde(default)]
    pub unit: Unit,
    /// Which way is good. Default is neutral.
    #[serde(default)]
    pub direction: Direction,
    /// The objective, in the metric's unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<f64>,
    /// Levels worth marking.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thresholds: Vec<Threshold>,
    /// What it means, for "explain".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// How it is computed, for "explain".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formula: Option<String>,
    /// `true` where the data is simulated; charts say so.
    #[serde(default)]
    pub simulated: bool,
    /// The dimensions whose labels its series carry. Default is to ask the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<Vec<String>>,
    /// Where it comes from.
    pub query: MetricQuerySpec,
}

/// A level worth marking on an axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Threshold {
    /// The level in the metric's unit.
    pub value: f64,
    /// What it is, such as "objective".
    pub title: String,
}

/// Where a metric comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum MetricQuerySpec {
    /// A gauge.
    Gauge {
        /// Whom to ask.
        source: SourceId,
        /// Metric name.
        metric: String,
        /// Conditions that always apply: label to value.
        #[serde(default)]
        matchers: BTreeMap<String, String>,
        /// How to fold series. Default is the sum.
        #[serde(default)]
        aggregate: Aggregate,
    },
    /// A counter; panels ask for its rate or increase.
    Counter {
        /// Whom to ask.
        source: SourceId,
        /// Metric name, with its `_total` if it has one.
        metric: String,
        /// Conditions that always apply: label to value, or to `~regex`, or to `!value`.
        #[serde(default)]
        matchers: BTreeMap<String, String>,
    },
    /// A classic histogram; panels ask for its quantiles and buckets.
    Histogram {
        /// Whom to ask.
        source: SourceId,
        /// Base name, without `_bucket`.
        metric: String,
        /// Conditions that always apply.
        #[serde(default)]
        matchers: BTreeMap<String, String>,
    },
    /// `PromQL`. Filters are added to its selectors.
    Expression {
        /// Whom to ask.
        source: SourceId,
        /// The expression, with `$__interval`, `$__rate_interval` and `$__range` as in Grafana.
        expr: String,
    },
}

impl MetricQuerySpec {
    /// The source that is asked.
    pub fn source(&self) -> &SourceId {
        match self {
            Self::Gauge { source, .. }
            | Self::Counter { source, .. }
            | Self::Histogram { source, .. }
            | Self::Expression { source, .. } => source,
        }
    }
}
