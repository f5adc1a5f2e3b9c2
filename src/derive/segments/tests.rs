//! Tests of the panel on rows made by hand; the expected numbers are numpy's and scipy's for the formulas of the papers.

use crate::derive::business_impact::rows::{
    Record, answer, assert_calm, bars, derived_without, exposures, found, grid,
};
use crate::derive::fixture::{Bench, DAY_MS, NOW_MS};
use crate::derive::{Reference, ReferenceKind, Stop};
use crate::frame::Frame;
use crate::query::{Query, TimeRange};
use crate::spec::PanelKind;
use crate::view::{BlockBody, Cell, Figure, Tone, Verdict, View};

const METRICS: &str = r#"[
    { "id": "outcomes", "direction": "higher", "dimensions": ["model", "region", "segment"], "query": {
        "type": "table", "source": "prom", "table": "exposures", "time": "at", "unit": "user_id", "value": "converted",
        "aggregate": "mean" } }
]"#;

fn bench() -> Bench {
    Bench::new(PanelKind::Segments, "[]", METRICS)
}

fn cell(at_ms: i64, place: [&str; 3], variant: &str, n: usize, hits: usize) -> Vec<Record> {
    let [segment, region, country] = place;
    let cells = [
        ("experiment", "triage"),
        ("variant", variant),
        ("segment", segment),
        ("region", region),
        ("country", country),
    ];
    exposures(at_ms, &cells, n, hits)
}

/// Conversions with and without: business 45 and 20 of 100, consumer 33 and 30 of 150, partner 20 and 20 of 80.
fn segments(at_ms: i64) -> Vec<Record> {
    let eu = |segment| [segment, "eu-west", "DE"];
    let us = |segment| [segment, "us-east", "US"];
    [
        cell(at_ms, eu("business"), "model", 100, 45),
        cell(at_ms, eu("business"), "control", 100, 20),
        cell(at_ms, us("consumer"), "model", 150, 33),
        cell(at_ms, us("consumer"), "control", 150, 30),
        cell(at_ms, us("partner"), "model", 80, 20),
        cell(at_ms, us("partner"), "control", 80, 20),
    ]
    .concat()
}

fn asked(rows: &[Record]) -> impl Fn(&Query) -> Option<Frame> + '_ {
    move |query| {
        let Query::Groups(query) = query else { return None };
        Some(answer(rows, query))
    }
}

#[track_caller]
fn near(actual: Option<f64>, expected: f64) {
    let actual = actual.unwrap();
    assert!((actual - expected).abs() < 1e-9, "{actual} is not {expected}");
}

fn figures(view: &View) -> Vec<&Figure> {
    view.figures.iter().collect()
}

#[test]
fn each_segment_has_its_interval_and_the_test_of_interaction_its_q() {
    let rows = segments(NOW_MS - DAY_MS);
    let view = bench().view(asked(&rows));
    assert_calm(&view);
    let [whole, most, least, interaction] = figures(&view)[..] else { panic!("not four figures") };
    near(whole.value, 0.084_848_484_848_484_87);
    near(whole.low, 0.018_362_267_152_979_977);
    near(whole.high, 0.150_394_270_990_810_65);
    assert_eq!((whole.n, most.n), (Some(660.0), Some(200.0)));
    assert_eq!((most.title.as_str(), least.title.as_str()), ("Uplift, business, most", "Uplift, partner, least"));
    near(most.low, 0.120_774_188_360_919_38);
    near(most.high, 0.368_138_658_539_288_4);
    near(least.low, -0.133_066_238_484_283_62);
    // Cochran's Q over the three differences is 10.079 on 2 degrees of freedom.
    near(interaction.value, 0.006_476_919_065_136_02);
    assert!(interaction.method.as_ref().unwrap().contains("Q 10.1 on 2"), "{:?}", interaction.method);
    assert!(interaction.method.as_ref().unwrap().contains("80 % of the spread"));
    assert_eq!(view.n, Some((660.0, "exposed users".to_owned())));
}

