//! The tuning panel on small sweeps.

use std::sync::Arc;

use crate::chart::{Theme, compile};
use crate::derive::fixture::{Bench, rows, text};
use crate::derive::shared::sweep::fixture::{Run, bench, runs};
use crate::derive::{Answer, Answers, Ask, Memo, Reference, ReferenceKind, Stop, derive};
use crate::frame::{Frame, Values};
use crate::query::{Query, RunsQuery, SourceId};
use crate::spec::PanelKind;
use crate::view::{Bars, BlockBody, Brush, Cell, ControlKind, Grid, Parallel, Scatter, View, XScale};

const NAMES: [&str; 12] = ["r00", "r01", "r02", "r03", "r04", "r05", "r06", "r07", "r08", "r09", "r10", "r11"];

/// The loss follows `alpha` and nothing else; two seeds a setting.
fn twelve() -> Vec<Run<'static>> {
    let alphas = ["0.0001", "0.01", "1"];
    let run = |(i, name): (usize, &&'static str)| {
        let (level, seed) = (i % 3, (i / 6) % 2);
        let loss = 0.1 + 0.3 * level as f64 + 0.01 * seed as f64;
        let penalty = if (i / 3) % 2 == 0 { "l1" } else { "l2" };
        (*name, alphas[level], penalty, ["0", "1"][seed], loss, 1.0 - loss)
    };
    NAMES.iter().enumerate().map(run).collect()
}

fn answer(query: &Query) -> Option<Frame> {
    matches!(query, Query::Runs(_)).then(|| runs(&twelve()))
}

fn panel() -> Bench {
    let mut bench = bench(PanelKind::HyperparameterTuning);
    bench.details = true;
    bench
}

fn body<'v>(view: &'v View, id: &str) -> &'v BlockBody {
    &view.blocks.iter().find(|b| b.id == id).unwrap_or_else(|| panic!("no block {id}")).body
}

fn parallel(view: &View) -> &Parallel {
    match body(view, "parallel") {
        BlockBody::Parallel(p) => p,
        other => panic!("{other:?}"),
    }
}

fn scatter<'v>(view: &'v View, id: &str) -> &'v Scatter {
    match body(view, id) {
        BlockBody::Scatter(s) => s,
        other => panic!("{other:?}"),
    }
}

fn grid(view: &View) -> &Grid {
    match body(view, "runs") {
        BlockBody::Grid(g) => g,
        other => panic!("{other:?}"),
    }
}

fn bars(view: &View) -> &Bars {
    match body(view, "importance") {
        BlockBody::Bars(b) => b,
        other => panic!("{other:?}"),
    }
}

#[test]
fn axes_are_the_parameters_that_vary_and_the_objective() {
    let mut panel = panel();
    panel.set("flip", "penalty,val_loss");
    let view = panel.view(answer);
    let axes: Vec<_> =
        parallel(&view).axes.iter().map(|a| (a.key.as_str(), a.scale, a.flipped, a.categories.len())).collect();
    use XScale::{Linear, Log};
    assert_eq!(
        axes,
        [
            ("alpha", Log, false, 0),
            ("penalty", Linear, true, 2),
            ("seed", Linear, false, 0),
            ("val_loss", Linear, true, 0)
        ]
    );
    assert_eq!(parallel(&view).colour_axis, 3);
    assert_eq!(parallel(&view).runs[4].values, [0.01, 1.0, 0.0, 0.4]);
}

#[test]
fn a_brush_on_any_axis_holds_everywhere() {
    let mut panel = panel();
    panel.selection.brushes.insert("alpha".to_owned(), (0.001, 0.1));
    panel.selection.brushes.insert("penalty".to_owned(), (0.5, 1.5));
    panel.selection.brushes.insert("of another experiment".to_owned(), (0.0, 1.0));
    let view = panel.view(answer);
    let held = ["r04", "r10"];
    let focused: Vec<&str> = parallel(&view).runs.iter().filter(|r| r.focus).map(|r| r.key.as_str()).collect();
    assert_eq!(focused, held);
    assert_eq!(parallel(&view).axes[0].brush, Some(Brush { low: 0.001, high: 0.1 }));
    let points: Vec<&str> =
        scatter(&view, "scatter").points.iter().filter(|p| p.focus).map(|p| p.key.as_str()).collect();
    assert_eq!(points, held);
    assert_eq!((grid(&view).row_keys.as_slice(), grid(&view).n_total), (held.map(str::to_owned).as_slice(), Some(12)));
}

