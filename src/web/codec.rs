//! Messages between the page and the engine as bytes, on both sides.
//!
//! The format is bincode's, as gloo-worker's own codec writes it, but written in one pass: that codec measures each message first,
//! for which the code of every message type is there twice.

use gloo_worker::Codec;
use js_sys::Uint8Array;
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsValue, throw_str};

/// The codec of all messages.
pub struct Bytes;

impl Codec for Bytes {
    /// A message that cannot be written ends the side that wrote it, as gloo-worker's codec does.
    fn encode<I: Serialize>(input: I) -> JsValue {
        let mut bytes = Vec::with_capacity(1 << 12);
        if bincode::serialize_into(&mut bytes, &input).is_err() {
            throw_str("a message could not be written");
        }
        Uint8Array::from(bytes.as_slice()).into()
    }

    /// A message that cannot be read ends the side that got it: the two are not of one build.
    fn decode<O: for<'de> Deserialize<'de>>(input: JsValue) -> O {
        let bytes = Uint8Array::from(input).to_vec();
        bincode::deserialize(&bytes).unwrap_or_else(|_| throw_str("a message could not be read"))
    }
}
