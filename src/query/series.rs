//! Questions for numbers over time.

use serde::{Deserialize, Serialize};

use super::{Matcher, SourceId, TimeRange};

/// Asks for numbers over time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SeriesQuery {
    /// Whom to ask.
    pub source: SourceId,
    /// Which series.
    pub selector: Selector,
    /// Conditions from the selection's filters, already in the source's label names.
    pub matchers: Vec<Matcher>,
    /// What to measure of them.
    pub measure: Measure,
    /// How to fold series that share the `by` labels.
    pub aggregate: Aggregate,
    /// Labels that stay; `None` keeps every label and folds nothing.
    pub by: Option<Vec<String>>,
    /// When. Points are `step_ms` apart within the range, each describing the step that ends there.
    /// A step as wide as the range gives one point, at `to_ms`, over all of it. Below 50 points the first is at `from_ms`;
    /// from there on they are the multiples of the step, so that a refresh asks for the same instants.
    pub range: TimeRange,
    /// Distance of points in milliseconds; positive.
    pub step_ms: i64,
}

/// Which series.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Selector {
    /// A metric by name, with fixed conditions from the workspace.
    Named {
        /// Metric name in the source.
        name: String,
        /// Conditions that always apply.
        matchers: Vec<Matcher>,
    },
    /// An expression in the source's own language (PromQL), written in the workspace.
    Expression(String),
}

/// What to measure of the selected series over each step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Measure {
    /// A gauge: mean over the step, with the lowest and highest sample as envelope.
    Gauge,
    /// A counter's rate per second over the step, resets handled; the envelope's high is the highest rate inside.
    Rate,
    /// A counter's increase over the step: differences of samples with resets handled, never extrapolated.
    Increase,
    /// A classic histogram's cumulative buckets: [`Measure::Increase`] per `le` label, `by` without `le`.
    Buckets,
    /// The value as it stands at each point (instant vectors, info metrics, expressions).
    Instant,
}

/// How to fold series together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Aggregate {
    /// Total. The default, and always used for counters and buckets.
    #[default]
    Sum,
    /// Mean.
    Avg,
    /// Lowest.
    Min,
    /// Highest.
    Max,
}
