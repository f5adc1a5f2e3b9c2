//! The lazy parser of PromQL: Prometheus' own grammar, loaded when the first expression needs it.

use js_sys::{Array, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

use crate::source::SelectorSpan;

#[wasm_bindgen(module = "/js/promql-bridge.js")]
extern "C" {
    #[wasm_bindgen(js_name = loadParser)]
    fn load_parser(url: &str) -> js_sys::Promise;
    #[wasm_bindgen(catch)]
    fn selectors(expression: &str) -> Result<JsValue, JsValue>;
}

/// The selectors of an expression, in order; none if it does not parse or the parser cannot be loaded.
pub async fn find_selectors(url: &str, expression: &str) -> Vec<SelectorSpan> {
    if JsFuture::from(load_parser(url)).await.is_err() {
        return Vec::new();
    }
    let Ok(found) = selectors(expression) else { return Vec::new() };
    if number(&found, "error").is_some_and(|place| place >= 0.0) {
        return Vec::new();
    }
    Array::from(&get(&found, "selectors")).iter().map(|selector| span(&selector)).collect()
}

fn span(selector: &JsValue) -> SelectorSpan {
    let place = |key: &str| number(selector, key).filter(|v| *v >= 0.0).map(|v| v as usize);
    let start = place("nameFrom").or_else(|| place("from")).unwrap_or(0);
    let label = |matcher: JsValue| get(&matcher, "label").as_string();
    SelectorSpan {
        name: get(selector, "metric").as_string().unwrap_or_default(),
        name_from: start,
        name_to: place("nameTo").unwrap_or(start),
        brace: place("braceFrom").zip(place("braceTo")),
        matchers: Array::from(&get(selector, "matchers")).iter().filter_map(label).collect(),
    }
}

fn get(object: &JsValue, key: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(key)).unwrap_or(JsValue::UNDEFINED)
}

fn number(object: &JsValue, key: &str) -> Option<f64> {
    get(object, key).as_f64()
}
