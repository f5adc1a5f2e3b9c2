//! Tests of the panel on rows made by hand.

use crate::derive::business_impact::rows::{Record, answer, assert_calm, bars, found, grid, record};
use crate::derive::fixture::{Bench, DAY_MS, NOW_MS, series};
use crate::derive::{Reference, ReferenceKind, Stop};
use crate::frame::Frame;
use crate::query::{Query, TimeRange};
use crate::spec::{PanelKind, PanelSpec};
use crate::view::{BlockBody, Cell, Evidence, Figure, Piece, Tone, Verdict, View};

const MODELS: &str = r#"[ { "id": "digits", "title": "Digits" }, { "id": "diabetes" }, { "id": "wine" } ]"#;
const METRICS: &str = r#"[
    { "id": "usage", "dimensions": ["model", "region", "segment"], "query": {
        "type": "table", "source": "prom", "table": "usage", "time": "at", "value": "requests" } },
    { "id": "eligible", "dimensions": ["model", "region", "segment"], "query": {
        "type": "table", "source": "prom", "table": "eligible", "time": "at", "value": "decisions" } }
]"#;

fn bench() -> Bench {
    let mut bench = Bench::new(PanelKind::Utilization, MODELS, METRICS);
    bench.range = TimeRange::new(NOW_MS - 14 * DAY_MS, NOW_MS);
    bench
}

fn asked_of(days_ago: i64, model: &str, team: &str, caller: &str, requests: i64) -> Record {
    let (at, requests) = ((NOW_MS - days_ago * DAY_MS).to_string(), requests.to_string());
    record(&[
        ("at", at.as_str()),
        ("model", model),
        ("team", team),
        ("feature", "reading"),
        ("caller", caller),
        ("requests", requests.as_str()),
    ])
}

fn could(days_ago: i64, model: &str, decisions: i64) -> Record {
    let (at, decisions) = ((NOW_MS - days_ago * DAY_MS).to_string(), decisions.to_string());
    record(&[("at", at.as_str()), ("model", model), ("decisions", decisions.as_str())])
}

/// Two weeks: digits has 60 or 80 requests a day of 100 decisions; diabetes had its last request 40 days ago, wine never one.
/// Four weeks back to two, digits had 30 a day.
fn rows() -> (Vec<Record>, Vec<Record>) {
    let mut usage = vec![asked_of(40, "diabetes", "care", "letters", 5)];
    let mut eligible = Vec::new();
    for day in 1..=14 {
        let extra = if [2, 3, 7, 8, 9, 13, 14].contains(&day) { 20 } else { 0 };
        usage.push(asked_of(day, "digits", "intake", "gateway", 40 + extra));
        usage.push(asked_of(day, "digits", "billing", "batch", 20));
        eligible.push(could(day, "digits", 100));
    }
    for day in 15..=28 {
        usage.push(asked_of(day, "digits", "intake", "gateway", 30));
        eligible.push(could(day, "digits", 100));
    }
    (usage, eligible)
}

fn answered((usage, eligible): &(Vec<Record>, Vec<Record>)) -> impl Fn(&Query) -> Option<Frame> + '_ {
    move |query| {
        let Query::Groups(query) = query else { return None };
        Some(answer(if query.table == "usage" { usage } else { eligible }, query))
    }
}

fn figure<'a>(view: &'a View, metric: &str) -> &'a Figure {
    view.figures.iter().find(|f| f.metric == metric).unwrap()
}

