//! Latency and throughput: quantiles, the budget and its burn rates from buckets counted by hand.

use super::*;
use sightline::view::{Cell, Tone, Verdict};

const SPEC: &str = r#"{
    "sources": [{ "id": "prom", "kind": "prometheus", "url": "http://prom:9090", "scrapeIntervalSeconds": 240 }],
    "models": [{ "id": "m", "title": "Model" }],
    "metrics": [
        { "id": "latency", "unit": "s", "target": 0.25, "dimensions": ["model", "version"],
          "query": { "type": "histogram", "source": "prom", "metric": "latency" } },
        { "id": "requests", "dimensions": ["model", "version"], "query": { "type": "counter", "source": "prom", "metric": "requests" } },
        { "id": "errors", "dimensions": ["model", "version"], "query": { "type": "counter", "source": "prom", "metric": "errors" } }
    ]
}"#;

/// Requests within 0.1 s, 0.25 s, 1 s and in all of each answered interval.
type Counts = [f64; 4];
const CALM: Counts = [900.0, 960.0, 1_000.0, 1_000.0];
const SLOW: Counts = [50.0, 100.0, 1_000.0, 1_000.0];

fn answer(query: &Query, counts: impl Fn(TimeRange) -> Counts) -> Option<Frame> {
    let (name, measure, query) = metric(query)?;
    let x = instants(query);
    let flat = |labels: &str, y: f64| series(labels, x.clone(), vec![y; x.len()]);
    Some(Frame::from_series(match name {
        "latency_bucket" => {
            assert_eq!(measure, Measure::Buckets);
            let counted = counts(query.range);
            let bounds = ["0.1", "0.25", "1", "+Inf"];
            bounds.iter().zip(counted).map(|(le, n)| flat(&format!("model=m,version=2,le={le}"), n)).collect()
        }
        "requests" => vec![flat("model=m,version=2", 2.0)],
        "errors" => vec![flat("model=m,version=2", 0.1)],
        _ => return None,
    }))
}

fn quantile<'a>(view: &'a View, q: &str) -> &'a Figure {
    let of = |f: &&Figure| f.metric == "latency" && f.series.get("quantile") == Some(q);
    view.figures.iter().find(of).unwrap_or_else(|| panic!("no {q} in {view:#?}"))
}

#[test]
fn quantiles_are_interpolated_in_their_bucket_and_never_narrower() {
    let mut bench = Bench::new(SPEC, "latency-throughput");
    bench.details = true;
    let view = bench.view(|q| answer(q, |_| CALM));
    // Rank 500 of 900 up to 0.1; rank 950 is 50 of the 60 between 0.1 and 0.25; rank 990 is 30 of the 40 up to 1.
    near(quantile(&view, "0.5").value.unwrap(), 0.1 * 500.0 / 900.0, 1e-12);
    near(quantile(&view, "0.95").value.unwrap(), 0.1 + 0.15 * 50.0 / 60.0, 1e-12);
    near(quantile(&view, "0.99").value.unwrap(), 0.25 + 0.75 * 30.0 / 40.0, 1e-12);
    let p95 = quantile(&view, "0.95");
    assert_eq!((p95.n, p95.target), (Some(1_000.0), Some(0.25)));
    assert!(p95.low.unwrap() <= 0.1 && p95.high.unwrap() >= 0.25, "{p95:?}");
    let said = text(&view.summary);
    assert!(said.contains("v2 p95 latency is 0.2250 s, within the objective of 0.2500 s"), "{said}");
    assert!(said.ends_with("over 1000.0000 short requests in all"), "{said}");
}

