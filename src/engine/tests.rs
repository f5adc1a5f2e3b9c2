//! The engine driven by hand: a source that answers from memory, a clock that the test moves.

use std::collections::BTreeMap;

use super::*;
use crate::frame::{Column, Frame, Labels, Series, Table, Values, Warning, XKind};
use crate::protocol::{PanelRequest, PanelState, PanelUpdate};
use crate::query::{HistoryQuery, Query, TimeRange};
use crate::source::{Body, Cause, Exchange, Failure, Request};
use crate::state::Selection;
use crate::units::Unit;

pub(super) const NOW_MS: i64 = 1_700_000_000_000;
const HOUR_MS: i64 = 3_600_000;

/// Answers label names and buckets; one request a query. The status decides whether it fails.
pub(super) struct Memory;

/// The same from what it has read before: no request at all.
struct Known;

impl Source for Known {
    fn open(&self, query: &Query) -> Result<Box<dyn Exchange>, Failure> {
        Ok(Box::new(OneRequest { query: query.clone(), is_sent: true, warning: None }))
    }

    fn probe(&self) -> Request {
        request("/probe")
    }
}

/// As `Memory`, with something to remark on its series.
struct Remarking(Warning);

impl Source for Remarking {
    fn open(&self, query: &Query) -> Result<Box<dyn Exchange>, Failure> {
        Ok(Box::new(OneRequest { query: query.clone(), is_sent: false, warning: Some(self.0.clone()) }))
    }

    fn probe(&self) -> Request {
        request("/probe")
    }
}

/// Reads `/query` once and answers every question from it.
struct Keeper(std::cell::Cell<bool>);

impl Source for Keeper {
    fn open(&self, query: &Query) -> Result<Box<dyn Exchange>, Failure> {
        Ok(Box::new(Kept(OneRequest { query: query.clone(), is_sent: self.0.replace(true), warning: None })))
    }

    fn refresh(&self) {
        self.0.set(false);
    }

    fn probe(&self) -> Request {
        request("/probe")
    }
}

struct Kept(OneRequest);

impl Exchange for Kept {
    fn next_requests(&mut self) -> Vec<Request> {
        self.0.next_requests()
    }

    fn receive(&mut self, tag: u32, response: Response) -> Result<(), Failure> {
        self.0.receive(tag, response)
    }

    fn finish(&mut self) -> Result<Frame, Failure> {
        self.0.finish()
    }

    fn rests_on(&self) -> Vec<String> {
        vec!["/query".to_owned()]
    }
}

struct OneRequest {
    query: Query,
    is_sent: bool,
    warning: Option<Warning>,
}

impl Source for Memory {
    fn open(&self, query: &Query) -> Result<Box<dyn Exchange>, Failure> {
        Ok(Box::new(OneRequest { query: query.clone(), is_sent: false, warning: None }))
    }

    fn probe(&self) -> Request {
        request("/probe")
    }
}

fn request(path: &str) -> Request {
    Request { tag: 0, path: path.to_owned(), body: Body::None, shown: path.to_owned() }
}

impl Exchange for OneRequest {
    fn next_requests(&mut self) -> Vec<Request> {
        if std::mem::replace(&mut self.is_sent, true) { Vec::new() } else { vec![request("/query")] }
    }

    fn receive(&mut self, _: u32, response: Response) -> Result<(), Failure> {
        if response.is_ok() { Ok(()) } else { Err(Failure::new(Cause::from_status(response.status), "no")) }
    }

    fn finish(&mut self) -> Result<Frame, Failure> {
        Ok(match &self.query {
            Query::LabelNames(_) => {
                let names = Values::text([Some("model"), Some("version"), Some("le")]);
                Frame::from_table(Table::new(vec![Column::new("name", names)]).unwrap())
            }
            Query::Series(q) => {
                Frame { warnings: self.warning.take().into_iter().collect(), ..Frame::from_series(buckets(q.range)) }
            }
            _ => Frame::default(),
        })
    }
}

fn buckets(range: TimeRange) -> Vec<Series> {
    let bucket = |le: &str, count: f64| {
        let labels = Labels::new().with("model", "m").with("le", le);
        Series::new(labels, Unit::from("s"), XKind::Time, vec![range.from_ms as f64], vec![count])
    };
    vec![bucket("0.1", 90.0), bucket("+Inf", 100.0)]
}

