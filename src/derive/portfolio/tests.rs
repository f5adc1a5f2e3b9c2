//! Tests of the panel on counters and runs made by hand; the intervals are Wilson's and Newcombe's as computed with scipy.

use super::freshness;
use crate::derive::fixture::{
    Bench, DAY_MS, NOW_MS, counted, label_names, predictions, rows, runs, series, text, versions,
};
use crate::derive::{Reference, ReferenceKind, Stop};
use crate::frame::{Frame, Values};
use crate::query::{ArtifactShape, Query, Selector, SeriesQuery, TimeRange};
use crate::spec::PanelKind;
use crate::view::{BlockBody, Cell, Evidence, Grid, Tone, View};

const MODELS: &str = r#"[
    { "id": "o", "title": "Other", "identity": { "mlflow": { "experiments": ["f"] } } },
    { "id": "m", "title": "Churn", "identity": { "mlflow": { "experiments": ["e"] } } }
]"#;
const METRICS: &str = r#"[
    { "id": "confusion-counts", "query": { "type": "counter", "source": "prom", "metric": "predictions_total" } },
    { "id": "requests", "query": { "type": "counter", "source": "prom", "metric": "requests_total" } },
    { "id": "errors", "query": { "type": "counter", "source": "prom", "metric": "errors_total" } },
    { "id": "latency", "unit": "s", "target": 0.25, "query": { "type": "histogram", "source": "prom", "metric": "seconds" } }
]"#;

fn bench() -> Bench {
    Bench::new(PanelKind::Portfolio, MODELS, METRICS)
}

/// What the servers counted.
#[derive(Clone, Copy)]
struct World {
    right: f64,
    wrong: f64,
    failed: f64,
    /// Requests of at most 0.25 s, of 1,000.
    fast: f64,
}

impl World {
    fn answer(self, query: &Query) -> Option<Frame> {
        match query {
            Query::LabelNames(_) => Some(label_names(&["model", "version", "actual", "predicted", "le"])),
            Query::Series(query) => Some(self.series(query)),
            Query::Versions(query) if query.models == ["m"] => Some(versions("m", &[("2", "r2", "champion")])),
            Query::Runs(query) if query.experiments == ["e"] => Some(runs(&[("r2", "train-2")])),
            Query::Artifact(query) if query.shape == ArtifactShape::Confusion => Some(rows(vec![
                ("actual", text(&["1", "0", "0"])),
                ("predicted", text(&["1", "0", "1"])),
                ("count", Values::numbers([49.0, 49.0, 2.0])),
            ])),
            _ => None,
        }
    }

    fn series(self, query: &SeriesQuery) -> Frame {
        let Selector::Named { name, .. } = &query.selector else { return Frame::default() };
        let one = |labels: &[(&str, &str)], value: f64| series(labels, &[(query.range.to_ms as f64, value)]);
        match name.as_str() {
            "predictions_total" => {
                let earlier = query.range.to_ms < NOW_MS;
                let (right, wrong) = if earlier { (98.0, 2.0) } else { (self.right, self.wrong) };
                counted(query, &[("1", "1", right), ("1", "0", wrong)])
            }
            "requests_total" => Frame::from_series(vec![one(&[("model", "m")], 1_000.0)]),
            "errors_total" => Frame::from_series(vec![one(&[("model", "m")], self.failed)]),
            _ => Frame::from_series(vec![
                one(&[("model", "m"), ("le", "0.1")], 0.0),
                one(&[("model", "m"), ("le", "0.25")], self.fast),
                one(&[("model", "m"), ("le", "+Inf")], 1_000.0),
            ]),
        }
    }
}

const SICK: World = World { right: 90.0, wrong: 10.0, failed: 30.0, fast: 999.0 };
const WELL: World = World { right: 97.0, wrong: 3.0, failed: 2.0, fast: 999.0 };

fn grid<'a>(view: &'a View, id: &str) -> &'a Grid {
    let block = view.blocks.iter().find(|block| block.id == id).unwrap();
    let BlockBody::Grid(grid) = &block.body else { panic!("no table") };
    grid
}

fn row<'a>(grid: &'a Grid, model: &str) -> &'a [Cell] {
    &grid.rows[grid.row_keys.iter().position(|key| key == model).unwrap()]
}

fn status(tone: Tone, word: &str) -> Cell {
    Cell::Status(tone, word.to_owned())
}

#[track_caller]
fn near(cell: &Cell, expected: (f64, f64, f64)) {
    let Cell::Interval(value, low, high) = *cell else { panic!("{cell:?} has no interval") };
    for (actual, expected) in [(value, expected.0), (low, expected.1), (high, expected.2)] {
        assert!((actual - expected).abs() < 1e-9, "{cell:?}");
    }
}

