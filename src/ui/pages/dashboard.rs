//! A dashboard: sections of panels on the 24-column grid.

use leptos::prelude::*;

use crate::spec::{DashboardSpec, Placement, SectionSpec};
use crate::ui::components::icon::{Icon, icon};
use crate::ui::panels::Panel;

/// A dashboard.
#[component]
pub fn DashboardPage(
    /// What it holds.
    dashboard: DashboardSpec,
) -> impl IntoView {
    let is_empty = dashboard.sections.iter().all(|s| s.panels.is_empty());
    let nothing = is_empty.then(|| {
        view! { <p class="muted">"This dashboard has no panels yet. Add them to its sections in the workspace."</p> }
    });
    view! {
        <h1 class="hidden-text">{dashboard.title.clone()}</h1>
        {nothing}
        {dashboard.sections.iter().map(section).collect::<Vec<_>>()}
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
