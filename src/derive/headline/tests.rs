//! Tests of the sentence and the six numbers on rows made by hand.

use crate::derive::Stop;
use crate::derive::business_impact::rows::{Record, answer, record};
use crate::derive::fixture::{Bench, DAY_MS, NOW_MS, series};
use crate::frame::{Column, Frame, Table};
use crate::query::{Fold, GroupsQuery, Query};
use crate::spec::PanelKind;
use crate::state::{Command, Filter, Selection, apply};
use crate::view::{BlockBody, Callout, Cell, Figure, Grid, Piece, Tone, Verdict, View};

const METRICS: &str = r#"[
    { "id": "revenue", "unit": "currencyEUR", "dimensions": ["model", "region", "segment"], "query": { "type": "table",
        "source": "prom", "table": "orders", "time": "at", "unit": "user_id", "value": "amount" } },
    { "id": "feedback", "direction": "higher", "target": 4.2, "dimensions": ["segment"], "query": { "type": "table",
        "source": "prom", "table": "feedback", "time": "at", "value": "rating", "aggregate": "mean" } },
    { "id": "adoption", "dimensions": ["region"], "query": { "type": "table", "source": "prom", "table": "users",
        "time": "at", "unit": "user_id", "aggregate": "units" } },
    { "id": "risks", "dimensions": ["model"], "query": { "type": "table", "source": "prom", "table": "risks.json" } },
    { "id": "confusion-counts", "target": 0.9, "dimensions": ["model"], "query": { "type": "counter", "source": "prom",
        "metric": "predictions_total" } }
]"#;
const MODELS: &str = r#"[{ "id": "m", "title": "Triage" }, { "id": "o" }]"#;

#[derive(Default)]
struct Data {
    orders: Vec<Record>,
    feedback: Vec<Record>,
    users: Vec<Record>,
    risks: Vec<Record>,
    /// Right and wrong answers of the range and of the one before.
    answers: Option<[(f64, f64); 2]>,
}

fn bench() -> Bench {
    Bench::new(PanelKind::Headline, MODELS, METRICS)
}

/// The shared answer, with two things that it does not know: rows with a value, and squares of rows where there is no unit.
fn grouped(rows: &[Record], query: &GroupsQuery) -> Frame {
    if query.unit.is_some() {
        return answer(rows, query);
    }
    let mut rows = rows.to_vec();
    for (place, row) in rows.iter_mut().enumerate() {
        row.insert("place".to_owned(), place.to_string());
    }
    let mut plain = GroupsQuery { unit: Some("place".to_owned()), ..query.clone() };
    let mut present = None;
    plain.measures.retain(|measure| match &measure.fold {
        Fold::Present(column) => {
            present = Some((measure.name.clone(), column.clone()));
            false
        }
        _ => true,
    });
    let frame = answer(&rows, &plain);
    let all = frame.table().unwrap().columns().iter();
    let mut columns: Vec<Column> = all.filter(|column| column.name != "units").cloned().collect();
    if let Some((name, column)) = present {
        rows.retain(|row| row.contains_key(&column));
        let counted = answer(&rows, &plain);
        columns.push(Column::new(name, counted.table().unwrap().column("rows").unwrap().values.clone()));
    }
    Frame::from_table(Table::new(columns).unwrap())
}

impl Data {
    fn answer(&self, query: &Query) -> Option<Frame> {
        match query {
            Query::Groups(query) => Some(match query.table.as_str() {
                "orders" => grouped(&self.orders, query),
                "feedback" => grouped(&self.feedback, query),
                "users" => grouped(&self.users, query),
                _ => grouped(&self.risks, query),
            }),
            Query::Series(query) => {
                let [now, before] = self.answers?;
                let (right, wrong) = if query.range.to_ms == NOW_MS { now } else { before };
                let one = |actual: &str, count: f64| {
                    let labels = [("model", "m"), ("actual", actual), ("predicted", "1")];
                    series(&labels, &[(query.range.to_ms as f64, count)])
                };
                Some(Frame::from_series(vec![one("1", right), one("0", wrong)]))
            }
            _ => None,
        }
    }
}

fn order(days_ago: i64, segment: &str, user: usize, amount: i64) -> Record {
    let (at, user, amount) = ((NOW_MS - days_ago * DAY_MS).to_string(), format!("{segment}{user}"), amount.to_string());
    record(&[
        ("at", &at),
        ("user_id", &user),
        ("segment", segment),
        ("region", if user.ends_with(['0', '2', '4', '6', '8']) { "eu" } else { "us" }),
        ("model", "m"),
        ("kind", "model"),
        ("amount", &amount),
    ])
}

