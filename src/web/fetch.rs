//! Reading a file beside the page.

use gloo_net::http::Request;
use web_sys::{RequestCache, RequestRedirect};

/// The text at an address relative to the page, never from a stale cache.
///
/// # Errors
/// In words: no answer, or the status that is not a success.
pub async fn text(address: &str) -> Result<String, String> {
    let answer = Request::get(address)
        .cache(RequestCache::NoCache)
        .redirect(RequestRedirect::Error)
        .send()
        .await
        .map_err(|_| format!("{address} could not be read: no answer"))?;
    if !answer.ok() {
        return Err(format!("{address} could not be read: the server answered {}", answer.status()));
    }
    answer.text().await.map_err(|_| format!("{address} could not be read: the answer broke off"))
}
