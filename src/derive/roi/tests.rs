//! Tests of the panel on books made by hand.

use crate::derive::business_impact::rows::{Record, answer, record};
use crate::derive::fixture::{Bench, DAY_MS, NOW_MS};
use crate::derive::{Reference, ReferenceKind, Stop};
use crate::frame::Frame;
use crate::query::{Query, TimeRange};
use crate::spec::PanelKind;
use crate::view::{BlockBody, Cell, Figure, Lines, View};

const METRICS: &str = r#"[
    { "id": "revenue", "unit": "currencyEUR", "dimensions": ["model"], "query": { "type": "table", "source": "prom",
        "table": "orders", "time": "at", "unit": "user_id", "value": "amount" } },
    { "id": "savings", "unit": "currencyEUR", "dimensions": ["model"], "query": { "type": "table", "source": "prom",
        "table": "savings", "time": "at", "value": "amount" } },
    { "id": "costs", "unit": "currencyEUR", "dimensions": ["model"], "query": { "type": "table", "source": "prom",
        "table": "costs", "time": "at", "value": "amount" } }
]"#;
const WEEKS: i64 = 20;
const CUSTOMERS: i64 = 20;

fn bench() -> Bench {
    let mut bench = Bench::new(PanelKind::Roi, "[]", METRICS);
    bench.range = TimeRange::new(NOW_MS - 7 * WEEKS * DAY_MS, NOW_MS);
    bench
}

fn booked(days_ago: i64, user: &str, kind: &str, amount: i64) -> Record {
    let (at, amount) = ((NOW_MS - days_ago * DAY_MS).to_string(), amount.to_string());
    record(&[("at", &at), ("user_id", user), ("kind", kind), ("amount", &amount)])
}

/// The three tables. `w` weeks ago each of 20 customers brought `10 + w`, and 5 without the model; 50 was saved and 300 spent.
#[derive(Default)]
struct Books {
    orders: Vec<Record>,
    savings: Vec<Record>,
    costs: Vec<Record>,
}

impl Books {
    fn of(weeks: std::ops::Range<i64>) -> Self {
        let mut books = Self::default();
        for week in weeks {
            let days = 7 * week + 1;
            for user in 0..CUSTOMERS {
                books.orders.push(booked(days, &format!("u{user}"), "model", 10 + week));
                books.orders.push(booked(days, &format!("u{user}"), "baseline", 5));
            }
            books.savings.push(booked(days, "", "", 50));
            books.costs.push(booked(days, "", "", 300));
        }
        books
    }

    fn answer(&self, query: &Query) -> Option<Frame> {
        let Query::Groups(query) = query else { return None };
        let rows = match query.table.as_str() {
            "orders" => &self.orders,
            "savings" => &self.savings,
            _ => &self.costs,
        };
        Some(answer(rows, query))
    }
}

fn figure<'a>(view: &'a View, metric: &str) -> &'a Figure {
    view.figures.iter().find(|f| f.metric == metric).unwrap()
}

fn cumulative(view: &View) -> &Lines {
    let block = view.blocks.iter().find(|block| block.id == "cumulative").unwrap();
    let BlockBody::Lines(lines) = &block.body else { panic!("no lines") };
    lines
}

fn near(actual: Option<f64>, expected: f64) -> bool {
    actual.is_some_and(|actual| (actual - expected).abs() < 1e-9)
}

/// 20 customers with 10 to 29 each, and savings of 50 a week.
const BENEFIT: f64 = 20.0 * (10.0 + 29.0) / 2.0 * 20.0 + 20.0 * 50.0;
const COST: f64 = 20.0 * 300.0;

#[test]
fn the_return_is_benefit_less_cost_by_cost() {
    let books = Books::of(0..WEEKS);
    let mut bench = bench();
    bench.details = true;
    let view = bench.view(|q| books.answer(q));
    assert!(near(figure(&view, "benefit").value, BENEFIT) && near(figure(&view, "cost").value, COST));
    let roi = figure(&view, "roi");
    assert!(near(roi.value, (BENEFIT - COST) / COST), "{roi:?}");
    // The weeks of July brought more than those of November: the interval is wide, and holds the estimate.
    assert!(roi.low.unwrap() < roi.value.unwrap() && roi.value.unwrap() < roi.high.unwrap());
    assert!(roi.method.as_deref().unwrap().starts_with("moving-block bootstrap over"));
    assert_eq!(roi.title, "ROI");
    // 20 customers once in all the range, 20 bookings of savings and 20 of costs.
    assert_eq!(view.n, Some((60.0, "customers and bookings".to_owned())));
    let net = &cumulative(&view).lines[0];
    assert!((net.y.last().unwrap() - (BENEFIT - COST)).abs() < 1e-9);
    assert!(view.remarks.is_empty() && view.controls.len() == 3);
}

