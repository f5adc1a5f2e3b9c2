//! No masked value is left in any frame, whatever the question, the table and the list.

use proptest::prelude::*;

use super::*;
use crate::frame::XKind;
use crate::query::{
    AlertsQuery, ArtifactQuery, ArtifactShape, Fold, GroupKey, GroupMeasure, GroupsQuery, LabelValuesQuery, Measure,
    RowsQuery, RunsQuery, Selector, SeriesQuery, SourceId, TimeRange, TracesQuery, VersionsQuery,
};
use crate::units::Unit;

fn workspace() -> Workspace {
    let document = r#"{
        "sources": [{ "id": "db", "kind": "clickhouse", "url": "http://db" }],
        "dimensions": [{ "id": "region", "labels": { "db": "area" } }, { "id": "version" }],
        "metrics": [{ "id": "orders", "query": { "type": "table", "source": "db", "table": "orders", "time": "at",
            "value": "amount", "unit": "user_id" } }]
    }"#;
    serde_json::from_str(document).unwrap()
}

fn guard(list: FieldList) -> FieldGuard {
    FieldGuard::new(SessionKey::new([3; 32]), Some(list))
}

fn list(json: &str) -> FieldList {
    serde_json::from_str(json).unwrap()
}

fn source() -> SourceId {
    SourceId("db".into())
}

const RANGE: TimeRange = TimeRange { from_ms: 0, to_ms: 1 };

fn rows(table: &str, time: Option<&str>) -> Query {
    Query::Rows(RowsQuery {
        source: source(),
        table: table.into(),
        time: time.map(str::to_owned),
        range: RANGE,
        columns: Vec::new(),
        matchers: Vec::new(),
        limit: 9,
    })
}

fn groups() -> Query {
    let key = |name: &str, column: &str| GroupKey { name: name.into(), column: column.into(), bucket: None };
    let measure = |name: &str, fold| GroupMeasure { name: name.into(), fold };
    Query::Groups(GroupsQuery {
        source: source(),
        table: "orders".into(),
        time: Some("at".into()),
        may_lack_time: false,
        range: RANGE,
        unit: Some("user_id".into()),
        keys: vec![key("region", "area"), key("who", "email")],
        measures: vec![
            measure("total", Fold::Moments("amount".into())),
            measure("pay", Fold::Moments("salary".into())),
            measure("most", Fold::Max("salary".into())),
            measure("answered", Fold::Present("comment".into())),
        ],
        matchers: Vec::new(),
        limit: 9,
    })
}

fn artifact(shape: ArtifactShape) -> Query {
    Query::Artifact(ArtifactQuery { source: source(), run_id: "r".into(), path: "p".into(), shape })
}

/// Every question that is answered by a table of fields, with the columns that it needs and those that it does not.
fn questions() -> Vec<(Query, &'static [&'static str], &'static [&'static str])> {
    let traces = TracesQuery { source: source(), experiments: Vec::new(), range: RANGE, only_errors: false, limit: 9 };
    vec![
        (
            rows("orders", Some("at")),
            &["at", "amount", "area", "version"],
            &["user_id", "email", "comment", "score", "time"],
        ),
        (
            rows("predictions", Some("time")),
            &["time", "label", "prediction", "score", "area"],
            &["id", "row", "age", "amount"],
        ),
        (
            groups(),
            &["region", "rows", "units", "total", "total.squares", "answered"],
            &["who", "pay", "pay.squares", "most", "stray"],
        ),
        (
            Query::Runs(RunsQuery { source: source(), experiments: Vec::new(), limit: 9 }),
            &["run_id", "experiment", "status", "start", "end", "metrics.auc", "tags.area"],
            &["name", "params.lr", "params.version", "tags.mlflow.user", "tags.region"],
        ),
        (
            Query::Versions(VersionsQuery { source: source(), models: Vec::new() }),
            &["model", "version", "run_id", "aliases", "stage", "status", "created", "updated", "model_tags.area"],
            &["description", "tags.owner", "model_tags.team"],
        ),
        (artifact(ArtifactShape::Rows), &["time", "label", "score", "area"], &["id", "age", "amount"]),
        (artifact(ArtifactShape::Contributions), &["feature", "base_value"], &["id", "contribution", "value"]),
        (
            Query::Traces(traces),
            &["trace_id", "status", "name", "time", "duration_ms", "tags.version"],
            &["request", "response", "error", "tags.user"],
        ),
        (Query::Alerts(AlertsQuery { source: source() }), &["name", "state", "since"], &["summary"]),
        (
            Query::LabelValues(LabelValuesQuery { source: source(), label: "email".into(), range: RANGE }),
            &[],
            &["value"],
        ),
    ]
}

