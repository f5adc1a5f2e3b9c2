//! What is inside the frame: figures and blocks, or the reason why there are none.

use std::sync::Arc;

use leptos::prelude::*;

use super::controls::controls;
use super::states::{empty, failed, skeleton};
use crate::order::Order as _;
use crate::source::{Cause, Failure};
use crate::spec::Problem;
use crate::ui::components::block::BlockView;
use crate::ui::components::figure::figures;
use crate::ui::store::{Phase, Store, use_store};
use crate::ui::text::use_texts;
use crate::view::{Block, BlockBody, Callout, Control, View};

/// What the body holds now.
#[derive(Clone, PartialEq)]
enum Shown {
    Skeleton,
    Picture,
    Other(Phase),
}

/// The inside of a panel.
#[component]
pub fn PanelBody(
    /// Id of the panel.
    id: String,
    /// Whether blocks for the panel's own page are shown too.
    details: bool,
) -> impl IntoView {
    let store = use_store();
    let now = store.panel(&id);
    let id = StoredValue::new(id);
    let misfit = Memo::new(move |_| id.with_value(|id| misfit(store, id)));
    let shown = Memo::new(move |_| {
        if let Some(failure) = misfit.get() {
            return Shown::Other(Phase::Failed(failure));
        }
        now.with(|now| match &now.phase {
            _ if now.view.is_some() => Shown::Picture,
            _ if now.generation < store.asked_generation.get() => Shown::Skeleton,
            Phase::Empty { .. } | Phase::Failed(_) => Shown::Other(now.phase.clone()),
            _ => Shown::Skeleton,
        })
    });
    // By identity: a picture with a gap never equals itself, and news without a picture must not draw it again.
    let is_other = |a: Option<&Option<Arc<View>>>, b: Option<&Option<Arc<View>>>| match (
        a.and_then(Option::as_ref),
        b.and_then(Option::as_ref),
    ) {
        (Some(a), Some(b)) => !Arc::ptr_eq(a, b),
        (a, b) => a.is_some() != b.is_some(),
    };
    let view = Memo::new_with_compare(
        move |earlier: Option<&Option<Arc<View>>>| {
            now.with(|now| now.view.clone()).or_else(|| earlier.cloned().flatten())
        },
        is_other,
    );
    view! {
        <div class="panel-body">
            {move || match shown.get() {
                Shown::Picture => view! { <Picture view=view id=id.get_value() details=details /> }.into_any(),
                Shown::Other(Phase::Empty { reason, teach }) => empty(&reason, teach.as_deref()).into_any(),
                Shown::Other(Phase::Failed(failure)) => {
                    failed(&failure, &now.with_untracked(|now| now.sources.clone())).into_any()
                },
                Shown::Skeleton | Shown::Other(_) => skeleton().into_any(),
            }}
        </div>
    }
}

/// Figures, blocks and remarks.
#[component]
fn Picture(
    /// What to show.
    view: Memo<Option<Arc<View>>>,
    /// Id of the panel.
    id: String,
    /// Whether blocks for the panel's own page are shown too.
    details: bool,
) -> impl IntoView {
    let store = use_store();
    let texts = use_texts();
    let id = StoredValue::new(id);
    let as_table = Signal::derive(move || id.with_value(|id| store.as_table.with(|set| set.contains(id))));
    // A sentence that a view begins with is what the numbers mean: it stands over them.
    let first = Memo::new(move |_| view.with(|view| Some(said(view.as_ref()?)?.id.clone())));
    let rows = Memo::new(move |_| {
        view.with(|view| {
            let blocks = view.iter().flat_map(|view| view.blocks.iter().skip(usize::from(said(view).is_some())));
            rows(blocks.filter(|block| details || !block.details))
        })
    });
    let headline = move || {
        let texts = texts.get();
        view.with(|view| view.as_ref().and_then(|view| figures(store, &view.figures, &texts)))
    };
    // Only a change of what can be set draws the controls anew: a new value keeps the pointer and the keyboard where they are.
    let settings = Memo::new(move |_| view.with(|view| view.as_ref().map(|v| v.controls.clone()).unwrap_or_default()));
    let shapes = Memo::new(move |_| settings.with(|all| all.iter().map(Control::without_value).collect::<Vec<_>>()));
    let controls = move || id.with_value(|id| shapes.with(|shapes| controls(id, shapes, settings, details)));
    let remarks = move || {
        view.with(|view| {
            let remarks: Vec<_> = view.iter().flat_map(|v| v.remarks.clone()).collect();
            (!remarks.is_empty()).then(|| {
                let items = remarks.into_iter().map(|remark| view! { <li>{remark}</li> }).collect::<Vec<_>>();
                view! { <ul class="remarks">{items}</ul> }
            })
        })
    };
    let block_of = move |(block_id, repeats_names): (String, bool)| {
        let block = Memo::new(move |_| {
            view.with(|view| {
                let found = view.as_ref().and_then(|view| view.blocks.iter().find(|b| b.id == block_id));
                found.cloned().unwrap_or_else(nothing)
            })
        });
        view! { <BlockView block=block panel=id.get_value() as_table=as_table repeats_names=repeats_names /> }
    };
    view! {
        {controls}
        {move || first.get().map(|id| block_of((id, false)))}
        {headline}
        <div class="blocks">
            <For each=move || rows.get() key=Clone::clone let:row>
                <div class="block-row" data-grows=row.grows.then_some("")>
                    {row
                        .blocks
                        .into_iter()
                        .map(|id| (row.named_before.contains(&id), id))
                        .map(|(repeats_names, id)| block_of((id, repeats_names)))
                        .collect::<Vec<_>>()}
                </div>
            </For>
        </div>
        {remarks}
    }
}

