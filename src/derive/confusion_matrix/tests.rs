//! Counts, costs and lists against arithmetic done by hand.

use super::super::fixture::{
    Bench, CHURN, COUNTERS, TEN, counted as of_counter, label_names, predictions, rows, runs, series, text, versions,
};
use super::super::{Reference, ReferenceKind, Stop};
use crate::frame::{Frame, Values};
use crate::query::{MatchOp, Measure, Query};
use crate::spec::PanelKind;
use crate::view::{Block, BlockBody, Cell, Matrix, View};

fn answer(query: &Query) -> Option<Frame> {
    match query {
        Query::Versions(_) => Some(versions("m", &[("3", "r3", ""), ("2", "r2", "champion")])),
        Query::Runs(_) => Some(runs(&[("r2", "second")])),
        Query::LabelNames(_) => Some(rows(vec![("name", text(&["model", "version", "actual", "predicted"]))])),
        _ => None,
    }
}

fn live(query: &Query) -> Option<Frame> {
    if matches!(query, Query::Rows(_)) { Some(predictions(&TEN)) } else { answer(query) }
}

#[track_caller]
fn block<'a>(view: &'a View, id: &str) -> &'a Block {
    view.blocks.iter().find(|b| b.id == id).unwrap()
}

#[track_caller]
fn matrix<'a>(view: &'a View, id: &str) -> &'a Matrix {
    match &block(view, id).body {
        BlockBody::Matrix(matrix) => matrix,
        _ => panic!("no matrix"),
    }
}

#[track_caller]
fn value(view: &View, metric: &str) -> f64 {
    view.figures.iter().find(|f| f.metric == metric).and_then(|f| f.value).unwrap()
}

#[test]
fn scored_rows_are_counted_by_actual_and_predicted() {
    let view = Bench::new(PanelKind::ConfusionMatrix, CHURN, "[]").view(live);
    let cells = matrix(&view, "matrix");
    assert_eq!(cells.values, [5.0, 1.0, 1.0, 3.0]);
    assert_eq!((cells.row_title.as_str(), cells.column_title.as_str()), ("actual", "predicted"));
    assert!((value(&view, "accuracy") - 0.8).abs() < 1e-12);
    // One false positive at 1 and one false negative at 5, in ten decisions.
    assert!((value(&view, "expected-cost") - 600.0).abs() < 1e-9);
    // At 0.3 all four are found for two false alarms: 2 in ten.
    assert!((value(&view, "best-threshold") - 0.3).abs() < 1e-12);
    let BlockBody::Lines(cost) = &block(&view, "cost").body else { panic!() };
    assert_eq!(cost.readings[0].value, 200.0);
    assert_eq!((cost.lines[1].x[0], cost.lines[1].y[0]), (0.3, 200.0));
    assert_eq!(cost.threshold.as_ref().map(|c| (c.x, c.y)), Some((0.5, 600.0)));
}

#[test]
fn shares_of_the_row_carry_their_counts_and_the_threshold_is_live() {
    let mut bench = Bench::new(PanelKind::ConfusionMatrix, CHURN, "[]");
    bench.set("normalise", "row");
    bench.selection.thresholds.insert("m".to_owned(), 0.25);
    let view = bench.view(live);
    let cells = matrix(&view, "matrix");
    assert_eq!(cells.counts, [4.0, 2.0, 0.0, 4.0]);
    assert!((cells.values[0] - 4.0 / 6.0).abs() < 1e-12 && cells.values[3] == 1.0);
    assert_eq!(cells.unit.id(), "percentunit");
}

#[test]
fn a_cell_lists_its_predictions() {
    let mut bench = Bench::new(PanelKind::ConfusionMatrix, CHURN, "[]");
    bench.set("cell", "0,0");
    bench.workspace.privacy.hidden_columns = vec!["score".to_owned()];
    let view = bench.view(live);
    assert_eq!(matrix(&view, "matrix").selected, Some((0, 0)));
    let BlockBody::Grid(grid) = &block(&view, "cell").body else { panic!() };
    assert_eq!(grid.row_keys, ["j", "i", "h", "g", "f"]);
    assert_eq!((grid.n_total, grid.row_target.as_deref()), (Some(5), Some("prediction")));
    assert!(!grid.columns.iter().any(|c| c.title == "score"), "a hidden column is not shown");
    bench.set("cell", "7,1");
    assert_eq!(matrix(&bench.view(live), "matrix").selected, None);
}

