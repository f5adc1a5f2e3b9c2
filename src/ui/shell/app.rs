//! The app: puts the store in place, starts the tasks that last, and chooses the page.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::bar::Bar;
use super::help::HelpDialog;
use super::notices::Notices;
use super::palette::Palette;
use super::rail::Rail;
use crate::spec::Density;
use crate::state::{Command, current_dashboard, current_panel, current_role};
use crate::ui::components::icon::{Icon, icon};
use crate::ui::hooks::use_address::use_address;
use crate::ui::hooks::use_chart_text::use_chart_text;
use crate::ui::hooks::use_clock::use_clock;
use crate::ui::hooks::use_host::use_host;
use crate::ui::hooks::use_ready::use_ready;
use crate::ui::hooks::use_shortcuts::use_shortcuts;
use crate::ui::hooks::use_theme::use_theme;
use crate::ui::pages::{DashboardPage, DetailsPage, UnreadablePage};
use crate::ui::panels::{ExplainDialog, InspectDialog};
use crate::ui::store::{Loaded, Notice, Overlay, Store, provide_store, use_store};
use crate::ui::tasks::apply_command::apply_command;
use crate::ui::tasks::notify::notify;
use crate::ui::tasks::{follow_engine, load_workspace, show_visible};
use crate::web::document;

/// The app.
#[component]
pub fn App() -> impl IntoView {
    let store = provide_store();
    use_theme(store);
    use_address(store);
    use_clock(store);
    use_chart_text(store);
    use_ready(store);
    use_shortcuts(store);
    use_host(store);
    follow_engine::start_engine(store);
    show_visible::follow(store);
    load_workspace::load_workspace(store, store.selection.with_untracked(|s| s.workspace.clone()));
    follow_misfits(store);
    follow_title(store);

    let is_kiosk = Memo::new(move |_| store.selection.with(|s| s.kiosk));
    let density = Memo::new(move |_| density_name(store));
    view! {
        <div class="app" class:kiosk=is_kiosk data-density=move || density.get()>
            <a class="skip" href="#page" on:click=skip>
                "Skip to the panels"
            </a>
            <Bar />
            <Rail />
            <main class="page" id="page" tabindex="-1">
                <Page />
            </main>
            <Notices />
            <Overlays />
            {move || is_kiosk.get().then(kiosk_exit)}
        </div>
    }
}

/// What the page area shows, as far as it decides what is mounted.
#[derive(Clone, PartialEq)]
enum Place {
    Waiting,
    Unreadable(String, Vec<String>),
    Dashboard(Option<String>),
    Panel(String),
}

/// The page area.
#[component]
fn Page() -> impl IntoView {
    let store = use_store();
    let place = Memo::new(move |_| {
        let document = match store.loaded.get() {
            Loaded::Waiting => return Place::Waiting,
            Loaded::Unreadable { headline, problems } => return Place::Unreadable(headline, problems),
            Loaded::Ready(document) => document,
        };
        store.selection.with(|s| match current_panel(s, &document.spec) {
            Some(id) => Place::Panel(id.to_owned()),
            None => Place::Dashboard(current_dashboard(s, &document.spec).map(|d| d.id.clone())),
        })
    });
    let dashboard = move || {
        let document = store.workspace_untracked();
        store.selection.with_untracked(|s| current_dashboard(s, &document.spec).cloned())
    };
    move || match place.get() {
        Place::Waiting => ().into_any(),
        Place::Unreadable(headline, problems) => {
            view! { <UnreadablePage headline=headline problems=problems /> }.into_any()
        }
        Place::Panel(id) => {
            let title = dashboard().map(|d| d.title).unwrap_or_default();
            view! { <DetailsPage id=id dashboard=title /> }.into_any()
        }
        Place::Dashboard(_) => match dashboard() {
            Some(dashboard) => view! { <DashboardPage dashboard=dashboard /> }.into_any(),
            None => view! { <p class="muted">"This workspace has no dashboards."</p> }.into_any(),
        },
    }
}

/// What is laid over the page.
#[component]
fn Overlays() -> impl IntoView {
    let store = use_store();
    move || match store.overlay.get() {
        None => ().into_any(),
        Some(Overlay::Palette) => view! { <Palette /> }.into_any(),
        Some(Overlay::Help) => view! { <HelpDialog /> }.into_any(),
        Some(Overlay::Inspect(id)) => view! { <InspectDialog id=id /> }.into_any(),
        Some(Overlay::Explain(id)) => view! { <ExplainDialog id=id /> }.into_any(),
    }
}

/// Takes the keyboard to the panels. The link itself would leave the view: a bare fragment resolves against the page's base
/// address, which has no query.
fn skip(event: web_sys::MouseEvent) {
    event.prevent_default();
    let page = document::document().and_then(|d| d.get_element_by_id("page"));
    if let Some(page) = page.and_then(|page| page.dyn_into::<web_sys::HtmlElement>().ok()) {
        // It can take the focus by its `tabindex`.
        let _ = page.focus();
    }
}

fn kiosk_exit() -> impl IntoView {
    let store = use_store();
    view! {
        <button
            type="button"
            class="button outlined kiosk-exit"
            on:click=move |_| apply_command(store, &Command::ToggleKiosk)
        >
            {icon(Icon::Close)}
            "Leave kiosk"
        </button>
    }
}

fn density_name(store: Store) -> &'static str {
    let document = store.workspace();
    let density = store.selection.with(|s| current_role(s, &document.spec).map(|r| r.density)).unwrap_or_default();
    match density {
        Density::Dense => "dense",
        Density::Medium => "medium",
        Density::Airy => "airy",
    }
}

/// Says what in the selection does not fit the workspace.
fn follow_misfits(store: Store) {
    let misfits = Memo::new(move |_| store.resolved.with(|resolved| resolved.notices.clone()));
    Effect::new(move |_| {
        if !matches!(store.loaded.get(), Loaded::Ready(_)) {
            return;
        }
        for misfit in misfits.get() {
            notify(store, Notice::from_address(&misfit));
        }
    });
}

fn follow_title(store: Store) {
    Effect::new(move |_| {
        let document = store.workspace();
        let name = document.metadata.title.clone().unwrap_or_else(|| document.metadata.name.clone());
        let dashboard = store.selection.with(|s| current_dashboard(s, &document.spec).map(|d| d.title.clone()));
        let parts = [dashboard.unwrap_or_default(), name, "Sightline".to_owned()];
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        document::set_title(&parts.join(" · "));
    });
}
