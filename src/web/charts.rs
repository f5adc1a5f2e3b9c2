//! The door to ECharts: typed calls over `js/bridge.js`, and the events that come back.

use js_sys::{Array, Float64Array, Object, Reflect};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::chart::{DataColumn, Drawing};

#[wasm_bindgen(module = "/js/bridge.js")]
extern "C" {
    #[wasm_bindgen(js_name = loadCharts)]
    fn load_charts(url: &str) -> js_sys::Promise;
    /// Loads the rarer parts of the charts in the background, so that saving a picture need not wait for them.
    #[wasm_bindgen(js_name = loadMoreCharts)]
    pub fn load_more();
    #[wasm_bindgen(js_name = chartsLoaded)]
    fn charts_loaded() -> bool;
    #[wasm_bindgen(js_name = setFormatter)]
    fn set_formatter(format: &JsValue);
    #[wasm_bindgen(catch)]
    fn mount(
        element: &web_sys::Element,
        option: &JsValue,
        columns: &JsValue,
        flags: &JsValue,
        on_event: &JsValue,
    ) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch)]
    fn update(handle: &JsValue, option: &JsValue, columns: &JsValue, flags: &JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(js_name = setCrosshair)]
    fn set_crosshair(handle: &JsValue, x: &JsValue);
    fn dispose(handle: &JsValue);
    #[wasm_bindgen(catch)]
    fn png(handle: &JsValue, ratio: f64, background: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch)]
    fn svg(option: &JsValue, columns: &JsValue, width: f64, height: f64) -> Result<JsValue, JsValue>;
}

/// Something that happened on a chart.
#[derive(Clone, Debug, PartialEq)]
pub enum ChartEvent {
    /// The pointer is over the chart at this axis position, and over an item if there is one (series, item).
    Hover {
        /// Position on the x axis, inside a grid.
        x: Option<f64>,
        /// Series and item under the pointer.
        item: Option<(usize, usize)>,
        /// Pixels from the chart's left edge.
        px: f64,
        /// Pixels from the chart's top edge.
        py: f64,
    },
    /// The pointer left.
    Leave,
    /// A click on an item.
    Click {
        /// Position on the x axis, inside a grid.
        x: Option<f64>,
        /// Series and item.
        item: Option<(usize, usize)>,
        /// Whether Ctrl or Cmd was held.
        ctrl: bool,
    },
    /// A span of the x axis was dragged over.
    Zoom {
        /// Lower end.
        from: f64,
        /// Upper end.
        to: f64,
    },
    /// A double click.
    ZoomOut,
    /// Intervals of a parallel axis were brushed; none clears it.
    AxisBrush {
        /// Number of the axis.
        axis: usize,
        /// Lower and upper ends.
        intervals: Vec<(f64, f64)>,
    },
    /// The picture is complete.
    Rendered,
}

/// A mounted chart; dropping it frees everything.
pub struct Chart {
    handle: JsValue,
    _on_event: Closure<dyn FnMut(JsValue)>,
}

/// Loads the charts chunk once; `url` is relative to the page.
///
/// # Errors
/// When the file cannot be loaded; a later call tries again.
pub async fn load(url: &str) -> Result<(), JsValue> {
    JsFuture::from(load_charts(url)).await.map(|_| ())
}

/// Whether charts can be mounted now.
pub fn is_loaded() -> bool {
    charts_loaded()
}

/// Sets the one function that turns values into text on axes and labels: `(unit, value, context) -> text`.
pub fn use_formatter(format: impl Fn(&str, &JsValue, &str) -> String + 'static) {
    let closure = Closure::<dyn Fn(JsValue, JsValue, JsValue) -> String>::new(
        move |unit: JsValue, value: JsValue, context: JsValue| {
            format(&unit.as_string().unwrap_or_default(), &value, &context.as_string().unwrap_or_default())
        },
    );
    set_formatter(closure.as_ref());
    // Lives as long as the page: there is one.
    closure.forget();
}

