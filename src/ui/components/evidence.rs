//! A number that opens the panel that explains it.

use leptos::prelude::*;

use crate::state::Command;
use crate::ui::store::Store;
use crate::ui::tasks::apply_command::apply_command;
use crate::view::Evidence;

/// The number as a button. Its accessible name is `name`, else the number's own text.
pub fn evidence_button(store: Store, evidence: Evidence, name: Option<String>, shown: AnyView) -> AnyView {
    let title = {
        let workspace = store.workspace_untracked();
        workspace
            .spec
            .panels
            .get(&evidence.panel)
            .map(|panel| format!("Open {}", panel.title.as_deref().unwrap_or(panel.kind.title())))
    };
    let open = move |event: web_sys::MouseEvent| {
        // The row's own click chooses it.
        event.stop_propagation();
        let Evidence { panel, filters } = evidence.clone();
        apply_command(store, &Command::OpenEvidence { panel, filters });
    };
    view! {
        <button
            type="button"
            class="evidence"
            title=title
            aria-label=name
            on:click=open
            on:keydown=|event: web_sys::KeyboardEvent| event.stop_propagation()
        >
            {shown}
        </button>
    }
    .into_any()
}
