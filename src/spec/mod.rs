//! The workspace as data: the one document that configures an installation.
//!
//! Knows no browser and no backend's syntax. Secrets are never in it.
//! `validate` reports mistakes with their path; `defaults` fills what a short document leaves out; `upgrade` reads older versions.

mod dashboard;
mod metric;
mod model;
mod workspace;

pub use dashboard::{DashboardSpec, Density, PanelKind, PanelSpec, Placement, RoleSpec, SectionSpec};
pub use metric::{MetricQuerySpec, MetricSpec, Threshold};
pub use model::{DimensionSpec, ModelIdentity, ModelSpec, Task};
pub use workspace::{API_VERSION, Auth, Document, KIND, Metadata, Privacy, SourceKind, SourceSpec, Workspace};
