//! Tests of the panel on rows made by hand; the expected numbers are numpy's and scipy's for the formulas of the papers.

use super::rows::{Record, answer, assert_calm, derived_without, exposures, record};
use crate::derive::fixture::{Bench, DAY_MS, NOW_MS};
use crate::derive::{Reference, ReferenceKind, Stop};
use crate::query::{Query, TimeRange};
use crate::spec::PanelKind;
use crate::view::{Block, BlockBody, Cell, Figure, Matrix, Piece, Verdict, View};

const METRICS: &str = r#"[
    { "id": "outcomes", "direction": "higher", "dimensions": ["model", "region", "segment"], "query": {
        "type": "table", "source": "prom", "table": "exposures", "time": "at", "unit": "user_id", "value": "converted",
        "aggregate": "mean" } },
    { "id": "activity", "dimensions": ["model", "region", "segment"], "query": {
        "type": "table", "source": "prom", "table": "activity", "time": "at", "unit": "user_id", "aggregate": "units" } },
    { "id": "funnel", "dimensions": ["model", "region", "segment"], "query": {
        "type": "table", "source": "prom", "table": "funnel", "time": "at", "unit": "user_id", "aggregate": "units" } }
]"#;

/// The rows of the three tables.
#[derive(Default)]
pub(super) struct Tables {
    pub(super) exposures: Vec<Record>,
    pub(super) activity: Vec<Record>,
    pub(super) funnel: Vec<Record>,
}

impl Tables {
    pub(super) fn answer(&self, query: &Query) -> Option<crate::frame::Frame> {
        let Query::Groups(query) = query else { return None };
        let rows = match query.table.as_str() {
            "exposures" => &self.exposures,
            "activity" => &self.activity,
            _ => &self.funnel,
        };
        Some(answer(rows, query))
    }
}

pub(super) fn bench() -> Bench {
    Bench::new(PanelKind::BusinessImpact, "[]", METRICS)
}

pub(super) fn variant(at_ms: i64, name: &str, n: usize, hits: usize) -> Vec<Record> {
    exposures(at_ms, &[("experiment", "triage"), ("variant", name), ("segment", "business")], n, hits)
}

/// Conversions of 60 of 200 with the model and of 40 of 200 without; 50 and 45 of 200 in the week before.
fn two_weeks() -> Vec<Record> {
    let (now, before) = (NOW_MS - DAY_MS, NOW_MS - 8 * DAY_MS);
    [variant(now, "model", 200, 60), variant(now, "control", 200, 40)]
        .into_iter()
        .chain([variant(before, "model", 200, 50), variant(before, "control", 200, 45)])
        .flatten()
        .collect()
}

/// 40 users with the model who come every second day, and 60 without who come every fourth; all signed up on 10 March 2023, and
/// of them 24 and 21 came in June.
pub(super) fn active() -> Vec<Record> {
    let mut rows = Vec::new();
    let kinds = [("1", 40, 2, 24), ("0", 60, 4, 21)];
    let signed_up = NOW_MS - 250 * DAY_MS;
    for (assisted, n, every, in_june) in kinds {
        for user in 0..n {
            let mut push = |at: i64| {
                rows.push(record(&[
                    ("at", at.to_string().as_str()),
                    ("user_id", format!("{assisted} {user}").as_str()),
                    ("signed_up", signed_up.to_string().as_str()),
                    ("assisted", assisted),
                    ("sessions", "2"),
                ]));
            };
            push(signed_up);
            if user < in_june {
                push(NOW_MS - 153 * DAY_MS);
            }
            for day in (1..=28).filter(|day| day % every == 0) {
                push(NOW_MS - day * DAY_MS);
            }
        }
    }
    rows
}

pub(super) fn figure<'a>(view: &'a View, metric: &str) -> &'a Figure {
    view.figures.iter().find(|f| f.metric == metric).unwrap()
}

fn found<'a>(view: &'a View, id: &str) -> &'a Block {
    view.blocks.iter().find(|block| block.id == id).unwrap()
}

#[track_caller]
fn near(actual: Option<f64>, expected: f64) {
    let actual = actual.unwrap();
    assert!((actual - expected).abs() < 1e-9, "{actual} is not {expected}");
}

pub(super) fn matrix(block: &Block) -> &Matrix {
    let BlockBody::Matrix(matrix) = &block.body else { panic!("no matrix") };
    matrix
}

