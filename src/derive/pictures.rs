//! Pictures of the data scientist's panels, as short text: what each chart is made of for usual and for awkward data.
//!
//! A line says a chart's block, its height, its axes, and its series with the number of items and of gaps.

use super::fixture::{Bench, CHURN, NOW_MS, TEN, predictions, rows, runs, text, versions};
use super::shared::sweep::fixture as sweep;
use crate::chart::{Drawing, Theme, compile};
use crate::frame::{Frame, Labels, Series, Values, XKind};
use crate::query::{HistoryQuery, Query};
use crate::spec::PanelKind;

/// What the data is like.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Data {
    Normal,
    Empty,
    OnePoint,
    Gaps,
    Large,
}

const ALL: [(&str, Data); 5] = [
    ("normal", Data::Normal),
    ("empty", Data::Empty),
    ("one point", Data::OnePoint),
    ("a run of NaN", Data::Gaps),
    ("100,000 points", Data::Large),
];

fn picture(panel: &Bench, theme: &Theme, answer: impl Fn(&Query) -> Option<Frame>) -> Vec<String> {
    match panel.derive(answer).0 {
        Ok(view) => view
            .blocks
            .iter()
            .filter_map(|block| Some((block, compile(block, theme, 600)?)))
            .map(|(b, d)| told(&b.id, &d))
            .collect(),
        Err(stop) => vec![format!("{stop:?}").chars().take(120).collect()],
    }
}

fn told(id: &str, drawing: &Drawing) -> String {
    let list = |value: &serde_json::Value| match value {
        serde_json::Value::Array(all) => all.clone(),
        serde_json::Value::Null => Vec::new(),
        one => vec![one.clone()],
    };
    let axes: Vec<String> = ["xAxis", "yAxis", "parallelAxis"]
        .iter()
        .flat_map(|name| list(&drawing.option[*name]))
        .map(|axis| axis["type"].as_str().unwrap_or("value").to_owned())
        .collect();
    let series = list(&drawing.option["series"]).into_iter().map(|series| {
        let columns = series["datasetIndex"].as_u64().and_then(|i| drawing.datasets.get(i as usize));
        let n = columns
            .map_or_else(|| list(&series["data"]).len(), |c| c.iter().map(|c| c.values.len()).max().unwrap_or(0));
        let n_gaps = columns.and_then(|c| c.get(1)).map_or(0, |c| c.values.iter().filter(|v| v.is_nan()).count());
        let gaps = if n_gaps > 0 { format!(", {n_gaps} gaps") } else { String::new() };
        let colour =
            ["lineStyle", "itemStyle"].iter().find_map(|style| series[*style]["color"].as_str().map(str::to_owned));
        let (kind, name) = (series["type"].as_str().unwrap_or("-"), series["id"].as_str().unwrap_or("-"));
        format!("{kind} {name} {} ({n}{gaps})", colour.unwrap_or_default())
    });
    format!("{id} {} px [{}] {}", drawing.height_px, axes.join(" "), series.collect::<Vec<_>>().join(" | "))
}

/// The sample theme on a dark surface.
fn dark() -> Theme {
    Theme {
        surface: "#111".into(),
        text: "#eee".into(),
        muted: "#999".into(),
        accent: "#8cf".into(),
        ..Theme::sample()
    }
}

/// The pictures of a panel for each kind of data, and of the normal one in dark.
fn all(panel: &Bench, answer: impl Fn(Data, &Query) -> Option<Frame>) -> Vec<(String, Vec<String>)> {
    let mut told: Vec<(String, Vec<String>)> = ALL
        .iter()
        .map(|&(name, data)| (name.to_owned(), picture(panel, &Theme::sample(), |query| answer(data, query))))
        .collect();
    told.push(("dark".to_owned(), picture(panel, &dark(), |query| answer(Data::Normal, query))));
    told
}