/// Values that nothing else can contain by chance; dates that begin no year.
fn cells(n: usize) -> impl Strategy<Value = Values> {
    let whole = 100_000_000_i64..999_999_999;
    let at = 1_000_000_000_001_i64..1_699_999_999_999;
    prop_oneof![
        prop::collection::vec(prop::option::weighted(0.9, "zq[a-z]{5,12}"), n).prop_map(Values::text),
        prop::collection::vec(prop::option::weighted(0.9, DATES), n).prop_map(Values::text),
        prop::collection::vec(prop::option::weighted(0.9, whole.clone()), n).prop_map(|v| Values::Integer(v.into())),
        prop::collection::vec(whole.clone(), n).prop_map(|v| Values::numbers(v.into_iter().map(|i| i as f64))),
        prop::collection::vec(whole, n).prop_map(|v| Values::numbers(v.into_iter().map(|i| i as f64 + 0.5))),
        prop::collection::vec(at, n).prop_map(|v| Values::Time(v.into_iter().map(|i| i as f64).collect())),
    ]
}

/// Dates with a time, so that no two are equal by chance.
const DATES: &str = "(19|20)[0-9]{2}-(0[2-9]|1[0-2])-(0[2-9]|1[0-9]|2[0-8]) [01][0-9]:[0-5][0-9]:[0-5][0-9]";

/// A list that allows and masks some of the names.
fn lists(names: Vec<&'static str>) -> impl Strategy<Value = FieldList> {
    let masks = prop_oneof![Just(Mask::Hmac), Just(Mask::LastFour), Just(Mask::Year)];
    let some = prop::sample::subsequence(names.clone(), 0..=names.len().min(2));
    (some, prop::collection::btree_map(prop::sample::select(names), masks, 0..3)).prop_map(|(allow, masks)| FieldList {
        allow: allow.into_iter().map(str::to_owned).collect(),
        masks: masks.into_iter().map(|(name, mask)| (name.to_owned(), mask)).collect(),
    })
}

