//! Values against arithmetic done by hand, and the data that real tables hold.

use super::super::fixture::{
    Bench, CHURN, COUNTERS, DAY_MS, NOW_MS, TEN, counted, label_names, predictions, rows, runs, text, versions,
};
use super::super::{Reference, ReferenceKind, Stop};
use crate::frame::{Column, Frame, Table, Values};
use crate::query::{MatchOp, Matcher, Query, TimeRange};
use crate::spec::PanelKind;
use crate::state::Filter;
use crate::view::{BlockBody, Cell, Figure, LineRole, Piece, Verdict, View};

fn bench() -> Bench {
    Bench::new(PanelKind::ModelPerformance, CHURN, "[]")
}

fn answer(query: &Query, live: &Frame) -> Option<Frame> {
    match query {
        Query::Versions(_) => Some(versions("m", &[("3", "r3", "challenger"), ("2", "r2", "champion")])),
        Query::Runs(_) => Some(runs(&[("r3", "third"), ("r2", "second")])),
        Query::Rows(_) => Some(live.clone()),
        _ => None,
    }
}

#[track_caller]
fn figure<'a>(view: &'a View, metric: &str) -> &'a Figure {
    view.figures.iter().find(|f| f.metric == metric).unwrap()
}

#[track_caller]
fn close(a: Option<f64>, b: f64) {
    assert!(a.is_some_and(|a| (a - b).abs() < 1e-9), "{a:?} is not {b}");
}

#[test]
fn scores_of_ten_rows_are_those_of_paper_and_pencil() {
    let mut bench = bench();
    bench.details = true;
    let view = bench.view(|q| answer(q, &predictions(&TEN)));
    let accuracy = figure(&view, "accuracy");
    close(accuracy.value, 0.8);
    assert_eq!(accuracy.n, Some(10.0));
    // Wilson's interval of 8 in 10, as statsmodels' proportion_confint gives it.
    assert!((accuracy.low.unwrap() - 0.490_162).abs() < 1e-5 && (accuracy.high.unwrap() - 0.943_318).abs() < 1e-5);
    assert_eq!(accuracy.series.get("version"), Some("2"));
    close(figure(&view, "precision").value, 0.75);
    close(figure(&view, "recall").value, 0.75);
    close(figure(&view, "f1").value, 0.75);
    // 24 pairs: d loses against e and f.
    close(figure(&view, "roc-auc").value, 22.0 / 24.0);
    let squares: f64 = [0.1, 0.2, 0.3, 0.7, 0.6, 0.4, 0.2, 0.2, 0.1, 0.05].iter().map(|e: &f64| e * e).sum();
    close(figure(&view, "brier").value, squares / 10.0);
    // Precision at the ranks of the four positives: 1/1, 2/2, 3/3, 4/6.
    close(figure(&view, "pr-auc").value, (3.0 + 4.0 / 6.0) / 4.0);
    for id in ["roc", "precision-recall", "reliability", "classes", "accuracy-over-time"] {
        assert!(view.blocks.iter().any(|b| b.id == id), "no block {id}");
    }
    for figure in &view.figures {
        assert!(figure.value.is_some() && figure.n.is_some() && figure.method.is_some(), "{}", figure.title);
        let (low, high, value) = (figure.low.unwrap(), figure.high.unwrap(), figure.value.unwrap());
        assert!(low <= value && value <= high, "{} {low} {value} {high}", figure.title);
    }
}

#[test]
fn a_moved_threshold_moves_the_counts_and_the_cursor() {
    let mut bench = bench();
    bench.selection.thresholds.insert("m".to_owned(), 0.25);
    let view = bench.view(|q| answer(q, &predictions(&TEN)));
    // At 0.25 d is found too; e and f are false alarms.
    close(figure(&view, "accuracy").value, 0.8);
    close(figure(&view, "f1").value, 2.0 * 4.0 / (2.0 * 4.0 + 2.0));
    let roc = view.blocks.iter().find(|b| b.id == "roc").unwrap();
    let BlockBody::Lines(roc) = &roc.body else { panic!() };
    let cursor = roc.threshold.as_ref().unwrap();
    assert_eq!((cursor.x, cursor.y, cursor.threshold), (2.0 / 6.0, 1.0, 0.25));
    assert_eq!(cursor.model, "m");
}

