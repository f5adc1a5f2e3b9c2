//! The Prometheus source on answers recorded from a real Prometheus and a real VictoriaMetrics.
//!
//! Whole conversations are recorded as well, request by request. To record all again:
//! `python3 tests/recorded/record_prometheus.py cargo test --test source_prometheus`

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test's helpers fail loudly

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;

use sightline::frame::{Frame, Labels, Series};
use sightline::query::{
    Aggregate, AlertsQuery, LabelNamesQuery, LabelValuesQuery, Matcher, Measure, Query, RunsQuery, Selector,
    SeriesQuery, SourceId, TimeRange,
};
use sightline::source::prometheus::{Prometheus, SelectorSpan};
use sightline::source::{Body, Cause, Failure, Request, Response, Source};
use sightline::spec::SourceSpec;

const END_MS: i64 = 1_767_225_600_000;
const HOUR_MS: i64 = 3_600_000;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/recorded/prometheus")
}

fn source() -> Prometheus {
    let spec = r#"{"id": "metrics", "kind": "prometheus", "url": "http://127.0.0.1:29090"}"#;
    Prometheus::new(&serde_json::from_str::<SourceSpec>(spec).unwrap())
}

fn id() -> SourceId {
    SourceId("metrics".into())
}

/// A recorded answer; the file's extension is its status.
fn recorded(name: &str) -> Response {
    let entries = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let path = entries.into_iter().find(|p| p.file_stem().is_some_and(|s| s == name)).expect(name);
    let status = path.extension().unwrap().to_str().unwrap().parse().unwrap();
    Response { status, body: fs::read(path).unwrap() }
}

fn series_query(name: &str, measure: Measure, by: &[&str], range: TimeRange, step_ms: i64) -> SeriesQuery {
    SeriesQuery {
        source: id(),
        selector: Selector::Named { name: name.into(), matchers: vec![] },
        matchers: vec![],
        measure,
        aggregate: Aggregate::Sum,
        by: Some(by.iter().map(|l| (*l).to_owned()).collect()),
        range,
        step_ms,
    }
}

/// Opens a query and gives the same answer to whatever it asks first.
fn answered(query: &Query, response: &Response) -> Result<Frame, Failure> {
    let mut exchange = source().open(query).unwrap();
    for request in exchange.next_requests() {
        exchange.receive(request.tag, response.clone())?;
    }
    exchange.finish()
}

fn instant(name: &str, range: TimeRange, step_ms: i64) -> Query {
    Query::Series(series_query(name, Measure::Instant, &["host", "kind"], range, step_ms))
}

fn texts(frame: &Frame, column: &str) -> Vec<String> {
    let table = frame.table().unwrap();
    (0..table.n_rows()).map(|row| table.text(column, row).unwrap_or_default()).collect()
}

#[test]
fn a_gap_is_missing_values_on_the_grid() {
    let range = TimeRange::new(END_MS - 2 * HOUR_MS, END_MS);
    for server in ["prom", "vm"] {
        let query = instant("app_temperature", range, 60_000);
        let frame = answered(&query, &recorded(&format!("{server}_matrix"))).unwrap();
        let [series] = frame.series() else { panic!("{server} gave {} series", frame.series().len()) };
        assert_eq!(series.x.len(), 121);
        assert!(series.x.windows(2).all(|pair| pair[1] - pair[0] == 60_000.0));
        let n_missing = series.y.iter().filter(|y| y.is_nan()).count();
        assert!((20..=30).contains(&n_missing), "{server}: {n_missing} of the gap's 30 minutes are missing");
        assert_eq!(series.y[0], 90.5);
        assert!(frame.warnings.is_empty(), "{server}: {:?}", frame.warnings);
    }
}

#[test]
fn values_that_are_not_finite_stay() {
    let range = TimeRange::new(END_MS - 2 * HOUR_MS, END_MS);
    let frame = answered(&instant("app_ratio", range, 600_000), &recorded("prom_not_finite")).unwrap();
    let last = |kind: &str| frame.series().iter().find(|s| s.labels.get("kind") == Some(kind)).unwrap().y[5];
    assert!(last("nan").is_nan());
    assert_eq!((last("up"), last("down")), (f64::INFINITY, f64::NEG_INFINITY));
}

