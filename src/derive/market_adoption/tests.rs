//! Tests of the panel on accounts made by hand; the expected numbers are scipy's for the formulas of the papers.

use crate::derive::business_impact::rows::{Record, answer, record};
use crate::derive::fixture::{Bench, DAY_MS, NOW_MS};
use crate::derive::{Reference, ReferenceKind, Stop};
use crate::frame::Frame;
use crate::query::{Query, TimeRange};
use crate::source::{Cause, Failure};
use crate::spec::PanelKind;
use crate::view::{Bars, Block, BlockBody, Cell, Figure, Grid, Lines, Tone, Verdict, View};

const METRICS: &str = r#"[
    { "id": "adoption", "title": "Accounts", "unit": "short", "direction": "higher", "target": 200, "dimensions": ["region", "segment"],
      "query": { "type": "table", "source": "prom", "table": "users", "time": "at", "unit": "user_id", "aggregate": "units" } },
    { "id": "market", "dimensions": ["region", "segment"], "query": {
        "type": "table", "source": "prom", "table": "market.csv", "value": "accounts" } }
]"#;
/// 15 of each month of 2023, from May to November, milliseconds UTC; the last one is the 10th, before the end of the range.
const MONTHS: [i64; 7] = [
    1_684_108_800_000,
    1_686_787_200_000,
    1_689_379_200_000,
    1_692_057_600_000,
    1_694_736_000_000,
    1_697_328_000_000,
    1_699_574_400_000,
];
const NEW: [usize; 7] = [20, 20, 20, 30, 30, 30, 15];

struct Tables {
    users: Vec<Record>,
    market: Vec<Record>,
}

fn user(at_ms: i64, i: usize) -> Record {
    let (at, id) = (at_ms.to_string(), format!("{at_ms} {i}"));
    let region = if i.is_multiple_of(2) { "eu" } else { "us" };
    record(&[
        ("at", at.as_str()),
        ("user_id", id.as_str()),
        ("region", region),
        ("segment", "business"),
        ("country", region),
    ])
}

/// 165 accounts, 83 in eu and 82 in us; 15 of eu left in September, 20 of us in October. There could be 400 and 300.
fn tables() -> Tables {
    let mut users: Vec<Record> = MONTHS.iter().zip(NEW).flat_map(|(&at, n)| (0..n).map(move |i| user(at, i))).collect();
    for (region, n, at) in [("eu", 15, MONTHS[4]), ("us", 20, MONTHS[5])] {
        let of_region = users.iter_mut().filter(|one| one.get("region").is_some_and(|r| r == region));
        for one in of_region.take(n) {
            one.insert("churned_at".to_owned(), at.to_string());
        }
    }
    let could = |region: &str, n: &str| {
        record(&[("region", region), ("segment", "business"), ("country", region), ("accounts", n)])
    };
    Tables { users, market: vec![could("eu", "400"), could("us", "300")] }
}

fn bench() -> Bench {
    Bench::new(PanelKind::MarketAdoption, "[]", METRICS)
}

fn answered(tables: &Tables) -> impl Fn(&Query) -> Option<Frame> + '_ {
    move |query| {
        let Query::Groups(query) = query else { return None };
        Some(answer(if query.table == "users" { &tables.users } else { &tables.market }, query))
    }
}

fn figure<'a>(view: &'a View, metric: &str) -> &'a Figure {
    view.figures.iter().find(|f| f.metric == metric).unwrap()
}

fn found<'a>(view: &'a View, id: &str) -> &'a Block {
    view.blocks.iter().find(|block| block.id == id).unwrap()
}

fn lines<'a>(view: &'a View, id: &str) -> &'a Lines {
    let BlockBody::Lines(lines) = &found(view, id).body else { panic!("no lines") };
    lines
}

fn bars<'a>(view: &'a View, id: &str) -> &'a Bars {
    let BlockBody::Bars(bars) = &found(view, id).body else { panic!("no bars") };
    bars
}

fn grid<'a>(view: &'a View, id: &str) -> &'a Grid {
    let BlockBody::Grid(grid) = &found(view, id).body else { panic!("no grid") };
    grid
}

#[track_caller]
fn near(actual: Option<f64>, expected: f64) {
    let actual = actual.unwrap();
    assert!((actual - expected).abs() < 1e-9, "{actual} is not {expected}");
}

