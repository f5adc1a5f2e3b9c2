//! Models and dimensions: who is looked at, and under which names each source knows them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::query::SourceId;

/// A machine-learning model with its identity in each source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ModelSpec {
    /// Short id, as in `?var-model=<id>`.
    pub id: String,
    /// Shown name. Default is the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it predicts. Default is binary classification.
    #[serde(default)]
    pub task: Task,
    /// The class that counts as positive, for binary models. Default is `1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub positive_class: Option<String>,
    /// How each source knows it. A source that is not named knows it by its id.
    #[serde(default)]
    pub identity: BTreeMap<SourceId, ModelIdentity>,
    /// Cost of each error, for the cost table: `[[true negative, false positive], [false negative, true positive]]` or larger, by actual then predicted class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub costs: Option<Vec<Vec<f64>>>,
    /// Unit of the costs, such as `currencyEUR`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_unit: Option<String>,
}

/// What a model predicts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// One of two classes, with a score.
    #[default]
    Binary,
    /// One of several classes.
    Multiclass,
    /// A number.
    Regression,
}

/// A model's names in one source. All may be left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ModelIdentity {
    /// Value of the model dimension's label. Default is the model's id.
    pub label: Option<String>,
    /// Name in the registry. Default is the model's id.
    pub registered_model: Option<String>,
    /// Experiments that hold its training runs.
    pub experiments: Vec<String>,
    /// Experiment or table that holds its predictions.
    pub predictions: Option<String>,
}

/// Something to filter by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DimensionSpec {
    /// Short id, as in `?var-<id>=`.
    pub id: String,
    /// Shown name. Default is the id with a capital.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The label or column under which each source has it. A source that is not named has it under the dimension's id;
    /// `""` says that the source does not have it.
    #[serde(default)]
    pub labels: BTreeMap<SourceId, String>,
    /// The countries that each value stands for on a map, as two letters of ISO 3166-1: `{"eu-west": ["DE", "FR"]}`. A value is named at
    /// the first of its countries; a country belongs to one value. Values that are such codes themselves need no entry.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub places: BTreeMap<String, Vec<String>>,
}
