//! Tests of derived metrics on orders and counters made by hand.

use std::sync::Arc;

use super::{Derived, Estimate};
use crate::derive::business_impact::rows::{Record, answer, record};
use crate::derive::fixture::{Bench, DAY_MS, NOW_MS, series};
use crate::derive::{Answer, Answers, Ask, Notes, Reference, ReferenceKind, Side, Stop, Wanted};
use crate::frame::{Frame, Series};
use crate::query::{Measure, Query, SeriesQuery, TimeRange};
use crate::source::{Cause, Failure};
use crate::spec::{MetricSpec, PanelKind};

const METRICS: &str = r#"[
    { "id": "revenue", "unit": "currencyEUR", "dimensions": ["model", "region"], "query": { "type": "table", "source": "mlflow",
        "table": "orders", "time": "at", "unit": "user_id", "value": "amount" } },
    { "id": "costs", "unit": "currencyEUR", "dimensions": ["model"], "query": { "type": "table", "source": "mlflow",
        "table": "costs", "time": "at", "value": "amount" } },
    { "id": "predictions", "unit": "reqps", "dimensions": ["model", "region", "version"], "query": { "type": "counter",
        "source": "prom", "metric": "predictions_total" } },
    { "id": "load", "dimensions": ["model"], "query": { "type": "gauge", "source": "prom", "metric": "load" } },
    { "id": "per", "title": "Revenue by prediction", "query": { "type": "derived", "expression": "revenue / predictions * 1000" } },
    { "id": "cost-per", "query": { "type": "derived", "expression": "costs / predictions" } },
    { "id": "per-load", "query": { "type": "derived", "expression": "predictions / load" } },
    { "id": "wrong", "query": { "type": "derived", "expression": "revenu / 2" } }
]"#;

/// Predictions counted on a day, by how many days ago it began; `NaN` for a day of which nothing is known.
type Counted = fn(model: &str, days_ago: i64) -> f64;

struct Case {
    bench: Bench,
    orders: Vec<Record>,
    costs: Vec<Record>,
    counted: Counted,
}

/// 20 customers a day in each region who bring 5 each for model `m`, and 1 each for model `o`.
fn orders() -> Vec<Record> {
    let mut all = Vec::new();
    for days_ago in 1..=7 {
        for (model, amount) in [("m", "5"), ("o", "1")] {
            for user in 0..40 {
                let at = (NOW_MS - days_ago * DAY_MS + 3_600_000 * (user % 20)).to_string();
                let (user_id, region) = (format!("{model}{user}"), if user % 2 == 0 { "eu" } else { "us" });
                all.push(record(&[
                    ("at", &at),
                    ("user_id", &user_id),
                    ("model", model),
                    ("region", region),
                    ("amount", amount),
                ]));
            }
        }
    }
    all
}

