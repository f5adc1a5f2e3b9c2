//! Order, rank changes and the swarm.

use super::super::fixture::{Bench, rows, runs, text, versions};
use super::super::{Reference, ReferenceKind, Stop};
use crate::chart::{Theme, compile};
use crate::frame::{Frame, Values};
use crate::query::Query;
use crate::spec::PanelKind;
use crate::view::{BarMark, Bars, BlockBody, View};

const MODELS: &str = r#"[{ "id": "m", "title": "Churn", "identity": { "mlflow": { "experiments": ["e"] } } }]"#;

fn importance(of: &[(&str, f64, f64)]) -> Frame {
    rows(vec![
        ("feature", text(&of.iter().map(|f| f.0).collect::<Vec<_>>())),
        ("mean", Values::numbers(of.iter().map(|f| f.1))),
        ("std", Values::numbers(of.iter().map(|f| f.2))),
        ("method", text(&vec!["permutation"; of.len()])),
    ])
}

fn answer(query: &Query) -> Option<Frame> {
    match query {
        Query::Versions(_) => Some(versions("m", &[("3", "r3", ""), ("2", "r2", "champion")])),
        Query::Runs(_) => Some(runs(&[("r2", "second"), ("r3", "third")])),
        Query::Artifact(a) if a.path == "eval/feature_importance.json" => Some(match a.run_id.as_str() {
            "r2" => {
                importance(&[("age", 0.1, 0.01), ("pay", 0.3, 0.02), ("zip", f64::NAN, f64::NAN), ("sex", -0.01, 0.0)])
            }
            _ => importance(&[("age", 0.4, 0.01), ("pay", 0.2, 0.02), ("sex", 0.1, 0.01)]),
        }),
        _ => None,
    }
}

#[track_caller]
fn bars(view: &View) -> &Bars {
    match &view.blocks[0].body {
        BlockBody::Bars(bars) => bars,
        _ => panic!("no bars"),
    }
}

#[test]
fn features_are_ordered_with_their_spread_and_the_method_is_named() {
    let (view, notes) = Bench::new(PanelKind::FeatureImportance, MODELS, "[]").derive(answer);
    let view = view.unwrap();
    let bars = bars(&view);
    let names: Vec<&str> = bars.bars.iter().map(|b| b.title.as_str()).collect();
    assert_eq!(names, ["pay", "age", "sex", "zip"]);
    assert!((bars.bars[0].low - 0.28).abs() < 1e-12 && (bars.bars[0].high - 0.32).abs() < 1e-12);
    assert!(bars.bars[3].value.is_nan());
    assert_eq!((bars.mark, bars.target.as_deref()), (BarMark::Bar, Some("feature")));
    assert!(notes.remarks.iter().any(|r| r == "permutation importance, as of run second"), "{:?}", notes.remarks);
    assert_eq!(view.figures[0].value, Some(0.3));
    assert!(view.figures[0].method.is_some());
}

#[test]
fn a_baseline_makes_dumbbells_with_rank_changes() {
    let mut bench = Bench::new(PanelKind::FeatureImportance, MODELS, "[]");
    bench.references = vec![Reference {
        title: "v3".to_owned(),
        kind: ReferenceKind::Model { id: "m".to_owned(), version: Some("3".to_owned()) },
    }];
    let view = bench.view(answer);
    let bars = bars(&view);
    assert_eq!(bars.mark, BarMark::Dot);
    let notes: Vec<&str> = bars.bars.iter().map(|b| b.note.as_str()).collect();
    assert_eq!(notes, ["▲ 1", "▼ 1", "", "new"]);
    assert_eq!(bars.bars[0].reference, 0.2);
    assert!((view.figures[0].delta.unwrap() - 0.1).abs() < 1e-12);
    // Ranks (2, 3, 1) against (3, 2, 1): 1 - 6 * 2 / (3 * 8).
    let agreement = view.figures.iter().find(|f| f.metric == "rank-agreement").unwrap();
    assert!((agreement.value.unwrap() - 0.5).abs() < 1e-12);
}

#[test]
fn only_the_top_is_drawn() {
    let mut bench = Bench::new(PanelKind::FeatureImportance, MODELS, "[]");
    bench.panel.options.insert("top".to_owned(), 2.into());
    assert_eq!(bars(&bench.view(answer)).bars.len(), 2);
}

#[test]
fn contributions_stand_on_their_features_row_and_are_compiled_with_names() {
    let mut bench = Bench::new(PanelKind::FeatureImportance, MODELS, "[]");
    bench.details = true;
    bench.set("feature", "age");
    let contributions = rows(vec![
        ("id", text(&["1", "1", "2", "2"])),
        ("feature", text(&["age", "pay", "age", "pay"])),
        ("contribution", Values::numbers([0.5, -1.0, -0.5, f64::NAN])),
        ("value", Values::numbers([30.0, 1.0, 60.0, 2.0])),
    ]);
    let view = bench.view(|q| match q {
        Query::Artifact(a) if a.path == "eval/contributions.json" => Some(contributions.clone()),
        _ => answer(q),
    });
    let block = view.blocks.iter().find(|b| b.id == "contributions").unwrap();
    let BlockBody::Scatter(swarm) = &block.body else { panic!() };
    assert_eq!(swarm.y_names, ["pay", "age"]);
    assert_eq!(swarm.points.len(), 3, "a missing contribution is no point");
    let ages: Vec<_> = swarm.points.iter().filter(|p| p.y.round() == 1.0).collect();
    assert_eq!(ages.iter().map(|p| p.shade).collect::<Vec<_>>(), [0.0, 1.0]);
    assert!(swarm.points.iter().all(|p| p.focus == (p.y.round() == 1.0)), "the chosen feature is in focus");
    assert!(view.blocks.iter().any(|b| b.id == "dependence"));
    let drawing = compile(block, &Theme::sample(), 600).unwrap();
    assert_eq!(drawing.option["yAxis"][1]["data"], serde_json::json!(["pay", "age"]));
    assert_eq!(drawing.option["yAxis"][0]["max"], 1.5);
    assert!(drawing.option["grid"][0]["left"].is_number() && drawing.option["grid"][0]["bottom"].is_number());
}

#[test]
fn a_run_without_importance_is_said() {
    let result = Bench::new(PanelKind::FeatureImportance, MODELS, "[]").derive(|q| match q {
        Query::Artifact(_) => None,
        _ => answer(q),
    });
    assert!(matches!(result.0, Err(Stop::Empty { reason, .. }) if reason.contains("logged no feature importance")));
}

#[test]
fn importance_says_that_a_segment_is_not_compared() {
    let mut bench = Bench::new(PanelKind::FeatureImportance, MODELS, "[]");
    let kind = ReferenceKind::Rest { dimension: "segment".to_owned(), value: "new".to_owned() };
    bench.references = vec![Reference { title: "all segments but new".to_owned(), kind }];
    let (view, notes) = bench.derive(answer);
    assert!(view.is_ok());
    assert!(notes.remarks.iter().any(|r| r.starts_with("not compared by segment")), "{:?}", notes.remarks);
}

#[test]
fn the_viewer_chooses_how_many_features() {
    let mut bench = Bench::new(PanelKind::FeatureImportance, MODELS, "[]");
    bench.set("top", "2");
    let view = bench.view(answer);
    assert_eq!(bars(&view).bars.len(), 2);
    assert!(view.controls.iter().any(|c| c.name == "top" && c.value == "2"));
}
