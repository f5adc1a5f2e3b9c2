//! Scalability: the planted breaking point, shortages, spikes, and too little data.

use super::*;
use sightline::frame::Envelope;

const SPEC: &str = r#"{
    "sources": [{ "id": "prom", "kind": "prometheus", "url": "http://prom:9090", "scrapeIntervalSeconds": 240 }],
    "models": [{ "id": "m", "title": "Model" }],
    "metrics": [
        { "id": "latency", "unit": "s", "target": 0.25, "dimensions": ["model", "version"],
          "query": { "type": "histogram", "source": "prom", "metric": "latency" } },
        { "id": "requests", "dimensions": ["model", "version"], "query": { "type": "counter", "source": "prom", "metric": "requests" } },
        { "id": "replicas-desired", "dimensions": ["model", "version"], "query": { "type": "gauge", "source": "prom", "metric": "desired" } },
        { "id": "replicas-ready", "dimensions": ["model", "version"], "query": { "type": "gauge", "source": "prom", "metric": "ready" } },
        { "id": "queue-depth", "dimensions": ["model", "version"], "query": { "type": "gauge", "source": "prom", "metric": "queue" } },
        { "id": "restarts", "dimensions": ["model", "version"], "query": { "type": "counter", "source": "prom", "metric": "restarts" } }
    ]
}"#;

/// Load of one version at a point: it swings over the day up to `highest`, half of which each version bears.
fn load(i: usize, highest: f64) -> f64 {
    highest * (0.6 - 0.4 * (i as f64 / 40.0).cos()) / 2.0
}

const EDGES: [&str; 7] = ["0.05", "0.075", "0.1", "0.15", "0.25", "1", "+Inf"];

/// Cumulative counts up to [`EDGES`] of 1,000 requests whose interpolated p95 is `p95`.
fn buckets(p95: f64) -> [f64; 7] {
    let edges = EDGES.map(|edge| edge.parse().unwrap_or(f64::INFINITY));
    let place = edges.iter().position(|edge| p95 <= *edge).unwrap();
    let start = if place == 0 { 0.0 } else { edges[place - 1] };
    let share = (p95 - start) / (edges[place] - start);
    // 950 = below + (up_to - below) x share, with counts between 900 and 1,000.
    let (below, up_to) =
        if share <= 0.5 { ((950.0 - 1_000.0 * share) / (1.0 - share), 1_000.0) } else { (900.0, 900.0 + 50.0 / share) };
    std::array::from_fn(|i| match i {
        i if i + 1 == EDGES.len() => 1_000.0,
        i if i < place => below,
        i if i == place => up_to,
        _ => 1_000.0,
    })
}

/// Two versions under the law p95 = 0.06 / (1 - load / 40), `load` of both together.
fn answer(query: &Query, highest: f64) -> Option<Frame> {
    let (name, _, query) = metric(query)?;
    let x = instants(query);
    let flat = |y: f64| vec![y; x.len()];
    let both = |y: &dyn Fn(usize) -> f64| -> Vec<Series> {
        let one = |v: &str| series(&format!("model=m,version={v}"), x.clone(), (0..x.len()).map(y).collect());
        vec![one("2"), one("3")]
    };
    Some(Frame::from_series(match name {
        "latency_bucket" => {
            let of = |v: &str, le: &str, place: usize| {
                let y = |i: usize| buckets(0.06 / (1.0 - 2.0 * load(i, highest) / 40.0))[place];
                series(&format!("model=m,version={v},le={le}"), x.clone(), (0..x.len()).map(y).collect())
            };
            let all = |v| EDGES.iter().enumerate().map(move |(place, le)| (v, *le, place));
            ["2", "3"].into_iter().flat_map(all).map(|(v, le, place)| of(v, le, place)).collect()
        }
        "requests" => both(&|i| load(i, highest)),
        "desired" => both(&|_| 4.0),
        "ready" => {
            let mut ready = both(&|_| 4.0);
            // One replica of version 3 is away between the tenth and the twentieth point, and at the end.
            let n = x.len();
            ready[1].y = (0..n).map(|i| if (10..20).contains(&i) || i + 5 > n { 3.0 } else { 4.0 }).collect();
            ready
        }
        "queue" => {
            let mut queue = series("model=m,version=2", x.clone(), flat(2.0));
            let high = (0..x.len()).map(|i| if i == 30 { 480.0 } else { 3.0 }).collect();
            queue.envelope = Some(Envelope { low: flat(1.0).into(), high });
            vec![queue]
        }
        "restarts" => vec![series("model=m,version=2", x.clone(), flat(3.0))],
        _ => return None,
    }))
}

