//! The bridge to ECharts: a chart is drawn from typed columns, reports what the pointer does, and leaves nothing behind.

use js_sys::{Array, Float64Array, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlElement};

#[wasm_bindgen(module = "/js/bridge.js")]
extern "C" {
    #[wasm_bindgen(js_name = loadCharts, catch)]
    async fn load_charts(url: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_name = loadMoreCharts)]
    async fn load_more_charts();
    #[wasm_bindgen(js_name = setFormatter)]
    fn set_formatter(format: &JsValue);
    #[wasm_bindgen(catch)]
    fn mount(
        element: &Element,
        option: &JsValue,
        columns: &JsValue,
        flags: &JsValue,
        on_event: &JsValue,
    ) -> Result<JsValue, JsValue>;
    fn update(handle: &JsValue, option: &JsValue, columns: &JsValue, flags: &JsValue);
    #[wasm_bindgen(js_name = setCrosshair)]
    fn set_crosshair(handle: &JsValue, x: &JsValue);
    fn dispose(handle: &JsValue);
    fn png(handle: &JsValue, ratio: f64, background: &str) -> String;
    fn svg(option: &JsValue, columns: &JsValue, width: f64, height: f64) -> String;
    #[wasm_bindgen(js_name = liveCharts)]
    fn live_charts() -> u32;
}

const TIMES: [f64; 5] = [1_000.0, 2_000.0, 3_000.0, 4_000.0, 5_000.0];

fn json(text: &str) -> JsValue {
    js_sys::JSON::parse(text).unwrap()
}

fn columns(values: &[f64]) -> JsValue {
    let column = |id: &str, values: &[f64]| {
        let column = Object::new();
        Reflect::set(&column, &"id".into(), &id.into()).unwrap();
        Reflect::set(&column, &"values".into(), &Float64Array::from(values)).unwrap();
        column
    };
    let dataset = Array::of2(&column("t", &TIMES), &column("v", values));
    Array::of1(&dataset).into()
}

fn option() -> JsValue {
    json(
        r#"{"animation": false,
            "grid": {"left": 50, "right": 50, "top": 10, "bottom": 40},
            "xAxis": {"type": "time", "min": 1000, "max": 5000},
            "yAxis": {"type": "value", "axisLabel": {"formatter": "fn:unit:ms"}},
            "series": [{"id": "a", "type": "line", "encode": {"x": "t", "y": "v"}}]}"#,
    )
}

async fn pause(millis: i32) {
    let wait = Promise::new(&mut |resolve, _| {
        web_sys::window().unwrap().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, millis).unwrap();
    });
    JsFuture::from(wait).await.unwrap();
}

/// The chunk under its hashed name, from the list that the bundler wrote.
async fn load() {
    let window = web_sys::window().unwrap();
    let response = JsFuture::from(window.fetch_with_str("/dist-js/chunks.json")).await.unwrap();
    let list = JsFuture::from(response.unchecked_into::<web_sys::Response>().json().unwrap()).await.unwrap();
    let name = Reflect::get(&list, &"charts".into()).unwrap().as_string().unwrap();
    load_charts(&format!("/dist-js/{name}")).await.unwrap();
    let format =
        Closure::<dyn Fn(String, JsValue, String) -> String>::new(|unit: String, value: JsValue, _: String| {
            format!("{}{unit}", value.as_f64().unwrap_or(f64::NAN))
        });
    set_formatter(&format.into_js_value());
}

fn stage() -> HtmlElement {
    let document = web_sys::window().unwrap().document().unwrap();
    let element: HtmlElement = document.create_element("div").unwrap().unchecked_into();
    element.set_attribute("style", "width:500px;height:250px;position:absolute;left:0;top:0").unwrap();
    document.body().unwrap().append_child(&element).unwrap();
    element
}

/// Sends a mouse event to the chart's root at a place in the element.
fn point(element: &HtmlElement, kind: &str, x: i32, y: i32) {
    let target = element.first_element_child().unwrap();
    let init = web_sys::MouseEventInit::new();
    init.set_bubbles(true);
    init.set_client_x(x);
    init.set_client_y(y);
    init.set_buttons(u16::from(kind != "mouseup" && kind != "click"));
    let event = web_sys::MouseEvent::new_with_mouse_event_init_dict(kind, &init).unwrap();
    target.dispatch_event(&event).unwrap();
}

fn kind(event: &JsValue) -> String {
    Reflect::get(event, &"type".into()).unwrap().as_string().unwrap_or_default()
}

fn number(event: &JsValue, key: &str) -> f64 {
    Reflect::get(event, &key.into()).unwrap().as_f64().unwrap_or(f64::NAN)
}

