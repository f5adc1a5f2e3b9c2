//! Tests of the panel on rows made by hand; the expected numbers are numpy's and scipy's for the formulas of the papers.

use crate::derive::fixture::{Bench, CHURN, DAY_MS, NOW_MS, TEN, predictions, rows};
use crate::derive::{Reference, ReferenceKind, Stop};
use crate::frame::{Frame, Values};
use crate::query::{Query, TimeRange};
use crate::spec::PanelKind;
use crate::view::{Bars, Block, BlockBody, Cell, Feed, Figure, Grid, Lines, Tone, Verdict, View};

const METRICS: &str = r#"[
    { "id": "feedback", "title": "Rating", "unit": "short", "direction": "higher", "target": 4.2,
      "dimensions": ["model", "version", "region", "segment"], "query": {
        "type": "table", "source": "prom", "table": "feedback", "time": "at", "value": "rating", "aggregate": "mean" } }
]"#;

/// One answer; `NaN` and empty text are missing cells.
#[derive(Clone, Copy)]
struct Row {
    days_ago: i64,
    user: &'static str,
    version: &'static str,
    rating: f64,
    thumb: f64,
    csat: f64,
    nps: f64,
    comment: &'static str,
    prediction: &'static str,
}

const NONE: f64 = f64::NAN;
const USERS: [&str; 24] = [
    "u00", "u01", "u02", "u03", "u04", "u05", "u06", "u07", "u08", "u09", "u10", "u11", "u12", "u13", "u14", "u15",
    "u16", "u17", "u18", "u19", "u20", "u21", "u22", "u23",
];

fn row(user: &'static str, version: &'static str, rating: f64) -> Row {
    Row { days_ago: 1, user, version, rating, thumb: NONE, csat: NONE, nps: NONE, comment: "", prediction: "" }
}

fn frame(of: &[Row]) -> Frame {
    let texts =
        |pick: fn(&Row) -> &'static str| Values::text(of.iter().map(|r| Some(pick(r)).filter(|t| !t.is_empty())));
    let numbers = |pick: fn(&Row) -> f64| Values::numbers(of.iter().map(pick));
    rows(vec![
        ("at", Values::Time(of.iter().map(|r| (NOW_MS - r.days_ago * DAY_MS) as f64).collect())),
        ("user_id", texts(|r| r.user)),
        ("prediction_id", texts(|r| r.prediction)),
        ("model", Values::text(of.iter().map(|_| Some("m")))),
        ("version", texts(|r| r.version)),
        ("rating", numbers(|r| r.rating)),
        ("thumb", numbers(|r| r.thumb)),
        ("csat", numbers(|r| r.csat)),
        ("nps", numbers(|r| r.nps)),
        ("comment", texts(|r| r.comment)),
    ])
}

/// 12 people rate version 1 with 4 and 5, 12 others version 2 with 2 and 3, one of the former twice around the same mean.
/// Of their thumbs 18 of 24 point up; 12 are promoters, 8 detractors; 5 gave CSAT.
fn two_versions() -> Vec<Row> {
    let mut all = Vec::new();
    for (i, user) in USERS.into_iter().enumerate() {
        let (version, rating) = if i < 12 { ("1", 4.0 + (i % 2) as f64) } else { ("2", 2.0 + (i % 2) as f64) };
        let nps = [10.0, 7.0, 3.0][usize::from(i >= 12) + usize::from(i >= 16)];
        let (thumb, csat) = (if i < 18 { 1.0 } else { -1.0 }, if i < 5 { 5.0 } else { NONE });
        all.push(Row { thumb, csat, nps, ..row(user, version, rating) });
    }
    all[0].rating = 3.0;
    all.push(row("u00", "1", 5.0));
    all
}

fn bench() -> Bench {
    Bench::new(PanelKind::UserFeedback, r#"[{ "id": "m", "title": "Churn" }]"#, METRICS)
}

/// The same where five people may be shown: of two dozen, few vote one way or the other.
fn small_bench() -> Bench {
    let mut bench = bench();
    bench.workspace.privacy.small_cells.k = 5;
    bench
}

fn answered(of: &[Row]) -> impl Fn(&Query) -> Option<Frame> + '_ {
    move |query| {
        let Query::Rows(query) = query else { return None };
        let is_in = |r: &&Row| query.range.contains((NOW_MS - r.days_ago * DAY_MS) as f64);
        let kept: Vec<Row> = of.iter().filter(is_in).copied().collect();
        (query.table == "feedback").then(|| frame(&kept))
    }
}

fn figure<'a>(view: &'a View, metric: &str) -> &'a Figure {
    view.figures.iter().find(|f| f.metric == metric).unwrap()
}

fn found<'a>(view: &'a View, id: &str) -> &'a Block {
    view.blocks.iter().find(|block| block.id == id).unwrap()
}

fn feed(view: &View) -> &Feed {
    let BlockBody::Feed(feed) = &found(view, "comments").body else { panic!("no feed") };
    feed
}

fn grid(view: &View) -> &Grid {
    let BlockBody::Grid(grid) = &found(view, "versions").body else { panic!("no grid") };
    grid
}

