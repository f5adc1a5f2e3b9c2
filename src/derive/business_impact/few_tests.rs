//! Few people are not told by who converted, who went on and who came back.

use super::rows::{Record, bars, found, grid, record};
use super::tests::{Tables, bench, figure, matrix, variant};
use crate::derive::fixture::NOW_MS;
use crate::derive::{Reference, ReferenceKind};
use crate::query::TimeRange;
use crate::view::{BlockBody, Cell};

const DAY_MS: i64 = 86_400_000;

#[test]
fn three_conversions_of_five_thousand_are_hidden_and_the_exposed_stay() {
    let at = NOW_MS - DAY_MS;
    let exposures = [variant(at, "model", 5_000, 400), variant(at, "control", 5_000, 3)].concat();
    let tables = Tables { exposures, ..Tables::default() };
    let mut bench = bench();
    bench.details = true;
    let (view, notes) = bench.derive(|q| tables.answer(q));
    let view = view.unwrap();
    let bars = bars(found(&view, "conversion"));
    let of = |name: &str| bars.bars.iter().find(|bar| bar.entity == name).unwrap();
    assert!(of("control").value.is_nan() && of("control").note == "not shown");
    assert_eq!(of("model").value, 0.08, "what reveals nothing stays");
    let rows = &grid(found(&view, "experiments")).rows;
    assert_eq!(rows[0][2..5], [Cell::Number(5_000.0), Cell::Missing, Cell::Missing]);
    assert_eq!(rows[1][2..4], [Cell::Number(5_000.0), Cell::Number(400.0)]);
    let uplift = figure(&view, "relative-uplift");
    assert_eq!((uplift.value, uplift.low), (None, None));
    assert!(uplift.method.as_ref().unwrap().starts_with("not shown: too few people"), "{uplift:?}");
    assert!(notes.remarks.iter().any(|r| r.starts_with("counts of fewer than 11 are hidden")), "{:?}", notes.remarks);
}

#[test]
fn who_did_not_convert_is_counted_too() {
    let at = NOW_MS - DAY_MS;
    let exposures = [variant(at, "model", 500, 495), variant(at, "control", 500, 250)].concat();
    let tables = Tables { exposures, ..Tables::default() };
    let view = bench().view(|q| tables.answer(q));
    let bars = bars(found(&view, "conversion"));
    let value = |name: &str| bars.bars.iter().find(|bar| bar.entity == name).unwrap().value;
    assert!(value("model").is_nan() && value("control") == 0.5);
}

#[test]
fn a_window_within_the_range_does_not_tell_the_few_outside_of_it() {
    // 200 of each variant in the range; 5 of those with the model on its last day, 60 without.
    let (last, before) = (NOW_MS - DAY_MS / 2, NOW_MS - 3 * DAY_MS);
    let exposures = [
        variant(before, "model", 195, 60),
        variant(last, "model", 5, 0),
        variant(before, "control", 140, 40),
        variant(last, "control", 60, 20),
    ];
    let tables = Tables { exposures: exposures.concat(), ..Tables::default() };
    let mut bench = bench();
    let range = TimeRange::new(NOW_MS - 7 * DAY_MS, NOW_MS - DAY_MS);
    bench.references = vec![Reference { title: "but the last day".to_owned(), kind: ReferenceKind::Range(range) }];
    let view = bench.view(|q| tables.answer(q));
    let bars = bars(found(&view, "conversion"));
    let of = |name: &str| bars.bars.iter().find(|bar| bar.entity == name).unwrap();
    assert_eq!(of("model").value, 0.3);
    assert!(of("model").reference.is_nan(), "200 less 195 are 5");
}

#[test]
fn a_step_that_few_did_not_reach_is_hidden() {
    let mut funnel: Vec<Record> = Vec::new();
    for (name, counts) in [("control", [100, 50, 20]), ("model", [100, 96, 40])] {
        for (step, n) in ["visited", "started", "paid"].iter().zip(counts) {
            for user in 0..n {
                let at = (NOW_MS - DAY_MS).to_string();
                let user = format!("{name} {user}");
                funnel.push(record(&[("at", &at), ("user_id", &user), ("step", step), ("variant", name)]));
            }
        }
    }
    let tables = Tables { funnel, ..Tables::default() };
    let mut bench = bench();
    bench.panel.options.insert("steps".to_owned(), serde_json::json!(["visited", "started", "paid"]));
    bench.details = true;
    let (view, notes) = bench.derive(|q| tables.answer(q));
    let view = view.unwrap();
    let rows = &grid(found(&view, "funnel-steps")).rows;
    let users: Vec<&Cell> = rows.iter().map(|row| &row[2]).collect();
    let n = |n: f64| Cell::Number(n);
    assert_eq!(users, [&n(100.0), &n(100.0), &n(50.0), &Cell::Missing, &n(20.0), &n(40.0)]);
    assert!(notes.remarks.iter().any(|r| r.contains("did not reach")), "{:?}", notes.remarks);
}

#[test]
fn a_cohort_that_few_left_does_not_say_how_many() {
    // 100 sign up in March; 95 of them are active in April, 40 in May.
    let march = 1_677_715_200_000_i64;
    let mut activity = Vec::new();
    for (month, n) in [(0, 100), (1, 95), (2, 40)] {
        for user in 0..n {
            let (at, signed_up) = ((march + month * 31 * DAY_MS).to_string(), march.to_string());
            let user = format!("u{user}");
            activity.push(record(&[("at", &at), ("user_id", &user), ("signed_up", &signed_up), ("assisted", "1")]));
        }
    }
    let tables = Tables { activity, ..Tables::default() };
    let mut bench = bench();
    bench.details = true;
    let view = bench.view(|q| tables.answer(q));
    let BlockBody::Matrix(_) = &found(&view, "retention").body else { panic!("no matrix") };
    let all = matrix(found(&view, "retention"));
    assert_eq!(all.rows, ["2023-03, n 100"]);
    assert!(all.values[0].is_nan() && all.counts[0].is_nan(), "5 were not active: {:?}", all.values);
    assert_eq!(all.values[1], 0.4);
}