#[test]
fn a_changed_assumption_makes_everything_a_what_if() {
    let books = Books::of(0..WEEKS);
    let mut bench = bench();
    bench.details = true;
    bench.set("assume-share", "0.5");
    bench.set("assume-cost", "2");
    let view = bench.view(|q| books.answer(q));
    assert!(view.figures.iter().all(|figure| figure.title.starts_with("What if: ")), "{:?}", view.figures);
    let benefit = (BENEFIT - 1_000.0) / 2.0 + 1_000.0;
    let roi = figure(&view, "roi");
    assert!(near(roi.value, (benefit - 2.0 * COST) / (2.0 * COST)));
    assert!(near(roi.reference, (BENEFIT - COST) / COST));
    assert_eq!(roi.reference_title.as_deref(), Some("default assumptions"));
    assert!(view.blocks.iter().any(|block| block.id == "what-if"));
    let assumptions = view.blocks.iter().find(|block| block.id == "assumptions").unwrap();
    let BlockBody::Grid(grid) = &assumptions.body else { panic!("no grid") };
    assert_eq!(grid.rows[1][1..4], [Cell::Number(2.0), Cell::Number(1.0), Cell::Text("what if".to_owned())]);
}

#[test]
fn what_is_no_number_or_out_of_bounds_is_not_taken() {
    let books = Books::of(0..WEEKS);
    let mut bench = bench();
    bench.set("assume-cost", "<b>7</b>");
    bench.set("assume-share", "9");
    let view = bench.view(|q| books.answer(q));
    assert_eq!(figure(&view, "roi").title, "ROI");
    assert!(near(figure(&view, "roi").value, (BENEFIT - COST) / COST));
}

#[test]
fn a_later_euro_is_worth_less() {
    let books = Books::of(0..WEEKS);
    let mut bench = bench();
    bench.details = true;
    bench.set("assume-discount", "0.3");
    let view = bench.view(|q| books.answer(q));
    let cost = figure(&view, "cost");
    // The range is 140 days: the last amount keeps at least 1.3 to the power of -140 / 365.25.
    let least = COST * 1.3_f64.powf(-140.0 / 365.25);
    assert!(cost.value.unwrap() < COST && cost.value.unwrap() > least, "{cost:?}");
}

#[test]
fn payback_is_the_first_month_that_has_caught_up() {
    let mut books = Books::default();
    // Spent in the first days, earned evenly.
    books.costs.push(booked(139, "", "", 3_000));
    books.savings.extend((0..20).map(|week| booked(7 * week + 1, "", "", 200)));
    let view = bench().view(|q| books.answer(q));
    let payback = figure(&view, "payback");
    // 3,000 by 200 a week needs 15 weeks from the end of June: into October, the fourth month but one after June.
    assert_eq!(payback.value, Some(5.0), "{:?}", cumulative(&view).lines[0]);
    let mut poor = Books::default();
    poor.costs.push(booked(30, "", "", 10));
    let view = bench().view(|q| poor.answer(q));
    assert_eq!(figure(&view, "payback").value, None);
    assert_eq!(figure(&view, "roi").value, Some(-1.0));
}

#[test]
fn few_weeks_have_no_interval_and_say_so() {
    let books = Books::of(0..3);
    let mut bench = bench();
    bench.range = TimeRange::new(NOW_MS - 21 * DAY_MS, NOW_MS);
    let view = bench.view(|q| books.answer(q));
    let roi = figure(&view, "roi");
    assert_eq!((roi.low, roi.high), (None, None));
    assert!(roi.method.as_deref().unwrap().contains("fewer than 8 weeks"));
}

#[test]
fn a_week_that_has_just_begun_costs_no_interval() {
    let mut books = Books::of(0..WEEKS);
    // Five customers so far: too few to show by themselves, and with them another week is hidden.
    let of_first_week = |row: &Record| row.get("at").is_some_and(|at| *at == (NOW_MS - DAY_MS).to_string());
    let mut n_kept = 0;
    books.orders.retain(|row| {
        n_kept += usize::from(of_first_week(row));
        !of_first_week(row) || n_kept <= 10
    });
    let view = bench().view(|q| books.answer(q));
    let roi = figure(&view, "roi");
    assert!(roi.low.unwrap() < roi.value.unwrap() && roi.value.unwrap() < roi.high.unwrap());
    assert!(roi.method.as_deref().unwrap().ends_with("weeks with too few customers to show at their mean"), "{roi:?}");
}

#[test]
fn an_earlier_period_is_held_against_with_an_interval() {
    let books = Books::of(0..2 * WEEKS);
    let mut bench = bench();
    let range = bench.range.previous();
    bench.references = vec![Reference { title: "previous period".to_owned(), kind: ReferenceKind::Range(range) }];
    let view = bench.view(|q| books.answer(q));
    let roi = figure(&view, "roi");
    // 20 weeks earlier each customer brought 20 more a week.
    assert!(near(roi.reference, (BENEFIT + 8_000.0 - COST) / COST), "{roi:?}");
    assert!(roi.delta_low.unwrap() < roi.delta.unwrap() && roi.delta.unwrap() < roi.delta_high.unwrap());
}