#[test]
fn what_the_loss_follows_is_most_important() {
    let view = panel().view(answer);
    let bars = bars(&view);
    // Mid-ranks of alpha lie 4 apart, those of the loss 2: 128 / sqrt(128 * 140).
    assert_eq!((bars.bars[0].key.as_str(), bars.bars[0].note.as_str()), ("alpha", "ρ +0.96"));
    assert!(bars.bars[0].value > 0.9 && bars.bars[0].low < bars.bars[0].value);
    assert_eq!(bars.bars.iter().find(|b| b.key == "penalty").unwrap().note, "");
    assert_eq!(bars.target.as_deref(), Some("param"));
    assert_eq!(scatter(&view, "scatter").x.title, "alpha");
}

#[test]
fn the_chosen_parameter_may_be_one_of_names() {
    let mut panel = panel();
    panel.set("param", "penalty");
    let view = panel.view(answer);
    let scatter = scatter(&view, "scatter");
    assert_eq!((scatter.x.title.as_str(), scatter.x.categories.len(), scatter.points[3].x), ("penalty", 2, 1.0));
    let block = view.blocks.iter().find(|b| b.id == "scatter").unwrap();
    let drawing = compile(block, &Theme::sample(), 400).unwrap();
    assert_eq!(drawing.option["xAxis"]["data"], serde_json::json!(["l1", "l2"]), "{}", drawing.option);
}

#[test]
fn below_ten_runs_there_is_no_importance_and_it_says_so() {
    let few = |q: &Query| matches!(q, Query::Runs(_)).then(|| runs(&twelve()[..9]));
    let (view, notes) = panel().derive(few);
    assert!(view.unwrap().blocks.iter().all(|b| b.id != "importance"));
    assert!(
        notes.remarks.iter().any(|r| r == "no importance of parameters: 9 runs have a val_loss, and a forest needs 10")
    );
}

#[test]
fn the_table_is_sorted_by_the_objective_and_shows_what_differs() {
    let mut panel = panel();
    let view = panel.view(answer);
    let titles = |view: &View| grid(view).columns.iter().map(|c| c.title.clone()).collect::<Vec<_>>();
    assert_eq!(
        titles(&view),
        ["Run", "State", "Started", "alpha", "penalty", "seed", "val_loss", "train_loss", "val_accuracy"]
    );
    assert_eq!(grid(&view).row_keys[..3], ["r00", "r03", "r06"]);
    assert_eq!(grid(&view).rows[0][3], Cell::Number(0.0001));
    panel.set("diff", "all");
    assert!(titles(&panel.view(answer)).contains(&"batch".to_owned()));
    panel.set("objective", "val_accuracy");
    assert_eq!(grid(&panel.view(answer)).row_keys[0], "r00");
}

#[test]
fn the_best_run_has_its_seeds_interval() {
    let view = panel().view(answer);
    let (best, seeds) = (&view.figures[0], &view.figures[1]);
    assert_eq!((best.value, best.n, best.series.get("run_id")), (Some(0.1), Some(12.0), Some("r00")));
    // alpha = 0.0001 with l1: r00 (0.10) and r06 (0.11); t with one degree of freedom is 12.706, the standard error 0.005.
    assert!((seeds.value.unwrap() - 0.105).abs() < 1e-12 && seeds.n == Some(2.0));
    assert!((seeds.high.unwrap() - (0.105 + 12.7062 * 0.005)).abs() < 1e-5);
}

#[test]
fn the_front_holds_the_runs_that_none_beats() {
    let four: Vec<Run<'_>> = vec![
        ("a", "1", "l1", "0", 0.1, 0.7),
        ("b", "2", "l1", "0", 0.2, 0.9),
        ("c", "3", "l1", "0", 0.3, 0.8),
        ("d", "4", "l1", "0", f64::NAN, 0.99),
    ];
    let mut panel = panel();
    panel.set("objective2", "val_accuracy");
    let view = panel.view(|q| matches!(q, Query::Runs(_)).then(|| runs(&four)));
    let pareto = scatter(&view, "pareto");
    assert_eq!(
        (pareto.lines[0].x.as_slice(), pareto.lines[0].y.as_slice()),
        ([0.1, 0.2].as_slice(), [0.7, 0.9].as_slice())
    );
    assert_eq!(pareto.points.len(), 3);
}

#[test]
fn a_compared_version_is_the_reference_of_the_best() {
    let mut panel = panel();
    let kind = ReferenceKind::Model { id: "m".to_owned(), version: None };
    panel.references.push(Reference { title: "m".to_owned(), kind });
    let view = panel.view(|q| match q {
        Query::Versions(_) => Some(rows(vec![
            ("model", text(&["m", "m"])),
            ("version", text(&["2", "1"])),
            ("run_id", text(&["r01", "r02"])),
            ("aliases", text(&["", "champion"])),
            ("created", Values::Time([2.0, 1.0].into())),
        ])),
        other => answer(other),
    });
    assert_eq!((view.figures[0].reference, view.figures[0].reference_title.as_deref()), (Some(0.7), Some("m v1")));
}

