//! A dialog above the page; the browser traps the focus and gives it back.

use leptos::html;
use leptos::prelude::*;

use super::icon::{Icon, icon};
use super::popover::unique_id;

/// A modal dialog that is open as long as it is mounted.
#[component]
pub fn Dialog(
    /// Heading.
    #[prop(into)]
    title: String,
    /// Classes beside `dialog`.
    #[prop(into, optional)]
    class: String,
    /// Called when it is closed, by Escape or its button.
    on_close: Callback<()>,
    /// What it holds.
    children: Children,
) -> impl IntoView {
    let element = NodeRef::<html::Dialog>::new();
    open_when_mounted(element);
    let heading = unique_id("dialog");
    view! {
        <dialog
            class=format!("dialog {class}")
            node_ref=element
            aria-labelledby=heading.clone()
            on:close=move |_| on_close.run(())
        >
            <header>
                <h2 id=heading.clone()>{title}</h2>
                <span class="spacer"></span>
                <button
                    type="button"
                    class="button square"
                    aria-label="Close"
                    on:click=move |_| {
                        if let Some(element) = element.get_untracked() {
                            element.close();
                        }
                    }
                >
                    {icon(Icon::Close)}
                </button>
            </header>
            <div class="dialog-body">{children()}</div>
        </dialog>
    }
}

/// Opens a dialog as soon as it is in the document.
pub fn open_when_mounted(element: NodeRef<html::Dialog>) {
    Effect::new(move |_| {
        if let Some(element) = element.get() {
            // Refused only when it is open already.
            request_animation_frame(move || {
                let _ = element.show_modal();
            });
        }
    });
}