fn bars(view: &View) -> &Bars {
    let BlockBody::Bars(bars) = &found(view, "by-version").body else { panic!("no bars") };
    bars
}

fn lines(view: &View) -> &Lines {
    let BlockBody::Lines(lines) = &found(view, "over-time").body else { panic!("no lines") };
    lines
}

#[track_caller]
fn near(actual: Option<f64>, expected: f64) {
    let actual = actual.unwrap();
    assert!((actual - expected).abs() < 1e-9, "{actual} is not {expected}");
}

#[test]
fn scores_are_over_people_with_their_intervals() {
    let view = small_bench().view(answered(&two_versions()));
    let rating = figure(&view, "feedback");
    assert_eq!((rating.value, rating.n, rating.target), (Some(3.5), Some(24.0), Some(4.2)));
    near(rating.low, 3.017_741_707_920_33);
    near(rating.high, 3.982_258_292_079_67);
    assert!(rating.method.as_ref().unwrap().contains("25 ratings"));
    let thumbs = figure(&view, "thumbs");
    assert_eq!((thumbs.value, thumbs.n), (Some(0.75), Some(24.0)));
    near(thumbs.low, 0.551_005_559_948_460);
    near(thumbs.high, 0.880_006_337_714_050);
    let nps = figure(&view, "nps");
    near(nps.value, 100.0 * 4.0 / 24.0);
    near(nps.low, -18.937_074_258_235_4);
    near(nps.high, 48.041_412_137_203_5);
    assert_eq!(view.n, Some((24.0, "people".to_owned())));
}

#[test]
fn a_score_of_few_people_is_hidden_unless_the_workspace_opens_it() {
    let mut bench = bench();
    let of = two_versions();
    let view = bench.view(answered(&of));
    let csat = figure(&view, "csat");
    assert_eq!((csat.value, csat.n, csat.low), (None, None, None));
    assert!(csat.method.as_ref().unwrap().contains("too few"));
    assert_eq!(grid(&view).rows[0][5], Cell::Status(Tone::Unknown, "too few to show".to_owned()));
    bench.workspace.privacy.small_cells.off = true;
    let view = bench.view(answered(&of));
    assert_eq!((figure(&view, "csat").value, figure(&view, "csat").n), (Some(1.0), Some(5.0)));
}

#[test]
fn a_small_version_takes_another_with_it() {
    let mut of = two_versions();
    of.truncate(15); // 12 people of version 1, 3 of version 2: with the total the former would tell the latter.
    let view = bench().view(answered(&of));
    assert!(bars(&view).bars.iter().all(|bar| bar.value.is_nan() && bar.note == "too few to show"));
    assert_eq!(figure(&view, "feedback").n, Some(15.0));
}

#[test]
fn a_version_that_is_rated_lower_is_named_and_is_no_effect() {
    let view = bench().view(answered(&two_versions()));
    let table = grid(&view);
    let Some(Cell::Interval(change, low, high)) = table.rows[1].last() else { panic!("no change") };
    near(Some(*change), -2.0);
    near(Some(*low), -2.442_151_223_707_746);
    near(Some(*high), -1.557_848_776_292_254);
    let BlockBody::Callout(callout) = &found(&view, "changed").body else { panic!("no callout") };
    assert_eq!(callout.tone, Tone::Warning);
    let text = format!("{:?}", callout.text);
    assert!(text.contains("Churn v2 is rated lower than Churn v1") && text.contains("not causal"), "{text}");
    assert_eq!((bars(&view).bars.len(), bars(&view).target.as_deref()), (2, Some("version")));
}

#[test]
fn over_time_there_is_a_line_for_all_and_each_version() {
    let view = small_bench().view(answered(&two_versions()));
    let drawn = lines(&view);
    let titles: Vec<&str> = drawn.lines.iter().map(|line| line.title.as_str()).collect();
    assert_eq!(titles, ["all versions", "Churn v1", "Churn v2"]);
    assert_eq!((drawn.lines[0].x.as_slice(), drawn.lines[0].y[0]), ([(NOW_MS - DAY_MS) as f64].as_slice(), 3.5));
    assert!(drawn.lines[0].low[0] < 3.5 && drawn.lines[0].high[0] > 3.5);
    let mut bench = small_bench();
    bench.set("score", "thumbs");
    let view = bench.view(answered(&two_versions()));
    assert_eq!((lines(&view).metric.as_str(), lines(&view).lines[0].y[0]), ("thumbs", 0.75));
}

#[test]
fn the_previous_period_is_compared_with_an_interval() {
    let mut of = two_versions();
    let before: Vec<Row> = of.iter().map(|r| Row { days_ago: 9, rating: r.rating.min(3.0), ..*r }).collect();
    of.extend(before);
    let mut bench = small_bench();
    let range = TimeRange::new(NOW_MS - 14 * DAY_MS, NOW_MS - 7 * DAY_MS);
    bench.references = vec![Reference { title: "previous period".to_owned(), kind: ReferenceKind::Range(range) }];
    let view = bench.view(answered(&of));
    let rating = figure(&view, "feedback");
    assert_eq!((rating.reference, rating.delta, rating.verdict), (Some(2.75), Some(0.75), Verdict::Better));
    assert!(rating.delta_low.unwrap() > 0.0);
    assert_eq!(figure(&view, "thumbs").verdict, Verdict::NoClearChange);
    assert_eq!(lines(&view).lines.last().unwrap().title, "all versions, before");
}

