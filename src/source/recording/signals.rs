//! Recorded alerts and traces.

use serde_json::Value;

use super::files::text_of;
use super::history::number;
use super::runs::text_columns;
use super::samples::Samples;
use super::store::Store;
use crate::frame::{Column, Frame, Labels, Table, Values};
use crate::order::Order;
use crate::query::TracesQuery;
use crate::source::read::{Cell, Warnings};

/// The alerts that stand now, moved as the series are that they speak of: begun, and not ended yet.
pub fn alerts(store: &Store) -> Frame {
    let shift = store.shift_ms() as f64;
    let now = store.now_ms() as f64 - shift;
    // An instant that is absent is no bound.
    let stands = |row: &&Value| !(instant(row, "activeAt") > now || instant(row, "endedAt") < now);
    let rows: Vec<&Value> = store.json_rows("alerts", None).into_iter().filter(stands).collect();
    let inner = |row: &&Value, object: &str, field: &str| row.get(object)?.get(field)?.as_str().map(str::to_owned);
    let labels = |row: &&Value| {
        let object = row.get("labels").and_then(Value::as_object);
        let pairs = object.into_iter().flatten().map(|(k, v)| (k.clone(), v.as_str().unwrap_or_default().to_owned()));
        Some(pairs.collect::<Labels>().to_string())
    };
    let state = |row: &&Value| Some(if instant(row, "firingAt") > now { "pending" } else { "firing" });
    let columns = vec![
        Column::new("name", Values::text(rows.iter().map(|r| inner(r, "labels", "alertname")))),
        Column::new("state", Values::text(rows.iter().map(state))),
        Column::new("severity", Values::text(rows.iter().map(|r| inner(r, "labels", "severity")))),
        Column::new("summary", Values::text(rows.iter().map(|r| inner(r, "annotations", "summary")))),
        Column::new("labels", Values::text(rows.iter().map(labels))),
        Column::new("since", Values::Time(rows.iter().map(|r| instant(r, "activeAt") + shift).collect())),
        Column::new("value", Values::numbers(rows.iter().map(|r| value_at(r, now)))),
    ];
    Frame::from_table(Table::new(columns).unwrap_or_default())
}

/// What the alert's expression gave at an instant in recorded time; `NaN` if that was not recorded.
fn value_at(row: &Value, at_ms: f64) -> f64 {
    let list = |field: &str| row.get(field).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let deltas: Vec<i64> = list("t").iter().map(|t| t.as_i64().unwrap_or_default()).collect();
    let values: Vec<Cell> = list("v").iter().map(|v| Cell::Number(number(v))).collect();
    Samples::from_deltas(&deltas, &values).value_at(at_ms).unwrap_or(f64::NAN)
}

/// Answers from the recorded traces, newest first.
pub fn traces(store: &Store, query: &TracesQuery) -> Frame {
    let shift = store.shift_ms() as f64;
    let wanted = |row: &&Value| {
        let experiment = text_of(row, "experiment").unwrap_or_default();
        query.range.contains(instant(row, "time") + shift)
            && (query.experiments.is_empty() || query.experiments.iter().any(|e| e == experiment))
            && (!query.only_errors || text_of(row, "state") == Some("ERROR"))
    };
    let mut rows: Vec<&Value> = store.json_rows("traces", None).into_iter().filter(wanted).collect();
    rows.order_by(|a, b| instant(b, "time").total_cmp(&instant(a, "time")));
    let mut warnings = Warnings::default();
    if rows.len() > query.limit as usize {
        warnings.add(format!("older traces were left out beyond the limit of {}", query.limit), 1);
        rows.truncate(query.limit as usize);
    }
    let text = |field: &str| Values::text(rows.iter().map(|row| text_of(row, field)));
    let spans = |row: &Value| row.get("spans").and_then(Value::as_array).cloned().unwrap_or_default();
    let name = |row: &&Value| spans(row).first().and_then(|s| text_of(s, "name").map(str::to_owned));
    let error = |row: &&Value| {
        spans(row).iter().find_map(|s| text_of(s, "message").filter(|m| !m.is_empty()).map(str::to_owned))
    };
    let duration = |row: &&Value| {
        let seconds = text_of(row, "duration").and_then(|d| d.strip_suffix('s')).and_then(|s| s.parse::<f64>().ok());
        seconds.map_or(f64::NAN, |s| s * 1_000.0)
    };
    let mut columns = vec![
        Column::new("trace_id", text("trace_id")),
        Column::new("status", text("state")),
        Column::new("name", Values::text(rows.iter().map(name))),
        Column::new("request", text("request")),
        Column::new("response", text("response")),
        Column::new("error", Values::text(rows.iter().map(error))),
        Column::new("time", Values::Time(rows.iter().map(|row| instant(row, "time") + shift).collect())),
        Column::new("duration_ms", Values::numbers(rows.iter().map(duration))),
    ];
    columns.extend(text_columns(&rows, "tags"));
    Frame { warnings: warnings.take(), ..Frame::from_table(Table::new(columns).unwrap_or_default()) }
}

/// An instant in milliseconds, from a number or RFC 3339 text.
fn instant(row: &Value, field: &str) -> f64 {
    match row.get(field) {
        Some(Value::String(text)) => Cell::Text(text.as_str().into()).instant_ms(),
        Some(other) => number(other),
        None => f64::NAN,
    }
}