#[test]
fn requests_callers_and_the_share_of_eligible_traffic_are_counted() {
    let rows = rows();
    let view = bench().view(answered(&rows));
    assert_calm(&view);
    assert_eq!(view.n, Some((980.0, "requests".to_owned())));
    let requests = figure(&view, "usage");
    assert_eq!((requests.value, requests.n), (Some(70.0), Some(14.0)));
    assert!(requests.low.unwrap() < 70.0 && requests.high.unwrap() > 70.0, "{requests:?}");
    let callers = figure(&view, "active-callers");
    assert_eq!((callers.value, callers.low), (Some(2.0), None));
    let share = figure(&view, "eligible-share");
    assert_eq!((share.value, share.n), (Some(0.7), Some(1_400.0)));
    assert!(share.low.unwrap() < 0.7 && share.high.unwrap() > 0.7 && share.low.unwrap() >= 0.6);
    let teams = bars(found(&view, "by-team"));
    let of = |b: &crate::view::Bar| (b.key.clone(), b.value);
    assert_eq!(
        teams.bars.iter().map(of).collect::<Vec<_>>(),
        [("intake".to_owned(), 700.0), ("billing".to_owned(), 280.0)]
    );
    assert_eq!(teams.target, None, "team is no dimension of the workspace");
}

#[test]
fn idle_models_are_named_with_since_when() {
    let rows = rows();
    let view = bench().view(answered(&rows));
    let idle = figure(&view, "idle-models");
    assert_eq!((idle.value, idle.n), (Some(2.0), Some(3.0)));
    assert!(idle.method.as_ref().unwrap().ends_with("diabetes, wine"), "{:?}", idle.method);
    let table = grid(found(&view, "models"));
    assert_eq!(table.rows[0][0], Cell::Text("Digits".to_owned()));
    assert_eq!(
        table.rows[0][5..],
        [Cell::Time((NOW_MS - DAY_MS) as f64), Cell::Status(Tone::Good, "in use".to_owned())]
    );
    let last = (NOW_MS - 40 * DAY_MS) as f64;
    assert_eq!(table.rows[1][5..], [Cell::Time(last), Cell::Status(Tone::Warning, "idle since then".to_owned())]);
    assert_eq!(table.rows[2][5..], [Cell::Missing, Cell::Status(Tone::Warning, "idle, never asked".to_owned())]);
    assert_eq!(table.row_target.as_deref(), Some("model"));
    // Diabetes since its last request, wine since the data begin, which is the same day.
    let times = view.summary.0.iter().filter(|piece| **piece == Piece::Time(last)).count();
    assert_eq!(times, 2, "{:?}", view.summary);
}

#[test]
fn a_models_requests_and_state_lead_to_the_panels_behind_them() {
    let rows = rows();
    let mut bench = bench();
    let panel = |kind| PanelSpec { kind, ..bench.panel.clone() };
    let panels = [
        ("mine", panel(PanelKind::LatencyThroughput)),
        ("latency-throughput", panel(PanelKind::LatencyThroughput)),
        ("replicas", panel(PanelKind::DeploymentStatus)),
    ];
    bench.workspace.panels = panels.into_iter().map(|(id, panel)| (id.to_owned(), panel)).collect();
    let view = bench.view(answered(&rows));
    let table = grid(found(&view, "models"));
    let of = |panel: &str| Some(Evidence { panel: panel.to_owned(), filters: vec![("model".into(), "digits".into())] });
    assert_eq!((&table.evidence[0][1], &table.evidence[0][6]), (&of("latency-throughput"), &of("replicas")));
    assert_eq!((table.evidence.len(), table.evidence[0].len()), (table.rows.len(), table.columns.len()));
}

#[test]
fn the_previous_period_is_compared_with_an_interval() {
    let rows = rows();
    let mut bench = bench();
    let range = TimeRange::new(NOW_MS - 28 * DAY_MS, NOW_MS - 14 * DAY_MS);
    bench.references = vec![Reference { title: "previous period".to_owned(), kind: ReferenceKind::Range(range) }];
    let view = bench.view(answered(&rows));
    let requests = figure(&view, "usage");
    assert_eq!((requests.reference, requests.delta), (Some(30.0), Some(40.0)));
    assert!(requests.delta_low.unwrap() > 0.0 && requests.verdict == Verdict::Changed, "{requests:?}");
    let share = figure(&view, "eligible-share");
    assert!((share.delta.unwrap() - 0.4).abs() < 1e-12 && share.verdict == Verdict::Better);
    let callers = figure(&view, "active-callers");
    assert_eq!((callers.delta, callers.verdict), (Some(1.0), Verdict::None));
    let teams = bars(found(&view, "by-team"));
    assert_eq!(teams.bars.iter().map(|b| b.reference).collect::<Vec<_>>(), [420.0, 0.0]);
    let BlockBody::Lines(lines) = &found(&view, "requests").body else { panic!("no lines") };
    assert_eq!(lines.lines.len(), 2, "digits, and its ghost");
    assert_eq!(lines.lines[0].x.first(), lines.lines[1].x.first(), "the ghost stands on the same days");
}

