//! Hands what the viewer typed to the engine, which alone keeps it.

use crate::protocol::{Login, Secret, ToEngine};
use crate::ui::store::Store;

/// Logs in to a source. The secret is not kept on this side.
pub fn login(store: Store, source: String, secret: Secret) {
    if let Some(engine) = store.engine() {
        engine.send(ToEngine::Login(Login { source, secret }));
    }
}
