//! Reading a file beside the page.

use gloo_net::http::Request;
use web_sys::{RequestCache, RequestRedirect};

/// The text of a file of the bundle, named by its content, so that any kept copy is the right one.
///
/// # Errors
/// As [`text`].
pub async fn asset(address: &str) -> Result<String, String> {
    read(address, RequestCache::Default).await
}

/// The text at an address relative to the page, never from a stale cache.
///
/// # Errors
/// In words: no answer, or the status that is not a success.
pub async fn text(address: &str) -> Result<String, String> {
    read(address, RequestCache::NoCache).await
}

async fn read(address: &str, cache: RequestCache) -> Result<String, String> {
    let answer = Request::get(address)
        .cache(cache)
        .redirect(RequestRedirect::Error)
        .send()
        .await
        .map_err(|_| format!("{address} could not be read: no answer"))?;
    if !answer.ok() {
        return Err(format!("{address} could not be read: the server answered {}", answer.status()));
    }
    answer.text().await.map_err(|_| format!("{address} could not be read: the answer broke off"))
}