#[test]
fn a_baseline_on_the_same_rows_is_compared_in_pairs() {
    let mut bench = bench();
    bench.references = vec![Reference {
        title: "v3".to_owned(),
        kind: ReferenceKind::Model { id: "m".to_owned(), version: Some("3".to_owned()) },
    }];
    let worse: Vec<_> = TEN
        .into_iter()
        .map(|(id, label, score, p)| if id < "e" { (id, label, 1.0 - score, "0") } else { (id, label, score, p) })
        .collect();
    let view = bench.view(|q| {
        let is_third = matches!(q, Query::Rows(q) if q.matchers.iter().any(|m| m.values == ["3"]));
        answer(q, &predictions(&if is_third { worse.clone() } else { TEN.to_vec() }))
    });
    let accuracy = figure(&view, "accuracy");
    close(accuracy.reference, 0.5);
    close(accuracy.delta, 0.3);
    // Three rows only ours has right, none only theirs: 2 * 0.5^3.
    close(accuracy.p, 0.25);
    assert_eq!(accuracy.reference_title.as_deref(), Some("Churn v3"));
    assert!(accuracy.method.as_deref().unwrap().contains("McNemar"));
    let roc = view.blocks.iter().find(|b| b.id == "roc").unwrap();
    let BlockBody::Lines(roc) = &roc.body else { panic!() };
    assert!(roc.lines.iter().any(|l| l.role == LineRole::Reference));
}

#[test]
fn an_earlier_period_is_compared_as_independent() {
    let mut bench = bench();
    let previous = bench.range.previous();
    bench.references = vec![Reference { title: "previous period".to_owned(), kind: ReferenceKind::Range(previous) }];
    let all_right: Vec<(String, &str, f64, &str)> = (0..200)
        .map(|i| {
            (
                format!("p{i}"),
                if i % 2 == 0 { "1" } else { "0" },
                f64::from(1 - i % 2),
                if i % 2 == 0 { "1" } else { "0" },
            )
        })
        .collect();
    let all_right: Vec<(&str, &str, f64, &str)> = all_right.iter().map(|r| (r.0.as_str(), r.1, r.2, r.3)).collect();
    let view = bench.view(|q| match q {
        Query::Rows(rows) if rows.range == previous => Some(predictions(&all_right)),
        _ => answer(q, &predictions(&TEN)),
    });
    let accuracy = figure(&view, "accuracy");
    close(accuracy.delta, -0.2);
    assert_eq!(accuracy.verdict, Verdict::Worse);
    let auc = figure(&view, "roc-auc");
    close(auc.reference, 1.0);
    // The earlier rows are separated: its variance is not known, so neither is the change's.
    assert_eq!((auc.delta_low, auc.verdict), (None, Verdict::None));
}

#[test]
fn without_live_rows_the_runs_evaluation_is_shown_and_named() {
    let bench = bench();
    let (view, notes) = bench.derive(|q| match q {
        Query::Rows(_) => Some(Frame::from_table(crate::frame::Table::default())),
        Query::Artifact(a) if a.path == "eval/predictions.json" && a.run_id == "r2" => Some(predictions(&TEN)),
        _ => answer(q, &Frame::default()),
    });
    close(figure(&view.unwrap(), "accuracy").value, 0.8);
    assert!(notes.remarks.iter().any(|r| r.contains("as of run second")), "{:?}", notes.remarks);
}

