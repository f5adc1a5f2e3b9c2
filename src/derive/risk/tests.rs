//! Tests of the panel on a register, incidents and counts made by hand; the intervals are those of scipy for the formulas of the papers.

use crate::derive::fixture::{Bench, DAY_MS, NOW_MS, label_names, rows, runs, series, text, versions};
use crate::derive::{Reference, ReferenceKind, Stop};
use crate::frame::{Frame, Values};
use crate::query::{Query, Selector, TimeRange};
use crate::spec::PanelKind;
use crate::view::{Block, BlockBody, Cell, Figure, Grid, Lines, Matrix, Piece, Tone, Verdict, View};

const RISKS: &str = r#"{ "id": "risks", "dimensions": ["model"], "query": {
    "type": "table", "source": "prom", "table": "risks.json" } }"#;
const INCIDENTS: &str = r#"{ "id": "incidents", "dimensions": ["model"], "query": {
    "type": "table", "source": "prom", "table": "incidents", "time": "at" } }"#;
const COUNTS: &str = r#"{ "id": "confusion-counts", "query": {
    "type": "counter", "source": "prom", "metric": "predictions_total" } }"#;
const MODELS: &str = r#"[{ "id": "m", "title": "Churn" }]"#;

fn bench(metrics: &[&str]) -> Bench {
    let mut bench = Bench::new(PanelKind::Risk, MODELS, &format!("[{}]", metrics.join(",")));
    bench.details = true;
    bench
}

fn register() -> Frame {
    let day = |days: f64| NOW_MS as f64 + days * DAY_MS as f64;
    rows(vec![
        ("model", Values::text([Some("m"), Some("m"), None, Some("m"), Some("m")])),
        ("title", text(&["labels late", "shift unseen", "<script>alert(1)</script>", "rollback slow", "odd rank"])),
        ("likelihood", Values::numbers([5.0, 3.0, 3.0, 4.0, 7.0])),
        ("impact", Values::numbers([2.0, 5.0, 5.0, 4.0, 2.0])),
        ("owner", Values::text([Some("Care"), Some("Radiology"), None, Some("Platform"), Some("IT")])),
        ("status", Values::text([Some("open"), Some("open"), None, Some("closed"), Some("open")])),
        ("due", Values::Time([day(9.0), day(-1.0), f64::NAN, day(-9.0), day(1.0)].into())),
    ])
}

/// One critical incident and three minor ones in the last week; ten minor ones in the week before.
fn incidents(range: TimeRange) -> Frame {
    let day = |days: i64| (NOW_MS - days * DAY_MS) as f64;
    let all = [("critical", day(2), 1.0), ("minor", day(1), 2.0), ("minor", day(6), 1.0), ("minor", day(10), 10.0)];
    let within = |at: f64| at >= range.from_ms as f64 && at < range.to_ms as f64;
    let shown: Vec<_> = all.into_iter().filter(|(_, at, _)| within(*at)).collect();
    rows(vec![
        ("severity", text(&shown.iter().map(|r| r.0).collect::<Vec<_>>())),
        ("time", Values::Time(shown.iter().map(|r| r.1).collect())),
        ("rows", Values::numbers(shown.iter().map(|r| r.2))),
    ])
}

/// Counts of each segment: hits, misses, false alarms, passes.
fn counts(groups: &[(&str, [f64; 4])], to_ms: i64) -> Frame {
    let cells = [("1", "1"), ("1", "0"), ("0", "1"), ("0", "0")];
    let of = |(group, counts): &(&str, [f64; 4])| {
        let labels = |(actual, predicted): (&'static str, &'static str)| {
            vec![("model", "m"), ("segment", *group), ("actual", actual), ("predicted", predicted)]
        };
        let one = |(cell, n): (&(&'static str, &'static str), &f64)| series(&labels(*cell), &[(to_ms as f64, *n)]);
        cells.iter().zip(counts).map(one).collect::<Vec<_>>()
    };
    Frame::from_series(groups.iter().flat_map(of).collect())
}

