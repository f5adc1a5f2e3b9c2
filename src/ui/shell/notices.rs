//! Small messages at the foot of the page.

use leptos::prelude::*;

use crate::ui::components::icon::{Icon, icon};
use crate::ui::store::use_store;
use crate::ui::tasks::notify::dismiss;

/// The messages that stand now; announced politely.
#[component]
pub fn Notices() -> impl IntoView {
    let store = use_store();
    let items = move || {
        let notices = store.notices.get().into_iter();
        notices
            .map(|notice| {
                let text = notice.text.clone();
                view! {
                    <li>
                        <span>{text}</span>
                        <span class="spacer"></span>
                        <button
                            type="button"
                            class="button square"
                            aria-label="Close message"
                            on:click=move |_| dismiss(store, &notice)
                        >
                            {icon(Icon::Close)}
                        </button>
                    </li>
                }
            })
            .collect::<Vec<_>>()
    };
    view! {
        <ul class="notices" role="status" aria-live="polite">
            {items}
        </ul>
    }
}
