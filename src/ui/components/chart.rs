//! A block drawn by the chart library.

use leptos::prelude::*;

use super::grid_table::GridTable;
use crate::view::{Block, twin::twin};

/// A chart. Until the chart library is there, the block's table twin stands for it.
#[component]
pub fn BlockChart(
    /// What it draws.
    #[prop(into)]
    block: Signal<Block>,
    /// Id of the panel.
    #[prop(into)]
    panel: String,
) -> impl IntoView {
    let _ = panel;
    let rows = Memo::new(move |_| block.with(twin));
    view! { <GridTable twin=rows caption=Signal::derive(move || block.with(|b| b.title.clone())) /> }
}