fn workspace() -> Workspace {
    let document = r#"{
        "sources": [{ "id": "prom", "kind": "prometheus", "url": "http://prom:9090" }],
        "dimensions": [{ "id": "model" }, { "id": "version" }],
        "metrics": [{ "id": "latency", "unit": "s", "query": { "type": "histogram", "source": "prom", "metric": "d" } }],
        "panels": { "a": { "kind": "latency-throughput" }, "b": { "kind": "latency-throughput" } }
    }"#;
    serde_json::from_str(document).unwrap()
}

pub(super) fn show(generation: u32, panels: &[&str], range: TimeRange) -> ToEngine {
    let panel = |id: &&str| PanelRequest { panel: (*id).to_owned(), width_px: 600, details: false };
    ToEngine::Show(Box::new(Show {
        generation,
        selection: Selection::default(),
        role: None,
        range,
        references: Vec::new(),
        now_ms: NOW_MS,
        panels: panels.iter().map(panel).collect(),
    }))
}

pub(super) fn last_hour() -> TimeRange {
    TimeRange::new(NOW_MS - HOUR_MS, NOW_MS)
}

/// The engine with what it has asked and told.
struct Bench {
    engine: Engine,
    flying: BTreeMap<FetchId, String>,
    n_sent: usize,
    aborted: Vec<FetchId>,
    panels: BTreeMap<String, PanelUpdate>,
    wakes: Vec<u32>,
}

impl Bench {
    fn new() -> Self {
        Self::with(|_, _| Box::new(Memory))
    }

    fn with(open: OpenSource) -> Self {
        let engine = Engine::new(workspace(), "http://h/", open, NOW_MS, None);
        let mut bench = Self {
            engine,
            flying: BTreeMap::new(),
            n_sent: 0,
            aborted: Vec::new(),
            panels: BTreeMap::new(),
            wakes: Vec::new(),
        };
        bench.settle();
        bench.answer_all(200);
        bench.n_sent = 0;
        bench
    }

    fn handle(&mut self, message: ToEngine) {
        self.engine.handle(message);
        self.settle();
    }

    fn settle(&mut self) {
        for effect in self.engine.take_effects() {
            match effect {
                Effect::Fetch(fetch) => {
                    self.n_sent += 1;
                    self.flying.insert(fetch.id, fetch.url);
                }
                Effect::Abort(id) => {
                    self.flying.remove(&id);
                    self.aborted.push(id);
                }
                Effect::Emit(FromEngine::Panel(update)) => {
                    self.panels.insert(update.panel.clone(), *update);
                }
                Effect::Wake(after_ms) => self.wakes.push(after_ms),
                Effect::Emit(_) | Effect::Parse { .. } | Effect::Login(_) => {}
            }
        }
    }

    fn answer(&mut self, id: FetchId, status: u16) {
        self.flying.remove(&id);
        let result = Ok(Response { status, body: Vec::new() });
        self.engine.fetched(id, Fetched { result, took_ms: 1.0, now_ms: NOW_MS });
        self.settle();
    }

    fn answer_all(&mut self, status: u16) {
        while let Some(id) = self.flying.keys().next().copied() {
            self.answer(id, status);
        }
    }

    fn state(&self, panel: &str) -> &PanelState {
        &self.panels[panel].state
    }
}

#[test]
fn equal_questions_of_two_panels_are_asked_once() {
    let mut alone = Bench::new();
    alone.handle(show(1, &["a"], last_hour()));
    alone.answer_all(200);
    let mut both = Bench::new();
    both.handle(show(1, &["a", "b"], last_hour()));
    both.answer_all(200);
    assert_eq!(alone.n_sent, both.n_sent);
    assert!(matches!(both.state("a"), PanelState::Fresh(_)));
    assert!(matches!(both.state("b"), PanelState::Fresh(_)));
}

#[test]
fn a_superseded_question_is_aborted_and_its_answer_dropped() {
    let mut bench = Bench::new();
    bench.handle(show(1, &["a"], last_hour()));
    bench.answer_all(200);
    bench.handle(show(2, &["a"], last_hour().shifted(-24 * HOUR_MS)));
    let old: Vec<FetchId> = bench.flying.keys().copied().collect();
    assert!(!old.is_empty());
    bench.handle(show(3, &["a"], last_hour().shifted(-48 * HOUR_MS)));
    assert!(old.iter().all(|id| bench.aborted.contains(id)));
    bench.answer(old[0], 200);
    assert!(matches!(bench.state("a"), PanelState::Loading));
    bench.answer_all(200);
    assert_eq!(bench.panels["a"].generation, 3);
    assert!(matches!(bench.state("a"), PanelState::Fresh(_)));
}

