//! Files of rows: the same orders as CSV, JSON, one JSON value a line and columns, against sums computed in Python
//! (`tests/recorded/table/make_files.py`).
// Helpers of tests fail by panicking, as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::Path;

use serde_json::Value;
use sightline::frame::{Frame, Values};
use sightline::query::*;
use sightline::source::{Body, Cause, Failure, Request, Response, Source, open_source};
use sightline::spec::SourceSpec;

const DAY: i64 = 86_400_000;
/// 2026-01-01T00:00:00Z.
const START: i64 = 1_767_225_600_000;
const TEXTS: [&str; 3] = ["orders.csv", "orders.json", "orders.ndjson"];

fn file(name: &str) -> Option<Vec<u8>> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded/table").join(name)).ok()
}

fn truth() -> Value {
    serde_json::from_slice(&file("truth.json").unwrap()).unwrap()
}

fn files() -> Box<dyn Source> {
    let spec: SourceSpec = serde_json::from_str(r#"{"id":"records","kind":"table","url":"records/"}"#).unwrap();
    open_source(&spec, 0)
}

fn fetch(request: &Request) -> Response {
    assert!(request.body.is_read());
    match file(request.path.trim_start_matches('/')) {
        Some(body) => Response { status: 200, body },
        None => Response { status: 404, body: b"not found".to_vec() },
    }
}

/// Runs one query; says which requests it took.
fn ask(source: &dyn Source, query: &Query) -> (Result<Frame, Failure>, Vec<Request>) {
    let mut asked = Vec::new();
    let mut exchange = match source.open(query) {
        Ok(exchange) => exchange,
        Err(failure) => return (Err(failure), asked),
    };
    loop {
        let requests = exchange.next_requests();
        if requests.is_empty() {
            return (exchange.finish(), asked);
        }
        for request in requests {
            let received = exchange.receive(request.tag, fetch(&request));
            asked.push(request);
            if let Err(failure) = received {
                return (Err(failure), asked);
            }
        }
    }
}

#[track_caller]
fn frame(source: &dyn Source, query: &Query) -> Frame {
    ask(source, query).0.unwrap_or_else(|f| panic!("{f:?}"))
}

fn id() -> SourceId {
    SourceId("records".into())
}

fn groups(table: &str, key: Option<(&str, Option<Bucket>)>, matchers: Vec<Matcher>) -> Query {
    let key = key.map(|(column, bucket)| GroupKey { name: column.into(), column: column.into(), bucket });
    Query::Groups(GroupsQuery {
        source: id(),
        table: table.into(),
        time: Some("at".into()),
        may_lack_time: false,
        range: TimeRange::new(START, START + 10 * DAY),
        unit: Some("user_id".into()),
        keys: key.into_iter().collect(),
        measures: vec![GroupMeasure { name: "sum".into(), fold: Fold::Moments("amount".into()) }],
        matchers,
        limit: 100,
    })
}

fn rows(table: &str, columns: &[&str], limit: u32) -> Query {
    Query::Rows(RowsQuery {
        source: id(),
        table: table.into(),
        time: Some("at".into()),
        range: TimeRange::new(START, START + 10 * DAY),
        columns: columns.iter().map(ToString::to_string).collect(),
        matchers: Vec::new(),
        limit,
    })
}

#[track_caller]
fn close(ours: f64, theirs: &Value) {
    let theirs = theirs.as_f64().unwrap();
    assert!((ours - theirs).abs() <= 1e-9 * theirs.abs().max(1.0), "{ours} is not {theirs}");
}

fn said(frame: &Frame) -> Vec<String> {
    frame.warnings.iter().map(|w| format!("{} {}", w.count, w.text)).collect()
}

#[test]
fn every_form_of_a_file_has_the_same_groups() {
    let truth = truth();
    for name in TEXTS {
        let frame = frame(files().as_ref(), &groups(name, Some(("region", None)), Vec::new()));
        let table = frame.table().unwrap();
        assert_eq!(table.n_rows(), 3, "{name}");
        for row in 0..3 {
            let expected = &truth["regions"][table.text("region", row).unwrap()];
            close(table.number("rows", row), &expected["rows"]);
            close(table.number("units", row), &expected["units"]);
            close(table.number("sum", row), &expected["sum"]);
            close(table.number("sum.squares", row), &expected["squares"]);
        }
    }
}

#[test]
fn every_form_of_a_file_has_the_same_days() {
    let truth = truth();
    for name in TEXTS {
        let frame = frame(files().as_ref(), &groups(name, Some(("at", Some(Bucket::Day))), Vec::new()));
        let table = frame.table().unwrap();
        let days: Vec<f64> = (0..10).map(|day| (START + day * DAY) as f64).collect();
        assert_eq!(table.numbers("at").unwrap(), days, "{name}");
        for day in 0..10 {
            close(table.number("sum", day), &truth["days"][day]);
        }
    }
}

#[test]
fn bad_rows_are_counted_with_their_places() {
    let missing = truth()["missing"].as_u64().unwrap();
    let no_amount = format!("{missing} values were missing or no numbers");
    for (name, bad) in [
        ("orders.csv", Some("2 rows had the wrong number of cells (lines ")),
        ("orders.ndjson", Some("1 lines were no JSON (line 6)")),
        ("orders.json", None),
    ] {
        let frame = frame(files().as_ref(), &groups(name, None, Vec::new()));
        let said = said(&frame);
        assert!(said.contains(&no_amount), "{name}: {said:?}");
        match bad {
            Some(bad) => assert!(said.iter().any(|s| s.starts_with(bad)), "{name}: {said:?}"),
            None => assert!(!said.iter().any(|s| s.contains("rows ")), "{name}: {said:?}"),
        }
        close(frame.table().unwrap().number("rows", 0), &truth()["rows"]);
    }
}

#[test]
fn rows_keep_their_types_and_texts() {
    for name in TEXTS {
        let frame = frame(files().as_ref(), &rows(name, &["note", "order_id", "paid"], 1_000));
        let table = frame.table().unwrap();
        assert_eq!(table.n_rows(), 240, "{name}");
        assert!(matches!(table.column("at").unwrap().values, Values::Time(_)), "{name}");
        assert_eq!(table.text("order_id", 2).as_deref(), Some("9007199254740995"), "{name}");
        assert_eq!(table.text("note", 3).as_deref(), Some("row 3, \"quoted\"\nand broken; =1+1 <b>"), "{name}");
        assert_eq!(table.text("note", 4), None, "{name}");
        close(table.numbers("paid").unwrap().iter().sum(), &truth()["paid"]);
        assert!(table.column("amount").is_none(), "{name}");
    }
}

#[test]
fn rows_are_the_newest_and_filtered() {
    let source = files();
    let frame = frame(source.as_ref(), &rows("orders.csv", &[], 2));
    let table = frame.table().unwrap();
    assert_eq!(table.numbers("at").unwrap(), [238.0, 239.0].map(|hour| START as f64 + hour * 3_600_000.0));
    assert!(said(&frame).contains(&"238 older rows were left out beyond the limit of 2".to_owned()));
    let eu = groups("orders.csv", None, vec![Matcher::any_of("region", ["eu-west"])]);
    close(self::frame(source.as_ref(), &eu).table().unwrap().number("rows", 0), &truth()["regions"]["eu-west"]["rows"]);
}

#[test]
fn a_file_is_read_once_until_it_is_refreshed() {
    let source = files();
    assert_eq!(ask(source.as_ref(), &groups("orders.csv", None, Vec::new())).1.len(), 1);
    assert_eq!(ask(source.as_ref(), &rows("orders.csv", &[], 10)).1.len(), 0);
    source.refresh();
    assert_eq!(ask(source.as_ref(), &rows("orders.csv", &[], 10)).1.len(), 1);
}

#[test]
fn pickers_have_the_columns_and_the_values_of_what_was_read() {
    let source = files();
    let range = TimeRange::new(START, START + DAY);
    let values = Query::LabelValues(LabelValuesQuery { source: id(), label: "region".into(), range });
    assert_eq!(frame(source.as_ref(), &values).table().unwrap().n_rows(), 0);
    let names = Query::LabelNames(LabelNamesQuery { source: id(), metric: "orders.csv".into(), range });
    let found = frame(source.as_ref(), &names);
    assert_eq!(found.table().unwrap().n_rows(), 7);
    assert_eq!(found.table().unwrap().text("name", 3).as_deref(), Some("region"));
    let found = frame(source.as_ref(), &values);
    let texts: Vec<String> = (0..3).filter_map(|row| found.table().unwrap().text("value", row)).collect();
    assert_eq!(texts, ["ap-south", "eu-west", "us-east"]);
}

#[test]
fn what_is_no_file_of_rows_says_why() {
    let source = files();
    let failure = |name: &str| ask(source.as_ref(), &rows(name, &[], 10)).0.unwrap_err();
    let page = failure("page.csv");
    assert_eq!((page.cause, page.text.as_str()), (Cause::Malformed, "the file \"page.csv\" is a web page"));
    assert_eq!(failure("nothing.csv").cause, Cause::NotFound);
    for path in ["../secrets.csv", "/orders.csv", "a//b.csv", "", "./x.csv", "a\\..\\b"] {
        assert_eq!(failure(path).cause, Cause::Configuration, "{path}");
    }
    let empty = frame(source.as_ref(), &groups("empty.csv", None, Vec::new()));
    assert_eq!(empty.table().unwrap().number("rows", 0), 0.0);
    assert_eq!(said(&empty).first().map(String::as_str), Some("1 the file is empty"));
    let runs = Query::Runs(RunsQuery { source: id(), experiments: Vec::new(), limit: 1 });
    assert_eq!(ask(source.as_ref(), &runs).0.unwrap_err().cause, Cause::Unsupported);
}

#[test]
fn hostile_paths_stay_below_the_address() {
    let source = files();
    let (_, asked) = ask(source.as_ref(), &rows("a b/x?token=#ü.csv", &[], 1));
    assert_eq!(asked.first().unwrap().path, "/a%20b/x%3Ftoken%3D%23%C3%BC.csv");
}

#[test]
fn columnar_files_are_asked_by_columns_and_time() {
    let source = files();
    let mut exchange = source.open(&groups("orders-snappy.parquet", None, Vec::new())).unwrap();
    let request = exchange.next_requests().remove(0);
    let Body::Columns(read) = &request.body else { panic!("{request:?}") };
    assert_eq!(read.columns.as_deref().unwrap(), ["amount", "at", "user_id"]);
    assert_eq!(read.within, Some(("at".into(), START, START + 10 * DAY)));
    assert!(request.shown.contains("2026-01-01T00:00:00Z"), "{}", request.shown);
    // As the shell answers (js/tables/columns.mjs).
    let answer = format!(
        r#"{{"names": ["at", "amount", "user_id", "note"], "columns": [
            {{"name": "at", "kind": "instant", "values": [{START}, {}, null]}},
            {{"name": "amount", "kind": "number", "values": [2.5, null, 1]}},
            {{"name": "user_id", "kind": "integer", "values": [7, 7, 8]}}]}}"#,
        START + DAY
    );
    exchange.receive(request.tag, Response { status: 200, body: answer.into_bytes() }).unwrap();
    let frame = exchange.finish().unwrap();
    let table = frame.table().unwrap();
    assert_eq!([table.number("rows", 0), table.number("units", 0), table.number("sum", 0)], [2.0, 1.0, 2.5]);
    assert_eq!(said(&frame), ["1 rows had no readable time", "1 values were missing or no numbers"]);
}

#[test]
fn a_columnar_file_without_its_ending_is_known_by_its_content() {
    let source = files();
    let mut exchange = source.open(&groups("orders", None, Vec::new())).unwrap();
    let request = exchange.next_requests().remove(0);
    assert_eq!(request.body, Body::None);
    let body = file("orders-snappy.parquet").unwrap();
    exchange.receive(request.tag, Response { status: 200, body }).unwrap();
    let again = exchange.next_requests().remove(0);
    assert_eq!(again.path, "/orders");
    assert!(matches!(again.body, Body::Columns(_)));
}