#[test]
fn growth_and_penetration_have_intervals() {
    let view = bench().view(answered(&tables()));
    assert_eq!(view.figures.len(), 2);
    let growth = figure(&view, "adoption-growth");
    near(growth.value, 0.5);
    near(growth.low, 0.083_546_716_683_678);
    near(growth.high, 1.076_514_067_511_91);
    assert_eq!(growth.n, Some(150.0));
    let penetration = figure(&view, "penetration");
    near(penetration.value, 130.0 / 700.0);
    near(penetration.low, 0.158_649_365_330_109);
    near(penetration.high, 0.216_209_852_628_958);
    assert_eq!((penetration.n, view.n.clone()), (Some(700.0), Some((130.0, "accounts in use".to_owned()))));
    let said = format!("{:?}", view.summary);
    assert!(said.contains("new ones grew") && said.contains("most in us") && said.contains("least in eu"), "{said}");
}

#[test]
fn the_curve_leaves_out_who_left() {
    let mut bench = bench();
    bench.details = true;
    let view = bench.view(answered(&tables()));
    let drawn = &lines(&view, "curve").lines;
    assert_eq!(drawn[0].y, [20.0, 40.0, 60.0, 90.0, 105.0, 115.0, 130.0]);
    assert_eq!(drawn[1].y, [20.0, 40.0, 60.0, 90.0, 120.0, 150.0, 165.0]);
    assert_eq!((drawn[0].x[0], drawn[0].x[6]), (1_685_577_600_000.0, NOW_MS as f64)); // from 1 June 2023
    assert_eq!(lines(&view, "new").lines[0].y, [20.0, 20.0, 20.0, 30.0, 30.0, 30.0]);
    let accounts = figure(&view, "adoption");
    assert_eq!((accounts.value, accounts.n, accounts.target), (Some(130.0), Some(165.0), Some(200.0)));
}

#[test]
fn parts_are_compared_with_their_market() {
    let mut bench = bench();
    bench.details = true;
    let view = bench.view(answered(&tables()));
    let regions = bars(&view, "by-region");
    let of: Vec<(&str, f64)> = regions.bars.iter().map(|bar| (bar.key.as_str(), bar.value)).collect();
    assert_eq!(of, [("eu", 68.0 / 400.0), ("us", 62.0 / 300.0)]);
    assert_eq!((regions.target.as_deref(), regions.readings[0].value), (Some("region"), 130.0 / 700.0));
    assert_eq!(bars(&view, "by-country").target, None, "country is no dimension of this workspace");
    let table = grid(&view, "table-region");
    assert_eq!(table.rows[0][1..3], [Cell::Number(68.0), Cell::Number(400.0)]);
    assert!(found(&view, "by-segment").details && !found(&view, "by-region").details);
}

/// The tables with a region of four accounts, too few to show.
fn tables_with_a_small_region() -> Tables {
    let mut tables = tables();
    tables.users.extend((0..4).map(|i| {
        let mut one = user(MONTHS[0] + 1, 2 * i);
        one.insert("region".to_owned(), "ap".to_owned());
        one
    }));
    tables.market.push(record(&[("region", "ap"), ("segment", "business"), ("accounts", "90")]));
    tables
}

#[test]
fn regions_with_places_are_on_a_map_and_their_intervals_behind_it() {
    let tables = tables_with_a_small_region();
    let mut bench = bench();
    let region = bench.workspace.dimensions.iter_mut().find(|d| d.id == "region").unwrap();
    for (name, codes) in [("eu", vec!["DE", "FR"]), ("us", vec!["US"]), ("ap", vec!["SG"])] {
        region.places.insert(name.to_owned(), codes.into_iter().map(str::to_owned).collect());
    }
    let view = bench.view(answered(&tables));
    let BlockBody::Map(map) = &found(&view, "map-region").body else { panic!("no map") };
    let same = |bars: &Bars| format!("{bars:?}"); // NaN included
    assert_eq!(same(&map.values), same(bars(&view, "by-region")), "the map and the dots show the same numbers");
    assert!(!found(&view, "map-region").details && found(&view, "by-region").details && !map.diverging);
    assert_eq!(map.values.target.as_deref(), Some("region"));
    let of = |key: &str| map.values.bars.iter().zip(&map.parts).find(|(bar, _)| bar.key == key).unwrap();
    assert_eq!(of("eu").1.places, ["DE", "FR"]);
    let (bar, part) = of("ap");
    assert!(bar.value.is_nan() && part.word == "too few to show", "{part:?}");
    for (bar, part) in map.values.bars.iter().zip(&map.parts) {
        assert_eq!(bar.value.is_nan(), !part.word.is_empty(), "{} has a value or a reason", bar.key);
    }
    let shown: Vec<&str> = view.blocks.iter().filter(|b| !b.details).map(|b| b.id.as_str()).collect();
    assert_eq!(shown, ["curve", "map-region"]);
}

