//! Tests of the panel on records made by hand.

use crate::derive::Stop;
use crate::derive::fixture::{Bench, DAY_MS, NOW_MS, rows};
use crate::frame::{Frame, Values};
use crate::query::Query;
use crate::spec::PanelKind;
use crate::view::{BlockBody, Cell, Figure, Grid, Tone, View};

const METRICS: &str = r#"[{ "id": "governance", "dimensions": ["model"], "query": {
    "type": "table", "source": "prom", "table": "governance.json" } }]"#;

/// A row: model, status, next review in days, control, its status, due in days, evidence.
type Row = (&'static str, &'static str, f64, &'static str, &'static str, f64, &'static str);

const ROWS: [Row; 6] = [
    ("a", "approved", 30.0, "a one", "met", 90.0, "https://evidence.example/a-1"),
    ("a", "approved", 30.0, "a two", "partly", -1.0, ""),
    ("b", "review", -5.0, "b one", "overdue", -2.0, ""),
    ("b", "review", -5.0, "b two", "open", 9.0, ""),
    ("c", "archived", -100.0, "c one", "met", f64::NAN, "javascript:alert(1)"),
    ("", "draft", 1.0, "of nobody", "open", 1.0, ""),
];

fn at(days: f64) -> f64 {
    NOW_MS as f64 + days * DAY_MS as f64
}

fn records(of: &[Row]) -> Frame {
    let texts =
        |pick: fn(&Row) -> &'static str| Values::text(of.iter().map(|r| Some(pick(r)).filter(|t| !t.is_empty())));
    rows(vec![
        ("model", texts(|r| r.0)),
        ("status", texts(|r| r.1)),
        ("next_review", Values::Time(of.iter().map(|r| at(r.2)).collect())),
        ("control", texts(|r| r.3)),
        ("framework", Values::text(of.iter().map(|_| Some("GDPR")))),
        ("control_status", texts(|r| r.4)),
        ("due", Values::Time(of.iter().map(|r| at(r.5)).collect())),
        ("evidence", texts(|r| r.6)),
    ])
}

fn bench() -> Bench {
    Bench::new(PanelKind::Compliance, r#"[{ "id": "a", "title": "Model A" }]"#, METRICS)
}

fn answer(frame: &Frame) -> impl Fn(&Query) -> Option<Frame> + '_ {
    |query| matches!(query, Query::Rows(_)).then(|| frame.clone())
}

fn figure<'a>(view: &'a View, metric: &str) -> &'a Figure {
    view.figures.iter().find(|f| f.metric == metric).unwrap()
}

fn grid<'a>(view: &'a View, id: &str) -> &'a Grid {
    let block = view.blocks.iter().find(|block| block.id == id).unwrap();
    let BlockBody::Grid(grid) = &block.body else { panic!("no table") };
    grid
}

/// The cells of a column as text.
fn texts(grid: &Grid, title: &str) -> Vec<String> {
    let at = grid.columns.iter().position(|column| column.title == title).unwrap();
    let text = |cell: &Cell| match cell {
        Cell::Text(text) | Cell::Status(_, text) => text.clone(),
        Cell::Number(n) => n.to_string(),
        _ => String::new(),
    };
    grid.rows.iter().map(|row| text(&row[at])).collect()
}

#[test]
fn what_is_overdue_comes_first_and_is_counted_with_its_size() {
    let frame = records(&ROWS);
    let (view, notes) = bench().derive(answer(&frame));
    let view = view.unwrap();
    // Two controls (one recorded, one by its day) and one review; what is archived needs none.
    let overdue = figure(&view, "compliance-overdue");
    assert_eq!((overdue.value, overdue.n), (Some(3.0), Some(8.0)));
    let met = figure(&view, "controls-met");
    assert_eq!((met.value, met.n), (Some(0.4), Some(5.0)));
    let models = grid(&view, "models");
    assert_eq!(texts(models, "Model"), ["b", "Model A", "c"]);
    assert_eq!(texts(models, "Review"), ["overdue", "first to come", "not needed"]);
    assert_eq!(texts(models, "Overdue"), ["1", "1", "0"]);
    assert_eq!(models.row_keys, ["b", "a", "c"]);
    assert_eq!(texts(grid(&view, "overdue"), "What"), ["Review of the model", "b one", "a two"]);
    assert_eq!(texts(grid(&view, "controls"), "State"), ["overdue", "overdue", "open", "met", "met"]);
    assert!(notes.remarks.iter().any(|remark| remark == "1 rows name no model and are left out"));
}

