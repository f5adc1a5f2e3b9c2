//! The page for a workspace that cannot be used: what is wrong, where, and what to do.

use leptos::prelude::*;

/// A readable page instead of a blank one.
#[component]
pub fn UnreadablePage(
    /// What happened.
    headline: String,
    /// Each mistake in words, with its path.
    problems: Vec<String>,
) -> impl IntoView {
    let items: Vec<_> = problems.into_iter().map(|problem| view! { <li class="mono">{problem}</li> }).collect();
    let list = (!items.is_empty()).then(|| view! { <ul class="problems">{items}</ul> });
    let again = |_| {
        if let Some(window) = web_sys::window() {
            // A reload that the browser refuses leaves this page, which says what to do.
            let _ = window.location().reload();
        }
    };
    view! {
        <div class="message-page" role="alert">
            <h1>"This workspace cannot be shown"</h1>
            <p>{headline}</p>
            {list}
            <p class="muted">
                "Correct the file beside this page in the folder \"workspaces\", then try again. Without ?workspace= in the address the default workspace opens."
            </p>
            <div>
                <button type="button" class="button primary" on:click=again>
                    "Try again"
                </button>
            </div>
        </div>
    }
}
