//! Roles, dashboards and panels: how the metrics are laid out for whom.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::PanelKind;

/// A lens: which dashboards, how much detail, which defaults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RoleSpec {
    /// Short id, as in `?role=<id>`.
    pub id: String,
    /// Shown name.
    pub title: String,
    /// Its dashboards; the first is its home.
    pub dashboards: Vec<String>,
    /// How much air. Default is dense.
    #[serde(default)]
    pub density: Density,
    /// Where the time range begins when the address does not say, such as `now-24h`. Default is `now-24h`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

/// How much air a role's pages have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Density {
    /// Small multiples.
    #[default]
    Dense,
    /// In between.
    Medium,
    /// A sentence and a few large numbers.
    Airy,
}

/// A page of panels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DashboardSpec {
    /// Short id, as in `?d=<id>`.
    pub id: String,
    /// Shown name.
    pub title: String,
    /// A plain sentence under the title, such as what is still to come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Groups of panels, from top to bottom.
    #[serde(default)]
    pub sections: Vec<SectionSpec>,
}

/// A group of panels under a heading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SectionSpec {
    /// Heading; none is a group without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Whether it starts folded. Default is `false`.
    #[serde(default)]
    pub collapsed: bool,
    /// Its panels in reading order.
    pub panels: Vec<Placement>,
}

/// Where a panel stands on the 24-column grid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Placement {
    /// Id of the panel.
    pub panel: String,
    /// Width in columns, 1 to 24. Default is 12.
    #[serde(default = "twelve")]
    pub width: u8,
    /// Height in rows of 80 px. Default is 5.
    #[serde(default = "five")]
    pub height: u8,
}

fn twelve() -> u8 {
    12
}

fn five() -> u8 {
    5
}

/// One panel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PanelSpec {
    /// What it shows.
    pub kind: PanelKind,
    /// Shown name. Default is the kind's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Which metric feeds which slot of the kind. A slot that is not named is fed by the metric with the slot's name, if there is one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: BTreeMap<String, String>,
    /// Settings of the kind.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, serde_json::Value>,
}
