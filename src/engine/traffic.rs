//! Conversations under way: at most six requests a source at once, retries, aborts.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use super::{Effect, Fetch, FetchId, Fetched, address, retry};
use crate::frame::Frame;
use crate::protocol::{Provenance, Secret};
use crate::query::{Query, SourceId};
use crate::source::{Exchange, Failure, Request, Source, Unparsed};
use crate::spec::{Auth, SourceKind, Workspace};

const MAX_PER_SOURCE: usize = 6;
/// How many of them may be for questions that only refine a picture: a new picture must not wait until those are through.
const MAX_BEHIND: usize = 3;
const MAX_BODY_BYTES: u64 = 128 << 20;
/// How much of a raw answer is kept for "inspect".
const RAW_CHARS: usize = 20_000;

/// Everything under way.
pub(super) struct Traffic {
    lines: BTreeMap<SourceId, SourceLine>,
    talks: HashMap<Query, Talk>,
    flights: HashMap<FetchId, Flight>,
    /// How the answers came about that sources keep and compute from again, by source and path.
    kept: HashMap<(SourceId, String), Provenance>,
    /// Queries that wait for the selectors of an expression.
    parsing: HashMap<String, Vec<Query>>,
    /// Queries that only refine pictures that are shown without them.
    behind: HashSet<Query>,
    /// Answers may hold what is not to be shown: their text is not kept, and no failure quotes them.
    is_discreet: bool,
    /// Small counts of people are hidden in what is shown: answers that hold such counts are not quoted.
    hides_small: bool,
    next_id: FetchId,
    now_ms: i64,
}

/// The line to one source.
struct SourceLine {
    base_url: String,
    timeout_ms: u32,
    secret: Option<Secret>,
    has_cookies: bool,
    hands_out_tables: bool,
    n_flying: usize,
    queue: VecDeque<Queued>,
}

struct Queued {
    query: Option<Query>,
    request: Request,
    attempt: u32,
    /// Not before this instant.
    due_ms: i64,
}

struct Talk {
    exchange: Box<dyn Exchange>,
    n_open: usize,
    provenance: Vec<Provenance>,
}

struct Flight {
    source: SourceId,
    /// For whom it flies: the conversations that wait for its answer. A probe needs none.
    riders: Vec<Rider>,
    is_probe: bool,
    request: Request,
    attempt: u32,
    url: String,
}

/// A conversation that waits for an answer, under its own name for the request.
struct Rider {
    query: Query,
    tag: u32,
}

type Settled = Vec<(Query, Result<Frame, Failure>)>;

impl Traffic {
    pub(super) fn new(workspace: &Workspace, base_url: &str) -> Self {
        let line = |spec: &crate::spec::SourceSpec| SourceLine {
            base_url: address::absolute(base_url, &spec.url),
            timeout_ms: spec.timeout_seconds.clamp(1, 600) * 1_000,
            secret: None,
            has_cookies: spec.auth == Auth::Cookie,
            hands_out_tables: matches!(spec.kind, SourceKind::Table | SourceKind::Metabase),
            n_flying: 0,
            queue: VecDeque::new(),
        };
        Self {
            lines: workspace.sources.iter().map(|spec| (spec.id.clone(), line(spec))).collect(),
            talks: HashMap::new(),
            flights: HashMap::new(),
            kept: HashMap::new(),
            parsing: HashMap::new(),
            behind: HashSet::new(),
            is_discreet: false,
            hides_small: workspace.privacy.small_cells.smallest().is_some(),
            next_id: 1,
            now_ms: 0,
        }
    }

    pub(super) fn set_secret(&mut self, source: &SourceId, secret: Option<Secret>) {
        if let Some(line) = self.lines.get_mut(source) {
            line.secret = secret;
        }
    }

    /// Whether the text of answers is left out of what is told of them. Holds for answers from now on.
    pub(super) fn be_discreet(&mut self, is_discreet: bool) {
        self.is_discreet = is_discreet;
    }

    /// Drops every conversation, and what is known of how earlier answers came about.
    pub(super) fn forget(&mut self, effects: &mut Vec<Effect>) {
        self.keep_only(std::iter::empty(), effects);
        self.kept.clear();
    }

    pub(super) fn source_of(&self, id: FetchId) -> Option<&SourceId> {
        self.flights.get(&id).map(|flight| &flight.source)
    }