#[test]
fn a_sick_model_comes_first_with_its_states_and_their_evidence() {
    let view = bench().view(|q| SICK.answer(q));
    let board = grid(&view, "models");
    assert_eq!(board.row_keys, ["m", "o"]);
    assert_eq!(
        row(board, "m"),
        [
            Cell::Text("Churn".to_owned()),
            status(Tone::Bad, "90.0 %, worse"),
            status(Tone::Unknown, "not measured"),
            status(Tone::Bad, "over 1 % fail"),
            status(Tone::Good, "0 days"),
        ]
    );
    let of =
        |panel: &str| Some(Evidence { panel: panel.to_owned(), filters: vec![("model".to_owned(), "m".to_owned())] });
    let expected = [None, of("model-performance"), of("drift"), of("errors"), of("deployment-status")];
    assert_eq!(board.evidence[0], expected);
    assert_eq!((view.figures[0].value, view.figures[0].n), (Some(1.0), Some(2.0)));
}

#[test]
fn the_numbers_behind_the_states_have_their_intervals() {
    let view = bench().view(|q| SICK.answer(q));
    let numbers = row(grid(&view, "evidence"), "m");
    near(&numbers[2], (0.9, 0.825_634_338_495_086_5, 0.944_770_862_939_324_9));
    near(&numbers[5], (-0.08, -0.155_765_721_510_323_64, -0.012_876_163_844_670_663));
    near(&numbers[8], (0.03, 0.021_093_738_828_834_7, 0.042_503_414_147_587_126));
    assert_eq!((&numbers[3], &numbers[9]), (&Cell::Number(100.0), &Cell::Number(1_000.0)));
    assert_eq!(numbers[4], Cell::Text("the evaluation of train-2".to_owned()));
}

#[test]
fn a_model_that_is_well_is_not_coloured_by_noise() {
    let view = bench().view(|q| WELL.answer(q));
    let board = row(grid(&view, "models"), "m");
    assert_eq!(board[1], status(Tone::Neutral, "97.0 %, no clear change"));
    // 2 of 1,000: the interval reaches to 0.7 %.
    assert_eq!(board[3], status(Tone::Good, "within objectives"));
    assert_eq!(view.figures[0].value, Some(0.0));
    let near_limit = World { failed: 8.0, ..WELL };
    let view = bench().view(|q| near_limit.answer(q));
    assert_eq!(row(grid(&view, "models"), "m")[3], status(Tone::Warning, "near 1 % failed"));
    let slow = World { fast: 800.0, ..WELL };
    let view = bench().view(|q| slow.answer(q));
    assert_eq!(row(grid(&view, "models"), "m")[3], status(Tone::Bad, "p95 over its objective"));
}

#[test]
fn the_previous_period_takes_the_place_of_the_evaluation() {
    let mut bench = bench();
    let range = TimeRange::new(NOW_MS - 14 * DAY_MS, NOW_MS - 7 * DAY_MS);
    bench.references = vec![Reference { title: "previous period".to_owned(), kind: ReferenceKind::Range(range) }];
    let view = bench.view(|q| SICK.answer(q));
    let numbers = row(grid(&view, "evidence"), "m");
    assert_eq!(numbers[4], Cell::Text("previous period".to_owned()));
    near(&numbers[5], (-0.08, -0.155_765_721_510_323_64, -0.012_876_163_844_670_663));
    // As many failed before: no change, with its interval around zero.
    let Cell::Interval(change, low, high) = numbers[14] else { panic!("{:?}", numbers[14]) };
    assert!(change == 0.0 && low < 0.0 && high > 0.0);
}

#[test]
fn a_target_judges_by_the_interval() {
    let mut bench = bench();
    for (target, tone, word) in [
        (0.8, Tone::Good, "97.0 %, on target"),
        (0.97, Tone::Neutral, "97.0 %, about on target"),
        (0.999, Tone::Bad, "97.0 %, below target"),
    ] {
        bench.panel.options.insert("accuracyTarget".to_owned(), target.into());
        let view = bench.view(|q| WELL.answer(q));
        assert_eq!(row(grid(&view, "models"), "m")[1], status(tone, word));
    }
}