const GROUPS: [(&str, [f64; 4]); 3] = [
    ("business", [80.0, 20.0, 40.0, 260.0]),
    ("consumer", [40.0, 60.0, 40.0, 260.0]),
    ("partner", [60.0, 40.0, 40.0, 260.0]),
];

fn answer(query: &Query, groups: &[(&str, [f64; 4])]) -> Option<Frame> {
    match query {
        Query::Rows(query) if query.table == "risks.json" => Some(register()),
        Query::Groups(query) => Some(incidents(query.range)),
        Query::Versions(_) => Some(versions("m", &[])),
        Query::Runs(_) => Some(runs(&[])),
        Query::LabelNames(_) => Some(label_names(&["model", "segment", "actual", "predicted"])),
        Query::Series(query) => match &query.selector {
            Selector::Named { name, .. } if name == "predictions_total" => {
                let is_by_group = query.by.as_ref().is_some_and(|by| by.iter().any(|label| label == "segment"));
                Some(if is_by_group { counts(groups, query.range.to_ms) } else { Frame::from_series(Vec::new()) })
            }
            _ => None,
        },
        _ => None,
    }
}

fn found<'a>(view: &'a View, id: &str) -> &'a Block {
    view.blocks.iter().find(|block| block.id == id).unwrap()
}

fn grid<'a>(view: &'a View, id: &str) -> &'a Grid {
    let BlockBody::Grid(grid) = &found(view, id).body else { panic!("no table") };
    grid
}

fn matrix(view: &View) -> &Matrix {
    let BlockBody::Matrix(matrix) = &found(view, "matrix").body else { panic!("no matrix") };
    matrix
}

fn figure<'a>(view: &'a View, metric: &str) -> &'a Figure {
    view.figures.iter().find(|f| f.metric == metric).unwrap()
}

fn first_cells(grid: &Grid) -> Vec<&str> {
    let text = |row: &'_ Vec<Cell>| match row.first() {
        Some(Cell::Text(_)) => (),
        other => panic!("{other:?} is no heading"),
    };
    grid.rows.iter().for_each(text);
    grid.rows
        .iter()
        .filter_map(|row| if let Some(Cell::Text(text)) = row.first() { Some(text.as_str()) } else { None })
        .collect()
}

#[track_caller]
fn near(actual: Option<f64>, expected: f64) {
    let actual = actual.unwrap();
    assert!((actual - expected).abs() < 1e-9, "{actual} is not {expected}");
}

#[test]
fn open_risks_stand_in_their_cell_and_in_the_table_below() {
    let (view, notes) = bench(&[RISKS]).derive(|q| answer(q, &GROUPS));
    let view = view.unwrap();
    let matrix = matrix(&view);
    let cell = |likelihood: usize, impact: usize| matrix.values[(5 - likelihood) * 5 + impact - 1];
    assert_eq!((cell(5, 2), cell(3, 5)), (1.0, 2.0));
    // The closed one and the one that is not rated stand nowhere.
    assert!(cell(4, 4).is_nan());
    assert_eq!(matrix.values.iter().filter(|v| v.is_finite()).sum::<f64>(), 3.0);
    assert_eq!((matrix.rows[0].as_str(), matrix.columns[0].as_str()), ("5", "1"));
    let table = grid(&view, "risks");
    assert_eq!(first_cells(table), ["<script>alert(1)</script>", "shift unseen", "labels late", "odd rank"]);
    assert_eq!(table.rows[1][5], Cell::Status(Tone::Bad, "open, overdue".to_owned()));
    assert_eq!(table.rows[0][5], Cell::Status(Tone::Unknown, "no status".to_owned()));
    assert_eq!(table.rows[3][1], Cell::Status(Tone::Unknown, "not rated".to_owned()));
    assert_eq!(first_cells(grid(&view, "closed")), ["rollback slow"]);
    let open = figure(&view, "open-risks");
    assert_eq!((open.value, open.n), (Some(4.0), Some(5.0)));
    assert!(open.method.as_deref().is_some_and(|method| method.starts_with("2 of them grave")));
    assert!(notes.remarks.iter().any(|remark| remark.starts_with("1 open risks have no likelihood")));
}