    /// Opens a conversation for each query that has none; returns those that cannot be asked at all, and those that a source
    /// answers without a request, as the recording does from files that it has read before.
    pub(super) fn ask(
        &mut self,
        queries: Vec<Query>,
        sources: &BTreeMap<SourceId, Box<dyn Source>>,
        effects: &mut Vec<Effect>,
    ) -> Settled {
        let mut settled = Vec::new();
        for query in queries {
            if self.talks.contains_key(&query) || self.parsing.values().any(|waiting| waiting.contains(&query)) {
                continue;
            }
            let Some(source) = sources.get(query.source()) else {
                let text = format!("there is no source \"{}\"", query.source());
                settled.push((query, Err(Failure::new(crate::source::Cause::Configuration, text))));
                continue;
            };
            if let Some(Unparsed { expression, parsable }) = source.unknown_expression(&query) {
                let waiting = self.parsing.entry(expression.clone()).or_default();
                if waiting.is_empty() {
                    effects.push(Effect::Parse { source: query.source().clone(), expression, parsable });
                }
                waiting.push(query);
                continue;
            }
            match source.open(&query) {
                Ok(exchange) => {
                    self.talks.insert(query.clone(), Talk { exchange, n_open: 0, provenance: Vec::new() });
                    self.enqueue(&query);
                    let answered = self.talks.get_mut(&query).filter(|talk| talk.n_open == 0);
                    if let Some(outcome) = answered.map(|talk| talk.exchange.finish()) {
                        settled.push((query, outcome.map_err(|failure| told(failure, self.is_discreet))));
                    }
                }
                Err(failure) => settled.push((query, Err(failure))),
            }
        }
        self.send_all(effects);
        settled
    }

    /// The selectors of an expression are known now: its queries may be asked.
    pub(super) fn learned(&mut self, expression: &str) {
        self.parsing.remove(expression);
    }

    /// Asks a source for a sign of life.
    pub(super) fn probe(&mut self, source: &SourceId, request: Request, effects: &mut Vec<Effect>) {
        if let Some(line) = self.lines.get_mut(source) {
            line.queue.push_back(Queued { query: None, request, attempt: retry::MAX_RETRIES, due_ms: 0 });
        }
        self.send_all(effects);
    }

