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

impl MetricSpec {
    /// Shown name: the title, else the id.
    pub fn title(&self) -> &str {
        self.title.as_deref().unwrap_or(&self.id)
    }
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
    /// Rows of a table: a file, or a table of a database.
    Table {
        /// Whom to ask.
        source: SourceId,
        /// The table's name; for files the path below the source's address.
        table: String,
        /// The column that says when a row happened. A table without one has no history.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time: Option<String>,
        /// The column that says whom or what a row is about, such as `user_id`: what is counted, and what intervals resample.
        /// With a unit that is a person, keep the small-cell guard of `privacy` on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<String>,
        /// The column with the value. Without one, rows (or units) are counted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<String>,
        /// How values become one number. Default is the sum.
        #[serde(default)]
        aggregate: TableAggregate,
        /// Conditions that always apply: column to value, or to `~regex`, or to `!value`.
        #[serde(default, rename = "where")]
        conditions: BTreeMap<String, String>,
        /// The columns that a panel asks for by what they are, such as `"variant": "arm"`. A column that is not named has the name of its part.
        #[serde(default)]
        columns: BTreeMap<String, String>,
    },
    /// `PromQL`. Filters are added to its selectors.
    Expression {
        /// Whom to ask.
        source: SourceId,
        /// The expression, with `$__interval`, `$__rate_interval` and `$__range` as in Grafana.
        expr: String,
    },
    /// Arithmetic over other metrics, also of different sources, on aligned time. Its `unit` may be left out where it follows.
    Derived {
        /// Metrics by id, numbers with or without a unit, `+ - * /` and parentheses, such as `revenue / predictions * 1000`.
        /// A counter stands for what it counted, a histogram for the number of its observations. A minus has spaces around it.
        expression: String,
    },
}

/// How the values of a table's rows become one number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum TableAggregate {
    /// Total; of rows if there is no value.
    #[default]
    Sum,
    /// Mean per unit, or per row where there is no unit.
    Mean,
    /// Number of distinct units.
    Units,
}

impl MetricQuerySpec {
    /// The column of a table's metric that plays a part, such as `variant`; the part's own name where the workspace does not say.
    pub fn column<'a>(&'a self, part: &'a str) -> &'a str {
        match self {
            Self::Table { columns, .. } => columns.get(part).map_or(part, String::as_str),
            _ => part,
        }
    }

    /// The source that is asked; `None` for a derived metric, whose parts have each their own.
    pub fn source(&self) -> Option<&SourceId> {
        match self {
            Self::Derived { .. } => None,
            Self::Gauge { source, .. }
            | Self::Counter { source, .. }
            | Self::Histogram { source, .. }
            | Self::Table { source, .. }
            | Self::Expression { source, .. } => Some(source),
        }
    }
}