#[test]
fn cost_by_request_has_a_course_of_whole_months() {
    let more = METRICS.trim_end().trim_end_matches(']').to_owned()
        + r#", { "id": "cost-per-request", "query": { "type": "derived", "expression": "costs / savings" } }]"#;
    let mut bench = Bench::new(PanelKind::Roi, "[]", &more);
    bench.range = TimeRange::new(NOW_MS - 7 * WEEKS * DAY_MS, NOW_MS);
    bench.details = true;
    let books = Books::of(0..WEEKS);
    let view = bench.view(|q| books.answer(q));
    assert_eq!(figure(&view, "cost-per-request").value, Some(6.0));
    let block = view.blocks.iter().find(|block| block.id == "per-request").unwrap();
    let BlockBody::Lines(lines) = &block.body else { panic!("no lines") };
    // The range begins on the first of July and ends within November.
    assert_eq!(lines.lines[0].y, [6.0; 4]);
}

#[test]
fn what_is_missing_is_named_with_lines_to_write() {
    let (stop, _) = Bench::new(PanelKind::Roi, "[]", "[]").derive(|_| None);
    let Err(Stop::Empty { reason, teach: Some(teach) }) = stop else { panic!("{stop:?}") };
    assert!(reason.contains("costs") && teach.contains("\"costs\"") && teach.lines().count() <= 8);
    let (stop, _) = bench().derive(|q| Books::default().answer(q));
    assert!(matches!(stop, Err(Stop::Empty { teach: None, .. })), "{stop:?}");
}

#[test]
fn few_customers_are_hidden_and_it_is_said() {
    let mut books = Books::of(0..WEEKS);
    books.orders.retain(|row| row["user_id"].len() < 3 && row["user_id"].as_str() < "u3");
    let (view, notes) = bench().derive(|q| books.answer(q));
    let view = view.unwrap();
    assert_eq!(figure(&view, "roi").value, None);
    assert!(notes.remarks.iter().any(|remark| remark.contains("hidden")), "{:?}", notes.remarks);
}

#[test]
fn a_model_s_row_has_its_own_return_and_filters_by_it() {
    let mut books = Books::of(0..WEEKS);
    for (place, row) in books.orders.iter_mut().chain(&mut books.savings).enumerate() {
        // Of what models brought 12 of 20 customers, and all else, to the first model.
        let is_first = place >= 800 || place % 2 == 1 || (place / 2) % 20 < 12;
        row.insert("model".to_owned(), if is_first { "a" } else { "b" }.to_owned());
    }
    books.orders.extend((20..40).map(|user| {
        let mut row = booked(1, &format!("u{user}"), "model", 10);
        row.insert("model".to_owned(), "b".to_owned());
        row
    }));
    for row in &mut books.costs {
        row.insert("model".to_owned(), "a".to_owned());
    }
    let mut bench = bench();
    bench.details = true;
    let view = bench.view(|q| books.answer(q));
    let block = view.blocks.iter().find(|block| block.id == "by-model").unwrap();
    let BlockBody::Grid(grid) = &block.body else { panic!("no grid") };
    assert_eq!(
        (grid.row_target.as_deref(), grid.row_keys.as_slice()),
        (Some("model"), ["a".to_owned(), "b".to_owned()].as_slice())
    );
    // 12 of the 20 customers and 1,000 saved; 8 customers and 20 new ones, at no cost.
    let brought = (BENEFIT - 1_000.0) / 20.0;
    assert_eq!(grid.rows[0][1], Cell::Number(12.0 * brought + 1_000.0));
    assert_eq!((&grid.rows[1][1], &grid.rows[1][4]), (&Cell::Number(8.0 * brought + 200.0), &Cell::Missing));
}

#[test]
fn the_return_leads_to_what_errors_cost_of_the_chosen_model() {
    let books = Books::of(0..WEEKS);
    let mut bench = bench();
    bench.details = true;
    let leads = |bench: &Bench, metric: &str| {
        let found = figure(&bench.view(|q| books.answer(q)), metric).evidence.clone();
        found.map(|found| (found.panel, found.filters))
    };
    assert_eq!(leads(&bench, "roi"), Some(("confusion-matrix".to_owned(), Vec::new())));
    assert_eq!(leads(&bench, "cost"), Some(("resources".to_owned(), Vec::new())));
    assert_eq!(leads(&bench, "payback"), None);
    let mut rows = books.orders.clone();
    for row in &mut rows {
        row.insert("model".to_owned(), "m".to_owned());
    }
    bench.filter("model", &["m"], &[]);
    let chosen = Books { orders: rows, ..Books::default() };
    let view = bench.view(|q| chosen.answer(q));
    let found = figure(&view, "benefit").evidence.clone().unwrap();
    assert_eq!(found.filters, [("model".to_owned(), "m".to_owned())]);
}
