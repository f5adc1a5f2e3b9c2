//! The parts of MLflow's answers that are read. Empty protobuf fields are absent, so everything has a default.

use serde::Deserialize;

use crate::source::read::Cell;

/// A number as MLflow writes it: NaN is the text `NaN`, infinity is the largest double, 64-bit integers may be text.
pub fn metric_value(cell: &Cell) -> f64 {
    let value = match cell {
        Cell::Text(text) => text.parse().unwrap_or(f64::NAN),
        other => other.number(),
    };
    if value == f64::MAX {
        f64::INFINITY
    } else if value == f64::MIN {
        f64::NEG_INFINITY
    } else {
        value
    }
}

/// A name and a value: parameters and tags.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct KeyValue {
    pub key: String,
    pub value: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ExperimentsPage {
    pub experiments: Vec<Experiment>,
    pub next_page_token: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Experiment {
    pub experiment_id: String,
    pub name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RunsPage {
    pub runs: Vec<Run>,
    pub next_page_token: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Run {
    pub info: RunInfo,
    pub data: RunData,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RunInfo {
    pub run_id: String,
    pub run_name: Option<String>,
    pub experiment_id: String,
    pub status: String,
    pub start_time: Cell,
    pub end_time: Cell,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RunData {
    pub metrics: Vec<RunMetric>,
    pub params: Vec<KeyValue>,
    pub tags: Vec<KeyValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RunMetric {
    pub key: String,
    pub value: Cell,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct HistoryPage {
    pub metrics: Vec<LoggedPoint>,
    pub next_page_token: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct LoggedPoint {
    pub value: Cell,
    pub timestamp: Cell,
    pub step: Cell,
    pub run_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ModelsPage {
    pub registered_models: Vec<RegisteredModel>,
    pub next_page_token: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RegisteredModel {
    pub name: String,
    pub tags: Vec<KeyValue>,
    pub aliases: Vec<Alias>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Alias {
    pub alias: String,
    pub version: Cell,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct VersionsPage {
    pub model_versions: Vec<ModelVersion>,
    pub next_page_token: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ModelVersion {
    pub name: String,
    pub version: Cell,
    pub run_id: String,
    pub current_stage: String,
    pub status: String,
    pub description: String,
    pub creation_timestamp: Cell,
    pub last_updated_timestamp: Cell,
    pub tags: Vec<KeyValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ArtifactsPage {
    pub files: Vec<ArtifactFile>,
    pub next_page_token: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ArtifactFile {
    pub path: String,
    pub is_dir: bool,
}