#[test]
fn costs_come_from_the_workspace_and_from_settings() {
    let models =
        CHURN.replace("\"title\"", "\"costs\": [[0, 60], [1500, 0]], \"costUnit\": \"currencyEUR\", \"title\"");
    let mut bench = Bench::new(PanelKind::ConfusionMatrix, &models, "[]");
    assert!((value(&bench.view(live), "expected-cost") - 156_000.0).abs() < 1e-6);
    bench.set("cost-fn", "40");
    let view = bench.view(live);
    assert!((value(&view, "expected-cost") - 10_000.0).abs() < 1e-6);
    assert_eq!(view.figures[1].unit.id(), "currencyEUR");
    bench.set("cost-fn", "much");
    assert!((value(&bench.view(live), "expected-cost") - 156_000.0).abs() < 1e-6);
}

fn counted(query: &Query) -> Option<Frame> {
    match query {
        Query::Series(q) => {
            assert_eq!(q.measure, Measure::Increase);
            let at = q.range.to_ms as f64;
            let one = |version: &str, actual: &str, predicted: &str, count: f64| {
                let labels = [("model", "m"), ("version", version), ("actual", actual), ("predicted", predicted)];
                series(&labels, &[(at - 1.0, f64::NAN), (at, count)])
            };
            Some(Frame::from_series(vec![
                one("2", "0", "0", 90.0),
                one("2", "1", "0", 10.0),
                one("2", "10", "10", 50.0),
                one("3", "0", "0", 999.0),
            ]))
        }
        other => answer(other),
    }
}

#[test]
fn several_classes_are_read_from_counters_of_the_chosen_version() {
    let models = CHURN.replace("\"title\"", "\"task\": \"multiclass\", \"title\"");
    let mut bench = Bench::new(PanelKind::ConfusionMatrix, &models, COUNTERS);
    bench.set("cell", "1,0");
    let (view, notes) = bench.derive(counted);
    let view = view.unwrap();
    let cells = matrix(&view, "matrix");
    assert_eq!(cells.rows, ["0", "1", "10"]);
    assert_eq!(cells.values, [90.0, 0.0, 0.0, 10.0, 0.0, 0.0, 0.0, 0.0, 50.0]);
    assert!((value(&view, "accuracy") - 140.0 / 150.0).abs() < 1e-12);
    assert_eq!(view.n.as_ref().map(|n| n.0), Some(150.0));
    assert!(!view.figures.iter().any(|f| f.metric == "expected-cost"), "no costs are known of three classes");
    assert!(matches!(block(&view, "cell").body, BlockBody::Callout(_)));
    assert!(notes.remarks.iter().any(|r| r.contains("counters")));
}

#[test]
fn with_neither_rows_nor_counters_the_runs_matrix_is_named() {
    let logged = rows(vec![
        ("actual", text(&["0", "0", "1", "1"])),
        ("predicted", text(&["0", "1", "0", "1"])),
        ("count", Values::numbers([5.0, 1.0, f64::NAN, 4.0])),
    ]);
    let bench = Bench::new(PanelKind::ConfusionMatrix, CHURN, "[]");
    let (view, notes) = bench.derive(|q| match q {
        Query::Artifact(a) if a.path == "eval/confusion_matrix.json" => Some(logged.clone()),
        _ => answer(q),
    });
    let view = view.unwrap();
    assert_eq!(matrix(&view, "matrix").values, [5.0, 1.0, 0.0, 4.0]);
    assert!(notes.remarks.iter().any(|r| r.contains("as of run second")));
    assert!(!view.blocks.iter().any(|b| b.id == "cost"), "a matrix has no scores to move a threshold over");
}

