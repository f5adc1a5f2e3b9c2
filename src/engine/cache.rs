//! What is known: frames by query, within a byte budget.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::derive::{Answer, Answers};
use crate::frame::Frame;
use crate::protocol::Provenance;
use crate::query::{Query, SourceId};
use crate::source::Failure;

/// Frames beyond this many bytes are forgotten, those unused for longest first.
const BUDGET_BYTES: usize = 192 << 20;

/// Answers by query, with what is known of how each came about.
#[derive(Default)]
pub(super) struct Cache {
    answers: Answers,
    entries: HashMap<Query, Entry>,
    clock: u64,
}

#[derive(Default)]
struct Entry {
    provenance: Vec<Provenance>,
    n_bytes: usize,
    used: u64,
    /// The answer is old: ask again, but show it meanwhile.
    is_expired: bool,
    /// Asking again failed: the answer is older than it should be.
    refresh_failure: Option<Failure>,
    /// When the answer came, the viewer's clock.
    at_ms: Option<i64>,
}

impl Cache {
    pub(super) fn answers(&self) -> &Answers {
        &self.answers
    }

    /// Takes the outcome of a query. A failure does not replace an answer that is known: that answer becomes stale.
    pub(super) fn settle(&mut self, query: Query, outcome: Result<Frame, Failure>, provenance: Vec<Provenance>) {
        self.clock += 1;
        let entry = self.entries.entry(query.clone()).or_default();
        entry.is_expired = false;
        entry.used = self.clock;
        let newest = provenance.iter().map(|p| p.at_ms).max();
        entry.provenance = provenance;
        match outcome {
            Ok(frame) => {
                entry.n_bytes = frame.n_bytes();
                entry.refresh_failure = None;
                entry.at_ms = newest;
                self.answers.insert(query, Answer::Ready(Arc::new(frame)));
            }
            Err(failure) if matches!(self.answers.get(&query), Some(Answer::Ready(_))) => {
                entry.refresh_failure = Some(failure);
            }
            Err(failure) => {
                self.answers.insert(query, Answer::Failed(failure));
            }
        }
    }

    /// The wanted queries that must be asked: never answered, or expired.
    pub(super) fn missing<'a>(&self, wanted: impl Iterator<Item = &'a Query>) -> Vec<Query> {
        let needs_asking = |query: &&Query| self.entries.get(*query).is_none_or(|entry| entry.is_expired);
        let mut seen = HashSet::new();
        wanted.filter(needs_asking).filter(|q| seen.insert(*q)).cloned().collect()
    }

    /// Everything is old; failures are forgotten so that they are tried again.
    ///
    /// Artifacts of finished runs do not change and are kept.
    pub(super) fn expire_all(&mut self) {
        for (query, entry) in &mut self.entries {
            let failed = matches!(self.answers.get(query), Some(Answer::Failed(_)));
            entry.is_expired = failed || !matches!(query, Query::Artifact(_) | Query::LabelNames(_));
        }
    }

    /// Forgets the failures of a source, for a new try; answers that could not be renewed are asked again behind what is shown.
    pub(super) fn forget_failures(&mut self, source: &SourceId) {
        for (query, entry) in &mut self.entries {
            entry.is_expired |= query.source() == source && entry.refresh_failure.is_some();
        }
        let failed = |query: &Query, answer: &Answer| query.source() == source && matches!(answer, Answer::Failed(_));
        self.answers.retain(|query, answer| !failed(query, answer));
        let answers = &self.answers;
        self.entries.retain(|query, _| answers.contains_key(query));
    }

    /// The first failure of asking again among the queries.
    pub(super) fn refresh_failure<'a>(&self, mut asked: impl Iterator<Item = &'a Query>) -> Option<Failure> {
        asked.find_map(|query| self.entries.get(query)?.refresh_failure.clone())
    }

    /// When the oldest of the queries was answered.
    pub(super) fn oldest_ms<'a>(&self, asked: impl Iterator<Item = &'a Query>) -> Option<i64> {
        asked.filter_map(|query| self.entries.get(query)?.at_ms).min()
    }

    pub(super) fn provenance(&self, query: &Query) -> &[Provenance] {
        self.entries.get(query).map_or(&[], |entry| &entry.provenance)
    }

    /// Forgets unwanted frames, oldest use first, until the budget holds.
    pub(super) fn evict<'a>(&mut self, wanted: impl Iterator<Item = &'a Query>) {
        self.clock += 1;
        let wanted: HashSet<&Query> = wanted.collect();
        for query in &wanted {
            if let Some(entry) = self.entries.get_mut(*query) {
                entry.used = self.clock;
            }
        }
        let mut total: usize = self.entries.values().map(|entry| entry.n_bytes).sum();
        if total <= BUDGET_BYTES {
            return;
        }
        let mut idle: Vec<(u64, Query)> = self
            .entries
            .iter()
            .filter(|(query, _)| !wanted.contains(query))
            .map(|(query, entry)| (entry.used, query.clone()))
            .collect();
        idle.sort();
        for (_, query) in idle {
            if total <= BUDGET_BYTES {
                break;
            }
            total -= self.entries.remove(&query).map_or(0, |entry| entry.n_bytes);
            self.answers.remove(&query);
        }
    }
}
