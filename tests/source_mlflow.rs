//! The MLflow source on answers recorded from real servers, 3.17 and 2.22.
//!
//! Recorded again with `tests/recorded/mlflow/record.sh`, which sets `RECORD_MLFLOW_3` and `RECORD_MLFLOW_2` to the addresses of freshly
//! filled servers: the same tests then ask those and keep every answer.
// Helpers of tests fail by panicking, as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::needless_pass_by_value)] // queries are written where they are asked

#[path = "recorded/mod.rs"]
mod recorded;

use proptest::prelude::*;
use recorded::{Backend, exchange_bodies, run};
use sightline::frame::{Frame, Table};
use sightline::query::*;
use sightline::source::mlflow::{Mlflow, Pages};
use sightline::source::{Cause, Failure, Response, Source};

const VERSIONS: [&str; 2] = ["mlflow/v3", "mlflow/v2"];
const FIRST_HOUR: i64 = 1_795_305_600_000;
const HOUR: i64 = 3_600_000;

/// Small pages, so that every kind of answer has several.
fn small() -> Mlflow {
    Mlflow::with_pages(Pages {
        experiments: 2,
        runs: 4,
        versions: 2,
        traces: 2,
        points: 300,
        sampled_steps: 50,
        tables: 2,
    })
}

fn id() -> SourceId {
    SourceId("mlflow".into())
}

fn ask(version: &str, query: Query) -> Result<Frame, Failure> {
    run(&small(), &Backend::of(version), &query)
}

#[track_caller]
fn answer(version: &str, query: Query) -> Frame {
    ask(version, query).unwrap_or_else(|f| panic!("{version}: {f:?}"))
}

#[track_caller]
fn table(frame: &Frame) -> &Table {
    frame.table().expect("a table")
}

fn runs(experiments: &[&str], limit: u32) -> Query {
    Query::Runs(RunsQuery { source: id(), experiments: experiments.iter().map(ToString::to_string).collect(), limit })
}

fn history(runs: Vec<String>, key: &str, full: bool) -> Query {
    Query::History(HistoryQuery { source: id(), runs, key: key.into(), full })
}

fn artifact(run_id: String, path: &str, shape: ArtifactShape) -> Query {
    Query::Artifact(ArtifactQuery { source: id(), run_id, path: path.into(), shape })
}

fn rows(table: &str, range: TimeRange, matchers: Vec<Matcher>, limit: u32) -> Query {
    Query::Rows(RowsQuery {
        source: id(),
        table: table.into(),
        time: Some("time".into()),
        range,
        columns: vec![],
        matchers,
        limit,
    })
}

fn texts(table: &Table, column: &str) -> Vec<String> {
    (0..table.n_rows()).map(|row| table.text(column, row).unwrap_or_default()).collect()
}

fn warnings(frame: &Frame) -> Vec<String> {
    frame.warnings.iter().map(|w| format!("{} {}", w.count, w.text)).collect()
}

/// The run with the artifacts: the first of the sweep, so the last of the newest first.
fn best_run(version: &str) -> String {
    let frame = answer(version, runs(&["breast-cancer-sgd"], 100));
    let table = table(&frame);
    table.text("run_id", table.n_rows() - 1).unwrap()
}

fn run_named(version: &str, experiment: &str, name: &str) -> String {
    let frame = answer(version, runs(&[experiment], 100));
    let table = table(&frame);
    let row = texts(table, "name").iter().position(|n| n == name).unwrap();
    table.text("run_id", row).unwrap()
}

const ODD: &str = "diabetes \"o'brien\" / 100%";

#[test]
fn runs_come_page_by_page_newest_first() {
    for version in VERSIONS {
        let frame = answer(version, runs(&["breast-cancer-sgd"], 100));
        let table = table(&frame);
        assert_eq!(table.n_rows(), 6, "{version}");
        let starts = table.numbers("start").unwrap();
        assert!(starts.windows(2).all(|w| w[0] >= w[1]));
        assert!(texts(table, "experiment").iter().all(|e| e == "breast-cancer-sgd"));
        assert!(table.numbers("metrics.test_accuracy").unwrap().iter().all(|a| (0.5..=1.0).contains(a)));
        assert_eq!(table.text("params.quoted", 0).as_deref(), Some("a \"b\" <i>\\"));
        assert_eq!(table.text("tags.dataset", 0).as_deref(), Some("breast-cancer"));
        assert!(frame.warnings.is_empty());
    }
}

#[test]
fn the_limit_of_runs_is_kept_and_told() {
    for version in VERSIONS {
        let frame = answer(version, runs(&["breast-cancer-sgd"], 5));
        assert_eq!(table(&frame).n_rows(), 5);
        assert_eq!(warnings(&frame), ["1 older runs were left out beyond the limit of 5"]);
    }
}

