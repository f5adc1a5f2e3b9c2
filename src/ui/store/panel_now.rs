//! What is on the screen of one panel.

use std::sync::Arc;

use crate::protocol::{PanelState, PanelUpdate};
use crate::source::Failure;
use crate::view::View;

/// What is on the screen of one panel, and how it stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PanelNow {
    /// How it stands.
    pub phase: Phase,
    /// The picture; kept while a newer one is awaited.
    pub view: Option<Arc<View>>,
    /// The generation that it answers.
    pub generation: u32,
    /// Parts done and in all, while more comes behind the picture.
    pub progress: Option<(u32, u32)>,
    /// When its newest answer arrived, in milliseconds.
    pub fetched_ms: Option<i64>,
    /// Ids of the sources that it asked.
    pub sources: Vec<String>,
}

/// How a panel stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Phase {
    /// It waits for its first answer.
    #[default]
    Loading,
    /// The picture is true.
    Fresh,
    /// Parts are missing.
    Partial(Vec<Failure>),
    /// The last good picture.
    Stale(Failure),
    /// Nothing to show.
    Empty {
        /// Why.
        reason: String,
        /// Lines of workspace to add.
        teach: Option<String>,
    },
    /// No picture.
    Failed(Failure),
}

impl PanelNow {
    /// Takes news. While an answer is awaited the old picture stays.
    pub fn take(&mut self, update: PanelUpdate) {
        self.generation = update.generation;
        self.progress = update.progress;
        self.fetched_ms = update.fetched_ms.or(self.fetched_ms);
        if !update.sources.is_empty() {
            self.sources = update.sources;
        }
        let (phase, view) = match update.state {
            PanelState::Loading => {
                self.phase = Phase::Loading;
                return;
            }
            PanelState::Fresh(view) => (Phase::Fresh, Some(view)),
            PanelState::Partial(view, failures) => (Phase::Partial(failures), Some(view)),
            PanelState::Stale(view, failure) => (Phase::Stale(failure), Some(view)),
            PanelState::Empty { reason, teach } => (Phase::Empty { reason, teach }, None),
            PanelState::Failed(failure) => (Phase::Failed(failure), None),
        };
        self.phase = phase;
        self.view = view.map(Arc::new);
    }
}
