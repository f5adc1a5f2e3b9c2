//! What this browser remembers for the viewer. Storage may be denied, as in some frames; then nothing is remembered.

const PREFIX: &str = "sightline:";

/// The remembered text under `name`.
pub fn get(name: &str) -> Option<String> {
    storage()?.get_item(&format!("{PREFIX}{name}")).ok().flatten()
}

/// Remembers `text` under `name`; `None` forgets it.
pub fn set(name: &str, text: Option<&str>) {
    let Some(storage) = storage() else { return };
    let name = format!("{PREFIX}{name}");
    // A full or denied store forgets; nothing depends on it.
    let _ = match text {
        Some(text) => storage.set_item(&name, text),
        None => storage.remove_item(&name),
    };
}

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}