#[test]
fn a_baseline_gives_a_difference_of_shares_and_a_paired_change() {
    let mut bench = Bench::new(PanelKind::ConfusionMatrix, CHURN, "[]");
    bench.references = vec![Reference {
        title: "v3".to_owned(),
        kind: ReferenceKind::Model { id: "m".to_owned(), version: Some("3".to_owned()) },
    }];
    let blind: Vec<_> = TEN.into_iter().map(|(id, label, _, _)| (id, label, 0.0, "0")).collect();
    let view = bench.view(|q| match q {
        Query::Rows(rows) if rows.matchers.iter().any(|m| m.values == ["3"]) => Some(predictions(&blind)),
        _ => live(q),
    });
    let cells = matrix(&view, "difference");
    assert!(cells.diverging);
    // Ours: 5/6, 1/6, 1/4, 3/4; theirs: all called negative.
    let expected = [5.0 / 6.0 - 1.0, 1.0 / 6.0, 0.25 - 1.0, 0.75];
    assert!(cells.values.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{:?}", cells.values);
    let accuracy = &view.figures[0];
    assert!((accuracy.delta.unwrap() - 0.2).abs() < 1e-12);
    assert!(accuracy.method.as_deref().unwrap().contains("McNemar"));
    // 600 against 4 misses at 5 in ten decisions.
    assert!((view.figures[1].delta.unwrap() - (600.0 - 2_000.0)).abs() < 1e-9);
}

#[test]
fn nothing_teaches_the_metric_and_numbers_have_no_matrix() {
    let bench = Bench::new(PanelKind::ConfusionMatrix, CHURN, "[]");
    let result = bench.derive(|q| match q {
        Query::Versions(_) => Some(versions("m", &[])),
        Query::Runs(_) => Some(runs(&[])),
        _ => None,
    });
    assert!(matches!(result.0, Err(Stop::Empty { teach: Some(t), .. }) if t.contains("confusion-counts")));
    let models = r#"[{ "id": "m", "task": "regression" }]"#;
    let result = Bench::new(PanelKind::ConfusionMatrix, models, "[]").derive(answer);
    assert!(matches!(result.0, Err(Stop::Empty { reason, .. }) if reason.contains("needs classes")));
}

#[test]
fn a_single_prediction_has_a_matrix_and_a_reason_for_no_interval() {
    let view = Bench::new(PanelKind::ConfusionMatrix, CHURN, "[]").view(|q| match q {
        Query::Rows(_) => Some(predictions(&[("a", "1", 0.9, "1")])),
        _ => answer(q),
    });
    assert_eq!(matrix(&view, "matrix").values, [0.0, 0.0, 0.0, 1.0]);
    assert_eq!(matrix(&view, "matrix").rows, ["0", "1"]);
    assert!(view.figures[1].low.is_none() && view.figures[1].method.is_some());
    assert!(matches!(Cell::default(), Cell::Missing));
}

#[test]
fn without_tracking_the_counters_are_the_matrix_and_its_rest() {
    let mut bench = Bench::new(PanelKind::ConfusionMatrix, r#"[{ "id": "m" }]"#, COUNTERS);
    bench.workspace.sources.retain(|source| source.id.0 == "prom");
    let cells = [("0", "0", 50.0), ("0", "1", 10.0), ("1", "0", 5.0), ("1", "1", 35.0)];
    let worse = [("0", "0", 40.0), ("0", "1", 20.0), ("1", "0", 5.0), ("1", "1", 35.0)];
    let answer = |q: &Query| match q {
        Query::LabelNames(_) => Some(label_names(&["model", "version", "segment", "actual", "predicted"])),
        Query::Series(q) if q.matchers.iter().any(|m| m.op == MatchOp::NotIn) => Some(of_counter(q, &worse)),
        Query::Series(q) => Some(of_counter(q, &cells)),
        _ => None,
    };
    let view = bench.view(answer);
    assert_eq!(matrix(&view, "matrix").values, [50.0, 10.0, 5.0, 35.0]);
    assert!(view.blocks.iter().all(|b| b.id != "difference"));
    let kind = ReferenceKind::Rest { dimension: "segment".to_owned(), value: "new".to_owned() };
    bench.references = vec![Reference { title: "all segments but new".to_owned(), kind }];
    let view = bench.view(answer);
    let difference = matrix(&view, "difference");
    assert!((difference.values[0] - (50.0 / 60.0 - 40.0 / 60.0)).abs() < 1e-12);
    assert!((value(&view, "accuracy") - 0.85).abs() < 1e-12);
}

#[test]
fn the_viewer_chooses_shares_and_tries_costs() {
    let mut bench = Bench::new(PanelKind::ConfusionMatrix, CHURN, "[]");
    bench.set("normalise", "row");
    bench.set("cost-fn", "8");
    let view = bench.view(live);
    let told: Vec<(&str, &str, bool)> =
        view.controls.iter().map(|c| (c.name.as_str(), c.value.as_str(), c.details)).collect();
    assert_eq!(told, [("normalise", "row", false), ("cost-fp", "1", true), ("cost-fn", "8", true)]);
    let costs = matrix(&view, "costs");
    assert_eq!((costs.values.as_slice(), block(&view, "costs").details), ([0.0, 1.0, 8.0, 0.0].as_slice(), true));
}
