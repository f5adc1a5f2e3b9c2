//! ClickHouse of 2018, its current engine and Datasette on answers recorded from the lab's servers.
//!
//! Recorded again, while the lab runs, with
//! `RECORD_CLICKHOUSE_18=127.0.0.1:18123 RECORD_CLICKHOUSE_26=127.0.0.1:18124 RECORD_DATASETTE_0=127.0.0.1:18001 cargo test --test source_sql -- --test-threads 1`
//! after setting `NOW` to the lab's anchor.
// Helpers of tests fail by panicking, as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "recorded/mod.rs"]
#[allow(dead_code)]
mod recorded;

use recorded::{Backend, run};
use sightline::frame::{Frame, Table, Values};
use sightline::query::*;
use sightline::source::{Cause, Failure, Source, open_source};
use sightline::spec::SourceSpec;

/// The hour at which the recorded lab's data end.
const NOW: i64 = 1_795_453_200_000;
const DAY: i64 = 86_400_000;
const CLICKHOUSE: [&str; 2] = ["clickhouse/v18", "clickhouse/v26"];

fn source(backend: &str) -> Box<dyn Source> {
    let kind = backend.split('/').next().unwrap();
    let spec = format!(r#"{{"id": "db", "kind": "{kind}", "url": "http://127.0.0.1/"}}"#);
    open_source(&serde_json::from_str::<SourceSpec>(&spec).unwrap(), NOW)
}

fn ask(backend: &str, query: &Query) -> Result<Frame, Failure> {
    run(&*source(backend), &Backend::of(backend), query)
}

#[track_caller]
fn table(backend: &str, query: &Query) -> Table {
    let frame = ask(backend, query).unwrap_or_else(|f| panic!("{backend}: {f:?}"));
    frame.table().expect("a table").clone()
}

fn key(column: &str, bucket: Option<Bucket>) -> GroupKey {
    GroupKey { name: column.into(), column: column.into(), bucket }
}

fn moments(column: &str) -> GroupMeasure {
    GroupMeasure { name: "value".into(), fold: Fold::Moments(column.into()) }
}

fn groups(table: &str, keys: Vec<GroupKey>, unit: Option<&str>, measures: Vec<GroupMeasure>) -> GroupsQuery {
    GroupsQuery {
        source: SourceId("db".into()),
        table: table.into(),
        time: Some("at".into()),
        may_lack_time: false,
        range: TimeRange::new(NOW - 60 * DAY, NOW),
        unit: unit.map(str::to_owned),
        keys,
        measures,
        matchers: vec![],
        limit: 1_000,
    }
}

fn rows(table: &str, columns: &[&str], range: TimeRange, limit: u32) -> RowsQuery {
    RowsQuery {
        source: SourceId("db".into()),
        table: table.into(),
        time: Some("at".into()),
        range,
        columns: columns.iter().map(ToString::to_string).collect(),
        matchers: vec![],
        limit,
    }
}

fn sum(values: impl IntoIterator<Item = f64>) -> f64 {
    values.into_iter().filter(|v| v.is_finite()).sum()
}

#[track_caller]
fn close(a: f64, b: f64) {
    assert!((a - b).abs() <= 1e-9 * b.abs().max(1.0), "{a} {b}");
}

#[test]
fn groups_are_those_of_the_rows() {
    for backend in CLICKHOUSE {
        let query = groups("orders", vec![key("region", None)], Some("user_id"), vec![moments("amount")]);
        let grouped = table(backend, &Query::Groups(query.clone()));
        let range = TimeRange::new(query.range.from_ms, query.range.to_ms - 1);
        let all = table(backend, &Query::Rows(rows("orders", &["at", "region", "user_id", "amount"], range, 100_000)));
        assert!(grouped.n_rows() >= 2, "{grouped:?}");
        for row in 0..grouped.n_rows() {
            let region = grouped.text("region", row);
            let own = all.filtered(|r| all.text("region", r) == region);
            let mut by_user = std::collections::BTreeMap::<String, f64>::new();
            for r in 0..own.n_rows() {
                *by_user.entry(own.text("user_id", r).unwrap()).or_default() += own.number("amount", r);
            }
            close(grouped.number("rows", row), own.n_rows() as f64);
            close(grouped.number("units", row), by_user.len() as f64);
            close(grouped.number("value", row), sum(own.numbers("amount").unwrap()));
            close(grouped.number("value.squares", row), sum(by_user.values().map(|v| v * v)));
        }
    }
}

#[test]
fn both_engines_agree_on_buckets_and_hostile_filters() {
    for bucket in [Bucket::Day, Bucket::Week, Bucket::Month] {
        let mut query =
            groups("orders", vec![key("at", Some(bucket)), key("kind", None)], None, vec![moments("amount")]);
        query.matchers = vec![Matcher::none_of("country", ["DE", "it's \\ a \"test\"\n;--", "{p0:String}"])];
        let [old, new] = CLICKHOUSE.map(|backend| table(backend, &Query::Groups(query.clone())));
        assert_eq!(old, new);
        let starts = new.numbers("at").unwrap();
        assert!(starts.iter().all(|t| bucket.start_ms(*t as i64) as f64 == *t), "{starts:?}");
    }
}

#[test]
fn integers_of_64_bits_stay_exact() {
    for backend in CLICKHOUSE {
        let found = table(backend, &Query::Rows(rows("orders", &["order_id"], TimeRange::new(NOW - 3 * DAY, NOW), 5)));
        let Values::Integer(ids) = &found.column("order_id").unwrap().values else { panic!("{found:?}") };
        assert!(ids.iter().all(|id| id.is_some_and(|id| id > 1 << 53)), "{ids:?}");
    }
}

#[test]
fn a_limit_is_a_warning_and_the_newest_rows_stay() {
    for backend in ["clickhouse/v18", "clickhouse/v26", "datasette/v0"] {
        let name = if backend.starts_with("data") { "business.feedback" } else { "orders" };
        let query = Query::Rows(rows(name, &["at", "region"], TimeRange::new(NOW - 60 * DAY, NOW), 10));
        let frame = ask(backend, &query).unwrap();
        let times = frame.table().unwrap().numbers("at").unwrap();
        assert_eq!(times.len(), 10);
        assert!(times.is_sorted(), "{times:?}");
        assert_eq!(frame.warnings.len(), 1, "{backend}: {:?}", frame.warnings);
    }
}

#[test]
fn datasette_groups_what_its_rows_hold() {
    let backend = "datasette/v0";
    let query = groups("business.feedback", vec![key("version", None)], None, vec![moments("rating")]);
    let grouped = table(backend, &Query::Groups(query.clone()));
    let range = TimeRange::new(query.range.from_ms, query.range.to_ms - 1);
    let all = table(backend, &Query::Rows(rows("business.feedback", &["at", "version", "rating"], range, 5_000)));
    assert!(grouped.n_rows() >= 2);
    for row in 0..grouped.n_rows() {
        let own = all.filtered(|r| all.text("version", r) == grouped.text("version", row));
        close(grouped.number("rows", row), own.n_rows() as f64);
        close(grouped.number("value", row), sum(own.numbers("rating").unwrap()));
        close(grouped.number("value.squares", row), sum(own.numbers("rating").unwrap().iter().map(|v| v * v)));
    }
    let by_month = groups("business.costs", vec![key("at", Some(Bucket::Month))], None, vec![moments("amount")]);
    let starts = table(backend, &Query::Groups(by_month)).numbers("at").unwrap();
    assert!(starts.iter().all(|t| Bucket::Month.start_ms(*t as i64) as f64 == *t), "{starts:?}");
}

#[test]
fn what_a_server_lacks_is_said() {
    for (backend, name) in
        [("clickhouse/v18", "nothing"), ("clickhouse/v26", "nothing"), ("datasette/v0", "business.nothing")]
    {
        let failure = ask(backend, &Query::Groups(groups(name, vec![], None, vec![]))).unwrap_err();
        assert_eq!(failure.cause, Cause::NotFound, "{backend}: {failure:?}");
        assert!(failure.text.contains(name), "{failure:?}");
    }
    for (backend, name) in [("clickhouse/v26", "orders"), ("datasette/v0", "business.costs")] {
        let query = groups(name, vec![key("colour", None)], None, vec![]);
        let failure = ask(backend, &Query::Groups(query)).unwrap_err();
        assert!(failure.text.contains("\"colour\""), "{failure:?}");
        assert!(failure.hint.unwrap().contains("amount"));
    }
    let mut query = groups("business.costs", vec![], None, vec![]);
    query.matchers = vec![Matcher { label: "category".into(), op: MatchOp::Regex, values: vec!["c.*".into()] }];
    assert_eq!(ask("datasette/v0", &Query::Groups(query)).unwrap_err().cause, Cause::Unsupported);
}