#[test]
fn drift_of_the_logged_predictions_is_counted() {
    let models = MODELS.replace(r#""experiments": ["e"]"#, r#""experiments": ["e"], "predictions": "p""#);
    let bench = Bench::new(PanelKind::Portfolio, &models, METRICS);
    let rows_of = |range: TimeRange| {
        let shift = if range.to_ms >= NOW_MS { 1.0 } else { 0.0 };
        let n = 200;
        let base = predictions(&vec![("a", "1", 0.5, "1"); n]);
        let mut columns = base.table().unwrap().columns().to_vec();
        let spread = |i: usize| (i as f64 / n as f64) + shift;
        let steady = |i: usize| (i * 7 % n) as f64;
        columns.push(crate::frame::Column::new("moved", Values::numbers((0..n).map(spread))));
        columns.push(crate::frame::Column::new("steady", Values::numbers((0..n).map(steady))));
        Frame::from_table(crate::frame::Table::new(columns).unwrap())
    };
    let view = bench.view(|query| match query {
        Query::Rows(query) => Some(rows_of(query.range)),
        query => WELL.answer(query),
    });
    let board = row(grid(&view, "models"), "m");
    assert_eq!(board[2], status(Tone::Bad, "1 of 2 features"));
    assert_eq!(row(grid(&view, "evidence"), "m")[6], Cell::Share(0.5, 0.5));
}

#[test]
fn a_regression_is_judged_by_its_absolute_errors() {
    let models = r#"[{ "id": "m", "title": "Price", "task": "regression",
        "identity": { "mlflow": { "experiments": ["e"], "predictions": "p" } } }]"#;
    let mut bench = Bench::new(PanelKind::Portfolio, models, "[]");
    let earlier = TimeRange::new(NOW_MS - 14 * DAY_MS, NOW_MS - 7 * DAY_MS);
    bench.references = vec![Reference { title: "previous period".to_owned(), kind: ReferenceKind::Range(earlier) }];
    // Off by 3, 4 and 5 in turn now, by 1, 2 and 3 before; one row has no true value.
    let rows_of = |range: TimeRange| {
        let least = if range.to_ms >= NOW_MS { 3.0 } else { 1.0 };
        let n = 61;
        rows(vec![
            ("time", Values::Time((0..n).map(|i| (range.to_ms - (n - i) * 3_600_000) as f64).collect())),
            ("version", text(&vec!["2"; n as usize])),
            ("label", Values::numbers((0..n).map(|i| if i == 60 { f64::NAN } else { 100.0 }))),
            ("prediction", Values::numbers((0..n).map(|i| 100.0 + least + (i % 3) as f64))),
        ])
    };
    let view = bench.view(|query| match query {
        Query::Rows(query) => Some(rows_of(query.range)),
        query => WELL.answer(query),
    });
    assert_eq!(row(grid(&view, "models"), "m")[1], status(Tone::Bad, "off by 4.0, worse"));
    let numbers = row(grid(&view, "evidence"), "m");
    let at = numbers.len() - 4;
    near(&numbers[at], (4.0, 3.787_296_591_121_89, 4.212_703_408_878_11));
    assert_eq!(numbers[at + 1], Cell::Number(60.0));
    assert_eq!(numbers[at + 2], Cell::Text("previous period".to_owned()));
    near(&numbers[at + 3], (2.0, 1.702_307_245_893_948_3, 2.297_692_754_106_052));
}

#[test]
fn age_has_three_states() {
    for (days, tone) in
        [(Some(90.0), Tone::Good), (Some(90.5), Tone::Warning), (Some(181.0), Tone::Bad), (None, Tone::Unknown)]
    {
        assert_eq!(freshness::state(days, 90.0).0, tone, "{days:?}");
    }
    assert_eq!(freshness::state(Some(1.9), 90.0).1, "1 day");
}

#[test]
fn without_anything_it_says_what_would_feed_it() {
    let mut nothing = Bench::new(PanelKind::Portfolio, r#"[{ "id": "m" }]"#, "[]");
    nothing.workspace.sources.clear();
    let (result, _) = nothing.derive(|_| None);
    let Err(Stop::Empty { reason, teach: Some(teach) }) = result else { panic!("{result:?}") };
    assert!(reason.contains("confusion-counts") && (4..=8).contains(&teach.lines().count()));
    let (result, _) = Bench::new(PanelKind::Portfolio, "[]", "[]").derive(|_| None);
    assert!(matches!(result, Err(Stop::Empty { teach: Some(_), .. })), "{result:?}");
    // Servers that know nothing of the models.
    let (result, _) = bench().derive(|query| match query {
        Query::LabelNames(_) => Some(label_names(&["model"])),
        Query::Series(_) => Some(Frame::from_series(Vec::new())),
        Query::Versions(_) => Some(versions("m", &[])),
        _ => None,
    });
    assert!(matches!(result, Err(Stop::Empty { teach: None, .. })), "{result:?}");
}
