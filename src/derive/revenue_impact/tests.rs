//! Tests of the panel on orders made by hand.

use crate::derive::business_impact::rows::{Record, answer, record};
use crate::derive::fixture::{Bench, DAY_MS, NOW_MS, TEN, counted, predictions, versions};
use crate::derive::{Reference, ReferenceKind, Stop};
use crate::frame::Frame;
use crate::query::{Query, TimeRange};
use crate::spec::PanelKind;
use crate::view::{Bars, BlockBody, Cell, Figure, Lines, Verdict, View};

const METRICS: &str = r#"[
    { "id": "revenue", "unit": "currencyEUR", "dimensions": ["model", "region"], "query": { "type": "table", "source": "prom",
        "table": "orders", "time": "at", "unit": "user_id", "value": "amount" } },
    { "id": "revenue-plan", "unit": "currencyEUR", "dimensions": ["model", "region"], "query": { "type": "table", "source": "prom",
        "table": "plan", "time": "at", "value": "amount" } }
]"#;
/// The first of November 2023.
const NOVEMBER: i64 = 1_698_796_800_000;

/// Ten of the forty customers bought nothing of a kind: few people for the policy as it is by default.
fn bench(models: &str) -> Bench {
    let mut bench = Bench::new(PanelKind::RevenueImpact, models, METRICS);
    bench.workspace.privacy.small_cells.k = 5;
    bench
}

fn order(days_ago: i64, user: usize, kind: &str, component: &str, amount: i64) -> Record {
    let (at, amount) = ((NOW_MS - days_ago * DAY_MS).to_string(), amount.to_string());
    let user = format!("u{user}");
    record(&[("at", &at), ("user_id", &user), ("kind", kind), ("component", component), ("amount", &amount)])
}

/// 40 customers bring 100 each without the model; 30 bring 20 as new, 20 of them 10 by expansion, and 15 take 4 back.
fn orders(days_ago: i64) -> Vec<Record> {
    let of = |n: usize, kind: &'static str, component: &'static str, amount: i64| {
        (0..n).map(move |user| order(days_ago, user, kind, component, amount))
    };
    of(40, "baseline", "new", 100)
        .chain(of(30, "model", "new", 20))
        .chain(of(20, "model", "expansion", 10))
        .chain(of(15, "model", "churn", -4))
        .collect()
}

/// The plan of November is 6,000.
fn plan() -> Vec<Record> {
    vec![record(&[("at", &NOVEMBER.to_string()), ("amount", "6000")])]
}

fn answered<'a>(orders: &'a [Record], plan: &'a [Record]) -> impl Fn(&Query) -> Option<Frame> + 'a {
    move |query| match query {
        Query::Groups(query) => Some(answer(if query.table == "orders" { orders } else { plan }, query)),
        Query::Rows(_) => Some(predictions(&TEN)),
        Query::Versions(_) => Some(versions("m", &[("2", "r2", "champion")])),
        _ => None,
    }
}

fn figure<'a>(view: &'a View, metric: &str) -> &'a Figure {
    view.figures.iter().find(|f| f.metric == metric).unwrap()
}

fn bars(view: &View) -> &Bars {
    let block = view.blocks.iter().find(|block| block.id == "waterfall").unwrap();
    let BlockBody::Bars(bars) = &block.body else { panic!("no bars") };
    bars
}

fn lines(view: &View) -> &Lines {
    let block = view.blocks.iter().find(|block| block.id == "cumulative").unwrap();
    let BlockBody::Lines(lines) = &block.body else { panic!("no lines") };
    lines
}

#[track_caller]
fn near(actual: Option<f64>, expected: f64) {
    let actual = actual.unwrap();
    assert!((actual - expected).abs() < 1e-6, "{actual} is not {expected}");
}

#[test]
fn the_waterfall_runs_from_the_baseline_to_all_revenue() {
    let (orders, plan) = (orders(2), plan());
    let view = bench("[]").view(answered(&orders, &plan));
    let steps: Vec<(&str, f64, f64)> =
        bars(&view).bars.iter().map(|bar| (bar.title.as_str(), bar.reference, bar.value)).collect();
    assert_eq!(
        steps,
        [
            ("Without models", 0.0, 4_000.0),
            ("Models: new", 4_000.0, 4_600.0),
            ("Models: expansion", 4_600.0, 4_800.0),
            ("Models: churn", 4_800.0, 4_740.0),
            ("All revenue", 0.0, 4_740.0),
        ]
    );
}

