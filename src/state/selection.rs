//! The selection: what the viewer looks at, all of it in the address.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What the viewer looks at. Absent values mean the default of the role or the workspace.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Selection {
    /// Name of the workspace; `None` is `default`.
    pub workspace: Option<String>,
    /// Role; `None` is the workspace's first.
    pub role: Option<String>,
    /// Dashboard; `None` is the role's first.
    pub dashboard: Option<String>,
    /// A panel shown on a page of its own.
    pub panel: Option<String>,
    /// Where the time range begins; `None` is the role's default.
    pub from: Option<TimeInput>,
    /// Where it ends; `None` is `now`.
    pub to: Option<TimeInput>,
    /// Time zone of everything shown.
    pub zone: Zone,
    /// Seconds between refreshes; `None` is off, zero is "auto".
    pub refresh_seconds: Option<u32>,
    /// Filters by dimension id, `model` among them.
    pub filters: BTreeMap<String, Filter>,
    /// What to compare with, in order.
    pub compare: Vec<Comparison>,
    /// The focused point in milliseconds, or on another axis in its unit.
    pub at: Option<f64>,
    /// Decision thresholds by model id, 0 to 1.
    pub thresholds: BTreeMap<String, f64>,
    /// Brushed intervals by axis (a parameter or metric of the runs), `(low, high)`.
    pub brushes: BTreeMap<String, (f64, f64)>,
    /// Per-panel settings of the viewer, such as `scale=log`, by panel id then name.
    pub settings: BTreeMap<String, BTreeMap<String, String>>,
    /// Whether everything but the panels is hidden.
    pub kiosk: bool,
    /// `light`, `dark` or `None` for the system's.
    pub theme: Option<String>,
    /// Parameters of the address that this build does not know; kept.
    pub unknown: Vec<(String, String)>,
}

/// An end of the time range as written: `now-6h`, `now/d`, an ISO time or epoch milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TimeInput(pub String);

/// Included and excluded values of one dimension; nothing included means all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// Only these.
    pub include: Vec<String>,
    /// None of these.
    pub exclude: Vec<String>,
}

/// What the viewer compares with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comparison {
    /// The range of the same length just before.
    Previous,
    /// The same range moved back, written as in `1w`, `1y`.
    Offset(String),
    /// A fixed window, both ends as written.
    Window(TimeInput, TimeInput),
    /// Another model or version: model id and an optional version.
    Model(String, Option<String>),
    /// A segment against the rest.
    Segment(String),
    /// A region against the rest.
    Region(String),
}

/// A time zone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Zone {
    /// The browser's.
    #[default]
    Browser,
    /// UTC.
    Utc,
    /// An IANA name.
    Named(String),
}
