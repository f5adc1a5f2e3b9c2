//! The health strip: one lamp per source, with shape, colour and word, and what stands behind it.

use leptos::prelude::*;

use crate::protocol::{Lamp, Secret};
use crate::spec::{Auth, SourceSpec};
use crate::ui::components::popover::{Close, Popover};
use crate::ui::components::privacy_remark::privacy_remark;
use crate::ui::components::sign_in::sign_in_door;
use crate::ui::components::status::{mark, tone_name};
use crate::ui::panels::cause_words;
use crate::ui::store::{Store, use_store};
use crate::ui::tasks::login::login;
use crate::ui::tasks::refresh::refresh;
use crate::ui::text::{Texts, use_texts};
use crate::units::Unit;
use crate::view::Tone;

/// The lamps.
#[component]
pub fn Health() -> impl IntoView {
    let store = use_store();
    let sources = Memo::new(move |_| store.workspace().spec.sources.clone());
    view! {
        <div class="lamps" role="group" aria-label="Health of the sources">
            {move || sources.get().into_iter().map(|source| lamp(store, source)).collect::<Vec<_>>()}
        </div>
    }
}

fn lamp(store: Store, source: SourceSpec) -> impl IntoView {
    let texts = use_texts();
    let id = source.id.0.clone();
    let state = Memo::new(move |_| store.lamps.with(|lamps| lamps.get(&id).cloned()));
    let title = source.title.clone().unwrap_or_else(|| source.id.0.clone());
    let face = {
        let title = title.clone();
        move || {
            let title = title.clone();
            view! {
                {move || {
                    let (tone, word) = stand(state.get().as_ref());
                    view! {
                        <span class="status" data-tone=tone_name(tone)>
                            {mark(tone)} <span>{title.clone()}</span>
                            <span class="lamp-word">{word}</span>
                        </span>
                    }
                }}
            }
        }
    };
    let id = source.id.0.clone();
    let content = move |close: Close| {
        let source = source.clone();
        let facts = {
            let source = source.clone();
            move || facts(state.get().as_ref(), &source, store.now_ms.get(), &texts.get())
        };
        let remark = move || {
            let role = store.question.with(|question| question.role.clone());
            privacy_remark(&store.workspace().spec, role.as_deref())
        };
        view! {
            <div class="popover-text" data-source=id.clone()>
                <strong>{title.clone()}</strong>
                {facts}
                {remark}
                {login_form(store, close, &source, state)}
            </div>
        }
        .into_any()
    };
    view! { <Popover class="button lamp" face=face content=content /> }
}

/// Tone and word.
fn stand(lamp: Option<&Lamp>) -> (Tone, &'static str) {
    match lamp {
        Some(lamp) if lamp.needs_login => (Tone::Warning, "log in"),
        Some(lamp) => match (lamp.is_up, &lamp.failure) {
            (Some(true), _) => (Tone::Good, "up"),
            (Some(false), _) => (Tone::Bad, "down"),
            (None, Some(_)) => (Tone::Warning, "trouble"),
            (None, None) => (Tone::Unknown, "not asked yet"),
        },
        None => (Tone::Unknown, "not asked yet"),
    }
}

fn facts(lamp: Option<&Lamp>, source: &SourceSpec, now_ms: i64, texts: &Texts) -> impl IntoView + use<> {
    let fact = |name: &'static str, value: Option<String>| value.map(|value| view! { <dt>{name}</dt><dd>{value}</dd> });
    let latency = lamp.and_then(|l| l.latency_ms).map(|ms| texts.value(ms, &Unit::new("ms")));
    let age = lamp.and_then(|l| l.last_ms).map(|ms| texts.age(ms as f64, now_ms.max(ms)));
    let failure = lamp.and_then(|l| l.failure.as_ref());
    let error = failure.map(|f| format!("{}: {}", cause_words(f.cause), f.text));
    view! {
        <dl class="facts">
            {fact("State", Some(stand(lamp).1.to_owned()))} {fact("Address", Some(source.url.clone()))}
            {fact("Latency", latency)} {fact("Last answer", age)} {fact("Last error", error)}
            {fact("What to do", failure.and_then(|f| f.hint.clone()))}
        </dl>
    }
}

/// The log-in form of a source that wants one. What is typed goes to the engine and is kept nowhere else.
fn login_form(store: Store, close: Close, source: &SourceSpec, state: Memo<Option<Lamp>>) -> impl IntoView + use<> {
    let id = source.id.0.clone();
    let configured = source.auth;
    let auth = Memo::new(move |_| {
        let is_wanted = state.with(|lamp| lamp.as_ref().is_some_and(|l| l.needs_login));
        match configured {
            Auth::None if is_wanted => Auth::Bearer,
            configured => configured,
        }
    });
    let (user, secret) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = secret.get_untracked();
        let secret_value = match auth.get_untracked() {
            Auth::Basic => Secret::Basic(user.get_untracked(), typed),
            Auth::Bearer | Auth::None | Auth::Cookie | Auth::Oidc => Secret::Bearer(typed),
        };
        secret.set(String::new());
        login(store, id.clone(), secret_value);
        close.now();
    };
    let field = |name: &'static str, kind: &'static str, complete: &'static str, text: RwSignal<String>| {
        view! {
            <label class="labelled">
                <span>{name}</span>
                <input
                    class="field"
                    type=kind
                    autocomplete=complete
                    prop:value=move || text.get()
                    on:input=move |event| text.set(event_target_value(&event))
                />
            </label>
        }
    };
    let source = source.clone();
    move || {
        let fields = match auth.get() {
            Auth::None => return None,
            Auth::Cookie => return Some(portal_link(store, &source.url).into_any()),
            Auth::Oidc => return sign_in_door(store, &source).map(IntoAny::into_any),
            Auth::Bearer => field("Token", "password", "off", secret).into_any(),
            Auth::Basic => view! {
                {field("User", "text", "username", user)}
                {field("Password", "password", "current-password", secret)}
            }
            .into_any(),
        };
        let form = view! {
            <form class="popover-form" on:submit=submit.clone()>
                {fields}
                <p class="faint">"Kept in memory until this page is closed."</p>
                <button type="submit" class="button primary">
                    "Log in"
                </button>
            </form>
        };
        Some(form.into_any())
    }
}

/// Where one logs in whose session is a cookie: the source's own address, in a tab of its own, since a portal may not be framed.
fn portal_link(store: Store, url: &str) -> impl IntoView + use<> {
    let try_again = move |_| refresh(store);
    view! {
        <div class="popover-form">
            <a class="button" href=url.to_owned() target="_blank" rel="noopener noreferrer">
                "Log in in a new tab"
            </a>
            <p class="faint">"Your browser keeps the session; this page never sees it. Come back here when you are logged in."</p>
            <button type="button" class="button primary" on:click=try_again>
                "Try again"
            </button>
        </div>
    }
}
