//! The drift panel on small windows.

use crate::chart::{Theme, compile};
use crate::derive::fixture::{Bench, DAY_MS, NOW_MS, rows, text, versions};
use crate::derive::{Reference, ReferenceKind, Stop};
use crate::frame::{Column, Frame, Table, Values};
use crate::query::{ArtifactShape, MatchOp, Query, TimeRange};
use crate::spec::PanelKind;
use crate::stats::rng::Rng;
use crate::view::{Bars, BlockBody, Cell, Grid, Matrix, View};

const MODEL: &str = r#"[{ "id": "m", "identity": { "mlflow": { "predictions": "rows" } } }]"#;

fn panel() -> Bench {
    let mut bench = Bench::new(PanelKind::Drift, MODEL, "[]");
    bench.range = TimeRange::new(NOW_MS - DAY_MS, NOW_MS);
    bench.details = true;
    bench
}

/// `n` rows spread over a range: `wide` and `calm` are normal, `wide` moved by `shift`; `colour` has a third value with `third`.
fn window(range: TimeRange, n: usize, shift: f64, third: bool, seed: u64) -> Frame {
    let mut rng = Rng::new(seed);
    let at = |i: usize| range.from_ms as f64 + (range.width_ms() as f64) * (i as f64 + 0.5) / n as f64;
    let wide: Vec<f64> = (0..n).map(|_| shift + rng.normal()).collect();
    let calm: Vec<f64> = (0..n).map(|_| rng.normal()).collect();
    let score: Vec<f64> = (0..n).map(|_| rng.next_f64()).collect();
    let colours: &[&str] = if third { &["red", "blue", "green"] } else { &["red", "blue"] };
    let colour: Vec<&str> = (0..n).map(|i| colours[i % colours.len()]).collect();
    let class = Values::Integer(score.iter().map(|s| Some(i64::from(*s > 0.5))).collect());
    rows(vec![
        ("time", Values::Time((0..n).map(at).collect())),
        ("id", text(&vec!["x"; n])),
        ("version", text(&vec!["1"; n])),
        ("label", class.clone()),
        ("score", Values::numbers(score)),
        ("prediction", class),
        ("calm", Values::numbers(calm)),
        ("wide", Values::numbers(wide)),
        ("colour", text(&colour)),
    ])
}

/// A week of reference from two weeks ago, and a current day that is shifted.
fn shifted(query: &Query) -> Option<Frame> {
    match query {
        Query::Rows(q) if q.range.to_ms == NOW_MS => Some(window(q.range, 300, 0.7, true, 1)),
        Query::Rows(q) => Some(window(q.range, 600, 0.0, false, 2)),
        _ => None,
    }
}

fn grid(view: &View) -> &Grid {
    match &view.blocks.iter().find(|b| b.id == "features").unwrap().body {
        BlockBody::Grid(g) => g,
        other => panic!("{other:?}"),
    }
}

fn bars(view: &View) -> &Bars {
    match &view.blocks.iter().find(|b| b.id == "distribution").unwrap().body {
        BlockBody::Bars(b) => b,
        other => panic!("{other:?}"),
    }
}

fn heatmap(view: &View) -> &Matrix {
    match &view.blocks.iter().find(|b| b.id == "heatmap").unwrap().body {
        BlockBody::Matrix(m) => m,
        other => panic!("{other:?}"),
    }
}

fn cell<'v>(view: &'v View, feature: &str, column: &str) -> &'v Cell {
    let grid = grid(view);
    let row = grid.row_keys.iter().position(|k| k == feature).unwrap();
    let place = grid.columns.iter().position(|c| c.title == column).unwrap();
    &grid.rows[row][place]
}