#[test]
fn going_back_to_a_known_range_asks_nothing() {
    let mut bench = Bench::new();
    bench.handle(show(1, &["a"], last_hour()));
    bench.answer_all(200);
    bench.handle(show(2, &["a"], last_hour().previous()));
    bench.answer_all(200);
    let before = bench.n_sent;
    bench.handle(show(3, &["a"], last_hour()));
    assert_eq!(bench.n_sent, before);
    assert!(matches!(bench.state("a"), PanelState::Fresh(_)));
}

#[test]
fn a_failed_refresh_keeps_the_picture_and_says_that_it_is_stale() {
    let mut bench = Bench::new();
    bench.handle(show(1, &["a"], last_hour()));
    bench.answer_all(200);
    bench.handle(ToEngine::Refresh { now_ms: NOW_MS + 60_000 });
    bench.answer_all(403);
    let PanelState::Stale(_, failure) = bench.state("a") else { panic!("{:?}", bench.state("a")) };
    assert_eq!(failure.cause, Cause::Forbidden);
    bench.handle(ToEngine::Refresh { now_ms: NOW_MS + 120_000 });
    bench.answer_all(200);
    assert!(matches!(bench.state("a"), PanelState::Fresh(_)));
}

#[test]
fn a_gap_in_the_data_makes_a_panel_partial_and_a_note_does_not() {
    let mut bench = Bench::with(|_, _| Box::new(Remarking(Warning::gap("rows were not readable", 2))));
    bench.handle(show(1, &["a"], last_hour()));
    bench.answer_all(200);
    let PanelState::Partial(view, failures) = bench.state("a") else { panic!("{:?}", bench.state("a")) };
    assert_eq!((view.warnings.as_slice(), failures.len()), ([Warning::gap("rows were not readable", 2)].as_slice(), 0));

    let mut bench = Bench::with(|_, _| Box::new(Remarking(Warning::note("a coarser step", 1))));
    bench.handle(show(1, &["a"], last_hour()));
    bench.answer_all(200);
    let PanelState::Fresh(view) = bench.state("a") else { panic!("{:?}", bench.state("a")) };
    assert_eq!(view.warnings, [Warning::note("a coarser step", 1)]);
}

#[test]
fn a_range_that_moved_on_while_the_source_died_shows_the_last_picture_as_stale() {
    let mut bench = Bench::new();
    bench.handle(show(1, &["a"], last_hour()));
    bench.answer_all(200);
    bench.handle(show(2, &["a"], last_hour().shifted(60_000)));
    bench.answer_all(404);
    assert!(matches!(bench.state("a"), PanelState::Stale(_, _)));
}

#[test]
fn a_first_failure_is_a_failure_and_recovery_needs_only_a_refresh() {
    let mut bench = Bench::new();
    bench.handle(show(1, &["a"], last_hour()));
    bench.answer_all(401);
    assert!(matches!(bench.state("a"), PanelState::Failed(f) if f.cause == Cause::Unauthorized));
    bench.handle(ToEngine::Refresh { now_ms: NOW_MS });
    bench.answer_all(200);
    assert!(matches!(bench.state("a"), PanelState::Fresh(_)));
}

#[test]
fn an_overloaded_source_is_asked_again_later_and_not_for_ever() {
    let mut bench = Bench::new();
    bench.handle(show(1, &["a"], last_hour()));
    let first = *bench.flying.keys().next().unwrap();
    bench.answer(first, 503);
    assert_eq!(bench.wakes.len(), 1);
    assert!(bench.flying.is_empty(), "nothing is sent before its time");
    for round in 1..10 {
        bench.engine.wake(NOW_MS + round * 60_000);
        bench.settle();
        bench.answer_all(503);
    }
    assert!(matches!(bench.state("a"), PanelState::Failed(f) if f.cause == Cause::Overloaded));
    assert!(bench.n_sent <= 4, "{} requests", bench.n_sent);
}

#[test]
fn a_timer_that_fires_too_early_is_set_again() {
    let mut bench = Bench::new();
    bench.handle(show(1, &["a"], last_hour()));
    let first = *bench.flying.keys().next().unwrap();
    bench.answer(first, 503);
    for early_ms in [-3_600_000, -1] {
        let n_wakes = bench.wakes.len();
        bench.engine.wake(NOW_MS + early_ms);
        bench.settle();
        assert!(bench.flying.is_empty(), "nothing is sent before its time");
        assert!(bench.wakes.len() > n_wakes);
    }
    bench.engine.wake(NOW_MS + 60_000);
    bench.settle();
    assert_eq!(bench.flying.len(), 1);
}

