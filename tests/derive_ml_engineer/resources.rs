//! Resources: shares of limits, the hottest first, spikes kept.

use super::*;
use sightline::frame::Envelope;
use sightline::view::{Cell, Tone};

const SPEC: &str = r#"{
    "sources": [{ "id": "prom", "kind": "prometheus", "url": "http://prom:9090", "scrapeIntervalSeconds": 240 }],
    "models": [{ "id": "m", "title": "Model" }],
    "metrics": [
        { "id": "cpu", "unit": "short", "dimensions": ["model", "version"], "query": { "type": "counter", "source": "prom", "metric": "cpu" } },
        { "id": "cpu-limit", "unit": "short", "dimensions": ["model", "version"], "query": { "type": "gauge", "source": "prom", "metric": "limit" } },
        { "id": "memory", "unit": "bytes", "dimensions": ["model", "version"], "query": { "type": "gauge", "source": "prom", "metric": "memory" } },
        { "id": "gpu", "unit": "percent", "dimensions": ["gpu"], "query": { "type": "gauge", "source": "prom", "metric": "gpu" } }
    ]
}"#;

/// Version 2 uses 1.6 of 2 cores, version 3 0.5 of 1 with a spike to the limit; a GPU is 30 % busy; memory has no limit.
fn answer(query: &Query) -> Option<Frame> {
    let (name, measure, query) = metric(query)?;
    let x = instants(query);
    let flat = |labels: &str, y: f64| series(labels, x.clone(), vec![y; x.len()]);
    Some(Frame::from_series(match name {
        "cpu" => {
            assert_eq!(measure, Measure::Rate);
            let mut third = flat("model=m,version=3", 0.5);
            let high = (0..x.len()).map(|i| if i == 7 { 1.0 } else { 0.5 }).collect();
            third.envelope = Some(Envelope { low: vec![0.5; x.len()].into(), high });
            vec![third, flat("model=m,version=2", 1.6)]
        }
        "limit" => vec![flat("model=m,version=2", 2.0), flat("model=m,version=3", 1.0)],
        "memory" => vec![flat("model=m,version=2", 4e9)],
        "gpu" => vec![flat("gpu=0", 30.0)],
        _ => return None,
    }))
}

#[test]
fn the_hottest_of_each_comes_first_as_a_share_of_its_limit() {
    let view = Bench::new(SPEC, "resources").view(answer);
    let named: Vec<(&str, Option<f64>)> = view.figures.iter().map(|f| (f.metric.as_str(), f.value)).collect();
    // 1.6 of 2, and 30 of 100; memory has no limit and cannot be hot.
    assert_eq!(named, [("cpu", Some(0.8)), ("gpu", Some(30.0))]);
    assert_eq!(view.figures[0].series.get("version"), Some("2"));
    assert!(view.figures[0].method.as_deref().is_some_and(|m| m.starts_with("highest of 2")));
    let said = text(&view.summary);
    assert!(said.contains("CPU, Model v2 at 0.8000 percentunit of its limit; 1 of 3 with a limit"), "{said}");
}

#[test]
fn lines_are_divided_by_their_own_limit_and_keep_the_spike() {
    let view = Bench::new(SPEC, "resources").view(answer);
    let cpu = lines(&view, "cpu");
    assert_eq!(cpu.y.unit.id(), "percentunit");
    let of = |version: &str| cpu.lines.iter().find(|l| l.series.get("version") == Some(version)).unwrap();
    assert!(of("2").y.iter().all(|y| (y - 0.8).abs() < 1e-12));
    assert_eq!((of("3").y[7], of("3").high[7], of("3").high[8]), (0.5, 1.0, 0.5));
    // The limit is drawn, as something came near it; memory stays in bytes.
    assert_eq!(cpu.readings.len(), 1);
    assert_eq!(lines(&view, "memory").lines[0].y[0], 4e9);
}

#[test]
fn consumers_are_listed_with_their_highest_share() {
    let mut bench = Bench::new(SPEC, "resources");
    bench.details = true;
    let view = bench.view(answer);
    let rows = &grid(&view, "consumers").rows;
    assert_eq!(rows.len(), 4);
    let share = |cell: &Cell| match cell {
        Cell::Share(value, _) => *value,
        other => panic!("{other:?}"),
    };
    for (row, now, highest, tone) in
        [(0, 0.8, 0.8, Tone::Warning), (1, 0.5, 1.0, Tone::Good), (2, 0.3, 0.3, Tone::Good)]
    {
        near(share(&rows[row][2]), now, 1e-12);
        assert_eq!(rows[row][3], Cell::Missing); // no request is known
        near(share(&rows[row][4]), highest, 1e-12);
        assert!(matches!(&rows[row][5], Cell::Status(t, _) if *t == tone), "{:?}", rows[row]);
    }
    assert_eq!((&rows[3][2], &rows[3][4]), (&Cell::Missing, &Cell::Missing));
}

#[test]
fn one_failure_leaves_the_others_and_nothing_is_said_to_be_nothing() {
    let bench = Bench::new(SPEC, "resources");
    let (view, notes) = bench.derive(|q| if metric(q)?.0 == "gpu" { None } else { answer(q) });
    assert!(view.unwrap().figures.iter().all(|f| f.metric != "gpu"));
    assert_eq!(notes.failures.len(), 1);
    assert!(matches!(bench.derive(|_| None).0, Err(Stop::Failed(_))));
    assert!(matches!(bench.derive(|_| Some(Frame::default())).0, Err(Stop::Empty { teach: None, .. })));
    let nothing =
        Bench::new(r#"{ "sources": [{ "id": "prom", "kind": "prometheus", "url": "http://p" }] }"#, "resources");
    assert!(matches!(nothing.derive(|_| None).0, Err(Stop::Empty { teach: Some(_), .. })));
}

#[test]
fn missing_values_and_a_limit_of_zero_are_no_share() {
    let bench = Bench::new(SPEC, "resources");
    let spoiled = |q: &Query| {
        let mut frame = answer(q)?;
        let name = metric(q)?.0;
        if let sightline::frame::Body::Series(all) = &mut frame.body {
            for s in all.iter_mut().filter(|_| name == "limit") {
                s.y = vec![0.0; s.x.len()].into();
            }
            for s in all.iter_mut().filter(|_| name == "gpu") {
                s.y = vec![f64::NAN; s.x.len()].into();
            }
        }
        Some(frame)
    };
    let view = bench.view(spoiled);
    assert!(view.figures.iter().all(|f| f.value.is_none_or(f64::is_finite)), "{:?}", view.figures);
}