/// Scored predictions; with gaps every third row has no score and no answer.
fn scored(data: Data) -> Frame {
    match data {
        Data::Normal => predictions(&TEN),
        Data::Empty => predictions(&[]),
        Data::OnePoint => predictions(&TEN[..1]),
        Data::Gaps => {
            let gap = |(i, row): (usize, &(&'static str, &'static str, f64, &'static str))| {
                if i % 3 == 1 { (row.0, row.1, f64::NAN, "") } else { *row }
            };
            predictions(&TEN.iter().enumerate().map(gap).collect::<Vec<_>>())
        }
        Data::Large => {
            let score = |i: usize| (i * 7_919 % 100_003) as f64 / 100_003.0;
            let row = |i: usize| {
                ("x", if i.is_multiple_of(3) { "1" } else { "0" }, score(i), if score(i) < 0.5 { "0" } else { "1" })
            };
            predictions(&(0..100_000).map(row).collect::<Vec<_>>())
        }
    }
}

fn of_model(data: Data, query: &Query) -> Option<Frame> {
    match query {
        Query::Versions(_) => Some(versions("m", &[("2", "r2", "champion")])),
        Query::Runs(_) => Some(runs(&[("r2", "second")])),
        Query::Rows(_) => Some(scored(data)),
        _ => None,
    }
}

#[test]
fn pictures_of_model_performance() {
    insta::assert_json_snapshot!(all(&Bench::new(PanelKind::ModelPerformance, CHURN, "[]"), of_model));
}

#[test]
fn pictures_of_the_confusion_matrix() {
    insta::assert_json_snapshot!(all(&Bench::new(PanelKind::ConfusionMatrix, CHURN, "[]"), of_model));
}

#[test]
fn pictures_of_feature_importance() {
    let names: Vec<String> = (0..100_000).map(|i| format!("f{i}")).collect();
    let importance = |data: Data| {
        let n = match data {
            Data::Normal | Data::Gaps => 4,
            Data::Empty => 0,
            Data::OnePoint => 1,
            Data::Large => 100_000,
        };
        let mean = |i: usize| if data == Data::Gaps && i > 1 { f64::NAN } else { 1.0 / (i + 1) as f64 };
        rows(vec![
            ("feature", text(&names.iter().take(n).map(String::as_str).collect::<Vec<_>>())),
            ("mean", Values::numbers((0..n).map(mean))),
            ("std", Values::numbers((0..n).map(|_| 0.01))),
            ("method", text(&vec!["permutation"; n])),
        ])
    };
    let panel = Bench::new(PanelKind::FeatureImportance, CHURN, "[]");
    insta::assert_json_snapshot!(all(&panel, |data, query| match query {
        Query::Artifact(a) if a.path == "eval/feature_importance.json" => Some(importance(data)),
        Query::Artifact(_) => None,
        other => of_model(data, other),
    }));
}

/// One run's history of a metric, falling with the step.
fn history(query: &HistoryQuery, data: Data) -> Frame {
    let n: usize = match data {
        Data::Normal | Data::Gaps => 6,
        Data::Empty => 0,
        Data::OnePoint => 1,
        Data::Large => 100_000,
    };
    let value = |i: usize| if data == Data::Gaps && (2..4).contains(&i) { f64::NAN } else { 1.0 / (i + 1) as f64 };
    let of_run = |run: &String| {
        let labels = Labels::new().with("run_id", run.as_str()).with("key", query.key.as_str());
        let x = (0..n).map(|i| i as f64).collect();
        Series::new(labels, "none".into(), XKind::Step, x, (0..n).map(value).collect())
    };
    Frame::from_series(query.runs.iter().map(of_run).collect())
}

#[test]
fn pictures_of_training_curves() {
    let two = [("a", "0.1", "l1", "1", 0.4, 0.8), ("b", "0.2", "l2", "1", 0.6, 0.7)];
    let panel = sweep::bench(PanelKind::TrainingCurves);
    insta::assert_json_snapshot!(all(&panel, |data, query| match query {
        Query::Runs(_) => Some(sweep::runs(&two)),
        Query::History(h) => Some(history(h, data)),
        _ => None,
    }));
}

#[test]
fn pictures_of_hyperparameter_tuning() {
    let names: Vec<(String, String)> = (0..10_000).map(|i| (format!("r{i}"), (i % 97 + 1).to_string())).collect();
    let of = |data: Data| {
        // More runs are not asked for.
        let n = match data {
            Data::Normal | Data::Gaps => 12,
            Data::Empty => 0,
            Data::OnePoint => 1,
            Data::Large => 10_000,
        };
        let run = |i: usize| {
            let loss = if data == Data::Gaps && i.is_multiple_of(3) { f64::NAN } else { (i % 97) as f64 };
            (names[i].0.as_str(), names[i].1.as_str(), ["l1", "l2"][i % 2], "0", loss, 0.5)
        };
        sweep::runs(&(0..n).map(run).collect::<Vec<_>>())
    };
    let mut panel = sweep::bench(PanelKind::HyperparameterTuning);
    let answer = |data: Data, query: &Query| matches!(query, Query::Runs(_)).then(|| of(data));
    let axes = all(&panel, answer);
    panel.set("show", "surface");
    insta::assert_json_snapshot!((axes, all(&panel, answer)));
}

#[test]
fn pictures_of_drift() {
    let window = |data: Data, is_now: bool| {
        let n: usize = match data {
            Data::Normal | Data::Gaps => 90,
            Data::Empty => 0,
            Data::OnePoint => 1,
            Data::Large => 100_000,
        };
        let age = |i: usize| match data {
            Data::Gaps if i.is_multiple_of(3) => f64::NAN,
            _ => (i * 37 % 101) as f64 + if is_now { 30.0 } else { 0.0 },
        };
        let at = |i: usize| (NOW_MS - 1_000 - (i as i64 * 1_000_003) % 86_400_000) as f64;
        rows(vec![
            ("time", Values::Time((0..n).map(at).collect())),
            ("age", Values::numbers((0..n).map(age))),
            ("plan", text(&(0..n).map(|i| ["a", "b"][i % 2]).collect::<Vec<_>>())),
        ])
    };
    let panel = Bench::new(PanelKind::Drift, CHURN, "[]");
    insta::assert_json_snapshot!(all(&panel, |data, query| match query {
        Query::Rows(q) => Some(window(data, q.range.to_ms == NOW_MS)),
        _ => None,
    }));
}
