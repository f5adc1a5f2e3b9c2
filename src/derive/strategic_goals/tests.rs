//! Tests of the panel on goals and metrics made by hand.

use crate::derive::business_impact::rows::{Record, answer, record};
use crate::derive::fixture::{Bench, NOW_MS, rows, text};
use crate::derive::{Stop, fixture};
use crate::frame::{Frame, Values};
use crate::query::{Bucket, Query};
use crate::spec::PanelKind;
use crate::view::{BlockBody, Cell, Grid, Piece, Tone, View};

const METRICS: &str = r#"[
    { "id": "goals", "dimensions": [], "query": { "type": "table", "source": "prom", "table": "goals.json" } },
    { "id": "revenue", "unit": "currencyEUR", "direction": "higher", "dimensions": ["region"], "query": { "type": "table",
        "source": "prom", "table": "orders", "time": "at", "value": "amount" } },
    { "id": "costs", "unit": "currencyEUR", "direction": "lower", "dimensions": [], "query": { "type": "table",
        "source": "prom", "table": "costs", "time": "at", "value": "amount" } },
    { "id": "accounts", "unit": "short", "dimensions": [], "query": { "type": "table",
        "source": "prom", "table": "users", "time": "at", "unit": "user_id", "aggregate": "units" } },
    { "id": "adoption", "unit": "short", "dimensions": [], "query": { "type": "table",
        "source": "prom", "table": "users", "time": "at", "unit": "user_id", "aggregate": "units" } }
]"#;
const DAY: i64 = 86_400_000;

fn bench() -> Bench {
    Bench::new(PanelKind::StrategicGoals, "[]", METRICS)
}

/// The start of the month so many months before November 2023, in which the range ends; negative is later.
fn month(ago: i64) -> i64 {
    let mut at = Bucket::Month.start_ms(NOW_MS);
    for _ in 0..ago.abs() {
        at = Bucket::Month.start_ms(if ago > 0 { at - DAY } else { at + 32 * DAY });
    }
    at
}

/// One booking in the middle of each of the last `n` whole months, the oldest first.
fn monthly(n: i64, amount: impl Fn(i64) -> f64) -> Vec<Record> {
    let one = |i: i64| record(&[("at", &(month(n - i) + 14 * DAY).to_string()), ("amount", &amount(i).to_string())]);
    (0..n).map(one).collect()
}

/// So many sign-ups a month.
fn signed_up(n: i64, a_month: i64) -> Vec<Record> {
    let one = |i: i64, user: i64| {
        record(&[("at", &(month(n - i) + 5 * DAY).to_string()), ("user_id", &format!("{i}-{user}"))])
    };
    (0..n).flat_map(|i| (0..a_month).map(move |user| one(i, user))).collect()
}

/// A goal: title, metric, baseline, target, start and due in months ago.
type Written<'a> = (&'a str, &'a str, f64, f64, i64, i64);

fn goals(of: &[Written<'_>]) -> Frame {
    let column = |of: &dyn Fn(usize) -> String, n: usize| (0..n).map(of).collect::<Vec<_>>();
    let n = of.len();
    let ids = column(&|i| format!("G{}", i + 1), n);
    let texts = |cells: &[String]| Values::text(cells.iter().map(Some));
    let titles: Vec<&str> = of.iter().map(|goal| goal.0).collect();
    let metrics: Vec<&str> = of.iter().map(|goal| goal.1).collect();
    rows(vec![
        ("goal", texts(&ids)),
        ("title", text(&titles)),
        ("metric", text(&metrics)),
        ("baseline", Values::numbers(of.iter().map(|goal| goal.2))),
        ("target", Values::numbers(of.iter().map(|goal| goal.3))),
        ("start", Values::Time(of.iter().map(|goal| month(goal.4) as f64).collect())),
        ("due", Values::Time(of.iter().map(|goal| month(goal.5) as f64).collect())),
        ("owner", text(&vec!["Finance"; n])),
    ])
}

struct Data {
    goals: Frame,
    orders: Vec<Record>,
    costs: Vec<Record>,
    users: Vec<Record>,
}

impl Data {
    fn answer(&self, query: &Query) -> Option<Frame> {
        match query {
            Query::Rows(_) => Some(self.goals.clone()),
            Query::Groups(query) => Some(match query.table.as_str() {
                "orders" => answer(&self.orders, query),
                "costs" => answer(&self.costs, query),
                _ => answer(&self.users, query),
            }),
            _ => None,
        }
    }
}

/// 20 months that grow by 10 from 100, costs that stand at 50, and 20 sign-ups a month.
fn data(of: &[Written<'_>]) -> Data {
    Data {
        goals: goals(of),
        orders: monthly(20, |i| 100.0 + 10.0 * i as f64),
        costs: monthly(20, |_| 50.0),
        users: signed_up(20, 20),
    }
}

fn grid<'a>(view: &'a View, id: &str) -> &'a Grid {
    let block = view.blocks.iter().find(|block| block.id == id).unwrap();
    let BlockBody::Grid(grid) = &block.body else { panic!("no grid") };
    grid
}

