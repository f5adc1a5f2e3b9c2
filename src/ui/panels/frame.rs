//! The frame of a panel: where it stands, its title and what is said about it, in the same place on every panel.

use leptos::html;
use leptos::prelude::*;

use super::body::{PanelBody, misfit};
use super::menu::PanelMenu;
use super::states::panel_title;
use crate::ui::components::icon::{Icon, icon};
use crate::ui::components::popover::{Popover, unique_id};
use crate::ui::hooks::use_near_screen::use_near_screen;
use crate::ui::store::{EngineState, PanelNow, Phase, Store, use_store};
use crate::ui::text::{Texts, use_texts};

/// A panel by its id: reads the store and draws the frame.
#[component]
pub fn Panel(
    /// Id of the panel.
    id: String,
    /// Width in columns of 24.
    width: u8,
    /// Height in rows of 80 px.
    height: u8,
    /// Whether it has the page for itself.
    details: bool,
) -> impl IntoView {
    let store = use_store();
    let texts = use_texts();
    let element = NodeRef::<html::Section>::new();
    let is_near = use_near_screen(store, &id, element);
    let now = store.panel(&id);
    let key = StoredValue::new(id.clone());
    let state = Memo::new(move |_| key.with_value(|id| state_name(store, id)));
    let is_outdated =
        Memo::new(move |_| now.with(|now| now.view.is_some() && now.generation < store.asked_generation.get()));
    let is_busy = Memo::new(move |_| {
        let behind = now.with(|now| now.generation < store.generation.get() || now.progress.is_some());
        is_near.get() && (behind || state.get() == "loading")
    });
    let title = Memo::new(move |_| key.with_value(|id| panel_title(&store.workspace().spec, id)));
    let summary = move || {
        let texts = texts.get();
        now.with(|now| now.view.as_ref().map(|view| texts.sentence(&view.summary)))
    };
    let meta = move || now.with(|now| meta(now, store, &texts.get()));
    let summary_id = unique_id("summary");
    let title_id = unique_id("title");
    let point = move |_| store.focused_panel.set(Some(key.get_value()));
    view! {
        <section
            class="panel"
            id=format!("panel-{id}")
            node_ref=element
            data-panel=id.clone()
            data-state=move || state.get()
            data-outdated=move || is_outdated.get().then_some("")
            aria-labelledby=title_id.clone()
            aria-describedby=summary_id.clone()
            aria-busy=move || (state.get() == "loading").to_string()
            style:--w=width.clamp(1, 24).to_string()
            style:--h=height.clamp(1, 20).to_string()
            on:pointerenter=point
            on:focusin=move |_| store.focused_panel.set(Some(key.get_value()))
        >
            {move || is_busy.get().then(|| view! { <div class="panel-bar"></div> })}
            <header class="panel-head">
                <h3 class="panel-title" id=title_id.clone() title=move || title.get()>
                    {move || title.get()}
                </h3>
                <div class="panel-meta">{meta}</div>
                <Warnings now=now />
                <PanelMenu id=id.clone() details=details />
            </header>
            <p class="hidden-text" id=summary_id.clone()>
                {summary}
            </p>
            {move || {
                is_near.get().then(|| view! { <PanelBody id=key.get_value() details=details /> })
            }}
        </section>
    }
}

/// The handle `data-state`.
fn state_name(store: Store, id: &str) -> &'static str {
    if misfit(store, id).is_some() {
        return "failed";
    }
    if store.is_loading(id) {
        return "loading";
    }
    let is_down = store.engine_state.get() != EngineState::Running;
    store.panel(id).with(|now| match &now.phase {
        Phase::Fresh | Phase::Partial(_) if is_down => "stale",
        Phase::Loading => "loading",
        Phase::Fresh => "fresh",
        Phase::Partial(_) => "partial",
        Phase::Stale(_) => "stale",
        Phase::Empty { .. } => "empty",
        Phase::Failed(_) => "failed",
    })
}

/// Unit, n and freshness.
fn meta(now: &PanelNow, store: Store, texts: &Texts) -> impl IntoView + use<> {
    let view = now.view.as_ref();
    let unit = view.and_then(|view| super::states::unit_word(view, texts));
    let n = view.and_then(|view| view.n.as_ref()).map(|(n, of)| {
        let one = of.strip_suffix('s').filter(|_| *n == 1.0).unwrap_or(of);
        view! { <span class="panel-n">{texts.count(*n)} " " {one.to_owned()}</span> }
    });
    let at_ms = view.and_then(|view| view.as_of_ms).or(now.fetched_ms.map(|ms| ms as f64)).filter(|_| view.is_some());
    let is_stale = matches!(now.phase, Phase::Stale(_)) || store.engine_state.get() != EngineState::Running;
    let class = if is_stale { "panel-stale" } else { "" };
    let clock_ms = store.now_ms.get().max(now.fetched_ms.unwrap_or(0));
    let age = at_ms.filter(|at| at.is_finite()).map(|at| {
        let text = texts.age(at, clock_ms);
        let text = if is_stale { format!("stale, {text}") } else { text };
        view! { <span class=class title=texts.instant(at)>{text}</span> }
    });
    view! {
        {unit.map(|unit| view! { <span>{unit}</span> })}
        {n}
        {age}
    }
}

/// What is less than perfect, behind an icon.
#[component]
fn Warnings(
    /// The panel.
    now: RwSignal<PanelNow>,
) -> impl IntoView {
    let texts = use_texts();
    let lines = Memo::new(move |_| {
        let texts = texts.get();
        now.with(|now| {
            let warnings = now.view.iter().flat_map(|view| &view.warnings);
            let warnings = warnings.map(|w| format!("{}: {}", w.text, texts.count(w.count as f64)));
            let failures: Vec<String> = match &now.phase {
                Phase::Partial(failures) => failures.iter().map(described).collect(),
                Phase::Stale(failure) => vec![described(failure)],
                _ => Vec::new(),
            };
            failures.into_iter().chain(warnings).collect::<Vec<_>>()
        })
    });
    let content = move |_| {
        let items = lines.get().into_iter().map(|line| view! { <li>{line}</li> }).collect::<Vec<_>>();
        view! { <ul class="popover-text">{items}</ul> }.into_any()
    };
    move || {
        (!lines.with(Vec::is_empty)).then(|| {
            view! {
                <Popover
                    class="button square"
                    label=Signal::derive(move || format!("{} remarks about this data", lines.with(Vec::len)))
                    face=|| icon(Icon::Warning)
                    content=content
                />
            }
        })
    }
}

fn described(failure: &crate::source::Failure) -> String {
    match &failure.hint {
        Some(hint) => format!("{}. {hint}", failure.text),
        None => failure.text.clone(),
    }
}
