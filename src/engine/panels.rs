//! The visible panels: deriving each as its answers come.

use std::collections::{BTreeMap, HashSet};

use super::cache::Cache;
use super::{Effect, verdicts};
use crate::derive::{Ask, Context, Memo, Notes, Side, Stop, derive};
use crate::protocol::{FromEngine, PanelRequest, PanelState, PanelUpdate, Show};
use crate::query::Query;
use crate::source::{Cause, Failure};
use crate::spec::Workspace;
use crate::state::Selection;
use crate::view::{Figure, View};

/// The visible panels by id.
#[derive(Default)]
pub(super) struct Panels {
    slots: BTreeMap<String, Slot>,
    /// What derivations need not compute again.
    memo: Memo,
}

struct Slot {
    request: PanelRequest,
    notes: Notes,
    /// Must be derived again.
    is_dirty: bool,
    /// What was derived last, before the page's verdicts are corrected together.
    derived: Option<PanelUpdate>,
    /// Whether the page knows nothing of it yet.
    is_news: bool,
    /// The figures as told last, corrected.
    told: Vec<Figure>,
    /// What the picture in `derived`, or else the last one before it, is of.
    good_of: Option<Selection>,
    /// The last good picture, once something else took its place in `derived`.
    last_good: Option<View>,
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
                is_news: false,
                told: Vec::new(),
                good_of: None,
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
                let update = slot.derive(id, workspace, show, cache, &self.memo);
                slot.is_news |= slot.derived.as_ref() != Some(&update);
                slot.derived = Some(update);
                has_changed = true;
            }
        }
        if has_changed {
            self.tell(effects);
        }
    }

    /// Corrects the verdicts of the page together, and tells the panels that differ from what was told.
    ///
    /// A view may hold ten thousand runs: it is copied only to be told.
    fn tell(&mut self, effects: &mut Vec<Effect>) {
        let of_slot = |slot: &Slot| slot.derived.as_ref().and_then(|u| view(&u.state)).map(|v| v.figures.clone());
        let mut figures: Vec<Vec<Figure>> = self.slots.values().map(|slot| of_slot(slot).unwrap_or_default()).collect();
        verdicts::correct(&mut figures);
        for (slot, figures) in self.slots.values_mut().zip(figures) {
            let Some(derived) = &slot.derived else { continue };
            if !std::mem::take(&mut slot.is_news) && slot.told == figures {
                continue;
            }
            let mut update = derived.clone();
            if let Some(view) = view_mut(&mut update.state) {
                view.figures.clone_from(&figures);
            }
            slot.told = figures;
            effects.push(Effect::Emit(FromEngine::Panel(Box::new(update))));
        }
    }
}

/// The picture of a state that has one.
fn view(state: &PanelState) -> Option<&View> {
    match state {
        PanelState::Fresh(view) | PanelState::Partial(view, _) | PanelState::Stale(view, _) => Some(view),
        PanelState::Loading | PanelState::Empty { .. } | PanelState::Failed(_) => None,
    }
}

/// As [`view`], to be changed.
fn view_mut(state: &mut PanelState) -> Option<&mut View> {
    match state {
        PanelState::Fresh(view) | PanelState::Partial(view, _) | PanelState::Stale(view, _) => Some(view),
        PanelState::Loading | PanelState::Empty { .. } | PanelState::Failed(_) => None,
    }
}

impl Slot {
    fn derive(&mut self, id: &str, workspace: &Workspace, show: &Show, cache: &Cache, memo: &Memo) -> PanelUpdate {
        let mut ask = Ask::new(cache.answers()).with_memo(memo);
        let result = match workspace.panels.get(id) {
            Some(panel) => {
                let context = Context {
                    workspace,
                    panel_id: id,
                    panel,
                    selection: &show.selection,
                    range: show.range,
                    references: &show.references,
                    side: Side::Own,
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
        let state = self.state(result, show, cache);
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

    fn state(&mut self, result: Result<View, Stop>, show: &Show, cache: &Cache) -> PanelState {
        if result.is_err() {
            self.save_picture();
        }
        match result {
            Ok(mut view) => {
                merge_notes(&mut view, &self.notes);
                if let Some(failure) = cache.refresh_failure(self.notes.asked.iter()) {
                    self.save_picture();
                    return PanelState::Stale(view, failure);
                }
                (self.good_of, self.last_good) = (Some(question(&show.selection)), None);
                if self.notes.failures.is_empty() && view.warnings.iter().all(|warning| !warning.is_gap) {
                    PanelState::Fresh(view)
                } else {
                    PanelState::Partial(view, self.notes.failures.clone())
                }
            }
            Err(Stop::Pending) => PanelState::Loading,
            Err(Stop::Empty { reason, teach }) => PanelState::Empty { reason, teach },
            Err(Stop::Failed(failure)) => match &self.last_good {
                Some(view) if self.good_of == Some(question(&show.selection)) => {
                    PanelState::Stale(view.clone(), failure)
                }
                _ => PanelState::Failed(failure),
            },
        }
    }

    /// Keeps the picture that was derived last before something else takes its place.
    fn save_picture(&mut self) {
        if let Some(PanelState::Fresh(view) | PanelState::Partial(view, _)) =
            self.derived.as_mut().map(|update| &mut update.state)
        {
            self.last_good = Some(std::mem::take(view));
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
