//! The ML engineer's six panels on one small set-up: their pictures in the cases that pictures fail in, and the comparison with the rest.

use std::fmt::Write as _;

use super::fixture::{Bench, DAY_MS, NOW_MS, rows, series, text, versions};
use super::{Reference, ReferenceKind, Stop};
use crate::chart::{Drawing, Theme, compile};
use crate::frame::{Frame, Series};
use crate::query::{MatchOp, Measure, Query, Selector, SeriesQuery, TimeRange};
use crate::spec::PanelKind;
use crate::view::View;

const KINDS: [PanelKind; 6] = [
    PanelKind::DeploymentStatus,
    PanelKind::LatencyThroughput,
    PanelKind::Resources,
    PanelKind::Scalability,
    PanelKind::AbTests,
    PanelKind::Errors,
];
const GAUGES: [&str; 12] = [
    "traffic-share",
    "replicas-desired",
    "replicas-ready",
    "replicas-min",
    "replicas-max",
    "queue-depth",
    "cpu-limit",
    "cpu-request",
    "memory",
    "memory-limit",
    "gpu-memory",
    "gpu-memory-free",
];
const COUNTERS: [&str; 9] =
    ["requests", "errors", "errors-by-kind", "restarts", "cpu", "disk", "network", "exposures", "conversions"];