#[test]
fn the_interval_is_that_of_a_total_over_customers() {
    let (orders, plan) = (orders(2), plan());
    let view = bench("[]").view(answered(&orders, &plan));
    let model = figure(&view, "revenue");
    assert_eq!((model.value, model.n), (Some(740.0), Some(30.0)));
    // Of 30 customers 15 brought 26, 5 brought 30 and 10 brought 20: squares of 10,140, 4,500 and 4,000.
    near(model.high, 740.0 + 1.959_963_984_540_054 * 18_640.0_f64.sqrt());
    near(model.low, 740.0 - 1.959_963_984_540_054 * 18_640.0_f64.sqrt());
    let share = figure(&view, "revenue-share");
    near(share.value, 740.0 / 4_740.0);
    // The delta method over customers by hand: 40 brought 100 without the model, and with it 15 of them 26, 5 of them 30, 10 of them 20.
    let s = 740.0 / 4_740.0;
    let off = |model: f64| (model - s * (100.0 + model)).powi(2);
    let error = (15.0 * off(26.0) + 5.0 * off(30.0) + 10.0 * off(20.0) + 10.0 * off(0.0)).sqrt() / 4_740.0;
    near(share.high, s + 1.959_963_984_540_054 * error);
}

#[test]
fn a_customer_of_both_kinds_counts_once() {
    let (orders, plan) = (orders(2), plan());
    let view = bench("[]").view(answered(&orders, &plan));
    assert_eq!(view.n, Some((40.0, "customers".to_owned())));
    assert_eq!((figure(&view, "revenue-share").n, figure(&view, "revenue-plan").n), (Some(40.0), Some(40.0)));
    let by_plan = figure(&view, "revenue-plan");
    let squares =
        15.0 * 126.0_f64.powi(2) + 5.0 * 130.0_f64.powi(2) + 10.0 * 120.0_f64.powi(2) + 10.0 * 100.0_f64.powi(2);
    near(by_plan.high, (4_740.0 + 1.959_963_984_540_054 * squares.sqrt()) / (6_000.0 * 7.0 / 30.0));
}

#[test]
fn the_plan_counts_by_days_and_has_its_line() {
    let (orders, plan) = (orders(2), plan());
    let view = bench("[]").view(answered(&orders, &plan));
    // Seven of the thirty days of November.
    let planned = 6_000.0 * 7.0 / 30.0;
    near(figure(&view, "revenue-plan").value, 4_740.0 / planned);
    let last: Vec<(&str, f64)> = lines(&view).lines.iter().map(|l| (l.title.as_str(), *l.y.last().unwrap())).collect();
    assert_eq!(last, [("all revenue", 4_740.0), ("brought by models", 740.0), ("plan", planned)]);
}

#[test]
fn without_a_plan_the_panel_says_so_and_goes_on() {
    let rows = orders(2);
    let (view, notes) = bench("[]").derive(answered(&rows, &[]));
    let view = view.unwrap();
    assert!(view.figures.iter().all(|figure| figure.metric != "revenue-plan"));
    assert_eq!(lines(&view).lines.len(), 2);
    assert!(notes.remarks.iter().any(|remark| remark.contains("not causal")));
}

#[test]
fn an_earlier_period_is_compared_by_its_own_customers() {
    let mut rows = orders(2);
    rows.extend((0..30).map(|user| order(9, user, "model", "new", 5)));
    let mut bench = bench("[]");
    let range = bench.range.previous();
    bench.references = vec![Reference { title: "previous period".to_owned(), kind: ReferenceKind::Range(range) }];
    let view = bench.view(answered(&rows, &[]));
    let model = figure(&view, "revenue");
    assert_eq!((model.reference, model.delta, model.verdict), (Some(150.0), Some(590.0), Verdict::Better));
    near(model.delta_low, 590.0 - 1.959_963_984_540_054 * (18_640.0_f64 + 750.0).sqrt());
}

#[test]
fn a_chosen_threshold_changes_the_cost_of_errors_as_a_what_if() {
    let models = r#"[{ "id": "m", "title": "Churn", "costs": [[0, 1], [5, 0]], "costUnit": "currencyEUR",
        "identity": { "mlflow": { "experiments": ["e"], "predictions": "p" } } }]"#;
    let rows = orders(2);
    let mut bench = bench(models);
    let view = bench.view(answered(&rows, &[]));
    assert!(view.figures.iter().all(|figure| !figure.title.contains("What if")));
    bench.selection.thresholds.insert("m".to_owned(), 0.25);
    let view = bench.view(answered(&rows, &[]));
    let what_if = figure(&view, "threshold-cost");
    assert!(what_if.title.starts_with("What if: ") && what_if.n == Some(10.0), "{what_if:?}");
    // At 0.5 one positive is missed (5) and one alarm false (1); at 0.25 nothing is missed and two alarms are false: 4 less of 10.
    near(what_if.value, -400.0);
    assert!(view.blocks.iter().any(|block| block.id == "what-if"));
    let last = bars(&view).bars.last().unwrap();
    // All revenue, and what ten decisions save of it.
    assert_eq!((last.reference, last.value), (4_740.0, 4_744.0));
    assert!(last.title.starts_with("What if"));
    // A cost that the viewer tried in the confusion matrix counts here too.
    let settings = bench.selection.settings.entry("confusion-matrix".to_owned()).or_default();
    settings.insert("cost-fn".to_owned(), "10".to_owned());
    near(figure(&bench.view(answered(&rows, &[])), "threshold-cost").value, -900.0);
}

