//! Recorded runs.

use serde_json::Value;

use super::files::text_of;
use super::history::number;
use super::store::Store;
use crate::frame::{Column, Frame, Table, Values};
use crate::order::Order;
use crate::query::RunsQuery;
use crate::source::mlflow::Sparse;
use crate::source::read::Warnings;

/// Answers from the recorded runs, newest first.
pub fn runs(store: &Store, query: &RunsQuery) -> Frame {
    let wanted = |row: &&Value| {
        query.experiments.is_empty()
            || text_of(row, "experiment").is_some_and(|e| query.experiments.iter().any(|name| name == e))
    };
    let mut rows: Vec<&Value> = store.json_rows("runs", None).into_iter().filter(wanted).collect();
    rows.order_by(|a, b| time_of(b, "start").total_cmp(&time_of(a, "start")));
    let mut warnings = Warnings::default();
    if rows.len() > query.limit as usize {
        warnings.add(format!("older runs were left out beyond the limit of {}", query.limit), 1);
        rows.truncate(query.limit as usize);
    }
    let shift = store.past_shift_ms() as f64;
    let text = |field: &str| Values::text(rows.iter().map(|row| text_of(row, field)));
    let time = |field: &str| Values::Time(rows.iter().map(|row| time_of(row, field) + shift).collect());
    let mut columns = vec![
        Column::new("run_id", text("run_id")),
        Column::new("name", text("name")),
        Column::new("experiment", text("experiment")),
        Column::new("status", text("status")),
        Column::new("start", time("start")),
        Column::new("end", time("end")),
    ];
    let metrics = rows.iter().map(|row| fields(row, "metrics", |v| Some(number(v))));
    let numbers = |cells: Vec<Option<f64>>| Values::numbers(cells.into_iter().map(|c| c.unwrap_or(f64::NAN)));
    columns.extend(Sparse::new(metrics).columns("metrics.", numbers));
    columns.extend(text_columns(&rows, "params"));
    columns.extend(text_columns(&rows, "tags"));
    Frame { warnings: warnings.take(), ..Frame::from_table(Table::new(columns).unwrap_or_default()) }
}

/// An instant as recorded; `NaN` if it is absent.
pub fn time_of(row: &Value, field: &str) -> f64 {
    row.get(field).map_or(f64::NAN, number)
}

/// Columns `<field>.<key>` of an object of texts in each row.
pub fn text_columns(rows: &[&Value], field: &str) -> Vec<Column> {
    let text = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    Sparse::new(rows.iter().map(|row| fields(row, field, text))).columns(&format!("{field}."), Values::text)
}

fn fields<T>(row: &Value, field: &str, read: impl Fn(&Value) -> Option<T>) -> Vec<(String, T)> {
    let object = row.get(field).and_then(Value::as_object);
    object.into_iter().flatten().filter_map(|(key, value)| Some((key.clone(), read(value)?))).collect()
}