#[test]
fn odd_runs_keep_their_odd_values() {
    for version in VERSIONS {
        let frame = answer(version, runs(&[ODD, "nowhere"], 100));
        let table = table(&frame);
        assert_eq!(texts(table, "status"), ["RUNNING", "FAILED", "FINISHED"]);
        assert!(table.number("end", 0).is_nan());
        assert!(table.number("metrics.last_nan", 2).is_nan());
        assert!(table.number("metrics.last_nan", 0).is_nan());
        assert_eq!(table.number("metrics.train_loss", 2), 1.6e188);
        assert_eq!(texts(table, "experiment")[0], ODD);
        assert_eq!(warnings(&frame), ["1 there is no experiment \"nowhere\""]);
    }
}

#[test]
fn a_full_history_has_every_step_and_the_spike() {
    for version in VERSIONS {
        let ids = vec![run_named(version, "long-history", "spike"), run_named(version, "long-history", "smooth")];
        let frame = answer(version, history(ids.clone(), "val_loss", true));
        assert_eq!(frame.series().len(), 2);
        assert!(frame.sampled.is_none());
        for series in frame.series() {
            assert_eq!(series.x.len(), 1000);
            assert!(series.x.windows(2).all(|w| w[0] < w[1]));
            assert_eq!(series.times.as_ref().unwrap().len(), 1000);
            let highest = series.y.iter().copied().fold(0.0, f64::max);
            let is_spike = series.labels.get("run_id") == Some(ids[0].as_str());
            assert_eq!(highest, if is_spike { 25.0 } else { 2.1 });
        }
    }
}

#[test]
fn the_servers_sampling_is_marked() {
    for version in VERSIONS {
        let ids = vec![run_named(version, "long-history", "spike"), run_named(version, "long-history", "smooth")];
        let frame = answer(version, history(ids, "val_loss", false));
        assert_eq!(frame.series().len(), 2);
        assert!(frame.sampled.as_ref().unwrap().how.ends_with("of the steps 0 to 999"), "{:?}", frame.sampled);
        assert!(frame.series().iter().all(|s| (50..60).contains(&s.x.len())));
        let short = answer(version, history(vec![best_run(version)], "val_loss", false));
        assert_eq!((short.series()[0].x.len(), short.sampled), (12, None));
    }
}

#[test]
fn odd_histories_keep_their_odd_values() {
    for version in VERSIONS {
        let diverging = run_named(version, ODD, "sgd-diverges");
        for full in [false, true] {
            let frame = answer(version, history(vec![diverging.clone()], "train_loss", full));
            assert_eq!(format!("{:?}", frame.series()[0].y), "[NaN, 1.0, NaN, -inf, inf, 1.6e188]");
            let frame = answer(version, history(vec![diverging.clone()], "relogged", full));
            assert_eq!(&frame.series()[0].y[..], [2.5, 1.0]);
            assert_eq!(warnings(&frame), ["2 values were logged again for the same step; the last one is shown"]);
            let frame = answer(version, history(vec![diverging.clone()], "nothing", full));
            assert!(frame.is_empty());
        }
        let frame = answer(version, history(vec!["0".repeat(32)], "train_loss", true));
        assert!(frame.is_empty());
    }
}

#[test]
fn versions_carry_aliases_and_tags_of_both_kinds() {
    for version in VERSIONS {
        for models in [vec![], vec!["breast-cancer".to_owned(), "digits".to_owned()]] {
            let frame = answer(version, Query::Versions(VersionsQuery { source: id(), models }));
            let table = table(&frame);
            assert_eq!(texts(table, "version"), ["1", "2", "3", "1", "2", "3"]);
            assert_eq!(texts(table, "aliases"), ["", "best,champion", "challenger", "", "best,champion", "challenger"]);
            assert_eq!(texts(table, "model")[3], "digits");
            assert_eq!(table.text("tags.val_score", 1).as_deref(), Some("0.92"));
            assert_eq!(table.text("model_tags.owner", 5).as_deref(), Some("lab"));
            assert_eq!(table.text("description", 2).as_deref(), Some("rank 1 of the sweep"));
            assert!(table.numbers("created").unwrap().iter().all(|t| *t > 1.7e12));
            assert!(texts(table, "run_id").contains(&best_run(version)));
        }
        let none = Query::Versions(VersionsQuery { source: id(), models: vec!["no'ne".into()] });
        let frame = answer(version, none);
        assert_eq!((table(&frame).n_rows(), warnings(&frame).len()), (0, 1));
    }
}