#[test]
fn a_setting_chooses_what_requests_are_told_apart_by() {
    let rows = rows();
    let mut bench = bench();
    bench.set("by", "model");
    let view = bench.view(answered(&rows));
    assert_eq!(bars(found(&view, "by-model")).target.as_deref(), Some("model"));
    bench.set("by", "<img src=x>");
    assert_eq!(bench.view(answered(&rows)).controls[0].value, "team");
    bench.details = true;
    let view = bench.view(answered(&rows));
    for id in ["by-team", "by-feature", "by-model", "eligible-share", "callers"] {
        found(&view, id);
    }
    let callers = grid(found(&view, "callers"));
    assert_eq!(callers.rows[0][..2], [Cell::Text("gateway".to_owned()), Cell::Number(700.0)]);
}

#[test]
fn days_without_a_row_count_as_days_without_requests() {
    let usage = vec![asked_of(3, "digits", "intake", "gateway", 28), asked_of(1, "digits", "", "gateway", 0)];
    let rows = (usage, Vec::new());
    let view = bench().view(answered(&rows));
    assert_eq!(figure(&view, "usage").value, Some(2.0));
    assert_eq!(figure(&view, "eligible-share").value, None);
}

#[test]
fn a_counter_feeds_it_as_well() {
    let metrics = r#"[ { "id": "usage", "dimensions": ["model"], "query": {
        "type": "counter", "source": "prom", "metric": "requests_total" } } ]"#;
    let mut bench = Bench::new(PanelKind::Utilization, MODELS, metrics);
    bench.range = TimeRange::new(NOW_MS - 14 * DAY_MS, NOW_MS);
    let answer = |query: &Query| {
        let Query::Series(query) = query else { return None };
        let points: Vec<(f64, f64)> = (0..14).map(|day| ((NOW_MS - day * DAY_MS) as f64, 10.0)).rev().collect();
        let by = query.by.clone().unwrap_or_default();
        let labels: Vec<(&str, &str)> = [("model", "digits"), ("caller", "gateway")]
            .into_iter()
            .filter(|(l, _)| by.iter().any(|b| b == l))
            .collect();
        Some(Frame::from_series(vec![series(&labels, &points)]))
    };
    let (view, notes) = bench.derive(answer);
    let view = view.unwrap();
    assert_eq!((figure(&view, "usage").value, view.n.as_ref().unwrap().0), (Some(10.0), 140.0));
    assert_eq!(figure(&view, "idle-models").value, Some(2.0));
    assert_eq!(bars(found(&view, "by-team")).bars[0].title, "(none)");
    assert!(notes.remarks.iter().any(|r| r.contains("metric eligible")), "{:?}", notes.remarks);
}

#[test]
fn without_a_metric_it_names_it_and_teaches() {
    let bare = Bench::new(PanelKind::Utilization, "[]", "[]");
    let (Err(Stop::Empty { reason, teach: Some(teach) }), _) = bare.derive(|_| None) else { panic!("no lesson") };
    assert!(reason.contains("usage") && (4..=8).contains(&teach.lines().count()), "{teach}");
    let nothing = (Vec::new(), Vec::new());
    let (Err(Stop::Empty { teach: None, .. }), _) = bench().derive(answered(&nothing)) else { panic!("not empty") };
    let (Err(Stop::Failed(_)), _) = bench().derive(|_| None) else { panic!("not failed") };
}
