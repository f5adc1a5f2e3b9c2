//! The recording source on the demo's own data: what is computed is compared with the files, read here a second time and plainly.
// Helpers of tests fail by panicking, as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;
use sightline::frame::{Frame, Series};
use sightline::query::*;
use sightline::source::{Cause, Failure, Request, Response, Source, open_source};
use sightline::spec::SourceSpec;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

fn id() -> SourceId {
    SourceId("demo".into())
}

fn file(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("public/demo").join(name);
    fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn json(name: &str) -> Value {
    serde_json::from_slice(&file(name)).unwrap()
}

fn recorded_at() -> i64 {
    json("manifest.json")["recordedAt"].as_i64().unwrap()
}

fn source(now_ms: i64) -> Box<dyn Source> {
    let spec: SourceSpec = serde_json::from_str(r#"{"id":"demo","kind":"recording","url":"demo"}"#).unwrap();
    open_source(&spec, now_ms)
}

fn fetch(request: &Request) -> Response {
    Response { status: 200, body: file(request.path.trim_start_matches('/')) }
}

/// Runs one query; returns the files asked too.
fn ask_files(source: &dyn Source, query: &Query) -> (Result<Frame, Failure>, Vec<String>) {
    let mut files = Vec::new();
    let mut exchange = match source.open(query) {
        Ok(exchange) => exchange,
        Err(failure) => return (Err(failure), files),
    };
    let mut open: VecDeque<Request> = exchange.next_requests().into();
    while let Some(request) = open.pop_front() {
        files.push(request.path.clone());
        if let Err(failure) = exchange.receive(request.tag, fetch(&request)) {
            return (Err(failure), files);
        }
        open.extend(exchange.next_requests());
    }
    (exchange.finish(), files)
}

#[track_caller]
fn ask(source: &dyn Source, query: &Query) -> Frame {
    ask_files(source, query).0.unwrap_or_else(|f| panic!("{f:?}"))
}

fn series_query(name: &str, measure: Measure, by: &[&str], range: TimeRange, step_ms: i64) -> SeriesQuery {
    SeriesQuery {
        source: id(),
        selector: Selector::Named { name: name.into(), matchers: vec![] },
        matchers: vec![],
        measure,
        aggregate: Aggregate::Sum,
        by: Some(by.iter().map(ToString::to_string).collect()),
        range,
        step_ms,
    }
}

/// A recorded series as the file has it: labels and samples.
type Raw = (BTreeMap<String, String>, Vec<(i64, f64)>);

/// The series of a metric in a file.
fn raw(name: &str, metric: &str) -> Vec<Raw> {
    let number = |v: &Value| v.as_f64().unwrap_or(f64::NAN);
    let read = |s: &Value| {
        let labels = serde_json::from_value(s["labels"].clone()).unwrap();
        let mut at = 0;
        let times = s["t"].as_array().unwrap().iter().map(|d| {
            at += d.as_i64().unwrap();
            at
        });
        let times: Vec<i64> = times.collect();
        (labels, times.into_iter().zip(s["v"].as_array().unwrap().iter().map(number)).collect())
    };
    json(name)["series"].as_array().unwrap().iter().filter(|s| s["name"] == metric).map(read).collect()
}

/// The increase of a counter between its first and last sample, resets handled.
fn raw_increase(samples: &[(i64, f64)]) -> f64 {
    samples.windows(2).map(|w| if w[1].1 < w[0].1 { w[1].1 } else { w[1].1 - w[0].1 }).sum()
}

fn total(series: &[Series]) -> f64 {
    series.iter().flat_map(|s| s.y.iter()).filter(|y| y.is_finite()).sum()
}

const COUNTER: &str = "predictions_total";

/// The last two days, with some room on either side.
fn recent() -> TimeRange {
    TimeRange::new(recorded_at() - 2 * DAY, recorded_at() + HOUR)
}

#[test]
fn an_increase_over_all_is_what_the_file_says() {
    let source = source(recorded_at());
    // Each step looks two hours back, so this begins two hours after the file does and ends with it.
    let range = TimeRange::new(recorded_at() - 2 * DAY + 4 * HOUR, recorded_at());
    let frame =
        ask(source.as_ref(), &Query::Series(series_query(COUNTER, Measure::Increase, &["model"], range, 2 * HOUR)));
    assert_eq!(frame.series().len(), 2);
    for series in frame.series() {
        let model = series.labels.get("model").unwrap();
        let all: f64 = raw("outcomes-recent.json", COUNTER)
            .iter()
            .filter(|(labels, _)| labels["model"] == model)
            .map(|(_, samples)| raw_increase(samples))
            .sum();
        let found: f64 = series.y.iter().filter(|y| y.is_finite()).sum();
        assert!(found <= all * 1.0001 && found > all * 0.9, "{model}: {found} of {all}");
    }
}

#[test]
fn the_grid_begins_at_the_range_and_steps_evenly() {
    let source = source(recorded_at());
    let range = TimeRange::new(recorded_at() - DAY, recorded_at());
    let frame = ask(source.as_ref(), &Query::Series(series_query(COUNTER, Measure::Rate, &[], range, HOUR)));
    let [series] = frame.series() else { panic!("one series") };
    assert!(series.labels.is_empty());
    let expected: Vec<f64> = (0..=24).map(|i| (range.from_ms + i * HOUR) as f64).collect();
    assert_eq!(&series.x[..], expected);
    assert!(frame.sampled.is_none());
}

#[test]
fn a_step_finer_than_the_recording_is_marked() {
    let source = source(recorded_at());
    let range = TimeRange::new(recorded_at() - DAY, recorded_at());
    let frame = ask(source.as_ref(), &Query::Series(series_query(COUNTER, Measure::Rate, &[], range, 15_000)));
    assert_eq!(frame.sampled.unwrap().how, "every 12 min");
}

#[test]
fn a_planted_spike_of_one_sample_survives_in_the_envelope() {
    let source = source(recorded_at());
    let range = TimeRange::new(recorded_at() - 7 * DAY, recorded_at());
    let mut query = series_query("inference_queue_depth", Measure::Gauge, &["model", "version"], range, 6 * HOUR);
    query.aggregate = Aggregate::Max;
    let frame = ask(source.as_ref(), &Query::Series(query));
    let highest = |s: &Series| s.envelope.as_ref().unwrap().high.iter().copied().fold(f64::NAN, f64::max);
    let spiked =
        frame.series().iter().find(|s| s.labels.get("model") == Some("digits") && s.labels.get("version") == Some("2"));
    assert_eq!(highest(spiked.unwrap()), 480.0);
    assert!(
        frame.series().iter().flat_map(|s| s.y.iter()).all(|y| y.is_nan() || *y <= 400.0),
        "the mean must not be the spike"
    );
}

#[test]
fn a_gauge_stands_where_its_samples_do() {
    let source = source(recorded_at());
    let range = TimeRange::new(recorded_at() - DAY, recorded_at());
    let name = "kube_deployment_spec_replicas";
    let frame =
        ask(source.as_ref(), &Query::Series(series_query(name, Measure::Instant, &["deployment"], range, HOUR)));
    for (labels, samples) in raw("deployment-recent.json", name) {
        let series = frame.series().iter().find(|s| s.labels.get("deployment") == Some(&labels["deployment"])).unwrap();
        for (x, y) in series.points() {
            let expected = samples.iter().rev().find(|(t, _)| *t as f64 <= x).unwrap().1;
            assert_eq!(y, expected, "{labels:?} at {x}");
        }
    }
}

#[test]
fn buckets_are_cumulative_and_keep_their_bounds() {
    let source = source(recorded_at());
    let range = TimeRange::new(recorded_at() - DAY, recorded_at());
    let name = "rest_server_request_duration_seconds_bucket";
    let frame = ask(source.as_ref(), &Query::Series(series_query(name, Measure::Buckets, &["model"], range, HOUR)));
    let at = |le: &str| {
        let found =
            frame.series().iter().find(|s| s.labels.get("le") == Some(le) && s.labels.get("model") == Some("digits"));
        found.unwrap().y.clone()
    };
    for (low, high) in at("0.1").iter().zip(at("+Inf").iter()).filter(|(low, high)| low.is_finite() && high.is_finite())
    {
        assert!(low <= high && *high > 0.0);
    }
}

#[test]
fn the_recording_moves_by_whole_days_and_covers_now() {
    for (later, label) in
        [(0, "at once"), (HOUR, "an hour later"), (DAY, "a day later"), (100 * DAY + 5 * HOUR, "long after")]
    {
        let now = recorded_at() + later;
        let source = source(now);
        let range = TimeRange::new(now - 2 * HOUR, now);
        let frame = ask(source.as_ref(), &Query::Series(series_query(COUNTER, Measure::Rate, &[], range, HOUR)));
        assert!(frame.series()[0].y.iter().all(|y| *y > 0.0), "{label}: {:?}", frame.series()[0].y);
        let runs = ask(source.as_ref(), &Query::Runs(RunsQuery { source: id(), experiments: vec![], limit: 1 }));
        let start = runs.table().unwrap().number("start", 0);
        assert!(start <= now as f64 && start > (now - 2 * DAY) as f64, "{label}");
    }
}

#[test]
fn only_the_files_of_the_question_are_read_and_each_once() {
    let source = source(recorded_at());
    let range = TimeRange::new(recorded_at() - DAY, recorded_at());
    let query = Query::Series(series_query(COUNTER, Measure::Rate, &[], range, HOUR));
    assert_eq!(ask_files(source.as_ref(), &query).1, ["/manifest.json", "/outcomes-recent.json"]);
    assert!(ask_files(source.as_ref(), &query).1.is_empty());
    let wide = TimeRange::new(recorded_at() - 30 * DAY, recorded_at());
    let query = Query::Series(series_query(COUNTER, Measure::Rate, &[], wide, 6 * HOUR));
    assert_eq!(ask_files(source.as_ref(), &query).1, ["/outcomes-older.json"]);
}

#[test]
fn exchanges_side_by_side_do_not_wait_for_each_other() {
    let source = source(recorded_at());
    let range = TimeRange::new(recorded_at() - DAY, recorded_at());
    let query = Query::Series(series_query(COUNTER, Measure::Rate, &[], range, HOUR));
    let (mut a, mut b) = (source.open(&query).unwrap(), source.open(&query).unwrap());
    for _ in 0..3 {
        let (for_a, for_b) = (a.next_requests(), b.next_requests());
        for request in for_b {
            b.receive(request.tag, fetch(&request)).unwrap();
        }
        for request in for_a {
            a.receive(request.tag, fetch(&request)).unwrap();
        }
    }
    assert_eq!(a.finish().unwrap(), b.finish().unwrap());
}

#[test]
fn runs_histories_versions_and_artifacts_hang_together() {
    let source = source(recorded_at());
    let experiments = vec!["digits-mlp".to_owned()];
    let runs = ask(source.as_ref(), &Query::Runs(RunsQuery { source: id(), experiments, limit: 100 }));
    let table = runs.table().unwrap();
    assert_eq!(table.n_rows(), 24);
    assert!(table.numbers("metrics.test_accuracy").unwrap().iter().all(|a| *a > 0.5));
    let run = table.text("run_id", 0).unwrap();
    let query = HistoryQuery { source: id(), runs: vec![run.clone()], key: "val_loss".into(), full: true };
    let (history, files) = ask_files(source.as_ref(), &Query::History(query));
    let history = history.unwrap();
    assert_eq!(files, ["/history-digits-mlp.json"]);
    assert_eq!(history.series()[0].x.len(), 25);
    assert!(history.series()[0].times.is_some());
    let versions =
        ask(source.as_ref(), &Query::Versions(VersionsQuery { source: id(), models: vec!["digits".into()] }));
    let table = versions.table().unwrap();
    let champion = (0..3).find(|row| table.text("aliases", *row).as_deref() == Some("champion")).unwrap();
    assert_eq!(table.text("version", champion).as_deref(), Some("2"));
    let run_id = table.text("run_id", champion).unwrap();
    let artifact = |path: &str, shape| {
        Query::Artifact(ArtifactQuery { source: id(), run_id: run_id.clone(), path: path.into(), shape })
    };
    let matrix = ask(source.as_ref(), &artifact("eval/confusion_matrix.json", ArtifactShape::Confusion));
    assert_eq!(matrix.table().unwrap().n_rows(), 100);
    let missing = ask_files(source.as_ref(), &artifact("eval/nope.json", ArtifactShape::Roc)).0.unwrap_err();
    assert_eq!(missing.cause, Cause::NotFound);
}

#[test]
fn recorded_rows_are_filtered_by_time_and_text() {
    let source = source(recorded_at());
    let range = TimeRange::new(recorded_at() - 3 * DAY, recorded_at());
    let rows = |matchers, limit| {
        Query::Rows(RowsQuery { source: id(), table: "digits-predictions".into(), range, matchers, limit })
    };
    let all = ask(source.as_ref(), &rows(vec![], 100_000));
    let n = |f: &Frame| f.table().unwrap().n_rows();
    let by_version = |v: &str| ask(source.as_ref(), &rows(vec![Matcher::any_of("version", [v])], 100_000));
    assert!(n(&all) > 1_000);
    assert_eq!(n(&by_version("2")) + n(&by_version("3")), n(&all));
    let times = all.table().unwrap().numbers("time").unwrap();
    assert!(times.windows(2).all(|w| w[0] <= w[1]));
    assert!(times.iter().all(|t| range.contains(*t)));
    let few = ask(source.as_ref(), &rows(vec![], 10));
    assert_eq!((n(&few), few.warnings.len()), (10, 1));
}

fn raised(source: &dyn Source) -> Vec<(String, String, f64, f64)> {
    let alerts = ask(source, &Query::Alerts(AlertsQuery { source: id() }));
    let table = alerts.table().unwrap();
    let text = |name, row| table.text(name, row).unwrap();
    let number = |name, row| table.number(name, row);
    (0..table.n_rows())
        .map(|row| (text("name", row), text("state", row), number("since", row), number("value", row)))
        .collect()
}

#[test]
fn an_alert_about_replicas_stands_as_long_as_they_are_missing() {
    let missing_at = |source: &dyn Source, at: i64| {
        let value = |name: &str| {
            let range = TimeRange::new(at - HOUR, at);
            let query = series_query(name, Measure::Instant, &["deployment"], range, HOUR);
            let frame = ask(source, &Query::Series(query));
            let digits = frame.series().iter().find(|s| s.labels.get("deployment") == Some("digits-v3")).unwrap();
            *digits.y.last().unwrap()
        };
        value("kube_deployment_spec_replicas") - value("kube_deployment_status_replicas_ready")
    };
    let is_raised = |source: &dyn Source| raised(source).iter().any(|(name, ..)| name == "ReplicasMissing");
    // The lab takes one replica away some six hours before its end, and leaves it away.
    let end = recorded_at();
    let at_end = source(end);
    assert_eq!([end, end - 5 * HOUR, end - 8 * HOUR].map(|at| missing_at(at_end.as_ref(), at)), [1.0, 1.0, 0.0]);
    for later in [0, HOUR, 5 * HOUR, 12 * HOUR, 16 * HOUR, 19 * HOUR, 21 * HOUR, 23 * HOUR, DAY, DAY + HOUR] {
        let source = source(end + later);
        assert_eq!(is_raised(source.as_ref()), missing_at(source.as_ref(), end + later) > 0.0, "{later}");
    }
}

#[test]
fn at_every_hour_of_the_day_the_standing_alerts_are_those_of_that_hour() {
    let end = recorded_at();
    for hour in 0..24 {
        let now = end + hour * HOUR;
        let alerts = raised(source(now).as_ref());
        // The challenger has been degraded for three days.
        let low = alerts.iter().find(|(name, ..)| name == "ChallengerAccuracyLow");
        let (_, state, since, value) = low.unwrap_or_else(|| panic!("hour {hour}: {alerts:?}"));
        assert_eq!(state, "firing");
        assert!(*since < (now - DAY) as f64, "hour {hour}: since {since}");
        assert!(*value > 0.5 && *value < 0.9, "hour {hour}: {value}");
        assert!(alerts.iter().all(|(_, _, since, _)| *since <= now as f64));
    }
}

#[test]
fn an_alert_is_pending_before_it_fires_and_gone_after_its_end() {
    const MANIFEST: &str = r#"{"version":1,"recordedAt":10000,"tables":[{"file":"alerts.json","table":"alerts"}]}"#;
    const ALERTS: &str = r#"{"rows":[
        {"labels":{"alertname":"A"},"activeAt":1000,"firingAt":3000,"endedAt":5000,"t":[1000,1000],"v":[7,8]},
        {"labels":{"alertname":"B"},"activeAt":4000,"firingAt":4000}]}"#;
    let at = |now| {
        let source = source(now);
        let mut exchange = source.open(&Query::Alerts(AlertsQuery { source: id() })).unwrap();
        for body in [MANIFEST, ALERTS] {
            let tag = exchange.next_requests()[0].tag;
            exchange.receive(tag, Response { status: 200, body: body.into() }).unwrap();
        }
        let frame = exchange.finish().unwrap();
        let table = frame.table().unwrap();
        let row = |r| (table.text("name", r).unwrap(), table.text("state", r).unwrap(), table.number("value", r));
        (0..table.n_rows()).map(row).collect::<Vec<_>>()
    };
    // The clock stands a day before, so that each of these instants is one of the recording.
    let day_later = |ms: i64| at(ms + DAY);
    assert_eq!(day_later(500), []);
    assert_eq!(day_later(2000), [("A".to_owned(), "pending".to_owned(), 8.0)]);
    let both = day_later(4500);
    let names: Vec<&str> =
        both.iter().map(|(name, state, _)| if state == "firing" { name.as_str() } else { "?" }).collect();
    assert_eq!(names, ["A", "B"]);
    assert!(both[1].2.is_nan(), "no value was recorded");
    assert_eq!(day_later(6000).len(), 1);
}