    /// Drops conversations whose query is not wanted any more, and aborts their requests.
    pub(super) fn keep_only<'a>(&mut self, wanted: impl Iterator<Item = &'a Query>, effects: &mut Vec<Effect>) {
        let wanted: HashSet<&Query> = wanted.collect();
        self.talks.retain(|query, _| wanted.contains(query));
        for waiting in self.parsing.values_mut() {
            waiting.retain(|query| wanted.contains(query));
        }
        for line in self.lines.values_mut() {
            line.queue.retain(|queued| queued.query.as_ref().is_none_or(|q| wanted.contains(q)));
        }
        self.drop_riders(|query| !wanted.contains(query), effects);
    }

    /// Names the queries that only refine pictures that are shown without them: their requests go out after all others.
    pub(super) fn put_behind<'a>(&mut self, behind: impl Iterator<Item = &'a Query>) {
        self.behind = behind.cloned().collect();
    }

    /// Takes conversations off their flights, and aborts the flights that then fly for nobody.
    fn drop_riders(&mut self, leaves: impl Fn(&Query) -> bool, effects: &mut Vec<Effect>) {
        let mut empty = Vec::new();
        for (id, flight) in &mut self.flights {
            let had_riders = !flight.riders.is_empty();
            flight.riders.retain(|rider| !leaves(&rider.query));
            if had_riders && flight.riders.is_empty() && !flight.is_probe {
                empty.push(*id);
            }
        }
        for id in empty {
            self.land(id);
            effects.push(Effect::Abort(id));
        }
    }

    /// Takes what came of a request; returns the queries that are settled by it.
    pub(super) fn fetched(&mut self, id: FetchId, fetched: Fetched, effects: &mut Vec<Effect>) -> Settled {
        self.now_ms = fetched.now_ms;
        let Some(mut flight) = self.land(id) else { return Vec::new() };
        let mut settled = Vec::new();
        let mut riders = std::mem::take(&mut flight.riders);
        // Answers are large and mostly have one rider: only those before the last get a copy.
        let last = riders.pop();
        for rider in riders {
            let outcome = self.take_answer(&rider, &flight, fetched.clone(), effects);
            settled.extend(outcome.map(|outcome| (rider.query, outcome)));
        }
        if let Some(rider) = last {
            let outcome = self.take_answer(&rider, &flight, fetched, effects);
            settled.extend(outcome.map(|outcome| (rider.query, outcome)));
        }
        self.send_all(effects);
        settled
    }

    /// What is known of how a settled query's answer came about: its own requests, and the kept answers that it rests on besides.
    pub(super) fn take_provenance(&mut self, query: &Query) -> Vec<Provenance> {
        let Some(Talk { exchange, mut provenance, .. }) = self.talks.remove(query) else { return Vec::new() };
        let of_kept = |path| self.kept.get(&(query.source().clone(), path));
        let before: Vec<Provenance> = exchange.rests_on().into_iter().filter_map(of_kept).cloned().collect();
        for kept in before {
            if provenance.iter().all(|own| own.url != kept.url) {
                provenance.push(Provenance { is_kept: true, ..kept });
            }
        }
        provenance
    }

    /// Sends what waited for this time.
    ///
    /// A timer may fire before its time, as when the viewer's clock is set back: what is not due yet is waited for again.
    pub(super) fn wake(&mut self, now_ms: i64, effects: &mut Vec<Effect>) {
        self.now_ms = now_ms;
        self.send_all(effects);
        let queued = self.lines.values().flat_map(|line| &line.queue);
        if let Some(due_ms) = queued.map(|queued| queued.due_ms).filter(|&due_ms| due_ms > now_ms).min() {
            let wait_ms = (due_ms - now_ms).min(retry::MOST_MS);
            effects.push(Effect::Wake(u32::try_from(wait_ms).unwrap_or_default()));
        }
    }

    fn land(&mut self, id: FetchId) -> Option<Flight> {
        let flight = self.flights.remove(&id)?;
        if let Some(line) = self.lines.get_mut(&flight.source) {
            line.n_flying = line.n_flying.saturating_sub(1);
        }
        Some(flight)
    }

    fn take_answer(
        &mut self,
        rider: &Rider,
        flight: &Flight,
        fetched: Fetched,
        effects: &mut Vec<Effect>,
    ) -> Option<Result<Frame, Failure>> {
        let query = &rider.query;
        let talk = self.talks.get_mut(query)?;
        let tells_counts = self.hides_small && counts_people(query, self.lines.get(&flight.source));
        let is_quoted = !(self.is_discreet || tells_counts);
        talk.provenance.push(provenance(flight, &fetched, is_quoted));
        let worth_retrying = match &fetched.result {
            Ok(response) => !response.is_ok() && retry::is_worth_it(crate::source::Cause::from_status(response.status)),
            Err(failure) => retry::is_worth_it(failure.cause),
        };
        if worth_retrying && flight.attempt < retry::MAX_RETRIES {
            let wait_ms = retry::delay_ms(flight.attempt, self.next_id);
            let due_ms = fetched.now_ms + i64::from(wait_ms);
            let request = Request { tag: rider.tag, ..flight.request.clone() };
            let queued = Queued { query: Some(query.clone()), request, attempt: flight.attempt + 1, due_ms };
            if let Some(line) = self.lines.get_mut(&flight.source) {
                line.queue.push_back(queued);
            }
            effects.push(Effect::Wake(wait_ms));
            return None;
        }
        talk.n_open = talk.n_open.saturating_sub(1);
        let received = match fetched.result {
            Ok(response) => {
                talk.exchange.receive(rider.tag, response).map_err(|failure| told(failure, self.is_discreet))
            }
            Err(failure) => Err(failure),
        };
        if let Err(failure) = received {
            self.abandon(query, effects);
            return Some(Err(failure));
        }
        if talk.exchange.rests_on().contains(&flight.request.path)
            && let Some(own) = talk.provenance.last()
        {
            self.kept.insert((flight.source.clone(), flight.request.path.clone()), own.clone());
        }
        self.enqueue(query);
        let talk = self.talks.get_mut(query)?;
        let outcome = (talk.n_open == 0).then(|| talk.exchange.finish())?;
        Some(outcome.map_err(|failure| told(failure, self.is_discreet)))
    }

    /// Aborts what is left of a conversation that failed; its provenance stays until it is taken.
    fn abandon(&mut self, query: &Query, effects: &mut Vec<Effect>) {
        for line in self.lines.values_mut() {
            line.queue.retain(|queued| queued.query.as_ref() != Some(query));
        }
        self.drop_riders(|asked| asked == query, effects);
    }

    fn enqueue(&mut self, query: &Query) {
        let Some(talk) = self.talks.get_mut(query) else { return };
        let Some(line) = self.lines.get_mut(query.source()) else { return };
        for request in talk.exchange.next_requests() {
            talk.n_open += 1;
            line.queue.push_back(Queued { query: Some(query.clone()), request, attempt: 0, due_ms: 0 });
        }
    }

    fn send_all(&mut self, effects: &mut Vec<Effect>) {
        let (behind, now_ms) = (&self.behind, self.now_ms);
        for (source, line) in &mut self.lines {
            while line.n_flying < MAX_PER_SOURCE {
                let is_behind = |query: &Query| behind.contains(query);
                let flies_behind = |flight: &&Flight| {
                    flight.source == *source
                        && !flight.is_probe
                        && flight.riders.iter().all(|rider| is_behind(&rider.query))
                };
                let may_refine = self.flights.values().filter(flies_behind).count() < MAX_BEHIND;
                let find = |refines: bool| {
                    line.queue.iter().position(|queued| {
                        queued.due_ms <= now_ms && queued.query.as_ref().is_some_and(is_behind) == refines
                    })
                };
                let Some(at) = find(false).or_else(|| may_refine.then(|| find(true)).flatten()) else { break };
                let Some(queued) = line.queue.remove(at) else { break };
                // Questions that read the same file share one flight.
                // A probe takes them along too: a recording's is the file that every question reads first.
                let same = |flight: &&mut Flight| {
                    flight.source == *source
                        && flight.request.body.is_read()
                        && flight.request.body == queued.request.body
                        && flight.request.path == queued.request.path
                };
                if let (Some(query), Some(flight)) = (&queued.query, self.flights.values_mut().find(same)) {
                    flight.riders.push(Rider { query: query.clone(), tag: queued.request.tag });
                    // A probe is not tried again, but what rides on it is.
                    flight.attempt = flight.attempt.min(queued.attempt);
                    continue;
                }
                let id = self.next_id;
                self.next_id += 1;
                line.n_flying += 1;
                let url = format!("{}{}", line.base_url, queued.request.path);
                effects.push(Effect::Fetch(Fetch {
                    id,
                    url: url.clone(),
                    body: queued.request.body.clone(),
                    secret: line.secret.clone(),
                    has_cookies: line.has_cookies,
                    timeout_ms: line.timeout_ms,
                    max_bytes: MAX_BODY_BYTES,
                }));
                let Queued { query, request, attempt, .. } = queued;
                let is_probe = query.is_none();
                let riders = query.map(|query| Rider { query, tag: request.tag }).into_iter().collect();
                self.flights.insert(id, Flight { source: source.clone(), riders, is_probe, request, attempt, url });
            }
        }
    }
}