#[test]
fn label_values_come_from_the_registry() {
    for version in VERSIONS {
        let values = |label: &str| {
            let range = TimeRange::new(0, 1);
            ask(version, Query::LabelValues(LabelValuesQuery { source: id(), label: label.into(), range }))
        };
        assert_eq!(texts(table(&values("model").unwrap()), "value"), ["breast-cancer", "digits"]);
        assert_eq!(texts(table(&values("version").unwrap()), "value"), ["1", "2", "3"]);
        assert_eq!(values("region").unwrap_err().cause, Cause::Unsupported);
    }
}

#[test]
fn artifacts_become_tables() {
    for version in VERSIONS {
        let run_id = best_run(version);
        let read = |path: &str, shape| answer(version, artifact(run_id.clone(), path, shape));
        let confusion = read("eval/confusion_matrix.json", ArtifactShape::Confusion);
        assert_eq!(table(&confusion).numbers("count").unwrap().iter().sum::<f64>(), 171.0);
        let roc = read("eval/roc_curve.json", ArtifactShape::Roc);
        assert!(table(&roc).number("auc", 0) > 0.9);
        assert_eq!(table(&roc).number("fpr", 0), 0.0);
        let infinite = read("eval/roc_curve_infinite.json", ArtifactShape::Roc);
        assert_eq!(table(&infinite).number("threshold", 0), f64::INFINITY);
        let curve = read("eval/pr_curve.json", ArtifactShape::PrecisionRecall);
        assert!(table(&curve).number("threshold", table(&curve).n_rows() - 1).is_nan());
        let calibration = read("eval/calibration.json", ArtifactShape::Calibration);
        assert_eq!(table(&calibration).numbers("count").unwrap().iter().sum::<f64>(), 171.0);
        let importance = read("eval/feature_importance.json", ArtifactShape::Importance);
        assert_eq!(texts(table(&importance), "feature").len(), 5);
        let contributions = read("eval/contributions.json", ArtifactShape::Contributions);
        assert_eq!(table(&contributions).n_rows(), 15);
        let predictions = read("eval/predictions.json", ArtifactShape::Rows);
        assert_eq!(table(&predictions).text("id", 9).as_deref(), Some("bc-0009"));
        let broken = read("eval/broken_matrix.json", ArtifactShape::Confusion);
        assert_eq!(warnings(&broken), ["2 rows of the matrix did not fit its labels"]);
    }
}

#[test]
fn artifacts_that_are_missing_or_no_json_say_so() {
    for version in VERSIONS {
        let run_id = best_run(version);
        let missing = ask(version, artifact(run_id.clone(), "eval/nope.json", ArtifactShape::Roc)).unwrap_err();
        assert_eq!(
            (missing.cause, missing.text.as_str()),
            (Cause::NotFound, "the run has no artifact \"eval/nope.json\"")
        );
        let text = ask(version, artifact(run_id, "eval/not_json.json", ArtifactShape::Roc)).unwrap_err();
        assert_eq!(text.cause, Cause::Malformed);
        let no_run = ask(version, artifact("0".repeat(32), "eval/roc_curve.json", ArtifactShape::Roc)).unwrap_err();
        assert!(no_run.text.contains("not found"), "{no_run:?}");
    }
}

#[test]
fn rows_of_the_hours_in_range_are_read() {
    for version in VERSIONS {
        let name = "breast-cancer-predictions";
        let all = answer(version, rows(name, TimeRange::new(FIRST_HOUR, FIRST_HOUR + 48 * HOUR), vec![], 1000));
        let read = table(&all);
        assert_eq!(read.n_rows(), 36);
        assert!(read.numbers("time").unwrap().windows(2).all(|w| w[0] <= w[1]));
        assert_eq!(warnings(&all), ["1 rows had the wrong number of cells", "1 rows had no readable time"]);
        assert!(read.numbers("score").unwrap().iter().filter(|s| s.is_nan()).count() == 1);
        let part = TimeRange::new(FIRST_HOUR + HOUR, FIRST_HOUR + 2 * HOUR - 1);
        let eu = answer(version, rows(name, part, vec![Matcher::any_of("region", ["eu-west"])], 1000));
        assert_eq!(texts(table(&eu), "id"), ["req-00006", "req-00009"]);
        let newest = answer(version, rows(name, TimeRange::new(FIRST_HOUR, FIRST_HOUR + 3 * HOUR), vec![], 4));
        assert_eq!(texts(table(&newest), "id")[3], "req-00017");
        assert_eq!(table(&newest).n_rows(), 4);
        assert_eq!(newest.warnings.len(), 2, "{:?}", newest.warnings);
        let single = answer(version, rows("one-table", TimeRange::new(FIRST_HOUR, FIRST_HOUR + 2_500), vec![], 10));
        assert_eq!(texts(table(&single), "id"), ["0", "1", "2"]);
        let none = ask(version, rows("nowhere", TimeRange::new(0, 1), vec![], 10)).unwrap_err();
        assert_eq!(none.cause, Cause::NotFound);
    }
}