#[test]
fn rows_without_a_kind_are_baseline_and_counted() {
    let mut rows = orders(2);
    for row in rows.iter_mut().take(40) {
        row.remove("kind");
        row.insert("component".to_owned(), "<script>".to_owned());
    }
    let (view, notes) = bench("[]").derive(answered(&rows, &[]));
    assert_eq!(bars(&view.unwrap()).bars[0].value, 4_000.0);
    assert!(notes.remarks.iter().any(|remark| remark.starts_with("40 orders without a kind")), "{:?}", notes.remarks);
}

#[test]
fn the_table_has_each_step_with_its_interval() {
    let rows = orders(2);
    let view = bench("[]").view(answered(&rows, &[]));
    let block = view.blocks.iter().find(|block| block.id == "steps").unwrap();
    let BlockBody::Grid(grid) = &block.body else { panic!("no grid") };
    assert_eq!(grid.rows.len(), 4);
    let Cell::Interval(value, low, high) = grid.rows[1][1] else { panic!("{:?}", grid.rows[1]) };
    // 30 customers with 20 each.
    assert_eq!(value, 600.0);
    near(Some(high - low), 2.0 * 1.959_963_984_540_054 * 12_000.0_f64.sqrt());
}

#[test]
fn nothing_booked_and_nothing_configured_are_told_apart() {
    let (stop, _) = bench("[]").derive(answered(&[], &[]));
    assert!(matches!(&stop, Err(Stop::Empty { teach: None, .. })), "{stop:?}");
    let (stop, _) = Bench::new(PanelKind::RevenueImpact, "[]", "[]").derive(|_| None);
    let Err(Stop::Empty { reason, teach: Some(teach) }) = stop else { panic!("{stop:?}") };
    assert!(reason.contains("metric revenue") && teach.contains("\"revenue\"") && teach.lines().count() <= 8);
}

#[test]
fn whole_months_begin_where_the_plan_is_dated() {
    let range = super::whole_months(TimeRange::new(NOVEMBER + 9 * DAY_MS, NOW_MS));
    assert_eq!(range.from_ms, NOVEMBER);
}

#[test]
fn revenue_is_told_by_prediction_with_the_noise_of_both() {
    let more = METRICS.trim_end().trim_end_matches(']').to_owned()
        + r#", { "id": "of-models", "unit": "currencyEUR", "dimensions": ["model", "region"], "query": { "type": "table", "source": "prom",
        "table": "orders", "time": "at", "unit": "user_id", "value": "amount", "where": { "kind": "model" } } },
    { "id": "predictions", "unit": "reqps", "dimensions": ["model"], "query": { "type": "counter", "source": "mlflow",
        "metric": "predictions_total" } },
    { "id": "revenue-per-prediction", "query": { "type": "derived", "expression": "of-models / predictions * 1000" } }]"#;
    let (orders, plan) = (orders(2), plan());
    let rest = answered(&orders, &plan);
    let mut bench = Bench::new(PanelKind::RevenueImpact, "[]", &more);
    // As in `bench`: the customers of these tests are few.
    bench.workspace.privacy.small_cells.k = 5;
    let view = bench.view(|query| match query {
        Query::Series(query) => Some(counted(query, &[("1", "1", 2_000.0)])),
        other => rest(other),
    });
    let found = figure(&view, "revenue-per-prediction");
    assert_eq!((found.value, found.n, found.unit.id()), (Some(370.0), Some(30.0), "currencyEUR"));
    // The squares of the customers' sums, as of the total, and a Poisson count.
    let relative = 18_640.0 / (740.0_f64 * 740.0) + 1.0 / 2_000.0;
    near(found.high, 370.0 * (1.0 + 1.959_963_984_540_054 * relative.sqrt()));
    assert!(found.method.as_deref().is_some_and(|method| method.contains("delta method")));
    assert_eq!(view.figures.len(), 4);
}