/// Whether an answer to the query may tell small counts of people: those of a unit that the workspace names, and rows, which can be
/// counted. A table that comes whole holds them whatever was asked.
fn counts_people(query: &Query, line: Option<&SourceLine>) -> bool {
    match query {
        Query::Groups(groups) => groups.unit.is_some(),
        Query::Rows(_) => true,
        _ => line.is_some_and(|line| line.hands_out_tables),
    }
}

fn provenance(flight: &Flight, fetched: &Fetched, is_quoted: bool) -> Provenance {
    let (status, n_bytes, raw) = match &fetched.result {
        Ok(response) => {
            let start = response.body.get(..RAW_CHARS.min(response.body.len())).unwrap_or_default();
            let raw = is_quoted.then(|| String::from_utf8_lossy(start).into_owned());
            (response.status, response.body.len() as u64, raw)
        }
        Err(failure) => (0, 0, Some(failure.text.clone())),
    };
    Provenance {
        source: flight.source.0.clone(),
        shown: flight.request.shown.clone(),
        url: flight.url.clone(),
        took_ms: fetched.took_ms,
        n_bytes,
        status,
        at_ms: fetched.now_ms,
        raw,
        is_kept: false,
    }
}

/// A failure that was read from an answer, as it may be told: a source's own words quote its data.
fn told(failure: Failure, is_discreet: bool) -> Failure {
    if !is_discreet {
        return failure;
    }
    let text = "the answer could not be used; what it says may hold fields that are not to be shown".to_owned();
    Failure { text, hint: None, ..failure }
}
