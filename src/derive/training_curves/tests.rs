//! The curves panel on small sweeps.

use std::sync::Arc;

use crate::chart::{Theme, compile};
use crate::derive::fixture::{Bench, NOW_MS, rows, text};
use crate::derive::shared::sweep::fixture::{Run, bench, runs};
use crate::derive::{Answer, Answers, Ask, Context, Reference, ReferenceKind, Side, Stop, derive};
use crate::frame::{Frame, Labels, Sampled, Series, XKind};
use crate::query::{HistoryQuery, Query};
use crate::spec::PanelKind;
use crate::view::{BlockBody, Cell, LineRole, Lines, MarkShape, View, XScale};

const FOUR: [Run<'_>; 4] = [
    ("a1", "0.1", "l1", "1", 0.4, 0.80),
    ("a2", "0.1", "l1", "2", 0.3, 0.82),
    ("b1", "0.2", "l2", "1", 0.6, 0.70),
    ("b2", "0.2", "l2", "2", f64::NAN, f64::NAN),
];

/// One logged value a second, two seconds after the start.
fn history(query: &HistoryQuery, values: impl Fn(&str) -> Vec<f64>) -> Frame {
    let series = query.runs.iter().map(|run| {
        let y = values(run);
        let x: Vec<f64> = (0..y.len()).map(|i| i as f64).collect();
        let times = x.iter().map(|step| (NOW_MS - 100_000) as f64 + 2_000.0 + step * 1_000.0).collect();
        let labels = Labels::new().with("run_id", run.as_str()).with("key", query.key.as_str());
        Series { times: Some(times), ..Series::new(labels, "none".into(), XKind::Step, x, y) }
    });
    Frame::from_series(series.collect())
}

fn losses(run: &str) -> Vec<f64> {
    match run {
        "a1" => vec![1.0, 0.5, 0.4],
        "a2" => vec![0.8, 0.2, 0.3],
        "b1" => vec![0.9, 0.7, 0.6],
        "b2" => vec![1.0, f64::INFINITY, f64::NAN],
        _ => vec![5.0, 4.0],
    }
}

fn answer(query: &Query) -> Option<Frame> {
    match query {
        Query::Runs(_) => Some(runs(&FOUR)),
        Query::History(h) if h.key == "train_loss" => {
            Some(history(h, |run| losses(run).iter().map(|v| v / 2.0).collect()))
        }
        Query::History(h) => Some(history(h, losses)),
        _ => None,
    }
}

fn curves(view: &View) -> &Lines {
    match &view.blocks[0].body {
        BlockBody::Lines(lines) => lines,
        other => panic!("{other:?}"),
    }
}

fn titles(view: &View) -> Vec<(&str, LineRole)> {
    curves(view).lines.iter().map(|l| (l.title.as_str(), l.role)).collect()
}

fn panel() -> Bench {
    bench(PanelKind::TrainingCurves)
}

#[test]
fn best_runs_come_first_and_training_is_told_apart() {
    let view = panel().view(answer);
    use LineRole::{Training, Validation};
    assert_eq!(
        titles(&view),
        [
            ("a2", Validation),
            ("a2 train", Training),
            ("a1", Validation),
            ("a1 train", Training),
            ("b1", Validation),
            ("b1 train", Training),
            ("b2", Validation),
            ("b2 train", Training)
        ]
    );
    let hues: std::collections::BTreeSet<&str> = curves(&view).lines.iter().map(|l| l.entity.as_str()).collect();
    assert_eq!(hues.len(), 4);
    let figure = &view.figures[0];
    assert_eq!((figure.metric.as_str(), figure.value, figure.n), ("val_loss", Some(0.2), Some(3.0)));
    assert_eq!(figure.series.get("run_id"), Some("a2"));
    assert!(figure.title.contains("a2 at step 1") && figure.method.is_some());
    assert_eq!(view.as_of_ms, Some((NOW_MS - 100_000 + 4_000) as f64));
}