fn status(view: &View, row: usize) -> (Tone, &str) {
    let Cell::Status(tone, word) = &grid(view, "goals").rows[row][1] else { panic!("no status") };
    (*tone, word)
}

#[test]
fn a_status_is_by_the_interval_against_the_target() {
    // 290 in October and 10 a month more: about 320 in January.
    let data = data(&[
        ("Reachable", "revenue", 100.0, 310.0, 18, -3),
        ("Too far", "revenue", 100.0, 400.0, 18, -3),
        ("Costs down to 60", "costs", 80.0, 60.0, 18, -3),
        ("Costs down to 40", "costs", 80.0, 40.0, 18, -3),
    ]);
    let view = bench().view(|q| data.answer(q));
    assert_eq!(status(&view, 0), (Tone::Good, "on track"));
    assert_eq!(status(&view, 1), (Tone::Bad, "missed"));
    assert_eq!(status(&view, 2), (Tone::Good, "on track"));
    assert_eq!(status(&view, 3), (Tone::Bad, "missed"));
    assert_eq!(view.figures[0].value, Some(2.0));
    let Cell::Share(_, progress) = grid(&view, "goals").rows[1][2] else { panic!("no progress") };
    assert!((progress - 190.0 / 300.0).abs() < 1e-12);
    let Cell::Share(drawn, progress) = grid(&view, "goals").rows[2][2] else { panic!("no progress") };
    // From 80 down to 50, of 20 wanted: the bar ends at its end.
    assert_eq!((progress, drawn), (1.5, 1.0));
}

#[test]
fn a_target_within_the_interval_is_at_risk() {
    let mut data = data(&[("About there", "revenue", 100.0, 205.0, 18, -2)]);
    // Up and down around 200.
    data.orders = monthly(20, |i| 200.0 + [0.0, 14.0, -9.0, 6.0, -13.0, 3.0, -2.0][(i % 7) as usize]);
    let view = bench().view(|q| data.answer(q));
    assert_eq!(status(&view, 0), (Tone::Warning, "at risk"));
    let Cell::Interval(value, low, high) = grid(&view, "goals").rows[0][3] else { panic!("no forecast") };
    assert!(low < 1.0 && 1.0 < high && low <= value && value <= high);
}

#[test]
fn the_forecast_reaches_the_month_before_the_due_date() {
    let data = data(&[("Reachable", "revenue", 100.0, 310.0, 18, -3)]);
    let mut bench = bench();
    bench.set("goal", "G1");
    let view = bench.view(|q| data.answer(q));
    let block = view.blocks.iter().find(|block| block.id == "goal-G1").unwrap();
    assert!(!block.details);
    let BlockBody::Lines(lines) = &block.body else { panic!("no lines") };
    let forecast = &lines.lines[1];
    // From October over November and December to January.
    assert_eq!(forecast.x.last(), Some(&(month(-2) as f64)));
    assert_eq!(forecast.x.len(), 4);
    assert!((forecast.y[3] - 320.0).abs() < 3.0, "{:?}", forecast.y);
    assert_eq!(lines.readings[0].value, 310.0);
    // The month that is not over is not a point.
    assert_eq!(lines.lines[0].x.last(), Some(&(month(1) as f64)));
}

#[test]
fn a_count_of_accounts_is_read_as_its_baseline_says() {
    // Ten months ago 200 accounts were there, at 20 a month.
    let data = data(&[
        ("500 accounts", "accounts", 200.0, 430.0, 10, -3),
        ("30 accounts a month", "accounts", 20.0, 30.0, 10, -3),
    ]);
    let view = bench().view(|q| data.answer(q));
    let Cell::Share(_, all) = grid(&view, "goals").rows[0][2] else { panic!("no progress") };
    assert!((all - 200.0 / 230.0).abs() < 1e-12, "{all}");
    assert_eq!(status(&view, 0).1, "on track");
    let Cell::Share(_, a_month) = grid(&view, "goals").rows[1][2] else { panic!("no progress") };
    assert_eq!(a_month, 0.0);
    assert_eq!(status(&view, 1).1, "missed");
}