#[test]
fn only_https_evidence_is_shown() {
    let frame = records(&ROWS);
    let (view, notes) = bench().derive(answer(&frame));
    let view = view.unwrap();
    let shown = texts(grid(&view, "controls"), "Evidence");
    assert!(shown.contains(&"https://evidence.example/a-1".to_owned()));
    assert!(shown.contains(&"address not shown".to_owned()));
    assert!(!format!("{view:?}").contains("javascript"));
    assert!(notes.remarks.iter().any(|remark| remark.starts_with("1 links")));
}

#[test]
fn frameworks_and_words_are_data() {
    let mut of = ROWS[..1].to_vec();
    of.push(("a", "approved", 30.0, "<b>odd</b>", "waived", 3.0, ""));
    let frame = records(&of);
    let view = bench().view(answer(&frame));
    assert_eq!(texts(grid(&view, "frameworks"), "Framework"), ["GDPR"]);
    assert_eq!(texts(grid(&view, "frameworks"), "Controls"), ["2"]);
    assert_eq!(texts(grid(&view, "controls"), "State"), ["waived", "met"]);
    assert_eq!(texts(grid(&view, "models"), "Other"), ["1"]);
    assert!(view.blocks.iter().all(|block| block.id != "overdue"));
}

#[test]
fn rows_that_disagree_are_said_to() {
    let frame =
        records(&[("a", "approved", 30.0, "a one", "met", 9.0, ""), ("a", "draft", 30.0, "a two", "met", 9.0, "")]);
    let (view, notes) = bench().derive(answer(&frame));
    assert_eq!(texts(grid(&view.unwrap(), "models"), "Status"), ["approved"]);
    assert!(notes.remarks.iter().any(|remark| remark.contains("disagree about its record")));
}

#[test]
fn columns_that_are_missing_or_unknown_are_no_reason_to_stop() {
    let frame = rows(vec![("model", Values::text([Some("a")])), ("colour", Values::text([Some("red")]))]);
    let view = bench().view(answer(&frame));
    let models = grid(&view, "models");
    assert_eq!(texts(models, "Status"), ["not recorded"]);
    assert_eq!(texts(models, "Owner"), ["nobody"]);
    assert_eq!(models.rows[0][4], Cell::Status(Tone::Warning, "not planned".to_owned()));
    assert_eq!(figure(&view, "controls-met").value, None);
}

#[test]
fn dates_may_be_text() {
    let frame = rows(vec![
        ("model", Values::text([Some("a"), Some("b")])),
        ("next_review", Values::text([Some("2023-11-01"), Some("soon")])),
    ]);
    let view = bench().view(answer(&frame));
    assert_eq!(texts(grid(&view, "models"), "Review"), ["overdue", "not planned"]);
}

#[test]
fn without_the_metric_or_a_row_it_says_why() {
    let without = Bench::new(PanelKind::Compliance, "[]", "[]");
    let (result, _) = without.derive(|_| None);
    let Err(Stop::Empty { reason, teach: Some(teach) }) = result else { panic!("{result:?}") };
    assert!(reason.contains("governance") && (4..=8).contains(&teach.lines().count()), "{teach}");
    let frame = records(&[]);
    let (result, _) = bench().derive(answer(&frame));
    assert!(matches!(result, Err(Stop::Empty { teach: None, .. })), "{result:?}");
    let (result, _) = bench().derive(|_| None);
    assert!(matches!(result, Err(Stop::Failed(_))), "{result:?}");
}