#[test]
fn a_recording_of_a_newer_version_is_refused() {
    let source = source(0);
    let mut exchange = source.open(&Query::Alerts(AlertsQuery { source: id() })).unwrap();
    let tag = exchange.next_requests()[0].tag;
    let failure = exchange.receive(tag, Response { status: 200, body: br#"{"version":2}"#.to_vec() }).unwrap_err();
    assert_eq!(failure.text, "the recording is of version 2, this build reads up to version 1");
}

#[test]
fn an_answer_names_all_files_that_it_rests_on() {
    let source = source(recorded_at());
    let range = TimeRange::new(recorded_at() - DAY, recorded_at());
    let query = Query::Series(series_query(COUNTER, Measure::Rate, &[], range, HOUR));
    assert!(source.open(&query).unwrap().rests_on().is_empty(), "nothing is read yet");
    ask(source.as_ref(), &query);
    let mut again = source.open(&query).unwrap();
    assert!(again.next_requests().is_empty());
    assert_eq!(again.rests_on(), ["/manifest.json", "/outcomes-recent.json"]);
}

#[test]
fn a_picker_reads_no_series() {
    let source = source(recorded_at());
    for label in ["model", "version", "region", "segment", "environment", "nothing"] {
        let query = LabelValuesQuery { source: id(), label: label.into(), range: recent() };
        let (frame, files) = ask_files(source.as_ref(), &Query::LabelValues(query));
        assert!(files.iter().all(|file| file == "/manifest.json"), "{label}: {files:?}");
        let n = frame.unwrap().table().unwrap().n_rows();
        assert_eq!(n > 0, label != "nothing", "{label}");
    }
}

#[test]
fn alerts_and_traces_are_answered() {
    let source = source(recorded_at());
    let alerts = ask(source.as_ref(), &Query::Alerts(AlertsQuery { source: id() }));
    let table = alerts.table().unwrap();
    let names: Vec<String> = (0..table.n_rows()).filter_map(|r| table.text("name", r)).collect();
    assert!(names.contains(&"ReplicasMissing".to_owned()), "{names:?}");
    assert!(table.numbers("since").unwrap().iter().all(|t| *t <= recorded_at() as f64));
    let range = TimeRange::new(recorded_at() - 30 * DAY, recorded_at());
    let traces =
        |only_errors| Query::Traces(TracesQuery { source: id(), experiments: vec![], range, only_errors, limit: 100 });
    assert_eq!(ask(source.as_ref(), &traces(false)).table().unwrap().n_rows(), 24);
    let errors = ask(source.as_ref(), &traces(true));
    assert_eq!(errors.table().unwrap().n_rows(), 4);
    assert!(errors.table().unwrap().text("error", 0).is_some());
}

#[test]
fn labels_are_listed() {
    let source = source(recorded_at());
    let names = ask(
        source.as_ref(),
        &Query::LabelNames(LabelNamesQuery { source: id(), metric: COUNTER.into(), range: recent() }),
    );
    let table = names.table().unwrap();
    let names: Vec<String> = (0..table.n_rows()).filter_map(|r| table.text("name", r)).collect();
    assert!(["model", "version", "region", "segment"].iter().all(|n| names.iter().any(|m| m == n)), "{names:?}");
    let range = TimeRange::new(recorded_at() - DAY, recorded_at());
    let values =
        ask(source.as_ref(), &Query::LabelValues(LabelValuesQuery { source: id(), label: "region".into(), range }));
    let table = values.table().unwrap();
    let values: Vec<String> = (0..table.n_rows()).filter_map(|r| table.text("value", r)).collect();
    assert_eq!(values, ["ap-south", "eu-west", "us-east"]);
}

#[test]
fn what_a_recording_cannot_do_it_says() {
    let source = source(recorded_at());
    let mut query = series_query(COUNTER, Measure::Instant, &[], recent(), HOUR);
    query.selector = Selector::Expression("sum(up)".into());
    let failure = source.open(&Query::Series(query)).err().unwrap();
    assert_eq!((failure.cause, failure.text.as_str()), (Cause::Unsupported, "the demo cannot evaluate PromQL"));
    let query = series_query("nothing_total", Measure::Rate, &[], recent(), HOUR);
    assert_eq!(ask_files(source.as_ref(), &Query::Series(query)).0.unwrap_err().cause, Cause::NotFound);
}

#[test]
fn a_file_that_cannot_be_read_fails_the_query() {
    let source = source(recorded_at());
    let mut exchange = source.open(&Query::Series(series_query(COUNTER, Measure::Rate, &[], recent(), HOUR))).unwrap();
    let request = exchange.next_requests().remove(0);
    let failure = exchange.receive(request.tag, Response { status: 404, body: vec![] }).unwrap_err();
    assert_eq!(failure.cause, Cause::NotFound);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// A label's values split the whole: their increases add up, whatever the grid.
    #[test]
    fn increases_over_partitions_add_up(hours in 3_i64..46, back in 0_i64..100, step_minutes in 12_i64..300, by in prop_oneof![Just("version"), Just("region"), Just("actual"), Just("segment")]) {
        let source = source(recorded_at());
        let to = recorded_at() - back * 60_000;
        let range = TimeRange::new(to - hours * HOUR, to);
        let step = step_minutes * 60_000;
        let ask_by = |by: &[&str], measure| ask(source.as_ref(), &Query::Series(series_query(COUNTER, measure, by, range, step)));
        let whole = total(ask_by(&[], Measure::Increase).series());
        let parts = total(ask_by(&[by], Measure::Increase).series());
        prop_assert!((whole - parts).abs() <= 1e-6 * whole.max(1.0), "{whole} against {parts}");
        let rates = total(ask_by(&[], Measure::Rate).series());
        prop_assert!((rates * step as f64 / 1_000.0 - whole).abs() <= 1e-6 * whole.max(1.0));
    }

    /// A matcher and its negation split the whole.
    #[test]
    fn a_filter_and_its_negation_add_up(pick in 0_usize..3, hours in 3_i64..40) {
        let source = source(recorded_at());
        let range = TimeRange::new(recorded_at() - hours * HOUR, recorded_at());
        let region = ["eu-west", "us-east", "ap-south"][pick];
        let with = |matchers| {
            let query = SeriesQuery { matchers, ..series_query(COUNTER, Measure::Increase, &[], range, HOUR) };
            total(ask(source.as_ref(), &Query::Series(query)).series())
        };
        let whole = with(vec![]);
        let inside = with(vec![Matcher::any_of("region", [region])]);
        let outside = with(vec![Matcher::none_of("region", [region])]);
        prop_assert!(inside > 0.0 && inside < whole);
        prop_assert!((inside + outside - whole).abs() <= 1e-6 * whole);
    }

    /// A step that is twice as long counts the same, where both grids end together.
    #[test]
    fn a_coarser_grid_counts_the_same(n in 2_i64..20) {
        let source = source(recorded_at());
        let to = recorded_at();
        let count = |step: i64, first: i64| {
            let range = TimeRange::new(first, to);
            total(ask(source.as_ref(), &Query::Series(series_query(COUNTER, Measure::Increase, &[], range, step))).series())
        };
        let fine = count(HOUR, to - (2 * n - 1) * HOUR);
        let coarse = count(2 * HOUR, to - (2 * n - 2) * HOUR);
        prop_assert!((fine - coarse).abs() <= 1e-6 * fine, "{fine} against {coarse}");
    }

    /// Files cut, overwritten or swapped end in a frame or a failure.
    #[test]
    fn spoiled_files_never_panic(which in 0_usize..4, cut in any::<usize>(), at in any::<usize>(), byte in any::<u8>(), other in any::<bool>()) {
        let source = source(recorded_at());
        let query = match which {
            0 => Query::Series(series_query("model_version_info", Measure::Gauge, &["model"], recent(), HOUR)),
            1 => Query::Versions(VersionsQuery { source: id(), models: vec![] }),
            2 => Query::Alerts(AlertsQuery { source: id() }),
            _ => Query::Traces(TracesQuery { source: id(), experiments: vec![], range: recent(), only_errors: false, limit: 5 }),
        };
        let mut exchange = source.open(&query).unwrap();
        for round in 0..3 {
            for request in exchange.next_requests() {
                let mut body = fetch(&request).body;
                if round > 0 {
                    let at = at % body.len();
                    body[at] = byte;
                    if other {
                        body.truncate(cut % body.len());
                    }
                }
                let _ = exchange.receive(request.tag, Response { status: 200, body });
            }
        }
        let _ = exchange.finish();
    }
}
