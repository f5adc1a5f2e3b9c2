//! One block of a panel.

use leptos::prelude::*;

use super::callout::callout;
use super::chart::{BlockChart, MapChart};
use super::feed::feed;
use super::grid_table::GridTable;
use crate::ui::store::use_store;
use crate::ui::tasks::choose::choose;
use crate::ui::text::use_texts;
use crate::view::{Block, BlockBody, twin::twin};

/// How a block is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Chart,
    Map,
    Table,
    Feed,
    Callout,
}

/// A block as picture, table or text.
#[component]
pub fn BlockView(
    /// What it shows.
    #[prop(into)]
    block: Signal<Block>,
    /// Id of the panel.
    #[prop(into)]
    panel: String,
    /// Whether pictures are shown as their tables.
    #[prop(into)]
    as_table: Signal<bool>,
    /// Whether a picture beside it has named the same lines. Default is `false`.
    #[prop(optional)]
    repeats_names: bool,
) -> impl IntoView {
    let store = use_store();
    let texts = use_texts();
    let kind = Memo::new(move |_| {
        block.with(|block| match block.body {
            BlockBody::Grid(_) => Kind::Table,
            BlockBody::Feed(_) => Kind::Feed,
            BlockBody::Callout(_) => Kind::Callout,
            _ if as_table.get() => Kind::Table,
            BlockBody::Map(_) => Kind::Map,
            _ => Kind::Chart,
        })
    });
    let is_own_table = Memo::new(move |_| block.with(|block| matches!(block.body, BlockBody::Grid(_))));
    let title = Memo::new(move |_| block.with(|b| b.title.clone()));
    let width = Memo::new(move |_| block.with(|b| b.width.clamp(1, 12)));
    let id = block.with_untracked(|b| b.id.clone());
    let panel = StoredValue::new(panel);
    let open = Callback::new(move |key: String| panel.with_value(|panel| choose(store, panel, "prediction", &key)));
    let body = move || match kind.get() {
        Kind::Chart => view! { <BlockChart block=block panel=panel.get_value() /> }.into_any(),
        Kind::Map => view! { <MapChart block=block panel=panel.get_value() /> }.into_any(),
        Kind::Table => {
            let rows = Memo::new(move |_| block.with(twin));
            view! { <GridTable twin=rows caption=title panel=panel.get_value() /> }.into_any()
        }
        Kind::Feed => (move || {
            block.with(|block| match &block.body {
                BlockBody::Feed(lines) => Some(feed(lines, &block.title, &texts.get(), open)),
                _ => None,
            })
        })
        .into_any(),
        Kind::Callout => (move || {
            block.with(|block| match &block.body {
                BlockBody::Callout(sentence) => Some(callout(sentence, &texts.get())),
                _ => None,
            })
        })
        .into_any(),
    };
    view! {
        <div class="block" class:own-table=is_own_table data-block=id data-repeats-names=repeats_names.then_some("") style:--w=move || width.get().to_string()>
            {move || (!title.with(String::is_empty)).then(|| view! { <h4 class="block-title">{title.get()}</h4> })}
            {body}
        </div>
    }
}
