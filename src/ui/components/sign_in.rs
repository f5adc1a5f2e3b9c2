//! The door to a source's OpenID provider: a button, how far the sign-in is, and what to do when it stops.

use leptos::prelude::*;

use crate::protocol::SignInStage;
use crate::source::Failure;
use crate::spec::SourceSpec;
use crate::ui::store::{LoginWindow, Store};
use crate::ui::tasks::sign_in::{sign_in, sign_out};

/// The door, for a source with a login; nothing for others.
pub fn sign_in_door(store: Store, source: &SourceSpec) -> Option<impl IntoView + use<>> {
    let host = source.login.as_ref()?.host().to_owned();
    let id = StoredValue::new(source.id.0.clone());
    let host = StoredValue::new(host);
    let stage =
        Memo::new(move |_| store.sign_ins.with(|known| id.with_value(|id| known.get(id).cloned())).unwrap_or_default());
    let needs_login = Memo::new(move |_| {
        store.lamps.with(|lamps| id.with_value(|id| lamps.get(id).is_some_and(|lamp| lamp.needs_login)))
    });
    let start = move || {
        let text = format!("Sign in with {}", host.get_value());
        view! {
            <button type="button" class="button primary" on:click=move |_| id.with_value(|id| sign_in(store, id))>
                {text}
            </button>
        }
    };
    let under_way = move |url: Option<String>| {
        match store.login_window.get() {
        LoginWindow::Open => view! {
            <p>"Log in in the window that has opened."</p>
            {start()}
        }
        .into_any(),
        LoginWindow::Closed => view! {
            <p>"The window was closed before the sign-in was finished."</p>
            {start()}
        }
        .into_any(),
        LoginWindow::Blocked => view! {
            <p>"The browser blocked the window. Open it by this link, or allow pop-ups for this page."</p>
            // With its opener: that is the way back.
            {url.map(|url| view! { <a class="button primary" href=url target="_blank" rel="opener">"Open the log-in page"</a> })}
        }
        .into_any(),
    }
    };
    let state = move || match stage.get() {
        SignInStage::Out => start().into_any(),
        SignInStage::Preparing => under_way(None),
        SignInStage::Ready { url } => under_way(Some(url)),
        SignInStage::Finishing => view! { <p>"Signing in..."</p> }.into_any(),
        SignInStage::Failed(failure) => view! {
            {told(&failure)}
            {start()}
        }
        .into_any(),
        SignInStage::In { who } => {
            let name = who.map_or_else(|| "You are signed in".to_owned(), |who| format!("Signed in as {who}"));
            view! {
                <p>{format!("{name} with {}.", host.get_value())}</p>
                {needs_login.get().then(start)}
                <button type="button" class="button" on:click=move |_| id.with_value(|id| sign_out(store, id))>
                    "Sign out"
                </button>
            }
            .into_any()
        }
    };
    Some(view! {
        <div class="popover-form" role="status" data-sign-in=id.get_value()>
            {state}
        </div>
    })
}

fn told(failure: &Failure) -> impl IntoView + use<> {
    let sentence = |text: &str| {
        let mut letters = text.chars();
        letters.next().map(|first| format!("{}{}.", first.to_uppercase(), letters.as_str())).unwrap_or_default()
    };
    view! {
        <p>{sentence(&failure.text)}</p>
        {failure.hint.as_deref().map(|hint| view! { <p class="faint">{sentence(hint)}</p> })}
    }
}