#[test]
fn a_chosen_cell_lists_its_risks() {
    let mut bench = bench(&[RISKS]);
    bench.set("cell", "0,1");
    let view = bench.view(|q| answer(q, &GROUPS));
    assert_eq!(matrix(&view).selected, Some((0, 1)));
    assert_eq!(first_cells(grid(&view, "risks")), ["labels late"]);
    for odd in ["9,9", "x", "1", "-1,2"] {
        bench.set("cell", odd);
        assert_eq!(matrix(&bench.view(|q| answer(q, &GROUPS))).selected, None, "{odd}");
    }
}

#[test]
fn incidents_have_exact_rates_and_their_change() {
    let mut bench = bench(&[INCIDENTS]);
    let week = 7 * DAY_MS;
    let before = TimeRange::new(NOW_MS - 2 * week, NOW_MS - week);
    bench.references = vec![Reference { title: "previous period".to_owned(), kind: ReferenceKind::Range(before) }];
    let view = bench.view(|q| answer(q, &GROUPS));
    let rate = figure(&view, "incidents");
    near(rate.value, 120.0 / 7.0);
    near(rate.low, 4.670_851_601_255_678);
    near(rate.high, 43.892_522_894_587_26);
    assert_eq!((rate.n, rate.verdict), (Some(4.0), Verdict::NoClearChange));
    near(rate.delta_low, -63.774_458_869_569_47);
    near(rate.delta_high, 9.114_996_833_108_965);
    let BlockBody::Lines(Lines { lines, .. }) = &found(&view, "incidents").body else { panic!("no lines") };
    assert_eq!(lines.iter().map(|line| line.title.as_str()).collect::<Vec<_>>(), ["critical", "minor"]);
    // A day without an incident is a zero with its interval, not a gap.
    assert_eq!((lines[0].x.len(), lines[0].y[0]), (7, 0.0));
    assert!((lines[0].high[0] - 30.0 * 3.688_879_454_113_935_4).abs() < 1e-6);
    assert_eq!(lines[1].y[6], 60.0);
    let table = grid(&view, "incident-rates");
    assert_eq!(first_cells(table), ["critical", "minor"]);
    assert_eq!((&table.rows[1][1], &table.rows[1][3]), (&Cell::Number(3.0), &Cell::Number(10.0)));
}

#[test]
fn groups_are_compared_by_both_measures() {
    let (view, _) = bench(&[COUNTS]).derive(|q| answer(q, &GROUPS));
    let view = view.unwrap();
    let parity = figure(&view, "demographic-parity-difference");
    near(parity.value, 0.1);
    near(parity.low, 0.026_687_888_343_647_16);
    near(parity.high, 0.171_985_624_475_158_2);
    assert_eq!(parity.n, Some(800.0));
    let opportunity = figure(&view, "equal-opportunity-difference");
    near(opportunity.value, 0.4);
    near(opportunity.low, 0.236_959_909_346_043_6);
    near(opportunity.high, 0.534_003_974_080_284_2);
    let business = &grid(&view, "parity-m").rows[0];
    let Cell::Interval(difference, low, high) = business[3] else { panic!("{business:?}") };
    near(Some(difference), 0.075);
    near(Some(low), 0.022_585_004_707_737_16);
    near(Some(high), 0.129_183_491_545_743_96);
    // What is clear is a risk that nobody wrote down, and leads to the counts.
    let risks = grid(&view, "risks");
    assert_eq!(risks.rows.len(), 2);
    assert!(first_cells(risks)[0].starts_with("Churn: segment business is chosen 10.0 points (2.7 to 17.2) more"));
    assert!(first_cells(risks)[1].starts_with("Churn: segment business is found where it should be 40.0 points"));
    assert_eq!(risks.evidence[0][0].as_ref().map(|lead| lead.panel.as_str()), Some("confusion-matrix"));
    assert!(risks.evidence[0].iter().all(|lead| lead.as_ref().is_none_or(|lead| lead.filters[0].1 == "m")));
}