#[test]
fn with_only_logged_curves_the_matrix_gives_rates_and_the_curve_its_area() {
    let bench = bench();
    let matrix = rows(vec![
        ("actual", text(&["0", "0", "1", "1"])),
        ("predicted", text(&["0", "1", "0", "1"])),
        ("count", Values::numbers([50.0, 10.0, 5.0, 35.0])),
    ]);
    let roc = rows(vec![
        ("fpr", Values::numbers([0.0, 0.2, 1.0])),
        ("tpr", Values::numbers([0.0, 0.9, 1.0])),
        ("threshold", Values::numbers([f64::NAN, 0.5, 0.0])),
        ("auc", Values::numbers([0.85; 3])),
    ]);
    let view = bench.view(|q| match q {
        Query::Rows(_) => None,
        Query::Artifact(a) if a.path == "eval/confusion_matrix.json" => Some(matrix.clone()),
        Query::Artifact(a) if a.path == "eval/roc_curve.json" => Some(roc.clone()),
        _ => answer(q, &Frame::default()),
    });
    close(figure(&view, "accuracy").value, 0.85);
    let auc = figure(&view, "roc-auc");
    close(auc.value, 0.85);
    assert_eq!((auc.low, auc.method.as_deref()), (None, Some("no interval: only the curve was logged")));
    let block = view.blocks.iter().find(|b| b.id == "roc").unwrap();
    let BlockBody::Lines(lines) = &block.body else { panic!() };
    assert_eq!(lines.threshold.as_ref().map(|c| (c.x, c.y)), Some((0.2, 0.9)));
}

#[test]
fn one_class_one_row_and_missing_scores_give_reasons() {
    let only_negative: Vec<_> = TEN.into_iter().filter(|r| r.1 == "0").collect();
    for rows in [
        only_negative,
        TEN.into_iter().take(1).collect(),
        TEN.into_iter().map(|(i, l, _, p)| (i, l, f64::NAN, p)).collect(),
    ] {
        let mut bench = bench();
        bench.details = true;
        let view = bench.view(|q| answer(q, &predictions(&rows)));
        assert!(figure(&view, "accuracy").value.is_some());
        let auc = figure(&view, "roc-auc");
        assert!(auc.value.is_none() && auc.method.is_some(), "{auc:?}");
    }
}

#[test]
fn nothing_at_all_is_said_in_a_sentence() {
    let (result, _) = bench().derive(|q| match q {
        Query::Versions(_) => Some(versions("m", &[])),
        Query::Runs(_) => Some(runs(&[])),
        _ => None,
    });
    assert!(matches!(result, Err(Stop::Empty { reason, .. }) if reason.contains("no labelled predictions of Churn")));
    let nobody = Bench::new(PanelKind::ModelPerformance, "[]", "[]");
    assert!(matches!(nobody.derive(|_| None).0, Err(Stop::Empty { teach: Some(_), .. })));
}

#[test]
fn several_classes_have_averages_and_no_roc() {
    let models = CHURN.replace("\"title\"", "\"task\": \"multiclass\", \"title\"");
    let mut bench = Bench::new(PanelKind::ModelPerformance, &models, "[]");
    bench.details = true;
    let rows = [
        ("a", "0", 0.9, "0"),
        ("b", "1", 0.8, "1"),
        ("c", "2", 0.6, "1"),
        ("d", "2", 0.7, "2"),
        ("e", "10", 0.5, "10"),
        ("f", "2", 0.7, "2"),
    ];
    let (view, notes) = bench.derive(|q| answer(q, &predictions(&rows)));
    let view = view.unwrap();
    close(figure(&view, "accuracy").value, 5.0 / 6.0);
    // F1: 1, 2/3, 4/5, 1.
    close(figure(&view, "f1").value, (1.0 + 2.0 / 3.0 + 0.8 + 1.0) / 4.0);
    assert!(!view.blocks.iter().any(|b| b.id == "roc"));
    assert!(notes.remarks.iter().any(|r| r.contains("no ROC-AUC")));
    let table = view.blocks.iter().find(|b| b.id == "classes").unwrap();
    let BlockBody::Grid(grid) = &table.body else { panic!() };
    let names: Vec<&Cell> = grid.rows.iter().filter_map(|r| r.first()).collect();
    assert_eq!(names[3], &Cell::Text("10".to_owned()), "classes are in numeric order");
    assert_eq!(grid.rows.len(), 6);
}

