//! Errors: the share by hand, alerts and traces in order, templates, and the prediction behind a line.

use super::*;
use sightline::query::ArtifactShape;
use sightline::view::Tone;

const SPEC: &str = r#"{
    "sources": [
        { "id": "prom", "kind": "prometheus", "url": "http://prom:9090" },
        { "id": "mlflow", "kind": "mlflow", "url": "http://mlflow:5000" }
    ],
    "models": [{ "id": "m", "title": "Model", "identity": { "mlflow": { "experiments": ["x"], "predictions": "p" } } }],
    "metrics": [
        { "id": "errors-by-kind", "dimensions": ["model", "version"], "query": { "type": "counter", "source": "prom", "metric": "errors" } },
        { "id": "requests", "dimensions": ["model", "version"], "query": { "type": "counter", "source": "prom", "metric": "requests" } }
    ]
}"#;

fn texts(cells: &[&str]) -> Values {
    Values::text(cells.iter().map(|c| if c.is_empty() { None } else { Some(*c) }))
}

fn answer(query: &Query) -> Option<Frame> {
    let before = |q: &SeriesQuery| q.range.to_ms < END_MS;
    Some(match query {
        Query::Series(q) => {
            let (name, measure, _) = metric(query)?;
            let x = instants(q);
            let y = |v: f64| vec![v; x.len()];
            let of = |text: &str, v: f64| series(text, x.clone(), y(v));
            match (name, measure) {
                ("errors", Measure::Rate) => {
                    Frame::from_series(vec![of("kind=timeout", 0.1), of("kind=upstream", 0.3)])
                }
                ("errors", _) if before(q) => Frame::from_series(vec![of("model=m,version=2,kind=timeout", 10.0)]),
                ("errors", _) => Frame::from_series(vec![
                    of("model=m,version=2,kind=timeout", 20.0),
                    of("model=m,version=2,kind=upstream", 60.0),
                ]),
                ("requests", _) => Frame::from_series(vec![of("model=m,version=2", 1_000.0)]),
                _ => return None,
            }
        }
        Query::Alerts(_) => table(vec![
            ("name", texts(&["Slow", "Down"])),
            ("state", texts(&["pending", "firing"])),
            ("severity", texts(&["warning", "critical"])),
            ("summary", texts(&["it is slow", "it is down"])),
            ("labels", texts(&["{model=\"m\"}", "{model=\"m\",version=\"2\"}"])),
            ("since", Values::Time(vec![END_MS as f64, END_MS as f64 - 1_000.0].into())),
            ("value", Values::numbers([1.0, 2.0])),
        ]),
        Query::Traces(q) => {
            assert!(q.only_errors);
            table(vec![
                ("trace_id", texts(&["t1", "t2", "t3"])),
                ("status", texts(&["ERROR", "ERROR", "ERROR"])),
                ("name", texts(&["predict", "predict", "predict"])),
                ("request", texts(&["{}", "{}", "{}"])),
                ("response", texts(&["", "", ""])),
                ("error", texts(&["timeout after 31 ms on host a", "timeout after 77 ms on host a", ""])),
                ("time", Values::Time([3.0, 2.0, 1.0].map(|h| END_MS as f64 - h * HOUR_MS as f64).to_vec().into())),
                ("duration_ms", Values::numbers([1.0, 1.0, 1.0])),
                ("tags.model", texts(&["m", "m", "m"])),
                ("tags.version", texts(&["2", "2", "2"])),
                ("tags.row", texts(&["r7", "", ""])),
            ])
        }
        Query::Rows(_) => Frame::default(),
        Query::Versions(_) => table(vec![
            ("model", texts(&["m"])),
            ("version", texts(&["2"])),
            ("run_id", texts(&["run"])),
            ("aliases", texts(&["champion"])),
            ("created", Values::Time(vec![0.0].into())),
        ]),
        Query::Artifact(q) if q.shape == ArtifactShape::Contributions => table(vec![
            ("id", texts(&["r7", "r7", "r8"])),
            ("feature", texts(&["a", "b", "a"])),
            ("contribution", Values::numbers([0.5, -2.0, 9.0])),
            ("value", Values::numbers([1.0, 4.0, 9.0])),
            ("base_value", Values::numbers([0.1, 0.1, 0.1])),
        ]),
        Query::Artifact(_) => {
            table(vec![("id", texts(&["r8", "r7"])), ("label", texts(&["0", "1"])), ("a", Values::numbers([9.0, 1.0]))])
        }
        _ => return None,
    })
}

