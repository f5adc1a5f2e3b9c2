//! Where answers come in, and where they are forgotten: the one place where a role's list of fields is applied.

use std::collections::BTreeMap;

use super::cache::Cache;
use super::panels::Panels;
use super::{Engine, OpenSource};
use crate::frame::Frame;
use crate::query::{Query, SourceId};
use crate::source::{Failure, Source};
use crate::spec::Workspace;

impl Engine {
    /// Takes what came of questions: the one place where a frame comes in, and where its fields are masked.
    pub(super) fn settle(&mut self, settled: Vec<(Query, Result<Frame, Failure>)>) {
        for (query, outcome) in settled {
            let provenance = self.traffic.take_provenance(&query);
            self.panels.touch(&query);
            let outcome = outcome
                .and_then(|frame| self.guard.masked(&self.workspace, &query, frame))
                .map_err(|failure| self.advice.on(query.source(), failure));
            self.cache.settle(query, outcome, provenance);
        }
    }

    /// Another list of fields holds: nothing that was read under the one before is used again, kept by sources, or on its way.
    pub(super) fn forget_answers(&mut self) {
        self.traffic.forget(&mut self.effects);
        self.cache = Cache::default();
        self.panels = Panels::default();
        self.sources = opened(&self.workspace, self.open_source, self.began_ms);
        self.watch_words();
    }

    /// Answers are quoted nowhere while there is something in them that is not to be shown.
    pub(super) fn watch_words(&mut self) {
        self.traffic.be_discreet(self.guard.is_on() || !self.workspace.privacy.hidden_columns.is_empty());
    }
}

/// The workspace's sources, with nothing read.
pub(super) fn opened(
    workspace: &Workspace,
    open_source: OpenSource,
    now_ms: i64,
) -> BTreeMap<SourceId, Box<dyn Source>> {
    workspace.sources.iter().map(|spec| (spec.id.clone(), open_source(spec, now_ms))).collect()
}
