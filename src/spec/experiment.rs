//! Experiments of the A/B panel, fixed before they start.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::PanelSpec;

/// An experiment as planned: an entry of the option `experiments` of an A/B panel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExperimentSpec {
    /// Value of the `experiment` label.
    pub id: String,
    /// Shown name. Default is the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The variant that the others are compared with. Default is `control`.
    #[serde(default = "control")]
    pub baseline: String,
    /// Planned share of exposures by variant, in any unit (weights). Default is the same for all.
    #[serde(default)]
    pub split: BTreeMap<String, f64>,
    /// Planned exposures over all variants; the fixed-horizon p is only given there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub horizon: Option<f64>,
    /// Variance of the mixing distribution of the sequential test, in squared units of the difference of rates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mixing_variance: Option<f64>,
    /// Share of false alarms that is accepted. Default is 0.05.
    #[serde(default = "five_percent")]
    pub alpha: f64,
    /// Metrics that must not get worse, by id.
    #[serde(default)]
    pub guard_rails: Vec<String>,
}

fn control() -> String {
    "control".to_owned()
}

fn five_percent() -> f64 {
    0.05
}

impl ExperimentSpec {
    /// What is wrong with its numbers, as what was expected.
    pub(super) fn mistake(&self) -> Option<&'static str> {
        let is_positive = |v: f64| v.is_finite() && v > 0.0;
        if !(self.alpha > 0.0 && self.alpha < 1.0) {
            Some("an alpha between 0 and 1")
        } else if !self.split.values().all(|&share| is_positive(share)) {
            Some("positive shares in split")
        } else if !self.split.is_empty() && !self.split.contains_key(&self.baseline) {
            Some("the baseline among the variants of split")
        } else if !self.horizon.is_none_or(is_positive) {
            Some("a positive horizon")
        } else if !self.mixing_variance.is_none_or(is_positive) {
            Some("a positive mixingVariance")
        } else {
            None
        }
    }
}

impl PanelSpec {
    /// The planned experiments of the panel; entries with a mistake are left out, `validate` reports them.
    pub fn experiments(&self) -> Vec<ExperimentSpec> {
        self.experiment_entries().into_iter().flatten().filter(|e| e.mistake().is_none()).collect()
    }

    /// Each entry of the option, read or with the reason why not.
    pub(super) fn experiment_entries(&self) -> Vec<Result<ExperimentSpec, String>> {
        let entries = self.options.get("experiments").and_then(serde_json::Value::as_array);
        let read = |entry: &serde_json::Value| ExperimentSpec::deserialize(entry).map_err(|e| e.to_string());
        entries.into_iter().flatten().map(read).collect()
    }
}