#[test]
fn the_share_of_failed_requests_has_wilsons_interval_and_its_change() {
    let mut bench = Bench::new(SPEC, "errors");
    bench.compare_with_previous();
    let view = bench.view(answer);
    let share = figure(&view, "error-share");
    near(share.value.unwrap(), 0.08, 1e-12);
    // Wilson of 80 of 1,000 by hand: centre (0.08 + 0.0019207) / 1.0038415, half 0.016877.
    near(share.low.unwrap(), 0.064_73, 2e-4);
    near(share.high.unwrap(), 0.098_48, 2e-4);
    near(share.delta.unwrap(), 0.07, 1e-12);
    assert_eq!(share.verdict, sightline::view::Verdict::Worse);
    assert!(text(&view.summary).contains("most of kind upstream (0.7500"), "{}", text(&view.summary));
    let kinds = lines(&view, "kinds");
    assert!(kinds.stacked && kinds.lines[0].title == "upstream");
}

#[test]
fn firing_alerts_come_first_then_pending_then_traces_newest_first() {
    let view = Bench::new(SPEC, "errors").view(answer);
    let BlockBody::Feed(feed) = &block(&view, "feed").body else { panic!() };
    let levels: Vec<&str> = feed.lines.iter().map(|l| l.level.as_str()).collect();
    assert_eq!(levels, ["firing", "pending", "failed", "failed", "failed"]);
    assert_eq!((feed.lines[0].tone, feed.n_total), (Tone::Bad, 5));
    assert_eq!(feed.lines[2].labels.get("trace"), Some("t3"));
    assert_eq!(feed.lines[4].key.as_deref(), Some("r7"));
    assert_eq!(figure(&view, "alerts-firing").value, Some(1.0));
}

#[test]
fn traces_are_grouped_and_the_prediction_is_shown() {
    let mut bench = Bench::new(SPEC, "errors");
    bench.details = true;
    bench.set("prediction", "r7");
    let view = bench.view(answer);
    let rows = &grid(&view, "templates").rows;
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0][1], sightline::view::Cell::Number(2.0));
    assert_eq!(rows[0][2], sightline::view::Cell::Time((END_MS - 3 * HOUR_MS) as f64));
    let BlockBody::Bars(bars) = &block(&view, "contributions").body else { panic!() };
    let parts: Vec<(&str, f64)> = bars.bars.iter().map(|b| (b.title.as_str(), b.value)).collect();
    assert_eq!(parts, [("b", -2.0), ("a", 0.5)]);
    assert_eq!(grid(&view, "prediction").rows.len(), 3);
}

#[test]
fn alerts_of_other_models_are_hidden_and_counted() {
    let mut bench = Bench::new(SPEC, "errors");
    bench.selection.filters.entry("version".to_owned()).or_default().include.push("9".to_owned());
    let (view, notes) = bench.derive(answer);
    assert_eq!(figure(&view.unwrap(), "failed-traces").value, Some(0.0));
    assert!(notes.remarks.iter().any(|r| r.starts_with("1 alerts")), "{:?}", notes.remarks);
}

#[test]
fn quiet_and_failing_sources_are_told_apart() {
    let bench = Bench::new(SPEC, "errors");
    let view = bench.view(|_| Some(Frame::default()));
    assert_eq!(figure(&view, "alerts-firing").value, Some(0.0));
    assert!(matches!(bench.derive(|_| None).0, Err(Stop::Failed(_))));
    let (partial, notes) = bench.derive(|q| if matches!(q, Query::Traces(_)) { None } else { answer(q) });
    assert!(partial.is_ok() && notes.failures.len() == 1);
}
