//! A bench for derivation tests: a small workspace, and answers given by a function of the query.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Answer, Answers, Ask, Context, Notes, Reference, Side, Stop, derive};
use crate::frame::{Column, Frame, Labels, Series, Table, Values, XKind};
use crate::query::{Query, TimeRange};
use crate::source::{Cause, Failure};
use crate::spec::{PanelKind, PanelSpec, Workspace};
use crate::state::{Filter, Selection};
use crate::units::Unit;
use crate::view::View;

/// The end of every test range: a whole UTC day.
pub(crate) const NOW_MS: i64 = 1_700_006_400_000;
pub(crate) const DAY_MS: i64 = 86_400_000;

/// One panel under test.
pub(crate) struct Bench {
    pub(crate) workspace: Workspace,
    pub(crate) panel: PanelSpec,
    pub(crate) selection: Selection,
    pub(crate) references: Vec<Reference>,
    pub(crate) range: TimeRange,
    pub(crate) details: bool,
}

impl Bench {
    /// A panel over the last seven days of a workspace: an `MLflow` source `mlflow`, a Prometheus `prom`, the five dimensions, and
    /// the models and metrics given as JSON lists.
    pub(crate) fn new(kind: PanelKind, models: &str, metrics: &str) -> Self {
        let json = format!(
            r#"{{
            "sources": [{{ "id": "mlflow", "kind": "mlflow", "url": "http://m" }}, {{ "id": "prom", "kind": "prometheus", "url": "http://p" }}],
            "dimensions": [{{ "id": "model" }}, {{ "id": "version" }}, {{ "id": "region" }}, {{ "id": "segment" }}, {{ "id": "environment" }}],
            "models": {models}, "metrics": {metrics} }}"#
        );
        let plain = |kind| PanelSpec { kind, title: None, metrics: BTreeMap::new(), options: BTreeMap::new() };
        let mut workspace: Workspace = serde_json::from_str(&json).unwrap();
        // As in a workspace that is read: a panel of each kind.
        workspace.panels.extend(PanelKind::ALL.map(|kind| (kind.id().to_owned(), plain(kind))));
        Self {
            workspace,
            panel: plain(kind),
            selection: Selection::default(),
            references: Vec::new(),
            range: TimeRange::new(NOW_MS - 7 * DAY_MS, NOW_MS),
            details: false,
        }
    }

    /// Sets a setting of the panel, whose id is `panel`.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.selection.settings.entry("panel".to_owned()).or_default().insert(name.to_owned(), value.to_owned());
    }

    /// Sets the filter of a dimension.
    pub(crate) fn filter(&mut self, dimension: &str, include: &[&str], exclude: &[&str]) {
        let owned = |values: &[&str]| values.iter().map(|v| (*v).to_owned()).collect();
        let filter = Filter { include: owned(include), exclude: owned(exclude) };
        self.selection.filters.insert(dimension.to_owned(), filter);
    }

    /// What the panel knows besides answers.
    pub(crate) fn context(&self) -> Context<'_> {
        Context {
            workspace: &self.workspace,
            panel_id: "panel",
            panel: &self.panel,
            selection: &self.selection,
            range: self.range,
            references: &self.references,
            side: Side::Own,
            width_px: 600,
            details: self.details,
            now_ms: NOW_MS,
        }
    }

    /// Derives in rounds until nothing is missing; a query without an answer is not found.
    #[track_caller]
    pub(crate) fn derive(&self, answer: impl Fn(&Query) -> Option<Frame>) -> (Result<View, Stop>, Notes) {
        let mut answers = Answers::new();
        for _ in 0..10 {
            let mut ask = Ask::new(&answers);
            let result = derive(&self.context(), &mut ask);
            let notes = ask.into_notes();
            if notes.waiting.is_empty() && notes.behind.is_empty() {
                assert_ne!(result, Err(Stop::Pending), "pending without a question");
                return (result, notes);
            }
            for query in notes.waiting.iter().chain(&notes.behind) {
                let known = match answer(query) {
                    Some(frame) => Answer::Ready(Arc::new(frame)),
                    None => {
                        Answer::Failed(Failure { cause: Cause::NotFound, text: "no such thing".to_owned(), hint: None })
                    }
                };
                answers.insert(query.clone(), known);
            }
        }
        panic!("the derivation asks without end");
    }

    /// The view, where there must be one.
    #[track_caller]
    pub(crate) fn view(&self, answer: impl Fn(&Query) -> Option<Frame>) -> View {
        self.derive(answer).0.unwrap()
    }
}