#[test]
fn the_budget_and_its_burn_rates_are_counted() {
    let mut bench = Bench::new(SPEC, "latency-throughput");
    bench.details = true;
    // Of 1,000 requests 50 may be slow and 40 are; in the last hour 900 are, 18 times as many as may be.
    let view = bench.view(|q| answer(q, |range| if range.width_ms() <= HOUR_MS { SLOW } else { CALM }));
    let budget = figure(&view, "error-budget");
    near(budget.value.unwrap(), 0.2, 1e-12);
    assert_eq!(budget.n, Some(1_000.0));
    let rows = &grid(&view, "burn-rate").rows;
    assert_eq!(rows.len(), 3);
    let number = |row: usize, column: usize| match rows[row][column] {
        Cell::Number(v) => v,
        ref other => panic!("{other:?}"),
    };
    for (row, long, short, threshold) in [(0, 18.0, 18.0, 14.4), (1, 0.8, 18.0, 6.0), (2, 0.8, 0.8, 1.0)] {
        near(number(row, 2), long, 1e-9);
        near(number(row, 3), short, 1e-9);
        assert_eq!(number(row, 4), threshold);
    }
    let tone = |row: usize| match &rows[row][5] {
        Cell::Status(tone, _) => *tone,
        other => panic!("{other:?}"),
    };
    assert_eq!([tone(0), tone(1), tone(2)], [Tone::Bad, Tone::Good, Tone::Good]);
    assert!(block(&view, "burn-rate").details);
}

#[test]
fn the_overview_asks_for_no_burn_windows_and_stays_small() {
    let view = Bench::new(SPEC, "latency-throughput").view(|q| {
        let is_short = metric(q).is_some_and(|(_, _, q)| q.range.width_ms() < DAY_MS);
        if is_short { None } else { answer(q, |_| CALM) }
    });
    assert!(view.blocks.iter().all(|b| b.id != "burn-rate"));
    assert!(view.figures.len() <= 4 && view.figures.iter().any(|f| f.metric == "error-budget"));
}

#[test]
fn requests_and_errors_a_second_are_drawn_for_each_version() {
    let view = Bench::new(SPEC, "latency-throughput").view(|q| answer(q, |_| CALM));
    let drawn = &lines(&view, "throughput").lines;
    assert_eq!(drawn.len(), 2);
    assert!(drawn[0].y.iter().all(|y| *y == 2.0) && drawn[1].y.iter().all(|y| *y == 0.1));
    assert_eq!((drawn[1].series.get("kind"), drawn[1].series.get("version")), (Some("errors"), Some("2")));
    let BlockBody::Matrix(heat) = &block(&view, "buckets").body else { panic!() };
    assert_eq!(heat.rows, ["more", "≤ 1 s", "≤ 0.25 s", "≤ 0.1 s"]);
    let n = heat.column_times.len();
    assert_eq!([0, n, 2 * n, 3 * n].map(|at| heat.values[at]), [0.0, 40.0, 60.0, 900.0]);
}

#[test]
fn a_change_within_a_bucket_is_no_clear_change() {
    let mut bench = Bench::new(SPEC, "latency-throughput");
    bench.compare_with_previous();
    let view =
        bench.view(|q| answer(q, |range| if range.to_ms < END_MS { [900.0, 970.0, 1_000.0, 1_000.0] } else { CALM }));
    let p95 = quantile(&view, "0.95");
    // Before: rank 950 is 50 of the 70 between 0.1 and 0.25.
    near(p95.delta.unwrap(), 0.15 * (50.0 / 60.0 - 50.0 / 70.0), 1e-12);
    assert_eq!(p95.verdict, Verdict::NoClearChange);
    assert!(
        text(&view.summary).contains("no clear change against previous period: +0.0179 s"),
        "{}",
        text(&view.summary)
    );
}

#[test]
fn nothing_measured_and_no_objective_are_said() {
    let bench = Bench::new(SPEC, "latency-throughput");
    assert!(matches!(bench.derive(|_| Some(Frame::default())).0, Err(Stop::Empty { teach: None, .. })));
    let none = Bench::new(
        r#"{ "sources": [{ "id": "prom", "kind": "prometheus", "url": "http://p" }] }"#,
        "latency-throughput",
    );
    assert!(matches!(none.derive(|_| None).0, Err(Stop::Empty { teach: Some(_), .. })));
    let mut free = Bench::new(&SPEC.replace("\"target\": 0.25, ", ""), "latency-throughput");
    free.details = true;
    let view = free.view(|q| answer(q, |_| CALM));
    assert!(view.figures.iter().all(|f| f.metric != "error-budget"));
    assert!(view.blocks.iter().all(|b| b.id != "burn-rate"));
    let missing = bench.view(|q| answer(q, |_| [f64::NAN; 4]));
    assert!(missing.figures.iter().all(|f| f.value.is_none_or(f64::is_finite)));
}
