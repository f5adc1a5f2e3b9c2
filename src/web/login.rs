//! The engine's side of sign-ins: questions to a provider by the lazy chunk, and tokens from one engine to the next.

use js_sys::Promise;
use serde_json::{Value, json};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

use crate::engine::{Handed, LoginAnswer, LoginStep, LoginTask, Tokens};
use crate::protocol::Hidden;
use crate::source::{Cause, Failure};

/// The page to which a provider sends the viewer back, beside the app's.
pub const WAY_BACK: &str = "signed-in.html";
/// The engine before is busy or gone if it has said nothing until then.
const HAND_OVER_MS: u32 = 5_000;

#[wasm_bindgen(module = "/js/login-bridge.js")]
extern "C" {
    #[wasm_bindgen(js_name = atIssuer)]
    fn at_issuer(chunk: &str, verb: &str, config: &str) -> Promise;
    /// Keeps the port that comes beside a message. Before anything else listens.
    #[wasm_bindgen(js_name = watchPorts)]
    pub fn watch_ports();
    #[wasm_bindgen(js_name = sendByPort)]
    fn text_to_port(text: &str);
    #[wasm_bindgen(js_name = receiveByPort)]
    fn text_by_port(timeout_ms: u32) -> Promise;
}

/// Sends tokens to the engine that follows by the kept port. As JSON: a login leaves out members that it does not have.
pub fn send_by_port(handed: &[Handed]) {
    text_to_port(&serde_json::to_string(handed).unwrap_or_default());
}

/// The tokens that the engine before sends by the kept port; none if it is silent.
pub async fn receive_by_port() -> Vec<Handed> {
    let received = JsFuture::from(text_by_port(HAND_OVER_MS)).await.unwrap_or(JsValue::NULL);
    received.as_string().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// Asks something of a provider with the chunk at `chunk`. `redirect` is where it sends the viewer back.
///
/// # Errors
/// In words that the viewer, or those who run the provider, can act on.
pub async fn ask(chunk: Option<String>, redirect: String, task: LoginTask) -> Result<LoginAnswer, Failure> {
    let Some(chunk) = chunk else {
        return Err(Failure::new(Cause::Unsupported, "this build has no part that signs in"));
    };
    let spec = task.spec().clone();
    let (verb, query, token) = match task.step {
        LoginStep::Begin => ("begin", None, None),
        LoginStep::Finish(Hidden(query)) => ("finish", Some(query), None),
        LoginStep::Refresh(Hidden(token)) => ("refresh", None, Some(token)),
        LoginStep::Revoke(Hidden(token)) => ("revoke", None, Some(token)),
    };
    let config = json!({
        "issuer": spec.issuer, "clientId": spec.client_id, "scopes": spec.scopes, "audience": spec.audience,
        "resource": spec.resource, "redirect": redirect, "query": query, "token": token,
    });
    let told = JsFuture::from(at_issuer(&chunk, verb, &config.to_string())).await.unwrap_or(JsValue::NULL);
    let told: Value = told.as_string().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let Some(ok) = told.get("ok") else {
        let trouble = told.get("trouble").unwrap_or(&Value::Null);
        let cause = match text(trouble, "cause").as_deref() {
            Some("unreachable") => Cause::Unreachable,
            Some("refused") => Cause::Unauthorized,
            _ => Cause::Configuration,
        };
        let failure = Failure::new(cause, text(trouble, "text").unwrap_or_else(|| "the sign-in failed".to_owned()));
        return Err(text(trouble, "hint").map_or_else(|| failure.clone(), |hint| failure.clone().with_hint(hint)));
    };
    let access = text(ok, "access").map(Hidden);
    Ok(match access {
        Some(access) => LoginAnswer::Tokens(Tokens {
            access,
            refresh: text(ok, "refresh").map(Hidden),
            life_ms: ok.get("lifeSeconds").and_then(Value::as_f64).map(|seconds| (seconds * 1_000.0) as i64),
            who: text(ok, "who"),
        }),
        None => LoginAnswer::Ready(text(ok, "url").unwrap_or_default()),
    })
}
