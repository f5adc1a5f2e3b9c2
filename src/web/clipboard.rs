//! The clipboard.

use wasm_bindgen_futures::JsFuture;

/// Copies `text`.
///
/// # Errors
/// When the browser denies it, as in a frame without that permission; the text says so.
pub async fn copy(text: &str) -> Result<(), &'static str> {
    const DENIED: &str = "this page may not write to the clipboard";
    let window = web_sys::window().ok_or(DENIED)?;
    if !window.is_secure_context() {
        return Err(DENIED);
    }
    JsFuture::from(window.navigator().clipboard().write_text(text)).await.map(drop).map_err(|_| DENIED)
}