fn bench(kind: PanelKind) -> Bench {
    let metric = |id: &str, kind: &str| {
        format!(r#"{{ "id": "{id}", "query": {{ "type": "{kind}", "source": "prom", "metric": "{id}" }} }}"#)
    };
    let mut metrics: Vec<String> = GAUGES.iter().map(|id| metric(id, "gauge")).collect();
    metrics.extend(COUNTERS.iter().map(|id| metric(id, "counter")));
    metrics.push(
        r#"{ "id": "latency", "unit": "s", "target": 0.25, "query": { "type": "histogram", "source": "prom", "metric": "latency" } }"#
            .to_owned(),
    );
    let mut bench = Bench::new(
        kind,
        r#"[{ "id": "m", "title": "Model", "identity": { "mlflow": { "experiments": ["x"] } } }]"#,
        &format!("[{}]", metrics.join(",")),
    );
    bench.range = TimeRange::new(NOW_MS - DAY_MS, NOW_MS);
    bench
}

/// What a server holds.
#[derive(Clone, Copy, PartialEq)]
enum Case {
    Normal,
    Empty,
    OnePoint,
    NanRun,
}

/// Labels that the series of a metric have; the values of `le` and `variant` come apart.
fn label_sets(metric: &str) -> Vec<Vec<(&'static str, &'static str)>> {
    let model = |more: &[(&'static str, &'static str)]| [&[("model", "m"), ("version", "1")], more].concat();
    match metric {
        "latency_bucket" => ["0.1", "0.25", "0.5", "+Inf"].map(|le| model(&[("le", le)])).to_vec(),
        "errors-by-kind" => vec![model(&[("kind", "timeout")]), model(&[("kind", "upstream")])],
        "exposures" | "conversions" => ["control", "treatment"]
            .map(|variant| vec![("experiment", "x"), ("variant", variant), ("segment", "new")])
            .to_vec(),
        "traffic-share" => vec![model(&[("environment", "production"), ("state", "deployed")])],
        "gpu-memory" | "gpu-memory-free" => vec![vec![("gpu", "0")]],
        _ => vec![model(&[])],
    }
}

/// The value of a metric at a point; twice as much of the rest.
fn value(metric: &str, labels: &[(&str, &str)], measure: Measure, i: usize, is_rest: bool) -> f64 {
    let wave = 1.0 + 0.5 * (i as f64 / 9.0).sin();
    let of = |name: &str| labels.iter().find(|(n, _)| *n == name).map_or("", |(_, v)| v);
    let plain = match metric {
        // The share above 0.25 s rises with the load.
        "latency_bucket" => {
            600.0
                * wave
                * match of("le") {
                    "0.1" => 0.9 - 0.3 * wave * wave / 2.25,
                    "0.25" => 0.97 - 0.05 * wave * wave / 2.25,
                    "0.5" => 0.995,
                    _ => 1.0,
                }
        }
        "exposures" => 1_000.0,
        "conversions" if of("variant") == "treatment" => 130.0,
        "conversions" => 100.0,
        "traffic-share" => return 1.0,
        "replicas-min" => 1.0,
        "replicas-max" => 8.0,
        "cpu-limit" | "memory-limit" => 4.0,
        "errors" | "errors-by-kind" => 3.0 * wave,
        "cpu-request" | "restarts" => 2.0,
        _ if measure == Measure::Increase => 600.0 * wave,
        _ => 2.0 * wave,
    };
    if is_rest { 2.0 * plain } else { plain }
}

fn instants(query: &SeriesQuery) -> Vec<f64> {
    let range = query.range;
    if query.step_ms >= range.width_ms() {
        return vec![range.to_ms as f64];
    }
    (0..=range.width_ms() / query.step_ms).map(|i| (range.from_ms + i * query.step_ms) as f64).collect()
}

#[allow(clippy::unnecessary_wraps)] // the shape that a bench's answers have
fn answer(query: &Query, case: Case, has_region: bool) -> Option<Frame> {
    if case == Case::Empty && !matches!(query, Query::LabelNames(_)) {
        return Some(Frame::default());
    }
    match query {
        Query::LabelNames(_) if has_region => Some(rows(vec![("name", text(&["model", "version", "region"]))])),
        Query::LabelNames(_) => Some(rows(vec![("name", text(&["model", "version"]))])),
        Query::Versions(_) => Some(versions("m", &[("1", "r1", "champion")])),
        Query::Series(q) => Some(Frame::from_series(answer_series(q, case))),
        _ => Some(Frame::default()),
    }
}

fn answer_series(query: &SeriesQuery, case: Case) -> Vec<Series> {
    let Selector::Named { name, .. } = &query.selector else { return Vec::new() };
    let by = query.by.clone().unwrap_or_default();
    let is_rest = query.matchers.iter().any(|m| m.op == MatchOp::NotIn);
    let mut sets = label_sets(name);
    for set in &mut sets {
        set.retain(|(label, _)| by.iter().any(|b| b == label));
    }
    sets.dedup();
    let mut x = instants(query);
    if case == Case::OnePoint {
        x.truncate(1);
    }
    let n = x.len();
    let y = |set: &[(&str, &str)], i: usize| match case {
        Case::NanRun if n > 20 && (8..16).contains(&i) => f64::NAN,
        _ => value(name, set, query.measure, i, is_rest),
    };
    let one = |set: &Vec<(&str, &str)>| {
        let points: Vec<(f64, f64)> = x.iter().enumerate().map(|(i, &x)| (x, y(set, i))).collect();
        series(set, &points)
    };
    sets.iter().map(one).collect()
}

/// A compiled chart in one line a series: its type, its points and gaps, the range of its last column, its colour.
fn digest(drawing: &Drawing) -> String {
    let mut said = String::new();
    for series in drawing.option["series"].as_array().into_iter().flatten() {
        let columns = series["datasetIndex"].as_u64().and_then(|i| drawing.datasets.get(i as usize));
        let last = columns.and_then(|columns| columns.last()).map_or(&[][..], |c| &c.values);
        let finite = || last.iter().copied().filter(|v| v.is_finite());
        let (low, high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
        let colour = series["lineStyle"]["color"].as_str().or(series["itemStyle"]["color"].as_str()).unwrap_or("-");
        let kind = series["lineStyle"]["type"].as_str().unwrap_or("-");
        let name = series["name"].as_str().unwrap_or("-");
        let _ = writeln!(
            said,
            "    {} {name}: {} points, {} gaps, {low:.3} to {high:.3}, {kind} {colour}",
            series["type"].as_str().unwrap_or("?"),
            last.len(),
            last.len() - finite().count(),
        );
    }
    said
}

fn told(result: &Result<View, Stop>, theme: &Theme) -> String {
    let view = match result {
        Ok(view) => view,
        Err(Stop::Empty { reason, .. }) => return format!("  empty: {reason}\n"),
        Err(other) => return format!("  {other:?}\n"),
    };
    let mut said = String::new();
    for block in &view.blocks {
        match compile(block, theme, 600) {
            Some(drawing) => {
                let _ = write!(said, "  {}\n{}", block.id, digest(&drawing));
            }
            None => {
                let _ = writeln!(said, "  {} (no chart)", block.id);
            }
        }
    }
    said
}

fn dark() -> Theme {
    let categorical = ["#f77", "#7f7", "#77f"].map(str::to_owned).to_vec();
    Theme { surface: "#111".into(), text: "#eee".into(), muted: "#999".into(), categorical, ..Theme::sample() }
}

fn pictures(kind: PanelKind) -> String {
    let (light, dark) = (Theme::sample(), dark());
    let mut said = String::new();
    let cases = [
        ("normal", Case::Normal, &light),
        ("empty", Case::Empty, &light),
        ("one point", Case::OnePoint, &light),
        ("a run of NaN", Case::NanRun, &light),
        ("dark", Case::Normal, &dark),
    ];
    for (name, case, theme) in cases {
        let (result, _) = bench(kind).derive(|q| answer(q, case, false));
        let _ = write!(said, "{name}\n{}", told(&result, theme));
    }
    // 65 days hold 100,000 samples a minute apart and more; the server is asked for what the panel has room for.
    let mut long = bench(kind);
    long.range = TimeRange::new(NOW_MS - 70 * DAY_MS, NOW_MS);
    let (result, _) = long.derive(|q| answer(q, Case::Normal, false));
    let _ = write!(said, "100,000 samples\n{}", told(&result, &light));
    said
}

#[test]
fn pictures_of_every_case() {
    for kind in KINDS {
        insta::assert_snapshot!(format!("pictures_of_{}", kind.id()), pictures(kind));
    }
}

fn against_the_rest(kind: PanelKind) -> Bench {
    let mut bench = bench(kind);
    bench.details = true;
    let kind = ReferenceKind::Rest { dimension: "region".to_owned(), value: "eu".to_owned() };
    bench.references.push(Reference { title: "all regions but eu".to_owned(), kind });
    bench
}

fn n_asked(asked: &[Query], op: MatchOp) -> usize {
    let has = |q: &&Query| match q {
        Query::Series(q) => q.matchers.iter().any(|m| m.label == "region" && m.op == op && m.values == ["eu"]),
        _ => false,
    };
    asked.iter().filter(has).count()
}

#[test]
fn the_rest_is_asked_and_shown_where_the_source_has_the_label() {
    for kind in KINDS {
        let (view, notes) = against_the_rest(kind).derive(|q| answer(q, Case::Normal, true));
        let view = view.unwrap();
        assert!(n_asked(&notes.asked, MatchOp::In) > 0 && n_asked(&notes.asked, MatchOp::NotIn) > 0, "{kind:?}");
        // Nothing of the own side is asked without the chosen value.
        let unfiltered = |q: &&Query| matches!(q, Query::Series(q) if q.matchers.is_empty());
        assert_eq!(notes.asked.iter().filter(unfiltered).count(), 0, "{kind:?}");
        assert!(format!("{view:?}").contains("all regions but eu"), "{kind:?}");
        assert!(!notes.remarks.iter().any(|r| r.contains("not compared")), "{kind:?}: {:?}", notes.remarks);
    }
}

#[test]
fn a_source_without_the_label_is_never_compared_with_itself() {
    for kind in KINDS {
        let (view, notes) = against_the_rest(kind).derive(|q| answer(q, Case::Normal, false));
        let view = view.unwrap();
        assert_eq!(n_asked(&notes.asked, MatchOp::In) + n_asked(&notes.asked, MatchOp::NotIn), 0, "{kind:?}");
        let says = |r: &String| r.contains("is not compared by region: the metric does not carry it");
        assert!(notes.remarks.iter().any(says), "{kind:?}: {:?}", notes.remarks);
        assert!(view.figures.iter().all(|f| f.reference.is_none() || f.metric == "conversion-rate"), "{kind:?}");
        assert!(notes.failures.is_empty(), "{kind:?}");
    }
}

#[test]
fn figures_stand_against_those_of_the_rest() {
    let figure = |kind: PanelKind, metric: &str| {
        let view = against_the_rest(kind).view(|q| answer(q, Case::Normal, true));
        view.figures.into_iter().find(|f| f.metric == metric).unwrap_or_else(|| panic!("{metric} of {kind:?}"))
    };
    let restarts = figure(PanelKind::Scalability, "restarts");
    assert_eq!((restarts.value, restarts.reference, restarts.delta), (Some(2.0), Some(4.0), Some(-2.0)));
    assert_eq!(restarts.p, None);
    let errors = figure(PanelKind::Errors, "errors-by-kind");
    assert_eq!(errors.reference, errors.value.map(|v| 2.0 * v));
    // The same share of twice the requests: the same quantile, of which nothing is clear.
    let p95 = figure(PanelKind::LatencyThroughput, "latency");
    assert_eq!(p95.delta, Some(0.0));
    assert!(p95.delta_low.unwrap() < 0.0 && p95.delta_high.unwrap() > 0.0);
    let share = figure(PanelKind::Errors, "error-share");
    assert!(share.delta_low.is_some() && share.reference_title.as_deref() == Some("all regions but eu"));
}

#[test]
fn a_failing_metric_costs_a_panel_only_what_is_made_of_it() {
    let mut whole = Vec::new();
    for kind in KINDS {
        for metric in GAUGES.iter().chain(&COUNTERS).chain(&["latency"]) {
            let is_of = |q: &Query| matches!(q, Query::Series(q) if matches!(&q.selector, Selector::Named { name, .. } if name.trim_end_matches("_bucket") == *metric));
            let (result, notes) = bench(kind).derive(|q| if is_of(q) { None } else { answer(q, Case::Normal, true) });
            match result {
                Ok(_) => assert_eq!(notes.asked.iter().any(is_of), !notes.failures.is_empty(), "{kind:?} {metric}"),
                Err(_) => whole.push((kind, *metric)),
            }
        }
    }
    // Only what a panel is about: without it there is nothing to show.
    let about = [
        (PanelKind::LatencyThroughput, "latency"),
        (PanelKind::AbTests, "exposures"),
        (PanelKind::AbTests, "conversions"),
        (PanelKind::Errors, "errors-by-kind"),
    ];
    assert_eq!(whole, about);
}
