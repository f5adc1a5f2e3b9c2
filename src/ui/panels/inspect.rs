//! What is behind a panel: each request as sent, and its raw answer.

use leptos::prelude::*;

use super::states::panel_title;
use crate::protocol::Provenance;
use crate::ui::components::dialog::Dialog;
use crate::ui::components::privacy_remark::privacy_remark;
use crate::ui::store::use_store;
use crate::ui::tasks::copy_link::copy_text;
use crate::ui::tasks::follow_engine::ask_inspection;
use crate::ui::text::{Texts, use_texts};
use crate::units::Unit;

/// The dialog; asks the engine when it opens.
#[component]
pub fn InspectDialog(
    /// Id of the panel.
    id: String,
) -> impl IntoView {
    let store = use_store();
    let texts = use_texts();
    ask_inspection(store, &id);
    let title = format!("Inspect {}", panel_title(&store.workspace_untracked().spec, &id));
    let warnings = {
        let now = store.panel(&id);
        move || {
            let warnings = now.with(|now| now.view.as_ref().map(|v| v.warnings.clone()).unwrap_or_default());
            let items: Vec<_> = warnings
                .into_iter()
                .map(|w| view! { <li>{w.text} ", " {texts.get().count(w.count as f64)}</li> })
                .collect();
            (!items.is_empty()).then(|| view! { <section><h3>"Warnings"</h3><ul>{items}</ul></section> })
        }
    };
    let requests = move || {
        let texts = texts.get();
        store.inspections.with(|known| match known.get(&id) {
            None => view! { <p class="muted">"Asking the engine..."</p> }.into_any(),
            Some(requests) if requests.is_empty() => view! { <p class="muted">"No request was needed."</p> }.into_any(),
            Some(requests) => requests.iter().map(|r| request(r, &texts)).collect::<Vec<_>>().into_any(),
        })
    };
    let role = store.question.with_untracked(|question| question.role.clone());
    let remark = privacy_remark(&store.workspace_untracked().spec, role.as_deref());
    let close = Callback::new(move |()| store.overlay.set(None));
    view! {
        <Dialog title=title on_close=close>
            {remark}
            {warnings}
            {requests}
        </Dialog>
    }
}

fn request(request: &Provenance, texts: &Texts) -> impl IntoView + use<> {
    let store = use_store();
    let status = if request.status == 0 { "no answer".to_owned() } else { request.status.to_string() };
    let fact = |name: &'static str, value: String| view! { <dt>{name}</dt><dd>{value}</dd> };
    let query = request.shown.clone();
    let raw = match request.raw.clone() {
        Some(raw) => view! {
            <details>
                <summary>"Raw answer"</summary>
                <pre tabindex="0">{raw}</pre>
            </details>
        }
        .into_any(),
        None => {
            view! { <p class="muted">"Raw answer not shown: it may hold fields, or counts of few people, that are not shown here."</p> }
                .into_any()
        }
    };
    view! {
        <section class="request">
            <div class="row">
                <h3>{request.source.clone()}</h3>
                <span class="spacer"></span>
                <button
                    type="button"
                    class="button outlined"
                    on:click=move |_| copy_text(store, query.clone(), "Query copied.")
                >
                    "Copy query"
                </button>
            </div>
            <pre tabindex="0">{request.shown.clone()}</pre>
            <dl class="facts">
                {fact("Address", request.url.clone())}
                {fact("Status", status)}
                {fact("Asked", texts.instant(request.at_ms as f64))}
                {request.is_kept.then(|| fact("From", "memory: read before, and not asked again".to_owned()))}
                {fact("Took", texts.value(request.took_ms, &Unit::new("ms")))}
                {fact("Size", texts.value(request.n_bytes as f64, &Unit::new("bytes")))}
            </dl>
            {raw}
        </section>
    }
}