impl Chart {
    /// Draws into an element.
    ///
    /// # Errors
    /// When ECharts refuses the option.
    pub fn mount(
        element: &web_sys::Element,
        drawing: &Drawing,
        look: &Look,
        mut on_event: impl FnMut(ChartEvent) + 'static,
    ) -> Result<Self, JsValue> {
        let closure = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
            if let Some(event) = parsed(&event) {
                on_event(event);
            }
        });
        let (option, columns, flags) = (option(drawing)?, columns(drawing), look.flags(drawing));
        let handle = mount(element, &option, &columns, &flags, closure.as_ref())?;
        Ok(Self { handle, _on_event: closure })
    }

    /// Replaces what is shown.
    ///
    /// # Errors
    /// When ECharts refuses the option.
    pub fn update(&self, drawing: &Drawing, look: &Look) -> Result<(), JsValue> {
        update(&self.handle, &option(drawing)?, &columns(drawing), &look.flags(drawing))
    }

    /// Draws the linked crosshair, or removes it.
    pub fn set_crosshair(&self, x: Option<f64>) {
        set_crosshair(&self.handle, &x.map_or(JsValue::NULL, JsValue::from_f64));
    }

    /// The chart as a PNG data URL.
    ///
    /// # Errors
    /// When the canvas cannot be read.
    pub fn png(&self, background: &str) -> Result<String, JsValue> {
        Ok(png(&self.handle, 2.0, background)?.as_string().unwrap_or_default())
    }
}

impl Drop for Chart {
    fn drop(&mut self) {
        dispose(&self.handle);
    }
}

/// The chart as SVG text, drawn off the screen. The chunk must be loaded.
///
/// # Errors
/// When ECharts refuses the option.
pub fn to_svg(drawing: &Drawing, width_px: f64, height_px: f64) -> Result<String, JsValue> {
    Ok(svg(&option(drawing)?, &columns(drawing), width_px, height_px)?.as_string().unwrap_or_default())
}

/// Colours of what the bridge itself draws.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Look {
    /// The linked crosshair.
    pub crosshair: String,
    /// The span that is dragged over.
    pub selection: String,
}

impl Look {
    fn flags(&self, drawing: &Drawing) -> JsValue {
        let flags = Object::new();
        let set = |key: &str, value: JsValue| {
            let _ = Reflect::set(&flags, &JsValue::from_str(key), &value);
        };
        set("zoom", JsValue::from_bool(drawing.zooms));
        set("crosshairColor", JsValue::from_str(&self.crosshair));
        set("selectionColor", JsValue::from_str(&self.selection));
        flags.into()
    }
}

fn option(drawing: &Drawing) -> Result<JsValue, JsValue> {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    drawing.option.serialize(&serializer).map_err(JsValue::from)
}

fn columns(drawing: &Drawing) -> JsValue {
    let column = |column: &DataColumn| {
        let object = Object::new();
        let _ = Reflect::set(&object, &"id".into(), &JsValue::from_str(&column.id));
        let _ = Reflect::set(&object, &"values".into(), &Float64Array::from(column.values.as_slice()));
        object
    };
    let dataset = |columns: &Vec<DataColumn>| columns.iter().map(column).collect::<Array>();
    drawing.datasets.iter().map(dataset).collect::<Array>().into()
}

fn parsed(event: &JsValue) -> Option<ChartEvent> {
    let get = |key: &str| Reflect::get(event, &JsValue::from_str(key)).unwrap_or(JsValue::UNDEFINED);
    let number = |key: &str| get(key).as_f64();
    let item = || {
        let (series, datum) = (number("seriesIndex")?, number("dataIndex")?);
        (series >= 0.0 && datum >= 0.0).then_some((series as usize, datum as usize))
    };
    Some(match get("type").as_string()?.as_str() {
        "hover" => ChartEvent::Hover {
            x: number("x"),
            item: item(),
            px: number("px").unwrap_or(0.0),
            py: number("py").unwrap_or(0.0),
        },
        "leave" => ChartEvent::Leave,
        "click" => ChartEvent::Click { x: number("x"), item: item(), ctrl: get("ctrl").is_truthy() },
        "zoom" => ChartEvent::Zoom { from: number("from")?, to: number("to")? },
        "zoomout" => ChartEvent::ZoomOut,
        "axisbrush" => ChartEvent::AxisBrush {
            axis: number("axis")? as usize,
            intervals: Array::from(&get("intervals")).iter().filter_map(|pair| interval(&pair)).collect(),
        },
        "rendered" => ChartEvent::Rendered,
        _ => return None,
    })
}

fn interval(pair: &JsValue) -> Option<(f64, f64)> {
    let pair = Array::from(pair);
    Some((pair.get(0).as_f64()?, pair.get(1).as_f64()?))
}
