//! What is inside the frame: figures and blocks, or the reason why there are none.

use std::sync::Arc;

use leptos::prelude::*;

use super::states::{empty, failed, skeleton};
use crate::ui::components::block::BlockView;
use crate::ui::components::figure::figures;
use crate::ui::store::{Phase, use_store};
use crate::ui::text::use_texts;
use crate::view::{Block, BlockBody, Callout, View};

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
    let shown = Memo::new(move |_| {
        now.with(|now| match &now.phase {
            _ if now.view.is_some() => Shown::Picture,
            _ if now.generation < store.asked_generation.get() => Shown::Skeleton,
            Phase::Empty { .. } | Phase::Failed(_) => Shown::Other(now.phase.clone()),
            _ => Shown::Skeleton,
        })
    });
    let view = Memo::new(move |earlier: Option<&Option<Arc<View>>>| {
        now.with(|now| now.view.clone()).or_else(|| earlier.cloned().flatten())
    });
    view! {
        <div class="panel-body">
            {move || match shown.get() {
                Shown::Skeleton => skeleton().into_any(),
                Shown::Picture => view! { <Picture view=view id=id.get_value() details=details /> }.into_any(),
                Shown::Other(Phase::Empty { reason, teach }) => empty(&reason, teach.as_deref()).into_any(),
                Shown::Other(Phase::Failed(failure)) => failed(&failure).into_any(),
                Shown::Other(_) => skeleton().into_any(),
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
    let block_ids = Memo::new(move |_| {
        view.with(|view| {
            let blocks = view.iter().flat_map(|view| &view.blocks);
            blocks.filter(|block| details || !block.details).map(|block| block.id.clone()).collect::<Vec<_>>()
        })
    });
    let headline = move || {
        let texts = texts.get();
        view.with(|view| view.as_ref().and_then(|view| figures(&view.figures, &texts)))
    };
    let remarks = move || {
        view.with(|view| {
            let remarks: Vec<_> = view.iter().flat_map(|v| v.remarks.clone()).collect();
            (!remarks.is_empty()).then(|| {
                let items = remarks.into_iter().map(|remark| view! { <li>{remark}</li> }).collect::<Vec<_>>();
                view! { <ul class="remarks">{items}</ul> }
            })
        })
    };
    let block_of = move |block_id: String| {
        let block = Memo::new(move |_| {
            view.with(|view| {
                let found = view.as_ref().and_then(|view| view.blocks.iter().find(|b| b.id == block_id));
                found.cloned().unwrap_or_else(nothing)
            })
        });
        view! { <BlockView block=block panel=id.get_value() as_table=as_table /> }
    };
    view! {
        {headline}
        <div class="blocks">
            <For each=move || block_ids.get() key=Clone::clone children=block_of />
        </div>
        {remarks}
    }
}

/// Stands for a block in the moment before it is removed.
fn nothing() -> Block {
    let body = BlockBody::Callout(Callout::default());
    Block { id: String::new(), title: String::new(), details: false, width: 12, body }
}