#[test]
fn every_look_on_the_panel_is_corrected_for() {
    let rows = segments(NOW_MS - DAY_MS);
    let view = bench().view(asked(&rows));
    // Three segments, two regions and two countries; business is the same users as eu-west and as DE, so the three lowest p are equal.
    let table = grid(found(&view, "table-segment"));
    assert_eq!(table.columns[8].title, "p, corrected for 7 looks");
    assert_eq!(table.rows[0][0], Cell::Text("business".to_owned()));
    assert!(matches!(table.rows[0][8], Cell::Number(q) if (q - 7.0 * 0.000_160_485_393_606_853_6).abs() < 1e-9));
    assert_eq!(table.rows[0][9], Cell::Status(Tone::Good, "better".to_owned()));
    assert_eq!(table.rows[1][9], Cell::Status(Tone::Neutral, "no clear change".to_owned()));
    assert_eq!(table.row_target.as_deref(), Some("segment"));
    let dots = bars(found(&view, "by-segment"));
    assert_eq!(dots.bars.iter().map(|b| b.note.as_str()).collect::<Vec<_>>(), ["clear", "", ""]);
}

#[test]
fn regions_filter_by_a_click_and_countries_only_where_they_are_a_dimension() {
    let rows = segments(NOW_MS - DAY_MS);
    let view = bench().view(asked(&rows));
    let regions = bars(found(&view, "by-region"));
    assert_eq!(regions.target.as_deref(), Some("region"));
    assert_eq!(regions.bars.iter().map(|b| b.key.as_str()).collect::<Vec<_>>(), ["eu-west", "us-east"]);
    assert!(!found(&view, "by-region").details);
    assert_eq!(bars(found(&view, "by-country")).target, None);
    assert!(found(&view, "by-country").details && found(&view, "table-region").details);
    let ratios = grid(found(&view, "interaction"));
    assert!(matches!(ratios.rows[0][7], Cell::Number(q) if (q - 6.975_586_967_515_102_5).abs() < 1e-9));
    assert!(matches!(ratios.rows[0][8], Cell::Number(p) if (p - 0.030_568_247_145_724_127).abs() < 1e-9));
    // The regions have the lowest p of three dimensions.
    assert!((ratio(&ratios.rows[1][5]) - 3.0 * ratio(&ratios.rows[1][4])).abs() < 1e-12);
}

#[test]
fn regions_with_places_are_on_a_map_around_zero() {
    let rows = segments(NOW_MS - DAY_MS);
    let mut bench = bench();
    let region = bench.workspace.dimensions.iter_mut().find(|d| d.id == "region").unwrap();
    region.places.insert("eu-west".to_owned(), vec!["DE".to_owned()]);
    region.places.insert("us-east".to_owned(), vec!["US".to_owned(), "CA".to_owned()]);
    let view = bench.view(asked(&rows));
    let BlockBody::Map(map) = &found(&view, "map-region").body else { panic!("no map") };
    assert_eq!(format!("{:?}", map.values), format!("{:?}", bars(found(&view, "by-region"))));
    assert!(map.diverging && found(&view, "by-region").details && !found(&view, "map-region").details);
    let said: Vec<(&str, &str, usize)> = map
        .values
        .bars
        .iter()
        .zip(&map.parts)
        .map(|(bar, part)| (bar.key.as_str(), part.word.as_str(), part.places.len()))
        .collect();
    assert_eq!(said, [("eu-west", "clear", 1), ("us-east", "no clear change", 2)]);
    // Countries are their own places.
    assert!(matches!(found(&view, "map-country").body, BlockBody::Map(_)) && found(&view, "map-country").details);
}

fn ratio(cell: &Cell) -> f64 {
    if let Cell::Number(value) = cell { *value } else { f64::NAN }
}