#[test]
fn conversion_has_wilsons_and_newcombes_intervals_and_the_uplift_one_on_the_log_ratio() {
    let tables = Tables { exposures: two_weeks(), ..Tables::default() };
    let view = bench().view(|q| tables.answer(q));
    let rate = figure(&view, "outcomes");
    assert_eq!(
        (rate.value, rate.n, rate.reference, rate.verdict),
        (Some(0.3), Some(200.0), Some(0.2), Verdict::Better)
    );
    near(rate.low, 0.240_747_446_823_714);
    near(rate.high, 0.366_790_683_727_192_65);
    near(rate.delta_low, 0.015_063_442_559_663_076);
    near(rate.delta_high, 0.183_162_484_444_728_88);
    near(rate.p, 0.020_921_335_337_794_035);
    let uplift = figure(&view, "relative-uplift");
    near(uplift.value, 0.5);
    near(uplift.low, 0.058_324_461_570_322_23);
    near(uplift.high, 1.126_002_073_751_079_2);
    assert_eq!((uplift.n, uplift.delta), (Some(400.0), None));
    assert_eq!(view.n, Some((400.0, "exposed users".to_owned())));
    assert_eq!(view.as_of_ms, Some((NOW_MS - DAY_MS) as f64));
    let BlockBody::Bars(bars) = &found(&view, "conversion").body else { panic!("no bars") };
    assert_eq!(
        bars.bars.iter().map(|b| (b.title.as_str(), b.value)).collect::<Vec<_>>(),
        [("control", 0.2), ("model", 0.3)]
    );
}

#[test]
fn against_the_previous_period_the_uplifts_are_compared_with_an_interval() {
    let tables = Tables { exposures: two_weeks(), ..Tables::default() };
    let mut bench = bench();
    let range = TimeRange::new(NOW_MS - 14 * DAY_MS, NOW_MS - 7 * DAY_MS);
    bench.references = vec![Reference { title: "previous period".to_owned(), kind: ReferenceKind::Range(range) }];
    let view = bench.view(|q| tables.answer(q));
    let uplift = figure(&view, "relative-uplift");
    near(uplift.reference, 0.111_111_111_111_111_16);
    near(uplift.delta, 0.388_888_888_888_888_6);
    near(uplift.delta_low, -0.254_988_902_006_275_8);
    near(uplift.delta_high, 1.096_336_945_461_772_4);
    assert_eq!(uplift.verdict, Verdict::NoClearChange);
    let BlockBody::Bars(bars) = &found(&view, "conversion").body else { panic!("no bars") };
    assert_eq!(bars.bars[1].reference, 0.25);
}

#[test]
fn against_the_rest_only_the_chosen_value_is_looked_at() {
    let mut exposures_ = two_weeks();
    let other = [("experiment", "triage"), ("variant", "model"), ("segment", "consumer")];
    exposures_.extend(exposures(NOW_MS - DAY_MS, &other, 100, 20));
    let other = [("experiment", "triage"), ("variant", "control"), ("segment", "consumer")];
    exposures_.extend(exposures(NOW_MS - DAY_MS, &other, 100, 20));
    let tables = Tables { exposures: exposures_, ..Tables::default() };
    let mut bench = bench();
    let kind = ReferenceKind::Rest { dimension: "segment".to_owned(), value: "business".to_owned() };
    bench.references = vec![Reference { title: "all segments but business".to_owned(), kind }];
    let view = bench.view(|q| tables.answer(q));
    let uplift = figure(&view, "relative-uplift");
    near(uplift.value, 0.5);
    near(uplift.reference, 0.0);
    assert!(uplift.title.ends_with(", business"), "{}", uplift.title);
}

#[test]
fn a_broken_split_is_no_uplift() {
    let at = NOW_MS - DAY_MS;
    let exposures = [variant(at, "model", 300, 120), variant(at, "control", 200, 40)].concat();
    let tables = Tables { exposures, ..Tables::default() };
    let (view, notes) = bench().derive(|q| tables.answer(q));
    let view = view.unwrap();
    assert!(view.figures.iter().all(|f| f.verdict == Verdict::None));
    assert_eq!(figure(&view, "relative-uplift").title, "Relative difference, not causal");
    assert!(notes.remarks.iter().any(|r| r.contains("7.74e-6")), "{:?}", notes.remarks);
    found(&view, "split");
}