#[test]
fn traces_of_both_versions_are_read() {
    for version in VERSIONS {
        let query = |only_errors, limit| {
            let range = TimeRange::new(1_700_000_000_000, 1_999_000_000_000);
            let experiments = vec!["breast-cancer-sgd".to_owned()];
            Query::Traces(TracesQuery { source: id(), experiments, range, only_errors, limit })
        };
        let all = answer(version, query(false, 10));
        assert_eq!(table(&all).n_rows(), 4, "{version}");
        assert!(table(&all).numbers("time").unwrap().windows(2).all(|w| w[0] >= w[1]));
        assert_eq!(texts(table(&all), "name")[0], "predict");
        assert_eq!(texts(table(&all), "request")[0], "{\"i\": 3}");
        assert!(table(&all).numbers("duration_ms").unwrap().iter().all(|d| *d >= 0.0));
        let errors = answer(version, query(true, 10));
        assert_eq!(texts(table(&errors), "status"), ["ERROR"]);
        assert_eq!(texts(table(&errors), "error"), ["ValueError: bad input"]);
        let few = answer(version, query(false, 3));
        assert_eq!((table(&few).n_rows(), warnings(&few).len()), (3, 1));
    }
}

#[test]
fn what_mlflow_does_not_hold_is_refused() {
    for version in VERSIONS {
        let failure = ask(version, Query::Alerts(AlertsQuery { source: id() })).unwrap_err();
        assert_eq!(failure.cause, Cause::Unsupported);
    }
}

#[test]
fn the_probe_is_answered() {
    for version in VERSIONS {
        let response = Backend::of(version).send(&small().probe());
        assert!(response.is_ok(), "{version}");
    }
}

#[test]
fn a_refused_question_keeps_the_servers_words() {
    for version in VERSIONS {
        let too_many = Mlflow::with_pages(Pages { sampled_steps: 9_999, ..Pages::default() });
        let failure =
            run(&too_many, &Backend::of(version), &history(vec![best_run(version)], "val_loss", false)).unwrap_err();
        assert_eq!(failure.cause, Cause::Rejected);
        assert!(failure.text.contains("max_results must be between 1 and 2500"), "{failure}");
    }
}

/// Every query, for feeding its exchange with spoiled answers.
fn every_query() -> Vec<Query> {
    let range = TimeRange::new(FIRST_HOUR, FIRST_HOUR + 48 * HOUR);
    vec![
        runs(&["breast-cancer-sgd"], 100),
        history(vec!["a".into()], "val_loss", true),
        history(vec!["a".into()], "val_loss", false),
        Query::Versions(VersionsQuery { source: id(), models: vec![] }),
        artifact("a".into(), "eval/roc_curve.json", ArtifactShape::Confusion),
        artifact("a".into(), "eval/roc_curve.json", ArtifactShape::Contributions),
        artifact("a".into(), "eval/roc_curve.json", ArtifactShape::Rows),
        rows("breast-cancer-predictions", range, vec![], 100),
        Query::Traces(TracesQuery { source: id(), experiments: vec![], range, only_errors: false, limit: 10 }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Cut, overwritten and foreign answers end in a frame or a failure.
    #[test]
    fn spoiled_answers_never_panic(
        which in 0_usize..9, pick in any::<usize>(), cut in any::<usize>(), at in any::<usize>(), byte in any::<u8>(), status in prop_oneof![Just(200_u16), Just(404), Just(500)],
    ) {
        let bodies = exchange_bodies("mlflow");
        let queries = every_query();
        let mut exchange = small().open(&queries[which % queries.len()]).unwrap();
        for round in 0..12_usize {
            let requests = exchange.next_requests();
            if requests.is_empty() {
                break;
            }
            for request in requests {
                let mut body = bodies[(pick.wrapping_add(round * 7)) % bodies.len()].clone();
                if round == 3 {
                    body.truncate(cut % (body.len() + 1));
                }
                if round > 0 && !body.is_empty() {
                    let at = at % body.len();
                    body[at] = byte;
                }
                let _ = exchange.receive(request.tag, Response { status, body });
            }
        }
        let _ = exchange.finish();
    }
}