/// The sentence that a view begins with.
fn said(view: &View) -> Option<&Block> {
    view.blocks.first().filter(|block| matches!(block.body, BlockBody::Callout(_)) && !block.details)
}

/// Blocks side by side.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Row {
    blocks: Vec<String>,
    /// Blocks whose lines a block before them in the row has named already.
    named_before: Vec<String>,
    /// Whether the row takes what height is left: rows with charts do, and all rows where there are no charts.
    grows: bool,
}

/// Blocks in rows of at most twelve twelfths.
fn rows<'a>(blocks: impl Iterator<Item = &'a Block>) -> Vec<Row> {
    const FULL: u8 = 12;
    let mut rows: Vec<Row> = Vec::new();
    let (mut used, mut named) = (FULL, Vec::new());
    for block in blocks {
        let width = block.width.clamp(1, FULL);
        if used + width > FULL {
            rows.push(Row { blocks: Vec::new(), named_before: Vec::new(), grows: false });
            (used, named) = (0, Vec::new());
        }
        used += width;
        if let Some(row) = rows.last_mut() {
            let body = &block.body;
            row.grows |= !matches!(body, BlockBody::Grid(_) | BlockBody::Feed(_) | BlockBody::Callout(_));
            row.blocks.push(block.id.clone());
            let names = names(block);
            if !names.is_empty() && named.contains(&names) {
                row.named_before.push(block.id.clone());
            }
            named.push(names);
        }
    }
    if rows.iter().all(|row| !row.grows) {
        for row in &mut rows {
            row.grows = true;
        }
    }
    rows
}

/// Names and entities of a block's lines, in the order of the names.
fn names(block: &Block) -> Vec<(String, String)> {
    let BlockBody::Lines(body) = &block.body else { return Vec::new() };
    let named = body.lines.iter().filter(|line| !line.title.is_empty());
    let mut names: Vec<_> = named.map(|line| (line.title.clone(), line.entity.clone())).collect();
    names.order_by(Ord::cmp);
    names
}

/// Stands for a block in the moment before it is removed.
fn nothing() -> Block {
    let body = BlockBody::Callout(Callout::default());
    Block { id: String::new(), title: String::new(), details: false, width: 12, body }
}

/// Why the workspace has no such panel, if it has none.
pub(super) fn misfit(store: Store, id: &str) -> Option<Failure> {
    if store.workspace().spec.panels.contains_key(id) {
        return None;
    }
    let dropped = store.problems.with(|problems| {
        let of_panel = |p: &&Problem| p.dropped.as_ref().is_some_and(|(list, of)| *list == "panels" && of == id);
        problems.iter().find(of_panel).map(ToString::to_string)
    });
    let text = dropped.unwrap_or_else(|| format!("the workspace has no panel called \"{id}\""));
    Some(Failure::new(Cause::Configuration, text).with_hint("correct the workspace, then reload the page"))
}
