//! The document and its sources.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    DashboardSpec, DimensionSpec, FieldList, LoginSpec, MetricQuerySpec, MetricSpec, ModelSpec, PanelSpec, RoleSpec,
};
use crate::query::SourceId;

/// The version of the format that this build writes.
pub const API_VERSION: &str = "sightline.dev/v1";
/// The kind of document that this build reads.
pub const KIND: &str = "Workspace";

/// The envelope, in Perses' manner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// Where editors find the JSON Schema.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Format and version: `sightline.dev/v1`.
    pub api_version: String,
    /// Always `Workspace`.
    pub kind: String,
    /// Name and title.
    pub metadata: Metadata,
    /// The content.
    pub spec: Workspace,
}

/// Name and title of the document.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata {
    /// Short name, as in `?workspace=<name>`.
    pub name: String,
    /// Shown in the top bar. Default is the name.
    pub title: Option<String>,
    /// Shown as a banner on every page, such as "Demo data, recorded from our lab".
    pub notice: Option<String>,
}

/// Everything that the workspace configures. Every list may be left out; see `defaults`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Workspace {
    /// Backends.
    pub sources: Vec<SourceSpec>,
    /// What can be filtered by. Model, version, region, segment and environment are added under those labels where they are not listed.
    pub dimensions: Vec<DimensionSpec>,
    /// Models with their identity in each source.
    pub models: Vec<ModelSpec>,
    /// Named measurements.
    pub metrics: Vec<MetricSpec>,
    /// Lenses. Default is the four roles.
    pub roles: Vec<RoleSpec>,
    /// Dashboards. Those of the built-in roles are added where a role names them and they are not listed.
    pub dashboards: Vec<DashboardSpec>,
    /// Panels by id. Every built-in panel is added under its kind's name where that id is not taken.
    pub panels: BTreeMap<String, PanelSpec>,
    /// What may leave the screen.
    pub privacy: Privacy,
    /// Who may show the app in a frame and speak with it.
    pub embed: Embed,
}

impl Workspace {
    /// The dimension that some source has under this name.
    pub fn dimension_named(&self, field: &str) -> Option<&DimensionSpec> {
        let is_named = |dimension: &&DimensionSpec| {
            let label = |source: &SourceSpec| dimension.labels.get(&source.id).is_some_and(|label| label == field);
            dimension.id == field || self.sources.iter().any(label)
        };
        self.dimensions.iter().find(is_named)
    }
}

/// A backend and how to reach it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SourceSpec {
    /// Short id, used by metrics and models.
    pub id: SourceId,
    /// What it speaks.
    pub kind: SourceKind,
    /// Base address: absolute `http(s)`, or relative to the page.
    pub url: String,
    /// Shown in the health strip. Default is the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// How the viewer logs in. Default is `none`.
    #[serde(default)]
    pub auth: Auth,
    /// Where the viewer signs in, for `"auth": "oidc"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<LoginSpec>,
    /// Distance of scrapes in seconds. Default is 15.
    #[serde(default = "fifteen")]
    pub scrape_interval_seconds: u32,
    /// Give up on an answer after this many seconds. Default is 30.
    #[serde(default = "thirty")]
    pub timeout_seconds: u32,
    /// Data before this instant (RFC 3339) is simulated; charts say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub simulated_before: Option<String>,
}

fn fifteen() -> u32 {
    15
}

fn thirty() -> u32 {
    30
}

/// What a source speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    /// Prometheus and what speaks its HTTP API (`VictoriaMetrics`, Thanos, Mimir).
    Prometheus,
    /// An `MLflow` tracking server, 2.x or 3.x.
    Mlflow,
    /// A ClickHouse server, by its HTTP interface.
    Clickhouse,
    /// A Datasette server: `SQLite` over HTTP.
    Datasette,
    /// A Metabase server. A metric's table is the number of a saved question, or the identifier of its public link.
    Metabase,
    /// Files below the address: CSV, JSON, NDJSON, Parquet and Arrow IPC. A metric's table is the path of its file.
    Table,
    /// A recording: series and rows in static files, as the demo has.
    Recording,
}

/// How the viewer logs in. What is typed in or handed out for it is held in the engine's memory only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Auth {
    /// No credentials.
    #[default]
    None,
    /// A token in the `Authorization` header.
    Bearer,
    /// User name and password.
    Basic,
    /// A session cookie that the browser holds, of a portal or proxy of the same site before the source. Nothing is typed in here.
    Cookie,
    /// An access token of an OpenID provider, by the authorization code flow with PKCE. `login` names the provider.
    Oidc,
}

/// Who may show the app in a frame and speak with it: see `embed.js`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Embed {
    /// Origins of host pages, exactly as browsers write them, such as `https://portal.example`. Default is none.
    pub origins: Vec<String>,
}

/// What may leave the screen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Privacy {
    /// Columns of prediction rows that are never shown.
    pub hidden_columns: Vec<String>,
    /// Small counts of people are hidden, with what would reveal them.
    pub small_cells: SmallCells,
    /// Which fields each role sees as they are, by role id. Where this is given at all, a role that is not named sees none but
    /// what every question needs: dimensions, times and values. Default is that every role sees every field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<BTreeMap<String, FieldList>>,
}

/// Which counts of people are too small to show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct SmallCells {
    /// The smallest count that is shown; 3 or more. Default is 11, so that 1 to 10 never show.
    pub k: u32,
    /// `true` shows every count. Say so only where rows are not about people.
    pub off: bool,
}

impl Workspace {
    /// Whether a metric counts people: it names the column that says whom a row is about.
    pub fn counts_people(&self) -> bool {
        let has_unit = |metric: &MetricSpec| matches!(&metric.query, MetricQuerySpec::Table { unit: Some(_), .. });
        self.metrics.iter().any(has_unit)
    }
}

impl Default for SmallCells {
    fn default() -> Self {
        Self { k: 11, off: false }
    }
}

impl SmallCells {
    /// The smallest count that is shown; `None` where every count is.
    pub fn smallest(&self) -> Option<u32> {
        (!self.off).then_some(self.k.max(3))
    }
}