#[test]
fn an_earlier_end_counts_who_was_there_then() {
    let mut bench = bench();
    let range = TimeRange::new(NOW_MS - 110 * DAY_MS, NOW_MS - 106 * DAY_MS); // to 1 August 2023
    bench.references = vec![Reference { title: "then".to_owned(), kind: ReferenceKind::Range(range) }];
    let view = bench.view(answered(&tables()));
    let penetration = figure(&view, "penetration");
    near(penetration.reference, 60.0 / 700.0);
    near(penetration.delta, 0.1);
    assert_eq!(penetration.verdict, Verdict::Better);
    assert_eq!(bars(&view, "by-region").bars[1].reference, 30.0 / 300.0);
    let growth = figure(&view, "adoption-growth");
    assert_eq!(growth.reference, None, "three whole months have none before them");
}

#[test]
fn small_regions_are_hidden_with_what_would_tell_them() {
    let tables = tables_with_a_small_region();
    let mut bench = bench();
    bench.details = true;
    let view = bench.view(answered(&tables));
    let hidden = bars(&view, "by-region").bars.iter().filter(|bar| bar.value.is_nan()).count();
    assert!(hidden >= 2, "one hidden region follows from the total");
    let table = grid(&view, "table-region");
    let ap = table.row_keys.iter().position(|key| key == "ap").unwrap();
    assert_eq!(table.rows[ap][1], Cell::Status(Tone::Unknown, "too few to show".to_owned()));
    assert_eq!(table.rows[ap][3], Cell::Missing);
}

#[test]
fn more_than_the_market_is_no_share() {
    let mut tables = tables();
    tables.market[1].insert("accounts".to_owned(), "50".to_owned());
    let view = bench().view(answered(&tables));
    let us = bars(&view, "by-region").bars.iter().find(|bar| bar.key == "us").unwrap();
    assert!(us.value.is_nan() && us.note == "more than the market");
}

#[test]
fn without_an_answer_on_who_left_nothing_is_shown() {
    let tables = tables();
    let plain = answered(&tables);
    let mut bench = bench();
    bench.workspace.metrics.truncate(1);
    let (view, notes) = bench.derive(|query| match query {
        Query::Groups(groups) if groups.time.as_deref() == Some("churned_at") => None,
        query => plain(query),
    });
    // Counting those as in use would be wrong; only a table without the column may be read so.
    assert!(matches!(view, Err(Stop::Failed(Failure { cause: Cause::NotFound, .. }))), "{view:?}");
    assert!(notes.remarks.iter().all(|remark| !remark.contains("who left")));
}

#[test]
fn without_a_market_accounts_take_the_place_of_penetration() {
    let mut bench = bench();
    bench.workspace.metrics.truncate(1);
    let (view, notes) = bench.derive(answered(&tables()));
    let view = view.unwrap();
    let metrics: Vec<&str> = view.figures.iter().map(|f| f.metric.as_str()).collect();
    assert_eq!(metrics, ["adoption-growth", "adoption"]);
    assert!(notes.remarks.iter().any(|remark| remark.contains("metric market")), "{:?}", notes.remarks);
}

#[test]
fn nobody_and_nothing_are_said() {
    let mut bench = bench();
    let none = Tables { users: Vec::new(), market: tables().market };
    assert!(matches!(bench.derive(answered(&none)).0, Err(Stop::Empty { teach: None, .. })));
    let one = Tables { users: vec![user(MONTHS[0], 0)], market: tables().market };
    let view = bench.view(answered(&one));
    assert!(view.figures.iter().all(|figure| figure.value.is_none()), "{:?}", view.figures);
    assert_eq!(view.n, None);
    bench.workspace.metrics.clear();
    let Err(Stop::Empty { reason, teach: Some(teach) }) = bench.derive(|_| None).0 else { panic!("no lines to add") };
    assert!(reason.contains("adoption") && teach.contains("churned_at"));
}
