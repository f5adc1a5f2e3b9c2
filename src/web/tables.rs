//! The lazy readers of columnar files: hyparquet and Apache Arrow, each loaded when the first such file is read.

use js_sys::Reflect;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

use crate::source::{Cause, Columnar, ColumnsRead, Failure, Response};

#[wasm_bindgen(module = "/js/tables-bridge.js")]
extern "C" {
    #[wasm_bindgen(js_name = readColumns)]
    fn read_columns(
        chunk: &str,
        url: &str,
        want: &str,
        authorization: Option<String>,
        has_cookies: bool,
        signal: &AbortSignal,
    ) -> js_sys::Promise;
}

/// The name of the chunk that reads a form of files.
pub fn chunk_name(form: Columnar) -> &'static str {
    match form {
        Columnar::Parquet => "parquet",
        Columnar::Arrow => "arrow",
    }
}

/// Reads parts of a file with the reader at `chunk`: the answer's body is what `source/table/columnar.rs` reads.
///
/// # Errors
/// If the file, or the reader, cannot be loaded, is too large, or is not of the form.
pub async fn read(
    chunk: &str,
    url: &str,
    read: &ColumnsRead,
    max_bytes: u64,
    authorization: Option<String>,
    has_cookies: bool,
    signal: &AbortSignal,
) -> Result<Response, Failure> {
    let want = serde_json::json!({ "columns": read.columns, "within": read.within, "maxBytes": max_bytes });
    let answer = JsFuture::from(read_columns(chunk, url, &want.to_string(), authorization, has_cookies, signal)).await;
    let answer = answer.unwrap_or(JsValue::UNDEFINED);
    if let Some(status) = get(&answer, "status").as_f64() {
        let body = get(&answer, "body").as_string().unwrap_or_default().into_bytes();
        return Ok(Response { status: status as u16, body });
    }
    let message = get(&answer, "message").as_string().unwrap_or_default();
    Err(match get(&answer, "error").as_string().as_deref() {
        Some("unreachable") => Failure::new(Cause::Unreachable, format!("{url} could not be read: {message}")),
        Some("too large") => Failure::new(Cause::TooLarge, message)
            .with_hint("ask for fewer columns or a shorter range, or write the file in smaller groups of rows"),
        _ => Failure::new(Cause::Malformed, format!("{url} could not be read as {}: {message}", chunk_name(read.form))),
    })
}

fn get(object: &JsValue, key: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(key)).unwrap_or(JsValue::UNDEFINED)
}