#[wasm_bindgen_test]
async fn a_chart_reports_the_pointer_and_leaves_nothing_behind() {
    load().await;
    let element = stage();
    let events = Array::new();
    let seen = events.clone();
    let listener = Closure::<dyn Fn(JsValue)>::new(move |event: JsValue| {
        seen.push(&event);
    });

    let before = live_charts();
    let handle =
        mount(&element, &option(), &columns(&[1.0, 2.0, f64::NAN, 4.0, 3.0]), &JsValue::UNDEFINED, listener.as_ref())
            .unwrap();
    assert_eq!(live_charts(), before + 1);
    pause(300).await;
    assert!(events.iter().any(|event| kind(&event) == "rendered"), "never rendered");
    assert!(element.query_selector("canvas").unwrap().is_some(), "no canvas");

    // The grid is 400 px wide from 50 to 450 and shows 1000 to 5000.
    point(&element, "mousemove", 250, 100);
    pause(60).await;
    let hover = events.iter().find(|event| kind(event) == "hover").unwrap();
    assert!((number(&hover, "x") - 3_000.0).abs() < 15.0, "hover at {}", number(&hover, "x"));

    point(&element, "mousedown", 150, 100);
    point(&element, "mousemove", 200, 100);
    point(&element, "mousemove", 350, 100);
    point(&element, "mouseup", 350, 100);
    point(&element, "click", 350, 100);
    let zoom = events.iter().find(|event| kind(event) == "zoom").unwrap();
    assert!((number(&zoom, "from") - 2_000.0).abs() < 15.0, "from {}", number(&zoom, "from"));
    assert!((number(&zoom, "to") - 4_000.0).abs() < 15.0, "to {}", number(&zoom, "to"));
    assert!(!events.iter().any(|event| kind(&event) == "click"), "the end of a drag is not a click");

    update(&handle, &option(), &columns(&[5.0; 5]), &JsValue::UNDEFINED);
    set_crosshair(&handle, &2_000.0.into());
    pause(60).await;
    assert!(png(&handle, 1.0, "#ffffff").starts_with("data:image/png"));

    dispose(&handle);
    dispose(&handle);
    assert_eq!(live_charts(), before, "an instance outlived its handle");
    assert_eq!(element.child_element_count(), 0, "elements outlived the chart");
    let n_events = events.length();
    element.set_attribute("style", "width:300px;height:100px").unwrap();
    pause(100).await;
    assert_eq!(events.length(), n_events, "an event came after disposal");
    element.remove();
}

#[wasm_bindgen_test]
async fn a_click_names_the_mark_under_it_or_none() {
    load().await;
    let element = stage();
    let events = Array::new();
    let seen = events.clone();
    let listener = Closure::<dyn Fn(JsValue)>::new(move |event: JsValue| {
        seen.push(&event);
    });
    let bars = json(
        r#"{"animation": false,
            "grid": {"left": 50, "right": 50, "top": 10, "bottom": 40},
            "xAxis": {"type": "category", "data": ["a", "b", "c", "d", "e"]},
            "yAxis": {"type": "value", "max": 10},
            "series": [{"id": "bars", "type": "bar", "barWidth": 40, "data": [10, 10, 10, 10, 1]}]}"#,
    );
    let handle = mount(&element, &bars, &JsValue::UNDEFINED, &JsValue::UNDEFINED, listener.as_ref()).unwrap();
    pause(300).await;

    let click = async |x: i32, y: i32| {
        for kind in ["mousemove", "mousedown", "mouseup", "click"] {
            point(&element, kind, x, y);
        }
        pause(30).await;
        let clicks: Vec<JsValue> = events.iter().filter(|event| kind(event) == "click").collect();
        clicks.last().cloned().unwrap()
    };
    // Each of the five bars has 80 of the grid's 400 px; the last one is short.
    let on_second = click(170, 150).await;
    assert_eq!(number(&on_second, "dataIndex"), 1.0);
    assert_eq!(Reflect::get(&on_second, &"seriesId".into()).unwrap().as_string().as_deref(), Some("bars"));
    let above_last = click(410, 50).await;
    assert_eq!(number(&above_last, "dataIndex"), -1.0);
    assert_eq!(number(&above_last, "x"), 4.0);
    dispose(&handle);
    element.remove();
}

#[wasm_bindgen_test]
async fn a_hundred_charts_come_and_go() {
    load().await;
    let element = stage();
    let before = live_charts();
    for _ in 0..100 {
        let handle = mount(&element, &option(), &columns(&[1.0; 5]), &JsValue::UNDEFINED, &JsValue::UNDEFINED).unwrap();
        dispose(&handle);
    }
    assert_eq!(live_charts(), before);
    assert_eq!(element.child_element_count(), 0);
    element.remove();
}

#[wasm_bindgen_test]
async fn a_missing_value_breaks_the_line_and_the_formatter_is_ours() {
    load().await;
    load_more_charts().await;
    let whole = svg(&option(), &columns(&[1.0, 2.0, 3.0, 4.0, 5.0]), 500.0, 250.0);
    let broken = svg(&option(), &columns(&[1.0, 2.0, f64::NAN, 4.0, 5.0]), 500.0, 250.0);
    assert!(whole.contains("5ms"), "the axis does not use our formatter");
    // The line's path starts anew ("M") after the gap.
    let longest_restart = |text: &str| {
        text.split("d=\"")
            .filter_map(|part| part.split('"').next())
            .filter(|path| path.contains('L'))
            .map(|path| path.matches('M').count())
            .max()
            .unwrap_or(0)
    };
    assert_eq!(longest_restart(&whole), 1);
    assert_eq!(longest_restart(&broken), 2);
}

#[wasm_bindgen_test]
async fn a_function_that_is_not_in_the_list_is_refused() {
    load().await;
    let element = stage();
    let before = live_charts();
    let bad = json(r#"{"series": [{"type": "custom", "renderItem": "fn:alert:1"}]}"#);
    let refused = mount(&element, &bad, &JsValue::UNDEFINED, &JsValue::UNDEFINED, &JsValue::UNDEFINED);
    assert!(refused.is_err());
    assert_eq!(live_charts(), before, "a chart that failed to mount was kept");
    element.remove();
}