#[test]
fn engagement_with_and_without_is_a_difference_that_is_not_called_causal() {
    let tables = Tables { activity: active(), ..Tables::default() };
    let mut bench = bench();
    bench.details = true;
    let view = bench.view(|q| tables.answer(q));
    let stickiness = figure(&view, "stickiness");
    assert_eq!((stickiness.value, stickiness.n, stickiness.reference), (Some(0.5), Some(40.0), Some(0.25)));
    near(stickiness.low, 0.351_995_269_334_653_8);
    near(stickiness.high, 0.648_004_730_665_346_3);
    near(stickiness.delta_low, 0.057_990_223_852_266_99);
    near(stickiness.delta_high, 0.424_392_241_694_339_4);
    assert!(stickiness.method.as_ref().unwrap().contains("difference, not causal"));
    assert_eq!(figure(&view, "monthly-active").value, Some(100.0));
    assert_eq!(figure(&view, "daily-active").value, Some(35.0));
    let BlockBody::Grid(grid) = &found(&view, "engagement").body else { panic!("no grid") };
    // With: 14 days of 2 sessions each for everyone, so the mean has no width.
    assert_eq!(grid.rows[0][1..4], [Cell::Number(20.0), Cell::Number(40.0), Cell::Number(40.0)]);
    assert_eq!(grid.rows[0][5], Cell::Interval(28.0, 28.0, 28.0));
    assert_eq!(grid.rows[3][0], Cell::Text("difference, not causal".to_owned()));
    let BlockBody::Lines(lines) = &found(&view, "active").body else { panic!("no lines") };
    assert_eq!(lines.lines.iter().map(|l| l.y.len()).collect::<Vec<_>>(), [3, 1]);
}

#[test]
fn retention_follows_cohorts_through_whole_months() {
    let tables = Tables { activity: active(), ..Tables::default() };
    let mut bench = bench();
    bench.details = true;
    let view = bench.view(|q| tables.answer(q));
    let retention = figure(&view, "retention");
    assert_eq!(retention.title, "Active 3 months after sign-up, with the model");
    assert_eq!((retention.value, retention.n, retention.reference), (Some(0.6), Some(40.0), Some(0.35)));
    near(retention.low, 0.445_958_936_603_461_86);
    near(retention.delta_low, 0.050_753_947_426_270_96);
    near(retention.delta_high, 0.424_271_432_811_316_5);
    near(retention.p, 0.013_823_023_820_376_656);
    let all = matrix(found(&view, "retention"));
    assert_eq!(all.rows, ["2023-03, n 100"]);
    assert_eq!(all.columns, ["1", "2", "3", "4", "5", "6", "7"]);
    assert_eq!(all.values, [0.0, 0.0, 0.45, 0.0, 0.0, 0.0, 1.0]);
    assert_eq!(all.counts[2], 45.0);
    let difference = matrix(found(&view, "retention-difference"));
    assert!(difference.diverging && (difference.values[2] - 0.25).abs() < 1e-12);
    let BlockBody::Grid(ages) = &found(&view, "retention-ages").body else { panic!("no grid") };
    assert_eq!(ages.rows.len(), 4, "1, 2, 3 and 6 months are over");
}

#[test]
fn the_funnel_is_in_details_with_its_steps_in_order() {
    let mut funnel = Vec::new();
    for (name, counts) in [("control", [100, 50, 20]), ("model", [100, 60, 40])] {
        for (step, n) in ["visited", "started", "paid"].iter().zip(counts) {
            for user in 0..n {
                let at = (NOW_MS - DAY_MS).to_string();
                let user = format!("{name} {user}");
                funnel.push(record(&[
                    ("at", at.as_str()),
                    ("user_id", user.as_str()),
                    ("step", *step),
                    ("variant", name),
                ]));
            }
        }
    }
    let tables = Tables { exposures: two_weeks(), funnel, ..Tables::default() };
    let mut bench = bench();
    assert!(bench.view(|q| tables.answer(q)).blocks.iter().all(|b| b.id != "funnel"));
    bench.details = true;
    let view = bench.view(|q| tables.answer(q));
    let block = found(&view, "funnel-steps");
    let BlockBody::Grid(grid) = &block.body else { panic!("no grid") };
    let text = |row: usize, at: usize| grid.rows[row][at].clone();
    assert_eq!([text(0, 0), text(2, 0), text(4, 0)], ["visited", "started", "paid"].map(|s| Cell::Text(s.to_owned())));
    assert!(matches!(text(5, 3), Cell::Interval(rate, ..) if rate == 0.4));
    assert!(matches!(text(5, 4), Cell::Interval(rate, ..) if (rate - 2.0 / 3.0).abs() < 1e-12));
    assert!(matches!(text(5, 5), Cell::Interval(difference, low, _) if (difference - 0.2).abs() < 1e-12 && low > 0.0));
    assert!(block.details);
}

