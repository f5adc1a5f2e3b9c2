//! The rail of dashboards: the role's own first, then all others.

use leptos::prelude::*;

use crate::state::{Command, current_dashboard, current_role};
use crate::ui::store::{Store, use_store};
use crate::ui::tasks::apply_command::apply_command;
use crate::web::document;

/// The rail.
#[component]
pub fn Rail() -> impl IntoView {
    let store = use_store();
    let current = Memo::new(move |_| {
        let document = store.workspace();
        store.selection.with(|s| current_dashboard(s, &document.spec).map(|d| d.id.clone())).unwrap_or_default()
    });
    let lists = Memo::new(move |_| {
        let document = store.workspace();
        let role = store.selection.with(|s| current_role(s, &document.spec).cloned());
        let own_ids = role.as_ref().map(|r| r.dashboards.clone()).unwrap_or_default();
        let named = |d: &crate::spec::DashboardSpec| (d.id.clone(), d.title.clone());
        let own: Vec<_> =
            own_ids.iter().filter_map(|id| document.spec.dashboards.iter().find(|d| d.id == *id)).map(named).collect();
        let other: Vec<_> = document.spec.dashboards.iter().filter(|d| !own_ids.contains(&d.id)).map(named).collect();
        (role.map(|r| r.title).unwrap_or_default(), own, other)
    });
    let list = move |heading: String, dashboards: Vec<(String, String)>| {
        (!dashboards.is_empty()).then(|| {
            let items: Vec<_> = dashboards.into_iter().map(|(id, title)| item(store, current, id, title)).collect();
            view! {
                <h2>{heading}</h2>
                <ul>{items}</ul>
            }
        })
    };
    view! {
        <nav class="rail" id="rail" aria-label="Dashboards" hidden=move || !store.is_rail_out.get()>
            <div class="rail-inner">
                {move || {
                    let (role, own, other) = lists.get();
                    view! {
                        {list(role, own)}
                        {list("Other dashboards".to_owned(), other)}
                    }
                }}
            </div>
        </nav>
    }
}

fn item(store: Store, current: Memo<String>, id: String, title: String) -> impl IntoView {
    let is_current = {
        let id = id.clone();
        move || current.with(|current| *current == id).then_some("page")
    };
    let open = move |_| {
        apply_command(store, &Command::OpenDashboard(Some(id.clone())));
        if document::media_matches("(max-width: 700px)") {
            store.is_rail_out.set(false);
        }
    };
    view! {
        <li>
            <button type="button" class="button" aria-current=is_current on:click=open>
                {title}
            </button>
        </li>
    }
}
