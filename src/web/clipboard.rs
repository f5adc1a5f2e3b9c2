//! The clipboard.

use wasm_bindgen_futures::JsFuture;

/// The text in the clipboard.
///
/// # Errors
/// When the browser or the viewer denies it; the text says so.
pub async fn paste() -> Result<String, &'static str> {
    const DENIED: &str = "this page may not read the clipboard";
    let window = web_sys::window().ok_or(DENIED)?;
    if !window.is_secure_context() {
        return Err(DENIED);
    }
    let text = JsFuture::from(window.navigator().clipboard().read_text()).await.map_err(|_| DENIED)?;
    Ok(text.as_string().unwrap_or_default())
}

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
