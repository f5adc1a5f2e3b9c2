//! Recorded model versions and artifacts.

use serde_json::Value;

use super::files::text_of;
use super::runs::{text_columns, time_of};
use super::store::{Rows, Store};
use crate::frame::{Column, Frame, Table, Values};
use crate::query::{ArtifactQuery, VersionsQuery};
use crate::source::read::artifact_table;
use crate::source::{Cause, Failure};

/// Answers from the recorded registry.
pub fn versions(store: &Store, query: &VersionsQuery) -> Frame {
    let wanted = |row: &&Value| {
        query.models.is_empty() || text_of(row, "name").is_some_and(|name| query.models.iter().any(|m| m == name))
    };
    let rows: Vec<&Value> = store.json_rows("versions", None).into_iter().filter(wanted).collect();
    let models = models(store);
    let shift = store.past_shift_ms() as f64;
    let text = |field: &str| Values::text(rows.iter().map(|row| text_of(row, field).filter(|t| !t.is_empty())));
    let time = |field: &str| Values::Time(rows.iter().map(|row| time_of(row, field) + shift).collect());
    let aliases = |row: &&Value| {
        let list = row.get("aliases").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let names: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
        (!names.is_empty()).then(|| names.join(","))
    };
    let mut columns = vec![
        Column::new("model", text("name")),
        Column::new("version", text("version")),
        Column::new("run_id", text("run_id")),
        Column::new("aliases", Values::text(rows.iter().map(aliases))),
        Column::new("stage", text("stage")),
        Column::new("status", text("status")),
        Column::new("description", text("description")),
        Column::new("created", time("created")),
        Column::new("updated", time("updated")),
    ];
    columns.extend(text_columns(&rows, "tags"));
    let nothing = Value::Null;
    let model_of = |row: &&Value| models.iter().find(|m| text_of(m, "name") == text_of(row, "name")).copied();
    let of_models: Vec<&Value> = rows.iter().map(|row| model_of(row).unwrap_or(&nothing)).collect();
    let model_tags = text_columns(&of_models, "tags");
    columns.extend(model_tags.into_iter().map(|c| Column { name: format!("model_{}", c.name), ..c }));
    Frame::from_table(Table::new(columns).unwrap_or_default())
}

fn models(store: &Store) -> Vec<&Value> {
    let files = store.table_files("versions", None).into_iter().filter_map(|t| store.rows(&t.file));
    files.flat_map(|rows| rows.list("models")).collect()
}

/// Reads a recorded artifact in the asked shape.
///
/// # Errors
/// [`Cause::NotFound`] if it was not recorded.
pub fn artifact(store: &Store, query: &ArtifactQuery) -> Result<Frame, Failure> {
    let Some(json) = find_artifact(store, query) else {
        return Err(Failure::new(
            Cause::NotFound,
            format!("the run has no artifact {:?} in the recording", query.path),
        )
        .with_hint("the recording keeps the artifacts of registered versions and of each experiment's best runs"));
    };
    artifact_table(json.to_string().as_bytes(), query.shape)
}

/// The artifact, if a parsed file has it.
fn find_artifact<'a>(store: &'a Store, query: &ArtifactQuery) -> Option<&'a Value> {
    let files = store.table_files("artifacts", None).into_iter().filter_map(|t| store.rows(&t.file));
    files.into_iter().find_map(|rows| artifact_in(rows, query))
}

/// The artifact, if the file has it.
pub fn artifact_in<'a>(rows: &'a Rows, query: &ArtifactQuery) -> Option<&'a Value> {
    let is_asked = |row: &&Value| {
        text_of(row, "run_id") == Some(query.run_id.as_str()) && text_of(row, "path") == Some(query.path.as_str())
    };
    rows.list("rows").iter().find(is_asked)?.get("json")
}