#[test]
fn other_kinds_of_result_are_read() {
    let range = TimeRange::new(END_MS - 1, END_MS);
    for server in ["prom", "vm"] {
        let frame = answered(&instant("m", range, HOUR_MS), &recorded(&format!("{server}_scalar_inf"))).unwrap();
        assert_eq!(frame.series()[0].y.to_vec(), [f64::INFINITY], "{server}");
        let frame = answered(&instant("m", range, HOUR_MS), &recorded(&format!("{server}_vector"))).unwrap();
        assert_eq!(frame.series().len(), 2, "{server}");
        assert!(frame.series().iter().any(|s| s.labels.get("model") == Some("quo\"te\\d\nline é")), "{server}");
        let frame = answered(&instant("m", range, HOUR_MS), &recorded(&format!("{server}_empty"))).unwrap();
        assert!(frame.is_empty() && frame.warnings.is_empty(), "{server}");
    }
}

#[test]
fn errors_have_their_class_and_the_servers_words() {
    let range = TimeRange::new(END_MS - 2 * HOUR_MS, END_MS);
    let failure = |name: &str| answered(&instant("m", range, 60_000), &recorded(name)).unwrap_err();
    for (name, cause, words) in [
        ("prom_error_parse", Cause::Rejected, "unclosed left parenthesis"),
        ("prom_error_matching", Cause::Rejected, "many-to-many matching not allowed"),
        ("prom_error_timeout", Cause::Timeout, "query timed out"),
        ("prom_no_such_page", Cause::NotFound, "the server answered 404: 404 page not found"),
        ("vm_error_parse", Cause::Rejected, "unexpected"),
        ("vm_error_matching", Cause::Rejected, "duplicate"),
        ("vm_error_inner_points", Cause::Rejected, "too many points for the given step=1000"),
        ("vm_no_such_page", Cause::Rejected, "unsupported path"),
    ] {
        let failure = failure(name);
        assert_eq!(failure.cause, cause, "{name}: {failure}");
        assert!(failure.text.contains(words), "{name}: {failure}");
    }
}

#[test]
fn a_server_with_a_lower_limit_is_asked_with_a_coarser_step() {
    for server in ["prom", "vm"] {
        let range = TimeRange::new(END_MS - 2 * HOUR_MS, END_MS);
        let mut exchange = source().open(&instant("app_temperature", range, 1_000)).unwrap();
        let first = exchange.next_requests();
        exchange.receive(first[0].tag, recorded(&format!("{server}_error_too_many_points"))).unwrap();
        let second = exchange.next_requests();
        let Body::Form(form) = &second[0].body else { panic!("not a form") };
        assert!(form.contains(&("step".into(), "2".into())), "{form:?}");
        exchange.receive(second[0].tag, recorded(&format!("{server}_matrix"))).unwrap();
        let frame = exchange.finish().unwrap();
        assert_eq!(frame.warnings[0].text, "a coarser step, every 2 s: the server limits the points of a series");
        assert_eq!(frame.series()[0].x.len(), 3_601);
    }
}

#[test]
fn labels_and_their_values_are_listed() {
    let range = TimeRange::new(END_MS - 12 * HOUR_MS, END_MS);
    let names = Query::LabelNames(LabelNamesQuery { source: id(), metric: "app_requests_total".into(), range });
    let values = Query::LabelValues(LabelValuesQuery { source: id(), label: "model".into(), range });
    for server in ["prom", "vm"] {
        let frame = answered(&names, &recorded(&format!("{server}_labels"))).unwrap();
        assert_eq!(texts(&frame, "name"), ["model", "pod", "region"]);
        let frame = answered(&values, &recorded(&format!("{server}_label_values"))).unwrap();
        assert_eq!(texts(&frame, "value"), ["churn", "fraud", "quo\"te\\d\nline é"]);
    }
}