#[test]
fn regression_errors_are_those_of_the_formulas() {
    let models = r#"[{ "id": "m", "task": "regression", "identity": { "mlflow": { "experiments": ["e"] } } }]"#;
    let bench = Bench::new(PanelKind::ModelPerformance, models, "[]");
    let table = rows(vec![
        ("id", text(&["a", "b", "c", "d"])),
        ("label", Values::numbers([1.0, 2.0, 3.0, f64::NAN])),
        ("prediction", Values::numbers([1.0, 3.0, 5.0, 1.0])),
    ]);
    let (view, notes) = bench.derive(|q| match q {
        Query::Artifact(_) => Some(table.clone()),
        _ => answer(q, &Frame::default()),
    });
    let view = view.unwrap();
    close(figure(&view, "rmse").value, (5.0_f64 / 3.0).sqrt());
    close(figure(&view, "mae").value, 1.0);
    close(figure(&view, "r2").value, 1.0 - 5.0 / 2.0);
    close(figure(&view, "mape").value, (0.5 + 2.0 / 3.0) / 3.0);
    assert!(notes.remarks.iter().any(|r| r.starts_with("1 rows")));
}

#[test]
fn other_models_are_rows_of_a_table_and_an_unknown_version_is_said() {
    let models = CHURN.replace(" }]", r#" }, { "id": "z", "identity": { "mlflow": { "predictions": "q" } } }]"#);
    let mut bench = Bench::new(PanelKind::ModelPerformance, &models, "[]");
    bench.details = true;
    bench.selection.filters.insert("version".to_owned(), Filter { include: vec!["9".to_owned()], exclude: vec![] });
    let (view, notes) = bench.derive(|q| answer(q, &predictions(&TEN)));
    let view = view.unwrap();
    let table = view.blocks.iter().find(|b| b.id == "models").unwrap();
    let BlockBody::Grid(grid) = &table.body else { panic!() };
    assert_eq!(grid.row_keys, ["z"]);
    assert!(matches!(grid.rows[0][2], Cell::Interval(value, ..) if (value - 0.8).abs() < 1e-9));
    assert!(notes.remarks.iter().any(|r| r.contains("no version 9")), "{:?}", notes.remarks);
}

#[test]
fn accuracy_by_day_keeps_empty_days_as_gaps() {
    let mut bench = bench();
    bench.details = true;
    bench.range = TimeRange::new(NOW_MS - 10 * DAY_MS, NOW_MS);
    let at = |day: i64| (NOW_MS - day * DAY_MS + 1) as f64;
    let table = rows(vec![
        ("time", Values::Time([at(5), at(5), at(2)].into())),
        ("label", text(&["1", "0", "1"])),
        ("prediction", text(&["1", "1", "1"])),
    ]);
    let view = bench.view(|q| answer(q, &table));
    let block = view.blocks.iter().find(|b| b.id == "accuracy-over-time").unwrap();
    let BlockBody::Lines(lines) = &block.body else { panic!() };
    let y = &lines.lines[0].y;
    assert_eq!(y.len(), 4);
    assert!(y[0] == 0.5 && y[1].is_nan() && y[2].is_nan() && y[3] == 1.0);
}

#[test]
fn the_summary_says_the_accuracy() {
    let view = bench().view(|q| answer(q, &predictions(&TEN)));
    assert!(matches!(view.summary.0.first(), Some(Piece::Text(t)) if t == "Churn v2 is right on "));
    assert!(matches!(view.summary.0.get(1), Some(Piece::Value(v, _)) if (v - 0.8).abs() < 1e-9));
}

/// 100 predictions by actual and predicted class: 50 and 35 right, 10 false alarms, 5 missed.
const HUNDRED: [(&str, &str, f64); 4] = [("0", "0", 50.0), ("0", "1", 10.0), ("1", "0", 5.0), ("1", "1", 35.0)];

/// A workspace with Prometheus alone.
fn prometheus_only() -> Bench {
    let mut bench = Bench::new(PanelKind::ModelPerformance, r#"[{ "id": "m", "title": "Churn" }]"#, COUNTERS);
    bench.workspace.sources.retain(|source| source.id.0 == "prom");
    bench
}

fn counters(query: &Query) -> Option<Frame> {
    match query {
        Query::LabelNames(_) => Some(label_names(&["model", "version", "region", "actual", "predicted"])),
        Query::Series(q) => Some(counted(q, &HUNDRED)),
        _ => None,
    }
}

#[test]
fn without_tracking_the_counters_give_what_counts_can_give() {
    let mut bench = prometheus_only();
    bench.details = true;
    let (view, notes) = bench.derive(counters);
    let view = view.unwrap();
    close(figure(&view, "accuracy").value, 0.85);
    close(figure(&view, "precision").value, 35.0 / 45.0);
    close(figure(&view, "recall").value, 35.0 / 40.0);
    close(figure(&view, "f1").value, 70.0 / 85.0);
    // Wilson's interval of 85 in 100, as statsmodels' proportion_confint gives it.
    let accuracy = figure(&view, "accuracy");
    assert!((accuracy.low.unwrap() - 0.767_165).abs() < 1e-5 && (accuracy.high.unwrap() - 0.906_938).abs() < 1e-5);
    assert_eq!((accuracy.n, view.n.as_ref().map(|n| n.0)), (Some(100.0), Some(100.0)));
    let f1 = figure(&view, "f1");
    assert!(f1.low.unwrap() < 70.0 / 85.0 && f1.high.unwrap() > 70.0 / 85.0 && f1.high.unwrap() < 0.95);
    for id in ["roc-auc", "pr-auc", "log-loss", "brier", "calibration-error"] {
        let missing = figure(&view, id);
        assert!(missing.value.is_none() && missing.method.as_deref().unwrap().contains("needs scores"));
    }
    assert!(notes.remarks.iter().any(|r| r.contains("no ROC-AUC")), "{:?}", notes.remarks);
    // Seven days of a hundredth of the predictions each seventh: the same rate every day.
    let BlockBody::Lines(lines) = &view.blocks[0].body else { panic!("no lines") };
    assert_eq!((lines.lines[0].y.len(), lines.lines[0].x[0]), (7, (NOW_MS - 7 * DAY_MS + DAY_MS / 2) as f64));
    assert!(accuracy.spark.len() == 7);
    let BlockBody::Grid(classes) = &view.blocks[1].body else { panic!("no classes") };
    assert_eq!(classes.rows[1][4], Cell::Number(40.0));
    assert!(matches!(view.summary.0.last(), Some(Piece::Text(t)) if t.contains("serving counters")));
}

#[test]
fn counters_of_many_classes_and_millions_are_averaged() {
    let mut bench = prometheus_only();
    bench.workspace.models[0].task = crate::spec::Task::Multiclass;
    let cells = [("a", "a", 3e6), ("a", "b", 1e6), ("b", "b", 2e6), ("c", "a", 1e6), ("c", "c", 1e6)];
    let view = bench.view(|q| match q {
        Query::Series(q) => Some(counted(q, &cells)),
        other => counters(other),
    });
    close(figure(&view, "accuracy").value, 0.75);
    // Of a 3/4, of b 1, of c 1/2.
    close(figure(&view, "recall").value, (0.75 + 1.0 + 0.5) / 3.0);
    // F1 of a is 6/8, of b 4/5, of c 2/3.
    let f1 = figure(&view, "f1");
    close(f1.value, (0.75 + 0.8 + 2.0 / 3.0) / 3.0);
    assert!(f1.high.unwrap() - f1.low.unwrap() < 0.002, "eight million predictions leave little doubt");
}

#[test]
fn counters_are_compared_with_another_time_and_with_the_rest() {
    let mut bench = prometheus_only();
    bench.references = vec![Reference {
        title: "previous period".to_owned(),
        kind: ReferenceKind::Range(TimeRange::new(NOW_MS - 14 * DAY_MS, NOW_MS - 7 * DAY_MS)),
    }];
    let worse = [("0", "0", 40.0), ("0", "1", 20.0), ("1", "0", 5.0), ("1", "1", 35.0)];
    let view = bench.view(|q| match q {
        Query::Series(q) if q.range.to_ms < NOW_MS => Some(counted(q, &worse)),
        other => counters(other),
    });
    let accuracy = figure(&view, "accuracy");
    close(accuracy.delta, 0.10);
    assert!(accuracy.delta_low.unwrap() < 0.0 && accuracy.delta_high.unwrap() > 0.2);
    assert_eq!(accuracy.verdict, Verdict::NoClearChange);
    assert!(figure(&view, "f1").delta_low.is_some());

    bench.references = vec![rest_of_eu()];
    let view = bench.view(|q| match q {
        Query::Series(q) if excludes_eu(&q.matchers) => Some(counted(q, &worse)),
        Query::Series(q) => {
            assert!(q.matchers.iter().any(|m| m.label == "region" && m.values == ["eu"]));
            Some(counted(q, &HUNDRED))
        }
        other => counters(other),
    });
    let accuracy = figure(&view, "accuracy");
    close(accuracy.reference, 0.75);
    assert_eq!(accuracy.reference_title.as_deref(), Some("all regions but eu"));
}

#[test]
fn without_counters_or_tracking_it_says_which_counter_to_add() {
    let bench = prometheus_only();
    let none = |q: &Query| match q {
        Query::Series(_) => Some(Frame::default()),
        other => counters(other),
    };
    let Err(Stop::Empty { teach: Some(teach), .. }) = bench.derive(none).0 else { panic!("not empty") };
    assert!(teach.contains("confusion-counts"));
}

fn rest_of_eu() -> Reference {
    let kind = ReferenceKind::Rest { dimension: "region".to_owned(), value: "eu".to_owned() };
    Reference { title: "all regions but eu".to_owned(), kind }
}

fn excludes_eu(matchers: &[Matcher]) -> bool {
    matchers.iter().any(|m| m.label == "region" && m.op == MatchOp::NotIn)
}

fn with_region(frame: &Frame, region: &str) -> Frame {
    let table = frame.table().unwrap();
    let mut columns = table.columns().to_vec();
    columns.push(Column::new("region", text(&vec![region; table.n_rows()])));
    Frame::from_table(Table::new(columns).unwrap())
}

#[test]
fn a_region_is_compared_with_all_others() {
    let mut bench = bench();
    bench.references = vec![rest_of_eu()];
    let half = |q: &Query| match q {
        Query::Rows(q) if excludes_eu(&q.matchers) => Some(with_region(&predictions(&TEN[..5]), "us")),
        other => answer(other, &with_region(&predictions(&TEN), "eu")),
    };
    let view = bench.view(half);
    let accuracy = figure(&view, "accuracy");
    // Of the first five three are right.
    assert_eq!((accuracy.value, accuracy.reference), (Some(0.8), Some(0.6)));
    assert_eq!(accuracy.reference_title.as_deref(), Some("all regions but eu"));
    let BlockBody::Lines(roc) = &view.blocks[0].body else { panic!("no curve") };
    assert_eq!(roc.lines[1].series.get("region"), Some("!eu"));
}

#[test]
fn a_table_without_the_region_is_shown_whole_and_says_so() {
    let mut bench = bench();
    bench.references = vec![rest_of_eu()];
    let blind = |q: &Query| match q {
        // Without the column no row is of the region, and every row is of none.
        Query::Rows(q) if q.matchers.iter().any(|m| m.label == "region" && m.op == MatchOp::In) => {
            Some(predictions(&[]))
        }
        other => answer(other, &predictions(&TEN)),
    };
    let (view, notes) = bench.derive(blind);
    let view = view.unwrap();
    let accuracy = figure(&view, "accuracy");
    assert_eq!((accuracy.value, accuracy.reference), (Some(0.8), None));
    assert!(notes.remarks.iter().any(|r| r.contains("not compared by region")), "{:?}", notes.remarks);
}

#[test]
fn every_card_has_its_trend() {
    let mut bench = bench();
    bench.details = true;
    // A hundred rows an hour apart: five days.
    let many: Vec<_> = TEN.into_iter().cycle().take(100).collect();
    let view = bench.view(|q| answer(q, &predictions(&many)));
    for figure in &view.figures {
        assert!((4..=6).contains(&figure.spark.len()), "{}: {:?}", figure.title, figure.spark);
    }
}
