//! A dashboard: sections of panels on the 24-column grid.

use leptos::prelude::*;

use crate::spec::{DashboardSpec, Placement, SectionSpec};
use crate::state::Command;
use crate::ui::components::icon::{Icon, icon};
use crate::ui::panels::Panel;
use crate::ui::store::use_store;
use crate::ui::tasks::apply_command::apply_command;

/// A dashboard.
#[component]
pub fn DashboardPage(
    /// What it holds.
    dashboard: DashboardSpec,
) -> impl IntoView {
    if !has_panels(&dashboard) {
        return view! { <WithoutPanels dashboard=dashboard /> }.into_any();
    }
    let note = dashboard.description.clone().map(|text| view! { <p class="page-note">{text}</p> });
    view! {
        <h1 class="hidden-text">{dashboard.title.clone()}</h1>
        {note}
        {dashboard.sections.iter().map(section).collect::<Vec<_>>()}
    }
    .into_any()
}

fn has_panels(dashboard: &DashboardSpec) -> bool {
    dashboard.sections.iter().any(|section| !section.panels.is_empty())
}

/// A dashboard that has nothing to show yet: what it says of itself, and the ways to those that have.
#[component]
fn WithoutPanels(
    /// What it is.
    dashboard: DashboardSpec,
) -> impl IntoView {
    let store = use_store();
    let text = dashboard
        .description
        .clone()
        .unwrap_or_else(|| "This dashboard has no panels yet. Add them to its sections in the workspace.".to_owned());
    let document = store.workspace_untracked();
    let link = |other: &DashboardSpec| {
        let id = other.id.clone();
        let open = move |_| apply_command(store, &Command::OpenDashboard(Some(id.clone())));
        view! {
            <li>
                <button type="button" class="button outlined" on:click=open>
                    {other.title.clone()}
                </button>
            </li>
        }
    };
    let links: Vec<_> = document.spec.dashboards.iter().filter(|d| has_panels(d)).map(link).collect();
    let elsewhere = (!links.is_empty()).then(|| {
        view! {
            <div class="elsewhere">
                <h3 class="faint">"Dashboards with data today"</h3>
                <ul class="elsewhere-list">{links}</ul>
            </div>
        }
    });
    view! {
        <h1 class="hidden-text">{dashboard.title.clone()}</h1>
        <div class="page-to-come">
            <h2>{dashboard.title.clone()}</h2>
            <p>{text}</p>
            {elsewhere}
        </div>
    }
}

fn section(section: &SectionSpec) -> AnyView {
    let placements = StoredValue::new(section.panels.clone());
    let grid = move || {
        let panels = placements.with_value(|panels| panels.iter().map(place).collect::<Vec<_>>());
        view! { <div class="panels">{panels}</div> }
    };
    let Some(title) = section.title.clone() else {
        // Between the page's heading and the panels', so that no level is left out.
        return view! {
            <div class="section">
                <h2 class="hidden-text">"Panels"</h2>
                {grid()}
            </div>
        }
        .into_any();
    };
    let is_open = RwSignal::new(!section.collapsed);
    let toggle = move |event: web_sys::MouseEvent| {
        event.prevent_default();
        is_open.update(|open| *open = !*open);
    };
    // A folded section mounts nothing, so that it asks for nothing.
    view! {
        <details class="section" open=move || is_open.get()>
            <summary on:click=toggle>
                {icon(Icon::Chevron)} <h2>{title}</h2>
            </summary>
            {move || is_open.get().then(grid)}
        </details>
    }
    .into_any()
}

fn place(placement: &Placement) -> impl IntoView + use<> {
    view! { <Panel id=placement.panel.clone() width=placement.width height=placement.height details=false /> }
}
