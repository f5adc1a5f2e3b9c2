//! Signs in at a source's OpenID provider by a window of its own, and out. Tokens are the engine's business.

use leptos::prelude::*;

use crate::protocol::{Hidden, SignIn, ToEngine};
use crate::ui::store::{LoginWindow, Store};
use crate::web::login_window::{self, WindowNews};

/// Opens the window of the log-in page. To be called in a click, or the browser blocks it.
pub fn sign_in(store: Store, source: &str) {
    store.login_window.set(LoginWindow::Open);
    let id = source.to_owned();
    login_window::open(source, move |news| match news {
        WindowNews::Blocked => store.login_window.set(LoginWindow::Blocked),
        WindowNews::Closed => store.login_window.set(LoginWindow::Closed),
        WindowNews::Back(query) => tell(store, SignIn::Finish { source: id.clone(), query: Hidden(query) }),
    });
    tell(store, SignIn::Begin { source: source.to_owned() });
}

/// Forgets the tokens, with what was read by them.
pub fn sign_out(store: Store, source: &str) {
    super::show_visible::forget(store);
    tell(store, SignIn::Out { source: source.to_owned() });
}

fn tell(store: Store, wish: SignIn) {
    if let Some(engine) = store.engine() {
        engine.send(ToEngine::SignIn(wish));
    }
}