#[test]
fn accounts_that_left_are_not_in_use() {
    let mut data = data(&[("300 accounts in use", "adoption", 100.0, 300.0, 10, -3)]);
    // Of the 20 of each month 15 leave two months later: of 400 that came 130 are still there, 18 months' 5 and the last 2 months' 20.
    for (at, user) in data.users.iter_mut().enumerate() {
        let (month_of, within) = ((at / 20) as i64, at % 20);
        if within < 15 && month_of < 18 {
            user.insert("churned_at".to_owned(), (month(20 - month_of - 2) + 3 * DAY).to_string());
        }
    }
    let view = bench().view(|q| data.answer(q));
    let Cell::Number(now) = grid(&view, "numbers-1").rows[0][2] else { panic!("no number") };
    assert_eq!(now, 130.0);
    let Cell::Share(drawn, progress) = grid(&view, "goals").rows[0][2] else { panic!("no progress") };
    assert!((progress - 0.15).abs() < 1e-12 && (drawn - 0.15).abs() < 1e-12);
    assert_eq!(status(&view, 0), (Tone::Bad, "missed"));
    let chart = view.blocks.iter().find(|block| block.id == "goal-G1").unwrap();
    assert!(chart.title.contains("in use"), "{}", chart.title);
}

#[test]
fn below_eight_months_there_is_no_forecast() {
    let mut data = data(&[("Early", "revenue", 100.0, 310.0, 5, -3)]);
    data.orders = monthly(7, |i| 100.0 + 10.0 * i as f64);
    let view = bench().view(|q| data.answer(q));
    assert_eq!(status(&view, 0), (Tone::Unknown, "not known"));
    assert_eq!(grid(&view, "goals").rows[0][3], Cell::Missing);
    assert_eq!(grid(&view, "numbers-1").rows[0][6], Cell::Text("no forecast: fewer than 8 whole months".to_owned()));
}

#[test]
fn a_goal_that_is_due_is_reached_or_missed_by_its_last_month() {
    // Due on 1 October: September had 280.
    let data = data(&[("Was", "revenue", 100.0, 280.0, 18, 1), ("Was not", "revenue", 100.0, 281.0, 18, 1)]);
    let view = bench().view(|q| data.answer(q));
    assert_eq!((status(&view, 0).1, status(&view, 1).1), ("reached", "missed"));
}

#[test]
fn hostile_and_unknown_goals_are_rows_without_a_status() {
    let mut data =
        data(&[("<img src=x>", "no-such-metric", f64::NAN, 1.0, 3, -3), ("Flat", "revenue", 5.0, 5.0, 3, -3)]);
    let view = bench().view(|q| data.answer(q));
    assert_eq!(status(&view, 0).1, "not known");
    assert_eq!(grid(&view, "goals").rows[0][6], Cell::Text("no-such-metric".to_owned()));
    assert_eq!(grid(&view, "goals").rows[1][2], Cell::Missing);
    data.goals = fixture::rows(vec![("title", text(&["Only a title"]))]);
    let view = bench().view(|q| data.answer(q));
    assert_eq!((grid(&view, "goals").rows.len(), status(&view, 0).1), (1, "not known"));
}

#[test]
fn goals_are_of_the_whole_whatever_the_filters() {
    let data = data(&[("Reachable", "revenue", 100.0, 310.0, 18, -3)]);
    let mut bench = bench();
    bench.filter("region", &["eu"], &[]);
    let (view, notes) = bench.derive(|q| data.answer(q));
    assert_eq!(status(&view.unwrap(), 0).1, "on track");
    assert!(notes.remarks.iter().any(|remark| remark.contains("filters and comparisons do not reach them")));
}

#[test]
fn the_summary_names_what_is_not_on_track() {
    let data = data(&[("Near", "revenue", 100.0, 310.0, 18, -3), ("Far", "revenue", 100.0, 400.0, 18, -3)]);
    let view = bench().view(|q| data.answer(q));
    assert_eq!(view.summary.0, [Piece::Text("1 of 2 goals on track or reached; missed: Far".to_owned())]);
}

#[test]
fn what_is_missing_is_named_with_lines_to_write() {
    let (stop, _) = Bench::new(PanelKind::StrategicGoals, "[]", "[]").derive(|_| None);
    let Err(Stop::Empty { reason, teach: Some(teach) }) = stop else { panic!("{stop:?}") };
    assert!(reason.contains("metric goals") && teach.contains("goals.json") && teach.lines().count() <= 8);
    let empty = data(&[]);
    let (stop, _) = bench().derive(|q| empty.answer(q));
    assert!(matches!(stop, Err(Stop::Empty { teach: None, .. })), "{stop:?}");
}