#[test]
fn a_failure_says_what_to_do_about_its_source() {
    let mut bench = Bench::new();
    bench.handle(show(1, &["a"], last_hour()));
    while let Some(id) = bench.flying.keys().next().copied() {
        bench.flying.remove(&id);
        let result = Err(Failure::new(Cause::Unreachable, "no answer"));
        bench.engine.fetched(id, Fetched { result, took_ms: 1.0, now_ms: NOW_MS });
        bench.settle();
    }
    let PanelState::Failed(failure) = bench.state("a") else { panic!("{:?}", bench.state("a")) };
    assert!(failure.hint.as_deref().is_some_and(|hint| hint.contains("--web.cors.origin='http://h'")), "{failure:?}");
}

#[test]
fn panels_that_are_not_visible_cost_nothing() {
    let mut bench = Bench::new();
    bench.handle(show(1, &[], last_hour()));
    assert_eq!(bench.n_sent, 0);
}

#[test]
fn an_unknown_panel_fails_alone() {
    let mut bench = Bench::new();
    bench.handle(show(1, &["a", "nowhere"], last_hour()));
    bench.answer_all(200);
    assert!(matches!(bench.state("nowhere"), PanelState::Failed(f) if f.cause == Cause::Configuration));
    assert!(matches!(bench.state("a"), PanelState::Fresh(_)));
}

#[test]
fn a_question_that_needs_no_request_is_settled_at_once() {
    let mut bench = Bench::with(|_, _| Box::new(Known));
    bench.handle(show(1, &["a", "b"], last_hour()));
    assert_eq!((bench.n_sent, bench.flying.len()), (0, 0));
    assert!(matches!(bench.state("a"), PanelState::Fresh(_)), "{:?}", bench.state("a"));
    assert!(matches!(bench.state("b"), PanelState::Fresh(_)));
    bench.handle(show(2, &["a"], last_hour().previous()));
    assert_eq!(bench.panels["a"].generation, 2);
    assert!(matches!(bench.state("a"), PanelState::Fresh(_)));
}

#[test]
fn questions_that_read_the_same_file_share_one_request() {
    // Every question of the source in memory reads `/query`.
    let mut bench = Bench::new();
    bench.handle(show(1, &["a"], last_hour()));
    bench.answer_all(200);
    bench.n_sent = 0;
    bench.handle(show(2, &["a", "b"], last_hour().previous()));
    assert_eq!(bench.flying.len(), 1);
    bench.answer_all(200);
    assert!(matches!(bench.state("a"), PanelState::Fresh(_)));
    assert!(matches!(bench.state("b"), PanelState::Fresh(_)));
}

/// Asks for each history at an address of its own.
struct Histories;

impl Source for Histories {
    fn open(&self, query: &Query) -> Result<Box<dyn Exchange>, Failure> {
        Ok(Box::new(OneHistory { query: query.clone(), is_sent: false }))
    }

    fn probe(&self) -> Request {
        request("/probe")
    }
}

struct OneHistory {
    query: Query,
    is_sent: bool,
}

impl Exchange for OneHistory {
    fn next_requests(&mut self) -> Vec<Request> {
        let Query::History(HistoryQuery { key, .. }) = &self.query else { return Vec::new() };
        if std::mem::replace(&mut self.is_sent, true) { Vec::new() } else { vec![request(&format!("/{key}"))] }
    }

    fn receive(&mut self, _: u32, _: Response) -> Result<(), Failure> {
        Ok(())
    }

    fn finish(&mut self) -> Result<Frame, Failure> {
        Ok(Frame::default())
    }
}