/// 40 customers a segment with 10 a week; this week those of `business` bring `now`.
fn orders(now: i64) -> Vec<Record> {
    let of = |days_ago: i64, segment: &'static str, amount: i64| {
        (0..40).map(move |user| order(days_ago, segment, user, amount))
    };
    of(9, "business", 10)
        .chain(of(9, "consumer", 10))
        .chain(of(2, "business", now))
        .chain(of(2, "consumer", 10))
        .collect()
}

fn rating(days_ago: i64, segment: &str, rating: Option<i64>) -> Record {
    let mut row = record(&[("at", &(NOW_MS - days_ago * DAY_MS).to_string()), ("segment", segment)]);
    if let Some(rating) = rating {
        row.insert("rating".to_owned(), rating.to_string());
    }
    row
}

fn said(view: &View) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Value(value, _) => format!("{value:.2}"),
        Piece::Change(value, _) => format!("{value:+.2}"),
        Piece::Time(at) => at.to_string(),
    };
    view.summary.0.iter().map(piece).collect()
}

fn callout(view: &View) -> &Callout {
    let BlockBody::Callout(callout) = &view.blocks[0].body else { panic!("no callout") };
    callout
}

fn grid<'a>(view: &'a View, id: &str) -> &'a Grid {
    let block = view.blocks.iter().find(|block| block.id == id).unwrap();
    let BlockBody::Grid(grid) = &block.body else { panic!("no grid") };
    grid
}

fn figure<'a>(view: &'a View, metric: &str) -> &'a Figure {
    view.figures.iter().find(|f| f.metric == metric).unwrap()
}

#[test]
fn the_sentence_names_what_moved_and_who_contributed_most() {
    let data = Data { orders: orders(40), ..Data::default() };
    let view = bench().view(|q| data.answer(q));
    let text = said(&view);
    assert!(
        text.starts_with("Revenue brought by models rose most beyond noise against the period before: from 800.00 to 2000.00, +1200.00 ("),
        "{text}"
    );
    assert!(text.contains("; segment business contributed most, +1200.00 ("), "{text}");
    assert_eq!((callout(&view).tone, &callout(&view).text), (Tone::Good, &view.summary));
    // Segments add up to the change, and so do regions.
    for by in ["by-segment", "by-region"] {
        let sum: f64 = grid(&view, by)
            .rows
            .iter()
            .map(|row| match row[1] {
                Cell::Interval(value, ..) | Cell::Number(value) => value,
                _ => panic!("{row:?}"),
            })
            .sum();
        assert!((sum - 1_200.0).abs() < 1e-9);
    }
    assert_eq!(grid(&view, "by-segment").row_target.as_deref(), Some("segment"));
    // All orders are of one model, which is the headline itself.
    assert!(view.blocks.iter().all(|block| block.id != "by-model"));
}

#[test]
fn no_clear_change_is_a_result() {
    let data = Data { orders: orders(11), ..Data::default() };
    let view = bench().view(|q| data.answer(q));
    assert_eq!(said(&view), "no clear change against the period before in the one headline that can be judged");
    assert_eq!(callout(&view).tone, Tone::Neutral);
    assert_eq!(figure(&view, "revenue").verdict, Verdict::NoClearChange);
}

#[test]
fn nobody_is_named_whose_interval_holds_zero() {
    // All of the four quarters of the customers moved a little, which is clear only together.
    let mut data = Data::default();
    for (days_ago, amount) in [(9, 10), (2, 14)] {
        for part in 0..12 {
            let segment = format!("s{part}");
            data.orders.extend((0..15).map(|user| order(days_ago, &segment, user, amount)));
        }
    }
    data.orders.iter_mut().for_each(|row| {
        let region = row["segment"].clone();
        row.insert("region".to_owned(), region);
    });
    let text = said(&bench().view(|q| data.answer(q)));
    assert!(text.contains("rose most beyond noise") && text.ends_with("; no segment, region stands out"), "{text}");
}

#[test]
fn a_mean_is_split_into_mix_and_rate() {
    let mut data = Data::default();
    // Business rates 4 to 5 as before; consumers rate 3 to 4 where they rated 1 to 2.
    for user in 0..100 {
        let high = Some(4 + user % 2);
        data.feedback.push(rating(9, "business", high));
        data.feedback.push(rating(2, "business", high));
        data.feedback.push(rating(9, "consumer", Some(1 + user % 2)));
        data.feedback.push(rating(2, "consumer", Some(3 + user % 2)));
        // Those who wrote without a rating count for nothing.
        data.feedback.push(rating(2, "consumer", None));
    }
    let view = bench().view(|q| data.answer(q));
    let satisfaction = figure(&view, "feedback");
    assert_eq!((satisfaction.value, satisfaction.n, satisfaction.target), (Some(4.0), Some(200.0), Some(4.2)));
    assert_eq!((satisfaction.reference, satisfaction.verdict), (Some(3.0), Verdict::Better));
    let text = said(&view);
    assert!(text.contains("segment consumer contributed most, +1.00 ("), "{text}");
    // All of it by its own value: the shares did not change.
    let consumer = &grid(&view, "by-segment").rows[1];
    assert_eq!(consumer[0], Cell::Text("consumer".to_owned()));
    assert_eq!((&consumer[2], &consumer[3]), (&Cell::Number(0.0), &Cell::Number(1.0)));
}