#[test]
fn the_planted_breaking_point_is_found_with_its_interval() {
    let view = Bench::new(SPEC, "scalability").view(|q| answer(q, 25.0));
    let found = figure(&view, "headroom");
    // 40 x (1 - 0.06 / 0.25)
    near(found.value.unwrap(), 30.4, 0.05);
    assert!(
        (28.0..=30.4001).contains(&found.low.unwrap()) && found.high.is_none_or(|high| high >= 30.3999),
        "{found:?}"
    );
    assert!(found.n.unwrap() >= 100.0 && found.unit.id() == "reqps");
    assert!(text(&view.summary).contains("breaks its p95 objective of 0.2500 s at 30.4"), "{}", text(&view.summary));
}

#[test]
fn beyond_one_and_a_half_times_the_highest_load_it_is_at_least() {
    let view = Bench::new(SPEC, "scalability").view(|q| answer(q, 10.0));
    let found = figure(&view, "headroom");
    near(found.value.unwrap(), 15.0, 0.1);
    assert!(found.title.ends_with("at least") && found.high.is_none());
    assert!(text(&view.summary).contains("up to at least 14.9998"), "{}", text(&view.summary));
}

#[test]
fn replicas_shortages_restarts_and_a_lone_spike_are_told() {
    let view = Bench::new(SPEC, "scalability").view(|q| answer(q, 25.0));
    let ready = figure(&view, "replicas-ready");
    assert_eq!((ready.value, ready.target), (Some(7.0), Some(8.0)));
    let replicas = lines(&view, "replicas");
    let spans: Vec<_> = replicas.events.iter().filter(|e| e.to_ms.is_some()).collect();
    assert_eq!(spans.len(), 2);
    assert_eq!(spans[1].to_ms, Some(END_MS as f64));
    assert_eq!(figure(&view, "restarts").value, Some(3.0));
    assert_eq!(figure(&view, "queue-depth").value, Some(480.0));
    let queue = lines(&view, "queue");
    assert_eq!(queue.events.len(), 1);
    assert_eq!(queue.events[0].from_ms, queue.lines[0].x[30]);
    assert_eq!(queue.lines[0].high[30], 480.0);
}

#[test]
fn the_load_of_a_replica_can_be_chosen() {
    let mut bench = Bench::new(SPEC, "scalability");
    bench.set("load", "replica");
    let view = bench.view(|q| answer(q, 25.0));
    // About eight replicas bear it: between 30.4 / 8 and 30.4 / 7.
    let value = figure(&view, "headroom").value.unwrap();
    assert!((3.7..4.4).contains(&value), "{value}");
}

#[test]
fn too_little_data_is_said_and_never_a_number() {
    let bench = Bench::new(SPEC, "scalability");
    let one_point = |q: &Query| {
        let mut frame = answer(q, 25.0)?;
        if let sightline::frame::Body::Series(all) = &mut frame.body {
            for s in all {
                *s = Series::new(s.labels.clone(), Unit::default(), XKind::Time, vec![s.x[0]], vec![s.y[0]]);
            }
        }
        Some(frame)
    };
    let (view, notes) = bench.derive(one_point);
    assert!(view.unwrap().figures.iter().all(|f| f.metric != "headroom"));
    assert!(notes.remarks.iter().any(|r| r.contains("ten time steps")), "{:?}", notes.remarks);
    let (nothing, _) = bench.derive(|_| Some(Frame::default()));
    assert!(matches!(nothing, Err(Stop::Empty { .. })));
    let missing = |q: &Query| {
        let mut frame = answer(q, 25.0)?;
        if let sightline::frame::Body::Series(all) = &mut frame.body {
            for s in all {
                s.y = vec![f64::NAN; s.x.len()].into();
                s.envelope = None;
            }
        }
        Some(frame)
    };
    assert!(bench.view(missing).figures.iter().all(|f| f.value.is_none_or(|v| !v.is_nan())));
}

#[test]
fn one_failed_question_makes_it_partial_and_all_failed_fail() {
    let bench = Bench::new(SPEC, "scalability");
    let (view, notes) = bench.derive(|q| if metric(q)?.0 == "queue" { None } else { answer(q, 25.0) });
    assert!(view.is_ok() && notes.failures.len() == 1);
    assert!(matches!(bench.derive(|_| None).0, Err(Stop::Failed(_))));
}
