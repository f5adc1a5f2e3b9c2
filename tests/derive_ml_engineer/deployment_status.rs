//! Deployment status: replicas, shares and owners put together by hand.

use super::*;
use sightline::view::{Cell, Tone};

const SPEC: &str = r#"{
    "sources": [
        { "id": "prom", "kind": "prometheus", "url": "http://prom:9090", "scrapeIntervalSeconds": 240 },
        { "id": "mlflow", "kind": "mlflow", "url": "http://mlflow:5000" }
    ],
    "models": [{ "id": "m", "title": "Model" }],
    "metrics": [
        { "id": "traffic-share", "unit": "percentunit", "dimensions": ["model", "version", "environment"], "query": { "type": "gauge", "source": "prom", "metric": "share" } },
        { "id": "replicas-desired", "dimensions": ["model", "version"], "query": { "type": "gauge", "source": "prom", "metric": "desired" } },
        { "id": "replicas-ready", "dimensions": ["model", "version"], "query": { "type": "gauge", "source": "prom", "metric": "ready" } }
    ]
}"#;

const V2: &str = "model=m,version=2,environment=production";
const V3: &str = "model=m,version=3,environment=production";

/// Version 2 serves 90 %; version 3 began at the middle of the range and lacks `n_missing` of its four replicas.
fn answer(query: &Query, n_missing: f64) -> Option<Frame> {
    if let Query::Versions(_) = query {
        let texts = |texts: [Option<&str>; 3]| Values::text(texts.map(|t| t.map(str::to_owned)));
        return Some(table(vec![
            ("model", texts([Some("m"), Some("m"), Some("m")])),
            ("version", texts([Some("1"), Some("2"), Some("3")])),
            ("run_id", texts([Some("r1"), Some("r2"), Some("r3")])),
            ("aliases", texts([Some("rollback"), Some("champion"), Some("challenger,canary")])),
            ("created", Values::Time(vec![1.0, 2.0, 3.0].into_iter().collect())),
            ("tags.owner", texts([None, Some("ann"), None])),
            ("model_tags.owner", texts([Some("team"), Some("team"), Some("team")])),
        ]));
    }
    let (name, _, query) = metric(query)?;
    let x = instants(query);
    let flat = |labels: &str, y: f64| series(labels, x.clone(), vec![y; x.len()]);
    let half = x.len() / 2;
    Some(Frame::from_series(match name {
        "share" => {
            let late = (0..x.len()).map(|i| if i < half { f64::NAN } else { 0.1 }).collect();
            vec![
                flat(&format!("{V2},state=deployed"), 0.9),
                series(&format!("{V3},state=in_progress"), x.clone(), late),
            ]
        }
        "desired" => vec![flat(&format!("{V2},region=eu"), 3.0), flat(&format!("{V2},region=us"), 1.0), flat(V3, 4.0)],
        "ready" => vec![
            flat(&format!("{V2},region=eu"), 3.0),
            flat(&format!("{V2},region=us"), 1.0),
            flat(V3, 4.0 - n_missing),
        ],
        _ => return None,
    }))
}

fn bench() -> Bench {
    let mut bench = Bench::new(SPEC, "deployment-status");
    bench.details = true;
    bench
}

/// The row of a version.
fn row<'a>(view: &'a View, version: &str) -> &'a [Cell] {
    let grid = grid(view, "versions");
    let at = grid.row_keys.iter().position(|key| key == version).unwrap();
    &grid.rows[at]
}

fn column(view: &View, title: &str) -> usize {
    grid(view, "versions").columns.iter().position(|c| c.title == title).unwrap()
}

#[test]
fn a_row_joins_the_registry_with_what_serves() {
    let view = bench().view(|q| answer(q, 1.0));
    let cell = |version: &str, title: &str| row(&view, version)[column(&view, title)].clone();
    assert_eq!(cell("2", "Alias"), Cell::Text("champion".to_owned()));
    assert_eq!(cell("2", "State"), Cell::Status(Tone::Good, "deployed".to_owned()));
    // Three in one region and one in the other.
    assert_eq!((cell("2", "Ready"), cell("2", "Desired")), (Cell::Number(4.0), Cell::Number(4.0)));
    assert_eq!(cell("2", "Region"), Cell::Text("eu, us".to_owned()));
    assert_eq!(cell("2", "Traffic"), Cell::Share(0.9, 0.9));
    assert_eq!((cell("3", "Ready"), cell("3", "Desired")), (Cell::Number(3.0), Cell::Number(4.0)));
    assert_eq!(cell("3", "State"), Cell::Status(Tone::Warning, "in progress".to_owned()));
}

#[test]
fn owner_and_since_are_said_where_they_are_known() {
    let view = bench().view(|q| answer(q, 1.0));
    let cell = |version: &str, title: &str| row(&view, version)[column(&view, title)].clone();
    // The version's own tag goes before the model's.
    assert_eq!(cell("2", "Owner"), Cell::Text("ann".to_owned()));
    assert_eq!(cell("3", "Owner"), Cell::Text("team".to_owned()));
    assert_eq!(cell("2", "Since"), Cell::Text("before this range".to_owned()));
    let line = lines(&view, "timeline-m").lines.iter().find(|l| l.entity == "m@3").unwrap();
    assert_eq!(cell("3", "Since"), Cell::Time(line.x[line.x.len() / 2]));
    assert_eq!(line.y[line.x.len() / 2 - 1..=line.x.len() / 2], [0.0, 0.1]);
}

#[test]
fn trouble_is_counted_and_the_worst_is_named() {
    let view = bench().view(|q| answer(q, 1.0));
    let trouble = figure(&view, "deployments-in-trouble");
    assert_eq!((trouble.value, trouble.n), (Some(1.0), Some(3.0)));
    let said = text(&view.summary);
    assert!(
        said.starts_with("1 of 3 deployments needs a look: Model v3, in progress, 3.0000 short of 4.0000"),
        "{said}"
    );
    let down = bench().view(|q| answer(q, 4.0));
    assert_eq!(row(&down, "3")[column(&down, "State")], Cell::Status(Tone::Bad, "failed".to_owned()));
    // Registered under an alias and not seen serving is no trouble.
    assert!(matches!(&row(&down, "1")[column(&down, "State")], Cell::Status(Tone::Unknown, _)));
}

#[test]
fn without_a_registry_it_goes_on_and_without_anything_it_teaches() {
    let (view, notes) = bench().derive(|q| if matches!(q, Query::Versions(_)) { None } else { answer(q, 0.0) });
    let view = view.unwrap();
    assert_eq!(grid(&view, "versions").rows.len(), 2);
    assert!(notes.remarks.iter().any(|r| r.contains("registry did not answer")), "{:?}", notes.remarks);
    assert!(matches!(bench().derive(|_| Some(Frame::default())).0, Err(Stop::Empty { teach: None, .. })));
    let nothing = Bench::new(
        r#"{ "sources": [{ "id": "prom", "kind": "prometheus", "url": "http://p" }] }"#,
        "deployment-status",
    );
    assert!(matches!(nothing.derive(|_| None).0, Err(Stop::Empty { teach: Some(_), .. })));
}