#[test]
fn alerts_are_a_table_even_where_there_are_none() {
    let query = Query::Alerts(AlertsQuery { source: id() });
    let frame = answered(&query, &recorded("prom_alerts")).unwrap();
    assert_eq!(texts(&frame, "name"), ["AlwaysOn", "StillWaiting"]);
    assert_eq!(texts(&frame, "state"), ["firing", "pending"]);
    assert_eq!(texts(&frame, "severity"), ["warning", ""]);
    assert_eq!(texts(&frame, "summary"), ["value is 0.8246", "d"]);
    assert_eq!(texts(&frame, "labels")[1], r#"{alertname="StillWaiting",model="churn"}"#);
    let table = frame.table().unwrap();
    assert_eq!((table.number("value", 0), table.number("value", 1)), (0.8246, 3.0));
    assert!(table.number("since", 0) > 1.7e12);
    for none in ["vm_alerts", "prom_no_such_page", "vm_no_such_page"] {
        assert_eq!(answered(&query, &recorded(none)).unwrap().table().unwrap().n_rows(), 0, "{none}");
    }
}

#[test]
fn what_prometheus_does_not_have_is_refused() {
    let query = Query::Runs(RunsQuery { source: id(), experiments: vec![], limit: 1 });
    let Err(failure) = source().open(&query) else { panic!("opened") };
    assert_eq!(
        (failure.cause, failure.text.as_str()),
        (Cause::Unsupported, "a Prometheus server has no experiment runs")
    );
}

// Whole conversations.

/// Answers to requests, by server and request; filled by asking the real servers.
struct Servers {
    known: BTreeMap<String, (u16, String)>,
    is_recording: bool,
}

impl Servers {
    fn open(name: &str) -> Self {
        let is_recording = std::env::var_os("SIGHTLINE_RECORD").is_some();
        let text = fs::read_to_string(folder().join(name)).unwrap_or_else(|_| "{}".into());
        let known = if is_recording { BTreeMap::new() } else { serde_json::from_str(&text).unwrap() };
        Self { known, is_recording }
    }

    fn close(self, name: &str) {
        if self.is_recording {
            fs::write(folder().join(name), serde_json::to_string_pretty(&self.known).unwrap()).unwrap();
        }
    }

    fn answer(&mut self, address: &str, request: &Request) -> Response {
        let key = format!("{address} {} {}", request.path, form_text(request));
        if self.is_recording {
            self.known.insert(key.clone(), ask(address, request));
        }
        let (status, body) =
            self.known.get(&key).unwrap_or_else(|| panic!("{key}\nis not recorded; see the head of this file"));
        Response { status: *status, body: body.clone().into_bytes() }
    }

    /// Carries a conversation to its end; answers come in reverse order, since any order is allowed.
    fn converse(&mut self, address: &str, source: &Prometheus, query: &Query) -> Frame {
        let mut exchange = source.open(query).unwrap();
        for _ in 0..20 {
            let requests = exchange.next_requests();
            if requests.is_empty() {
                return exchange.finish().unwrap();
            }
            for request in requests.iter().rev() {
                exchange.receive(request.tag, self.answer(address, request)).unwrap();
            }
        }
        panic!("the conversation does not end");
    }
}

fn form_text(request: &Request) -> String {
    let Body::Form(form) = &request.body else { return String::new() };
    let escaped = |text: &str| text.bytes().map(|b| format!("%{b:02X}")).collect::<Vec<_>>().concat();
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.');
    let one = |text: &str| if plain(text) { text.to_owned() } else { escaped(text) };
    form.iter().map(|(name, value)| format!("{name}={}", one(value))).collect::<Vec<_>>().join("&")
}

fn ask(address: &str, request: &Request) -> (u16, String) {
    let form = form_text(request);
    let method = if form.is_empty() { "GET" } else { "POST" };
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "{method} {} HTTP/1.0\r\nHost: {address}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        request.path,
        form.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

const SERVERS: [&str; 2] = ["127.0.0.1:29090", "127.0.0.1:28428"];

/// Every raw sample of the counters: name, labels, milliseconds and values.
type RawSamples = Vec<(String, BTreeMap<String, String>, Vec<(i64, f64)>)>;

fn raw_samples() -> RawSamples {
    serde_json::from_slice(&fs::read(folder().join("samples.json")).unwrap()).unwrap()
}

/// The increase of each group per step, counted from the raw samples alone.
fn counted(name: &str, by: &[&str], x: &[f64], step_ms: i64) -> BTreeMap<Labels, Vec<f64>> {
    let mut groups: BTreeMap<Labels, Vec<f64>> = BTreeMap::new();
    for (found, labels, samples) in raw_samples() {
        if found != name {
            continue;
        }
        let kept: Labels = by.iter().filter_map(|l| labels.get(*l).map(|v| ((*l).to_owned(), v.clone()))).collect();
        for (i, &end) in x.iter().enumerate() {
            let within = |t: i64| t as f64 > end - step_ms as f64 && t as f64 <= end;
            if !samples.iter().any(|(t, _)| within(*t)) {
                continue;
            }
            let pairs = samples.windows(2).filter(|pair| within(pair[1].0));
            let increase: f64 = pairs.map(|p| if p[1].1 < p[0].1 { p[1].1 } else { p[1].1 - p[0].1 }).sum();
            let group = groups.entry(kept.clone()).or_insert_with(|| vec![f64::NAN; x.len()]);
            group[i] = if group[i].is_nan() { increase } else { group[i] + increase };
        }
    }
    groups
}

fn by_labels(series: &[Series]) -> HashMap<Labels, Vec<f64>> {
    series.iter().map(|s| (s.labels.clone(), s.y.to_vec())).collect()
}

#[test]
fn increases_equal_the_count_of_raw_samples() {
    let mut servers = Servers::open("increases.json");
    // Hours, seconds of a step, and milliseconds by which the range ends early.
    let ranges =
        [(12, 12 * 3_600, 0), (5, 5 * 3_600, 1_234), (10, 3_600, 0), (9, 3_600, 777_777), (3, 900, 0), (2, 60, 1_500)];
    for address in SERVERS {
        for (hours, step_seconds, early_ms) in ranges {
            let range = TimeRange::new(END_MS - hours * HOUR_MS, END_MS).shifted(-early_ms);
            for (name, measure, by, kept) in [
                ("app_requests_total", Measure::Increase, &["model"][..], &["model"][..]),
                ("app_requests_total", Measure::Increase, &["pod"], &["pod"]),
                ("app_latency_seconds_bucket", Measure::Buckets, &[], &["le"]),
            ] {
                let query = series_query(name, measure, by, range, step_seconds * 1_000);
                let frame = servers.converse(address, &source(), &Query::Series(query));
                let what = format!("{address} {name} by {by:?} over {hours} h -{early_ms} ms, step {step_seconds} s");
                assert!(frame.warnings.is_empty(), "{what}: {:?}", frame.warnings);
                let x = &frame.series()[0].x;
                let found = by_labels(frame.series());
                let expected = counted(name, kept, x, step_seconds * 1_000);
                let of = |sets: &mut dyn Iterator<Item = &Labels>| {
                    sets.map(|l| l.to_string().replace(".0\"", "\"")).collect::<BTreeSet<_>>()
                };
                assert_eq!(of(&mut found.keys()), of(&mut expected.keys()), "{what}");
                for (labels, y) in &expected {
                    let mut labels = labels.clone();
                    if let Some(bound) = labels.remove("le") {
                        labels.set("le", bound.trim_end_matches(".0"));
                    }
                    for (i, (expected, found)) in y.iter().zip(&found[&labels]).enumerate() {
                        // Where no sample is in the step, a repeated one says that nothing happened.
                        let same = expected == found || (expected.is_nan() && (found.is_nan() || *found == 0.0));
                        assert!(same, "{what}: {labels} at {i}: counted {expected}, found {found}");
                    }
                }
            }
        }
    }
    servers.close("increases.json");
}

#[test]
fn a_server_with_a_lower_limit_is_asked_for_increases_over_wider_steps() {
    let range = TimeRange::new(END_MS - HOUR_MS, END_MS);
    let query = series_query("app_requests_total", Measure::Increase, &[], range, 1_000);
    let mut exchange = source().open(&Query::Series(query)).unwrap();
    let first = exchange.next_requests();
    for request in &first {
        exchange.receive(request.tag, recorded("vm_error_too_many_points")).unwrap();
    }
    let second = exchange.next_requests();
    assert_eq!((first.len(), second.len()), (3, 3));
    assert!(second.iter().all(|r| first.iter().all(|f| f.tag != r.tag)));
    let Body::Form(form) = &second[0].body else { panic!("not a form") };
    assert!(form.contains(&("step".into(), "2".into())), "{form:?}");
    for request in &second {
        exchange.receive(request.tag, recorded("vm_empty")).unwrap();
    }
    assert_eq!(exchange.finish().unwrap().warnings.len(), 1);
}

#[test]
fn hostile_values_are_read_by_the_real_parsers() {
    let mut servers = Servers::open("hostile.json");
    let hostile = "\u{0}\u{1}\t\r\n\u{7f}\u{85}\u{fffd}\u{feff}\u{2028}😀`'\"\\{}$|.*";
    let range = TimeRange::new(END_MS - HOUR_MS, END_MS);
    for address in SERVERS {
        for values in [vec![hostile], vec![hostile, "churn"], vec![]] {
            let query = Query::Series(SeriesQuery {
                matchers: vec![Matcher::any_of("model", values.clone())],
                ..series_query("app_requests_total", Measure::Instant, &["model"], range, 600_000)
            });
            let frame = servers.converse(address, &source(), &query);
            assert_eq!(frame.series().len(), usize::from(values.len() == 2), "{address} {values:?}");
            let query = Query::Series(SeriesQuery {
                matchers: vec![Matcher::none_of("model", values.clone())],
                ..series_query("app_requests_total", Measure::Instant, &["model"], range, 600_000)
            });
            let frame = servers.converse(address, &source(), &query);
            assert_eq!(frame.series().len(), if values.len() == 2 { 1 } else { 2 }, "{address} not {values:?}");
        }
    }
    servers.close("hostile.json");
}

#[test]
fn a_one_sample_spike_survives_the_widest_step() {
    let mut servers = Servers::open("spikes.json");
    for address in SERVERS {
        let range = TimeRange::new(END_MS - 12 * HOUR_MS, END_MS);
        let query = series_query("app_temperature", Measure::Gauge, &["host"], range, HOUR_MS);
        let frame = servers.converse(address, &source(), &Query::Series(query));
        let [series] = frame.series() else { panic!("{address}") };
        let envelope = series.envelope.as_ref().unwrap();
        assert!(envelope.high.contains(&90.5), "{address}: {:?}", envelope.high);
        assert!(series.y.iter().all(|y| *y < 22.0), "{address}: {:?}", series.y);
        assert!(envelope.low.iter().all(|y| *y < 21.0));
        let query = series_query("app_requests_total", Measure::Rate, &[], range, HOUR_MS);
        let frame = servers.converse(address, &source(), &Query::Series(query));
        let [series] = frame.series() else { panic!("{address}") };
        let envelope = series.envelope.as_ref().unwrap();
        assert!(envelope.high.iter().zip(series.y.iter()).all(|(high, y)| high >= y || y.is_nan()));
        assert!(envelope.high.iter().zip(series.y.iter()).any(|(high, y)| *high > y * 1.2));
    }
    servers.close("spikes.json");
}

#[test]
fn filters_enter_an_expression_where_the_metric_carries_the_label() {
    let mut servers = Servers::open("expressions.json");
    let expr =
        "sum by (model) (rate(app_requests_total[$__rate_interval])) + on () group_left () 0 * max(app_temperature)";
    let span = |name: &str| {
        let from = expr.find(name).unwrap();
        SelectorSpan { name: name.into(), name_from: from, name_to: from + name.len(), ..SelectorSpan::default() }
    };
    for address in SERVERS {
        let source = source();
        let range = TimeRange::new(END_MS - HOUR_MS, END_MS);
        let hostile = "quo\"te\\d\nline é";
        let query = Query::Series(SeriesQuery {
            selector: Selector::Expression(expr.into()),
            matchers: vec![Matcher::any_of("model", [hostile]), Matcher::any_of("nowhere", ["x"])],
            by: Some(vec![]),
            ..series_query("", Measure::Instant, &[], range, 300_000)
        });
        assert_eq!(source.needs_spans(&query), Some(expr));
        assert!(source.open(&query).is_err_and(|failure| failure.cause == Cause::Unsupported));
        source.remember_spans(expr, vec![span("app_requests_total"), span("app_temperature")]);
        assert_eq!(source.needs_spans(&query), None);
        let frame = servers.converse(address, &source, &query);
        let [series] = frame.series() else { panic!("{address}: {:?}", frame.series()) };
        assert_eq!(series.labels.get("model"), Some(hostile));
        assert_eq!(frame.warnings[0].text, "not filtered by nowhere: no part of the expression carries it");
    }
    servers.close("expressions.json");
}
