//! The visible panels: deriving each as its answers come.

use std::collections::{BTreeMap, HashSet};

use super::cache::Cache;
use super::{Effect, verdicts};
use crate::derive::{Ask, Context, Notes, Stop, derive};
use crate::protocol::{FromEngine, PanelRequest, PanelState, PanelUpdate, Show};
use crate::query::Query;
use crate::source::{Cause, Failure};
use crate::spec::Workspace;
use crate::state::Selection;
use crate::view::View;

/// The visible panels by id.
#[derive(Default)]
pub(super) struct Panels {
    slots: BTreeMap<String, Slot>,
}

struct Slot {
    request: PanelRequest,
    notes: Notes,
    /// Must be derived again.
    is_dirty: bool,
    /// What was derived last, before the page's verdicts are corrected together.
    derived: Option<PanelUpdate>,
    /// What was told last.
    told: Option<PanelUpdate>,
    /// The last good picture and what it was of.
    last_good: Option<(Selection, View, Option<i64>)>,
}

impl Panels {
    /// Takes the list of visible panels: new ones are added, others dropped, all derived again.
    pub(super) fn show(&mut self, show: &Show) {
        let visible: HashSet<&str> = show.panels.iter().map(|p| p.panel.as_str()).collect();
        self.slots.retain(|id, _| visible.contains(id.as_str()));
        for request in &show.panels {
            let slot = self.slots.entry(request.panel.clone()).or_insert_with(|| Slot {
                request: request.clone(),
                notes: Notes::default(),
                is_dirty: true,
                derived: None,
                told: None,
                last_good: None,
            });
            slot.request = request.clone();
            slot.is_dirty = true;
        }
    }

    /// A query was settled: panels that wait for nothing else, or that it refines, are derived again.
    pub(super) fn touch(&mut self, query: &Query) {
        for slot in self.slots.values_mut() {
            if !slot.notes.asked.contains(query) {
                continue;
            }
            slot.notes.waiting.retain(|q| q != query);
            slot.notes.behind.retain(|q| q != query);
            slot.is_dirty |= slot.notes.waiting.is_empty();
        }
    }

    /// Everything is derived again.
    pub(super) fn touch_all(&mut self) {
        for slot in self.slots.values_mut() {
            slot.is_dirty = true;
        }
    }

    /// Every query that a visible panel asked.
    pub(super) fn wanted(&self) -> impl Iterator<Item = &Query> + Clone {
        self.slots.values().flat_map(|slot| slot.notes.asked.iter())
    }

    /// The queries that only refine pictures that are shown without them.
    pub(super) fn behind(&self) -> impl Iterator<Item = &Query> {
        let notes = || self.slots.values().map(|slot| &slot.notes);
        let waited: HashSet<&Query> = notes().flat_map(|notes| &notes.waiting).collect();
        notes().flat_map(|notes| &notes.behind).filter(move |query| !waited.contains(query))
    }

    /// The queries of one panel.
    pub(super) fn asked(&self, panel: &str) -> impl Iterator<Item = &Query> {
        self.slots.get(panel).into_iter().flat_map(|slot| slot.notes.asked.iter())
    }

    /// Derives the panels that need it and tells what changed.
    pub(super) fn derive(&mut self, workspace: &Workspace, show: &Show, cache: &Cache, effects: &mut Vec<Effect>) {
        let mut has_changed = false;
        for (id, slot) in &mut self.slots {
            if std::mem::take(&mut slot.is_dirty) {
                slot.derived = Some(slot.derive(id, workspace, show, cache));
                has_changed = true;
            }
        }
        if has_changed {
            self.tell(effects);
        }
    }

    /// Corrects the verdicts of the page together, and tells the panels that differ from what was told.
    fn tell(&mut self, effects: &mut Vec<Effect>) {
        let mut updates: Vec<PanelUpdate> = self.slots.values().filter_map(|slot| slot.derived.clone()).collect();
        let mut views: Vec<&mut View> = updates.iter_mut().filter_map(|update| view_mut(&mut update.state)).collect();
        verdicts::correct(&mut views);
        for update in updates {
            let Some(slot) = self.slots.get_mut(&update.panel) else { continue };
            if slot.told.as_ref() != Some(&update) {
                effects.push(Effect::Emit(FromEngine::Panel(Box::new(update.clone()))));
                slot.told = Some(update);
            }
        }
    }
}

/// The picture of a state that has one.
fn view_mut(state: &mut PanelState) -> Option<&mut View> {
    match state {
        PanelState::Fresh(view) | PanelState::Partial(view, _) | PanelState::Stale(view, _) => Some(view),
        PanelState::Loading | PanelState::Empty { .. } | PanelState::Failed(_) => None,
    }
}

impl Slot {
    fn derive(&mut self, id: &str, workspace: &Workspace, show: &Show, cache: &Cache) -> PanelUpdate {
        let mut ask = Ask::new(cache.answers());
        let result = match workspace.panels.get(id) {
            Some(panel) => {
                let context = Context {
                    workspace,
                    panel_id: id,
                    panel,
                    selection: &show.selection,
                    range: show.range,
                    references: &show.references,
                    width_px: self.request.width_px,
                    details: self.request.details,
                    now_ms: show.now_ms,
                };
                derive(&context, &mut ask)
            }
            None => Err(Stop::Failed(Failure::new(Cause::Configuration, format!("there is no panel \"{id}\"")))),
        };
        self.notes = ask.into_notes();
        let asked = || self.notes.asked.iter();
        let fetched_ms = cache.oldest_ms(asked());
        let n_open = self.notes.waiting.len() + self.notes.behind.len();
        let mut sources: Vec<String> = asked().map(|q| q.source().0.clone()).collect();
        sources.sort();
        sources.dedup();
        let state = self.state(result, show, cache, fetched_ms);
        PanelUpdate {
            panel: id.to_owned(),
            generation: show.generation,
            state,
            progress: (n_open > 0).then(|| {
                let n = self.notes.asked.iter().collect::<HashSet<_>>().len() as u32;
                (n.saturating_sub(n_open as u32), n)
            }),
            fetched_ms,
            sources,
        }
    }

    fn state(&mut self, result: Result<View, Stop>, show: &Show, cache: &Cache, fetched_ms: Option<i64>) -> PanelState {
        match result {
            Ok(mut view) => {
                merge_notes(&mut view, &self.notes);
                if let Some(failure) = cache.refresh_failure(self.notes.asked.iter()) {
                    return PanelState::Stale(view, failure);
                }
                self.last_good = Some((question(&show.selection), view.clone(), fetched_ms));
                if self.notes.failures.is_empty() {
                    PanelState::Fresh(view)
                } else {
                    PanelState::Partial(view, self.notes.failures.clone())
                }
            }
            Err(Stop::Pending) => PanelState::Loading,
            Err(Stop::Empty { reason, teach }) => PanelState::Empty { reason, teach },
            Err(Stop::Failed(failure)) => match &self.last_good {
                Some((of, view, _)) if *of == question(&show.selection) => PanelState::Stale(view.clone(), failure),
                _ => PanelState::Failed(failure),
            },
        }
    }
}

/// The part of the selection that makes two pictures comparable: everything but cursor and looks.
fn question(selection: &Selection) -> Selection {
    Selection { at: None, theme: None, kiosk: false, refresh_seconds: None, panel: None, ..selection.clone() }
}

fn merge_notes(view: &mut View, notes: &Notes) {
    view.warnings.extend(notes.warnings.iter().cloned());
    for remark in &notes.remarks {
        if !view.remarks.contains(remark) {
            view.remarks.push(remark.clone());
        }
    }
}