#[test]
fn small_groups_are_hidden_from_rates_and_differences() {
    let groups = [GROUPS[0], GROUPS[1], ("tiny", [3.0, 0.0, 0.0, 40.0])];
    let (view, notes) = bench(&[COUNTS]).derive(|q| answer(q, &groups));
    let view = view.unwrap();
    for id in ["parity-m", "opportunity-m"] {
        let tiny = &grid(&view, id).rows[2];
        assert_eq!(tiny[4], Cell::Status(Tone::Unknown, "hidden: too few".to_owned()));
        assert!(tiny[1..4].iter().all(|cell| *cell == Cell::Missing), "{tiny:?}");
    }
    // Only two groups are left: one pair.
    let parity = figure(&view, "demographic-parity-difference");
    assert!(parity.method.as_deref().is_some_and(|method| method.contains("Newcombe interval; counts")));
    assert!(notes.remarks.iter().any(|remark| remark.starts_with("rates of small groups are hidden")));
}

#[test]
fn one_group_or_another_dimension_is_nothing_to_compare() {
    let (result, notes) = bench(&[COUNTS]).derive(|q| answer(q, &GROUPS[..1]));
    assert!(matches!(result, Err(Stop::Empty { .. })), "{result:?}");
    assert!(notes.remarks.iter().any(|remark| remark.contains("do not tell two groups by segment apart")));
    let mut other = bench(&[COUNTS]);
    other.panel.options.insert("groups".to_owned(), "region".into());
    let (result, _) = other.derive(|q| answer(q, &GROUPS));
    assert!(matches!(result, Err(Stop::Empty { .. })), "{result:?}");
}

#[test]
fn all_of_it_together_is_calm_on_the_dashboard() {
    let mut bench = bench(&[RISKS, INCIDENTS, COUNTS]);
    bench.details = false;
    let view = bench.view(|q| answer(q, &GROUPS));
    let shown: Vec<&str> = view.blocks.iter().filter(|block| !block.details).map(|block| block.id.as_str()).collect();
    assert_eq!(shown, ["matrix", "risks"]);
    assert_eq!(view.figures.len(), 2);
    let said: String = view
        .summary
        .0
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Value(value, _) => value.to_string(),
            _ => String::new(),
        })
        .collect();
    assert!(said.starts_with("4 risks are open, the gravest: "), "{said}");
    assert!(
        said.contains("measured: Churn: segment business") && said.ends_with("4 incidents, 1 of them critical"),
        "{said}"
    );
    let widths: Vec<usize> = grid(&view, "risks").rows.iter().map(Vec::len).collect();
    assert!(widths.iter().all(|n| *n == grid(&view, "risks").columns.len()), "{widths:?}");
}

#[test]
fn without_the_metrics_it_says_what_would_feed_it() {
    let (result, _) = Bench::new(PanelKind::Risk, "[]", "[]").derive(|_| None);
    let Err(Stop::Empty { reason, teach: Some(teach) }) = result else { panic!("{result:?}") };
    assert!(reason.contains("risks") && (4..=8).contains(&teach.lines().count()), "{teach}");
    let (result, _) = bench(&[RISKS]).derive(|_| None);
    assert!(matches!(result, Err(Stop::Failed(_))), "{result:?}");
    let (result, _) = bench(&[RISKS]).derive(|q| match q {
        Query::Rows(_) => Some(rows(vec![("model", text(&[]))])),
        other => answer(other, &[]),
    });
    assert!(matches!(result, Err(Stop::Empty { .. })), "{result:?}");
}