#[test]
fn the_six_numbers_are_there_only_with_their_metrics() {
    let user = |days_ago: i64, i: usize| {
        let (at, user) = ((NOW_MS - days_ago * DAY_MS).to_string(), format!("{days_ago}-{i}"));
        record(&[("at", &at), ("user_id", &user), ("region", "eu")])
    };
    let mut users: Vec<Record> = (0..200).map(|i| user(30, i)).collect();
    users.extend((0..40).map(|i| user(9, i)));
    users.extend((0..60).map(|i| user(2, i)));
    let risk = |status: &str| record(&[("status", status), ("model", "m")]);
    let data = Data {
        orders: orders(10),
        users,
        risks: vec![risk("open"), risk("Open"), risk("closed"), risk("<b>")],
        answers: Some([(90.0, 10.0), (80.0, 20.0)]),
        ..Data::default()
    };
    let view = bench().view(|q| data.answer(q));
    let ids: Vec<&str> = view.figures.iter().map(|figure| figure.metric.as_str()).collect();
    assert_eq!(ids, ["revenue", "adoption", "confusion-counts", "risks"]);
    let growth = figure(&view, "adoption");
    // 60 came to 240; before, 40 to 200.
    assert_eq!((growth.value, growth.reference, growth.n), (Some(0.25), Some(0.2), Some(60.0)));
    let half = 1.959_963_984_540_054 * 60.0_f64.sqrt() / 240.0;
    assert!((growth.high.unwrap() - 0.25 - half).abs() < 1e-9);
    let quality = figure(&view, "confusion-counts");
    assert_eq!(
        (quality.value, quality.reference, quality.target, quality.n),
        (Some(0.9), Some(0.8), Some(0.9), Some(100.0))
    );
    let risks = figure(&view, "risks");
    assert_eq!((risks.value, risks.n), (Some(2.0), Some(4.0)));
}

#[test]
fn an_executive_sees_one_sentence_and_at_most_six_numbers() {
    let data = Data { orders: orders(40), answers: Some([(90.0, 10.0), (80.0, 20.0)]), ..Data::default() };
    let view = bench().view(|q| data.answer(q));
    assert_eq!(view.blocks.iter().filter(|block| !block.details).count(), 1);
    assert!(view.figures.len() <= 6);
}

#[test]
fn few_customers_are_neither_named_nor_counted() {
    // Everybody brings more, also the three of business: hidden, and with them the segment from which they could be told.
    let mut data = Data::default();
    for (days_ago, amount) in [(9, 10), (2, 40)] {
        data.orders.extend((0..40).map(|user| order(days_ago, "consumer", user, amount)));
        data.orders.extend((0..3).map(|user| order(days_ago, "business", user, 2 * amount)));
    }
    let view = bench().view(|q| data.answer(q));
    let text = said(&view);
    assert!(text.contains("rose most beyond noise") && !text.contains("business"), "{text}");
    let rows = &grid(&view, "by-segment").rows;
    assert_eq!((&rows[0][1], &rows[1][1]), (&Cell::Missing, &Cell::Missing));
}

#[test]
fn empty_and_unconfigured_are_told_apart() {
    let (stop, _) = Bench::new(PanelKind::Headline, "[]", "[]").derive(|_| None);
    let Err(Stop::Empty { reason, teach: Some(teach) }) = stop else { panic!("{stop:?}") };
    assert!(reason.contains("revenue") && teach.contains("\"feedback\"") && teach.lines().count() <= 8);
    let metrics = r#"[{ "id": "feedback", "dimensions": [], "query": { "type": "table", "source": "prom", "table": "feedback",
        "time": "at", "value": "rating", "aggregate": "mean" } }]"#;
    let (stop, _) = Bench::new(PanelKind::Headline, "[]", metrics).derive(|q| Data::default().answer(q));
    assert!(matches!(stop, Err(Stop::Empty { teach: None, .. })), "{stop:?}");
}