#[test]
fn runs_without_parameters_or_values_are_told() {
    let alike: Vec<Run<'_>> = vec![("a", "1", "l1", "0", f64::NAN, 0.7), ("b", "1", "l1", "0", 0.2, f64::INFINITY)];
    let (view, notes) = panel().derive(|q| matches!(q, Query::Runs(_)).then(|| runs(&alike)));
    let view = view.unwrap();
    assert!(view.blocks.iter().all(|b| b.id != "parallel" && b.id != "scatter"));
    assert!(notes.remarks.iter().any(|r| r.starts_with("no parameter differs")));
    assert_eq!(grid(&view).rows[1].last(), Some(&Cell::Number(0.7)));
    let none = |q: &Query| matches!(q, Query::Runs(_)).then(|| runs(&[]));
    assert!(matches!(panel().derive(none).0, Err(Stop::Empty { .. })));
}

#[test]
fn the_overview_has_two_blocks_side_by_side() {
    let mut panel = panel();
    panel.details = false;
    let view = panel.view(answer);
    let blocks: Vec<(&str, u8)> = view.blocks.iter().map(|b| (b.id.as_str(), b.width)).collect();
    assert_eq!(blocks, [("parallel", 8), ("importance", 4)]);
    assert!(view.figures.len() <= 4);
    let drawing = compile(&view.blocks[0], &Theme::sample(), 400).unwrap();
    let types: Vec<_> = drawing.option["parallelAxis"].as_array().unwrap().iter().map(|a| a["type"].clone()).collect();
    insta::assert_json_snapshot!(types);
}

#[test]
fn the_dashboard_shows_axes_runs_or_surface_by_one_click() {
    let mut panel = panel();
    panel.details = false;
    let ids = |panel: &Bench| panel.view(answer).blocks.iter().map(|b| b.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&panel), ["parallel", "importance"]);
    panel.set("show", "runs");
    assert_eq!(ids(&panel), ["runs"]);
    panel.set("show", "surface");
    assert_eq!(ids(&panel), ["surface"]);
    let view = panel.view(answer);
    assert!(view.controls.iter().any(|c| c.name == "show" && c.value == "surface" && !c.details));
}

#[test]
fn the_surface_is_the_forests_prediction_with_the_runs_on_it() {
    let (view, notes) = panel().derive(answer);
    let view = view.unwrap();
    let surface = scatter(&view, "surface");
    assert_eq!((surface.x.title.as_str(), surface.x.scale), ("alpha", XScale::Log));
    assert_eq!((surface.points.len(), surface.values.len(), surface.value_title.as_str()), (12, 12, "val_loss"));
    let field = surface.field.as_ref().unwrap();
    assert_eq!(field.values.len(), field.x_low.len() * field.y_low.len());
    // The loss rises with alpha, so that the first cell of a row is below its last, and cells reach from one end to the other.
    let n = field.x_low.len();
    assert!(field.values[0] + 0.2 < field.values[n - 1], "{:?}", &field.values[..n]);
    assert!((field.x_low[0] - 0.0001).abs() < 1e-12 && (field.x_high[n - 1] - 1.0).abs() < 1e-9);
    assert!(notes.remarks.iter().any(|r| r.contains("no measurement")), "{:?}", notes.remarks);
    let block = view.blocks.iter().find(|b| b.id == "surface").unwrap();
    let drawing = compile(block, &Theme::sample(), 500).unwrap();
    assert_eq!(drawing.option["series"][2]["renderItem"], "fn:cell");
    assert!(drawing.zooms, "a drag brushes the parameter");
    let twin = crate::view::twin::twin(block);
    assert_eq!(twin.grid.rows.len(), 12 + field.values.len());
}

#[test]
fn pinned_runs_stay_on_top_also_outside_the_brushes() {
    let mut panel = panel();
    panel.set("pin", "r05,r11");
    panel.selection.brushes.insert("alpha".to_owned(), (0.0, 0.001));
    let view = panel.view(answer);
    let grid = grid(&view);
    assert_eq!((grid.n_pinned, grid.pin_setting.as_deref()), (2, Some("pin")));
    assert_eq!(grid.row_keys, ["r05", "r11", "r00", "r03", "r06", "r09"]);
}

