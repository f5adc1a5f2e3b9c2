//! One request: sent, timed, bounded and abortable.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_net::http::{Method, Request, RequestBuilder};
use gloo_timers::callback::Timeout;
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, ReadableStreamDefaultReader, RequestCache, RequestCredentials, RequestRedirect, ResponseType,
};

use super::{clock, tables};
use crate::engine::{Fetch, Fetched};
use crate::protocol::Secret;
use crate::source::{Body, Cause, ColumnsRead, Failure, Response};

/// Why the controller of a request fired.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    Running,
    TimedOut,
}

/// Sends a request, or reads a columnar file with the reader at `reader`. Aborting the controller ends it; what then comes back is nobody's.
pub async fn send(fetch: Fetch, reader: Option<String>, controller: AbortController) -> Fetched {
    let started_ms = clock::monotonic_ms();
    let ended = Rc::new(RefCell::new(Ended::Running));
    let timeout = {
        let (ended, controller) = (ended.clone(), controller.clone());
        Timeout::new(fetch.timeout_ms, move || {
            ended.replace(Ended::TimedOut);
            controller.abort();
        })
    };
    let answer = match &fetch.body {
        Body::Columns(read) => columns(&fetch, read, reader.as_deref(), &controller).await,
        _ => exchange(&fetch, &controller).await,
    };
    let result = answer.map_err(|failure| {
        if *ended.borrow() == Ended::TimedOut {
            Failure::new(Cause::Timeout, format!("no answer within {} s", fetch.timeout_ms / 1_000))
                .with_hint("the server may be slow or stuck; a shorter time range asks less of it")
        } else {
            failure
        }
    });
    drop(timeout);
    Fetched { result, took_ms: clock::monotonic_ms() - started_ms, now_ms: clock::now_ms() }
}

async fn columns(
    fetch: &Fetch,
    read: &ColumnsRead,
    reader: Option<&str>,
    controller: &AbortController,
) -> Result<Response, Failure> {
    let Some(reader) = reader else {
        return Err(Failure::new(Cause::Unsupported, "this build has no reader for such files"));
    };
    let authorization = fetch.secret.as_ref().map(authorization);
    tables::read(reader, &fetch.url, read, fetch.max_bytes, authorization, fetch.has_cookies, &controller.signal())
        .await
}

async fn exchange(fetch: &Fetch, controller: &AbortController) -> Result<Response, Failure> {
    let request = request(fetch, controller).map_err(|_| unreachable(fetch))?;
    let answer = request.send().await.map_err(|_| unreachable(fetch))?;
    let status = answer.status();
    if answer.type_() == ResponseType::Opaqueredirect {
        // Not followed: what comes after a session's end is a log-in page, often of another origin.
        let text = "the server sends on to another page instead of answering, as it does when a session has ended";
        return Err(Failure::new(Cause::Unauthorized, text));
    }
    let declared = answer.headers().get("content-length").and_then(|length| length.parse::<u64>().ok());
    if declared.is_some_and(|n_bytes| n_bytes > fetch.max_bytes) {
        controller.abort();
        return Err(too_large(fetch));
    }
    let body = match answer.body() {
        Some(stream) => {
            let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
            read_all(&reader, fetch, controller).await?
        }
        None => Vec::new(),
    };
    Ok(Response { status, body })
}

fn request(fetch: &Fetch, controller: &AbortController) -> Result<Request, gloo_net::Error> {
    let signal = controller.signal();
    let method = if fetch.body.is_read() { Method::GET } else { Method::POST };
    let mut builder = RequestBuilder::new(&fetch.url)
        .method(method)
        .abort_signal(Some(&signal))
        .credentials(if fetch.has_cookies { RequestCredentials::Include } else { RequestCredentials::SameOrigin });
    if fetch.has_cookies {
        builder = builder.redirect(RequestRedirect::Manual);
    }
    if let Some(secret) = &fetch.secret {
        builder = builder
            .header("Authorization", &authorization(secret))
            .redirect(RequestRedirect::Error)
            .cache(RequestCache::NoStore);
    }
    match &fetch.body {
        // Columns are read elsewhere, by requests of their own.
        Body::None | Body::Columns(_) => builder.build(),
        Body::Form(pairs) => builder.header("Content-Type", "application/x-www-form-urlencoded").body(form(pairs)),
        Body::Json(text) => builder.header("Content-Type", "application/json").body(text.as_str()),
    }
}

fn form(pairs: &[(String, String)]) -> String {
    let encode = |text: &str| String::from(js_sys::encode_uri_component(text));
    pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect::<Vec<_>>().join("&")
}

fn authorization(secret: &Secret) -> String {
    match secret {
        Secret::Bearer(token) => format!("Bearer {token}"),
        Secret::Basic(user, password) => format!("Basic {}", base64(format!("{user}:{password}").as_bytes())),
    }
}

/// RFC 4648 base 64 of bytes; `btoa` takes Latin-1 only.
fn base64(bytes: &[u8]) -> String {
    let binary: String = bytes.iter().map(|&b| char::from(b)).collect();
    js_sys::global()
        .dyn_into::<web_sys::WorkerGlobalScope>()
        .ok()
        .and_then(|scope| scope.btoa(&binary).ok())
        .unwrap_or_default()
}

/// Reads the whole body, and gives up beyond the budget.
async fn read_all(
    reader: &ReadableStreamDefaultReader,
    fetch: &Fetch,
    controller: &AbortController,
) -> Result<Vec<u8>, Failure> {
    let mut body: Vec<u8> = Vec::new();
    loop {
        let chunk = JsFuture::from(reader.read()).await.map_err(|_| cut_off(body.len()))?;
        if Reflect::get(&chunk, &JsValue::from_str("done")).is_ok_and(|done| done.is_truthy()) {
            return Ok(body);
        }
        let Ok(value) = Reflect::get(&chunk, &JsValue::from_str("value")) else { return Ok(body) };
        let value: Uint8Array = value.unchecked_into();
        let n_new = value.length() as usize;
        if (body.len() + n_new) as u64 > fetch.max_bytes || body.try_reserve(n_new).is_err() {
            controller.abort();
            return Err(too_large(fetch));
        }
        let start = body.len();
        body.resize(start + n_new, 0);
        if let Some(slot) = body.get_mut(start..) {
            value.copy_to(slot);
        }
    }
}

fn too_large(fetch: &Fetch) -> Failure {
    let megabytes = fetch.max_bytes >> 20;
    Failure::new(Cause::TooLarge, format!("the answer is larger than {megabytes} MB"))
        .with_hint("a filter, a shorter range or a coarser step asks for less")
}

fn cut_off(n_bytes: usize) -> Failure {
    Failure::new(Cause::Unreachable, format!("the connection broke after {n_bytes} bytes of the answer"))
        .with_hint("the server or a proxy before it gave up while answering; try again")
}

/// A browser does not tell a script why a request failed: the text must name what it may be.
fn unreachable(fetch: &Fetch) -> Failure {
    let host = fetch.url.split('/').take(3).collect::<Vec<_>>().join("/");
    Failure::new(Cause::Unreachable, format!("{host} did not answer, or does not allow this page to read its answer"))
}