/// The field that a column of an answer is of.
fn field_of(query: &Query, column: &'static str) -> &'static str {
    match (query, column) {
        (Query::Groups(_), "who") | (Query::LabelValues(_), _) => "email",
        (Query::Groups(_), "pay" | "pay.squares" | "most") => "salary",
        _ => column,
    }
}

type Case = (Query, Vec<&'static str>, Vec<&'static str>, Vec<Values>, FieldList);

fn cases() -> impl Strategy<Value = Case> {
    (0..questions().len(), 1..6_usize).prop_flat_map(|(at, n)| {
        let (query, needed, fields) = questions().remove(at);
        let names: Vec<&str> = fields.iter().map(|column| field_of(&query, column)).collect();
        let columns: Vec<_> = needed.iter().chain(fields).map(|_| cells(n)).collect();
        (Just(query), Just(needed.to_vec()), Just(fields.to_vec()), columns, lists(names))
    })
}

/// Every way in which a cell is written in a frame or on the page.
fn written(values: &Values) -> Vec<String> {
    (0..values.len()).filter_map(|row| values.text_at(row)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn no_masked_value_is_left_and_what_is_needed_or_allowed_is_untouched(
        (query, needed, fields, values, list) in cases()
    ) {
        let columns: Vec<Column> =
            needed.iter().chain(&fields).zip(&values).map(|(name, cells)| Column::new(*name, cells.clone())).collect();
        let before = Table::new(columns).unwrap();
        let after = guard(list.clone()).masked(&workspace(), &query, Frame::from_table(before.clone())).unwrap();
        let text = format!("{after:?}");
        let table = after.table().unwrap();
        prop_assert_eq!(table.n_rows(), before.n_rows());
        for (name, cells) in needed.iter().chain(&fields).zip(&values) {
            let is_of_feature = matches!(&query, Query::Artifact(a) if a.shape == ArtifactShape::Contributions)
                && matches!(*name, "contribution" | "value");
            let is_shown = needed.contains(name) || !is_of_feature && list.mask_of(field_of(&query, name)).is_none();
            if is_shown {
                // Debug: a missing number is not equal to itself.
                prop_assert_eq!(format!("{:?}", table.column(name).unwrap().values), format!("{cells:?}"));
            } else {
                for raw in written(cells) {
                    // A date's year and the end of a number may stay, the whole never.
                    prop_assert!(!text.contains(&raw), "{} of {} is in {}", raw, name, text);
                }
                prop_assert!(after.warnings.iter().any(|w| w.text.starts_with("fields masked for this role: ")));
            }
        }
    }

    #[test]
    fn no_masked_label_is_left_and_series_stay_apart(
        values in prop::collection::btree_set("zq[a-z]{3,9}", 1..9), is_alert in any::<bool>()
    ) {
        let list = list(r#"{"allow": ["job"], "masks": {"user": "lastFour"}}"#);
        let labels = |value: &String| {
            Labels::new().with("user", value).with("area", "eu").with("job", "api").with("empty", "").with("pod", value)
        };
        let all: Vec<Labels> = values.iter().map(labels).collect();
        let (query, frame) = if is_alert {
            let cells = Values::text(all.iter().map(|l| Some(l.to_string())));
            (Query::Alerts(AlertsQuery { source: source() }),
                Frame::from_table(Table::new(vec![Column::new("labels", cells)]).unwrap()))
        } else {
            let series = |l: &Labels| Series::new(l.clone(), Unit::default(), XKind::Time, vec![1.0], vec![2.0]);
            (series_query(Measure::Gauge), Frame::from_series(all.iter().map(series).collect()))
        };
        let masked = guard(list).masked(&workspace(), &query, frame).unwrap();
        let text = format!("{masked:?}");
        for value in &values {
            prop_assert!(!text.contains(value.as_str()));
        }
        let after: Vec<Labels> = match masked.table() {
            Some(table) => (0..table.n_rows()).map(|row| Labels::parse(&table.text("labels", row).unwrap())).collect(),
            None => masked.series().iter().map(|s| s.labels.clone()).collect(),
        };
        let apart: BTreeSet<&Labels> = after.iter().collect();
        prop_assert_eq!(apart.len(), values.len());
        for labels in after {
            prop_assert_eq!([labels.get("area"), labels.get("job"), labels.get("empty")], [Some("eu"), Some("api"), Some("")]);
            prop_assert_eq!(labels.get("user"), labels.get("pod"));
        }
    }
}

fn series_query(measure: Measure) -> Query {
    Query::Series(SeriesQuery {
        source: source(),
        selector: Selector::Named { name: "m".into(), matchers: Vec::new() },
        matchers: Vec::new(),
        measure,
        aggregate: crate::query::Aggregate::Sum,
        by: None,
        range: RANGE,
        step_ms: 1,
    })
}

fn text(name: &str, cells: &[&str]) -> Column {
    Column::new(name, Values::text(cells.iter().map(Some)))
}

#[track_caller]
fn check(query: &Query, json: &str, columns: Vec<Column>) -> Frame {
    guard(list(json)).masked(&workspace(), query, Frame::from_table(Table::new(columns).unwrap())).unwrap()
}

#[test]
fn masks_keep_what_they_say() {
    let columns = vec![
        text("card", &["4111111111111234", "short"]),
        text("born", &["1987-03-04", "then"]),
        Column::new("signed", Values::Time([1_709_211_600_000.0, f64::NAN].into())),
        text("user_id", &["ann", "ann"]),
        Column::new("account", Values::Integer([Some(9_007_199_254_740_993), None].into())),
    ];
    let masks = r#"{"masks": {"card": "lastFour", "born": "year", "signed": "year"}}"#;
    let frame = check(&rows("orders", None), masks, columns);
    let table = frame.table().unwrap();
    assert_eq!([table.text("card", 0), table.text("card", 1)], [Some("...1234".into()), Some("...".into())]);
    assert_eq!([table.text("born", 0), table.text("born", 1)], [Some("1987".into()), None]);
    assert_eq!(table.number("signed", 0), 1_704_067_200_000.0);
    assert!(table.number("signed", 1).is_nan());
    assert_eq!(table.text("user_id", 0), table.text("user_id", 1));
    assert!(table.text("user_id", 0).unwrap().starts_with("masked-"));
    assert!(table.text("account", 0).unwrap().starts_with("masked-") && table.text("account", 1).is_none());
    assert_eq!(
        frame.warnings.first().map(|w| w.text.as_str()),
        Some("fields masked for this role: account, born, card, signed, user_id")
    );
}

#[test]
fn equal_values_are_equal_in_every_field_and_kind_of_cell() {
    let columns = vec![
        text("a", &["12"]),
        Column::new("b", Values::Integer([Some(12)].into())),
        Column::new("c", Values::numbers([12.0])),
    ];
    let frame = check(&rows("orders", None), "{}", columns);
    let cell = |name| frame.table().unwrap().text(name, 0).unwrap();
    assert_eq!([cell("a"), cell("b")], [cell("c"), cell("c")]);
}

#[test]
fn what_a_hidden_feature_contributed_is_hidden_with_it() {
    let columns = vec![
        text("id", &["a", "a"]),
        text("feature", &["age", "amount"]),
        Column::new("contribution", Values::numbers([0.25, 0.5])),
        Column::new("value", Values::numbers([41.0, 7.0])),
    ];
    let frame = check(&artifact(ArtifactShape::Contributions), r#"{"allow": ["id", "amount"]}"#, columns);
    let table = frame.table().unwrap();
    assert!(table.number("value", 0).is_nan() && table.number("contribution", 0).is_nan());
    assert_eq!([table.number("contribution", 1), table.number("value", 1)], [0.5, 7.0]);
    assert_eq!(table.text("id", 0).as_deref(), Some("a"));
}

#[test]
fn buckets_keep_their_bounds() {
    let series = Series::new(Labels::new().with("le", "0.5"), Unit::default(), XKind::Time, vec![1.0], vec![2.0]);
    let masked = |measure| {
        let frame = Frame::from_series(vec![series.clone()]);
        let frame = guard(FieldList::default()).masked(&workspace(), &series_query(measure), frame).unwrap();
        frame.series()[0].labels.get("le").map(str::to_owned)
    };
    assert_eq!(masked(Measure::Buckets).as_deref(), Some("0.5"));
    assert_ne!(masked(Measure::Gauge).as_deref(), Some("0.5"));
}

#[test]
fn the_words_of_a_source_are_withheld_and_our_own_are_kept() {
    let warnings =
        vec![Warning::gap("tables were not readable: ann@example", 2).quoting(), Warning::note("few rows", 1)];
    let frame = Frame { warnings, ..Frame::default() };
    let masked = guard(FieldList::default()).masked(&workspace(), &rows("orders", None), frame).unwrap();
    let told: Vec<(&str, bool)> = masked.warnings.iter().map(|w| (w.text.as_str(), w.is_gap)).collect();
    assert_eq!(told, [("the source warns of something; its words may hold masked fields", true), ("few rows", false)]);
}

#[test]
fn without_a_list_all_is_shown_and_without_a_key_nothing_passes_a_list() {
    let frame = Frame::from_table(Table::new(vec![text("email", &["a@b"])]).unwrap());
    let open = FieldGuard::new(None, None).masked(&workspace(), &rows("orders", None), frame.clone());
    assert_eq!(open, Ok(frame.clone()));
    let closed = FieldGuard::new(None, Some(FieldList::default())).masked(&workspace(), &rows("orders", None), frame);
    assert_eq!(closed.unwrap_err().cause, Cause::Unsupported);
}

/// The workspace with a source of files in place of its database.
fn of_files() -> Workspace {
    let mut workspace = workspace();
    workspace.sources[0].kind = crate::spec::SourceKind::Table;
    workspace
}

#[test]
fn the_first_row_of_a_file_without_a_header_is_no_name_to_show() {
    let columns = || {
        Frame::from_table(
            Table::new(vec![
                text("Ann Kowalski", &["bob"]),
                text("card", &["4111111111111234"]),
                text("area", &["eu"]),
            ])
            .unwrap(),
        )
    };
    let all = rows("people.csv", None);
    let Query::Rows(mut asked) = all.clone() else { panic!("rows") };
    asked.columns = vec!["Ann Kowalski".to_owned()];
    let masked = |json: &str, query: &Query| guard(list(json)).masked(&of_files(), query, columns()).unwrap();
    let names = |frame: &Frame| -> Vec<String> {
        frame.table().unwrap().columns().iter().map(|column| column.name.clone()).collect()
    };
    let strict = masked(r#"{"masks": {"card": "lastFour"}}"#, &all);
    assert_eq!(names(&strict), ["column 1", "card", "area"], "masked by name, and a dimension");
    assert!(strict.table().unwrap().text("column 1", 0).unwrap().starts_with("masked-"));
    let said = strict.warnings.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join("; ");
    assert!(said.contains("in a file without a header") && !said.contains("Kowalski"), "{said}");
    // Who asks for a column by its name knows it; a list that allows everything else shows names and cells.
    assert_eq!(names(&masked("{}", &Query::Rows(asked)))[0], "Ann Kowalski");
    assert_eq!(names(&masked(r#"{"allow": ["*"], "masks": {"card": "hmac"}}"#, &all))[0], "Ann Kowalski");
    // A database says its names in a schema.
    let of_database = guard(list("{}")).masked(&workspace(), &all, columns()).unwrap();
    assert_eq!(names(&of_database)[0], "Ann Kowalski");
}

#[test]
fn a_file_says_which_columns_it_has_by_the_names_that_are_known() {
    let query = Query::LabelNames(crate::query::LabelNamesQuery {
        source: source(),
        metric: "people.csv".into(),
        range: RANGE,
    });
    let frame = Frame::from_table(Table::new(vec![text("name", &["area", "Ann Kowalski", "user_id"])]).unwrap());
    let frame = guard(list("{}")).masked(&of_files(), &query, frame).unwrap();
    let table = frame.table().unwrap();
    let names: Vec<String> = (0..table.n_rows()).filter_map(|row| table.text("name", row)).collect();
    assert_eq!(names, ["area", "user_id"]);
}
