//! The charts of a panel as one PNG, as they stand on the screen.

use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, Element, HtmlCanvasElement};

use crate::web::document::document;

/// The picture's data address; `None` if the panel draws no chart now.
pub(super) fn png_of(panel: &str) -> Option<String> {
    let frame = document()?.get_element_by_id(&format!("panel-{panel}"))?;
    let bounds = frame.get_bounding_client_rect();
    let canvases = canvases(&frame);
    let ratio = canvases.first().map(|c| f64::from(c.width()) / c.get_bounding_client_rect().width().max(1.0))?;
    let picture: HtmlCanvasElement = document()?.create_element("canvas").ok()?.dyn_into().ok()?;
    picture.set_width((bounds.width() * ratio).ceil() as u32);
    picture.set_height((bounds.height() * ratio).ceil() as u32);
    let context: CanvasRenderingContext2d = picture.get_context("2d").ok()??.dyn_into().ok()?;
    let style = web_sys::window()?.get_computed_style(&frame).ok()??;
    let css = |name: &str| style.get_property_value(name).unwrap_or_default();
    context.set_fill_style_str(&css("background-color"));
    context.fill_rect(0.0, 0.0, f64::from(picture.width()), f64::from(picture.height()));
    context.scale(ratio, ratio).ok()?;
    context.set_fill_style_str(&css("color"));
    context.set_font(&format!("600 13px {}", css("font-family")));
    if let Some(title) = frame.query_selector(".panel-title").ok()?.and_then(|t| t.text_content()) {
        context.fill_text(&title, 12.0, 24.0).ok()?;
    }
    for canvas in canvases {
        let at = canvas.get_bounding_client_rect();
        let (x, y) = (at.left() - bounds.left(), at.top() - bounds.top());
        context.draw_image_with_html_canvas_element_and_dw_and_dh(&canvas, x, y, at.width(), at.height()).ok()?;
    }
    picture.to_data_url().ok()
}

fn canvases(frame: &Element) -> Vec<HtmlCanvasElement> {
    let Ok(list) = frame.query_selector_all("canvas") else { return Vec::new() };
    (0..list.length()).filter_map(|i| list.item(i)?.dyn_into().ok()).collect()
}