#[test]
fn a_diverging_run_breaks_off_and_is_named() {
    let mut panel = panel();
    panel.details = true;
    let view = panel.view(answer);
    let b2 = curves(&view).lines.iter().find(|l| l.title == "b2").unwrap();
    assert_eq!(format!("{:?}", b2.y), "[1.0, NaN, NaN]");
    let BlockBody::Grid(legend) = &view.blocks[1].body else { panic!() };
    assert_eq!(legend.row_keys, ["a2", "a1", "b1", "b2"]);
    assert!(matches!(&legend.rows[3][1], Cell::Status(_, word) if word == "4 values not finite"));
    // Last, lowest, highest, best step of the best run.
    assert_eq!(legend.rows[0][2..6], [0.3, 0.2, 0.8, 1.0].map(Cell::Number));
    assert!(view.remarks.iter().chain(&panel.derive(answer).1.remarks).any(|r| r == "1 run has no finite val_loss"));
}

#[test]
fn above_ten_lines_all_but_a_few_are_grey() {
    let names: Vec<String> = (0..8).map(|i| format!("r{i}")).collect();
    let many: Vec<Run<'_>> =
        names.iter().enumerate().map(|(i, n)| (n.as_str(), "1", "l1", "1", 0.1 * (i + 1) as f64, 0.5)).collect();
    let mut panel = panel();
    panel.set("run", "r6");
    let view = panel.view(|q| match q {
        Query::Runs(_) => Some(runs(&many)),
        other => answer(other),
    });
    let coloured: Vec<&str> =
        curves(&view).lines.iter().filter(|l| l.role == LineRole::Validation).map(|l| l.title.as_str()).collect();
    assert_eq!(coloured, ["r0", "r1", "r6"]);
    assert_eq!(curves(&view).lines.iter().filter(|l| l.role == LineRole::Muted).count(), 5);
}

#[test]
fn few_are_asked_and_the_chosen_and_brushed_are_added() {
    let mut panel = panel();
    panel.set("runs", "1");
    assert_eq!(titles(&panel.view(answer)).len(), 2);
    panel.set("run", "b2");
    assert_eq!(
        titles(&panel.view(answer)).iter().map(|t| t.0).collect::<Vec<_>>(),
        ["a2", "a2 train", "b2", "b2 train"]
    );
    panel.set("run", "");
    panel.selection.brushes.insert("alpha".to_owned(), (0.15, 0.25));
    assert_eq!(
        titles(&panel.view(answer)).iter().map(|t| t.0).collect::<Vec<_>>(),
        ["b1", "b1 train", "b2", "b2 train"]
    );
    panel.selection.brushes.insert("penalty".to_owned(), (-0.5, 0.5));
    assert_eq!(panel.derive(answer).0, Err(Stop::empty("no run lies within the brushes; clear one to see curves")));
}

#[test]
fn seeds_are_drawn_as_their_mean_with_a_band() {
    let mut panel = panel();
    panel.set("group", "seeds");
    panel.set("x", "time");
    let view = panel.view(answer);
    let first = &curves(&view).lines[0];
    assert_eq!(first.title, "alpha=0.1, penalty=l1");
    assert_eq!((first.y[1], first.low[1], first.high[1]), (0.35, 0.2, 0.5));
    // The best of the group is a2, which started a second after a1.
    assert_eq!(first.x, [1.0, 2.0, 3.0]);
    let diverged = curves(&view).lines.iter().find(|l| l.title == "alpha=0.2, penalty=l2").unwrap();
    assert!(diverged.y[1].is_nan() && diverged.low[1].is_nan() && diverged.y[0] == 0.95);
}