#[test]
fn what_only_refines_a_picture_leaves_room_for_what_makes_one() {
    let source = SourceId("prom".into());
    let history = |key: &str, full: bool| {
        Query::History(HistoryQuery { source: source.clone(), runs: vec!["r".to_owned()], key: key.to_owned(), full })
    };
    let sources = BTreeMap::from([(source.clone(), Box::new(Histories) as Box<dyn Source>)]);
    let refining: Vec<Query> = (0..10).map(|i| history(&format!("full-{i}"), true)).collect();
    let mut traffic = Traffic::new(&workspace(), "http://h/");
    let mut effects = Vec::new();
    traffic.put_behind(refining.iter());
    traffic.ask(refining.clone(), &sources, &mut effects);
    traffic.ask(vec![history("first", false), history("second", false)], &sources, &mut effects);
    let sent = |effects: &[Effect]| -> Vec<(FetchId, String)> {
        let url = |effect: &Effect| match effect {
            Effect::Fetch(fetch) => Some((fetch.id, fetch.url.rsplit('/').next().unwrap_or_default().to_owned())),
            _ => None,
        };
        effects.iter().filter_map(url).collect()
    };
    let names = |effects: &[Effect]| sent(effects).into_iter().map(|(_, name)| name).collect::<Vec<_>>();
    assert_eq!(names(&effects), ["full-0", "full-1", "full-2", "first", "second"]);
    // One that is waited for by now is no longer behind.
    let ids = sent(&effects);
    effects.clear();
    traffic.put_behind(refining.iter().filter(|query| **query != history("full-9", true)));
    let answer = Fetched { result: Ok(Response { status: 200, body: Vec::new() }), took_ms: 1.0, now_ms: NOW_MS };
    traffic.fetched(ids[0].0, answer, &mut effects);
    assert_eq!(names(&effects), ["full-9", "full-3"]);
}

/// Probes at the address of its questions, as a recording does.
struct SameFile;

impl Source for SameFile {
    fn open(&self, query: &Query) -> Result<Box<dyn Exchange>, Failure> {
        Memory.open(query)
    }

    fn probe(&self) -> Request {
        request("/query")
    }
}

#[test]
fn a_question_rides_on_a_probe_of_the_same_file_and_is_tried_again_without_it() {
    let engine = Engine::new(workspace(), "http://h/", |_, _| Box::new(SameFile), NOW_MS, None);
    let (flying, panels) = (BTreeMap::new(), BTreeMap::new());
    let mut bench = Bench { engine, flying, n_sent: 0, aborted: Vec::new(), panels, wakes: Vec::new() };
    bench.settle();
    bench.handle(show(1, &["a"], last_hour()));
    assert_eq!((bench.n_sent, bench.flying.len()), (1, 1));
    let probe = *bench.flying.keys().next().unwrap();
    bench.answer(probe, 503);
    assert!(bench.flying.is_empty() && !bench.wakes.is_empty());
    bench.engine.wake(NOW_MS + 60_000);
    bench.settle();
    bench.answer_all(200);
    assert!(matches!(bench.state("a"), PanelState::Fresh(_)));
}

#[test]
fn an_answer_from_what_was_read_before_tells_where_it_comes_from() {
    let inspected = |bench: &mut Bench| {
        bench.engine.handle(ToEngine::Inspect { panel: "a".to_owned() });
        let told = bench.engine.take_effects().into_iter().find_map(|effect| match effect {
            Effect::Emit(FromEngine::Inspection { requests, .. }) => Some(requests),
            _ => None,
        });
        told.unwrap().iter().map(|r| (r.url.clone(), r.status, r.is_kept)).collect::<Vec<_>>()
    };
    let mut bench = Bench::with(|_, _| Box::new(Keeper(std::cell::Cell::new(false))));
    let url = "http://prom:9090/query".to_owned();
    bench.handle(show(1, &["a"], last_hour()));
    bench.answer_all(200);
    assert_eq!(inspected(&mut bench), [(url.clone(), 200, false)], "asked by one of its own questions");
    bench.n_sent = 0;
    bench.handle(show(2, &["a"], last_hour().previous()));
    assert_eq!(bench.n_sent, 0);
    assert!(matches!(bench.state("a"), PanelState::Fresh(_)));
    let listed = inspected(&mut bench);
    assert_eq!(listed.iter().filter(|(address, ..)| *address == url).count(), 1, "each once: {listed:?}");
    bench.handle(show(3, &["a"], last_hour().previous().previous()));
    assert!(inspected(&mut bench).iter().any(|(address, ..)| *address == url));
}

#[test]
fn a_source_reads_again_what_it_keeps_when_the_page_is_refreshed() {
    let mut bench = Bench::with(|_, _| Box::new(Keeper(std::cell::Cell::new(false))));
    bench.handle(show(1, &["a"], last_hour()));
    bench.answer_all(200);
    bench.handle(show(2, &["a"], last_hour().previous()));
    let reads = |bench: &Bench| bench.flying.values().filter(|url| url.ends_with("/query")).count();
    assert_eq!(reads(&bench), 0, "kept");
    bench.handle(ToEngine::Refresh { now_ms: NOW_MS + 60_000 });
    assert_eq!(reads(&bench), 1, "read again, once");
    bench.answer_all(200);
    assert!(matches!(bench.state("a"), PanelState::Fresh(_)));
}
