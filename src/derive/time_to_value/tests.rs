//! Tests of the panel on milestones made by hand; the medians are read off the curves by hand, their intervals are lifelines' method in numpy.

use crate::derive::fixture::{Bench, DAY_MS, NOW_MS, rows};
use crate::derive::{Reference, ReferenceKind, Stop};
use crate::frame::{Frame, Values};
use crate::query::{Query, TimeRange};
use crate::spec::PanelKind;
use crate::view::{Bars, Block, BlockBody, Cell, Figure, Grid, Lines, Tone, Verdict, View};

const METRICS: &str = r#"[
    { "id": "milestones", "dimensions": ["model"], "query": { "type": "table", "source": "prom", "table": "milestones",
        "unit": "initiative", "aggregate": "units" } }
]"#;

/// Model, initiative, stage, days ago (missing if not reached), owner.
type Row = (&'static str, String, &'static str, Option<f64>, &'static str);

fn frame(of: &[Row]) -> Frame {
    let at = |r: &Row| r.3.map_or(f64::NAN, |days| NOW_MS as f64 - days * DAY_MS as f64);
    rows(vec![
        ("model", Values::text(of.iter().map(|r| Some(r.0).filter(|t| !t.is_empty())))),
        ("initiative", Values::text(of.iter().map(|r| Some(r.1.as_str())))),
        ("stage", Values::text(of.iter().map(|r| Some(r.2)))),
        ("at", Values::Time(of.iter().map(at).collect())),
        ("owner", Values::text(of.iter().map(|r| Some(r.4).filter(|t| !t.is_empty())))),
    ])
}

/// Six done, registered after 10 to 60 days, deployed 5 days later, of value 10 days after that; one waits 100 days, one 5.
fn eight() -> Vec<Row> {
    let mut all: Vec<Row> = Vec::new();
    for i in 1..=6 {
        let (name, registered) = (format!("done {i}"), f64::from(10 * i));
        for (stage, after) in [
            ("first run", 0.0),
            ("registered", registered),
            ("deployed", registered + 5.0),
            ("first value", registered + 15.0),
        ] {
            all.push(("a", name.clone(), stage, Some(300.0 - after), "Radiology"));
        }
    }
    for (name, days, owner) in [("slow <b>", 100.0, "Ann"), ("fresh", 5.0, "")] {
        all.push(("b", name.to_owned(), "First-Run", Some(days), owner));
        for stage in ["registered", "deployed", "first value"] {
            all.push(("b", name.to_owned(), stage, None, owner));
        }
    }
    all
}

fn bench() -> Bench {
    Bench::new(PanelKind::TimeToValue, r#"[{ "id": "a", "title": "Alpha" }, { "id": "b" }]"#, METRICS)
}

fn answered(of: &[Row]) -> impl Fn(&Query) -> Option<Frame> + '_ {
    move |query| {
        let Query::Rows(query) = query else { return None };
        assert_eq!(query.time, None, "unfinished stages have no time");
        Some(frame(of))
    }
}

fn found<'a>(view: &'a View, id: &str) -> &'a Block {
    view.blocks.iter().find(|block| block.id == id).unwrap()
}

fn grid<'a>(view: &'a View, id: &str) -> &'a Grid {
    let BlockBody::Grid(grid) = &found(view, id).body else { panic!("no grid") };
    grid
}

fn bars(view: &View) -> &Bars {
    let BlockBody::Bars(bars) = &found(view, "stages").body else { panic!("no bars") };
    bars
}

fn values(view: &View) -> Vec<Option<f64>> {
    view.figures.iter().map(|figure| figure.value).collect()
}

#[test]
fn medians_count_what_is_unfinished() {
    let view = bench().view(answered(&eight()));
    let titles: Vec<&str> = view.figures.iter().map(|f| f.title.as_str()).collect();
    assert_eq!(
        titles,
        ["First run to first value", "First run to registered", "Registered to deployed", "Deployed to first value"]
    );
    // Of the six that are done alone the medians would be 45 and 30.
    assert_eq!(values(&view), [Some(55.0), Some(40.0), Some(5.0), Some(10.0)]);
    let Figure { n, low, high, method, .. } = &view.figures[1];
    assert_eq!((*n, *low), (Some(8.0), Some(10.0)));
    assert_eq!(*high, Some(60.0));
    assert!(method.as_ref().unwrap().contains("8 initiatives, 2 of them unfinished"), "{method:?}");
    let notes: Vec<&str> = bars(&view).bars.iter().map(|bar| bar.note.as_str()).collect();
    assert_eq!(notes, ["6 of 8 done", "6 of 6 done", "6 of 6 done", "6 of 8 done"]);
    assert_eq!(view.n, Some((8.0, "initiatives".to_owned())));
}