#[test]
fn a_table_without_experiments_holds_one_and_one_without_assisted_is_of_everybody() {
    let tables = Tables { exposures: two_weeks(), activity: active(), ..Tables::default() };
    let rows = |groups: &crate::query::GroupsQuery| tables.answer(&Query::Groups(groups.clone())).unwrap();
    let (view, notes) = derived_without(&bench(), "experiment", rows);
    let view = view.unwrap();
    assert_eq!(figure(&view, "outcomes").value, Some(0.3));
    assert_eq!(figure(&view, "outcomes").series.get("experiment"), None);
    assert!(notes.failures.is_empty());

    let (view, notes) = derived_without(&bench(), "assisted", rows);
    let view = view.unwrap();
    assert_eq!(figure(&view, "stickiness").title, "Stickiness, all");
    assert_eq!((figure(&view, "stickiness").value, figure(&view, "stickiness").delta), (Some(0.35), None));
    assert_eq!((figure(&view, "retention").value, figure(&view, "retention").delta), (Some(0.45), None));
    assert!(notes.remarks.iter().any(|r| r.contains("does not tell users with the model")), "{:?}", notes.remarks);
}

#[test]
fn the_dashboard_is_calm_with_all_there_is_and_with_little() {
    let tables = Tables { exposures: two_weeks(), activity: active(), ..Tables::default() };
    let mut bench = bench();
    assert_calm(&bench.view(|q| tables.answer(q)));
    let range = TimeRange::new(NOW_MS - 14 * DAY_MS, NOW_MS - 7 * DAY_MS);
    bench.references = vec![Reference { title: "previous period".to_owned(), kind: ReferenceKind::Range(range) }];
    assert_calm(&bench.view(|q| tables.answer(q)));
    let little = Tables { exposures: variant(NOW_MS - DAY_MS, "model", 9, 3), ..Tables::default() };
    assert_calm(&bench.view(|q| little.answer(q)));
}

#[test]
fn small_counts_are_not_shown() {
    let at = NOW_MS - DAY_MS;
    let exposures = [variant(at, "model", 9, 3), variant(at, "control", 200, 40)].concat();
    let tables = Tables { exposures, ..Tables::default() };
    let view = bench().view(|q| tables.answer(q));
    assert_eq!(figure(&view, "outcomes").value, None);
    assert_eq!(figure(&view, "outcomes").n, None);
    let numbers = view.summary.0.iter().filter(|piece| matches!(piece, Piece::Value(..) | Piece::Change(..))).count();
    assert_eq!(numbers, 0);
}

#[test]
fn one_variant_odd_names_and_missing_cells_do_not_break_it() {
    let at = NOW_MS - DAY_MS;
    let hostile = "<script>alert(1)</script>";
    let mut exposures = variant(at, hostile, 40, 0);
    exposures.extend(variant(at, "", 30, 3));
    for row in &mut exposures {
        if row["user_id"].ends_with('7') {
            row.remove("variant");
            row.remove("converted");
        }
    }
    let tables = Tables { exposures, ..Tables::default() };
    let mut open = bench();
    open.workspace.privacy.small_cells.off = true;
    let (view, notes) = open.derive(|q| tables.answer(q));
    let view = view.unwrap();
    assert!(view.figures.is_empty(), "nothing to compare with");
    assert!(notes.remarks.iter().any(|r| r.contains("have no variant")), "{:?}", notes.remarks);
    let one = Tables { exposures: variant(at, "model", 1, 1), ..Tables::default() };
    assert!(bench().view(|q| one.answer(q)).figures.is_empty());
}

#[test]
fn without_metrics_it_names_them_and_teaches() {
    let bare = Bench::new(PanelKind::BusinessImpact, "[]", "[]");
    let (Err(Stop::Empty { reason, teach: Some(teach) }), _) = bare.derive(|_| None) else { panic!("no lesson") };
    assert!(reason.contains("outcomes") && reason.contains("activity"));
    assert!((4..=8).contains(&teach.lines().count()), "{teach}");
    let tables = Tables::default();
    let (Err(Stop::Empty { teach: None, .. }), _) = bench().derive(|q| tables.answer(q)) else { panic!("not empty") };
    let (Err(Stop::Failed(_)), _) = bench().derive(|_| None) else { panic!("not failed") };
}