/// A frame of rows.
pub(crate) fn rows(columns: Vec<(&str, Values)>) -> Frame {
    Frame::from_table(Table::new(columns.into_iter().map(|(name, v)| Column::new(name, v)).collect()).unwrap())
}

/// A text column.
pub(crate) fn text(cells: &[&str]) -> Values {
    Values::text(cells.iter().map(Some))
}

/// A series from labels as `name=value` pairs and points.
pub(crate) fn series(labels: &[(&str, &str)], points: &[(f64, f64)]) -> Series {
    let labels = labels.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect::<Labels>();
    let (x, y) = points.iter().copied().unzip();
    Series::new(labels, Unit::default(), XKind::Time, x, y)
}

/// Registered versions of a model, `(version, run id, aliases)`, newest first.
pub(crate) fn versions(model: &str, of: &[(&str, &str, &str)]) -> Frame {
    rows(vec![
        ("model", text(&vec![model; of.len()])),
        ("version", text(&of.iter().map(|v| v.0).collect::<Vec<_>>())),
        ("run_id", text(&of.iter().map(|v| v.1).collect::<Vec<_>>())),
        ("aliases", text(&of.iter().map(|v| v.2).collect::<Vec<_>>())),
        ("created", Values::Time((0..of.len()).map(|i| (NOW_MS - i as i64 * DAY_MS) as f64).collect())),
    ])
}

/// Finished runs, `(run id, name)`.
pub(crate) fn runs(of: &[(&str, &str)]) -> Frame {
    rows(vec![
        ("run_id", text(&of.iter().map(|r| r.0).collect::<Vec<_>>())),
        ("name", text(&of.iter().map(|r| r.1).collect::<Vec<_>>())),
        ("status", text(&vec!["FINISHED"; of.len()])),
        ("end", Values::Time(vec![(NOW_MS - 30 * DAY_MS) as f64; of.len()].into())),
    ])
}

/// Predictions, `(id, label, score, prediction)`, an hour apart, the last at the end of the test range.
pub(crate) fn predictions(of: &[(&str, &str, f64, &str)]) -> Frame {
    let n = of.len() as i64;
    let at = |i: usize| (NOW_MS - (n - 1 - i as i64) * 3_600_000) as f64;
    rows(vec![
        ("time", Values::Time((0..of.len()).map(at).collect())),
        ("id", text(&of.iter().map(|r| r.0).collect::<Vec<_>>())),
        ("label", text(&of.iter().map(|r| r.1).collect::<Vec<_>>())),
        ("score", Values::numbers(of.iter().map(|r| r.2))),
        ("prediction", text(&of.iter().map(|r| r.3).collect::<Vec<_>>())),
    ])
}

/// A binary model with predictions and runs in `mlflow`.
pub(crate) const CHURN: &str =
    r#"[{ "id": "m", "title": "Churn", "identity": { "mlflow": { "experiments": ["e"], "predictions": "p" } } }]"#;

/// The counter by actual and predicted class.
pub(crate) const COUNTERS: &str = r#"[{ "id": "confusion-counts", "query": { "type": "counter", "source": "prom", "metric": "predictions_total" } }]"#;

/// Ten rows: 4 positive; at 0.5 one of them is missed and one negative is a false alarm.
pub(crate) const TEN: [(&str, &str, f64, &str); 10] = [
    ("a", "1", 0.9, "1"),
    ("b", "1", 0.8, "1"),
    ("c", "1", 0.7, "1"),
    ("d", "1", 0.3, "0"),
    ("e", "0", 0.6, "1"),
    ("f", "0", 0.4, "0"),
    ("g", "0", 0.2, "0"),
    ("h", "0", 0.2, "0"),
    ("i", "0", 0.1, "0"),
    ("j", "0", 0.05, "0"),
];

/// Increases of the counter of model `m`, version `2`, spread evenly over the points of a query: cells as `(actual, predicted, count)`.
pub(crate) fn counted(query: &crate::query::SeriesQuery, cells: &[(&str, &str, f64)]) -> Frame {
    let n = (query.range.width_ms() / query.step_ms).max(1);
    let at = |i: i64| (query.range.from_ms + (i + 1) * query.step_ms) as f64;
    let cell = |(actual, predicted, count): &(&str, &str, f64)| {
        let points: Vec<(f64, f64)> = (0..n).map(|i| (at(i), count / n as f64)).collect();
        series(&[("model", "m"), ("version", "2"), ("actual", actual), ("predicted", predicted)], &points)
    };
    Frame::from_series(cells.iter().map(cell).collect())
}

/// The answer on which labels the counter carries.
pub(crate) fn label_names(names: &[&str]) -> Frame {
    rows(vec![("name", text(names))])
}