#[test]
fn stuck_is_what_outwaits_nine_of_ten_of_the_finished() {
    let view = bench().view(answered(&eight()));
    let stuck = grid(&view, "stuck");
    assert_eq!(stuck.rows.len(), 1);
    assert_eq!(
        stuck.rows[0],
        [
            Cell::Text("slow <b>".to_owned()),
            Cell::Text("Ann".to_owned()),
            Cell::Text("registered".to_owned()),
            Cell::Number(100.0),
            Cell::Number(55.0),
            Cell::Number(6.0),
            Cell::Time((NOW_MS - 100 * DAY_MS) as f64),
        ]
    );
    assert_eq!((stuck.row_keys[0].as_str(), stuck.row_target.as_deref()), ("b", Some("model")));
    let waiting = grid(&view, "waiting");
    assert_eq!((waiting.rows.len(), &waiting.rows[1][1]), (2, &Cell::Missing));
    let said = format!("{:?}", view.summary);
    assert!(said.contains("slow <b> of Ann, which has waited for registered"), "{said}");
}

#[test]
fn models_have_their_own_medians() {
    let view = bench().view(answered(&eight()));
    let table = grid(&view, "models");
    let names: Vec<&Cell> = table.rows.iter().map(|row| &row[0]).collect();
    assert_eq!(names, ["Alpha", "b", "All"].map(|name| Cell::Text(name.to_owned())).iter().collect::<Vec<_>>());
    assert!(matches!(table.rows[0][2], Cell::Interval(median, ..) if median == 30.0), "{:?}", table.rows[0]);
    assert_eq!(table.rows[1][2], Cell::Status(Tone::Unknown, "more than half still wait".to_owned()));
    assert_eq!((&table.rows[1][3], &table.rows[1][4]), (&Cell::Text("0 of 2".to_owned()), &Cell::Missing));
}

#[test]
fn curves_fall_in_steps() {
    let view = bench().view(answered(&eight()));
    let BlockBody::Lines(Lines { lines, .. }) = &found(&view, "curves").body else { panic!("no lines") };
    let first = &lines[0];
    assert!(first.x.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", first.x);
    let at = first.x.iter().position(|x| *x == 40.0).unwrap();
    assert!((first.y[at] - 3.0 / 7.0).abs() < 1e-12 && (first.y[at - 1] - 4.0 / 7.0).abs() < 1e-12);
    assert_eq!((first.x.last(), first.y.len()), (Some(&100.0), first.low.len()));
}

#[test]
fn an_earlier_end_sees_what_was_unfinished_then() {
    let mut bench = bench();
    // 260 days ago, 40 days after the first runs: four are registered, two wait.
    let range = TimeRange::new(NOW_MS - 270 * DAY_MS, NOW_MS - 260 * DAY_MS);
    bench.references = vec![Reference { title: "then".to_owned(), kind: ReferenceKind::Range(range) }];
    let view = bench.view(answered(&eight()));
    let registered = &view.figures[1];
    assert_eq!((registered.reference, registered.delta), (Some(30.0), Some(10.0)));
    assert_eq!((registered.delta_low, registered.verdict), (None, Verdict::None));
}

#[test]
fn disorder_and_unknown_stages_are_counted_and_left_out() {
    let mut of = eight();
    of.push(("b", "odd".to_owned(), "first run", Some(50.0), "Bo"));
    of.push(("b", "odd".to_owned(), "deployed", Some(40.0), "Bo"));
    of.push(("b", "odd".to_owned(), "party", Some(30.0), "Bo"));
    let (view, notes) = bench().derive(answered(&of));
    assert_eq!(values(&view.unwrap())[1], Some(40.0));
    assert!(notes.remarks.iter().any(|r| r.starts_with("1 rows name no initiative")), "{:?}", notes.remarks);
    assert!(notes.remarks.iter().any(|r| r.starts_with("1 initiatives skipped")), "{:?}", notes.remarks);
}

#[test]
fn with_few_finished_nothing_is_called_stuck() {
    let of: Vec<Row> = eight().into_iter().filter(|r| r.0 == "b").collect();
    let (view, notes) = bench().derive(answered(&of));
    let view = view.unwrap();
    assert_eq!(values(&view), [None; 4]);
    assert!(view.blocks.iter().all(|block| block.id != "stuck"));
    assert!(notes.remarks.iter().any(|r| r.contains("fewer than 5 finished")), "{:?}", notes.remarks);
}

#[test]
fn without_rows_or_the_metric_it_says_what_is_missing() {
    let mut bench = bench();
    assert_eq!(bench.derive(answered(&[])).0, Err(Stop::empty("no initiative is known for this selection")));
    let idle: Vec<Row> = vec![("a", "idea".to_owned(), "first run", None, "")];
    assert!(matches!(bench.derive(answered(&idle)).0, Err(Stop::Empty { teach: None, .. })));
    bench.workspace.metrics.clear();
    let Err(Stop::Empty { reason, teach: Some(teach) }) = bench.derive(|_| None).0 else { panic!("no lines to add") };
    assert!(reason.contains("milestones") && teach.contains("\"table\": \"milestones\""));
}