#[test]
fn smoothing_leaves_the_raw_line_behind_and_log_has_no_place_for_zero() {
    let mut panel = panel();
    panel.set("smoothing", "0.5");
    panel.set("scale", "log");
    panel.set("runs", "1");
    let zero = |q: &Query| match q {
        Query::History(h) => Some(history(h, |_| vec![1.0, 0.0, 0.5])),
        other => answer(other),
    };
    let view = panel.view(zero);
    assert_eq!(curves(&view).y.scale, XScale::Log);
    let (smooth, raw) = (&curves(&view).lines[0], &curves(&view).lines[1]);
    assert_eq!((smooth.role, raw.role), (LineRole::Validation, LineRole::Raw));
    // Debiased: (0.5 * 1) / 0.5, (0.25 * 1) / 0.75, (0.125 * 1 + 0.5 * 0.5) / 0.875.
    assert!((smooth.y[1] - 1.0 / 3.0).abs() < 1e-12 && (smooth.y[2] - 0.375 / 0.875).abs() < 1e-12);
    assert!(raw.y[1].is_nan() && raw.y[2] == 0.5);
}

#[test]
fn best_step_and_early_stop_are_marked() {
    let mut panel = panel();
    panel.set("runs", "1");
    panel.panel.options.insert("patience".to_owned(), 2.into());
    let view = panel.view(|q| match q {
        Query::History(h) => Some(history(h, |_| vec![1.0, 0.4, 0.5, 0.6, 0.3])),
        other => answer(other),
    });
    let marks: Vec<_> = curves(&view).marks.iter().map(|m| (m.x, m.y, m.shape)).collect();
    assert_eq!(marks, [(4.0, 0.3, MarkShape::Circle), (3.0, 0.6, MarkShape::Square)]);
}

#[test]
fn a_spike_among_ten_thousand_steps_is_on_the_line_and_zooming_shows_every_step() {
    let long = |q: &Query| match q {
        Query::History(h) => {
            Some(history(h, |_| (0..10_000).map(|i| if i == 7_303 { 25.0 } else { 1.0 / f64::from(i + 1) }).collect()))
        }
        other => answer(other),
    };
    let mut panel = panel();
    panel.set("runs", "1");
    let view = panel.view(long);
    let line = &curves(&view).lines[0];
    assert!(line.x.len() < 1_300);
    let spike = line.x.iter().position(|x| *x == 7_303.0).unwrap();
    assert_eq!(line.y[spike], 25.0);
    panel.set("zoom", "7300..7306");
    let view = panel.view(long);
    assert_eq!(curves(&view).lines[0].x, (7_299..=7_307).map(f64::from).collect::<Vec<_>>());
    assert_eq!(curves(&view).x.min, Some(7_300.0));
}

#[test]
fn the_sampled_history_is_replaced_by_the_full_one() {
    let panel = panel();
    let mut answers = Answers::new();
    let context = Context {
        workspace: &panel.workspace,
        panel_id: "panel",
        panel: &panel.panel,
        selection: &panel.selection,
        range: panel.range,
        references: &[],
        side: Side::Own,
        width_px: 600,
        details: false,
        now_ms: NOW_MS,
    };
    let mut round = |want_full: bool| {
        let mut ask = Ask::new(&answers);
        let result = derive(&context, &mut ask);
        let notes = ask.into_notes();
        for query in notes.waiting.iter().chain(&notes.behind) {
            let is_full = matches!(query, Query::History(h) if h.full);
            if is_full && !want_full {
                continue;
            }
            let mut frame = answer(query).unwrap();
            if matches!(query, Query::History(h) if !h.full) {
                frame.sampled = Some(Sampled { how: "at 3 of the steps 0 to 9".to_owned() });
            }
            answers.insert(query.clone(), Answer::Ready(Arc::new(frame)));
        }
        (result, notes)
    };
    let _ = round(false);
    let _ = round(false);
    let (view, notes) = round(true);
    assert!(view.is_ok() && notes.behind.len() == 2 && notes.remarks.iter().any(|r| r.starts_with("sampled")));
    let (view, notes) = round(true);
    assert!(view.is_ok() && notes.behind.is_empty() && !notes.remarks.iter().any(|r| r.starts_with("sampled")));
    assert!(notes.asked.iter().all(|q| !matches!(q, Query::History(h) if !h.full)));
}