#[test]
fn a_small_segment_is_hidden_with_what_would_reveal_it() {
    let mut rows = segments(NOW_MS - DAY_MS);
    rows.extend(cell(NOW_MS - DAY_MS, ["pilot", "us-east", "US"], "model", 5, 5));
    rows.extend(cell(NOW_MS - DAY_MS, ["pilot", "us-east", "US"], "control", 40, 5));
    let view = bench().view(asked(&rows));
    let table = grid(found(&view, "table-segment"));
    let pilot = table.rows.iter().find(|row| row[0] == Cell::Text("pilot".to_owned())).unwrap();
    assert_eq!(pilot[2..], {
        let mut cells = vec![Cell::Missing; 8];
        cells[7] = Cell::Status(Tone::Unknown, "too few to show".to_owned());
        cells
    });
    let dots = bars(found(&view, "by-segment"));
    let pilot = dots.bars.iter().find(|b| b.key == "pilot").unwrap();
    assert!(pilot.value.is_nan() && pilot.note == "too few to show");
}

#[test]
fn a_segment_against_the_rest_is_a_difference_of_uplifts() {
    let rows = segments(NOW_MS - DAY_MS);
    let mut bench = bench();
    let kind = ReferenceKind::Rest { dimension: "segment".to_owned(), value: "business".to_owned() };
    bench.references = vec![Reference { title: "all segments but business".to_owned(), kind }];
    let view = bench.view(asked(&rows));
    let figure = view.figures.last().unwrap();
    assert_calm(&view);
    assert_eq!((figure.title.as_str(), view.figures.len()), ("Uplift, business", 4));
    near(figure.value, 0.25);
    near(figure.delta, 0.236_956_521_739_130_43);
    near(figure.delta_low, 0.087_034_670_075_468_27);
    near(figure.delta_high, 0.377_527_697_404_370_75);
    assert_eq!(figure.verdict, Verdict::Better);
    assert_eq!(grid(found(&view, "table-segment")).rows.len(), 3, "the groups stay whole");
}

#[test]
fn against_the_previous_period_each_segment_has_its_change() {
    let mut rows = segments(NOW_MS - DAY_MS);
    rows.extend(segments(NOW_MS - 8 * DAY_MS));
    let mut bench = bench();
    let range = TimeRange::new(NOW_MS - 14 * DAY_MS, NOW_MS - 7 * DAY_MS);
    bench.references = vec![Reference { title: "previous period".to_owned(), kind: ReferenceKind::Range(range) }];
    let view = bench.view(asked(&rows));
    assert_eq!(view.figures[0].delta, Some(0.0));
    assert_eq!(view.figures[0].verdict, Verdict::NoClearChange);
    let table = grid(found(&view, "table-segment"));
    assert!(matches!(table.rows[0][10], Cell::Interval(change, low, high) if change == 0.0 && low < 0.0 && high > 0.0));
    assert_eq!(bars(found(&view, "by-segment")).bars[0].reference, 0.25);
}

#[test]
fn a_table_without_a_country_is_looked_at_by_the_others() {
    let rows = segments(NOW_MS - DAY_MS);
    let (view, notes) = derived_without(&bench(), "country", |groups| answer(&rows, groups));
    assert!(view.unwrap().blocks.iter().all(|block| block.id != "by-country"));
    assert!(notes.remarks.iter().any(|r| r.starts_with("not by country")), "{:?}", notes.remarks);
    assert!(notes.failures.is_empty());
}

#[test]
fn without_a_metric_it_names_it_and_teaches() {
    let bare = Bench::new(PanelKind::Segments, "[]", "[]");
    let (Err(Stop::Empty { reason, teach: Some(teach) }), _) = bare.derive(|_| None) else { panic!("no lesson") };
    assert!(reason.contains("outcomes") && (4..=8).contains(&teach.lines().count()), "{teach}");
    let (Err(Stop::Empty { teach: None, .. }), _) = bench().derive(asked(&[])) else { panic!("not empty") };
    let (Err(Stop::Failed(_)), _) = bench().derive(|_| None) else { panic!("not failed") };
    let one = cell(NOW_MS - DAY_MS, ["business", "eu-west", "DE"], "model", 20, 5);
    let (Err(Stop::Empty { reason, .. }), _) = bench().derive(asked(&one)) else { panic!("one variant compared") };
    assert!(reason.contains("only one variant"));
}
