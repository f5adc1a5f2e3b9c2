//! Recorded metric histories: whatever was recorded, whether all or a sample is asked.

use serde_json::Value;

use super::files::text_of;
use super::store::Store;
use crate::frame::{Frame, Series};
use crate::query::HistoryQuery;
use crate::source::mlflow::{Point, history_series};
use crate::source::read::Warnings;

/// Answers from the histories of the runs' experiments.
pub fn history(store: &Store, query: &HistoryQuery) -> Frame {
    let shift = store.past_shift_ms() as f64;
    let mut n_relogged = 0;
    let mut series: Vec<Series> = Vec::new();
    for run in &query.runs {
        let Some(experiment) = experiment_of(store, run) else { continue };
        let rows = store.json_rows("history", Some(experiment));
        let mine =
            |row: &&Value| text_of(row, "run_id") == Some(run) && text_of(row, "key") == Some(query.key.as_str());
        let points: Vec<Point> = rows.into_iter().filter(mine).flat_map(|row| points(row, shift)).collect();
        if !points.is_empty() {
            series.push(history_series(run, &query.key, points, &mut n_relogged));
        }
    }
    let mut warnings = Warnings::default();
    warnings.note("values were logged again for the same step; the last one is shown", n_relogged);
    Frame { warnings: warnings.take(), ..Frame::from_series(series) }
}

fn points(row: &Value, shift_ms: f64) -> Vec<Point> {
    let list = |field: &str| row.get(field).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let (steps, times, values) = (list("step"), list("time"), list("value"));
    let point = |((step, time), value): ((&Value, &Value), &Value)| Point {
        step: number(step),
        time_ms: number(time) + shift_ms,
        value: number(value),
    };
    steps.iter().zip(times).zip(values).map(point).collect()
}

/// A number, or the name of a non-finite one; `NaN` for anything else.
pub fn number(value: &Value) -> f64 {
    match value {
        Value::Number(n) => n.as_f64().unwrap_or(f64::NAN),
        Value::String(text) => text.parse().unwrap_or(f64::NAN),
        _ => f64::NAN,
    }
}

/// The experiment of a run.
pub fn experiment_of<'a>(store: &'a Store, run: &str) -> Option<&'a str> {
    let rows = store.json_rows("runs", None);
    rows.into_iter().find(|row| text_of(row, "run_id") == Some(run)).and_then(|row| text_of(row, "experiment"))
}