#[test]
fn a_compared_version_is_a_reference_line() {
    let mut panel = panel();
    panel.set("runs", "1");
    let kind = ReferenceKind::Model { id: "m".to_owned(), version: Some("7".to_owned()) };
    panel.references.push(Reference { title: "m 7".to_owned(), kind });
    let view = panel.view(|q| match q {
        Query::Versions(_) => Some(rows(vec![
            ("model", text(&["m"])),
            ("version", text(&["7"])),
            ("run_id", text(&["old"])),
            ("aliases", text(&[""])),
        ])),
        other => answer(other),
    });
    let ghost = curves(&view).lines.iter().find(|l| l.role == LineRole::Reference).unwrap();
    assert_eq!((ghost.title.as_str(), ghost.y.as_slice()), ("m v7", [5.0, 4.0].as_slice()));
    assert_eq!((view.figures[0].reference, view.figures[0].delta), (Some(4.0), Some(0.2 - 4.0)));
}

#[test]
fn what_is_missing_is_said() {
    let no_runs = |q: &Query| matches!(q, Query::Runs(_)).then(|| runs(&[]));
    assert!(
        matches!(panel().derive(no_runs).0, Err(Stop::Empty { reason, .. }) if reason.contains("no training runs"))
    );
    let no_steps = |q: &Query| match q {
        Query::History(_) => Some(Frame::default()),
        other => answer(other),
    };
    assert!(
        matches!(panel().derive(no_steps).0, Err(Stop::Empty { reason, .. }) if reason.contains("no steps of val_loss"))
    );
    let mut nothing = panel();
    nothing.workspace.models[0].identity.clear();
    assert!(matches!(nothing.derive(answer).0, Err(Stop::Empty { teach: Some(_), .. })));
    nothing.workspace.sources.clear();
    assert!(matches!(nothing.derive(answer).0, Err(Stop::Empty { teach: Some(_), .. })));
}

#[test]
fn one_value_is_a_point_and_no_curve() {
    let one = |q: &Query| match q {
        Query::History(h) => Some(history(h, |_| vec![0.5])),
        other => answer(other),
    };
    let (view, notes) = panel().derive(one);
    assert_eq!(curves(&view.unwrap()).lines[0].x, [0.0]);
    assert!(notes.remarks.iter().any(|r| r.contains("no curve")));
}

/// What the chart is made of: ids of the series with their line style, and how many points each has.
#[test]
fn the_chart_draws_dashes_marks_and_gaps() {
    let mut panel = panel();
    panel.set("runs", "4");
    let view = panel.view(answer);
    let drawing = compile(&view.blocks[0], &Theme::sample(), 600).unwrap();
    let series = drawing.option["series"].as_array().unwrap();
    let told: Vec<String> = series
        .iter()
        .map(|s| {
            let points = s["datasetIndex"].as_u64().map_or(0, |i| drawing.datasets[i as usize][1].values.len());
            format!("{} {} {points}", s["id"].as_str().unwrap(), s["lineStyle"]["type"].as_str().unwrap_or("-"))
        })
        .collect();
    insta::assert_json_snapshot!(told);
}

#[test]
fn training_runs_say_that_a_region_is_not_compared() {
    let mut panel = panel();
    let kind = ReferenceKind::Rest { dimension: "region".to_owned(), value: "eu".to_owned() };
    panel.references = vec![Reference { title: "all regions but eu".to_owned(), kind }];
    let (view, notes) = panel.derive(answer);
    assert!(view.is_ok());
    assert!(notes.remarks.iter().any(|r| r == "not compared by region: training runs do not carry it"));
}
