//! Units and directions: what a number measures and which way is good.
//!
//! Unit ids are Grafana's, so that people's habits and imported dashboards hold:
//! `percent` is 0 to 100, `percentunit` is 0 to 1. Turning a value into text is `format`'s work.

use serde::{Deserialize, Serialize};

/// A Grafana unit id, such as `s`, `reqps`, `percentunit` or `bytes`; `none` for a plain number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Unit(String);

impl Unit {
    /// A unit by its id. Unknown ids are kept and shown as a suffix.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The id, as in Grafana.
    pub fn id(&self) -> &str {
        &self.0
    }
}

impl Default for Unit {
    fn default() -> Self {
        Self::new("none")
    }
}

impl From<&str> for Unit {
    fn from(id: &str) -> Self {
        Self::new(id)
    }
}

/// Which way of a metric is good. Default is neutral.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Direction {
    /// Accuracy, revenue.
    Higher,
    /// Latency, loss, cost.
    Lower,
    /// Neither: load, counts.
    #[default]
    Neutral,
}
