//! The workspace as data: the one document that configures an installation.
//!
//! Knows no browser and no backend's syntax. Secrets are never in it.
//! `read` takes a text element by element, `upgrade` older versions; `defaults` fills what a short document leaves out;
//! `validate` reports mistakes with their path.

mod country;
mod dashboard;
mod defaults;
mod experiment;
mod fields;
pub mod formula;
mod kind;
mod locate;
mod login;
mod metric;
mod model;
mod nearest;
mod problem;
mod read;
#[cfg(test)]
mod schema;
mod secure;
#[cfg(test)]
mod shipped;
mod typed;
mod upgrade;
mod validate;
mod workspace;

pub use country::is_country;
pub use dashboard::{DashboardSpec, Density, PanelSpec, Placement, RoleSpec, SectionSpec};
pub use experiment::ExperimentSpec;
pub use fields::{FieldList, Mask};
pub use kind::{PanelKind, Slot};
pub use locate::{Path, Step};
pub use login::LoginSpec;
pub use metric::{MetricQuerySpec, MetricSpec, TableAggregate, Threshold};
pub use model::{DimensionSpec, ModelIdentity, ModelSpec, Task};
pub use problem::Problem;
pub use read::{Read, read};
pub use validate::validate;
pub use workspace::{
    API_VERSION, Auth, Document, Embed, KIND, Metadata, Privacy, SmallCells, SourceKind, SourceSpec, Workspace,
};
