//! One panel on a page of its own.

use leptos::prelude::*;

use crate::state::Command;
use crate::ui::components::icon::{Icon, icon};
use crate::ui::panels::{Panel, panel_title};
use crate::ui::store::use_store;
use crate::ui::tasks::apply_command::apply_command;

const FULL_WIDTH: u8 = 24;
const HEIGHT: u8 = 10;

/// One panel with everything it has to show.
#[component]
pub fn DetailsPage(
    /// Id of the panel.
    id: String,
    /// Name of the dashboard to go back to.
    dashboard: String,
) -> impl IntoView {
    let store = use_store();
    let title = panel_title(&store.workspace_untracked().spec, &id);
    view! {
        <div class="details-page">
            <h1 class="hidden-text">{title}</h1>
            <nav class="crumbs" aria-label="Back to the dashboard">
                <button type="button" class="button" on:click=move |_| apply_command(store, &Command::ClosePanel)>
                    {icon(Icon::Back)}
                    {dashboard}
                </button>
            </nav>
            // Between the page's heading and the panel's, so that no level is left out.
            <h2 class="hidden-text">"Details"</h2>
            <Panel id=id width=FULL_WIDTH height=HEIGHT details=true />
        </div>
    }
}
