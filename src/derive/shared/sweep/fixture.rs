//! A sweep for tests.

use crate::derive::fixture::{Bench, NOW_MS, rows, text};
use crate::frame::{Frame, Values};
use crate::spec::PanelKind;

/// A run: name (also its id), `alpha`, `penalty`, `seed`, last `val_loss`, last `val_accuracy`.
pub(crate) type Run<'a> = (&'a str, &'a str, &'a str, &'a str, f64, f64);

pub(crate) fn bench(kind: PanelKind) -> Bench {
    Bench::new(kind, r#"[{ "id": "m", "identity": { "mlflow": { "experiments": ["sweep", "other"] } } }]"#, "[]")
}

/// The runs, started one second apart, ten seconds long, with a parameter `batch` that never changes.
pub(crate) fn runs(of: &[Run<'_>]) -> Frame {
    let column =
        |pick: fn(&Run<'_>) -> String| Values::text(of.iter().map(|r| Some(pick(r)).filter(|t| !t.is_empty())));
    let time = |after: i64| {
        Values::Time((0..of.len() as i64).map(|i| (NOW_MS - 100_000 + i * 1_000 + after) as f64).collect())
    };
    rows(vec![
        ("run_id", column(|r| r.0.to_owned())),
        ("name", column(|r| r.0.to_owned())),
        ("experiment", text(&vec!["sweep"; of.len()])),
        ("status", text(&vec!["FINISHED"; of.len()])),
        ("start", time(0)),
        ("end", time(10_000)),
        ("metrics.train_loss", Values::numbers(of.iter().map(|r| r.4 / 2.0))),
        ("metrics.val_accuracy", Values::numbers(of.iter().map(|r| r.5))),
        ("metrics.val_loss", Values::numbers(of.iter().map(|r| r.4))),
        ("params.alpha", column(|r| r.1.to_owned())),
        ("params.batch", text(&vec!["32"; of.len()])),
        ("params.penalty", column(|r| r.2.to_owned())),
        ("params.seed", column(|r| r.3.to_owned())),
    ])
}