#[test]
fn who_voted_one_way_is_counted_like_all_who_voted() {
    // 6 of 24 thumbs point down, 8 are detractors.
    let view = bench().view(answered(&two_versions()));
    for metric in ["thumbs", "nps"] {
        let figure = figure(&view, metric);
        assert_eq!((figure.value, figure.low, figure.n), (None, None, None), "{metric}");
        assert!(figure.method.as_ref().unwrap().contains("or answered one way"));
    }
    assert_eq!(figure(&view, "feedback").value, Some(3.5), "a mean is no count");
}

#[test]
fn comments_come_low_scores_first_with_their_prediction_and_masked() {
    let said = |rating: f64, comment, prediction, user| Row { comment, prediction, ..row(user, "1", rating) };
    let of = vec![
        said(5.0, "fine", "a", "u00"),
        said(1.0, "mail jo@clinic.example or call 0170 1234567 <b>now</b>", "b", "u01"),
        said(NONE, "no score given", "", "u02"),
        Row { nps: 2.0, ..said(4.0, "NPS is lower than the rating", "c", "u03") },
        said(2.0, "", "d", "u04"),
    ];
    let mut bench = bench();
    let view = bench.view(answered(&of));
    let shown: Vec<(&str, &str, Option<&str>)> =
        feed(&view).lines.iter().map(|l| (l.text.as_str(), l.level.as_str(), l.key.as_deref())).collect();
    assert_eq!(
        shown,
        [
            ("mail (masked) or call (masked) <b>now</b>", "rating 1", Some("b")),
            ("NPS is lower than the rating", "rating 4, NPS 2", Some("c")),
            ("fine", "rating 5", Some("a")),
            ("no score given", "no score", None),
        ]
    );
    assert!(found(&view, "comments").details);
    assert!(feed(&view).lines.iter().all(|line| line.labels.get("user_id").is_none()));
    bench.panel.options.insert("comments".to_owned(), "unmasked".into());
    assert!(feed(&bench.view(answered(&of))).lines[0].text.contains("jo@clinic.example"));
    bench.workspace.privacy.hidden_columns = vec!["comment".to_owned()];
    assert!(feed(&bench.view(answered(&of))).lines.is_empty());
}

#[test]
fn a_comment_opens_its_prediction() {
    let of = vec![Row { comment: "wrong", prediction: "a", ..row("u00", "1", 1.0) }];
    let mut bench = Bench::new(PanelKind::UserFeedback, CHURN, METRICS);
    bench.details = true;
    bench.set("prediction", "a");
    let answer = answered(&of);
    let view = bench.view(|query| match query {
        Query::Rows(rows) if rows.table == "p" => Some(predictions(&TEN)),
        query => answer(query),
    });
    let BlockBody::Grid(grid) = &found(&view, "prediction").body else { panic!("no grid") };
    assert!(grid.rows.contains(&vec![Cell::Text("score".to_owned()), Cell::Text("0.9".to_owned())]), "{grid:?}");
}

#[test]
fn without_people_rows_or_the_metric_it_says_what_is_missing() {
    let mut bench = bench();
    assert_eq!(bench.derive(answered(&[])).0, Err(Stop::empty("nobody gave feedback in this time range")));
    let nameless = |query: &Query| {
        let Query::Rows(_) = query else { return None };
        Some(rows(vec![("at", Values::Time([NOW_MS as f64].into())), ("rating", Values::numbers([4.0]))]))
    };
    let Err(Stop::Empty { teach: Some(teach), .. }) = bench.derive(nameless).0 else { panic!("no lines to add") };
    assert!(teach.contains("user_id"));
    bench.workspace.metrics.clear();
    let Err(Stop::Empty { reason, teach: Some(teach) }) = bench.derive(|_| None).0 else { panic!("no lines to add") };
    assert!(reason.contains("feedback") && teach.contains("\"table\": \"feedback\""));
}

#[test]
fn one_person_and_equal_ratings_have_no_interval_and_do_not_panic() {
    let mut bench = bench();
    bench.workspace.privacy.small_cells.off = true;
    let one = bench.view(answered(&[row("u00", "", 4.0)]));
    let rating = figure(&one, "feedback");
    assert_eq!((rating.value, rating.n, rating.low), (Some(4.0), Some(1.0), None));
    assert_eq!(bars(&one).target, None, "a row without a version filters nothing");
    let equal: Vec<Row> = USERS.into_iter().map(|user| row(user, "1", 5.0)).collect();
    let rating = figure(&bench.view(answered(&equal)), "feedback").clone();
    assert_eq!((rating.value, rating.low, rating.high), (Some(5.0), None, None));
    assert!(rating.method.unwrap().contains("no interval"));
}