#[test]
fn axes_are_turned_and_spaced_by_lists_that_take_back_what_they_gave() {
    let mut panel = panel();
    panel.set("spacing", "alpha");
    panel.set("flip", "penalty");
    let view = panel.view(answer);
    assert_eq!((parallel(&view).axes[0].scale, parallel(&view).axes[1].flipped), (XScale::Linear, true));
    let options = |name: &str| match &view.controls.iter().find(|c| c.name == name).unwrap().kind {
        ControlKind::Choice(options) => options.iter().map(|o| o.0.clone()).collect::<Vec<_>>(),
        ControlKind::Slider { .. } => panic!("no list"),
    };
    assert_eq!(options("flip"), ["penalty", "penalty,alpha", "", "penalty,seed", "penalty,val_loss"]);
    assert_eq!(options("spacing"), ["alpha", ""]);
}

#[test]
fn a_brush_keeps_the_forest_and_the_viewer_may_ask_for_one_of_its_own() {
    let bars_title = |panel: &Bench| {
        let view = panel.view(answer);
        view.blocks.iter().find(|b| b.id == "importance").map(|b| b.title.clone())
    };
    let mut panel = panel();
    panel.selection.brushes.insert("penalty".to_owned(), (-0.5, 1.5));
    assert_eq!(bars_title(&panel).as_deref(), Some("Importance, n = 12 runs"));
    panel.set("fit", "brushed");
    assert_eq!(bars_title(&panel).as_deref(), Some("Importance, n = 12 runs within the brushes"));
    panel.selection.brushes.insert("penalty".to_owned(), (0.5, 1.5));
    let (view, notes) = panel.derive(answer);
    assert!(view.unwrap().blocks.iter().all(|b| b.id != "importance"));
    assert!(notes.remarks.iter().any(|r| r.contains("6 runs have a val_loss, and a forest needs 10")));
}

#[test]
fn a_view_is_the_same_with_and_without_what_is_kept() {
    let query = Query::Runs(RunsQuery {
        source: SourceId("mlflow".to_owned()),
        experiments: vec!["sweep".to_owned(), "other".to_owned()],
        limit: 10_000,
    });
    let answers = Answers::from([(query, Answer::Ready(Arc::new(runs(&twelve()))))]);
    let memo = Memo::default();
    let mut panel = panel();
    for brush in [None, Some((0.001, 0.1)), Some((0.0, 0.001)), None] {
        panel.selection.brushes = brush.map(|ends| ("alpha".to_owned(), ends)).into_iter().collect();
        let fresh = derive(&panel.context(), &mut Ask::new(&answers));
        let kept = derive(&panel.context(), &mut Ask::new(&answers).with_memo(&memo));
        assert!(fresh.is_ok());
        // NaN is not equal to itself: compared as they would be told.
        assert_eq!(format!("{fresh:?}"), format!("{kept:?}"));
    }
}

#[test]
#[ignore = "prints how long ten thousand runs take"]
fn ten_thousand_runs() {
    let names: Vec<(String, String, String)> = (0..10_000)
        .map(|i| (format!("run{i}"), format!("{}", 1e-4 * f64::from(i % 97 + 1)), (i % 5).to_string()))
        .collect();
    let many: Vec<Run<'_>> = names
        .iter()
        .enumerate()
        .map(|(i, (name, alpha, seed))| {
            (name.as_str(), alpha.as_str(), ["l1", "l2", "none"][i % 3], seed.as_str(), (i % 89) as f64, 0.5)
        })
        .collect();
    let query = Query::Runs(RunsQuery {
        source: SourceId("mlflow".to_owned()),
        experiments: vec!["sweep".to_owned(), "other".to_owned()],
        limit: 10_000,
    });
    let answers = Answers::from([(query, Answer::Ready(Arc::new(runs(&many))))]);
    let memo = Memo::default();
    let mut panel = panel();
    for (details, show) in [(false, "axes"), (false, "runs"), (false, "surface"), (true, "axes")] {
        panel.details = details;
        panel.set("show", show);
        for low in [0.001, 0.002, 0.003] {
            panel.selection.brushes.insert("alpha".to_owned(), (low, 0.005));
            #[allow(clippy::disallowed_methods)]
            let start = std::time::Instant::now();
            let view = derive(&panel.context(), &mut Ask::new(&answers).with_memo(&memo)).unwrap();
            let took = start.elapsed();
            let n_cells: usize = view.blocks.iter().map(|b| crate::view::twin::twin(b).grid.rows.len()).sum();
            println!("details {details}, {show}, brush from {low}: {took:?} for {n_cells} rows of all pictures");
        }
    }
}