fn state(view: &View, feature: &str) -> String {
    match cell(view, feature, "State") {
        Cell::Status(_, word) => word.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_shifted_feature_is_found_and_the_calm_one_is_not() {
    let (view, notes) = panel().derive(shifted);
    let view = view.unwrap();
    assert_eq!(grid(&view).row_keys, ["wide", "colour", "calm", "score", "prediction"]);
    assert_eq!((state(&view, "wide").as_str(), state(&view, "colour").as_str()), ("drifted", "drifted"));
    assert_ne!(state(&view, "calm"), "drifted");
    let Cell::Interval(effect, low, high) = *cell(&view, "wide", "Effect") else { panic!() };
    assert!(low < effect && effect < high && (0.5..0.9).contains(&effect), "{low} {effect} {high}");
    assert_eq!(cell(&view, "colour", "New categories"), &Cell::Text("green".to_owned()));
    // Two of three features; the outputs are not features.
    assert_eq!((view.figures[0].value, view.figures[0].n), (Some(2.0 / 3.0), Some(3.0)));
    let titles: Vec<&str> = view.figures.iter().map(|f| f.title.as_str()).collect();
    assert_eq!(titles, ["Features drifted", "Score drift, Wasserstein", "Prediction drift, Jensen-Shannon"]);
    assert!(view.figures[1].low.is_some() && view.figures[1].q.is_some());
    assert!(notes.remarks.iter().any(|r| r == "rows are taken as independent"));
    assert!(notes.remarks.iter().any(|r| r.contains("600 rows; now: 300 rows")), "{:?}", notes.remarks);
}

#[test]
fn distances_equal_hand_arithmetic() {
    let make = |values: &[f64], colours: &[&str], range: TimeRange| {
        let n = values.len();
        rows(vec![
            ("time", Values::Time(vec![range.from_ms as f64; n].into())),
            ("x", Values::numbers(values.iter().copied())),
            ("colour", text(colours)),
        ])
    };
    let view = panel().view(|q| match q {
        Query::Rows(q) if q.range.to_ms == NOW_MS => {
            Some(make(&[2.0, 4.0, f64::NAN, 4.0], &["a", "a", "a", "b"], q.range))
        }
        Query::Rows(q) => Some(make(&[1.0, 3.0, 1.0, 3.0], &["a", "b", "a", "b"], q.range)),
        _ => None,
    });
    // x: reference {1, 3} with standard deviation 1; now {2, 4, 4}: area |F - G| is 1/2 + 1/6 + 2/3 = 4/3.
    let Cell::Interval(wasserstein, ..) = *cell(&view, "x", "Wasserstein") else {
        panic!("{:?}", cell(&view, "x", "Wasserstein"))
    };
    assert!((wasserstein - 4.0 / 3.0).abs() < 1e-12, "{wasserstein}");
    let Cell::Interval(nulls, ..) = *cell(&view, "x", "Missing, change") else { panic!() };
    assert_eq!(nulls, 0.25);
    // colour: shares 1/2, 1/2 against 3/4, 1/4: PSI = 1/4 ln(3/2) - 1/4 ln(1/2).
    let Cell::Interval(psi, ..) = *cell(&view, "colour", "PSI") else { panic!() };
    assert!((psi - 0.25 * 3.0_f64.ln()).abs() < 1e-12, "{psi}");
    assert_eq!(state(&view, "x"), "few rows");
    let distribution = bars(&view);
    let shares: Vec<(f64, f64)> = distribution.bars.iter().map(|b| (b.value, b.reference)).collect();
    // The first ranked is x, value by value: 1, 2, 3, 4.
    assert_eq!(shares, [(0.0, 0.5), (1.0 / 3.0, 0.0), (0.0, 0.5), (2.0 / 3.0, 0.0)]);
}

#[test]
fn the_reference_is_the_compared_range_then_a_past_week_then_the_evaluation_rows() {
    let asked = |panel: &Bench, answer: fn(&Query) -> Option<Frame>| panel.derive(answer).1;
    let has = |notes: &crate::derive::Notes, text: &str| notes.remarks.iter().any(|r| r.contains(text));
    let week = asked(&panel(), shifted);
    let ranges: Vec<TimeRange> =
        week.asked.iter().filter_map(|q| if let Query::Rows(q) = q { Some(q.range) } else { None }).collect();
    assert!(ranges.contains(&TimeRange::new(NOW_MS - 14 * DAY_MS, NOW_MS - 7 * DAY_MS - 1)));
    assert!(has(&week, "reference: the predictions of 2023-11-01 to 2023-11-07 (UTC), 600 rows"), "{:?}", week.remarks);

    let mut compared = panel();
    let range = compared.range.previous();
    compared.references.push(Reference { title: "previous period".to_owned(), kind: ReferenceKind::Range(range) });
    assert!(has(&asked(&compared, shifted), "reference: previous period, 600 rows"));

    let only_now: fn(&Query) -> Option<Frame> = |q| match q {
        Query::Rows(q) if q.range.to_ms == NOW_MS => shifted(&Query::Rows(q.clone())),
        Query::Rows(q) => Some(window(q.range, 0, 0.0, false, 0)),
        Query::Versions(_) => Some(versions("m", &[("4", "run", "champion")])),
        Query::Artifact(a) if a.shape == ArtifactShape::Rows => {
            Some(window(TimeRange::new(0, 1_000), 100, 0.0, false, 3))
        }
        _ => None,
    };
    assert!(has(&asked(&panel(), only_now), "reference: the evaluation rows of version 4, 100 rows"));
}

#[test]
fn importance_weighs_the_ranking() {
    let both = |q: &Query| match q {
        Query::Rows(q) if q.range.to_ms == NOW_MS => Some(window(q.range, 300, 0.7, true, 1)),
        Query::Versions(_) => Some(versions("m", &[("4", "run", "champion")])),
        Query::Artifact(a) if a.shape == ArtifactShape::Importance => Some(rows(vec![
            ("feature", text(&["colour", "wide", "calm"])),
            ("mean", Values::numbers([0.9, 0.01, -0.2])),
        ])),
        other => shifted(other),
    };
    let view = panel().view(both);
    assert_eq!(grid(&view).row_keys[..3], ["colour", "wide", "calm"]);
    assert_eq!(cell(&view, "colour", "Importance"), &Cell::Number(0.9));
}

#[test]
fn a_chosen_feature_shows_its_distributions() {
    let mut panel = panel();
    panel.set("feature", "colour");
    let view = panel.view(shifted);
    let shares: Vec<(&str, f64, f64)> =
        bars(&view).bars.iter().map(|b| (b.title.as_str(), b.value, b.reference)).collect();
    assert_eq!(shares, [("blue", 1.0 / 3.0, 0.5), ("green", 1.0 / 3.0, 0.0), ("red", 1.0 / 3.0, 0.5)]);
    let block = view.blocks.iter().find(|b| b.id == "distribution").unwrap();
    let drawing = compile(block, &Theme::sample(), 300).unwrap();
    let series: Vec<_> =
        drawing.option["series"].as_array().unwrap().iter().map(|s| (s["id"].clone(), s["data"].clone())).collect();
    insta::assert_json_snapshot!(series);
}

#[test]
fn the_heatmap_has_the_distance_of_each_time_bin() {
    let later = |q: &Query| match q {
        // The second half of the day is moved by ten standard deviations.
        Query::Rows(q) if q.range.to_ms == NOW_MS => {
            let frame = window(q.range, 600, 0.0, false, 1);
            let table = frame.table().unwrap();
            let columns = table.columns().iter().map(|c| {
                let mut c = c.clone();
                if c.name == "wide" {
                    let moved = |i: usize| c.values.number_at(i) + if i >= 300 { 10.0 } else { 0.0 };
                    c.values = Values::numbers((0..600).map(moved));
                }
                c
            });
            Some(Frame::from_table(crate::frame::Table::new(columns.collect()).unwrap()))
        }
        other => shifted(other),
    };
    let view = panel().view(later);
    let map = heatmap(&view);
    assert_eq!((map.rows[0].as_str(), map.columns.len(), map.column_times.len()), ("wide", 20, 20));
    assert!(map.values[..10].iter().all(|v| *v < 1.0) && map.values[10..20].iter().all(|v| *v > 8.0));
    assert_eq!(map.counts[..2], [30.0, 30.0]);
}

#[test]
fn empty_windows_and_columns_are_told() {
    let nothing = |q: &Query| matches!(q, Query::Rows(_)).then(|| window(TimeRange::new(0, 1), 0, 0.0, false, 0));
    assert!(
        matches!(panel().derive(nothing).0, Err(Stop::Empty { reason, .. }) if reason.contains("in this time range"))
    );
    let no_past = |q: &Query| match q {
        Query::Rows(r) if r.range.to_ms == NOW_MS => shifted(q),
        _ => nothing(q),
    };
    assert!(
        matches!(panel().derive(no_past).0, Err(Stop::Empty { reason, .. }) if reason.contains("nothing to compare with"))
    );
    let gone = |q: &Query| match q {
        Query::Rows(r) => {
            let values = if r.range.to_ms == NOW_MS { [f64::NAN; 3] } else { [1.0; 3] };
            Some(rows(vec![("time", Values::Time([0.0; 3].into())), ("x", Values::numbers(values))]))
        }
        _ => None,
    };
    let (result, notes) = panel().derive(gone);
    assert!(matches!(result, Err(Stop::Empty { .. })));
    assert!(notes.remarks.iter().any(|r| r == "x is not compared: one window has no values of it"));
    let unnamed = Bench::new(PanelKind::Drift, r#"[{ "id": "m" }]"#, "[]");
    assert!(matches!(unnamed.derive(shifted).0, Err(Stop::Empty { teach: Some(_), .. })));
}

#[test]
fn one_row_and_constant_columns_do_not_drift() {
    let one = |q: &Query| match q {
        Query::Rows(r) if r.range.to_ms == NOW_MS => {
            Some(rows(vec![("time", Values::Time([NOW_MS as f64].into())), ("x", Values::numbers([5.0]))]))
        }
        Query::Rows(_) => Some(rows(vec![("time", Values::Time([0.0; 9].into())), ("x", Values::numbers([5.0; 9]))])),
        _ => None,
    };
    let view = panel().view(one);
    assert_eq!((state(&view, "x").as_str(), cell(&view, "x", "p")), ("few rows", &Cell::Number(1.0)));
    assert_eq!(bars(&view).bars.len(), 1);
}

#[test]
fn wanted_features_are_all_that_is_compared_and_hidden_ones_are_not() {
    let mut panel = panel();
    panel.panel.options.insert("features".to_owned(), serde_json::json!(["calm", "version"]));
    panel.workspace.privacy.hidden_columns.push("score".to_owned());
    let view = panel.view(shifted);
    assert_eq!(grid(&view).row_keys, ["calm", "version", "prediction"]);
}

#[test]
fn the_overview_fits() {
    let mut panel = panel();
    panel.details = false;
    let view = panel.view(shifted);
    let blocks: Vec<(&str, u8)> = view.blocks.iter().map(|b| (b.id.as_str(), b.width)).collect();
    assert_eq!(blocks, [("features", 7), ("distribution", 5), ("heatmap", 12)]);
    assert_eq!(grid(&view).columns.len(), 4);
}

/// Ten features with the ties of replayed rows, as many rows as a week of the lab.
#[test]
#[ignore = "prints how long ten features of ten thousand rows take"]
fn ten_thousand_rows() {
    for (n_values, shift) in [(171, 0.0), (171, 0.05), (171, 1.0), (1_000_000, 0.05)] {
        let make = |n: usize, shift: f64, seed: u64| {
            let mut rng = Rng::new(seed);
            let pool: Vec<Vec<f64>> = (0..10)
                .map(|c| {
                    let mut r = Rng::new(100 + c);
                    (0..n_values).map(|_| r.normal()).collect()
                })
                .collect();
            let picks: Vec<usize> = (0..n).map(|_| rng.below(n_values)).collect();
            let names: Vec<String> = (0..10).map(|c| format!("f{c}")).collect();
            let mut columns =
                vec![("time", Values::Time((0..n).map(|i| (NOW_MS - 80_000_000 + i as i64 * 1_000) as f64).collect()))];
            columns.extend(names.iter().zip(&pool).map(|(name, pool)| {
                let pick = picks.iter().enumerate().map(|(i, &p)| pool[p] + if i % 2 == 0 { shift } else { 0.0 });
                (name.as_str(), Values::numbers(pick.collect::<Vec<_>>()))
            }));
            rows(columns)
        };
        let (now, before) = (make(10_000, shift, 1), make(10_000, 0.0, 2));
        let answer = |q: &Query| match q {
            Query::Rows(r) if r.range.to_ms == NOW_MS => Some(now.clone()),
            Query::Rows(_) => Some(before.clone()),
            _ => None,
        };
        #[allow(clippy::disallowed_methods)]
        let start = std::time::Instant::now();
        let view = panel().view(answer);
        println!("{n_values} values, shift {shift}: {:?}; {:?}", start.elapsed(), grid(&view).rows[0][2]);
    }
}

#[test]
fn a_segment_is_compared_with_all_others_of_the_same_time() {
    let mut panel = panel();
    let kind = ReferenceKind::Rest { dimension: "segment".to_owned(), value: "new".to_owned() };
    panel.references = vec![Reference { title: "all segments but new".to_owned(), kind }];
    let (view, notes) = panel.derive(|q| match q {
        Query::Rows(q) => {
            let is_rest = q.matchers.iter().any(|m| m.op == MatchOp::NotIn);
            assert_eq!(q.range.to_ms, NOW_MS);
            let frame = window(q.range, 300, if is_rest { 0.0 } else { 0.7 }, false, if is_rest { 1 } else { 2 });
            let table = frame.table().unwrap();
            let mut columns = table.columns().to_vec();
            columns.push(Column::new("segment", text(&vec![if is_rest { "old" } else { "new" }; 300])));
            Some(Frame::from_table(Table::new(columns).unwrap()))
        }
        _ => None,
    });
    assert_eq!(grid(&view.unwrap()).row_keys[0], "wide");
    assert!(notes.remarks.iter().any(|r| r.contains("all segments but new, 300 rows")), "{:?}", notes.remarks);
}

#[test]
fn the_dashboard_has_the_heatmap_and_a_click_on_it_chooses_the_feature() {
    let mut panel = panel();
    panel.details = false;
    let view = panel.view(shifted);
    let ids: Vec<&str> = view.blocks.iter().filter(|b| !b.details).map(|b| b.id.as_str()).collect();
    assert_eq!(ids, ["features", "distribution", "heatmap"]);
    assert_eq!((heatmap(&view).target.as_deref(), heatmap(&view).rows[0].as_str()), (Some("feature"), "wide"));
}