/// Three segments in two regions that bring the same in both weeks, but for one of them in one region.
fn with_dip(users: usize, amount: i64) -> Data {
    let mut data = Data::default();
    for (days_ago, dip) in [(9, amount), (2, amount / 10)] {
        for segment in ["business", "consumer", "partner"] {
            for user in 0..40 {
                let is_eu = user % 2 == 0;
                let is_dip = segment == "business" && is_eu;
                if !is_dip || user / 2 < users {
                    data.orders.push(order(days_ago, segment, user, if is_dip { dip } else { 10 }));
                }
            }
        }
    }
    data
}

#[test]
fn a_dip_in_one_segment_of_one_region_is_found_without_a_filter() {
    let data = with_dip(20, 40);
    let (view, notes) = bench().derive(|q| data.answer(q));
    let text = said(&view.unwrap());
    assert!(text.contains("; segment business in region eu contributed most, -720.00 ("), "{text}");
    assert!(notes.remarks.iter().any(|remark| remark.contains("Adtributor")), "{:?}", notes.remarks);
}

#[test]
fn what_all_of_a_segment_did_is_not_told_of_one_region() {
    let data = Data { orders: orders(40), ..Data::default() };
    let text = said(&bench().view(|q| data.answer(q)));
    assert!(text.contains("; segment business contributed most") && !text.contains("in region"), "{text}");
}

#[test]
fn a_pair_of_few_customers_is_never_named() {
    // All of the dip is of eight customers: too few to be named together.
    let data = with_dip(8, 200);
    let text = said(&bench().view(|q| data.answer(q)));
    assert!(text.contains("fell most beyond noise") && !text.contains("in region"), "{text}");
}

fn account(days_ago: i64, i: usize) -> Record {
    let at = (NOW_MS - days_ago * DAY_MS).to_string();
    record(&[("at", &at), ("user_id", &i.to_string()), ("region", "eu")])
}

#[test]
fn every_figure_opens_a_panel_of_those_who_can_explain_it() {
    let data = Data {
        orders: orders(40),
        users: (0..60).map(|i| account(if i < 30 { 2 } else { 9 }, i)).collect(),
        feedback: (0..30)
            .flat_map(|i| [rating(2, "business", Some(4 + i % 2)), rating(9, "business", Some(3))])
            .collect(),
        risks: vec![record(&[("status", "open"), ("model", "m")])],
        answers: Some([(90.0, 10.0), (80.0, 20.0)]),
    };
    let mut bench = bench();
    bench.filter("model", &["m"], &[]);
    bench.selection.role = Some("executive".to_owned());
    bench.selection.filters.insert("region".to_owned(), Filter { include: vec!["eu".to_owned()], exclude: Vec::new() });
    let whole = bench.workspace.clone().with_defaults();
    let of_role = |id: &str| -> Vec<String> {
        let dashboard = whole.dashboards.iter().find(|dashboard| dashboard.id == id).unwrap();
        dashboard.sections.iter().flat_map(|section| &section.panels).map(|placed| placed.panel.clone()).collect()
    };
    let explaining = [of_role("data-scientist"), of_role("ml-engineer")].concat();
    let view = bench.view(|q| data.answer(q));
    let mut panels = Vec::new();
    for figure in &view.figures {
        let found = figure.evidence.clone().unwrap_or_else(|| panic!("{} leads nowhere", figure.title));
        assert!(explaining.contains(&found.panel), "{}: {}", figure.title, found.panel);
        assert_eq!(found.filters, [("model".to_owned(), "m".to_owned())], "{}", figure.title);
        // One step: the panel, of the same time, role and other filters, narrowed to the model.
        let command = Command::OpenEvidence { panel: found.panel.clone(), filters: found.filters };
        let opened = apply(&bench.selection, &command, NOW_MS);
        assert_eq!(opened, Selection { panel: Some(found.panel.clone()), ..bench.selection.clone() });
        panels.push((figure.metric.as_str(), found.panel));
    }
    let panel = |metric: &str| panels.iter().find(|(id, _)| *id == metric).map(|(_, panel)| panel.as_str());
    assert_eq!(panel("revenue"), Some("ab-tests"));
    assert_eq!(panel("feedback"), Some("errors"));
    assert_eq!(panel("adoption"), Some("latency-throughput"));
    assert_eq!(panel("confusion-counts"), Some("model-performance"));
    assert_eq!(panel("risks"), Some("drift"));
}

#[test]
fn of_several_models_the_figure_that_moved_leads_to_the_one_that_moved_it() {
    let mut data = Data { orders: orders(40), ..Data::default() };
    // What moved is of the other model.
    for row in data.orders.iter_mut().filter(|row| row["segment"] == "business") {
        row.insert("model".to_owned(), "o".to_owned());
    }
    let view = bench().view(|q| data.answer(q));
    let found = figure(&view, "revenue").evidence.clone().unwrap();
    assert_eq!((found.panel.as_str(), found.filters), ("ab-tests", vec![("model".to_owned(), "o".to_owned())]));
}