fn case(counted: Counted) -> Case {
    let costs = (1..=7).map(|days_ago| {
        let at = (NOW_MS - days_ago * DAY_MS).to_string();
        record(&[("at", &at), ("model", "m"), ("amount", "50")])
    });
    let bench = Bench::new(PanelKind::RevenueImpact, r#"[{ "id": "m" }, { "id": "o" }]"#, METRICS);
    Case { bench, orders: orders(), costs: costs.collect(), counted }
}

impl Case {
    fn metric(&self, id: &str) -> MetricSpec {
        self.bench.workspace.metrics.iter().find(|m| m.id == id).unwrap().clone()
    }

    /// The counter by the asked labels: half of a day's count in each region, in two versions.
    fn counter(&self, query: &SeriesQuery) -> Frame {
        let by = query.by.clone().unwrap_or_default();
        let mut found: Vec<Series> = Vec::new();
        for model in ["m", "o"] {
            for region in ["eu", "us"] {
                let labels = [("model", model), ("region", region)];
                let is_asked = labels.iter().all(|(name, value)| {
                    query.matchers.iter().all(|m| m.label != *name || m.values.iter().any(|v| v == value))
                });
                let n_days = query.step_ms / DAY_MS;
                let mut points = Vec::new();
                let mut at =
                    if query.step_ms == query.range.width_ms() { query.range.to_ms } else { query.range.from_ms };
                while at <= query.range.to_ms {
                    let days = (0..n_days).map(|nth| (NOW_MS - at) / DAY_MS + 1 + nth);
                    let known: Vec<f64> =
                        days.map(|days_ago| (self.counted)(model, days_ago)).filter(|n| n.is_finite()).collect();
                    if !known.is_empty() {
                        points.push((at as f64, known.iter().sum::<f64>() / 2.0));
                    }
                    at += query.step_ms;
                }
                let labels: Vec<(&str, &str)> =
                    labels.into_iter().filter(|(name, _)| by.iter().any(|label| label == name)).collect();
                if is_asked && !points.is_empty() {
                    found.push(series(&labels, &points));
                }
            }
        }
        folded(found)
    }

    fn answer(&self, query: &Query) -> Option<Frame> {
        match query {
            Query::Groups(query) if query.table == "orders" => Some(answer(&self.orders, query)),
            Query::Groups(query) => Some(answer(&self.costs, query)),
            Query::Series(query) if query.measure == Measure::Increase => Some(self.counter(query)),
            Query::Series(query) => {
                let n = query.range.width_ms() / query.step_ms;
                let at = |nth: i64| ((query.range.from_ms + nth * query.step_ms) as f64, 2.0);
                let points: Vec<(f64, f64)> = (1..=n).map(at).collect();
                Some(Frame::from_series(vec![series(&[], &points)]))
            }
            _ => None,
        }
    }

    #[track_caller]
    fn run<T>(&self, derive: impl Fn(&mut Ask<'_>) -> Result<T, Stop>) -> (Result<T, Stop>, Notes) {
        let mut answers = Answers::new();
        for _ in 0..8 {
            let mut ask = Ask::new(&answers);
            let result = derive(&mut ask);
            let notes = ask.into_notes();
            if notes.waiting.is_empty() {
                return (result, notes);
            }
            for query in notes.waiting {
                let failed = Failure { cause: Cause::NotFound, text: "no such thing".to_owned(), hint: None };
                let known = self.answer(&query).map_or(Answer::Failed(failed), |frame| Answer::Ready(Arc::new(frame)));
                answers.insert(query, known);
            }
        }
        panic!("asks without end");
    }

    #[track_caller]
    fn whole(&self, id: &str, by: &[&str]) -> (Derived, Vec<String>) {
        let (metric, context) = (self.metric(id), self.bench.context());
        let (found, notes) = self.run(|ask| ask.derived_whole(&context, &metric, by, context.range));
        (found.unwrap(), notes.remarks)
    }

    #[track_caller]
    fn by_day(&self, id: &str) -> Derived {
        let (metric, context) = (self.metric(id), self.bench.context());
        self.run(|ask| ask.derived(&context, &metric, &[], context.range, DAY_MS)).0.unwrap()
    }
}

/// Series of the same labels added up, as a source folds them.
fn folded(all: Vec<Series>) -> Frame {
    let mut kept: Vec<Series> = Vec::new();
    for one in all {
        match kept.iter_mut().find(|known| known.labels == one.labels) {
            Some(known) => known.y = known.y.iter().zip(one.y.iter()).map(|(a, b)| a + b).collect(),
            None => kept.push(one),
        }
    }
    Frame::from_series(kept)
}

fn values(found: &Derived) -> Vec<f64> {
    found.series[0].y.iter().map(|estimate| estimate.value).collect()
}

fn only(found: &Derived) -> Estimate {
    assert_eq!((found.series.len(), found.series[0].y.len()), (1, 1));
    found.series[0].y[0]
}

#[test]
fn two_sources_meet_on_whole_days() {
    let found = case(|_, _| 120.0).by_day("per");
    assert_eq!(found.unit.id(), "currencyEUR");
    // 240 a day from both models, by 240 predictions.
    assert_eq!(values(&found), vec![1_000.0; 7]);
    let days: Vec<f64> = (1..=7).rev().map(|ago| (NOW_MS - ago * DAY_MS) as f64).collect();
    assert_eq!(found.series[0].x, days);
}

#[test]
fn a_missing_part_is_a_gap_and_a_division_by_zero_is_missing() {
    let found = case(|_, days_ago| match days_ago {
        3 => f64::NAN,
        5 => 0.0,
        _ => 120.0,
    })
    .by_day("per");
    let is_missing: Vec<bool> = values(&found).iter().map(|value| value.is_nan()).collect();
    assert_eq!(is_missing, [false, false, true, false, true, false, false]);
    assert!(found.series[0].y[2].interval.is_none());
}

#[test]
fn the_whole_is_the_ratio_of_totals_with_the_noise_of_both() {
    let (found, remarks) = case(|_, _| 120.0).whole("per", &[]);
    let one = only(&found);
    assert_eq!((one.value, one.n, remarks), (1_000.0, Some(80.0), Vec::<String>::new()));
    // 40 customers with 35 each, 40 with 7: relative variances of both, by hand.
    let relative = (40.0 * (35.0 * 35.0 + 49.0)) / (1_680.0_f64 * 1_680.0) + 1.0 / 1_680.0;
    let half = 1.959_963_984_540_054 * 1_000.0 * relative.sqrt();
    let interval = one.interval.unwrap();
    assert!(
        (interval.high - 1_000.0 - half).abs() < 1e-6 && (interval.low - 1_000.0 + half).abs() < 1e-6,
        "{interval:?}"
    );
    assert!(found.method.contains("delta method") && found.method.contains("independent"));
}

#[test]
fn it_is_asked_by_what_all_of_its_parts_carry() {
    let case = case(|model, _| if model == "m" { 100.0 } else { 50.0 });
    let (found, remarks) = case.whole("per", &["model"]);
    let by: Vec<(String, f64)> = found.series.iter().map(|s| (s.labels.to_string(), s.y[0].value)).collect();
    assert_eq!(by, [(r#"{model="m"}"#.to_owned(), 2_000.0), (r#"{model="o"}"#.to_owned(), 800.0)]);
    assert_eq!(remarks, Vec::<String>::new());
    let (found, remarks) = case.whole("per", &["model", "version"]);
    assert_eq!(found.series.len(), 2);
    assert_eq!(remarks, ["not by version: revenue does not carry it"]);
    // Nobody booked costs for the other model.
    let (found, remarks) = case.whole("cost-per", &["model"]);
    assert_eq!(found.series.len(), 1);
    assert!(remarks[0].starts_with("1 of 2 parts of cost-per are left out"), "{remarks:?}");
}

#[test]
fn a_filter_reaches_all_parts_or_none() {
    let mut case = case(|_, _| 100.0);
    case.bench.filter("model", &["m"], &[]);
    let (found, remarks) = case.whole("per", &[]);
    assert_eq!((only(&found).value, remarks), (2_000.0, Vec::<String>::new()));
    // The version is known of the predictions alone: of both sides all versions are meant.
    case.bench.filter("version", &["1"], &[]);
    let (found, remarks) = case.whole("per", &[]);
    assert_eq!(only(&found).value, 2_000.0);
    assert_eq!(remarks, ["not filtered by version: revenue does not carry it"]);
}

#[test]
fn another_version_cannot_be_told_apart_by_revenue() {
    let mut case = case(|_, _| 100.0);
    case.bench.filter("model", &["m"], &[]);
    let kind = ReferenceKind::Model { id: "m".to_owned(), version: Some("2".to_owned()) };
    let reference = Reference { title: "version 2".to_owned(), kind };
    let metric = case.metric("per");
    let context = crate::derive::Context { side: Side::Other(&reference), ..case.bench.context() };
    let (found, _) = case.run(|ask| ask.derived_whole(&context, &metric, &[], context.range));
    assert!(matches!(found, Err(Stop::Empty { reason, .. }) if reason.contains("revenue cannot tell")));
}

#[test]
fn the_whole_is_of_the_days_of_which_all_parts_are_known() {
    // The counter begins three days ago.
    let (found, remarks) = case(|_, days_ago| if days_ago <= 3 { 120.0 } else { f64::NAN }).whole("per", &[]);
    assert_eq!(only(&found).value, 1_000.0);
    assert_eq!(
        remarks,
        [
            "Revenue by prediction is of 2023-11-12 to 2023-11-14 (UTC), the days of this range of which all its parts are known"
        ]
    );
}

#[test]
fn where_the_noise_of_a_part_is_not_known_there_is_no_interval() {
    let (found, _) = case(|_, _| 100.0).whole("cost-per", &[]);
    assert_eq!(only(&found).interval, None);
    assert_eq!(found.method, "no interval: none is known of costs");
    let (found, _) = case(|_, _| 100.0).whole("per-load", &[]);
    assert_eq!((only(&found).interval, only(&found).value), (None, 700.0));
    assert_eq!(found.method, "no interval: none is known of load");
}

#[test]
fn a_panel_that_asks_for_series_gets_them() {
    let case = case(|_, _| 120.0);
    let (metric, context) = (case.metric("per"), case.bench.context());
    let wanted = Wanted::over_time(&metric, Measure::Gauge, &["model"]).every(DAY_MS);
    let (frame, _) = case.run(|ask| ask.series(&context, &wanted));
    let frame = frame.unwrap();
    assert_eq!((frame.series().len(), frame.series()[0].y.len()), (2, 7));
    assert_eq!((frame.series()[0].unit.id(), frame.series()[0].labels.get("model")), ("currencyEUR", Some("m")));
    let whole = Wanted::whole(&metric, Measure::Gauge, &[]);
    let (frame, _) = case.run(|ask| ask.series(&context, &whole));
    assert_eq!(frame.unwrap().series()[0].points().collect::<Vec<_>>(), [(NOW_MS as f64, 1_000.0)]);
}

#[test]
fn a_range_without_a_whole_day_and_a_mistake_say_so() {
    let mut case = case(|_, _| 120.0);
    let (metric, context) = (case.metric("wrong"), case.bench.context());
    let (found, _) = case.run(|ask| ask.derived_whole(&context, &metric, &[], context.range));
    let Err(Stop::Empty { reason, teach: Some(_) }) = found else { panic!("{found:?}") };
    assert!(reason.ends_with("found \"revenu\", expected the id of a metric; did you mean \"revenue\"?"), "{reason}");
    case.bench.range = TimeRange::new(NOW_MS - DAY_MS / 2, NOW_MS - 1);
    let (metric, context) = (case.metric("per"), case.bench.context());
    let (found, _) = case.run(|ask| ask.derived(&context, &metric, &[], context.range, DAY_MS));
    assert!(matches!(found, Err(Stop::Empty { reason, .. }) if reason.contains("no whole day")));
}

#[test]
fn few_customers_are_hidden_in_what_is_derived_too() {
    let mut case = case(|_, _| 100.0);
    case.orders.retain(|row| row["model"] != "o" || row["user_id"].ends_with('7'));
    let (found, _) = case.whole("per", &["model"]);
    let of_other = found.series.iter().find(|s| s.labels.get("model") == Some("o")).unwrap();
    assert!(of_other.y[0].value.is_nan() && of_other.y[0].interval.is_none() && of_other.y[0].n.is_none());
}
